"""A company with open books and documents to post, written as the operations before them do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from domain.documents import Category
from domain.findings import Finding, LineItem, Reading, VatLine
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations import accounts
from storage import tables as t

NOW = datetime(2026, 11, 22, 9, 30, 0, 123000, tzinfo=UTC)


def open_company(house: House, country: str = "FR", **values: Any) -> Who:
    """An organisation with one company and its accounts; the one who may do everything there."""
    organisation_id, company_id = new_id("org"), new_id("cmp")
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.organisation).values(
                id=organisation_id, name="Cabinet", settings={}, created_at=NOW
            )
        )
        row = {
            "name": "Menuiserie Petit",
            "country": country,
            "currency": "CHF" if country == "CH" else "EUR",
            "siren": "732829320",
            "ibans": [],
            "settings": {},
        }
        connection.execute(
            insert(t.company).values(
                id=company_id, organisation_id=organisation_id, created_at=NOW, **(row | values)
            )
        )
        company = connection.execute(select(t.company).where(t.company.c.id == company_id)).one()
        accounts.open_books(connection, company)
    return Who(organisation_id, new_id("usr"), "Nadia", frozenset(Scope))


def company_of(house: House, who: Who) -> str:
    with house.store.reading() as connection:
        found = connection.scalar(
            select(t.company.c.id).where(t.company.c.organisation_id == who.organisation_id)
        )
    assert found is not None
    return found


def invoice(
    house: House,
    who: Who,
    number: str = "F2026-17",
    *,
    net: str = "100.00",
    rate: str = "20",
    vat: str = "20.00",
    gross: str = "120.00",
    supplier: str = "Lyreco France",
    items: tuple[tuple[str, str], ...] = (),
    account: str | None = "6064",
    treatment: str = "FR_STD20",
    category: Category = Category.PURCHASE_INVOICE,
    issued: date = date(2026, 11, 2),
    states: dict[str, Any] | None = None,
    **fields: str,
) -> str:
    """A validated document that waits to be posted; returns its id."""
    values = {
        "supplier_name": supplier,
        "invoice_number": number,
        "issue_date": issued.isoformat(),
        "net_total": net,
        "vat_total": vat,
        "gross_total": gross,
        "currency": "EUR",
        **fields,
    }
    reading = Reading(
        {k: Finding(v, 0.95, state=(states or {}).get(k, "read")) for k, v in values.items() if v},
        vat_lines=(VatLine(rate, net, vat),) if rate else (),
        line_items=tuple(LineItem(what, net_amount=amount) for what, amount in items),
    )
    description = items[0][0] if len(items) == 1 else ""
    suggestion = {
        "part": 0,
        "description": description,
        "account": account,
        "treatment": treatment,
        "confidence": 0.9,
        "source": "words",
        "reason": {"code": "keywords", "message": "", "values": {}},
        "treatment_reason": "rate",
        "treatment_sure": True,
        "runners_up": [],
    }
    document_id, import_id = new_id("doc"), new_id("imp")
    company_id = company_of(house, who)
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.imports).values(
                id=import_id,
                organisation_id=who.organisation_id,
                company_id=company_id,
                name="Courrier",
                status="validated",
                created_at=NOW,
            )
        )
        connection.execute(
            insert(t.document).values(
                id=document_id,
                organisation_id=who.organisation_id,
                company_id=company_id,
                import_id=import_id,
                group_number=1,
                category=category,
                status="to_post",
                reading=reading.to_json(),
                suggestion=[suggestion] if account else [],
                pages=1,
                pdf_sha256="1" * 64,
                supplier_name=supplier,
                invoice_number=number,
                issue_date=issued,
                currency="EUR",
                gross_total=Decimal(gross) if gross else None,
                created_at=NOW,
            )
        )
    return document_id
