"""Documents that nobody wants in their tab: out of sight with their pages, and back again.

Nothing is destroyed: the pages stay in the document, so that the import's receipt stays true.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.documents import DocumentStatus
from domain.errors import Conflict
from domain.people import Scope, Who
from service.house import House
from service.operations import documents, statement_papers
from service.operations.reopening import being_read
from service.operations.validation import first_status
from storage import tables as t
from storage.outbox import record_document_event


def delete_document(
    house: House, who: Who, document_id: str, version: int | None = None
) -> dict[str, Any]:
    """Take a document out of its tab; Conflict when it is posted. Again, and nothing happens."""
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id, lock=True)
        delete(house, connection, who, row, version)
        return documents.view(connection, who, document_id)


def delete(
    house: House,
    connection: Connection,
    who: Who,
    row: Row[Any],
    version: int | None = None,
) -> None:
    if row.status == DocumentStatus.POSTED:
        raise Conflict(
            "This document is posted.",
            code="already_posted",
            advice="Reverse its entry first; the document then waits to be posted again.",
        )
    if row.status == DocumentStatus.BEING_READ:
        raise being_read()
    statement_papers.must_be_open(connection, row)
    _must_explain_nothing(connection, row)
    if row.status != DocumentStatus.DELETED:
        _move(house, connection, who, row, DocumentStatus.DELETED, version)


def _must_explain_nothing(connection: Connection, row: Row[Any]) -> None:
    """Conflict for the paper of an entry that a person wrote."""
    c = t.manual_entry.c
    entry_id = connection.scalar(select(c.entry_id).where(c.document_id == row.id).limit(1))
    if entry_id is not None:
        raise Conflict(
            "An entry written by hand refers to this document.",
            code="explains_entry",
            advice="The paper of an entry stays with the books.",
            entry_id=entry_id,
        )


def restore_document(
    house: House, who: Who, document_id: str, version: int | None = None
) -> dict[str, Any]:
    """Bring a deleted document back to its tab."""
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id, lock=True)
        if row.status == DocumentStatus.DELETED:
            _move(house, connection, who, row, first_status(row.category), version)
        return documents.view(connection, who, document_id)


def _move(
    house: House,
    connection: Connection,
    who: Who,
    row: Row[Any],
    status: DocumentStatus,
    version: int | None,
) -> None:
    if version is not None and row.version != version:
        raise documents.stale(connection, row, version)
    connection.execute(
        update(t.document)
        .where(t.document.c.id == row.id)
        .values(status=status, version=row.version + 1)
    )
    deleted = status is DocumentStatus.DELETED
    type_ = "document.deleted" if deleted else "document.restored"
    record_document_event(connection, house.now(), who, row, type_)
