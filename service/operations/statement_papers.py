"""Statements on paper: what was read of a document becomes a statement that waits for a person.

The statement stays with its document. While that is out of its tab (deleted, withdrawn, of another
category) it is out of sight, and it comes back with it, as people left it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, or_, select, update

from domain.documents import Category, DocumentStatus
from domain.errors import Conflict
from domain.findings import STATEMENT_FIELDS, Reading
from domain.ids import new_id
from domain.money import ZERO, parse_amount
from domain.statements import Movement, Statement
from service.operations.bank_files import movement_row
from storage import tables as t

_COLUMNS = {
    "iban": "iban",
    "bank_name": "bank",
    "currency": "currency",
    "period_start": "start",
    "period_end": "end",
    "opening_balance": "opening",
    "closing_balance": "closing",
}
"""What a field of the reading is called on the statement."""


def in_sight() -> ColumnElement[bool]:
    """The statements of files, and those whose document stands in the tab of statements."""
    d, mine = t.document.c, t.statement.c.document_id
    return or_(
        mine.is_(None),
        exists().where(
            d.id == mine,
            d.withdrawn_at.is_(None),
            d.status == DocumentStatus.FILED,
            d.category == Category.BANK_STATEMENT,
        ),
    )


def statement_of(reading: Reading, today: date) -> Statement:
    """A reading as a statement. A movement without a day has that of the one before it."""
    start, end = _day(reading.value("period_start")), _day(reading.value("period_end"))
    movements: list[Movement] = []
    day = start or end or today
    for read in reading.transactions:
        value_day = _day(read.value_date)
        day = _day(read.date) or value_day or day
        amount = _amount(read.amount) or ZERO
        balance = _amount(read.balance)
        movements.append(Movement(day, read.description, amount, value_day, balance))
    currency = reading.value("currency") or ""
    return Statement(
        "paper",
        tuple(movements),
        (reading.value("iban") or "")[:34],
        (reading.value("bank_name") or "")[:200],
        currency if len(currency) == 3 else "",
        start,
        end,
        _amount(reading.value("opening_balance")),
        _amount(reading.value("closing_balance")),
    )


def keep(connection: Connection, now: datetime, document: Row[Any]) -> str:
    """The id of the statement of a document, made of its reading unless it is there already."""
    c = t.statement.c
    there = connection.scalar(select(c.id).where(c.document_id == document.id))
    if there is not None:
        return str(there)
    reading = Reading.from_json(document.reading)
    statement = statement_of(reading, now.date())
    made = connection.execute(
        insert(t.statement)
        .values(
            id=new_id("sta"),
            organisation_id=document.organisation_id,
            company_id=document.company_id,
            document_id=document.id,
            source=statement.source,
            name=document.supplier_name or statement.iban,
            status="to_check",
            version=1,
            created_at=now,
            **_header(statement),
        )
        .returning(t.statement)
    ).one()
    rows = [
        movement_row(made, position, movement, now)
        | {
            "page": read.page,
            "box": read.box.as_list() if read.box else None,
            "read_as": _amount(read.read_as),
        }
        for position, (movement, read) in enumerate(
            zip(statement.movements, reading.transactions, strict=True)
        )
    ]
    if rows:
        connection.execute(insert(t.movement), rows)
    return str(made.id)


def follow(
    connection: Connection,
    document: Row[Any],
    reading: Reading,
    fields: Collection[str],
    today: date,
) -> None:
    """Fields that were corrected on the page of a document are corrected on its statement too."""
    header = _header(statement_of(reading, today))
    changed = {
        _COLUMNS[name]: header[_COLUMNS[name]] for name in STATEMENT_FIELDS if name in fields
    }
    if changed:
        c = t.statement.c
        connection.execute(
            update(t.statement)
            .where(c.document_id == document.id)
            .values(version=c.version + 1, **changed)
        )


def must_be_open(connection: Connection, document: Row[Any]) -> None:
    """Conflict when the document's statement was accepted: the account relies on it."""
    c = t.statement.c
    accepted = connection.scalar(
        select(c.id).where(c.document_id == document.id, c.status == "accepted")
    )
    if accepted is not None:
        raise Conflict(
            "The bank statement of this document was accepted.",
            code="statement_accepted",
            advice="Reopen the statement first.",
            statement_id=accepted,
        )


def _header(statement: Statement) -> dict[str, Any]:
    return {
        "iban": statement.iban,
        "bank": statement.bank,
        "currency": statement.currency,
        "start": statement.start,
        "end": statement.end,
        "opening": statement.opening,
        "closing": statement.closing,
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _amount(text: str | None) -> Decimal | None:
    try:
        return parse_amount(text) if text else None
    except ValueError:
        return None
