"""Purchases that are not plain: in another currency, with a deposit, deducted when they are paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from litestar.testing import TestClient

from domain.people import Who
from service.house import House
from service.operations import accounting, books, exports, movements
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from tests.service.conftest import Tenant
from tests.service.test_bank import bank, imported, rows

API = "/api/v1"


def lines_of(entry: dict[str, Any]) -> dict[str, str]:
    """Account → amount, debits without a sign and credits with one."""
    return {
        x["account"]: x["debit"] if x["debit"] != "0.00" else f"-{x['credit']}"
        for x in entry["lines"]
    }


def problem_of(proposed: dict[str, Any], code: str) -> dict[str, Any]:
    (problem,) = (p for p in proposed["problems"] if p["code"] == code)
    return problem


def test_an_invoice_in_dollars_is_posted_once_somebody_gives_the_rate(
    client: TestClient, house: House, ours: Tenant
) -> None:
    document_id = invoice(
        house, ours.who, net="1000.00", rate="", vat="", gross="1000.00", currency="USD",
        supplier="Acme Inc", account="6511", treatment="NONEU_SERVICES",
    )  # fmt: skip
    address = f"{API}/documents/{document_id}"
    problem = problem_of(client.get(f"{address}/proposed-entry").json(), "foreign_currency")
    assert problem["values"]["quoted"] == "1 EUR = … USD"
    assert problem["ways"][0] == {
        "how": "fill", "field": "exchange_rate", "value": None, "source": "", "needs_reason": False,
    }  # fmt: skip
    refused = client.patch(address, json={"version": 1, "fields": {"exchange_rate": "un"}})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_value")
    given = client.patch(address, json={"version": 1, "fields": {"exchange_rate": "1.10"}})
    assert given.status_code == 200

    posted = client.post(f"{address}/post").json()
    assert lines_of(posted) == {
        "6511": "909.09", "44566": "181.82", "401": "-909.09", "44571": "-181.82",
    }  # fmt: skip
    owed = next(line for line in posted["lines"] if line["account"] == "401")
    assert (owed["foreign_amount"], owed["foreign_currency"]) == ("1000.00", "USD")
    kept = client.get(f"{API}/journal-entries/{posted['id']}").json()
    assert (kept["lines"], kept["hash"]) == (posted["lines"], posted["hash"])
    assert posted["links"]["pdf"] == f"{address}/pdf"
    client.patch(f"{API}/companies/{ours.company_id}", json={"siren": "732829320"})
    record = next(
        line
        for line in b"".join(exports.export_fec(house, ours.who, None, 2026).content)
        .decode()
        .split("\r\n")
        if "\t401\t" in line
    )
    assert record.split("\t")[16:] == ["1000,00", "USD"]


def test_an_open_deposit_is_pointed_out_and_deducted_with_its_vat(house: House) -> None:
    held = replace(house, now=lambda: NOW)
    who = open_company(held)
    deposit = invoice(held, who, "A-1", net="300.00", vat="60.00", gross="360.00")
    choice = [{"part": 0, "account": "4091", "treatment": "FR_STD20"}]
    accounting.post(held, who, deposit, choices=choice)
    asked = {"net": "1000.00", "vat": "200.00", "gross": "1200.00", "amount_due": "840.00"}
    final = invoice(held, who, "F-1", **asked)
    problem = problem_of(accounting.proposed_entry(held, who, final), "deposit_open")
    assert problem["values"] == {"open": "300.00", "difference": "360.00"}
    assert ("use", "360.00") in [(way["how"], way["value"]) for way in problem["ways"]]
    deducting = invoice(held, who, "F-2", **asked, deposit_total="360.00")
    posted = accounting.post(held, who, deducting)
    assert lines_of(posted) == {
        "6064": "1000.00", "44566": "140.00", "4091": "-300.00", "401": "-840.00",
    }  # fmt: skip
    codes = [p["code"] for p in accounting.proposed_entry(held, who, final)["problems"]]
    assert "deposit_open" not in codes


def test_vat_on_services_waits_for_the_payment_that_releases_it(house: House) -> None:
    held = replace(house, now=lambda: NOW)
    who = open_company(held)
    books.change_bookkeeping(held, who, company_of(held, who), {"vat_on_purchases": "on_payment"})
    service = invoice(held, who, account="6226", issued=date(2026, 10, 20))
    assert lines_of(accounting.post(held, who, service)) == {
        "6226": "100.00", "4458": "20.00", "401": "-120.00",
    }  # fmt: skip
    (paid,) = paid_by_bank(held, who)
    assert lines_of(paid["entry"]) == {
        "512001": "-120.00", "401": "120.00", "44566": "20.00", "4458": "-20.00",
    }  # fmt: skip


def paid_by_bank(house: House, who: Who) -> list[dict[str, Any]]:
    bank(house, who)
    content = rows(("02/11/2026", "VIR SEPA LYRECO F2026-17", "-120.00"))
    return movements.post_movements(house, who, imported(house, who, content))["posted"]
