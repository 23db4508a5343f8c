"""What the books hold for a return of VAT: balances, what each treatment moved, what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select

from domain.countries import country
from domain.journal import OPENING
from domain.money import ZERO
from domain.vat_return import LedgerLine, Treated, Waiting, by_treatment
from storage import tables as t
from storage.receivables import FIRST

_entry, _line, _sale = t.journal_entry.c, t.journal_line.c, t.sales_invoice.c
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Ledger:
    balances: dict[str, Decimal]
    """Account of VAT → debits less credits up to the last day, of all that is not settled."""
    earlier: dict[str, Decimal]
    """What of that was posted before the period."""
    lines: list[LedgerLine]
    """Of the period, with their treatments."""
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
               _line.vat_code.is_not(None),
               # What a return released stands in its boxes already.
               ~exists().where(t.vat_return_entry.c.entry_id == _entry.id))
        .order_by(_entry.entry_date, _entry.id, _line.position)
    ).all()  # fmt: skip
    lines = [
        LedgerLine(r.id, r.entry_date, r.account, r.vat_code, r.debit - r.credit) for r in rows
    ]
    return Ledger(
        balances,
        _sums(connection, prefixes, before),
        lines,
        treated(company, lines),
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


def treated(company: Row[Any], lines: Sequence[LedgerLine]) -> list[Treated]:
    """What lines say by treatment, in the country of a company."""
    where = country(company.country)
    rates = {key: one.rate for key, one in where.sales_treatments.items()}
    return by_treatment(where.vat_form, lines, where.pending_vat or "", rates)


def waiting(
    connection: Connection, company: Row[Any], end: date, *which: ColumnElement[bool]
) -> list[Waiting]:
    """The VAT that still waits for payments at the end of a day: what entries put aside (`which` of
    them), less what payments and returns have released of it. An invoice of ours and its credit
    notes wait together, as the invoice.
    """
    pending = country(company.country).pending_vat
    if pending is None:
        return []
    reversing = t.journal_entry.alias("reversing")
    rows = connection.execute(
        select(
            _entry.id, _entry.entry_date, _entry.label, _entry.document_id, _line.vat_code,
            FIRST.label("invoice_id"), _sale.paid_by, _sale.paid_on,
            func.sum(_line.debit).label("debit"), func.sum(_line.credit).label("credit"),
        )
        .join(t.journal_line, _line.entry_id == _entry.id)
        .outerjoin(reversing, reversing.c.reverses_entry_id == _entry.id)
        .outerjoin(t.sales_invoice, _sale.entry_id == _entry.id)
        .where(
            *_standing(company, None, end),
            _line.account == pending,
            _entry.reverses_entry_id.is_(None),
            reversing.c.id.is_(None),
            # Payments and returns release; they put nothing aside.
            ~exists().where(t.movement.c.entry_id == _entry.id),
            ~exists().where(t.vat_return_entry.c.entry_id == _entry.id),
            *which,
        )
        .group_by(_entry.id, _entry.entry_date, _entry.label, _entry.document_id, _line.vat_code,
                  FIRST, _sale.paid_by, _sale.paid_on, _sale.corrects_id)
        .order_by(_sale.corrects_id.is_not(None), _entry.entry_date, _entry.id)
    ).all()  # fmt: skip
    first: dict[str, Any] = {}
    parts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    about = {row.id: row.document_id or row.invoice_id or row.id for row in rows}
    for row in rows:
        first.setdefault(about[row.id], row)
        parts[about[row.id]][row.vat_code or ""] += row.debit - row.credit
    gone = [*_paid(connection, list(first)), *_freed(connection, company)]
    for name, treatment, vat in gone:
        if (key := about.get(name, name)) in parts:
            parts[key][treatment] -= vat
    found = (
        Waiting(
            row.id,
            row.entry_date,
            row.label,
            tuple((treatment, vat) for treatment, vat in parts[key].items() if vat),
            key,
            row.paid_on if row.paid_by == "person" else None,
        )
        for key, row in first.items()
    )
    return sorted((one for one in found if one.parts), key=lambda one: (one.day, one.entry_id))


_Gone = tuple[str, str, Decimal]  # what it is of, treatment, VAT


def _paid(connection: Connection, ids: Sequence[str]) -> Iterator[_Gone]:
    """What payments have released, of documents and invoices."""
    match = t.movement_match.c
    for chunk in (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK)):
        for row in connection.execute(
            select(match.document_id, FIRST.label("invoice_id"), match.released)
            .outerjoin(t.sales_invoice, _sale.id == match.invoice_id)
            .where(
                match.released.is_not(None),
                or_(match.document_id.in_(chunk), FIRST.in_(chunk)),
            )
        ):
            for treatment, vat in row.released.items():
                yield row.document_id or row.invoice_id, treatment, Decimal(vat)


def _freed(connection: Connection, company: Row[Any]) -> Iterator[_Gone]:
    """What returns that stand have released, of entries."""
    c = t.vat_return.c
    for content in connection.scalars(
        select(c.content).where(c.company_id == company.id, c.cancelled_at.is_(None))
    ):
        for one in content["waiting"]:
            for part in one["parts"] if one["released"] else ():
                yield one["entry_id"], part["treatment"], Decimal(part["amount"])


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
