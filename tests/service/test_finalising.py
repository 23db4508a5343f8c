"""Finalised invoices: numbers without holes, entries, chains, credit notes; and never a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from domain.drafts import NewDraft
from domain.errors import Conflict, Invalid, Refused
from domain.identifiers import swiss_reference_is_valid
from domain.people import Who
from domain.sales import SalesLine
from domain.sales_chain import Numbered, invoice_hash
from service.house import House
from service.operations import (
    accounting,
    companies,
    customers,
    deposits,
    drafts,
    entries,
    finalising,
    rebilling,
    records,
    sales_invoices,
    sales_settings,
)
from service.operations.sales import invoice_value
from storage import guards, invariants
from storage import tables as t
from tests.service.bookkeeping import NOW, company_of
from tests.service.selling import SAID, customer, draft, line, seller
from tests.service.test_posting import at_once, rows

D = Decimal


def finalised(house: House, who: Who, buyer: str, *lines: dict[str, Any], **values: Any) -> str:
    one = draft(house, who, buyer, *lines, **values)
    finalising.finalise(house, who, one)
    return one


def refusal(act: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **more)
    return refused.value.code


def test_an_invoice_gets_its_number_entry_days_and_place_in_the_chain(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    buyer = customer(house, who, terms={"days": 45, "end_of_month": True})
    one = draft(house, who, buyer, line("Conseil", "1000"))
    made = finalising.finalise(house, who, one, 1)

    assert (made["number"], made["state"], made["status"], made["due_state"]) == (
        "F2026-0001", "finalised", "draft", "upcoming",
    )  # fmt: skip
    assert (made["issued_on"], made["due_on"]) == ("2026-11-22", "2027-01-31")
    assert made["payment_terms"] == "Paiement à 45 jours fin de mois"
    entry = entries.journal_entry(house, who, made["entry_id"])
    assert (entry["journal"], entry["piece_reference"], entry["total"]) == (
        "VE",
        "F2026-0001",
        "1200.00",
    )
    assert {x["account"]: x["auxiliary"] for x in entry["lines"]} == {
        "411": "CCLIENT0", "706": None, "4458": None,
    }  # fmt: skip
    (row,) = rows(house, t.sales_invoice, id=one)
    with house.store.reading() as connection:
        value = invoice_value(connection, who, one)
    assert row.hash == invoice_hash(Numbered(one, row.company_id, "F", 2026, 1, value, ""))
    (told,) = rows(house, t.event, type="invoice.finalised")
    assert (told.data["number"], told.data["entry_id"]) == ("F2026-0001", made["entry_id"])
    second = finalising.finalise(house, who, draft(house, who, buyer))
    assert (second["number"], second["previous_hash"]) == ("F2026-0002", row.hash)
    # What the customer and the company are called later does not reach what was issued.
    customers.change_customer(house, who, buyer, {"name": "Autre nom"}, None)
    assert sales_invoices.get_invoice(house, who, one)["customer"]["name"] == "Client 0"


def test_what_the_law_wants_is_asked_for_before_a_number_is_given(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    company, buyer = company_of(house, who), customer(house, who)

    def why(*lines: dict[str, Any], to: str = buyer, **values: Any) -> str:
        return refusal(finalised, house, who, to, *lines, **values)

    assert why(line(vat_rate="0")) == "exemption_reason_missing"
    assert why(line(quantity="-1")) == "sale_negative"
    assert why(line(unit_price="0")) == "nothing_to_invoice"
    assert why(issued_on="2026-11-23") == "sale_in_future"
    assert why(currency="USD") == "sale_rate_missing"
    german = customer(house, who, 1, legal_id="", address={"country": "DE"}, vat_id="DE123456788")
    with house.store.transaction() as connection:
        connection.execute(update(t.company).values(vat_id=None))
    assert why(line(vat_rate="0"), to=german) == "sale_vat_id_missing"
    sales_settings.change_settings(house, who, company, {"city": ""})
    assert why() == "seller_incomplete"
    sales_settings.change_settings(house, who, company, SAID)
    assert finalising.finalise(house, who, draft(house, who, buyer))["number"] == "F2026-0001"
    entries.lock_period(house, who, company, date(2026, 11, 22))
    assert why() == "period_locked"


def test_days_do_not_go_back_while_numbers_go_on_and_each_year_begins_anew(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    buyer = customer(house, who)
    finalised(house, who, buyer, issued_on="2026-11-10")

    assert refusal(finalised, house, who, buyer, issued_on="2026-11-09") == "sale_before_last"
    assert (
        finalising.finalise(house, who, draft(house, who, buyer, issued_on="2025-12-31"))["number"]
        == "F2025-0001"
    )
    assert finalising.finalise(house, who, draft(house, who, buyer))["number"] == "F2026-0002"


def test_ls_9_only_drafts_of_imports_are_finalised_together(house: House) -> None:
    who = seller(house)
    ours = imported(house, who, 2)
    by_hand = draft(house, who, customer(house, who, 4))
    answer = finalising.finalise_many(house, who, [ours[0], by_hand, ours[1]])

    assert [one["id"] for one in answer["done"]] == ours
    assert [(r["draft_id"], r["code"]) for r in answer["refused"]] == [
        (by_hand, "bulk_needs_import")
    ]
    assert finalising.finalise_many(house, who, [by_hand])["done"][0]["number"].endswith("0003")


def test_ls_10_drafts_finalised_together_have_consecutive_numbers_and_are_to_come(
    house: House,
) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    ours = imported(house, who, 3)
    with house.store.transaction() as connection:
        connection.execute(
            update(t.sales_line).where(t.sales_line.c.invoice_id == ours[1]).values(account="999")
        )
    answer = finalising.finalise_many(house, who, ours)

    assert [one["number"] for one in answer["done"]] == ["F2026-0001", "F2026-0002"]
    assert [one["draft_id"] for one in answer["refused"]] == [ours[1]]
    listed = sales_invoices.list_invoices(house, who)["items"]
    assert {one["due_state"] for one in listed} == {"upcoming"}
    later = replace(house, now=lambda: NOW + timedelta(days=40))
    assert {one["due_state"] for one in sales_invoices.list_invoices(later, who)["items"]} == {
        "late"
    }


def imported(house: House, who: Who, number: int) -> list[str]:
    """Drafts as an import makes them."""
    made = [draft(house, who, customer(house, who, n)) for n in range(number)]
    with house.store.transaction() as connection:
        connection.execute(
            update(t.sales_invoice).where(t.sales_invoice.c.id.in_(made)).values(born_from="ssi_1")
        )
    return made


def test_fifty_finalised_at_once_have_fifty_consecutive_numbers(any_house: House) -> None:
    house = replace(any_house, now=lambda: NOW)
    who = seller(house)
    waiting = waiting_drafts(house, who, 50)
    found = at_once(50, lambda i: finalising.finalise(house, who, waiting[i])["number"])

    assert sorted(found) == [f"F2026-{n:04d}" for n in range(1, 51)]
    holds_together(house, who, 50)


def test_200_drafts_of_an_import_finalised_by_eight_at_once_have_200_consecutive_numbers(
    any_house: House,
) -> None:
    house = replace(any_house, now=lambda: NOW)
    who = seller(house)
    waiting = waiting_drafts(house, who, 200, born_from="ssi_1")
    # Each has twenty-five of its own, and five that its neighbour has as well.
    shares = [[waiting[(25 * i + n) % 200] for n in range(30)] for i in range(8)]
    answers = at_once(8, lambda i: finalising.finalise_many(house, who, shares[i]))

    numbers = [one["number"] for answer in answers for one in answer["done"]]
    assert sorted(numbers) == [f"F2026-{n:04d}" for n in range(1, 201)]
    assert {r["code"] for answer in answers for r in answer["refused"]} == {"sale_finalised"}
    for answer, share in zip(answers, shares, strict=True):
        done = [one["id"] for one in answer["done"]]
        assert done == [one for one in share if one in done]
        own = [int(one["number"][-4:]) for one in answer["done"]]
        assert own == list(range(own[0], own[0] + len(own)))
    holds_together(house, who, 200)
    told = rows(house, t.event, type="invoice.finalised")
    assert {one.subject: one.sequence for one in told} == dict.fromkeys(waiting, 2)
    assert sorted(task.subject for task in rows(house, t.task)) == sorted(waiting)


def waiting_drafts(house: House, who: Who, number: int, born_from: str | None = None) -> list[str]:
    buyer = customer(house, who)
    sold = (SalesLine("Conseil", D(1), D(100), vat_rate=D(20)),)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, None)
        new = [NewDraft(buyer, sold, born_from=born_from)] * number
        return drafts.create_drafts(connection, house, who, company, new)


def holds_together(house: House, who: Who, number: int) -> None:
    """So many invoices: chained, each with the entry of its amount, the books adding up."""
    kept = sorted(rows(house, t.sales_invoice), key=lambda row: row.number_in_series)
    assert [row.previous_hash for row in kept] == ["", *(row.hash for row in kept[:-1])]
    assert of_sales(house) == []
    assert entries.verify_chain(house, who, company_of(house, who)) == []
    entered = sorted(rows(house, t.journal_entry), key=lambda row: row.number)
    assert [row.number for row in entered] == list(range(1, number + 1))
    assert {row.id: row.piece_reference for row in entered} == {
        row.entry_id: row.number for row in kept
    }
    balances = {row.account: row.debit - row.credit for row in rows(house, t.account_balance)}
    assert balances == {"411": 120 * number, "706": -100 * number, "4458": -20 * number}


def test_credit_notes_finalised_together_do_not_take_back_more_than_the_invoice(
    house: House,
) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    one = finalised(house, who, customer(house, who), line("A", "100", quantity="3"))
    (of,) = sales_invoices.get_invoice(house, who, one)["lines"]
    notes = [
        sales_invoices.credit_note(house, who, one, [{"line_id": of["id"], "quantity": quantity}])
        for quantity in ("2", "3", "1")
    ]
    ids = [note["id"] for note in notes]
    with house.store.transaction() as connection:
        connection.execute(
            update(t.sales_invoice).where(t.sales_invoice.c.id.in_(ids)).values(born_from="ssi_1")
        )
    answer = finalising.finalise_many(house, who, ids)

    assert [(n["id"], n["number"]) for n in answer["done"]] == [
        (ids[0], "AV2026-0001"), (ids[2], "AV2026-0002"),
    ]  # fmt: skip
    assert [(r["draft_id"], r["code"]) for r in answer["refused"]] == [(ids[1], "credit_too_much")]
    assert sales_invoices.get_invoice(house, who, one)["state"] == "cancelled"
    assert len(rows(house, t.event, type="invoice.cancelled")) == 1
    again = finalising.finalise_many(house, who, [ids[1]])
    assert [r["code"] for r in again["refused"]] == ["credit_too_much"]
    assert len(rows(house, t.event, type="invoice.cancelled")) == 1


def of_sales(house: House) -> list[tuple[int, str]]:
    """What is not as it must be with finalised invoices."""
    with house.store.reading() as connection:
        found = invariants.check(connection, None, NOW)
    return [(v.number, v.message) for v in found if v.number in (16, 17)]


def test_what_somebody_changes_behind_the_guards_is_seen(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    one = finalised(house, who, customer(house, who))
    note = sales_invoices.credit_note(house, who, one)["id"]
    finalising.finalise(house, who, note)
    assert of_sales(house) == []
    with house.store.transaction() as connection:
        guards.remove(connection)
        own = t.sales_line.c
        connection.execute(
            update(t.sales_line).where(own.invoice_id == note).values(text="autre chose")
        )
        connection.execute(
            update(t.sales_invoice).where(t.sales_invoice.c.id == one).values(gross_total=D(1))
        )
    assert of_sales(house) == [
        (16, "AV 2026 no 1: it is not what was finalised"),
        (17, "F2026-0001 says 1.00, its entry 12000 cents"),
    ]


def test_two_who_finalise_the_same_draft_get_one_invoice(any_house: House) -> None:
    house = replace(any_house, now=lambda: NOW)
    who = seller(house)
    one = draft(house, who, customer(house, who))

    def act(_: int) -> str:
        try:
            return str(finalising.finalise(house, who, one)["number"])
        except Conflict as refused:
            return refused.code

    assert sorted(at_once(4, act)) == ["F2026-0001", *["sale_finalised"] * 3]


def test_the_database_keeps_what_is_finalised_even_from_sql(any_house: House) -> None:
    house = replace(any_house, now=lambda: NOW)
    who = seller(house)
    one = finalised(house, who, customer(house, who))
    other = draft(house, who, customer(house, who, 1))
    s, own = t.sales_invoice.c, t.sales_line.c
    for statement in (
        update(t.sales_invoice).where(s.id == one).values(gross_total=D(1)),
        update(t.sales_invoice).where(s.id == one).values(state="draft"),
        update(t.sales_invoice).where(s.id == one).values(buyer={"name": "Autre"}),
        delete(t.sales_invoice).where(s.id == one),
        update(t.sales_line).where(own.invoice_id == one).values(text="autre chose"),
        update(t.sales_line).where(own.invoice_id == other).values(invoice_id=one),
        delete(t.sales_line).where(own.invoice_id == one),
        update(t.sales_invoice).where(s.id == other).values(state="finalised"),
        update(t.sales_invoice).where(s.id == other).values(
            state="finalised", series="F", year=2026, number_in_series=3, number="F2026-0003",
            hash="a", previous_hash="", issued_on=NOW.date(),
        ),
        text(f"UPDATE sales_invoice SET hash = 'x' WHERE id = '{one}'"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), house.store.transaction() as connection:
            connection.execute(statement)
    assert refusal(drafts.change, house, who, one, {"title": "x"}, None) == "sale_finalised"
    assert refusal(drafts.delete, house, who, one) == "sale_finalised"


def test_a_credit_note_names_its_invoice_and_cancels_it_when_whole(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    one = finalised(
        house, who, customer(house, who), line("A", "100", quantity="3"), line("B", "50")
    )
    lines = sales_invoices.get_invoice(house, who, one)["lines"]
    part = sales_invoices.credit_note(
        house, who, one, [{"line_id": lines[0]["id"], "quantity": "1"}]
    )
    whole = sales_invoices.credit_note(house, who, one)
    done = finalising.finalise(house, who, part["id"])

    assert (done["number"], done["corrects_number"], done["gross_total"]) == (
        "AV2026-0001", "F2026-0001", "120.00",
    )  # fmt: skip
    assert sales_invoices.get_invoice(house, who, one)["state"] == "finalised"
    assert refusal(finalising.finalise, house, who, whole["id"]) == "credit_too_much"
    rest = sales_invoices.credit_note(
        house, who, one, [{"line_id": lines[0]["id"], "quantity": "2"}, {"line_id": lines[1]["id"]}]
    )
    finalising.finalise(house, who, rest["id"])
    cancelled = sales_invoices.get_invoice(house, who, one)
    assert (cancelled["state"], cancelled["number"]) == ("cancelled", "F2026-0001")
    assert refusal(sales_invoices.credit_note, house, who, one) == "credit_nothing"
    assert refusal(sales_invoices.credit_note, house, who, rest["id"]) == "credit_of_credit"
    entry = entries.journal_entry(house, who, done["entry_id"])
    assert next(x["credit"] for x in entry["lines"] if x["account"] == "411") == "120.00"


def test_statuses_go_their_own_way_and_a_refund_makes_the_credit_note(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    one = finalised(house, who, customer(house, who))

    assert refusal(sales_invoices.refund, house, who, one) == "status_order"
    for what in ("exported", "sent", "paid"):
        assert sales_invoices.mark(house, who, one, what)["status"] == what
    assert sales_invoices.mark(house, who, one, "sent")["status"] == "paid"
    assert refusal(sales_invoices.mark, house, who, one, "paid") == "status_order"
    refunded = sales_invoices.refund(house, who, one)
    assert (refunded["status"], refunded["state"]) == ("refunded", "cancelled")
    assert refunded["corrected_by"][0]["number"] == "AV2026-0001"
    told = [x["type"] for x in sales_invoices.history(house, who, one)]
    assert told == ["invoice.refunded", "invoice.cancelled", "invoice.sent", "invoice.paid",
                    "invoice.sent", "invoice.exported", "invoice.finalised", "draft.created"]  # fmt: skip


def test_a_deposit_is_deducted_once_and_listed(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house)
    sales_settings.change_settings(
        house, who, company_of(house, who), {"vat_on_sales": "on_debits"}
    )
    buyer = customer(house, who)
    paid = finalised(house, who, buyer, line("Acompte", "300"), kind="deposit")
    one = draft(house, who, buyer, line("Projet", "1000"))
    deducted = deposits.deduct(house, who, one, [paid])

    assert deducted["gross_total"] == "840.00"
    assert (
        refusal(deposits.deduct, house, who, draft(house, who, buyer), [paid])
        == "deposit_of_another"
    )
    done = finalising.finalise(house, who, one)
    with house.store.reading() as connection:
        listed = invoice_value(connection, who, one).deposits
    assert listed == (("AC2026-0001", NOW.date(), D("360.00")),)
    lines = entries.journal_entry(house, who, done["entry_id"])["lines"]
    assert {x["account"]: D(x["debit"]) - D(x["credit"]) for x in lines} == {
        "411": 840, "4191": 300, "706": -1000, "44571": -140,
    }  # fmt: skip


def test_the_entry_of_a_sale_is_put_right_through_the_sale_alone(house: House) -> None:
    who = seller(house)
    one = finalised(house, who, customer(house, who))
    entry_id = sales_invoices.get_invoice(house, who, one)["entry_id"]

    assert refusal(accounting.reverse, house, who, entry_id, "essai") == "sale_of_entry"


def test_what_a_record_says_is_invoiced_for_good(house: House) -> None:
    who = seller(house)
    buyer = customer(house, who)
    record = records.add_record(house, who, buyer, line("Heure", "80", quantity="1.5"))
    made = rebilling.draft_of_records(house, who, [record["id"]])
    finalising.finalise(house, who, made["id"])
    (kept,) = records.list_records(house, who, open_only=False)["items"]
    assert (kept["state"], kept["net"]) == ("invoiced", "120.00")


def test_a_swiss_invoice_has_a_reference_and_posts_to_its_own_accounts(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = seller(house, "CH")
    company = company_of(house, who)
    sales_settings.change_settings(house, who, company, {"iban": "CH4431999123000889012"})
    buyer = customer(house, who, legal_id="CHE-109.322.551 TVA", address={"country": "CH"})
    made = finalising.finalise(house, who, draft(house, who, buyer, line(vat_rate="8.1")))

    reference = made["payment_reference"]
    assert len(reference) == 27
    assert swiss_reference_is_valid(reference)
    lines = entries.journal_entry(house, who, made["entry_id"])["lines"]
    assert {x["account"] for x in lines} == {"1100", "3400", "2200"}


def test_a_wrong_status_is_refused(house: House) -> None:
    who = seller(house)
    one = draft(house, who, customer(house, who))

    assert refusal(sales_invoices.mark, house, who, one, "sent") == "sale_is_draft"
    with pytest.raises(Invalid):
        sales_invoices.mark(house, who, one, "refunded")
