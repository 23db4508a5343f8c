"""Posting rules over operations and the API: written, previewed on the past, acting, taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.people import SCOPES_OF_ROLE, Role, Who
from service.house import House
from service.operations import accounting, posting_rules, supplier_merges
from storage import tables as t
from tests.service.bookkeeping import NOW, invoice, open_company
from tests.service.conftest import Tenant


@pytest.fixture
def books(house: House) -> tuple[House, Who]:
    held = replace(house, now=lambda: NOW)
    return held, open_company(held)


@pytest.fixture
def any_books(any_house: House) -> tuple[House, Who]:
    held = replace(any_house, now=lambda: NOW)
    return held, open_company(held)


def supplier_of(house: House, document_id: str) -> str:
    with house.store.reading() as connection:
        return str(
            connection.scalar(
                select(t.document.c.supplier_id).where(t.document.c.id == document_id)
            )
        )


def proposed(house: House, who: Who, document_id: str) -> dict[str, Any]:
    shown = accounting.proposed_entry(house, who, document_id)
    suggestion: dict[str, Any] = shown["parts"][0]["suggestion"]
    assert shown["parts"][0]["account"] == suggestion["account"]
    return suggestion


LEASE: dict[str, Any] = {"name": "Leasing", "words": "leasing", "account": "6122"}


def test_a_rule_acts_on_what_waits_and_is_cited(books: tuple[House, Who]) -> None:
    house, who = books
    document_id = invoice(house, who, items=(("Leasing mars", "100.00"),))
    assert proposed(house, who, document_id)["account"] == "6064"
    rule = posting_rules.add(house, who, None, LEASE)
    said = proposed(house, who, document_id)
    assert (said["account"], said["source"]) == ("6122", "rule")
    assert said["reason"]["values"] == {"rule": "Leasing", "rule_id": rule["id"], "account": "6122"}
    posting_rules.change(house, who, rule["id"], {"active": False})
    assert proposed(house, who, document_id)["account"] == "6064"
    posting_rules.change(house, who, rule["id"], {"active": True})
    posting_rules.delete(house, who, rule["id"])
    assert proposed(house, who, document_id)["account"] == "6064"
    assert posting_rules.list_rules(house, who) == []
    posting_rules.restore(house, who, rule["id"])
    assert proposed(house, who, document_id)["account"] == "6122"


def test_history_comes_before_a_rule_of_words_and_after_one_that_names_the_supplier(
    books: tuple[House, Who],
) -> None:
    house, who = books
    lines = (("Leasing mars", "100.00"),)
    first = invoice(house, who, "F1", items=lines)
    accounting.post(house, who, first)
    second = invoice(house, who, "F2", items=lines)
    posting_rules.add(house, who, None, LEASE)
    assert proposed(house, who, second)["source"] == "history"
    named = {**LEASE, "supplier_id": supplier_of(house, first)}
    posting_rules.add(house, who, None, named)
    assert proposed(house, who, second)["source"] == "rule"


def test_a_rule_of_a_supplier_speaks_of_the_one_it_was_merged_into(
    books: tuple[House, Who],
) -> None:
    house, who = books
    lines = (("Leasing mars", "100.00"),)
    first = invoice(house, who, "F1", items=lines, supplier="Arval")
    twin = invoice(house, who, "F2", items=lines, supplier="Arval Service Lease", net="90.00",
                   vat="18.00", gross="108.00")  # fmt: skip
    for document_id in (first, twin):
        accounting.post(house, who, document_id)
    kept, other = supplier_of(house, first), supplier_of(house, twin)
    rule = posting_rules.add(house, who, None, {**LEASE, "supplier_id": other})
    supplier_merges.merge(house, who, kept, other)
    third = invoice(house, who, "F3", items=lines, supplier="Arval", net="80.00", vat="16.00",
                    gross="96.00")  # fmt: skip
    assert proposed(house, who, third)["source"] == "rule"
    seen = posting_rules.preview(house, who, None, {**LEASE, "supplier_id": other})
    assert seen["documents"] == 3
    assert rule["supplier_id"] == other


def test_the_first_rule_that_fits_acts_and_rules_can_be_moved(any_books: tuple[House, Who]) -> None:
    house, who = any_books
    document_id = invoice(house, who, items=(("Leasing mars", "100.00"),))
    posting_rules.add(house, who, None, LEASE)
    other = posting_rules.add(house, who, None, {**LEASE, "name": "Location", "account": "6135"})
    assert proposed(house, who, document_id)["account"] == "6122"
    posting_rules.change(house, who, other["id"], {"position": 1})
    assert [r["name"] for r in posting_rules.list_rules(house, who)] == ["Location", "Leasing"]
    assert proposed(house, who, document_id)["account"] == "6135"


def test_a_preview_shows_what_was_posted_otherwise_first(any_books: tuple[House, Who]) -> None:
    house, who = any_books
    lines = (("Leasing mars", "100.00"),)
    for number, account in (("F1", "6122"), ("F2", "6135"), ("F3", "6122")):
        document_id = invoice(house, who, number, items=lines, account=account)
        choice = {"part": 0, "account": account, "treatment": "FR_STD20"}
        accounting.post(house, who, document_id, choices=[choice])
    invoice(house, who, "F4", items=lines)
    invoice(house, who, "F5", items=(("Stylos", "100.00"),))
    before = posting_rules.list_rules(house, who)
    seen = posting_rules.preview(house, who, None, {**LEASE, "name": ""})
    assert (seen["looked_at"], seen["documents"]) == (5, 4)
    assert (seen["differs"], seen["waiting"], seen["agrees"]) == (1, 1, 2)
    assert [(i["invoice_number"], i["posted_to"]) for i in seen["items"][:2]] == [
        ("F2", ["6135"]),
        ("F4", []),
    ]
    assert posting_rules.list_rules(house, who) == before
    rule = posting_rules.add(house, who, None, LEASE)
    again = posting_rules.preview(house, who, None, {**LEASE, "account": "6135"})
    assert {item["taken_by"] for item in again["items"]} == {"Leasing"}
    assert (
        posting_rules.preview(house, who, None, LEASE, rule["id"])["items"][0]["taken_by"] is None
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"words": ""}, "words"),
        ({"account": "401"}, "account"),
        ({"account": "999999"}, "account"),
        ({"treatment": "BE_STD21"}, "treatment"),
        ({"at_least": "100", "at_most": "50"}, "at_most"),
        ({"at_least": "NaN"}, "at_least"),
        ({"supplier_id": "sup_0"}, "supplier_id"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_field(
    books: tuple[House, Who], values: dict[str, Any], field: str
) -> None:
    house, who = books
    with pytest.raises(Invalid) as refused:
        posting_rules.add(house, who, None, {**LEASE, **values})
    assert refused.value.details["fields"] == [field]


def test_a_change_on_an_old_version_is_a_conflict_and_readers_write_none(
    books: tuple[House, Who],
) -> None:
    house, who = books
    rule = posting_rules.add(house, who, None, LEASE)
    posting_rules.change(house, who, rule["id"], {"name": "Crédit-bail"}, version=1)
    with pytest.raises(Conflict):
        posting_rules.change(house, who, rule["id"], {"name": "Autre"}, version=1)
    reviewer = replace(who, scopes=SCOPES_OF_ROLE[Role.REVIEWER])
    with pytest.raises(Forbidden):
        posting_rules.add(house, reviewer, None, LEASE)
    elsewhere = open_company(house)
    for act in (posting_rules.get, posting_rules.delete, posting_rules.restore):
        with pytest.raises(NotFound):
            act(house, elsewhere, rule["id"])


def test_rules_over_the_api(client: TestClient, house: House, ours: Tenant) -> None:
    added = client.post("/api/v1/posting-rules", json=LEASE)
    assert added.status_code == 201
    address = f"/api/v1/posting-rules/{added.json()['id']}"
    etag = client.get(address).headers["etag"]
    changed = client.patch(address, json={"at_most": "500"}, headers={"If-Match": etag}).json()
    assert (changed["at_most"], changed["words"], changed["version"]) == ("500.00", "leasing", 2)
    stale = client.patch(address, json={"at_most": None}, headers={"If-Match": etag})
    assert stale.status_code == 409
    assert client.post("/api/v1/posting-rules/preview", json=LEASE).json()["lines"] == 0
    assert client.delete(address).json()["deleted"]
    assert client.get("/api/v1/posting-rules").json()["items"] == []
    assert not client.post(f"{address}/restore").json()["deleted"]
