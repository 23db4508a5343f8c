"""What must follow a commit: messages to actors, events to the world, and lines of the audit log.

All are rows written by the transaction they belong to, so that they exist exactly when the change
does. The relay sends them afterwards; nothing here talks to the broker or to the network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, String, cast, func, insert, select

from domain.events import ACTIONS, CATALOGUE
from domain.ids import new_id
from domain.people import MACHINE, Who
from storage import tables as t
from storage.visibility import hears

_CHUNK = 500


def promise(connection: Connection, now: datetime, actor: str, **args: Any) -> None:
    """Ask for `actor` to be called with `args` (plain JSON) once this transaction is committed."""
    promise_each(connection, now, actor, [args])


def promise_each(
    connection: Connection, now: datetime, actor: str, calls: Sequence[dict[str, Any]]
) -> None:
    """`promise` for many calls of one actor, with the arguments of each."""
    connection.execute(
        insert(t.outbox),
        [{"id": new_id("out"), "actor": actor, "args": args, "created_at": now} for args in calls],
    )


def record_event(
    connection: Connection,
    now: datetime,
    *,
    organisation_id: str,
    company_id: str | None,
    type_: str,
    subject: str,
    data: dict[str, Any],
    who: Who | None = None,
) -> str:
    """Write an event and a delivery for every endpoint that listens; returns the event's id.

    `who` made it happen; the machine by itself when there is nobody.
    """
    (event_id,) = record_events(
        connection,
        now,
        organisation_id=organisation_id,
        company_id=company_id,
        type_=type_,
        told={subject: data},
        who=who,
    )
    return event_id


def record_events(
    connection: Connection,
    now: datetime,
    *,
    organisation_id: str,
    company_id: str | None,
    type_: str,
    told: Mapping[str, dict[str, Any]],
    who: Who | None = None,
    first: bool = False,
) -> list[str]:
    """`record_event` for many subjects at once, subject → data; the ids of the events.

    `first`: this transaction made the subjects, and each event is the first of its own.
    """
    assert type_ in CATALOGUE, type_
    if not told:
        return []
    last = {} if first else _last_of(connection, sorted(told))
    rows = [
        {
            "id": new_id("evt"),
            "organisation_id": organisation_id,
            "company_id": company_id,
            "type": type_,
            "subject": subject,
            "sequence": last.get(subject, 0) + 1,
            "data": data,
            "created_at": now,
            **_maker(who),
        }
        for subject, data in told.items()
    ]
    connection.execute(insert(t.event), rows)
    ids = [str(row["id"]) for row in rows]
    _deliver(connection, now, organisation_id, company_id, type_, ids)
    return ids


def _last_of(connection: Connection, subjects: Sequence[str]) -> dict[str, int]:
    """The number of the last event of each subject that has any; nobody else adds one meanwhile."""
    if connection.dialect.name == "postgresql":
        # Two at once would count the same; SQLite has one writer anyway.
        each = func.unnest(cast(list(subjects), ARRAY(String)))
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(each, 0))))
    e = t.event.c
    found: dict[str, int] = {}
    for start in range(0, len(subjects), _CHUNK):
        rows = connection.execute(
            select(e.subject, func.max(e.sequence).label("number"))
            .where(e.subject.in_(subjects[start : start + _CHUNK]), e.sequence.is_not(None))
            .group_by(e.subject)
        )
        found |= {row.subject: row.number for row in rows}
    return found


def _deliver(
    connection: Connection,
    now: datetime,
    organisation_id: str,
    company_id: str | None,
    type_: str,
    event_ids: Sequence[str],
) -> None:
    """A delivery of each event for every endpoint that listens."""
    endpoints = connection.execute(
        select(
            t.webhook_endpoint.c.id,
            t.webhook_endpoint.c.event_types,
            t.webhook_endpoint.c.disabled_at,
        ).where(
            t.webhook_endpoint.c.organisation_id == organisation_id,
            t.webhook_endpoint.c.deleted_at.is_(None),
            hears(t.webhook_endpoint.c.id, company_id),
        )
    ).all()
    rows = [
        {
            "id": new_id("dlv"),
            "organisation_id": organisation_id,
            "endpoint_id": endpoint.id,
            "event_id": event_id,
            # A disabled endpoint keeps what it misses, to be replayed when it is enabled again.
            "status": "waiting" if endpoint.disabled_at is None else "held",
            "next_action_at": now if endpoint.disabled_at is None else None,
            "created_at": now,
        }
        for endpoint in endpoints
        if not endpoint.event_types or type_ in endpoint.event_types
        for event_id in event_ids
    ]
    if rows:
        connection.execute(insert(t.delivery), rows)


def record_document_event(
    connection: Connection,
    now: datetime,
    who: Who | None,
    document: Row[Any],
    type_: str,
    **more: Any,
) -> str:
    """`record_event` for what was done with a document, a row of its table as it was before.

    `more` is told besides what it is: its id, its import and its category.
    """
    told = {
        "document_id": document.id,
        "import_id": document.import_id,
        "category": document.category,
    }
    return record_event(
        connection,
        now,
        organisation_id=document.organisation_id,
        who=who,
        company_id=document.company_id,
        type_=type_,
        subject=document.id,
        data=told | more,
    )


def record_action(
    connection: Connection,
    now: datetime,
    who: Who,
    type_: str,
    *subjects: str,
    company_id: str | None = None,
    **data: Any,
) -> None:
    """Write down for the audit log what `who` did, with one subject or many, and nobody is told of.

    `data` are ids, names of fields and the like: no secrets, and nothing that stood on paper.
    """
    assert type_ in ACTIONS, type_
    connection.execute(
        insert(t.event),
        [
            {
                "id": new_id("evt"),
                "organisation_id": who.organisation_id,
                "company_id": company_id,
                "type": type_,
                "subject": subject,
                "data": data,
                "created_at": now,
                **_maker(who),
            }
            for subject in subjects
        ],
    )


def _maker(who: Who | None) -> dict[str, str | None]:
    if who is None or who.id == MACHINE:
        return {"made_by": None, "address": None}
    return {"made_by": who.id or None, "address": who.address[:64] or None}
