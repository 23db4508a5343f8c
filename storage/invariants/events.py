"""Events: one for every posting, and a delivery of each for everyone who listens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, exists, func, select

from storage import tables as t
from storage.invariants.violation import Violation, rows
from storage.visibility import hears

MARGIN = timedelta(seconds=2)
"""An endpoint and an event written at the same moment need not have seen each other."""


def postings_have_their_event(connection: Connection) -> Iterator[Violation]:
    """An entry of a document was told as `invoice.posted`, a reversal as `entry.reversed`, what a
    person wrote or a return of VAT made as `entry.posted`: once.
    """
    entry, event = t.journal_entry.c, t.event.c
    told: dict[tuple[str, str], int] = {}
    for type_, part in (
        ("invoice.posted", "entry"),
        ("entry.posted", "entry"),
        ("entry.reversed", "reversal"),
    ):
        for row in rows(
            connection,
            select(event.data[(part, "id")].as_string().label("entry_id")).where(
                event.type == type_
            ),
        ):
            key = (type_, str(row.entry_id))
            told[key] = told.get(key, 0) + 1
    wanted = {
        ("entry.reversed" if row.reverses_entry_id else "invoice.posted", row.id)
        for row in rows(
            connection,
            select(entry.id, entry.reverses_entry_id).where(
                entry.document_id.is_not(None) | entry.reverses_entry_id.is_not(None)
            ),
        )
    }
    wanted |= {
        ("entry.posted", entry_id)
        for table in (t.manual_entry, t.vat_return_entry)
        for entry_id in connection.scalars(select(table.c.entry_id))
    }
    for type_, entry_id in sorted(wanted | told.keys()):
        number = told.get((type_, entry_id), 0)
        if number != int((type_, entry_id) in wanted):
            yield Violation(7, f"told {number} times as {type_}", entry_id)


def listeners_have_their_delivery(connection: Connection) -> Iterator[Violation]:
    """Uniqueness is the database's; this finds what nobody was told."""
    for endpoint in rows(
        connection, select(t.webhook_endpoint).where(t.webhook_endpoint.c.deleted_at.is_(None))
    ):
        since = (endpoint.listening_since or endpoint.created_at) + MARGIN
        missed = select(t.event.c.id, t.event.c.type).where(
            t.event.c.organisation_id == endpoint.organisation_id,
            t.event.c.created_at > since,
            t.event.c.sequence.is_not(None),
            hears(endpoint.id, t.event.c.company_id),
            ~exists().where(
                t.delivery.c.event_id == t.event.c.id, t.delivery.c.endpoint_id == endpoint.id
            ),
        )
        if endpoint.event_types:
            missed = missed.where(t.event.c.type.in_(endpoint.event_types))
        for row in rows(connection, missed):
            yield Violation(7, f"{row.type} was never to be sent to {endpoint.id}", row.id)
    for row in rows(
        connection,
        select(
            t.event.c.subject, func.max(t.event.c.sequence).label("last"), func.count().label("n")
        )
        .where(t.event.c.sequence.is_not(None))
        .group_by(t.event.c.subject)
        .having(func.max(t.event.c.sequence) != func.count()),
    ):
        yield Violation(7, f"{row.n} events, the last of which is number {row.last}", row.subject)
