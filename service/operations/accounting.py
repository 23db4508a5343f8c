"""Posting: a document becomes one entry of the journal, in one transaction, once.

Everything is asked again inside the transaction that holds the company's row: the document's
version and status, the problems, the lock, the accounts. Then the number is taken, the chain goes
on, the event is written. A posted entry is only ever reversed.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.documents import DocumentStatus
from domain.errors import Conflict, NotFound
from domain.ids import new_id
from domain.journal import Entry, Line, entry_id, same_content
from domain.people import Scope, Who
from service.house import House
from service.operations import (
    accounts,
    analytics,
    automatic,
    companies,
    einvoices,
    evidence,
    locks,
    movements,
    proposals,
    proposed,
    suppliers,
)
from service.operations.acceptance import (
    entry_to_write,
    given_reason,
    journal_code,
    must_be_open,
    must_know_suppliers,
    must_wait,
    reason_to_override,
)
from service.operations.books import books_of
from service.operations.entries import (
    entry_json,
    must_not_be_of_a_return,
    stored_entry,
    write_entry,
    write_reversal,
)
from service.operations.proposals import Prepared, prepare
from service.operations.written_lines import completed, lines_of
from storage import journal
from storage import tables as t
from storage.outbox import record_document_event, record_event
from storage.visibility import within


def proposed_entry(
    house: House, who: Who, document_id: str, choices: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The entry a document would become, with totals, suggestions and problems.

    `choices` (part, account, treatment, analytic) try other accounts: VAT and supplier lines follow them.
    """
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        document = _document(connection, who, document_id)
        company = companies.find(connection, who, document.company_id)
        labels = accounts.labels(connection, company.id)
        live = journal.live_entry(connection, document.id)
        prepared = prepare(
            connection,
            company,
            document,
            house.now().date(),
            proposals.choices_of(choices, company.country),
        )
        shown = proposed.to_json(prepared, labels, who)
        evidence.put_beside(connection, who, prepared, shown["problems"])
        shown["entry"] = entry_json(live, labels, who) if live else None
        shown["can_post"] = (
            shown["can_post"] and live is None and document.status == DocumentStatus.TO_POST
        )
        return shown


def post(
    house: House,
    who: Who,
    document_id: str,
    *,
    lines: list[dict[str, Any]] | None = None,
    choices: list[dict[str, Any]] | None = None,
    version: int | None = None,
    override_reason: str | None = None,
    entry_date: date | None = None,
    in_journal: str = "",
    label: str = "",
) -> dict[str, Any]:
    """Post a document: as proposed, or with a person's `choices` or `lines`, on a day, in a journal
    and under a label of theirs if they give one.

    Twice, or from two windows, gives one entry: the second gets it back (`created` false) when it
    asked for the same, a Conflict that names it otherwise.
    """
    who.must(Scope.BOOKS_WRITE)
    given = lines_of(lines) if lines is not None else None
    with house.store.transaction() as connection:
        company, document = held(connection, who, document_id)
        live = journal.live_entry(connection, document.id)
        if live is not None:
            return _again(connection, who, live, given, choices, version)
        must_wait(document, version)
        locks.must_be_free(connection, who, document.id, house.now())
        prepared = prepare(
            connection,
            company,
            document,
            house.now().date(),
            proposals.choices_of(choices, company.country),
            journal=journal_code(in_journal),
            label=label,
        )
        entry = entry_to_write(prepared, given, entry_date)
        reason = reason_to_override(prepared, given, override_reason)
        shown = write(connection, house, who, company, prepared, entry, reason)
        automatic.look_again(connection, house, company, document.id)
        return {**shown, "created": True}


def held(connection: Connection, who: Who, document_id: str) -> tuple[Row[Any], Row[Any]]:
    """The company and the document, both held until the transaction ends."""
    document = _document(connection, who, document_id)
    company = journal.hold(connection, who.organisation_id, document.company_id)
    assert company is not None
    return company, _document(connection, who, document_id, lock=True)


def write(
    connection: Connection,
    house: House,
    who: Who,
    company: Row[Any],
    prepared: Prepared,
    entry: Entry,
    reason: str | None = None,
) -> dict[str, Any]:
    """Write the entry of a document that is held and waits, and all that follows from it."""
    document = prepared.document
    accounts.check_accounts(connection, company.id, entry.lines, entry.entry_date)
    analytics.check_codes(connection, company.id, entry.lines)
    must_be_open(prepared, entry)
    must_know_suppliers(connection, prepared, entry)
    named = {line.auxiliary for line in entry.lines if line.auxiliary}
    # A person's lines may owe another supplier than the one that was read.
    other = named.pop() if len(named) == 1 and prepared.auxiliary not in named else None
    supplier = (
        suppliers.with_auxiliary(connection, company.id, other) if other else None
    ) or suppliers.for_posting(connection, house, company, prepared.identity, document.id)
    stored = write_entry(
        connection,
        house,
        who,
        entry,
        company.id,
        entry_id(document.id, document.version),
        document=document,
    )
    connection.execute(
        update(t.document)
        .where(t.document.c.id == document.id)
        .values(status=DocumentStatus.POSTED, supplier_id=supplier.id, posted_at=house.now())
    )
    if reason is not None:
        _remember_override(connection, house, who, document, prepared, reason)
    shown = entry_json(stored, accounts.labels(connection, company.id), who)
    record_event(
        connection,
        house.now(),
        organisation_id=who.organisation_id,
        who=who,
        company_id=company.id,
        type_="invoice.posted",
        subject=document.id,
        data={
            "document_id": document.id,
            "version": document.version,
            "category": document.category,
            "supplier": {"id": supplier.id, "auxiliary": supplier.auxiliary},
            "total": str(entry.total),
            "entry": shown,
            "override_reason": reason,
            "links": {
                "document": f"/api/v1/documents/{document.id}",
                "pdf": f"/api/v1/documents/{document.id}/pdf",
                "entry": f"/api/v1/journal-entries/{stored.posted.id}",
            },
        },
    )
    einvoices.approve(house, connection, who, document)
    return shown


def reverse(
    house: House, who: Who, reversed_entry_id: str, reason: str, entry_date: date | None = None
) -> dict[str, Any]:
    """Reverse an entry by another, once; its document may then be posted again as a new version."""
    who.must(Scope.BOOKS_WRITE)
    reason = given_reason(reason)
    with house.store.transaction() as connection:
        found = stored_entry(connection, who, reversed_entry_id)
        company = journal.hold(connection, who.organisation_id, found.posted.company_id)
        assert company is not None
        found = stored_entry(connection, who, reversed_entry_id)
        if found.reversed_by is not None:
            raise Conflict(
                "This entry is reversed already.",
                code="already_reversed",
                advice="Look at the entry that reverses it.",
                entry_id=found.reversed_by,
            )
        if found.posted.reverses_entry_id is not None:
            raise Conflict(
                "A reversal is not reversed: post the document again instead.",
                code="is_reversal",
                entry_id=found.posted.id,
            )
        _must_not_be_a_sale(connection, found)
        must_not_be_of_a_return(connection, found.posted.id)
        day = entry_date or books_of(connection, company).open_day(found.entry.entry_date)
        _reopen_document(connection, house, who, found)
        stored = write_reversal(connection, house, who, company, found, day, reason)
        movements.free(connection, house, found.posted.id)
        if found.posted.document_id is not None:
            automatic.look_again(connection, house, company, found.posted.document_id)
        return entry_json(stored, accounts.labels(connection, company.id), who)


def _must_not_be_a_sale(connection: Connection, found: journal.Stored) -> None:
    """An entry that comes from a sales invoice is put right through that invoice alone."""
    sale = connection.execute(
        select(t.sales_invoice.c.id, t.sales_invoice.c.number).where(
            t.sales_invoice.c.entry_id == found.posted.id
        )
    ).one_or_none()
    if sale is not None:
        raise Conflict(
            "This entry comes from a sales invoice.",
            code="sale_of_entry",
            advice="Correct the invoice with a credit note: its entry follows.",
            invoice_id=sale.id,
            number=sale.number,
        )


def _again(
    connection: Connection,
    who: Who,
    live: journal.Stored,
    given: tuple[Line, ...] | None,
    choices: list[dict[str, Any]] | None,
    version: int | None,
) -> dict[str, Any]:
    """The entry that is there, for a request that asks for the same; Conflict for another."""
    same_version = version is None or version == live.posted.document_version
    codes = {line.account: line.auxiliary for line in live.entry.lines if line.auxiliary}
    same_lines = given is None or same_content(
        completed(given, live.entry.label, codes), live.entry.lines
    )
    chosen = {str(choice.get("account", "")) for choice in choices or ()} - {""}
    codes_chosen = {str(choice.get("analytic") or "") for choice in choices or ()} - {""}
    same_choices = chosen <= {line.account for line in live.entry.lines}
    same_choices &= codes_chosen <= {line.analytic for line in live.entry.lines}
    if same_version and same_lines and same_choices:
        labels = accounts.labels(connection, live.posted.company_id)
        return {**entry_json(live, labels, who), "created": False}
    raise Conflict(
        "This document is posted already, with another entry.",
        code="already_posted",
        advice="Reverse that entry first if it is wrong.",
        entry_id=live.posted.id,
        number=live.posted.number,
    )


def _remember_override(
    connection: Connection,
    house: House,
    who: Who,
    document: Row[Any],
    prepared: Prepared,
    reason: str,
) -> None:
    connection.execute(
        insert(t.correction).values(
            id=new_id("cor"),
            organisation_id=who.organisation_id,
            document_id=document.id,
            field="posting",
            before=[proposed.problem_json(p) for p in prepared.proposal.blocking],
            after={"override_reason": reason},
            made_by=who.id,
            created_at=house.now(),
        )
    )


def _reopen_document(connection: Connection, house: House, who: Who, found: journal.Stored) -> None:
    """The document of a reversed entry waits again, as a new version."""
    if found.posted.document_id is None:
        return
    document = _document(connection, who, found.posted.document_id, lock=True)
    connection.execute(
        update(t.document)
        .where(t.document.c.id == document.id)
        .values(status=DocumentStatus.TO_POST, version=document.version + 1, posted_at=None)
    )
    record_document_event(
        connection, house.now(), who, document, "invoice.to_post", version=document.version + 1
    )


def _document(
    connection: Connection, who: Who, document_id: str, *, lock: bool = False
) -> Row[Any]:
    query = select(t.document).where(
        t.document.c.id == document_id,
        within(who, t.document),
        t.document.c.withdrawn_at.is_(None),
    )
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such document.")
    return row
