"""A person puts a document right: its fields, its lines, its category.

What the machine read is never changed: a correction is a row beside it, and the reading that stands
says which values are a person's. Each correction is learnt from, soon.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain import invoices
from domain.corrections import Correction, correct
from domain.documents import Category, DocumentStatus
from domain.errors import Conflict
from domain.findings import Reading
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations import documents, locks, statement_papers
from service.operations.intake import windows
from service.operations.reopening import being_read
from service.operations.review import check_own_category
from service.operations.validation import columns_of, first_status
from storage import tables as t
from storage import tasks
from storage.outbox import record_action, record_document_event


def correct_document(
    house: House, who: Who, document_id: str, changes: dict[str, Any], version: int | None
) -> dict[str, Any]:
    """Change fields, VAT lines, line items or the category, as `changes` names them."""
    who.must(Scope.DOCUMENTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id, lock=True)
        if version is not None and row.version != version:
            raise documents.stale(connection, row, version)
        locks.must_be_free(connection, who, row.id, now)
        if row.status == DocumentStatus.POSTED:
            raise Conflict(
                "This document is posted.",
                code="already_posted",
                advice="Reverse its entry first; the document then waits to be posted again.",
            )
        if row.status == DocumentStatus.DELETED:
            raise Conflict(
                "This document was deleted.",
                code="document_deleted",
                advice="Bring it back first.",
            )
        if row.status == DocumentStatus.BEING_READ:
            raise being_read()
        statement_papers.must_be_open(connection, row)
        category = row.category
        if changes.get("category"):
            category = check_own_category(connection, who, changes["category"])
        old = Reading.from_json(row.reading) if row.reading else Reading(fields={})
        reading, made = correct(
            old,
            fields=changes.get("fields"),
            vat_lines=changes.get("vat_lines"),
            line_items=changes.get("line_items"),
            places=changes.get("places"),
        )
        if category != row.category:
            made = (*made, Correction("category", row.category, category))
        if not made:
            return documents.view(connection, who, document_id)
        reading = checked_again(old, row.category, reading, category, now.date())
        values = columns_of(reading, import_name(connection, row))
        if category != row.category:
            values["status"] = first_status(category)
        after = connection.execute(
            update(t.document)
            .where(t.document.c.id == row.id)
            .values(
                category=category,
                reading=reading.to_json(),
                version=row.version + 1,
                corrected=True,
                **values,
            )
            .returning(t.document)
        ).one()
        for correction in made:
            connection.execute(
                insert(t.correction).values(
                    id=new_id("cor"),
                    organisation_id=who.organisation_id,
                    document_id=row.id,
                    field=correction.field,
                    before=correction.before,
                    after=correction.after,
                    proposed=correction.proposed,
                    place=correction.place,
                    made_by=who.id,
                    created_at=now,
                )
            )
        record_action(
            connection,
            now,
            who,
            "document.corrected",
            row.id,
            company_id=row.company_id,
            fields=[correction.field for correction in made],
        )
        if category != row.category:
            _tell_category(connection, now, who, row, after)
        statement_papers.follow(connection, row, reading, [c.field for c in made], now.date())
        teach(house, connection, row)
        return documents.view(connection, who, document_id)


def teach(house: House, connection: Connection, row: Row[Any]) -> None:
    """Have a document learnt from, soon."""
    now = house.now()
    tasks.add(
        connection,
        now,
        organisation_id=row.organisation_id,
        import_id=row.import_id,
        subject=row.id,
        step="learn",
    )
    tasks.promote(connection, now, row.import_id, windows(house))


def checked_again(old: Reading, was: str, new: Reading, category: str, today: date) -> Reading:
    """`new` with the problems it has now: what the checks found of `old` they look for anew; what
    others found, such as a difference between XML and page, stands until its field is corrected.
    """
    found = invoices.check(replace(old, problems=()), category=was, today=today)
    stale = {(p.code, p.field) for p in found}
    kept = tuple(p for p in new.problems if (p.code, p.field) not in stale)
    new = replace(new, problems=kept)
    return replace(new, problems=(*kept, *invoices.check(new, category=category, today=today)))


def import_name(connection: Connection, row: Row[Any]) -> str:
    return str(connection.scalar(select(t.imports.c.name).where(t.imports.c.id == row.import_id)))


def _tell_category(
    connection: Connection, now: Any, who: Who, row: Row[Any], after: Row[Any]
) -> None:
    types, more = ["document.recategorised"], {}
    if after.status == DocumentStatus.TO_POST and row.status != DocumentStatus.TO_POST:
        types.append("invoice.to_post")
    if after.category == Category.BANK_STATEMENT:
        types.append("statement.ready")
        more["statement_id"] = statement_papers.keep(connection, now, after)
    for type_ in types:
        record_document_event(
            connection, now, who, row, type_, category=after.category, was=row.category, **more
        )
