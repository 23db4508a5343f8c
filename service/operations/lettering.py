"""Matching letters: which lines of suppliers and customers even out, for exports.

Computed from what movements paid and what reversals undid; nothing is stored. A letter stands on
lines of one account and auxiliary that come out even within the year that is exported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection, Row, select

from domain.countries import country
from domain.fec import Letter, letter_code
from domain.money import ZERO
from storage import tables as t

_CHUNK = 500
_Key = tuple[str, str, str]


def letters(
    connection: Connection, company: Row[object], year: int
) -> dict[tuple[str, int], Letter]:
    """(entry, place of the line) → its letter, of the entries of a year."""
    groups = _groups(_pairs(connection, company.id))
    books = country(company.country)
    control = (books.payable, books.asset_payable, books.banking.receivable)
    lines: dict[_Key, list[tuple[str, int, date]]] = defaultdict(list)
    sums: dict[_Key, Decimal] = defaultdict(lambda: ZERO)
    entry, line = t.journal_entry.c, t.journal_line.c
    for chunk in _chunks(sorted(groups)):
        rows = connection.execute(
            select(line.entry_id, line.position, line.account, line.auxiliary, line.debit,
                   line.credit, entry.year, entry.entry_date)
            .join(t.journal_entry, entry.id == line.entry_id)
            .where(line.entry_id.in_(chunk), line.account.in_(control))
            .order_by(line.entry_id, line.position)
        )  # fmt: skip
        for row in rows:
            key = (row.account, row.auxiliary or "", groups[row.entry_id])
            if row.year == year:
                lines[key].append((row.entry_id, row.position, row.entry_date))
            # What goes on in another year leaves its group uneven in this one.
            sums[key] += row.debit - row.credit if row.year == year else row.debit + row.credit
    found: dict[tuple[str, int], Letter] = {}
    even = sorted((max(day for *_, day in lines[key]), key) for key in lines if not sums[key])
    for number, (day, key) in enumerate(even):
        letter = Letter(letter_code(number), day)
        found.update({(entry_id, place): letter for entry_id, place, _ in lines[key]})
    return found


def _pairs(connection: Connection, company_id: str) -> Iterator[tuple[str, str]]:
    """Entries that belong together: a payment and what it paid, a credit note and what it takes
    back, an entry and its reversal.
    """
    entry = t.journal_entry.c
    reversing = t.journal_entry.alias("reversing")
    paid = (
        select(t.movement.c.entry_id, entry.id)
        .select_from(
            t.movement_match.join(t.movement, t.movement.c.id == t.movement_match.c.movement_id)
            .join(t.journal_entry, entry.document_id == t.movement_match.c.document_id)
            .outerjoin(reversing, reversing.c.reverses_entry_id == entry.id)
        )
        .where(
            entry.company_id == company_id,
            t.movement.c.entry_id.is_not(None),
            reversing.c.id.is_(None),
        )
    )
    sale, noted = t.sales_invoice.c, t.sales_invoice.alias("noted")
    received = (
        select(t.movement.c.entry_id, sale.entry_id)
        .select_from(
            t.movement_match.join(
                t.movement, t.movement.c.id == t.movement_match.c.movement_id
            ).join(t.sales_invoice, sale.id == t.movement_match.c.invoice_id)
        )
        .where(sale.company_id == company_id, t.movement.c.entry_id.is_not(None))
    )
    credited = (
        select(sale.entry_id, noted.c.entry_id)
        .join(noted, noted.c.id == sale.corrects_id)
        .where(sale.company_id == company_id, sale.entry_id.is_not(None))
    )
    undone = select(entry.id, entry.reverses_entry_id).where(
        entry.company_id == company_id, entry.reverses_entry_id.is_not(None)
    )
    for query in (paid, received, credited, undone):
        yield from ((one, other) for one, other in connection.execute(query))


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Entry → the first of all that hang together with it."""
    above: dict[str, str] = {}

    def top(one: str) -> str:
        while above.setdefault(one, one) != one:
            above[one] = one = above[above[one]]
        return one

    for one, other in pairs:
        first, second = sorted((top(one), top(other)))
        above[second] = first
    return {one: top(one) for one in list(above)}


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    return (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK))
