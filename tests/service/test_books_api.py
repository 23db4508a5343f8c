"""The books over HTTP: post, reverse, look up, export."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from litestar.testing import TestClient

from domain import fec
from service.house import House
from service.operations import accounting, exports
from tests.service.bookkeeping import NOW, invoice, open_company
from tests.service.conftest import Tenant

API = "/api/v1"


def test_an_invoice_is_looked_at_tried_posted_and_reversed(
    client: TestClient, house: House, ours: Tenant
) -> None:
    document_id = invoice(house, ours.who, account=None)
    shown = client.get(f"{API}/documents/{document_id}/proposed-entry")
    assert shown.status_code == 200
    assert shown.headers["ETag"] == '"1"'
    assert not shown.json()["can_post"]
    tried = client.get(
        f"{API}/documents/{document_id}/proposed-entry", params={"choice": "0:2183:FR_STD20"}
    ).json()
    assert [line["account"] for line in tried["lines"]] == ["2183", "44562", "404"]
    assert tried["can_post"]

    refused = client.post(f"{API}/documents/{document_id}/post")
    assert refused.status_code == 409
    assert refused.json()["code"] == "blocked"
    body = {"choices": [{"part": 0, "account": "6064", "treatment": "FR_STD20"}]}
    posted = client.post(
        f"{API}/documents/{document_id}/post", json=body, headers={"If-Match": '"1"'}
    )
    assert posted.status_code == 201
    entry = posted.json()
    assert posted.headers["Location"] == f"{API}/journal-entries/{entry['id']}"
    again = client.post(f"{API}/documents/{document_id}/post", json=body)
    assert (again.status_code, again.json()["id"]) == (200, entry["id"])
    stale = client.post(
        f"{API}/documents/{document_id}/post", json=body, headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 409

    assert client.get(f"{API}/journal-entries/{entry['id']}").json()["number"] == 1
    listed = client.get(f"{API}/journal-entries", params={"company_id": ours.company_id}).json()
    assert [item["id"] for item in listed["items"]] == [entry["id"]]
    undone = client.post(f"{API}/journal-entries/{entry['id']}/reverse", json={"reason": "Essai"})
    assert undone.status_code == 201
    assert undone.json()["reverses_entry_id"] == entry["id"]
    twice = client.post(f"{API}/journal-entries/{entry['id']}/reverse", json={"reason": "Essai"})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_reversed")


def test_a_double_click_with_an_idempotency_key_gets_the_first_answer(
    client: TestClient, house: House, ours: Tenant
) -> None:
    document_id = invoice(house, ours.who)
    answers = [
        client.post(f"{API}/documents/{document_id}/post", headers={"Idempotency-Key": "k-1"})
        for _ in range(2)
    ]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_a_document_changed_by_somebody_else_is_not_posted_over(
    client: TestClient, house: House, ours: Tenant
) -> None:
    document_id = invoice(house, ours.who)
    answer = client.post(f"{API}/documents/{document_id}/post", headers={"If-Match": '"9"'})
    assert answer.status_code == 412
    assert answer.json()["version"] == 1


def test_accounts_and_suppliers_are_listed_searched_and_added(
    client: TestClient, ours: Tenant
) -> None:
    found = client.get(f"{API}/accounts", params={"q": "honoraires"}).json()
    assert "6226" in [a["number"] for a in found["items"]]
    made = client.post(
        f"{API}/accounts",
        json={"company_id": ours.company_id, "number": "622610", "label_fr": "Avocats"},
    )
    assert made.status_code == 201
    made = client.post(f"{API}/suppliers", json={"name": "Dupond & Fils", "siren": "732 829 320"})
    assert made.status_code == 201
    assert made.json()["auxiliary"] == "FDUPONDFILS"
    assert made.json()["siren"] == "732829320"
    twice = client.post(f"{API}/suppliers", json={"name": "DUPOND & FILS SARL"})
    assert (twice.status_code, twice.json()["code"]) == (409, "supplier_exists")
    listed = client.get(f"{API}/suppliers", params={"q": "dupond"}).json()
    assert [s["name"] for s in listed["items"]] == ["Dupond & Fils"]


def test_a_period_is_locked_over_http(client: TestClient, ours: Tenant) -> None:
    address = f"{API}/companies/{ours.company_id}/period-lock"
    assert client.get(address).json()["locked_until"] is None
    locked = client.put(address, json={"locked_until": "2026-10-31"})
    assert locked.status_code == 200
    assert client.get(address).json()["locked_until"] == "2026-10-31"


def test_a_company_in_franchise_deducts_no_vat(
    client: TestClient, house: House, ours: Tenant
) -> None:
    address = f"{API}/companies/{ours.company_id}/bookkeeping"
    assert client.get(address).json()["vat_regime"] == "normal"
    changed = client.patch(address, json={"vat_regime": "franchise", "purchase_journal": "HA"})
    assert changed.json()["purchase_journal"] == "HA"
    document_id = invoice(house, ours.who)
    entry = client.post(f"{API}/documents/{document_id}/post").json()
    assert [(line["account"], line["debit"]) for line in entry["lines"]] == [
        ("6064", "120.00"),
        ("401", "0.00"),
    ]
    assert entry["journal"] == "HA"


@pytest.mark.parametrize(
    "values",
    [
        {"vat_regime": "x"},
        {"vat_coefficient": "1.5"},
        {"vat_coefficient": "NaN"},
        {"capitalisation_threshold": "-1"},
        {"purchase_journal": "A\tC"},
    ],
)
def test_a_way_to_keep_books_that_cannot_be_is_refused(
    client: TestClient, ours: Tenant, values: dict[str, str]
) -> None:
    answer = client.patch(f"{API}/companies/{ours.company_id}/bookkeeping", json=values)
    assert (answer.status_code, answer.json()["code"]) == (422, "bookkeeping_value")


def parsed(content: bytes) -> list[list[str]]:
    assert content.endswith(b"\r\n")
    return [line.split("\t") for line in content.decode().split("\r\n")[:-1]]


def test_the_fec_has_eighteen_columns_balanced_entries_and_the_name_the_law_wants(
    house: House,
) -> None:
    held = replace(house, now=lambda: NOW)
    who = open_company(held)
    accounting.post(held, who, invoice(held, who, "F|1\t2", supplier="=cmd|A1\r\nSARL"))
    reversed_ = accounting.post(held, who, invoice(held, who, "2"))
    accounting.reverse(held, who, reversed_["id"], "x")
    export = exports.export_fec(held, who, None, 2026)
    assert export.name == "732829320FEC20261231.txt"
    content = b"".join(export.content)
    assert content == b"".join(exports.export_fec(held, who, None, 2026).content)
    header, *records = parsed(content)
    assert tuple(header) == fec.COLUMNS
    assert {len(record) for record in records} == {18}
    assert [r[2] for r in records] == ["AC000001"] * 3 + ["AC000002"] * 3 + ["AC000003"] * 3
    sums: dict[str, int] = {}
    for record in records:
        row = dict(zip(header, record, strict=True))
        assert all(
            row[name]
            for name in header
            if name
            not in (
                "CompAuxNum",
                "CompAuxLib",
                "EcritureLet",
                "DateLet",
                "Montantdevise",
                "Idevise",
            )
        )
        assert not row["EcritureLib"].startswith(("=", "+", "-", "@"))
        cents = [int(row[side].replace(",", "")) for side in ("Debit", "Credit")]
        assert min(cents) == 0
        sums[row["EcritureNum"]] = sums.get(row["EcritureNum"], 0) + cents[0] - cents[1]
        assert row["ValidDate"] >= row["EcritureDate"] == "20261102"
    assert set(sums.values()) == {0}
    first = dict(zip(header, records[2], strict=True))
    assert (first["CompteNum"], first["CompAuxNum"]) == ("401", "FCMDA1")
    assert (first["Credit"], first["Debit"]) == ("120,00", "0,00")
    assert first["PieceRef"] == "F 1 2"


def test_the_fec_of_a_company_without_siren_says_what_is_missing(client: TestClient) -> None:
    answer = client.get(f"{API}/exports/fec", params={"year": 2026})
    assert (answer.status_code, answer.json()["code"]) == (422, "siren_missing")


def test_a_fec_is_sent_as_an_attachment(client: TestClient, ours: Tenant) -> None:
    changed = client.patch(f"{API}/companies/{ours.company_id}", json={"siren": "732829320"})
    assert changed.status_code == 200
    answer = client.get(f"{API}/exports/fec", params={"year": 2025})
    assert answer.status_code == 200
    assert "732829320FEC20251231.txt" in answer.headers["Content-Disposition"]
    assert parsed(answer.content) == [list(fec.COLUMNS)]


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [{"account": "6064", "debit": 120.0}]},
        {"lines": "all"},
        {"choices": [{"part": "x", "account": "1", "treatment": "y"}]},
        {"surprise": 1},
        {"entry_date": "2026-13-01"},
    ],
)
def test_a_body_of_another_shape_is_refused(
    client: TestClient, house: House, ours: Tenant, body: dict[str, Any]
) -> None:
    document_id = invoice(house, ours.who)
    answer = client.post(f"{API}/documents/{document_id}/post", json=body)
    assert answer.status_code in (400, 422)
    assert client.get(f"{API}/journal-entries").json()["items"] == []


def test_dates_of_the_export_are_those_of_the_year(house: House) -> None:
    held = replace(house, now=lambda: NOW)
    who = open_company(held)
    accounting.post(held, who, invoice(held, who, "1", issued=date(2025, 12, 31)))
    assert len(parsed(b"".join(exports.export_fec(held, who, None, 2025).content))) == 4
    assert len(parsed(b"".join(exports.export_fec(held, who, None, 2026).content))) == 1
