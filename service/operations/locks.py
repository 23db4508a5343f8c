"""Who has a document open to change it, so that two people do not do the same work.

A lock is soft: it is renewed by the page that holds it, ends by itself soon after that page is gone,
and may be taken over. While it lasts nobody else changes the document, through no door.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from domain.errors import Conflict, NotFound
from domain.people import Scope, Who
from service.house import House
from service.operations import documents
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

HELD = timedelta(seconds=90)
"""How long a lock lasts without being renewed."""

_c = t.document_lock.c


def take(house: House, who: Who, document_id: str, *, take_over: bool = False) -> dict[str, Any]:
    """Take the lock of a document, or renew it; Conflict says who else has it and until when."""
    who.must(Scope.DOCUMENTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        document = documents.find(connection, who, document_id, lock=True)
        if not take_over:
            must_be_free(connection, who, document_id, now)
        elif _held_by_another(connection, who, document_id, now) is not None:
            record_action(
                connection,
                now,
                who,
                "document.taken_over",
                document_id,
                company_id=document.company_id,
            )
        connection.execute(delete(t.document_lock).where(_c.document_id == document_id))
        expires_at = now + HELD
        connection.execute(
            insert(t.document_lock).values(
                organisation_id=who.organisation_id,
                document_id=document_id,
                held_by=who.id,
                holder_name=who.name[:200],
                expires_at=expires_at,
            )
        )
    return {
        "document_id": document_id,
        "version": document.version,
        "held_by": who.id,
        "holder_name": who.name,
        "expires_at": expires_at.isoformat(),
    }


def release(house: House, who: Who, document_id: str) -> None:
    """Give up one's lock; nothing happens without one. The document may be withdrawn by now."""
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        known = select(t.document.c.id).where(
            t.document.c.id == document_id, within(who, t.document)
        )
        if connection.scalar(known) is None:
            raise NotFound("There is no such document.")
        connection.execute(
            delete(t.document_lock).where(_c.document_id == document_id, _c.held_by == who.id)
        )


def holder(house: House, who: Who, document_id: str) -> dict[str, Any] | None:
    """Who else has a document open, and until when; None for nobody."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        documents.find(connection, who, document_id)
        row = _held_by_another(connection, who, document_id, house.now())
    if row is None:
        return None
    return {"holder_name": row.holder_name, "expires_at": row.expires_at.isoformat()}


def must_be_free(connection: Connection, who: Who, document_id: str, now: datetime) -> None:
    """Conflict while somebody else has the document open."""
    row = _held_by_another(connection, who, document_id, now)
    if row is not None:
        raise Conflict(
            f"{row.holder_name} is at work on this document.",
            code="document_locked",
            advice="Wait until they have left it, or take it over: POST …/lock with take_over.",
            held_by=row.held_by,
            holder_name=row.holder_name,
            expires_at=row.expires_at.isoformat(),
        )


def _held_by_another(
    connection: Connection, who: Who, document_id: str, now: datetime
) -> Row[Any] | None:
    return connection.execute(
        select(t.document_lock).where(
            _c.document_id == document_id, _c.held_by != who.id, _c.expires_at > now
        )
    ).one_or_none()
