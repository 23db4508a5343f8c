"""Artefacts: what an organisation's own documents taught, version by version.

One version of a kind is live, which the database holds as well. A new one comes in only with scores
that are better than the live one's on the same held-out documents; a person may bring back any
version, or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.errors import Conflict, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from storage import tables as t
from storage.outbox import record_action

CATEGORIES = "categories"


def list_artefacts(house: House, who: Who, *, cursor: str | None = None, limit: int = 50) -> Page:
    """The versions, newest first, with how they and the live one of then did.

    They tell of the documents of all companies: who sees only some gets none.
    """
    who.must(Scope.DOCUMENTS_READ)
    limit = limit_of(limit)
    if who.companies is not None:
        return page_of([], limit)
    query = _artefacts(who.organisation_id).order_by(t.artefact.c.id.desc())
    if cursor:
        query = query.where(t.artefact.c.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.limit(limit + 1)).all()
    return page_of([_json(row) for row in rows], limit)


def switch(house: House, who: Who, artefact_id: str, *, live: bool) -> dict[str, Any]:
    """Make a version live in place of the one that is, or let none be."""
    who.must(Scope.ADMIN)
    with house.store.transaction() as connection:
        row = _find(connection, who, artefact_id)
        if live and not row.kept:
            raise Conflict(
                "This version was no better than the one before, and was not kept.",
                code="artefact_not_kept",
                advice="Choose a version that was live once.",
            )
        if live:
            _settle(connection, who.organisation_id, row.kind, who.id)
        if live or row.status == "live":
            connection.execute(
                update(t.artefact)
                .where(t.artefact.c.id == row.id)
                .values(status="live" if live else "off", changed_by=who.id)
            )
            record_action(
                connection,
                house.now(),
                who,
                "artefact.switched",
                row.id,
                version=row.version,
                live=live,
            )
        return _json(_find(connection, who, artefact_id))


def live(connection: Connection, organisation_id: str, kind: str) -> Row[Any] | None:
    """The version that is used now, with its data."""
    found: Row[Any] | None = connection.execute(
        select(t.artefact).where(
            t.artefact.c.organisation_id == organisation_id,
            t.artefact.c.kind == kind,
            t.artefact.c.status == "live",
        )
    ).one_or_none()
    return found


def live_id(connection: Connection, organisation_id: str, kind: str) -> str | None:
    found: str | None = connection.scalar(
        select(t.artefact.c.id).where(
            t.artefact.c.organisation_id == organisation_id,
            t.artefact.c.kind == kind,
            t.artefact.c.status == "live",
        )
    )
    return found


def last_scores(connection: Connection, organisation_id: str, kind: str) -> Mapping[str, Any]:
    """How the last version that was tried did; empty before the first."""
    return (
        connection.scalar(
            select(t.artefact.c.scores)
            .where(t.artefact.c.organisation_id == organisation_id, t.artefact.c.kind == kind)
            .order_by(t.artefact.c.version.desc())
            .limit(1)
        )
        or {}
    )


def keep(
    connection: Connection,
    now: datetime,
    *,
    organisation_id: str,
    kind: str,
    data: Mapping[str, Any] | None,
    scores: Mapping[str, Any],
    better_than: str | None,
) -> str | None:
    """Write a version down: live when it has `data`, else rejected; its id.

    `better_than` is the live version it was compared with. None, and nothing is written, when
    another is live by now: the comparison then says nothing.
    """
    connection.execute(
        select(t.organisation.c.id)
        .where(t.organisation.c.id == organisation_id)
        .with_for_update(key_share=True)
    )
    if live_id(connection, organisation_id, kind) != better_than:
        return None
    last = connection.scalar(
        select(func.max(t.artefact.c.version)).where(
            t.artefact.c.organisation_id == organisation_id, t.artefact.c.kind == kind
        )
    )
    if data is not None:
        _settle(connection, organisation_id, kind)
    artefact_id = new_id("art")
    connection.execute(
        insert(t.artefact).values(
            id=artefact_id,
            organisation_id=organisation_id,
            kind=kind,
            version=(last or 0) + 1,
            status="rejected" if data is None else "live",
            data=data,
            scores=dict(scores),
            created_at=now,
        )
    )
    return artefact_id


def _settle(
    connection: Connection, organisation_id: str, kind: str, changed_by: str | None = None
) -> None:
    connection.execute(
        update(t.artefact)
        .where(
            t.artefact.c.organisation_id == organisation_id,
            t.artefact.c.kind == kind,
            t.artefact.c.status == "live",
        )
        .values(status="replaced", changed_by=changed_by)
    )


def _artefacts(organisation_id: str) -> Any:
    c = t.artefact.c
    return select(
        c.id, c.kind, c.version, c.status, c.scores, c.changed_by, c.created_at,
        c.data.is_not(None).label("kept"),
    ).where(c.organisation_id == organisation_id)  # fmt: skip


def _find(connection: Connection, who: Who, artefact_id: str) -> Row[Any]:
    row: Row[Any] | None = connection.execute(
        _artefacts(who.organisation_id).where(t.artefact.c.id == artefact_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such version.")
    return row


def _json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "version": row.version,
        "status": row.status,
        "scores": row.scores,
        "changed_by": row.changed_by,
        "created_at": row.created_at.isoformat(),
    }
