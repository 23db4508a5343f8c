"""The journal as it stands: entries to read, periods to lock, the chain to verify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import Conflict, NotFound
from domain.journal import Entry, Posted, entry_hash, reversal, reversal_id
from domain.people import Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import accounts, companies
from service.operations.acceptance import locked
from service.operations.books import books_of
from service.operations.proposed import account_label
from storage import journal
from storage import tables as t
from storage.outbox import record_action, record_event

_OF_NO_DOCUMENT = {
    "document_id": None,
    "document_version": None,
    "document_sha256": None,
    "reverses_entry_id": None,
}


def journal_entries(
    house: House,
    who: Who,
    *,
    company_id: str | None = None,
    document_id: str | None = None,
    analytic: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Entries, the newest first; with `analytic`, those with a line of that code."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        found = journal.entries(
            connection,
            who,
            company_id=company_id,
            document_id=document_id,
            analytic=analytic,
            before=cursor,
            limit=limit + 1,
        )
        labels = {
            company: accounts.labels(connection, company)
            for company in {s.posted.company_id for s in found}
        }
    return page_of([entry_json(s, labels[s.posted.company_id], who) for s in found], limit)


def journal_entry(house: House, who: Who, wanted_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        found = stored_entry(connection, who, wanted_id)
        shown = entry_json(found, accounts.labels(connection, found.posted.company_id), who)
        return shown | made_by(connection, found.posted.id)


def made_by(connection: Connection, wanted_id: str) -> dict[str, Any]:
    """What an entry of no document comes from: a person, and the paper that explains it; a return."""
    by_hand = connection.execute(
        select(t.manual_entry).where(t.manual_entry.c.entry_id == wanted_id)
    ).one_or_none()
    link = t.vat_return_entry.c
    return {
        "by_hand": by_hand is not None,
        "attached_document_id": by_hand.document_id if by_hand is not None else None,
        "vat_return_id": connection.scalar(
            select(link.vat_return_id).where(link.entry_id == wanted_id)
        ),
    }


def period(house: House, who: Who, company_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        day = journal.locked_until(connection, company.id)
    return {"company_id": company_id, "locked_until": day.isoformat() if day else None}


def lock_period(house: House, who: Who, company_id: str, locked_until: date) -> dict[str, Any]:
    """Let no entry count on or before a day any more. Only an administrator may move it back."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company_id, lock=True)
        earlier = journal.locked_until(connection, company.id)
        if earlier is not None and locked_until < earlier:
            who.must(Scope.ADMIN)
        values = {"locked_until": locked_until, "made_by": who.id, "created_at": house.now()}
        mine = t.period_lock.c.company_id == company.id
        if earlier is not None:
            connection.execute(update(t.period_lock).where(mine).values(**values))
        else:
            connection.execute(
                insert(t.period_lock).values(
                    organisation_id=who.organisation_id, company_id=company.id, **values
                )
            )
        record_action(
            connection,
            house.now(),
            who,
            "period.locked",
            company.id,
            company_id=company.id,
            locked_until=locked_until.isoformat(),
        )
    return {"company_id": company_id, "locked_until": locked_until.isoformat()}


def verify_chain(house: House, who: Who, company_id: str) -> list[journal.Broken]:
    """The entries that are not what was posted; none on a good day."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        companies.find(connection, who, company_id)
        return journal.verify_chain(connection, who.organisation_id, company_id)


def stored_entry(connection: Connection, who: Who, wanted_id: str) -> journal.Stored:
    found = journal.entry(connection, who, wanted_id)
    if found is None:
        raise NotFound("There is no such journal entry.")
    return found


def write_entry(
    connection: Connection,
    house: House,
    who: Who,
    entry: Entry,
    company_id: str,
    new_entry_id: str,
    *,
    document: Row[Any] | None = None,
    reverses_entry_id: str | None = None,
    paper_sha256: str | None = None,
) -> journal.Stored:
    """Give an entry the next number of its journal and write it; the company's row is held.

    `document` is what it posts; `paper_sha256` is of a paper that only explains it.
    """
    (stored,) = _written(
        connection,
        house,
        who,
        company_id,
        {new_entry_id: entry},
        document_id=document.id if document is not None else None,
        document_version=document.version if document is not None else None,
        document_sha256=document.pdf_sha256 if document is not None else paper_sha256,
        reverses_entry_id=reverses_entry_id,
    )
    return stored


def write_entries(
    connection: Connection, house: House, who: Who, company_id: str, entries: Mapping[str, Entry]
) -> None:
    """`write_entry` for many of no document, id → entry, numbered in their order."""
    if entries:
        _written(connection, house, who, company_id, entries)


def _written(
    connection: Connection,
    house: House,
    who: Who,
    company_id: str,
    entries: Mapping[str, Entry],
    **more: Any,
) -> list[journal.Stored]:
    """The entries as they were numbered, chained and written; `more` is said of each."""
    moment = house.now().astimezone(UTC)
    made: list[journal.Stored] = []
    series = Counter((entry.journal, entry.entry_date.year) for entry in entries.values())
    last = {
        one: journal.take_numbers(connection, who.organisation_id, company_id, *one, count)
        for one, count in series.items()
    }
    for new_entry_id, entry in entries.items():
        key = entry.journal, entry.entry_date.year
        number, previous_hash = last[key]
        posted = Posted(
            id=new_entry_id,
            company_id=company_id,
            year=entry.entry_date.year,
            number=number,
            entry=entry,
            posted_by=who.id,
            posted_at=moment,
            previous_hash=previous_hash,
            **{**_OF_NO_DOCUMENT, **more},
        )
        made.append(journal.Stored(posted, entry_hash(posted), None))
        last[key] = number + 1, made[-1].hash
    journal.write(connection, who.organisation_id, made)
    return made


def must_not_be_of_a_return(connection: Connection, wanted_id: str) -> None:
    """Conflict for an entry that a return of VAT made: it is undone with its return."""
    vat_return_id = made_by(connection, wanted_id)["vat_return_id"]
    if vat_return_id is not None:
        raise Conflict(
            "This entry belongs to a return of VAT.",
            code="of_vat_return",
            advice="Cancel the return: all its entries are reversed.",
            vat_return_id=vat_return_id,
        )


def must_be_open(connection: Connection, company: Row[Any], day: date) -> None:
    """Conflict where the books are locked on a day."""
    kept = books_of(connection, company)
    if kept.open_day(day) != day:
        raise locked(kept.locked_until)


def write_reversal(
    connection: Connection,
    house: House,
    who: Who,
    company: Row[Any],
    stored: journal.Stored,
    day: date,
    reason: str = "",
) -> journal.Stored:
    """Write the reversal of an entry on a day, and tell of it; the company's row is held."""
    must_be_open(connection, company, day)
    entry = reversal(stored.entry, day, reason)
    accounts.check_accounts(connection, company.id, entry.lines, day)
    undone = write_entry(
        connection,
        house,
        who,
        entry,
        company.id,
        reversal_id(stored.posted.id),
        reverses_entry_id=stored.posted.id,
    )
    record_event(
        connection,
        house.now(),
        organisation_id=who.organisation_id,
        who=who,
        company_id=company.id,
        type_="entry.reversed",
        subject=stored.posted.id,
        data={
            "entry_id": stored.posted.id,
            "document_id": stored.posted.document_id,
            "reason": reason,
            "reversal": entry_json(undone, accounts.labels(connection, company.id), who),
        },
    )
    return undone


def entry_json(stored: journal.Stored, labels: dict[str, Row[Any]], who: Who) -> dict[str, Any]:
    posted, entry = stored.posted, stored.entry
    return {
        "id": posted.id,
        "company_id": posted.company_id,
        "journal": entry.journal,
        "year": posted.year,
        "number": posted.number,
        "entry_date": entry.entry_date.isoformat(),
        "piece_date": entry.piece_date.isoformat(),
        "piece_reference": entry.piece_reference,
        "label": entry.label,
        "currency": entry.currency,
        "total": str(entry.total),
        "lines": [
            {
                "account": line.account,
                "account_label": account_label(labels, line.account, who.language),
                "auxiliary": line.auxiliary,
                "label": line.label,
                "debit": str(line.debit),
                "credit": str(line.credit),
                "vat_code": line.vat_code,
                "foreign_amount": _text(line.foreign_amount),
                "foreign_currency": line.foreign_currency,
                "analytic": line.analytic,
            }
            for line in entry.lines
        ],
        "document_id": posted.document_id,
        "document_version": posted.document_version,
        "document_sha256": posted.document_sha256,
        "links": {
            "document": f"/api/v1/documents/{posted.document_id}",
            "pdf": f"/api/v1/documents/{posted.document_id}/pdf",
        }
        if posted.document_id
        else {},
        "reverses_entry_id": posted.reverses_entry_id,
        "reversed_by_entry_id": stored.reversed_by,
        "posted_by": posted.posted_by,
        "posted_at": posted.posted_at.isoformat(),
        "hash": stored.hash,
        "previous_hash": posted.previous_hash,
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
