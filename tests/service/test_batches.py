"""Contracts and billing batches: what is due becomes drafts, once, and free again when they go."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.billing import Level
from domain.errors import Conflict, Invalid
from domain.people import Who
from domain.sales_exports import Format
from service.house import House
from service.operations import (
    batches,
    contracts,
    drafts,
    finalising,
    merges,
    origins,
    records,
    sales_invoices,
)
from service.operations.billable import Wanted
from storage import tables as t
from tests.service.selling import customer, draft, line, seller
from tests.service.test_posting import rows

D = Decimal


def agreed(house: House, who: Who, customer_id: str, **values: Any) -> str:
    said = {"name": "Support", "price": "80", "start": "2026-01-01", "every": "on_demand"}
    return str(contracts.add(house, who, customer_id, {**said, **values})["id"])


def worked(house: House, who: Who, customer_id: str, contract_id: str, **values: Any) -> str:
    said = {"text": "Dépannage", "kind": "time", "quantity": "3", "contract_id": contract_id}
    said["served_on"] = "2026-02-03"
    return str(records.add_record(house, who, customer_id, {**said, **values})["id"])


def test_a_contract_is_checked_and_changed_by_those_who_saw_its_last_version(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    made = contracts.add(house, who, here, {"name": "Forfait", "kind": "retainer", "price": "150",
                                            "start": "2026-03-15"})  # fmt: skip
    assert (made["end"], made["vat_rate"], made["customer_name"]) == (
        "2029-03-14", "20", "Client 0",
    )  # fmt: skip
    changed = contracts.change(house, who, made["id"], {"price": "160"}, 1)
    assert (changed["price"], changed["version"]) == ("160", 2)
    with pytest.raises(Conflict):
        contracts.change(house, who, made["id"], {"price": "170"}, 1)
    for wrong in ({"name": ""}, {"end": "2026-01-01"}, {"vat_rate": "19"}, {"kind": "barter"},
                  {"price": "-1"}, {"quantity": "1e9"}):  # fmt: skip
        with pytest.raises(Invalid):
            contracts.change(house, who, made["id"], wrong)
    assert [c["id"] for c in contracts.list_contracts(house, who)["items"]] == [made["id"]]


def test_at_5_a_batch_of_two_contracts_adds_up_and_makes_their_drafts(house: House) -> None:
    who = seller(house)
    a, b = customer(house, who, 0), customer(house, who, 1)
    support = agreed(house, who, a)
    worked(house, who, a, support, ticket="Panne")
    records.add_record(house, who, a, {**line("Câble"), "contract_id": support})
    agreed(house, who, b, name="Forfait", kind="project_fee", price="150", taxable=False)

    seen = batches.preview(house, who, Wanted())
    assert seen["panel"] == {
        "invoices": 2, "unbilled_tickets": 0, "hours": "3",
        "billable": "490.00", "tax": "68.00", "total": "558.00",
    }  # fmt: skip
    assert [(r["customer_name"], r["balance"], r["ticked"]) for r in seen["rows"]] == [
        ("Client 0", "340.00", True), ("Client 1", "150.00", True),
    ]  # fmt: skip

    made = batches.make(house, who, Wanted(), name="Octobre")
    assert (made["invoices"], made["net_total"], made["vat_total"]) == (2, "490.00", "68.00")
    assert [(d["net_total"], d["difference"]) for d in made["drafts"]] == [
        ("340.00", "0.00"), ("150.00", "0.00"),
    ]  # fmt: skip
    first = drafts.get(house, who, made["drafts"][0]["id"])
    assert (first["gross_total"], first["name"]) == ("408.00", "Octobre")
    assert first["lines"][0]["text"] == "Support – Panne – Dépannage"


def test_at_8_and_9_a_record_is_on_one_draft_and_free_when_that_goes(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    support = agreed(house, who, here)
    first, second = (worked(house, who, here, support) for _ in range(2))
    made = batches.make(house, who, Wanted(chosen=(first,)), name="Un")
    left = batches.preview(house, who, Wanted())["rows"][0]["items"]
    assert [item["id"] for item in left] == [second]
    with pytest.raises(Conflict) as gone:
        batches.make(house, who, Wanted(chosen=(first,)), name="Deux")
    assert gone.value.code == "batch_changed"

    drafts.delete(house, who, made["drafts"][0]["id"])
    assert len(batches.preview(house, who, Wanted())["rows"][0]["items"]) == 2
    assert batches.get(house, who, made["id"])["freed"] == "240.00"


def test_what_a_contract_makes_due_is_invoiced_once_for_each_period(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    today = house.now().date()
    begins = today.replace(year=today.year - 1, day=1)
    agreed(house, who, here, kind="retainer", every="year", start=begins.isoformat(), quantity="2")
    (row,) = batches.preview(house, who, Wanted())["rows"]
    assert [item["net"] for item in row["items"]] == ["160.00"]
    assert rows(house, t.sales_record) == []  # looking writes nothing

    made = batches.make(house, who, Wanted(), name="Année")
    assert batches.preview(house, who, Wanted())["rows"] == []
    batches.delete(house, who, made["id"])
    (row,) = batches.preview(house, who, Wanted())["rows"]
    assert [item["kind"] for item in row["items"]] == ["fee"]
    assert len(rows(house, t.sales_record)) == 1
    with pytest.raises(Invalid) as empty:
        batches.make(house, who, Wanted(chosen=()), name="Rien")
    assert empty.value.code == "batch_empty"


def test_at_1_an_open_ticket_waits_and_says_why(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    support = agreed(house, who, here)
    waiting = worked(house, who, here, support, finished=False)
    (row,) = batches.preview(house, who, Wanted())["rows"]
    assert (row["readiness"], row["items"][0]["waits_for"]) == ("locked", "ticket_open")
    records.finish(house, who, waiting, True)
    (row,) = batches.preview(house, who, Wanted())["rows"]
    assert row["readiness"] == "selectable"


def test_at_7_a_line_for_a_ticket_frees_all_its_records_when_it_is_put_back(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    support = agreed(house, who, here)
    ids = [worked(house, who, here, support, ticket="Panne", quantity=q) for q in ("1", "2.5")]
    made = batches.make(house, who, Wanted(level=Level.TICKET), name="Octobre")
    (one,) = drafts.get(house, who, made["drafts"][0]["id"])["lines"]
    assert (one["quantity"], one["net"], sorted(one["record_ids"])) == (
        "3.5", "280.00", sorted(ids),
    )  # fmt: skip
    with pytest.raises(Conflict):
        records.finish(house, who, ids[0], False)
    drafts.delete(house, who, made["drafts"][0]["id"])
    assert {row.state for row in rows(house, t.sales_record)} == {"open"}


def test_at_10_a_moment_belongs_to_the_day_where_the_books_are_kept(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    said = {"text": "Astreinte", "kind": "time", "happened_at": "2026-10-31T23:30:00+00:00"}
    assert records.add_record(house, who, here, said)["served_on"] == "2026-11-01"
    with pytest.raises(Invalid):
        records.add_record(house, who, here, {**said, "happened_at": "2026-10-31T23:30:00"})


def test_at_11_hours_of_a_block_are_not_invoiced_but_what_goes_beyond_it_is(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    block = agreed(
        house, who, here, kind="block_hours", every="month", price="900", quantity="10",
        overage_price="110", end="2026-01-31",
    )  # fmt: skip
    worked(house, who, here, block, quantity="12", served_on="2026-01-20")
    (row,) = batches.preview(house, who, Wanted())["rows"]
    assert [(i["kind"], i["net"]) for i in row["items"]] == [
        ("fee", "900.00"), ("overage", "220.00"),
    ]  # fmt: skip
    (usage,) = contracts.get(house, who, block)["usage"]
    assert (usage["used"], usage["over"], usage["alert"]) == ("12", "2", 95)


def test_at_3_what_is_shown_is_narrowed_by_what_the_columns_say(house: House) -> None:
    who = seller(house)
    a, b = customer(house, who, 0), customer(house, who, 1)
    worked(house, who, a, agreed(house, who, a))
    worked(house, who, b, agreed(house, who, b, kind="project_hourly", taxable=False), quantity="1")
    for wanted, expected in (
        (Wanted(customer_id=a), [a]),
        (Wanted(kind="project_hourly"), [b]),
        (Wanted(kind="none"), []),
        (Wanted(taxable=True), [a]),
        (Wanted(at_least=D(100)), [a]),
        (Wanted(left_out=()), [a, b]),
    ):
        shown = batches.preview(house, who, wanted)["rows"]
        assert [row["customer_id"] for row in shown] == expected


def test_a_batch_whose_draft_was_merged_is_not_deleted_as_a_whole(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    support = agreed(house, who, here)
    worked(house, who, here, support)
    made = batches.make(house, who, Wanted(), name="Un")
    worked(house, who, here, support)
    other = batches.make(house, who, Wanted(), name="Deux")
    merges.merge(house, who, made["drafts"][0]["id"], [other["drafts"][0]["id"]])
    for batch in (made, other):
        with pytest.raises(Conflict) as refused:
            batches.delete(house, who, batch["id"])
        assert refused.value.code == "batch_used"
    assert batches.get(house, who, other["id"])["elsewhere"] == "240.00"


def test_at_12_all_invoices_of_a_batch_are_finalised_and_exported_at_once(house: House) -> None:
    who = seller(house)
    for number in range(3):
        agreed(house, who, customer(house, who, number), kind="project_fee", price="150")
    made = batches.make(house, who, Wanted(), name="Octobre")["id"]
    other = draft(house, who, customer(house, who, 3))
    finalising.finalise(house, who, other)
    with pytest.raises(Conflict) as early:
        origins.export(house, who, made, "xero", {})
    assert early.value.code == "export_nothing"

    first = origins.finalise_next(house, who, made, most=2)
    assert [one["number"][-4:] for one in first["done"]] == ["0002", "0003"]
    assert (first["left"], first["next_cursor"]) == (1, first["done"][-1]["id"])
    last = origins.finalise_next(house, who, made, after=first["next_cursor"], most=2)
    assert (last["done"][0]["number"][-4:], last["left"], last["next_cursor"]) == ("0004", 0, None)
    assert [one["id"] for one in [*first["done"], *last["done"]]] == [
        one["id"] for one in batches.get(house, who, made)["drafts"]
    ]

    for into in Format:
        found = origins.export(house, who, made, into, {})
        numbers = [number for file in found.files for number in file.numbers]
        assert [number[-4:] for number in numbers] == ["0002", "0003", "0004"]
    ids = origins.born(house, who, made).invoices
    for one in ids:
        assert sales_invoices.get_invoice(house, who, one)["status"] == "exported"
        told = [
            x for x in sales_invoices.history(house, who, one) if x["type"] == "invoice.exported"
        ]
        assert [x["data"]["format"] for x in told] == [into.value for into in reversed(Format)]
        assert (told[-1]["data"]["before"], told[-1]["data"]["manual"]) == ("draft", False)
    assert sales_invoices.get_invoice(house, who, other)["status"] == "draft"


def test_at_13_a_draft_of_a_batch_is_edited_freely_until_it_is_finalised(house: House) -> None:
    who = seller(house)
    agreed(house, who, customer(house, who), kind="project_fee", price="150")
    (made,) = batches.make(house, who, Wanted(), name="Octobre")["drafts"]
    draft_id = made["id"]
    (fee,) = drafts.get(house, who, draft_id)["lines"]
    lines = [
        {"id": fee["id"], "text": "Forfait d’octobre", "quantity": "2", "unit_price": "140"},
        line("Déplacement"),
    ]

    drafts.change(house, who, draft_id, {"title": "Travaux", "due_on": "2027-01-31"}, 1)
    changed = drafts.change(house, who, draft_id, {"lines": lines}, 2)

    assert [(x["text"], x["net"]) for x in changed["lines"]] == [
        ("Forfait d’octobre", "280.00"), ("Déplacement", "100.00"),
    ]  # fmt: skip
    assert (changed["title"], changed["net_total"]) == ("Travaux", "380.00")
    assert finalising.finalise(house, who, draft_id)["net_total"] == "380.00"
    with pytest.raises(Conflict) as fixed:
        drafts.change(house, who, draft_id, {"title": "Autre"}, 3)
    assert fixed.value.code == "sale_finalised"


def test_what_a_draft_of_a_batch_was_merged_into_is_exported_with_it(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    agreed(house, who, here, kind="project_fee", price="150")
    made = batches.make(house, who, Wanted(), name="Octobre")
    (its,) = made["drafts"]
    main, further = draft(house, who, here), draft(house, who, here)
    merges.merge(house, who, main, [its["id"]], None)
    merges.merge(house, who, further, [main], None)
    assert origins.born(house, who, made["id"]) == origins.Born((), ())
    finalising.finalise(house, who, further)
    assert origins.born(house, who, made["id"]).invoices == (further,)
    assert origins.export(house, who, made["id"], "accounting", {}).files
    stranger = seller(house)
    assert origins.born(house, stranger, made["id"]) == origins.Born((), ())
