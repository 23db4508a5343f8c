"""The journal as rows: numbers without holes, entries written once, the chain read back.

Everything that writes holds the company's row, so that numbers, hashes and balances of one company
are made one after the other; other companies do not wait. Deciding is left to the operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, case, exists, insert, select, update

from domain.journal import OPENING, Entry, Line, Posted, entry_hash
from domain.money import ZERO
from domain.people import Who
from storage import tables as t
from storage.visibility import within


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as read back, with the hash it was stored with."""

    posted: Posted
    hash: str
    reversed_by: str | None

    @property
    def entry(self) -> Entry:
        return self.posted.entry


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry where the chain does not hold, and how it shows."""

    entry_id: str
    journal: str
    year: int
    number: int
    what: str


def hold(connection: Connection, organisation_id: str, company_id: str) -> Row[Any] | None:
    """The company's row, held until the transaction ends; rows that refer to it do not wait."""
    return connection.execute(
        select(t.company)
        .where(t.company.c.id == company_id, t.company.c.organisation_id == organisation_id)
        .with_for_update(key_share=True)
    ).one_or_none()


def locked_until(connection: Connection, company_id: str) -> date | None:
    day: date | None = connection.scalar(
        select(t.period_lock.c.locked_until).where(t.period_lock.c.company_id == company_id)
    )
    return day


def take_numbers(
    connection: Connection,
    organisation_id: str,
    company_id: str,
    journal: str,
    year: int,
    count: int = 1,
) -> tuple[int, str]:
    """The first of the next `count` numbers of a journal and year, and the hash of the entry before.

    Given back by a rollback, so that there is never a hole.
    """
    c = t.journal_counter.c
    mine = (c.company_id == company_id, c.journal == journal, c.year == year)
    row = connection.execute(
        update(t.journal_counter)
        .where(*mine)
        .values(last_number=c.last_number + count)
        .returning(c.last_number, c.last_hash)
    ).one_or_none()
    if row is not None:
        return row.last_number - count + 1, row.last_hash
    connection.execute(
        insert(t.journal_counter).values(
            organisation_id=organisation_id,
            company_id=company_id,
            journal=journal,
            year=year,
            last_number=count,
            last_hash="",
        )
    )
    return 1, ""


def write(connection: Connection, organisation_id: str, made: Sequence[Stored]) -> None:
    """Write entries of one company, numbered and chained: their lines, then themselves, the ends of
    the chains and the balances of their accounts.
    """
    connection.execute(
        insert(t.journal_line),
        [
            {
                "entry_id": one.posted.id,
                "organisation_id": organisation_id,
                "position": position,
                "account": line.account,
                "auxiliary": line.auxiliary,
                "label": line.label,
                "debit": line.debit,
                "credit": line.credit,
                "vat_code": line.vat_code,
                "foreign_amount": line.foreign_amount,
                "foreign_currency": line.foreign_currency,
                "analytic": line.analytic,
            }
            for one in made
            for position, line in enumerate(one.entry.lines)
        ],
    )
    connection.execute(insert(t.journal_entry), [_row(organisation_id, one) for one in made])
    c = t.journal_counter.c
    ends = {(one.posted.company_id, one.entry.journal, one.posted.year): one.hash for one in made}
    for (company_id, journal, year), digest in ends.items():
        connection.execute(
            update(t.journal_counter)
            .where(c.company_id == company_id, c.journal == journal, c.year == year)
            .values(last_hash=digest)
        )
    _add_to_balances(connection, organisation_id, made)


def _row(organisation_id: str, stored: Stored) -> dict[str, Any]:
    posted, entry = stored.posted, stored.entry
    return {
        "id": posted.id,
        "organisation_id": organisation_id,
        "company_id": posted.company_id,
        "journal": entry.journal,
        "year": posted.year,
        "number": posted.number,
        "entry_date": entry.entry_date,
        "piece_date": entry.piece_date,
        "piece_reference": entry.piece_reference,
        "label": entry.label,
        "currency": entry.currency,
        "document_id": posted.document_id,
        "document_version": posted.document_version,
        "document_sha256": posted.document_sha256,
        "reverses_entry_id": posted.reverses_entry_id,
        "posted_by": posted.posted_by,
        "previous_hash": posted.previous_hash,
        "hash": stored.hash,
        "created_at": posted.posted_at,
    }


def _add_to_balances(connection: Connection, organisation_id: str, made: Sequence[Stored]) -> None:
    sums: dict[tuple[str, int, str], tuple[Decimal, Decimal]] = {}
    for one in made:
        for line in one.entry.lines:
            key = one.posted.company_id, one.posted.year, line.account
            debit, credit = sums.get(key, (ZERO, ZERO))
            sums[key] = debit + line.debit, credit + line.credit
    c = t.account_balance.c
    for (company_id, year, account), (debit, credit) in sums.items():
        changed = connection.execute(
            update(t.account_balance)
            .where(c.company_id == company_id, c.year == year, c.account == account)
            .values(debit=c.debit + debit, credit=c.credit + credit)
        )
        if changed.rowcount == 0:
            connection.execute(
                insert(t.account_balance).values(
                    organisation_id=organisation_id,
                    company_id=company_id,
                    year=year,
                    account=account,
                    debit=debit,
                    credit=credit,
                )
            )


_reversing = t.journal_entry.alias("reversing")
_WITH_REVERSAL = t.journal_entry.outerjoin(
    _reversing, _reversing.c.reverses_entry_id == t.journal_entry.c.id
)
_ENTRY = select(t.journal_entry, _reversing.c.id.label("reversed_by")).select_from(_WITH_REVERSAL)


def entry(connection: Connection, who: Who, entry_id: str) -> Stored | None:
    found = read(
        connection,
        _ENTRY.where(t.journal_entry.c.id == entry_id, within(who, t.journal_entry)),
    )
    return found[0] if found else None


def live_entry(connection: Connection, document_id: str) -> Stored | None:
    """The entry of a document that stands: neither reversed nor a reversal."""
    found = read(
        connection,
        _ENTRY.where(
            t.journal_entry.c.document_id == document_id,
            t.journal_entry.c.reverses_entry_id.is_(None),
            _reversing.c.id.is_(None),
        ),
    )
    return found[0] if found else None


def entries(
    connection: Connection,
    who: Who,
    *,
    company_id: str | None = None,
    document_id: str | None = None,
    analytic: str | None = None,
    before: str | None = None,
    limit: int,
) -> list[Stored]:
    """Entries that `who` may see, the newest first; `before` is the id of the last one seen.
    `analytic` is a code that one of the lines has.
    """
    c = t.journal_entry.c
    query = _ENTRY.where(within(who, t.journal_entry))
    if company_id is not None:
        query = query.where(c.company_id == company_id)
    if document_id is not None:
        query = query.where(c.document_id == document_id)
    if analytic is not None:
        line = t.journal_line.c
        query = query.where(exists().where(line.entry_id == c.id, line.analytic == analytic))
    if before is not None:
        moment = (
            select(c.created_at)
            .where(c.id == before, within(who, t.journal_entry))
            .scalar_subquery()
        )
        query = query.where((c.created_at < moment) | and_(c.created_at == moment, c.id < before))
    return read(connection, query.order_by(c.created_at.desc(), c.id.desc()).limit(limit))


def read(connection: Connection, query: Any) -> list[Stored]:
    """The entries of a query over `_ENTRY`, with their lines, in its order."""
    rows = connection.execute(query).all()
    lines = _lines(connection, [row.id for row in rows])
    return [_stored(row, lines.get(row.id, ())) for row in rows]


def in_order(
    connection: Connection, organisation_id: str, company_id: str, year: int | None = None
) -> Iterator[Stored]:
    """Every entry of a company (in a year), what opens a year first, then in the order they were
    posted, a few at a time.
    """
    c = t.journal_entry.c
    query = _ENTRY.where(c.organisation_id == organisation_id, c.company_id == company_id)
    if year is not None:
        query = query.where(c.year == year)
    ids = connection.execute(
        query.with_only_columns(c.id).order_by(
            case((c.journal == OPENING, 0), else_=1), c.created_at, c.year, c.journal, c.number
        )
    ).scalars()
    chunk: list[str] = []
    for entry_id in [*ids, None]:
        if entry_id is not None:
            chunk.append(entry_id)
        if chunk and (entry_id is None or len(chunk) == 500):
            found = {s.posted.id: s for s in read(connection, _ENTRY.where(c.id.in_(chunk)))}
            yield from (found[i] for i in chunk)
            chunk = []


def verify_chain(connection: Connection, organisation_id: str, company_id: str) -> list[Broken]:
    """Where the journal is not what was posted: a changed byte, a hole, a cut end."""
    broken: list[Broken] = []
    last: dict[tuple[str, int], tuple[int, str]] = {}
    # By number, not by moment: the chain is what orders the entries of a journal.
    ordered = sorted(
        in_order(connection, organisation_id, company_id),
        key=lambda s: (s.entry.journal, s.posted.year, s.posted.number),
    )
    for stored in ordered:
        posted, series = stored.posted, (stored.entry.journal, stored.posted.year)
        number, digest = last.get(series, (0, ""))
        what = None
        if posted.number != number + 1:
            what = f"number {posted.number} follows {number}"
        elif posted.previous_hash != digest:
            what = "it does not follow the entry before it"
        elif entry_hash(posted) != stored.hash:
            what = "it is not what was posted"
        if what is not None:
            broken.append(Broken(posted.id, *series, posted.number, what))
        last[series] = (posted.number, stored.hash)
    for row in connection.execute(
        select(t.journal_counter).where(
            t.journal_counter.c.company_id == company_id,
            t.journal_counter.c.organisation_id == organisation_id,
        )
    ):
        number, digest = last.get((row.journal, row.year), (0, ""))
        if (row.last_number, row.last_hash) != (number, digest):
            broken.append(
                Broken("", row.journal, row.year, row.last_number, "its last entry is not there")
            )
    return broken


def _lines(connection: Connection, entry_ids: Sequence[str]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for row in connection.execute(
        select(t.journal_line)
        .where(t.journal_line.c.entry_id.in_(entry_ids))
        .order_by(t.journal_line.c.entry_id, t.journal_line.c.position)
    ):
        found.setdefault(row.entry_id, []).append(
            _unchecked(
                Line,
                row.account,
                row.debit,
                row.credit,
                row.label,
                row.auxiliary,
                row.vat_code,
                row.foreign_amount,
                row.foreign_currency,
                row.analytic,
            )
        )
    return found


def _stored(row: Row[Any], lines: Iterable[Line]) -> Stored:
    entry = _unchecked(
        Entry,
        row.journal,
        row.entry_date,
        row.piece_date,
        row.piece_reference,
        row.label,
        row.currency,
        tuple(lines),
    )
    posted = Posted(
        id=row.id,
        company_id=row.company_id,
        year=row.year,
        number=row.number,
        entry=entry,
        document_id=row.document_id,
        document_version=row.document_version,
        document_sha256=row.document_sha256,
        reverses_entry_id=row.reverses_entry_id,
        posted_by=row.posted_by,
        posted_at=row.created_at,
        previous_hash=row.previous_hash,
    )
    return Stored(posted, row.hash, row.reversed_by)


def _unchecked(kind: Any, *values: Any) -> Any:
    """A value built from a row without its own refusals: the verifier must be able to look at an
    entry that somebody spoiled by SQL.
    """
    made = object.__new__(kind)
    for name, value in zip(kind.__slots__, values, strict=True):
        object.__setattr__(made, name, value)
    return made
