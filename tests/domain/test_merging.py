"""Merging of provisional invoices, rule by rule (AP-1 to AP-9)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.drafts import Draft, DraftLine, State
from domain.errors import Conflict, Invalid
from domain.merging import check, merge, put_back, separate
from domain.sales import InvoiceKind, SalesLine

D = Decimal


def lines(name: str, *prices: str) -> tuple[DraftLine, ...]:
    return tuple(
        DraftLine(f"{name}{n}", SalesLine(f"{name} {n}", D(1), D(price), treatment="SALE_STD20"))
        for n, price in enumerate(prices)
    )


def draft(name: str, *prices: str, **values: Any) -> Draft:
    said = {"company_id": "cmp", "customer_id": "cus", "kind": InvoiceKind.INVOICE,
            "currency": "EUR", "title": f"Texte {name}"}  # fmt: skip
    return Draft(id=name, lines=lines(name, *prices), **{**said, **values})


P1 = draft("P1", "100", "200", pricing="flat", mission="Comptes", template="sobre")
P2 = draft("P2", "20", "30", "40", pricing="hourly", mission="Conseil", introduction="Heures")


def refusal(main: Draft, *others: Draft) -> str:
    with pytest.raises((Conflict, Invalid)) as refused:
        check(main, others)
    return refused.value.code


def test_ap_1_only_drafts_of_one_customer_and_one_company_are_merged():
    assert refusal(P1, replace(P2, customer_id="other")) == "merge_customers"
    assert refusal(P1, replace(P2, company_id="other")) == "merge_customers"


def test_ap_2_different_missions_and_types_are_merged():
    assert (P1.mission, P1.pricing) != (P2.mission, P2.pricing)
    assert len(merge(P1, [P2]).lines) == 5


def test_ap_3_the_main_one_keeps_its_type_texts_and_template_and_those_of_the_others_go():
    merged = merge(P1, [P2])

    assert replace(merged, lines=()) == replace(P1, lines=())
    assert "Heures" not in merged.introduction


def test_ap_3_there_is_exactly_one_main_draft():
    assert refusal(P1) == "merge_alone"
    assert refusal(P1, P1) == "merge_twice"
    assert refusal(P1, P2, P2) == "merge_twice"


def test_ap_4_all_lines_move_in_their_order_and_the_totals_are_the_sum():
    merged = merge(P1, [P2])

    assert [one.id for one in merged.lines] == ["P10", "P11", "P20", "P21", "P22"]
    assert merged.totals.net == P1.totals.net + P2.totals.net == D(390)


def test_ap_5_there_is_no_limit_and_what_was_merged_is_merged_again():
    many = [draft(f"M{n}", "10") for n in range(60)]
    merged = merge(merge(P1, [P2]), many)

    assert len(merged.lines) == 65
    assert merged.totals.net == D(990)


def test_ap_6_a_free_credit_note_is_merged_and_deducts_a_linked_one_is_not():
    free = draft("AV", "50", kind=InvoiceKind.CREDIT_NOTE)

    assert merge(P1, [free]).totals.net == D(250)
    assert merge(free, [P1]).totals.net == D(-250)
    assert merge(free, [replace(free, id="AV2")]).totals.net == D(100)
    assert refusal(P1, replace(free, corrects_id="inv")) == "merge_linked_credit_note"
    assert refusal(replace(free, corrects_id="inv"), P1) == "merge_linked_credit_note"


def test_ap_8_lines_are_put_back_to_what_is_to_be_invoiced():
    left, taken = put_back(merge(P1, [P2]), {"P21"})

    assert left.totals.net == D(360)
    assert [one.line.net for one in taken] == [D(30)]
    with pytest.raises(Invalid, match="not in this draft"):
        put_back(left, {"P21"})


def test_ap_9_what_is_finalised_or_locked_or_in_another_currency_is_not_merged():
    assert refusal(P1, replace(P2, state=State.FINALISED)) == "merge_finalised"
    assert refusal(replace(P1, state=State.CANCELLED), P2) == "merge_finalised"
    assert refusal(P1, replace(P2, locked=True)) == "merge_finalised"
    assert refusal(P1, replace(P2, currency="CHF")) == "merge_currencies"
    assert refusal(P1, replace(P2, kind=InvoiceKind.DEPOSIT)) == "merge_kinds"


def test_a_merge_is_taken_back_with_what_is_left_of_each_draft():
    credit = draft("AV", "50", kind=InvoiceKind.CREDIT_NOTE)
    merged, _ = put_back(merge(P1, [P2, credit]), {"P21"})
    moved = {"P2": ["P20", "P21", "P22"], "AV": ["AV0"]}
    left, back = separate(merged, moved, {"AV"})

    assert left.lines == P1.lines
    assert [one.id for one in back["P2"]] == ["P20", "P22"]
    assert back["AV"] == credit.lines
    with pytest.raises(Conflict):
        separate(replace(merged, state=State.FINALISED), moved)
