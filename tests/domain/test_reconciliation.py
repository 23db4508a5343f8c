"""What a movement pays is found by references, amounts, names and numbers, and never overpaid."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reconciliation import Items, OpenItem, _Told, assigned, matches, paid_of, searched
from domain.statements import Movement

D = Decimal
DAY = date(2026, 3, 20)
QR = "210000000003139471430009017"


def item(
    amount: str,
    party: str = "Lyreco France SAS",
    number: str = "",
    *,
    days: int = 20,
    **more: object,
) -> OpenItem:
    name = f"doc_{party[:3]}{number}{amount}{days}"
    return OpenItem(name, DAY - timedelta(days=days), D(amount), party, number, **more)  # type: ignore[arg-type]


def movement(amount: str, label: str = "", **more: str) -> Movement:
    return Movement(DAY, label, D(amount), **more)  # type: ignore[arg-type]


def best(paid: Movement, *items: OpenItem) -> tuple[str, list[str], list[str]] | None:
    """Confidence, ids paid and reasons of the likeliest match."""
    found = matches(paid, items)
    if not found:
        return None
    ids = [allocation.item.id for allocation in found[0].allocations]
    return found[0].confidence, ids, list(found[0].reasons)


INVOICE = item("-120.00", number="F2026-1742")
OTHER = item("-120.00", "Elis Services", number="88113")


@pytest.mark.parametrize(
    ("paid", "confidence", "why"),
    [
        (movement("-120.00", "VIR SEPA LYRECO"), "high", "name"),
        (movement("-120.00", "PRLV SEPA LYREC"), "high", "name"),
        (movement("-120.00", "VIR FACTURE F2026-1742"), "high", "number"),
        (movement("-120.00", "VIR 20261742"), "high", "number"),
        (movement("-120.00", "VIREMENT", counterparty="LYRECO"), "high", "name"),
        (movement("-120.00", "VIREMENT"), "low", "amount"),
        (movement("-50.00", "VIR LYRECO F2026-1742"), "medium", "part"),
        (movement("-50.00", "VIR LYRECO"), "low", "part"),
    ],
)
def test_a_payment_is_recognised_by_name_number_or_amount(
    paid: Movement, confidence: str, why: str
) -> None:
    found = best(paid, INVOICE)
    assert found is not None
    assert (found[0], why in found[2]) == (confidence, True)


@pytest.mark.parametrize(
    "paid",
    [
        movement("-121.00", "VIREMENT"),
        movement("120.00", "VIR SEPA LYRECO"),
        movement("-50.00", "VIR ELIS"),
        movement("-50.00", "FRANCE TRAVAIL"),
    ],
    ids=["amount", "side", "name", "ordinary word"],
)
def test_what_only_looks_a_little_like_a_payment_is_none(paid: Movement) -> None:
    assert matches(paid, [INVOICE]) == ()


def test_a_name_finds_the_one_of_two_with_the_same_amount() -> None:
    found = matches(movement("-120.00", "PRLV ELIS"), [INVOICE, OTHER])
    assert [(m.confidence, m.allocations[0].item.party) for m in found] == [("high", OTHER.party)]


def test_long_after_its_invoice_a_payment_needs_more_than_the_amount() -> None:
    old = item("-120.00", number="F2025-99", days=200)
    assert best(movement("-120.00", "VIR LYRECO"), old) == (
        "medium",
        [old.id],
        ["name", "amount"],
    )
    assert matches(movement("-120.00", "VIREMENT"), [old]) == ()


def test_a_payment_up_to_five_days_before_its_invoice_counts() -> None:
    assert best(movement("-120.00", "CB LYRECO"), item("-120.00", days=-5))[0] == "high"  # type: ignore[index]
    assert best(movement("-120.00", "CB LYRECO"), item("-120.00", days=-6))[0] == "medium"  # type: ignore[index]


@pytest.mark.parametrize(
    "paid",
    [
        movement("-108.10", "Ordre", reference=QR),
        movement("-108.10", f"e-finance {QR[:2]} {QR[2:7]} {QR[7:]}"),
    ],
)
def test_an_equal_qr_reference_is_high_whatever_else(paid: Movement) -> None:
    asked = item("-108.10", "Menuiserie du Lac", days=300, references=(QR,))
    found = best(paid, item("-108.10", "Autre SA"), asked)
    assert found is not None
    assert found[:2] == ("high", [asked.id])


def test_a_structured_communication_is_compared_by_its_digits() -> None:
    asked = item("-60.00", "Luminus", references=("+++010/8068/17183+++",))
    found = best(movement("-60.00", reference="010806817183"), asked)
    assert found is not None
    assert found[0] == "high"


def test_an_instalment_with_its_reference_pays_that_much() -> None:
    asked = item("-300.00", "Impôt", references=(QR,))
    (found,) = matches(movement("-100.00", reference=QR), [asked])
    assert (found.confidence, found.total) == ("high", D("-100.00"))


def test_what_is_paid_over_what_is_asked_stays_to_be_explained() -> None:
    asked = item("-100.00", "Impôt", references=(QR,))
    (found,) = matches(movement("-105.00", reference=QR), [asked])
    assert (found.confidence, found.total) == ("medium", D("-100.00"))


def test_several_invoices_of_one_supplier_are_paid_together() -> None:
    first, second, third = (item(a, number=f"F1{n}") for n, a in enumerate(("-40", "-35", "-90.5")))
    found = best(movement("-75.00", "VIR LYRECO"), first, second, third)
    assert found == ("medium", [first.id, second.id], ["name", "day", "together"])


def test_the_numbers_in_the_label_make_a_common_payment_certain() -> None:
    items = [item(a, number=f"F26-10{n}") for n, a in enumerate(("-40", "-35", "-90.5"))]
    found = best(movement("-75.00", "VIR LYRECO F26-100 F26-101"), *items)
    assert found is not None
    assert found[0] == "high"


def test_a_credit_note_is_taken_off() -> None:
    invoice, credit = item("-120.00", number="F901"), item("20.00", number="AV17")
    found = best(movement("-100.00", "VIR LYRECO"), invoice, credit)
    assert found is not None
    assert set(found[1]) == {invoice.id, credit.id}


def test_money_that_comes_in_pays_a_sale_or_a_credit_note() -> None:
    sale = item("1200.00", "Dupont SA", "V2026-17")
    assert best(movement("1200.00", "VIR RECU DUPONT SA"), sale)[0] == "high"  # type: ignore[index]


def test_each_month_of_rent_leaves_a_choice_and_the_oldest_goes_first() -> None:
    january, february = (item("-900.00", "SCI Bellevue", days=d) for d in (79, 48))
    found = best(movement("-900.00", "PRLV BELLEVUE"), february, january)
    assert found == ("medium", [january.id], ["name", "amount", "day", "several"])


def test_the_account_of_the_other_side_counts_like_its_name() -> None:
    owed = item("-120.00", "Petit", ibans=("BE68539007547034",))
    found = best(movement("-120.00", "VIR", counterparty_iban="BE68539007547034"), owed)
    assert found is not None
    assert found[0] == "high"


def test_every_item_is_paid_once_and_the_surest_movement_goes_first() -> None:
    paid = [movement("-120.00", "VIREMENT"), movement("-120.00", "VIR LYRECO"), movement("-7.00")]
    assert [m and m.confidence for m in assigned(paid, [INVOICE])] == [None, "high", None]


AMOUNTS = st.integers(-400, 400).filter(bool).map(lambda n: D(n) / 4)
PARTIES = st.sampled_from(["Lyreco France", "Elis", "SCI Bellevue", "EDF", ""])
ITEMS = st.lists(
    st.builds(
        lambda amount, party, days, number: (amount, party, days, number),
        AMOUNTS,
        PARTIES,
        st.integers(-20, 150),
        st.sampled_from(["", "F100", "F101", "20261742"]),
    ),
    max_size=20,
)
LABELS = st.sampled_from(["VIR LYRECO", "PRLV EDF F100", "BELLEVUE 20261742", "ELIS F100 F101", ""])


@settings(max_examples=80)
@given(ITEMS, st.lists(st.tuples(AMOUNTS, LABELS), max_size=8))
def test_never_more_than_asked(
    owed: list[tuple[Decimal, str, int, str]], paid: list[tuple[Decimal, str]]
) -> None:
    items = [
        OpenItem(f"doc_{n}", DAY - timedelta(days=days), amount, party, number)
        for n, (amount, party, days, number) in enumerate(owed)
    ]
    movements = [Movement(DAY, label, amount) for amount, label in paid]
    left = {i.id: i.amount for i in items}
    for each, match in zip(movements, assigned(movements, items), strict=True):
        if match is None:
            continue
        assert abs(match.total) <= abs(each.amount)
        assert match.total * each.amount > 0
        assert len({a.item.id for a in match.allocations}) == len(match.allocations)
        for allocation in match.allocations:
            before = left[allocation.item.id]
            after = before - allocation.amount
            assert allocation.amount * before > 0
            assert after * before >= 0, "an item is never overpaid"
            left[allocation.item.id] = after


def test_a_month_of_movements_is_assigned_in_bounded_time() -> None:
    items = [item(f"-{n}", f"Atelier{n % 200} SA", f"F2026-{n:05}") for n in range(1, 1001)]
    paid = [movement(f"-{n}", f"VIR ATELIER{n % 200} F2026-{n:05}") for n in range(1, 101)]
    began = time.process_time()
    found = assigned(paid, items)
    assert time.process_time() - began < 5
    assert [m and m.confidence for m in found] == ["high"] * 100


def test_a_thousand_open_items_of_one_supplier_are_searched_in_bounded_time() -> None:
    items = [item(f"-{n}.01", number=f"F{n:05}") for n in range(1, 1001)]
    began = time.process_time()
    matches(movement("-100000.77", "VIR LYRECO"), items)
    assert time.process_time() - began < 5


def test_an_open_item_is_found_by_number_name_or_amount_the_nearest_first() -> None:
    dear = item("-250.00", number="F2026-99")
    owed_to_us = item("120.00", "Client Durand", number="V1")
    items = [dear, INVOICE, OTHER, owed_to_us]
    assert searched(items, "", D("-250.00"))[0] == dear
    assert {i.party for i in searched(items, "", D("-120.00"))[:2]} == {INVOICE.party, OTHER.party}
    assert searched(items, "lyr", D("-240.00")) == [dear, INVOICE]
    assert searched(items, "1742", D("-5.00")) == [INVOICE]
    assert searched(items, "250,0", D("-5.00")) == [dear]
    assert searched(items, "durand", D("-5.00")) == [], "what we are owed is not paid by us"


def test_a_movement_pays_all_of_an_item_or_all_it_has() -> None:
    assert paid_of(INVOICE, D("-500.00")) == D("-120.00")
    assert paid_of(INVOICE, D("-50.00")) == D("-50.00")
    assert paid_of(INVOICE, D(0)) == D("-120.00")


def test_what_a_movement_means_is_found_among_thousands_without_looking_at_each() -> None:
    many = [item(f"{100 + n}", f"Client {n}", f"F2026-{n:04d}") for n in range(2000)]
    known = Items(many)
    seen = matches(movement("1334.00", "VIR SEPA F2026-1234"), known)
    assert [a.item for a in seen[0].allocations] == [many[1234]]
    assert known.said_of(_Told.by(movement("0.01", "VIR SEPA F2026-1234")), D("0.01")).keys() == {
        many[1234].id
    }
    # What is left of an item after a part is found by its new amount, though nothing names it.
    half = replace(many[7], references=("210000000003139471430009017",))
    part = movement("7.00", "QR 210000000003139471430009017")
    found = assigned([part, movement("100.00", "CHQ 5")], [half])
    assert [m and m.allocations[0].amount for m in found] == [D("7.00"), D("100.00")]
