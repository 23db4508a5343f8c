"""The paper of an invoice is drawn once by a worker, and is the same ever after."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pikepdf
import pymupdf
import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from domain.errors import NotFound
from domain.people import Scope, Who
from models.extraction.einvoice import read_einvoice
from service.house import House
from service.operations import (
    api_keys,
    companies,
    finalising,
    sales_papers,
    sales_settings,
    sessions,
)
from storage import tables as t
from storage.invariants.papers import papers_are_there
from tests.service.conftest import app_over, make_tenant
from tests.service.selling import SAID, customer, draft, line, seller
from tests.workers.mail import work_off
from workers import papers


@pytest.fixture(autouse=True)
def _without_children() -> object:
    yield
    papers.close()


@contextmanager
def api(house: House, who: Who) -> Iterator[TestClient]:
    key = api_keys.add_key(house, who, name="papers", scopes=list(Scope))["key"]
    with TestClient(app_over(house), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def finalised(house: House, who: Who, buyer: str, **values: object) -> str:
    one = draft(house, who, buyer, line("Conseil", "1000"), **values)
    finalising.finalise(house, who, one)
    return one


def test_a_finalised_invoice_gets_its_paper_once(house: House) -> None:
    who = seller(house, settings={"sales": {"iban": "FR7630006000011234567890189"}})
    buyer = customer(house, who)
    one = draft(house, who, buyer, line("Conseil", "1000"))
    with api(house, who) as client:
        preview = client.get(f"/api/v1/drafts/{one}/pdf")
        assert preview.headers["content-type"] == "application/pdf"
        with pymupdf.open(stream=preview.content) as seen:
            assert "BROUILLON" in seen[0].get_text()
        assert client.get(f"/api/v1/invoices/{one}/pdf").json()["code"] == "sale_is_draft"

        finalising.finalise(house, who, one)
        waiting = client.get(f"/api/v1/invoices/{one}/pdf")
        assert (waiting.status_code, waiting.json()["code"]) == (503, "paper_being_drawn")
        assert work_off(house, paper=papers.paper) == 1

        paper = client.get(f"/api/v1/invoices/{one}/pdf")
        assert paper.status_code == 200
        xml = client.get(f"/api/v1/invoices/{one}/facturx.xml")
        assert xml.headers["content-disposition"].startswith("attachment")
        with pikepdf.open(BytesIO(paper.content)) as pdf:
            assert pdf.attachments["factur-x.xml"].get_file().read_bytes() == xml.content
        read = read_einvoice(xml.content)
        assert (read.number, str(read.gross_total)) == ("F2026-0001", "1200.00")
        with house.store.reading() as connection:
            row = connection.execute(select(t.sales_invoice)).one()
        assert row.pdf_sha256 == hashlib.sha256(paper.content).hexdigest()

        # Asked for again, nothing is drawn again; and it is nobody else's.
        assert not sales_papers.keep(house, who.organisation_id, one, lambda *_: ["never asked"])
        assert client.get(f"/api/v1/invoices/{one}/pdf").content == paper.content
        with pytest.raises(NotFound):
            sales_papers.paper_of(house, make_tenant(house, "martin").who, one)


def test_an_einvoice_that_breaks_a_rule_is_not_sent_around(house: House) -> None:
    who = seller(house)
    one = finalised(house, who, customer(house, who))
    assert sales_papers.keep(house, who.organisation_id, one, lambda *_: ["BR-FR-99"])
    paper = sales_papers.paper_of(house, who, one)
    assert paper.name == "F2026-0001.pdf"
    with pikepdf.open(BytesIO(paper.content)) as pdf:
        assert len(pdf.attachments) == 0


def test_a_paper_that_was_changed_is_noticed(house: House) -> None:
    who = seller(house)
    one = finalised(house, who, customer(house, who))
    sales_papers.keep(house, who.organisation_id, one, lambda *_: [])
    with house.store.reading() as connection:
        row = connection.execute(select(t.sales_invoice)).one()
        assert list(papers_are_there(connection, house.objects)) == []
        house.objects.put_bytes(row.pdf_key, b"%PDF-another", "application/pdf")
        (found,) = papers_are_there(connection, house.objects)
    assert (found.number, found.subject) == (3, one)


def test_invoices_are_exported_and_marked_so(house: House) -> None:
    who = seller(house)
    buyer = customer(house, who)
    first, second = finalised(house, who, buyer), finalised(house, who, buyer)
    with api(house, who) as client:
        wanted = {"invoice_ids": [first, second], "format": "xero", "account_names": {"706": "200"}}

        answer = client.post("/api/v1/invoices/export", json=wanted)
        assert answer.status_code == 200
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["*InvoiceNumber"] for row in rows] == ["F2026-0001", "F2026-0002"]
        assert {row["*AccountCode"] for row in rows} == {"200"}
        with house.store.reading() as connection:
            statuses = connection.scalars(select(t.sales_invoice.c.commercial)).all()
        assert set(statuses) == {"exported"}
        for wrong, code in (
            ({**wanted, "format": "doc"}, "export_format"),
            ({**wanted, "invoice_ids": []}, "export_size"),
        ):
            assert client.post("/api/v1/invoices/export", json=wrong).json()["code"] == code


def test_the_pages_lead_to_papers_and_export_what_was_chosen(house: House) -> None:
    tenant = make_tenant(house, "dupont")
    companies.change(house, tenant.who, tenant.company_id, {"siren": "732829320"})
    sales_settings.change_settings(house, tenant.who, tenant.company_id, SAID)
    buyer = customer(house, tenant.who)
    one = draft(house, tenant.who, buyer)
    with TestClient(app_over(house), base_url="http://testserver.local") as client:
        link = sessions.sign_in_link(house, "admin@dupont.example")
        client.post(f"/sign-in/{link.rsplit('/', 1)[1]}")
        assert f'href="/api/v1/drafts/{one}/pdf"' in client.get(f"/sales/drafts/{one}").text
        finalising.finalise(house, tenant.who, one)
        address = f'href="/api/v1/invoices/{one}/pdf"'
        assert address not in client.get(f"/sales/invoices/{one}").text
        sales_papers.keep(house, tenant.organisation_id, one, lambda *_: [])
        assert address in client.get(f"/sales/invoices/{one}").text
        listed = client.get("/sales/invoices").text
        assert f'name="invoice.{one}"' in listed
        (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', listed))
        chosen = {"csrf_token": token, "format": "accounting", f"invoice.{one}": "on"}
        file = client.post("/sales/invoices/export", data=chosen)
        assert file.headers["content-disposition"].startswith("attachment")
        assert "F2026-0001" in file.text
        chosen.pop(f"invoice.{one}")
        assert client.post("/sales/invoices/export", data=chosen).status_code == 422
