"""Sales invoices paid by the bank: matched, paid in part, undone, with their VAT; and what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from domain.people import Who
from service.house import House
from service.operations import (
    accounting,
    deposits,
    drafts,
    entries,
    finalising,
    movements,
    receivables,
    sales_invoices,
    sales_settings,
    vat_returns,
)
from service.operations.vat_returns import Wanted
from storage import invariants
from tests.service.bookkeeping import NOW, company_of
from tests.service.selling import customer, draft, line, seller
from tests.service.test_bank import bank, imported, lines_of
from tests.service.test_bank import rows as csv_of
from tests.service.test_finalising import finalised, refusal

NOVEMBER = Wanted(date(2026, 11, 1), date(2026, 11, 30))
DECEMBER = Wanted(date(2026, 12, 1), date(2026, 12, 31))


def opened(any_house: House, country: str = "FR", **values: Any) -> tuple[House, Who, str]:
    """A company that sells and has a bank, and a customer of it."""
    house = replace(any_house, now=lambda: NOW)
    who = seller(house, country, **values)
    bank(house, who)
    return house, who, customer(house, who, name="Menuiserie Faure")


def received(house: House, who: Who, *lines: tuple[str, str, str]) -> str:
    return imported(house, who, csv_of(*lines))


def view(house: House, who: Who, invoice_id: str) -> dict[str, Any]:
    return sales_invoices.get_invoice(house, who, invoice_id)


def holds(house: House) -> None:
    with house.store.reading() as connection:
        assert list(invariants.check(connection, None, house.now())) == []


def by_account(entry: dict[str, Any]) -> dict[str, str]:
    return {
        x["account"]: x["debit"] if x["debit"] != "0.00" else f"-{x['credit']}"
        for x in entry["lines"]
    }


def test_a_transfer_that_names_its_invoice_pays_it_and_undoing_it_takes_that_back(
    any_house: House,
) -> None:
    house, who, buyer = opened(any_house)
    one = finalised(house, who, buyer, line("Conseil", "1000"))
    sales_invoices.mark(house, who, one, "sent")
    statement = received(
        house, who, ("22/11/2026", "VIR SEPA MENUISERIE FAURE F2026-0001", "1200.00")
    )
    (proposed,) = movements.proposals(house, who, statement)["movements"]
    best = proposed["matches"][0]
    assert (proposed["source"], best["confidence"]) == ("match", "high")
    assert (best["documents"][0]["invoice_id"], best["documents"][0]["document_id"]) == (one, None)

    (posted,) = movements.post_movements(house, who, statement)["posted"]
    assert lines_of(posted["entry"]) == [
        ("512001", None, "1200.00", "0.00"),
        ("411", "CMENUISERIEFA", "0.00", "1200.00"),
        ("44571", None, "0.00", "200.00"),
        ("4458", None, "200.00", "0.00"),
    ]
    paid = view(house, who, one)
    assert (paid["status"], paid["open"], paid["paid"], paid["paid_on"], paid["paid_by"]) == (
        "paid", "0.00", "1200.00", "2026-11-22", "bank",
    )  # fmt: skip
    assert paid["payments"][0]["entry_id"] == posted["entry"]["id"]
    told = sales_invoices.history(house, who, one)[0]
    assert (told["type"], told["by"], told["data"]["manual"]) == ("invoice.paid", None, False)
    holds(house)

    accounting.reverse(house, who, posted["entry"]["id"], "une autre facture")
    back = view(house, who, one)
    assert (back["status"], back["open"], back["paid_on"]) == ("sent", "1200.00", None)
    assert sales_invoices.history(house, who, one)[0]["type"] == "invoice.unpaid"
    movements.post_movements(house, who, statement)
    assert view(house, who, one)["status"] == "paid"
    holds(house)


def test_parts_and_several_at_once_are_paid_to_the_cent_with_their_vat(house: House) -> None:
    house, who, buyer = opened(house)
    first = finalised(
        house, who, buyer, line("Audit", "1000"), line("Livre", "100", vat_rate="5.5")
    )
    second = finalised(house, who, buyer, line("Conseil", "250"))
    third = finalised(house, who, buyer, line("Conseil", "50"))
    statement = received(
        house, who,
        ("20/11/2026", "VIR FAURE ACOMPTE F2026-0001", "300.00"),
        ("22/11/2026", "VIR FAURE F2026-0002 F2026-0003", "360.00"),
    )  # fmt: skip
    proposed = movements.proposals(house, who, statement)["movements"]
    assert "part" in proposed[0]["matches"][0]["reasons"]
    assert [d["invoice_id"] for d in proposed[1]["matches"][0]["documents"]] == [second, third]
    decision = {
        "movement_id": proposed[0]["movement_id"],
        "matches": [{"invoice_id": first, "amount": "300.00"}],
    }
    posted = movements.post_movements(house, who, statement, [decision])["posted"]
    assert by_account(posted[0]["entry"])["411"] == "-300.00"
    part = view(house, who, first)
    assert (part["status"], part["paid"], part["open"], part["due_state"]) == (
        "draft", "300.00", "1005.50", "upcoming",
    )  # fmt: skip
    assert {view(house, who, one)["status"] for one in (second, third)} == {"paid"}
    rest = received(house, who, ("22/11/2026", "VIR FAURE F2026-0001 SOLDE", "1005.50"))
    movements.post_movements(house, who, rest)
    assert view(house, who, first)["status"] == "paid"
    # 4458 is empty, and every cent of VAT is due; each rate by itself.
    seen = vat_returns.preview(house, who, company_of(house, who), NOVEMBER)
    assert seen["waiting"] == []
    due = {one["treatment"]: (one["base"], one["due"]) for one in seen["treatments"]}
    assert due["SALE_STD20"] == ("-1300.00", "260.00")
    assert due["SALE_RED5_5"][1] == "5.50"
    assert {a["account"]: a["balance"] for a in seen["accounts"]} == {"44571": "-265.50"}
    assert seen["due_without_treatment"] == "0.00"
    holds(house)


def test_a_credit_note_is_taken_off_and_what_was_paid_before_is_paid_back(house: House) -> None:
    house, who, buyer = opened(house)
    one = finalised(house, who, buyer, line("Conseil", "1000"))
    lines = [{"line_id": view(house, who, one)["lines"][0]["id"], "quantity": "0.25"}]
    note = sales_invoices.credit_note(house, who, one, lines)["id"]
    finalising.finalise(house, who, note)
    assert (view(house, who, one)["open"], view(house, who, note)["open"]) == ("900.00", "0.00")
    statement = received(house, who, ("22/11/2026", "VIR MENUISERIE FAURE F2026-0001", "900.00"))
    (posted,) = movements.post_movements(house, who, statement)["posted"]
    assert by_account(posted["entry"])["4458"] == "150.00"
    assert view(house, who, one)["status"] == "paid"
    rest = sales_invoices.credit_note(house, who, one, [{**lines[0], "quantity": "0.75"}])["id"]
    finalising.finalise(house, who, rest)
    sales_invoices.refund(house, who, one)
    assert (view(house, who, one)["status"], view(house, who, rest)["open"]) == (
        "refunded",
        "-900.00",
    )
    back = received(house, who, ("22/11/2026", "VIR A MENUISERIE FAURE AV2026-0002", "-900.00"))
    (paid_back,) = movements.post_movements(house, who, back)["posted"]
    assert by_account(paid_back["entry"]) == {
        "512001": "-900.00", "411": "900.00", "44571": "150.00", "4458": "-150.00",
    }  # fmt: skip
    assert view(house, who, rest)["open"] == "0.00"
    assert view(house, who, one)["status"] == "refunded"
    seen = vat_returns.preview(house, who, company_of(house, who), NOVEMBER)
    assert (seen["owed"], seen["waiting"]) == ("0.00", [])
    holds(house)


def test_what_a_person_says_was_paid_is_declared_once_and_not_doubled_by_the_bank(
    house: House,
) -> None:
    house, who, buyer = opened(house)
    company = company_of(house, who)
    one = finalised(house, who, buyer, line("Conseil", "1000"), issued_on="2026-11-02")
    two = finalised(house, who, buyer, line("Conseil", "500"), issued_on="2026-11-02")
    assert refusal(sales_invoices.mark, house, who, one, "paid", date(2026, 11, 1)) == "paid_on"
    sales_invoices.mark(house, who, one, "paid", date(2026, 11, 20))
    sales_invoices.mark(house, who, two, "paid")
    assert sales_invoices.mark(house, who, two, "unpaid")["status"] == "draft"
    seen = vat_returns.preview(house, who, company, NOVEMBER)
    assert {w["amount"]: (w["released"], w["paid_on"]) for w in seen["waiting"]} == {
        "-200.00": (True, "2026-11-20"),
        "-100.00": (False, None),
    }
    assert {b["code"]: b["amount"] for b in seen["boxes"]} == {"08": "200.00", "A1": "1000.00"}
    vat_returns.post(house, who, company, NOVEMBER)

    statement = received(house, who, ("22/11/2026", "VIR MENUISERIE FAURE F2026-0001", "1200.00"))
    (posted,) = movements.post_movements(house, who, statement)["posted"]
    assert by_account(posted["entry"]) == {"512001": "1200.00", "411": "-1200.00"}
    types = [told["type"] for told in sales_invoices.history(house, who, one)]
    assert types.count("invoice.paid") == 1
    accounting.reverse(house, who, posted["entry"]["id"], "erreur")
    assert view(house, who, one)["status"] == "paid", "a person said so"
    assert refusal(sales_invoices.mark, house, who, two, "unpaid") == "not_paid_by_hand"
    december = vat_returns.preview(house, who, company, DECEMBER)
    assert [w["amount"] for w in december["waiting"]] == ["-100.00"]
    holds(house)


def test_fees_are_kept_back_and_a_swiss_reference_is_enough(house: House) -> None:
    house, who, buyer = opened(house)
    one = finalised(house, who, buyer, line("Conseil", "1000"))
    statement = received(house, who, ("22/11/2026", "STRIPE PAYOUT", "1180.00"))
    (movement,) = movements.proposals(house, who, statement)["movements"]
    decision = {
        "movement_id": movement["movement_id"],
        "matches": [{"invoice_id": one, "amount": "1200.00"}],
        "lines": [{"account": "627", "amount": "-20.00"}],
    }
    # B07: the customer paid all of it, and the fee is ours.
    (posted,) = movements.post_movements(house, who, statement, [decision])["posted"]
    amounts = by_account(posted["entry"])
    assert (amounts["411"], amounts["627"], amounts["44571"]) == ("-1200.00", "20.00", "-200.00")
    assert view(house, who, one)["status"] == "paid"


def test_swiss_and_belgian_references_find_their_invoice(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house, "CH")
    company = company_of(house, who)
    iban = "CH4431999123000889012"
    sales_settings.change_settings(house, who, company, {"iban": iban})
    bank(house, who, iban=iban)
    buyer = customer(house, who, name="Muster AG", legal_id="", address={"country": "CH"})
    one = finalised(house, who, buyer, line("Beratung", "1000", vat_rate="8.1"))
    reference = view(house, who, one)["payment_reference"]
    content = csv_of(("22/11/2026", f"GUTSCHRIFT {reference}", "1081.00"))
    statement = imported(house, who, content.replace(b"FR7630006000011234567890189", iban.encode()))
    (proposed,) = movements.proposals(house, who, statement)["movements"]
    assert proposed["matches"][0]["reasons"][0] == "reference"
    (posted,) = movements.post_movements(house, who, statement)["posted"]
    assert len(posted["entry"]["lines"]) == 2, "VAT was due with the invoice"
    assert view(house, who, one)["status"] == "paid"
    holds(house)


def test_a_part_of_an_invoice_is_credited_by_quantity_or_amount_and_never_more_than_is_left(
    house: House,
) -> None:
    house, who, buyer = opened(house)
    one = finalised(house, who, buyer, line("Conseil", "100", quantity="10"), line("Frais", "50"))
    hours, costs = (x["id"] for x in view(house, who, one)["lines"])
    chosen = [{"line_id": hours, "quantity": "2.5"}, {"line_id": costs, "net": "20.00"}]
    seen = sales_invoices.credit_preview(house, who, one, chosen)
    assert (seen["gross_total"], seen["left"]) == ("324.00", "1260.00")
    note = sales_invoices.credit_note(house, who, one, chosen, finalise=True)
    assert (note["number"], note["gross_total"], note["corrects_number"]) == (
        "AV2026-0001", "324.00", "F2026-0001",
    )  # fmt: skip
    assert [x["quantity"] for x in note["lines"]] == ["2.5", "1"]
    assert view(house, who, one)["open"] == "936.00"
    for too_much in (None, [{"line_id": hours}], [{"line_id": costs, "net": "50.01"}],
                     [{"line_id": hours, "quantity": "11"}]):  # fmt: skip
        assert refusal(sales_invoices.credit_note, house, who, one, too_much) == "credit_too_much"
    rest = [{"line_id": hours, "quantity": "7.5"}, {"line_id": costs, "net": "30.00"}]
    sales_invoices.credit_note(house, who, one, rest, finalise=True)
    assert (view(house, who, one)["state"], view(house, who, one)["open"]) == ("cancelled", "0.00")
    holds(house)


def test_what_is_open_is_filtered_added_up_and_aged(house: House) -> None:
    house, who, buyer = opened(house)
    other = customer(house, who, 1, name="Atelier Roux")
    late = finalised(house, who, buyer, line(price="1000"), issued_on="2026-08-01")
    part = finalised(house, who, other, line(price="500"), issued_on="2026-10-10")
    soon = finalised(house, who, buyer, line(price="100"), issued_on="2026-11-20")
    by_hand = finalised(house, who, other, line(price="70"), issued_on="2026-11-20")
    sales_invoices.mark(house, who, by_hand, "paid")
    statement = received(house, who, ("22/11/2026", "VIR ATELIER ROUX F2026-0002", "200.00"))
    movement = movements.proposals(house, who, statement)["movements"][0]["movement_id"]
    decision = {"movement_id": movement, "matches": [{"invoice_id": part}]}
    movements.post_movements(house, who, statement, [decision])

    def listed(payment: str) -> tuple[list[str], list[dict[str, str]]]:
        page = sales_invoices.list_invoices(house, who, payment=payment)
        return sorted(one["id"] for one in page["items"]), page["open"]

    assert listed("unpaid") == (
        sorted([late, part, soon]), [{"currency": "EUR", "amount": "1720.00"}],
    )  # fmt: skip
    assert listed("overdue") == (
        sorted([late, part]), [{"currency": "EUR", "amount": "1600.00"}],
    )  # fmt: skip
    assert listed("partly")[0] == [part]
    assert refusal(sales_invoices.list_invoices, house, who, payment="x") == "payment_filter"
    aged = receivables.aged(house, who, None)
    assert [(one["name"], one["total"]) for one in aged["items"]] == [
        ("Menuiserie Faure", "1320.00"), ("Atelier Roux", "400.00"),
    ]  # fmt: skip
    # Due on 31 August, 9 November and 20 December.
    assert aged["total"] == {
        "not_due": "120.00", "to_30": "400.00", "to_60": "0.00", "to_90": "1200.00",
        "older": "0.00", "total": "1720.00",
    }  # fmt: skip


def test_a_deposit_is_asked_for_on_a_draft_paid_and_deducted_with_its_vat(house: House) -> None:
    # V05, with services: VAT of the deposit is due when it is paid.
    house, who, buyer = opened(house)
    whole = draft(house, who, buyer, line("Cuisine", "1000"), title="Cuisine")
    asked = deposits.ask(house, who, whole, percent="30")
    assert (asked["kind"], asked["gross_total"], asked["lines"][0]["text"]) == (
        "deposit", "360.00", "Acompte de 30 % sur Cuisine",
    )  # fmt: skip
    assert deposits.offered(house, who, whole) == []
    finalising.finalise(house, who, asked["id"])
    assert refusal(deposits.ask, house, who, whole, percent="70.01") == "deposit_too_much"
    assert refusal(deposits.ask, house, who, whole, amount="-5") == "deposit_share"
    statement = received(house, who, ("22/11/2026", "VIR MENUISERIE FAURE AC2026-0001", "360.00"))
    (posted,) = movements.post_movements(house, who, statement)["posted"]
    assert by_account(posted["entry"])["44571"] == "-60.00"
    (offer,) = deposits.offered(house, who, whole)
    assert (offer["number"], offer["open"], offer["for_this"]) == ("AC2026-0001", "0.00", True)
    deposits.deduct(house, who, whole, [offer["id"]])
    final = finalising.finalise(house, who, whole)
    entry = entries.journal_entry(house, who, final["entry_id"])
    assert by_account(entry) == {
        "411": "840.00", "4191": "300.00", "706": "-1000.00", "4458": "-140.00",
    }  # fmt: skip
    assert [(d["number"], d["deducted"]) for d in final["deposits"]] == [("AC2026-0001", True)]
    assert view(house, who, asked["id"])["deposit_for"][0]["number"] == "F2026-0001"
    holds(house)


def test_an_invoice_in_another_currency_says_its_rate_and_the_gain_is_the_markets(
    house: House,
) -> None:
    house, who, buyer = opened(house)
    one = draft(house, who, buyer, line("Audit", "1000", vat_rate="20"), currency="USD")
    assert refusal(finalising.finalise, house, who, one) == "sale_rate_missing"
    drafts.change(house, who, one, {"exchange_rate": "0.9"}, None)
    made = finalising.finalise(house, who, one)
    (owed,) = [
        x
        for x in entries.journal_entry(house, who, made["entry_id"])["lines"]
        if x["account"] == "411"
    ]
    assert (owed["debit"], owed["foreign_amount"], owed["foreign_currency"]) == (
        "1080.00", "1200.00", "USD",
    )  # fmt: skip
    assert (made["open"], made["exchange_rate"]) == ("1080.00", "0.9")
    statement = received(house, who, ("22/11/2026", "VIR MENUISERIE FAURE F2026-0001", "1100.00"))
    movement = movements.proposals(house, who, statement)["movements"][0]["movement_id"]
    decision = {"movement_id": movement, "matches": [{"invoice_id": one}]}
    (posted,) = movements.post_movements(house, who, statement, [decision])["posted"]
    assert by_account(posted["entry"])["756"] == "-20.00"
    assert view(house, who, one)["status"] == "paid"
    holds(house)
