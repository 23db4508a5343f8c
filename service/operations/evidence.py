"""Evidence side by side: what two documents of one problem have in common, and what not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from domain.duplicates import plain_number
from domain.findings import AMOUNT_FIELDS, Reading
from domain.money import parse_amount
from domain.people import Who
from domain.suppliers import plain_name
from service.operations.proposals import Prepared
from storage import tables as t
from storage.visibility import within

COMPARED = (
    "supplier_name",
    "supplier_siren",
    "supplier_vat_id",
    "invoice_number",
    "issue_date",
    "net_total",
    "vat_total",
    "gross_total",
    "iban",
)


def put_beside(
    connection: Connection, who: Who, prepared: Prepared, problems: list[dict[str, Any]]
) -> None:
    """Give each problem that names another document what stands on both, as `beside`: None
    where there is no other, or `who` may not see it.
    """
    for problem in problems:
        other = problem["values"].get("document_id")
        problem["beside"] = _beside(connection, who, prepared, other) if other else None


def _beside(
    connection: Connection, who: Who, prepared: Prepared, other_id: str
) -> dict[str, Any] | None:
    row = connection.execute(
        select(t.document).where(t.document.c.id == other_id, within(who, t.document))
    ).one_or_none()
    if row is None:
        return None
    ours = prepared.reading
    theirs = Reading.from_json(row.reading) if row.reading else Reading(fields={})
    fields = []
    for name in COMPARED:
        one, other = ours.value(name), theirs.value(name)
        if one or other:
            same = _plain(name, one) == _plain(name, other) if one and other else None
            fields.append({"field": name, "ours": one, "theirs": other, "same": same})
    return {
        "document_id": row.id,
        "company_id": row.company_id,
        "status": row.status,
        "is_einvoice": row.is_einvoice,
        "received_at": row.received_at.isoformat(),
        "fields": fields,
        "pictures": [_picture(connection, one) for one in (prepared.document.id, row.id)],
    }


def _picture(connection: Connection, document_id: str) -> str | None:
    """Where a small picture of the first page is, if there is one."""
    page, place = t.page.c, t.document_page.c
    key = connection.scalar(
        select(page.thumbnail_key)
        .join(t.document_page, place.page_id == page.id)
        .where(place.document_id == document_id, place.position == 0)
    )
    return f"/api/v1/documents/{document_id}/pages/0.webp?size=thumbnail" if key else None


def _plain(name: str, value: str) -> Any:
    """A value as it is compared."""
    if name == "invoice_number":
        return plain_number(value)
    if name == "supplier_name":
        return plain_name(value)
    if name in AMOUNT_FIELDS:
        try:
            return abs(parse_amount(value))
        except ValueError:
            return value
    return "".join(value.split()).upper()
