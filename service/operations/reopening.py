"""Taking a validation back: the documents leave their tabs and the groups may be changed again.

What people did to the documents meanwhile is kept: when the import is validated again, a group with
the same pages and category gets its document back, with its corrections. Once anything of the
import was posted, the books rely on it and it stays validated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from domain.documents import DocumentStatus, ImportStatus
from domain.errors import Conflict
from domain.people import Scope, Who
from service.house import House
from service.operations import statement_papers
from service.operations.imports import view
from service.operations.intake import find
from storage import tables as t
from storage.outbox import record_document_event, record_event


def reopen(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """The import, ready to be reviewed again; one that is ready already is left as it is."""
    who.must(Scope.IMPORTS_WRITE)
    who.must(Scope.DOCUMENTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        row = find(connection, who, import_id, lock=True)
        if row.status == ImportStatus.READY:
            return view(connection, who, import_id)
        if row.status != ImportStatus.VALIDATED:
            raise Conflict(
                "This import is not validated.",
                code="not_validated",
                import_status=row.status,
            )
        documents = standing(connection, import_id, lock=True)
        if any(document.status == DocumentStatus.BEING_READ for document in documents):
            raise being_read()
        posted = ever_posted(connection, documents)
        if posted:
            raise Conflict(
                "Some of its documents were posted: the books rely on them.",
                code="import_posted",
                advice="Correct the documents instead, or reverse their entries.",
                numbers=posted,
            )
        for document in documents:
            sort_as_in_tab(connection, document)
            withdraw(connection, now, who, document)
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == import_id)
            .values(
                status=ImportStatus.READY,
                validated_at=None,
                validated_by=None,
                version=row.version + 1,
            )
        )
        record_event(
            connection,
            now,
            organisation_id=who.organisation_id,
            who=who,
            company_id=row.company_id,
            type_="import.reopened",
            subject=import_id,
            data={
                "import_id": import_id,
                "documents": [document.id for document in documents],
                "reopened_by": who.id,
            },
        )
        return view(connection, who, import_id)


def may_reopen(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """Whether the validation can be taken back, and how many documents were corrected since."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, import_id)
        if row.status != ImportStatus.VALIDATED:
            return {"may": False, "corrected": 0}
        documents = standing(connection, import_id)
        corrected = connection.scalar(
            select(func.count(func.distinct(t.correction.c.document_id))).where(
                t.correction.c.document_id.in_([document.id for document in documents]),
                t.correction.c.created_at > row.validated_at,
            )
        )
        return {"may": not ever_posted(connection, documents), "corrected": corrected or 0}


def standing(connection: Connection, import_id: str, *, lock: bool = False) -> Sequence[Row[Any]]:
    """The documents that an import has become, in the order of their groups."""
    query = (
        select(t.document)
        .where(t.document.c.import_id == import_id, t.document.c.withdrawn_at.is_(None))
        .order_by(t.document.c.group_number)
    )
    return connection.execute(query.with_for_update() if lock else query).all()


def withdrawn(connection: Connection, import_id: str) -> dict[tuple[str, ...], Row[Any]]:
    """The documents that the import has become before, and that come back when their pages are
    a group again: by their pages, the newest of each.
    """
    held = pages_held(connection, import_id)
    rows = connection.execute(
        select(t.document)
        .where(
            t.document.c.import_id == import_id,
            t.document.c.withdrawn_at.is_not(None),
            t.document.c.status != DocumentStatus.BEING_READ,
        )
        .order_by(t.document.c.withdrawn_at, t.document.c.id)
    )
    return {tuple(held.get(row.id) or row.former_pages or ()): row for row in rows}


def pages_held(connection: Connection, import_id: str) -> dict[str, list[str]]:
    """Document → the pages that are in it, in order."""
    held: dict[str, list[str]] = {}
    for document_id, page_id in connection.execute(
        select(t.document_page.c.document_id, t.document_page.c.page_id)
        .join(t.document, t.document.c.id == t.document_page.c.document_id)
        .where(t.document.c.import_id == import_id)
        .order_by(t.document_page.c.document_id, t.document_page.c.position)
    ):
        held.setdefault(document_id, []).append(page_id)
    return held


def give_up(connection: Connection, pages: Mapping[str, Sequence[str]]) -> None:
    """Free the pages of withdrawn documents whose groups are no more: document → its pages. It
    remembers them, and what was corrected in it stays to be looked up.
    """
    for document_id, former in pages.items():
        connection.execute(
            update(t.document)
            .where(t.document.c.id == document_id)
            .values(former_pages=list(former))
        )
    connection.execute(
        delete(t.document_page).where(t.document_page.c.document_id.in_(list(pages)))
    )


def sort_as_in_tab(connection: Connection, document: Row[Any]) -> None:
    """Where a document was moved to another tab, its group is of that category as well."""
    connection.execute(
        update(t.group)
        .where(
            t.group.c.import_id == document.import_id,
            t.group.c.number == document.group_number,
            t.group.c.category != document.category,
        )
        .values(category=document.category, said=True, sure=True, confidence=1.0)
    )


def withdraw(
    connection: Connection,
    now: datetime,
    who: Who,
    document: Row[Any],
    into: Sequence[str] | None = None,
) -> None:
    """Take a document out of its tab; `into` are the documents that its pages are in now."""
    statement_papers.must_be_open(connection, document)
    connection.execute(
        update(t.document)
        .where(t.document.c.id == document.id)
        .values(withdrawn_at=now, group_number=None, version=document.version + 1)
    )
    if document.status == DocumentStatus.BEING_READ:
        return  # nobody was told that it is there
    more = {"into": list(into)} if into is not None else {}
    record_document_event(connection, now, who, document, "document.withdrawn", **more)


def ever_posted(connection: Connection, documents: Sequence[Row[Any]]) -> list[int]:
    """The numbers of the documents that were ever posted."""
    ids = set(
        connection.scalars(
            select(t.journal_entry.c.document_id).where(
                t.journal_entry.c.document_id.in_([document.id for document in documents])
            )
        )
    )
    return [document.group_number for document in documents if document.id in ids]


def being_read() -> Conflict:
    return Conflict(
        "The pages of this document are still being read again.",
        code="document_being_read",
        advice="Wait a few seconds.",
        retry_after=2,
    )
