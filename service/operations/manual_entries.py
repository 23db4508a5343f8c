"""Entries written by hand, on the same path as all others: numbers, locks, accounts, the chain.

They come from no document and never pretend to: a document may explain one, but is not posted by
it. An entry that is undone on a later day is written with its reversal, both at once, so that
nobody has to remember it and the number of neither waits.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from domain.countries import country
from domain.documents import DocumentStatus
from domain.errors import Conflict, Invalid
from domain.handwritten import MISCELLANEOUS, checked_reversal_day, entry_id, entry_of
from domain.ids import new_id
from domain.journal import LABEL_LENGTH, Entry, Line, plain_text, same_content
from domain.people import Scope, Who
from service.house import House
from service.operations import accounts, analytics, companies, documents
from service.operations.acceptance import journal_code
from service.operations.entries import (
    entry_json,
    must_be_open,
    stored_entry,
    write_entry,
    write_reversal,
)
from service.operations.written_lines import UNLABELLED, completed, lines_of
from storage import journal
from storage import tables as t
from storage.outbox import record_event


def post(house: House, who: Who, company_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """Post an entry a person wrote. Named values: journal (OD unless said), entry_date, piece_date,
    piece_reference, label, lines (as for a document), reverse_on (the day its reversal counts),
    document_id (of the paper that explains it) and key (of the form: sent twice, one entry).

    Its reversal is posted with it and shown as `reversal`, or null.
    """
    who.must(Scope.BOOKS_WRITE)
    lines = lines_of(values.get("lines") or [])
    day = required_day(values, "entry_date")
    reverse_on = day_of(values, "reverse_on")
    with house.store.transaction() as connection:
        found = companies.find_or_only(connection, who, company_id)
        company = journal.hold(connection, who.organisation_id, found.id)
        assert company is not None
        paper = _paper(connection, who, company, values.get("document_id"))
        label = plain_text(str(values.get("label") or ""), LABEL_LENGTH)
        entry = entry_of(
            completed(lines, label or UNLABELLED, {}),
            journal=journal_code(str(values.get("journal") or "")) or MISCELLANEOUS,
            entry_date=day,
            piece_date=day_of(values, "piece_date"),
            reference=str(values.get("piece_reference") or ""),
            label=label,
            currency=company.currency,
            today=house.now().date(),
        )
        key = str(values.get("key") or "")[:100]
        made_id = entry_id(company.id, key) if key else new_id("ent")
        there = journal.entry(connection, who, made_id)
        if there is not None:
            return _again(connection, who, there, entry)
        must_know_parties(connection, company, entry.lines)
        stored = write(
            connection,
            house,
            who,
            company,
            entry,
            made_id,
            paper_sha256=paper.pdf_sha256 if paper is not None else None,
        )
        connection.execute(
            insert(t.manual_entry).values(
                entry_id=stored.posted.id,
                organisation_id=who.organisation_id,
                company_id=company.id,
                document_id=paper.id if paper is not None else None,
                created_at=house.now(),
            )
        )
        undone = None
        if reverse_on is not None:
            checked_reversal_day(day, reverse_on, house.now().date())
            undone = write_reversal(connection, house, who, company, stored, reverse_on)
        return _shown(connection, who, stored, undone)


def write(
    connection: Connection,
    house: House,
    who: Who,
    company: Row[Any],
    entry: Entry,
    made_id: str,
    *,
    paper_sha256: str | None = None,
    **told: Any,
) -> journal.Stored:
    """Write an entry of no document into the books of a company that is held, and tell of it.

    `told` goes with the event: what it was made by.
    """
    must_be_open(connection, company, entry.entry_date)
    accounts.check_accounts(connection, company.id, entry.lines, entry.entry_date)
    analytics.check_codes(connection, company.id, entry.lines)
    stored = write_entry(
        connection, house, who, entry, company.id, made_id, paper_sha256=paper_sha256
    )
    record_event(
        connection,
        house.now(),
        organisation_id=who.organisation_id,
        who=who,
        company_id=company.id,
        type_="entry.posted",
        subject=stored.posted.id,
        data={
            "entry_id": stored.posted.id,
            **told,
            "entry": entry_json(stored, accounts.labels(connection, company.id), who),
        },
    )
    return stored


def as_template(house: House, who: Who, copied_entry_id: str) -> dict[str, Any]:
    """What an earlier entry would be, written again: all but its days and its number."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        copied = stored_entry(connection, who, copied_entry_id)
        entry = copied.entry
        return {
            "company_id": copied.posted.company_id,
            "journal": entry.journal,
            "label": entry.label,
            "piece_reference": "",
            "lines": [line_json(line) for line in entry.lines],
        }


def line_json(line: Line) -> dict[str, str | None]:
    return {
        "account": line.account,
        "auxiliary": line.auxiliary,
        "label": line.label,
        "debit": str(line.debit) if line.debit else None,
        "credit": str(line.credit) if line.credit else None,
        "vat_code": line.vat_code,
        "analytic": line.analytic,
    }


def required_day(values: dict[str, Any], name: str) -> date:
    day = day_of(values, name)
    if day is None:
        raise Invalid("A day is needed.", code="day_missing", fields=[name])
    return day


def day_of(values: dict[str, Any], name: str) -> date | None:
    """A day of JSON or of a form; Invalid for what is none."""
    value = values.get(name)
    if value is None or value == "" or isinstance(value, date):
        return value or None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("This is not a date.", code="invalid_value", fields=[name]) from None


def must_know_parties(connection: Connection, company: Row[Any], lines: tuple[Line, ...]) -> None:
    """Invalid where a line names somebody who is neither supplier nor customer, or on an account
    that none are kept on.
    """
    named = {line.auxiliary for line in lines if line.auxiliary}
    if not named:
        return
    where = country(company.country)
    third = (
        where.payable,
        where.asset_payable,
        where.banking.receivable,
        where.closing.accrued,
        where.deposits,
        where.deposits_received,
    )
    known = {
        code
        for table in (t.supplier, t.customer)
        for code in connection.scalars(
            select(table.c.auxiliary).where(
                table.c.company_id == company.id, table.c.auxiliary.in_(named)
            )
        )
    }
    strange = sorted(named - known)
    astray = [
        line.account for line in lines if line.auxiliary and not line.account.startswith(third)
    ]
    if strange or astray:
        raise Invalid(
            f"No such third party: {', '.join(strange)}."
            if strange
            else f"No third parties are kept on {', '.join(astray)}.",
            code="auxiliary_unknown",
            advice="GET /api/v1/suppliers and /customers list them; add theirs first.",
        )


def _paper(
    connection: Connection, who: Who, company: Row[Any], document_id: str | None
) -> Row[Any] | None:
    """The document that explains an entry; it is not posted by it."""
    if not document_id:
        return None
    row = documents.find(connection, who, document_id, lock=True)
    if row.company_id != company.id or row.status == DocumentStatus.DELETED:
        raise Conflict(
            "This document is not of this company, or was deleted.",
            code="paper_not_here",
            advice="Choose a document of the same company.",
        )
    return row


def _again(connection: Connection, who: Who, there: journal.Stored, entry: Entry) -> dict[str, Any]:
    """The entry that the same form made before; Conflict when it asks for another."""
    if not same_content(there.entry.lines, entry.lines) or there.entry.label != entry.label:
        raise Conflict(
            "This form has made an entry already, another one.",
            code="already_posted",
            advice="Reverse that entry first if it is wrong.",
            entry_id=there.posted.id,
            number=there.posted.number,
        )
    undone = journal.entry(connection, who, there.reversed_by) if there.reversed_by else None
    return _shown(connection, who, there, undone)


def _shown(
    connection: Connection, who: Who, stored: journal.Stored, undone: journal.Stored | None
) -> dict[str, Any]:
    labels = accounts.labels(connection, stored.posted.company_id)
    shown = entry_json(stored, labels, who)
    if undone is not None:
        shown["reversed_by_entry_id"] = undone.posted.id
    return {**shown, "reversal": entry_json(undone, labels, who) if undone else None}
