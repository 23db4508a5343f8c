"""Documents that are in the books, by their entries: to find the paper behind a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, and_, func, or_, select

from domain.errors import NotFound
from domain.people import MACHINE, Scope, Who
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.discussion import names_of
from service.operations.selection import seen_by
from storage import tables as t
from storage.visibility import within


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them: all that is given must hold. Days are days of the books, both included."""

    company_id: str | None = None
    journal: str = ""
    since: date | None = None
    until: date | None = None
    q: str = ""
    by: str = ""
    """`machine` or `people`; empty for both."""


def posted_documents(
    house: House, who: Who, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Each entry of a document with its document, the latest day first; reversed ones as well."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    entry, document = t.journal_entry.c, t.document.c
    reversing = t.journal_entry.alias("reversing")
    query = seen_by(
        select(
            t.journal_entry,
            document.supplier_name,
            document.category,
            document.pages,
            document.status,
            reversing.c.id.label("reversed_by"),
        )
        .join(t.document, document.id == entry.document_id)
        .outerjoin(reversing, reversing.c.reverses_entry_id == entry.id),
        who,
    )
    query = query.where(within(who, t.journal_entry))
    if wanted.company_id:
        query = query.where(entry.company_id == wanted.company_id)
    if wanted.journal:
        query = query.where(entry.journal == wanted.journal)
    if wanted.since:
        query = query.where(entry.entry_date >= wanted.since)
    if wanted.until:
        query = query.where(entry.entry_date <= wanted.until)
    if wanted.by:
        machine = entry.posted_by == MACHINE
        query = query.where(machine if wanted.by == MACHINE else ~machine)
    for word in folded(wanted.q).split()[:10]:
        query = query.where(
            or_(
                document.search.contains(word, autoescape=True),
                document.words.contains(word, autoescape=True),
                entry.piece_reference.icontains(word, autoescape=True),
            )
        )
    with house.store.reading() as connection:
        if cursor:
            last = connection.execute(
                select(entry.entry_date, entry.id).where(
                    entry.id == cursor, within(who, t.journal_entry)
                )
            ).one_or_none()
            if last is None:
                raise NotFound("There is no such journal entry.")
            query = query.where(
                or_(
                    entry.entry_date < last.entry_date,
                    and_(entry.entry_date == last.entry_date, entry.id < last.id),
                )
            )
        rows = connection.execute(
            query.order_by(entry.entry_date.desc(), entry.id.desc()).limit(limit + 1)
        ).all()
        totals = _totals(connection, [row.id for row in rows])
        names = names_of(connection, who, {row.posted_by for row in rows})
    return page_of(
        [
            {
                "id": row.id,
                "company_id": row.company_id,
                "journal": row.journal,
                "year": row.year,
                "number": row.number,
                "entry_date": row.entry_date.isoformat(),
                "piece_date": row.piece_date.isoformat(),
                "piece_reference": row.piece_reference,
                "total": str(totals[row.id]),
                "currency": row.currency,
                "document_id": row.document_id,
                "category": row.category,
                "supplier_name": row.supplier_name,
                "pages": row.pages,
                "reversed_by_entry_id": row.reversed_by,
                "posted_by": row.posted_by,
                "posted_by_name": names.get(row.posted_by, ""),
                "posted_at": row.created_at.isoformat(),
            }
            for row in rows
        ],
        limit,
    )


def journals(house: House, who: Who, company_id: str | None = None) -> list[str]:
    """The journals that have an entry."""
    who.must(Scope.BOOKS_READ)
    c = t.journal_counter.c
    query = select(c.journal).where(within(who, t.journal_counter)).distinct()
    if company_id:
        query = query.where(c.company_id == company_id)
    with house.store.reading() as connection:
        return sorted(connection.scalars(query))


def _totals(connection: Connection, entry_ids: list[str]) -> dict[str, Decimal]:
    """What each entry moves."""
    c = t.journal_line.c
    return {
        row.entry_id: row.total
        for row in connection.execute(
            select(c.entry_id, func.sum(c.debit).label("total"))
            .where(c.entry_id.in_(entry_ids))
            .group_by(c.entry_id)
        )
    }
