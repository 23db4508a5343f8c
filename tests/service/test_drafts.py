"""Customers and drafts: made, changed, merged and taken apart, and what they bill."""

from __future__ import annotations

from decimal import Decimal

import pytest

from domain.customers import NewCustomer
from domain.drafts import NewDraft
from domain.errors import Conflict, Invalid, NotFound
from domain.sales import SalesLine
from service.house import House
from service.operations import companies, customers, drafts, merges, rebilling, records
from storage import tables as t
from tests.service.selling import SIRENS, customer, draft, line, seller
from tests.service.test_posting import rows

D = Decimal


def test_a_customer_is_known_by_a_number_that_is_checked_and_theirs_alone(house: House) -> None:
    who = seller(house)
    made = customers.add_customer(
        house, who, None, {"name": "Société Générale", "legal_id": "552 120 222"}
    )

    assert made["legal_id"] == "552120222"
    assert made["electronic_address"] == "0225:552120222"
    assert made["auxiliary"] == "CSOCIETEGENER"
    with pytest.raises(Conflict) as refused:
        customers.add_customer(house, who, None, {"name": "Autre", "legal_id": "55212022200013"})
    assert refused.value.details["customer_id"] == made["id"]
    with pytest.raises(Invalid) as wrong:
        customers.add_customer(house, who, None, {"name": "Autre", "legal_id": "552120223"})
    assert wrong.value.code == "customer_legal_id"


def test_a_customer_is_put_right_by_those_who_saw_the_last_version(house: House) -> None:
    who = seller(house)
    one = customer(house, who)
    changed = customers.change_customer(
        house,
        who,
        one,
        {"address": {"city": "Lille"}, "terms": {"days": 45, "end_of_month": True}},
        1,
    )

    assert (changed["address"]["city"], changed["name"], changed["version"]) == (
        "Lille",
        "Client 0",
        2,
    )
    assert changed["terms"] == {"days": 45, "end_of_month": True}
    with pytest.raises(Conflict):
        customers.change_customer(house, who, one, {"name": "Autre"}, 1)
    assert customers.list_customers(house, who, q="lille")["items"][0]["id"] == one
    customers.archive_customer(house, who, one)
    assert customers.list_customers(house, who)["items"] == []


def test_customers_are_found_or_made_many_at_once(house: House) -> None:
    who = seller(house)
    known = customer(house, who)
    customers.archive_customer(house, who, known)
    wanted = [NewCustomer(f"Client {n}", legal_id=siren) for n, siren in enumerate(SIRENS)]
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, None)
        found = customers.find_or_create(connection, house, who, company, [*wanted, wanted[1]])

    assert found[0] == (known, False)
    assert [made for _, made in found] == [False, True, True, True, True, True]
    assert found[1] == found[5]
    assert len(customers.list_customers(house, who)["items"]) == 5


def test_drafts_are_made_many_at_once_with_the_treatment_that_fits(house: House) -> None:
    who = seller(house)
    here = customer(house, who)
    there = customer(house, who, 1, legal_id="", vat_id="DE123456788", address={"country": "DE"})
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, None)
        lines = (SalesLine("Audit", D("2.5"), D("99.99"), vat_rate=D(20)),)
        abroad = (SalesLine("Audit", D(1), D(50)),)
        made = drafts.create_drafts(
            connection, house, who, company,
            [NewDraft(here, lines, name="Novembre", born_from="ssi_1"), NewDraft(there, abroad)],
        )  # fmt: skip

    first, second = (drafts.get(house, who, one) for one in made)
    assert (first["net_total"], first["vat_total"], first["gross_total"]) == (
        "249.98",
        "50.00",
        "299.98",
    )
    assert (first["number"], first["name"], first["born_from"]) == (None, "Novembre", "ssi_1")
    assert first["lines"][0]["treatment"] == "SALE_STD20"
    assert second["lines"][0]["treatment"] == "SALE_EU_SERVICES"
    assert [r.type for r in rows(house, t.event, type="draft.created")] == ["draft.created"] * 2


def test_a_draft_is_changed_line_by_line_and_says_what_cannot_be(house: House) -> None:
    who = seller(house)
    one = draft(house, who, customer(house, who), line("A"), line("B"))
    kept = drafts.get(house, who, one)["lines"][1]
    changed = drafts.change(
        house, who, one, {"title": "Novembre", "lines": [{**line("B", "10"), "id": kept["id"]}]}, 1
    )

    assert [x["id"] for x in changed["lines"]] == [kept["id"]]
    assert (changed["gross_total"], changed["title"], changed["version"]) == (
        "12.00",
        "Novembre",
        2,
    )
    with pytest.raises(Invalid) as wrong:
        drafts.change(house, who, one, {"lines": [line(), line("C", "1", vat_rate="19")]}, 2)
    assert (wrong.value.code, wrong.value.details["fields"]) == ("vat_rate", ["lines.1.vat_rate"])
    with pytest.raises(Conflict):
        drafts.change(house, who, one, {"title": "Décembre"}, 1)


def test_ap_7_a_merge_is_told_and_leaves_one_draft_and_is_taken_back_whole(house: House) -> None:
    who = seller(house)
    buyer = customer(house, who)
    p1 = draft(house, who, buyer, line("A"), line("B", "200"), name="P1", pricing="flat")
    p2 = draft(house, who, buyer, line("C", "20"), line("D", "30"), line("E", "40"), name="P2",
               title="Heures", pricing="hourly")  # fmt: skip
    seen = merges.preview(house, who, p1, [p2])["result"]
    merged = merges.merge(house, who, p1, [p2], 1)

    assert (
        {k: merged[k] for k in ("net_total", "title", "merged", "pricing")}
        == {k: seen[k] for k in ("net_total", "title", "merged", "pricing")}
        == {"net_total": "390.00", "title": "", "merged": 1, "pricing": "flat"}
    )
    assert [d["id"] for d in drafts.list_drafts(house, who)["items"]] == [p1]
    (told,) = rows(house, t.event, type="draft.merged")
    assert [source["name"] for source in told.data["sources"]] == ["P2"]
    with pytest.raises(Conflict) as refused:
        drafts.change(house, who, p2, {"title": "x"}, None)
    assert refused.value.details["draft_id"] == p1

    assert merges.undo(house, who, p1)["net_total"] == "300.00"
    again = drafts.get(house, who, p2)
    assert (again["net_total"], [x["text"] for x in again["lines"]]) == ("90.00", ["C", "D", "E"])
    with pytest.raises(Conflict):
        merges.undo(house, who, p1)


def test_ap_8_a_line_put_back_is_a_record_of_which_a_new_draft_is_made(house: House) -> None:
    who = seller(house)
    buyer = customer(house, who)
    p1 = draft(house, who, buyer, line("A"), line("B", "200"))
    p2 = draft(house, who, buyer, line("C", "20"), line("D", "30"), line("E", "40"))
    merged = merges.merge(house, who, p1, [p2])
    thirty = next(x["id"] for x in merged["lines"] if x["text"] == "D")
    left = rebilling.put_back(house, who, p1, [thirty])

    assert left["net_total"] == "360.00"
    (open_one,) = records.list_records(house, who)["items"]
    assert (open_one["net"], open_one["state"]) == ("30.00", "open")
    made = rebilling.draft_of_records(house, who, left["record_ids"])
    assert made["net_total"] == "30.00"
    with pytest.raises(Conflict):
        rebilling.draft_of_records(house, who, left["record_ids"])
    drafts.delete(house, who, made["id"])
    assert records.list_records(house, who)["items"][0]["state"] == "open"
    drafts.restore(house, who, made["id"])
    assert records.list_records(house, who)["items"] == []


def test_what_is_of_others_is_not_there(house: House) -> None:
    who, other = seller(house), seller(house)
    one = draft(house, who, customer(house, who))

    assert drafts.list_drafts(house, other)["items"] == []
    for act in (drafts.get, drafts.duplicate, drafts.delete, merges.undo):
        with pytest.raises(NotFound):
            act(house, other, one)
    with pytest.raises(NotFound):
        draft(house, other, customer(house, who, 1))
