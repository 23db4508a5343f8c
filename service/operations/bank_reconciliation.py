"""The bank held against the books: why an account's balance is not the one its last statement closes with.

    closing balance = balance in the books + movements not posted - entries on no statement
                      + opening balance that is not in the books

What is left over comes from statements that do not go on from each other; those gaps are named. For
an account in another currency than the books there is no such sum: both balances stand side by side.
"""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.money import ZERO
from domain.people import Scope, Who
from service.house import House
from service.operations import bank_accounts
from storage import tables as t

MOST_LISTED = 500


def reconciliation(
    house: House, who: Who, bank_account_id: str, day: date | None = None
) -> dict[str, Any]:
    """The state at the end of the last accepted statement, or of the last that ends by `day`."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        account = bank_accounts.find(connection, who, bank_account_id)
        own = t.company.c
        currency = connection.scalar(select(own.currency).where(own.id == account.company_id))
        statements = _statements(connection, account, day)
        if not statements:
            return _empty(account, day, currency)
        first, last = statements[0], statements[-1]
        until = last.end or day or date.max
        open_rows = _open_movements(connection, account, until)
        books, others = _lines(connection, account, until)
    before = [row for row in others if first.start is not None and row.entry_date < first.start]
    beside = [row for row in others if row not in before]
    not_posted = sum((row.amount for row in open_rows), ZERO)
    not_on_statement = sum((row.amount for row in beside), ZERO)
    not_in_books = (first.opening or ZERO) - sum((row.amount for row in before), ZERO)
    explained = books + not_posted - not_on_statement + not_in_books
    return {
        "bank_account": bank_accounts.to_json(account),
        "day": until.isoformat(),
        "statement_id": last.id,
        "statement_balance": str(last.closing),
        "book_balance": str(books),
        "book_currency": currency,
        "not_posted": {
            "total": str(not_posted),
            "movements": [
                {
                    "id": row.id,
                    "statement_id": row.statement_id,
                    "day": row.day.isoformat(),
                    "label": row.label,
                    "amount": str(row.amount),
                }
                for row in open_rows[:MOST_LISTED]
            ],
        },
        "not_on_statement": {
            "total": str(not_on_statement),
            "entries": [
                {
                    "id": row.id,
                    "day": row.entry_date.isoformat(),
                    "journal": row.journal,
                    "number": row.number,
                    "label": row.label,
                    "amount": str(row.amount),
                }
                for row in _without_pairs(beside)[:MOST_LISTED]
            ],
        },
        "not_in_books": str(not_in_books),
        "gaps": _gaps(statements),
        "difference": (
            str((last.closing or ZERO) - explained) if account.currency == currency else None
        ),
    }


def _statements(connection: Connection, account: Row[Any], day: date | None) -> list[Row[Any]]:
    c = t.statement.c
    query = select(t.statement).where(
        c.bank_account_id == account.id, c.status == "accepted", c.closing.is_not(None)
    )
    if day is not None:
        query = query.where(c.end <= day)
    return list(connection.execute(query.order_by(c.end, c.start, c.id)))


def _open_movements(connection: Connection, account: Row[Any], until: date) -> list[Row[Any]]:
    c = t.movement.c
    return list(
        connection.execute(
            select(c.id, c.statement_id, c.day, c.label, c.amount)
            .join(t.statement, t.statement.c.id == c.statement_id)
            .where(
                c.bank_account_id == account.id,
                c.status == "open",
                c.amount != ZERO,
                c.day <= until,
                t.statement.c.status == "accepted",
            )
            .order_by(c.day, c.id)
        )
    )


def _lines(
    connection: Connection, account: Row[Any], until: date
) -> tuple[Decimal, list[Row[Any]]]:
    """The balance of the account in the books, and the entries that no movement stands for."""
    entry, line = t.journal_entry.c, t.journal_line.c
    amount = func.sum(line.debit - line.credit, type_=t.Money).label("amount")
    on_account = (
        select(entry.id, entry.entry_date, entry.journal, entry.number, entry.label,
               entry.reverses_entry_id, t.movement.c.id.label("movement_id"), amount)
        .join(t.journal_line, line.entry_id == entry.id)
        .outerjoin(t.movement, t.movement.c.entry_id == entry.id)
        .where(
            entry.company_id == account.company_id,
            line.account == account.account,
            entry.entry_date <= until,
        )
        .group_by(entry.id, entry.entry_date, entry.journal, entry.number, entry.label,
                  entry.reverses_entry_id, t.movement.c.id)
        .order_by(entry.entry_date, entry.journal, entry.number)
    )  # fmt: skip
    rows: list[Row[Any]] = list(connection.execute(on_account))
    return sum((row.amount for row in rows), ZERO), [r for r in rows if r.movement_id is None]


def _without_pairs(rows: list[Row[Any]]) -> list[Row[Any]]:
    """Entries without those that were reversed, and without their reversals: they come to nothing."""
    ids = {row.id for row in rows}
    reversals = {row.id for row in rows if row.reverses_entry_id in ids}
    reversed_ = {row.reverses_entry_id for row in rows if row.id in reversals}
    return [row for row in rows if row.id not in reversals | reversed_]


def _gaps(statements: list[Row[Any]]) -> list[dict[str, Any]]:
    """Statements that do not begin with what the one before closed with."""
    return [
        {
            "after_statement_id": one.id,
            "before_statement_id": following.id,
            "amount": str(following.opening - one.closing),
        }
        for one, following in itertools.pairwise(statements)
        if following.opening is not None and following.opening != one.closing
    ]


def _empty(account: Row[Any], day: date | None, currency: str | None) -> dict[str, Any]:
    return {
        "bank_account": bank_accounts.to_json(account),
        "day": day.isoformat() if day else None,
        "statement_id": None,
        "statement_balance": None,
        "book_balance": None,
        "book_currency": currency,
        "not_posted": {"total": "0.00", "movements": []},
        "not_on_statement": {"total": "0.00", "entries": []},
        "not_in_books": "0.00",
        "gaps": [],
        "difference": None,
    }
