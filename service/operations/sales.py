"""Drafts and invoices as rows: found, turned into values, shown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.countries import country
from domain.drafts import Commercial, Draft, DraftLine, State, totals_of
from domain.errors import Conflict, NotFound
from domain.money import ZERO
from domain.people import Who
from domain.sales import InvoiceKind, Party, SalesInvoice, vat_sums
from service.operations.customers import party_of_row
from service.operations.sales_lines import line_json, lines_of, plain
from service.operations.sales_settings import seller_of
from storage import sales as stored
from storage import tables as t
from storage.visibility import within

_s = t.sales_invoice.c
_CHUNK = 500
TEXTS = ("title", "introduction", "closing", "order_reference")


def find_sale(connection: Connection, who: Who, invoice_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.sales_invoice).where(_s.id == invoice_id, within(who, t.sales_invoice))
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise _not_there()
    return row


def _not_there() -> NotFound:
    return NotFound("There is no such draft or invoice.")


def find_sales(
    connection: Connection, who: Who, invoice_ids: Collection[str], *, lock: bool = False
) -> dict[str, Row[Any]]:
    """Drafts and invoices by id; NotFound when one is not there."""
    found: dict[str, Row[Any]] = {}
    wanted = sorted(set(invoice_ids))
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(t.sales_invoice)
            .where(_s.id.in_(wanted[start : start + _CHUNK]), within(who, t.sales_invoice))
            .order_by(_s.id)
        )
        for row in connection.execute(query.with_for_update(key_share=True) if lock else query):
            found[row.id] = row
    if len(found) != len(wanted):
        raise _not_there()
    return found


def find_draft(connection: Connection, who: Who, draft_id: str, *, lock: bool = False) -> Row[Any]:
    """A draft that may be changed; Conflict says what became of it otherwise."""
    row = find_sale(connection, who, draft_id, lock=lock)
    must_be_draft(row)
    return row


def must_be_draft(row: Row[Any]) -> None:
    """Conflict unless a row is a draft that may be changed: it says what became of it."""
    if row.state != State.DRAFT:
        raise Conflict(
            "This invoice is finalised: it is not changed any more.",
            code="sale_finalised",
            advice="Correct it with a credit note.",
            invoice_id=row.id,
            number=row.number,
        )
    if row.merged_into_id is not None:
        raise Conflict(
            "This draft was merged into another.",
            code="draft_merged",
            advice="Change that one, or take the merge back.",
            draft_id=row.merged_into_id,
        )
    if row.deleted_at is not None:
        raise Conflict(
            "This draft is deleted.", code="draft_deleted", advice="Restore it.", draft_id=row.id
        )


def find_invoice(
    connection: Connection, who: Who, invoice_id: str, *, lock: bool = False
) -> Row[Any]:
    """A finalised invoice; Conflict for a draft."""
    row = find_sale(connection, who, invoice_id, lock=lock)
    must_be_invoice(row)
    return row


def must_be_invoice(row: Row[Any]) -> None:
    """Conflict for a draft, which has no number."""
    if row.state == State.DRAFT:
        raise Conflict(
            "This is a draft: it has no number yet.",
            code="sale_is_draft",
            advice="Finalise it first.",
            draft_id=row.id,
        )


def draft_of(row: Row[Any], lines: Sequence[DraftLine]) -> Draft:
    """A row as deciding needs it."""
    return Draft(
        id=row.id,
        company_id=row.company_id,
        customer_id=row.customer_id,
        kind=InvoiceKind(row.kind),
        currency=row.currency,
        lines=tuple(lines),
        name=row.name,
        title=row.title,
        introduction=row.introduction,
        closing=row.closing,
        pricing=row.pricing,
        mission=row.mission,
        template=row.template,
        corrects_id=row.corrects_id,
        state=State(row.state),
        locked=row.merged_into_id is not None or row.deleted_at is not None,
    )


def totals_values(lines: Sequence[DraftLine]) -> dict[str, Decimal]:
    """The columns that a list shows of lines."""
    totals = totals_of(one.line for one in lines)
    return {"net_total": totals.net, "vat_total": totals.vat, "gross_total": totals.gross}


def invoice_value(connection: Connection, who: Who, invoice_id: str) -> SalesInvoice:
    """A draft or an invoice as it is printed: as of today, or as it was finalised."""
    row = find_sale(connection, who, invoice_id)
    return invoice_of(connection, row, lines_of(connection, [row.id])[row.id])


def invoice_of(connection: Connection, row: Row[Any], lines: Sequence[DraftLine]) -> SalesInvoice:
    if row.seller is None:
        company = connection.execute(
            select(t.company).where(t.company.c.id == row.company_id)
        ).one()
        customer = connection.execute(
            select(t.customer).where(t.customer.c.id == row.customer_id)
        ).one()
        return sale_value(row, lines, seller_of(company), party_of_row(customer))
    return stored.issued(row, lines)


sale_value = stored.sale_value


def party_json(party: Party) -> dict[str, Any]:
    return asdict(party)


def due_state(row: Row[Any], today: date) -> str:
    """What a list says of it: a draft, to come, late, or what became of it."""
    if row.state != State.FINALISED:
        return str(row.state)
    if row.commercial in (Commercial.PAID, Commercial.REFUNDED):
        return str(row.commercial)
    if row.kind == InvoiceKind.CREDIT_NOTE:
        return "settled"
    return "late" if row.due_on is not None and row.due_on < today else "upcoming"


def summary_json(row: Row[Any], customer_name: str, today: date) -> dict[str, Any]:
    """A draft or an invoice as lists show it."""
    return {
        "id": row.id,
        "company_id": row.company_id,
        "customer_id": row.customer_id,
        "customer_name": customer_name,
        "state": row.state,
        "status": row.commercial,
        "due_state": due_state(row, today),
        "kind": row.kind,
        "number": row.number,
        "name": row.name,
        "title": row.title,
        "mission": row.mission,
        "pricing": row.pricing,
        "currency": row.currency,
        "issued_on": _day(row.issued_on),
        "due_on": _day(row.due_on),
        "net_total": str(row.net_total),
        "vat_total": str(row.vat_total),
        "gross_total": str(row.gross_total),
        "open": _amount(ZERO if row.paid_by == "person" else row.open_amount),
        "paid": _amount(row.paid_amount),
        "paid_on": _day(row.paid_on),
        "paid_by": row.paid_by,
        "born_from": row.born_from,
        "merged": row.merged,
        "merged_into_id": row.merged_into_id,
        "corrects_id": row.corrects_id,
        "deleted": row.deleted_at is not None,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
    }


def sale_json(
    connection: Connection, who: Who, row: Row[Any], lines: Sequence[DraftLine], today: date
) -> dict[str, Any]:
    """A draft or an invoice in full."""
    invoice = invoice_of(connection, row, lines)
    company_country = connection.scalar(
        select(t.company.c.country).where(t.company.c.id == row.company_id)
    )
    books = country(str(company_country))
    corrections = connection.execute(
        select(_s.id, _s.number, _s.state, _s.gross_total)
        .where(_s.corrects_id == row.id, _s.deleted_at.is_(None), within(who, t.sales_invoice))
        .order_by(_s.id)
    ).all()
    return {
        **summary_json(row, invoice.customer.name, today),
        "seller": party_json(invoice.seller),
        "customer": party_json(invoice.customer),
        "introduction": row.introduction,
        "closing": row.closing,
        "order_reference": row.order_reference,
        "language": row.language,
        "template": row.template,
        "exchange_rate": plain(row.exchange_rate) if row.exchange_rate is not None else None,
        "deposit_ids": row.deposit_ids,
        **deposits_json(connection, who, row),
        "lines": [line_json(one, who.language, books) for one in lines],
        "vat": [
            {
                "treatment": part.treatment,
                "label": books.sales_treatments[part.treatment].label(who.language),
                "rate": plain(part.rate),
                "base": str(part.base),
                "amount": str(part.amount),
            }
            for part in vat_sums(one.line for one in lines)
        ],
        "payment_terms": invoice.payment_terms,
        "payment_reference": invoice.payment_reference,
        "corrects_number": invoice.corrects_number or None,
        "corrected_by": [
            {
                "id": one.id,
                "number": one.number,
                "state": one.state,
                "gross_total": str(one.gross_total),
            }
            for one in corrections
        ],
        "payments": payments_json(connection, row) if row.paid_amount else [],
        "finalised_at": row.finalised_at.isoformat() if row.finalised_at else None,
        "pdf_ready": row.pdf_key is not None,
        "pdf_sha256": row.pdf_sha256,
        "entry_id": row.entry_id,
        "hash": row.hash,
        "previous_hash": row.previous_hash,
    }


def shown(connection: Connection, who: Who, invoice_id: str, today: date) -> dict[str, Any]:
    row = find_sale(connection, who, invoice_id)
    return sale_json(connection, who, row, lines_of(connection, [row.id])[row.id], today)


def deposits_json(connection: Connection, who: Who, row: Row[Any]) -> dict[str, Any]:
    """`deposits` that were asked for on a sale or that it deducts, and of a deposit the sale it is
    for, or that deducts it (`deposit_for`).
    """
    own = within(who, t.sales_invoice), _s.deleted_at.is_(None)
    asked = connection.execute(
        select(t.sales_invoice)
        .where(*own, (_s.deposit_for_id == row.id) | _s.id.in_(row.deposit_ids))
        .order_by(_s.id)
    ).all()
    whole = []
    if row.kind == InvoiceKind.DEPOSIT:
        theirs = connection.execute(
            select(t.sales_invoice)
            .where(*own, _s.customer_id == row.customer_id, _s.kind == InvoiceKind.INVOICE.value)
            .order_by(_s.id)
        )
        whole = [one for one in theirs if one.id == row.deposit_for_id or row.id in one.deposit_ids]
    return {
        "deposits": [{**_called(one), "deducted": one.id in row.deposit_ids} for one in asked],
        "deposit_for": [{**_called(one), "deducted": row.id in one.deposit_ids} for one in whole],
    }


def _called(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "name": row.title or row.name,
        "state": row.state,
        "status": row.commercial,
        "gross_total": str(row.gross_total),
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def payments_json(connection: Connection, row: Row[Any]) -> list[dict[str, Any]]:
    """The movements of the bank that paid an invoice, or paid a credit note back."""
    match, movement = t.movement_match.c, t.movement.c
    return [
        {
            "movement_id": one.id,
            "statement_id": one.statement_id,
            "entry_id": one.entry_id,
            "day": one.day.isoformat(),
            "label": one.label,
            "amount": str(one.amount),
        }
        for one in connection.execute(
            select(
                movement.id, movement.statement_id, movement.entry_id, movement.day, movement.label,
                match.amount,
            )
            .join(t.movement_match, match.movement_id == movement.id)
            .where(match.invoice_id == row.id)
            .order_by(movement.day, movement.id)
        )
    ]  # fmt: skip


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
