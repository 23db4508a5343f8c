"""What must hold before a spreadsheet goes a step further, each with what to do when it does not."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from domain.documents import Category, DocumentStatus
from domain.errors import Conflict, Invalid, NotFound
from domain.people import Who
from domain.sales import InvoiceKind
from domain.spreadsheets import OPEN, State
from storage import tables as t
from storage.visibility import within

_c = t.spreadsheet_import.c


def find(connection: Connection, who: Who, import_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.spreadsheet_import).where(
        _c.id == import_id, within(who, t.spreadsheet_import)
    )
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such import of a spreadsheet.")
    return row


def must_have_invoiced(connection: Connection, who: Who, company_id: str) -> None:
    if not has_invoiced(connection, who, company_id):
        raise Conflict(
            "Invoices in bulk need a first invoice: this company has not sent one yet.",
            code="no_earlier_invoice",
            advice="Make and finalise a first invoice by hand; it shows what the others look like.",
        )


def must_be_new(connection: Connection, company_id: str, digest: str) -> None:
    known = connection.scalar(
        select(_c.id).where(
            _c.company_id == company_id, _c.sha256 == digest, _c.state == State.IMPORTED
        )
    )
    if known:
        raise Conflict(
            "This very file was imported before.",
            code="spreadsheet_known",
            advice="Look at the drafts it became; change the file if there is more to invoice.",
            spreadsheet_import_id=known,
        )


def last_invoice_day(connection: Connection, company_id: str) -> date | None:
    """The day of the last invoice that has a number."""
    s = t.sales_invoice.c
    found: date | None = connection.scalar(
        select(func.max(s.issued_on)).where(
            s.company_id == company_id, s.number.is_not(None), s.kind == InvoiceKind.INVOICE
        )
    )
    return found


def must_follow(connection: Connection, company_id: str, issue_date: date) -> None:
    """Numbers and days go together: no invoice is dated before one that has its number."""
    last = last_invoice_day(connection, company_id)
    if last is not None and issue_date < last:
        raise Invalid(
            "The last invoice has a later date.",
            code="spreadsheet_date",
            advice=f"Choose {last.isoformat()} or a later day.",
            fields=["issue_date"],
            not_before=last.isoformat(),
        )


def must_be_sound(faults: int, drafts: int) -> None:
    if faults:
        raise Conflict(
            "Some cells are not right yet.",
            code="spreadsheet_faults",
            advice="Put them right, or leave their rows out.",
            faults=faults,
        )
    if not drafts:
        raise Conflict(
            "There is no row to invoice.",
            code="spreadsheet_no_rows",
            advice="Choose another sheet or header row, or send another file.",
        )


def must_be_open(row: Row[Any], version: int | None) -> None:
    if row.state == State.IMPORTED:
        raise already_imported(row)
    if row.state not in OPEN:
        raise Conflict(
            "This import was cancelled.",
            code="spreadsheet_cancelled",
            advice="Send the file again.",
        )
    if version is not None and version != row.version:
        raise Conflict(
            "This import was changed in the meantime.",
            code="stale",
            advice="Load it again and repeat your change.",
            version=row.version,
        )


def already_imported(row: Row[Any]) -> Conflict:
    return Conflict(
        "This spreadsheet is imported already.",
        code="spreadsheet_imported",
        advice="Look at its drafts.",
        spreadsheet_import_id=row.id,
    )


def has_invoiced(connection: Connection, who: Who, company_id: str) -> bool:
    """One that we numbered, or one of an earlier program that was filed here."""
    s, d = t.sales_invoice.c, t.document.c
    ours = exists().where(
        s.company_id == company_id, s.number.is_not(None), within(who, t.sales_invoice)
    )
    earlier = exists().where(
        d.company_id == company_id,
        d.category == Category.SALES_INVOICE,
        d.status != DocumentStatus.DELETED,
        within(who, t.document),
    )
    return bool(connection.scalar(select(ours | earlier)))
