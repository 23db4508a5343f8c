"""Analytic codes over operations and the API: kept, posted, learnt at once, shown and filtered by."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from litestar.testing import TestClient

from domain.errors import Conflict, Forbidden, Invalid
from domain.people import SCOPES_OF_ROLE, Role, Who
from service.house import House
from service.operations import (
    accounting,
    analytics,
    automatic,
    entries,
    exports,
    manual_entries,
    posting_rules,
    takeover,
)
from storage import journal
from tests.service.bookkeeping import NOW, company_of, invoice, open_company

HIRE = (("Location nacelle", "100.00"),)
OURS = {"part": 0, "account": "6064", "treatment": "FR_STD20"}


@pytest.fixture
def books(house: House) -> tuple[House, Who]:
    held = replace(house, now=lambda: NOW)
    return held, open_company(held)


def with_codes(house: House, who: Who, *codes: str) -> list[dict[str, Any]]:
    return [analytics.add(house, who, None, {"code": c, "label": f"Chantier {c}"}) for c in codes]


def part(house: House, who: Who, document_id: str, *choices: dict[str, Any]) -> dict[str, Any]:
    shown = accounting.proposed_entry(house, who, document_id, list(choices) or None)
    found: dict[str, Any] = shown["parts"][0]
    return found


def codes_in(entry: dict[str, Any]) -> list[str | None]:
    return [line["analytic"] for line in entry["lines"]]


def test_a_company_without_codes_sees_none(books: tuple[House, Who]) -> None:
    house, who = books
    document_id = invoice(house, who, items=HIRE)
    shown = part(house, who, document_id)
    assert (shown["analytic"], shown["analytic_suggestion"]) == (None, None)
    with pytest.raises(Conflict) as refused:
        accounting.post(house, who, document_id, choices=[OURS | {"analytic": "CH-12"}])
    assert [p["code"] for p in refused.value.details["problems"]] == ["analytic_unknown"]
    assert codes_in(accounting.post(house, who, document_id)) == [None, None, None]


def test_codes_are_added_closed_and_opened_again_each_version_once(
    books: tuple[House, Who],
) -> None:
    house, who = books
    (one,) = with_codes(house, who, "ch-12")
    assert (one["code"], one["open"], one["version"]) == ("CH-12", True, 1)
    with pytest.raises(Conflict):
        with_codes(house, who, "CH-12")
    for wrong in ({"code": "CH 12", "label": "x"}, {"code": "CH-13", "label": " "}):
        with pytest.raises(Invalid):
            analytics.add(house, who, None, wrong)
    closed = analytics.change(house, who, one["id"], {"open": False}, 1)
    assert (closed["open"], closed["version"]) == (False, 2)
    with pytest.raises(Conflict) as stale:
        analytics.change(house, who, one["id"], {"label": "Autre"}, 1)
    assert stale.value.code == "stale_analytic"
    assert (
        analytics.change(house, who, one["id"], {"open": True, "label": "Nord"})["label"] == "Nord"
    )
    reader = Who(who.organisation_id, who.id, who.name, SCOPES_OF_ROLE[Role.READER])
    with pytest.raises(Forbidden):
        analytics.change(house, reader, one["id"], {"open": False})


def test_what_is_posted_with_a_code_teaches_the_next_invoice_at_once(
    books: tuple[House, Who],
) -> None:
    house, who = books
    ch12, _ = with_codes(house, who, "CH-12", "CH-14")
    first = invoice(house, who, "F1", items=HIRE)
    assert part(house, who, first)["analytic_suggestion"] is None
    entry = accounting.post(house, who, first, choices=[OURS | {"analytic": "CH-12"}])
    assert codes_in(entry) == ["CH-12", None, None]
    second = invoice(house, who, "F2", items=HIRE)
    said = part(house, who, second)
    assert said["analytic"] == "CH-12"
    reason = said["analytic_suggestion"]["reason"]
    assert (reason["code"], reason["values"]["entry_id"]) == ("analytic_before", entry["id"])
    # Another account of the same supplier has no such past; what a person says counts before ours.
    assert part(house, who, second, OURS | {"account": "6135"})["analytic"] is None
    assert part(house, who, second, OURS | {"analytic": ""})["analytic"] is None
    assert part(house, who, second, OURS | {"analytic": "CH-14"})["analytic"] == "CH-14"
    analytics.change(house, who, ch12["id"], {"open": False})
    assert part(house, who, second)["analytic"] is None
    analytics.change(house, who, ch12["id"], {"open": True})
    accounting.post(house, who, second, choices=[OURS | {"analytic": "CH-14"}])
    third = invoice(house, who, "F3", items=HIRE)
    said = part(house, who, third)
    assert (said["analytic"], said["analytic_suggestion"]["source"]) == (None, "none")
    assert said["analytic_suggestion"]["reason"]["code"] == "analytic_mixed"


def test_a_line_is_shared_between_codes_of_one_account(books: tuple[House, Who]) -> None:
    house, who = books
    with_codes(house, who, "CH-12", "CH-14")
    document_id = invoice(house, who, items=HIRE)
    shares = [
        OURS | {"net": "70.00", "analytic": "CH-12"},
        OURS | {"net": "30.00", "analytic": "CH-14"},
    ]
    shown = part(house, who, document_id, *shares)
    assert [share["analytic"] for share in shown["shares"]] == ["CH-12", "CH-14"]
    entry = accounting.post(house, who, document_id, choices=shares)
    found = {(li["account"], li["analytic"], li["debit"]) for li in entry["lines"]}
    assert {("6064", "CH-12", "70.00"), ("6064", "CH-14", "30.00")} < found
    assert accounting.post(house, who, document_id, choices=shares)["created"] is False
    with pytest.raises(Conflict):
        accounting.post(house, who, document_id, choices=[OURS | {"analytic": "CH-99"}])


def test_a_rule_gives_its_code_and_names_only_open_ones(books: tuple[House, Who]) -> None:
    house, who = books
    (code,) = with_codes(house, who, "CH-12")
    rule = {"name": "Nacelles", "words": "nacelle", "account": "6135", "analytic": "ch-12"}
    assert posting_rules.add(house, who, None, rule)["analytic"] == "CH-12"
    said = part(house, who, invoice(house, who, items=HIRE))
    assert (said["account"], said["analytic"]) == ("6135", "CH-12")
    assert said["analytic_suggestion"]["reason"]["values"]["rule"] == "Nacelles"
    analytics.change(house, who, code["id"], {"open": False})
    with pytest.raises(Invalid) as refused:
        posting_rules.add(house, who, None, rule)
    assert refused.value.code == "posting_rule_analytic"


def test_entries_with_codes_are_chained_filtered_summed_exported_and_reversed(
    books: tuple[House, Who],
) -> None:
    house, who = books
    (code,) = with_codes(house, who, "CH-12")
    company_id = company_of(house, who)
    written = {
        "entry_date": "2026-11-20",
        "label": "Repas chantier",
        "lines": [
            {"account": "6257", "debit": "50.00", "analytic": "ch-12"},
            {"account": "401", "credit": "50.00"},
        ],
    }
    entry = manual_entries.post(house, who, None, written)
    assert codes_in(entry) == ["CH-12", None]
    assert manual_entries.as_template(house, who, entry["id"])["lines"][0]["analytic"] == "CH-12"
    accounting.post(house, who, invoice(house, who))
    found = entries.journal_entries(house, who, analytic="CH-12")["items"]
    assert [one["id"] for one in found] == [entry["id"]]
    (summed,) = analytics.list_codes(house, who, year=2026)["items"]
    assert (summed["lines"], summed["debit"], summed["credit"]) == (1, "50.00", "0.00")
    assert analytics.list_codes(house, who, year=2025)["items"][0]["lines"] == 0
    written["lines"][0]["analytic"] = "CH-99"  # type: ignore[index]
    with pytest.raises(Invalid) as refused:
        manual_entries.post(house, who, None, written)
    assert refused.value.code == "analytic_unknown"
    analytics.change(house, who, code["id"], {"open": False})
    undone = accounting.reverse(house, who, entry["id"], "wrong", date(2026, 11, 21))
    assert codes_in(undone) == ["CH-12", None]  # what a closed code carries can be undone
    assert entries.verify_chain(house, who, company_id) == []
    content = b"".join(exports.export_entries(house, who, None, 2026, "csv").content)
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert [row["code_analytique"] for row in rows if row["compte"] == "6257"] == ["CH-12"] * 2
    fec = b"".join(exports.export_fec(house, who, None, 2026).content).decode()
    assert "CH-12" not in fec


def test_a_table_of_codes_is_taken_over_once(books: tuple[House, Who]) -> None:
    house, who = books
    table = "Centre de coûts;Libellé\nA1;Atelier\nA2;Bureau\n?;Rien\n".encode()
    taken = takeover.take_over(house, who, None, "codes.csv", table)
    assert taken["kind"] == "analytic_codes"
    assert taken["analytic_codes"] == {"added": 2, "renamed": 0, "known": 0}
    assert taken["faults_number"] == 1
    renamed = takeover.take_over(house, who, None, "codes.csv", table.replace(b"Bureau", b"Siege"))
    assert renamed["analytic_codes"] == {"added": 0, "renamed": 1, "known": 1}
    assert [c["label"] for c in analytics.list_codes(house, who)["items"]] == ["Atelier", "Siege"]


def test_what_the_machine_compares_has_the_code_and_is_what_it_was_without(
    books: tuple[House, Who],
) -> None:
    house, who = books
    with_codes(house, who, "CH-12")
    document_id = invoice(house, who, items=HIRE)
    entry = accounting.post(house, who, document_id, choices=[OURS | {"analytic": "CH-12"}])
    with house.store.reading() as connection:
        ((_, _, lines),) = automatic.standing(connection, [document_id])
        stored = journal.entry(connection, who, entry["id"])
    assert ["6064", "FR_STD20", 10000, "CH-12"] in lines
    assert ["401", "", -12000] in lines
    assert stored is not None
    assert automatic.content_of(stored.entry.lines) == lines


def test_codes_over_the_api(client: TestClient) -> None:
    made = client.post("/api/v1/analytic-codes", json={"code": "CH-12", "label": "Nord"})
    assert made.status_code == 201
    address = f"/api/v1/analytic-codes/{made.json()['id']}"
    closed = client.patch(address, json={"open": False}, headers={"If-Match": '"1"'})
    assert (closed.status_code, closed.headers["etag"]) == (200, '"2"')
    stale = client.patch(address, json={"open": True}, headers={"If-Match": '"1"'})
    assert stale.json()["code"] == "stale_analytic"
    listed = client.get("/api/v1/analytic-codes").json()["items"]
    assert [(code["code"], code["open"]) for code in listed] == [("CH-12", False)]
    assert client.get("/api/v1/journal-entries?analytic=CH-12").json()["items"] == []
