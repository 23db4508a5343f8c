"""What the books hold for a return of VAT: balances, what each treatment moved, what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select

from domain.countries import country
from domain.journal import OPENING
from domain.money import ZERO, cents
from domain.vat_return import LedgerLine, Treated, Waiting, by_treatment
from storage import tables as t

_entry, _line = t.journal_entry.c, t.journal_line.c


@dataclass(frozen=True, slots=True)
class Ledger:
    balances: dict[str, Decimal]
    """Account of VAT → debits less credits up to the last day, of all that is not settled."""
    earlier: dict[str, Decimal]
    """What of that was posted before the period."""
    treated: list[Treated]
    entries: dict[str, dict[str, Any]]
    """Entry → what it is called, of those that `treated` names."""
    turnover: Decimal
    """Of the period, VAT included, where a flat share of it is owed."""


def ledger(connection: Connection, company: Row[Any], start: date, end: date) -> Ledger:
    form = country(company.country).vat_form
    since = _opened(connection, company, end)
    prefixes = [*form.due, *(prefix for prefix, _ in form.deducted)]
    until = _standing(company, since, end)
    balances = {
        account: balance
        for account, balance in _sums(connection, prefixes, until).items()
        if account != form.payable
    }
    before = [*until, _entry.entry_date < start]
    turnover = ZERO
    if form.net_rate is not None:
        within = [*_standing(company, None, end), _entry.entry_date >= start]
        turnover = -sum(_sums(connection, form.net_rate.turnover, within).values(), ZERO)
    rows = connection.execute(
        select(
            _entry.id, _entry.journal, _entry.year, _entry.number, _entry.entry_date,
            _entry.label.label("called"), _line.account, _line.vat_code, _line.debit, _line.credit,
        )
        .join(t.journal_line, _line.entry_id == _entry.id)
        .where(*_standing(company, None, end), _entry.entry_date >= start,
               _line.vat_code.is_not(None))
        .order_by(_entry.entry_date, _entry.id, _line.position)
    ).all()  # fmt: skip
    treated = by_treatment(
        form,
        (LedgerLine(r.id, r.entry_date, r.account, r.vat_code, r.debit - r.credit) for r in rows),
    )
    return Ledger(
        balances,
        _sums(connection, prefixes, before),
        treated,
        {
            row.id: {
                "entry_id": row.id,
                "name": f"{row.journal} {row.year}-{row.number}",
                "date": row.entry_date.isoformat(),
                "label": row.called,
            }
            for row in rows
        },
        turnover,
    )


def waiting(connection: Connection, company: Row[Any], end: date) -> list[Waiting]:
    """The VAT that still waits for payments at the end of a day: what entries put aside, less what
    payments and returns have released of it.
    """
    pending = country(company.country).pending_vat
    if pending is None:
        return []
    reversing = t.journal_entry.alias("reversing")
    rows = connection.execute(
        select(
            _entry.id, _entry.entry_date, _entry.label, _entry.document_id,
            func.sum(_line.debit).label("debit"), func.sum(_line.credit).label("credit"),
        )
        .join(t.journal_line, _line.entry_id == _entry.id)
        .outerjoin(reversing, reversing.c.reverses_entry_id == _entry.id)
        .where(
            *_standing(company, None, end),
            _line.account == pending,
            _entry.reverses_entry_id.is_(None),
            reversing.c.id.is_(None),
            # Payments and returns release; they put nothing aside.
            ~exists().where(t.movement.c.entry_id == _entry.id),
            ~exists().where(t.vat_return_entry.c.entry_id == _entry.id),
        )
        .group_by(_entry.id, _entry.entry_date, _entry.label, _entry.document_id)
        .order_by(_entry.entry_date, _entry.id)
    ).all()  # fmt: skip
    paid = _paid(connection, company, [row.document_id for row in rows if row.document_id])
    freed = _freed(connection, company)
    found = []
    for row in rows:
        amount = row.debit - row.credit
        amount -= cents(amount * paid.get(row.document_id, ZERO)) + freed.get(row.id, ZERO)
        if amount:
            found.append(Waiting(row.id, row.entry_date, row.label, amount))
    return found


def _paid(
    connection: Connection, company: Row[Any], document_ids: Sequence[str]
) -> dict[str, Decimal]:
    """Document → the share of it that movements of the bank have settled, 0 to 1."""
    where = country(company.country)
    control = (where.payable, where.asset_payable, where.banking.receivable)
    reversing = t.journal_entry.alias("reversing")
    owed = {
        row.document_id: row.debit - row.credit
        for row in connection.execute(
            select(
                _entry.document_id,
                func.sum(_line.debit).label("debit"),
                func.sum(_line.credit).label("credit"),
            )
            .join(t.journal_line, _line.entry_id == _entry.id)
            .outerjoin(reversing, reversing.c.reverses_entry_id == _entry.id)
            .where(
                _entry.document_id.in_(document_ids),
                _entry.reverses_entry_id.is_(None),
                reversing.c.id.is_(None),
                _line.account.in_(control),
            )
            .group_by(_entry.document_id)
        )
    }
    match = t.movement_match.c
    settled = connection.execute(
        select(match.document_id, func.sum(match.amount).label("amount"))
        .where(match.document_id.in_(document_ids))
        .group_by(match.document_id)
    )
    return {
        row.document_id: row.amount / owed[row.document_id]
        for row in settled
        if owed.get(row.document_id)
    }


def _freed(connection: Connection, company: Row[Any]) -> dict[str, Decimal]:
    """Entry → what returns that stand have released of what it put aside."""
    c = t.vat_return.c
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for content in connection.scalars(
        select(c.content).where(c.company_id == company.id, c.cancelled_at.is_(None))
    ):
        for one in content["waiting"]:
            if one["released"]:
                found[one["entry_id"]] += Decimal(one["amount"])
    return found


def _opened(connection: Connection, company: Row[Any], end: date) -> date | None:
    """The first day of the last year that opens with balances of its own."""
    year = connection.scalar(
        select(func.max(_entry.year)).where(
            _entry.company_id == company.id, _entry.journal == OPENING, _entry.year <= end.year
        )
    )
    return date(year, 1, 1) if year is not None else None


def _standing(company: Row[Any], since: date | None, end: date) -> list[ColumnElement[bool]]:
    """Entries up to a day, without returns that were cancelled and what reversed them."""
    link, c = t.vat_return_entry.c, t.vat_return.c
    cancelled = (
        select(link.entry_id)
        .join(t.vat_return, c.id == link.vat_return_id)
        .where(c.company_id == company.id, c.cancelled_at.is_not(None))
    )
    found: list[ColumnElement[bool]] = [
        _entry.company_id == company.id,
        _entry.organisation_id == company.organisation_id,
        _entry.entry_date <= end,
        _entry.id.not_in(cancelled),
        or_(_entry.reverses_entry_id.is_(None), _entry.reverses_entry_id.not_in(cancelled)),
    ]
    return found if since is None else [*found, _entry.entry_date >= since]


def _sums(
    connection: Connection, prefixes: Sequence[str], which: Sequence[ColumnElement[bool]]
) -> dict[str, Decimal]:
    """Account under one of the prefixes → debits less credits, without those that are even."""
    rows = connection.execute(
        select(
            _line.account,
            func.sum(_line.debit).label("debit"),
            func.sum(_line.credit).label("credit"),
        )
        .join(t.journal_entry, _entry.id == _line.entry_id)
        .where(*which, or_(*(_line.account.like(f"{prefix}%") for prefix in prefixes)))
        .group_by(_line.account)
    )
    return {row.account: row.debit - row.credit for row in rows if row.debit != row.credit}
