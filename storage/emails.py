"""E-mails on their way, as rows.

The same shape as deliveries of webhooks (`storage.deliveries`): the row is the truth and a message
to a worker only a hint. An attempt is counted when it is claimed, before anything is said to the
mail server, and recorded when it ended; one that never ended is recorded when its lease runs out.

    waiting ──queue_due──▶ queued ──claim──▶ sending ──finish──▶ sent
       ▲                     │                  ├──────────────▶ refused ──────┐
       ├── message lost ─────┘                  ├──────────────▶ given up ─────┤
       ├──── not yet, interrupted ──────────────┘                              │
       └──────────────────────── asked for again ◀── cancelled ◀── (waiting) ──┘

**Sent once for one request, almost.** Two workers cannot send the same e-mail: the claim is one
conditional update, and a row that is sent is never claimed again. What no protocol can exclude is
the moment between the server's "250" and our commit: a worker, a connection or a database that dies
there leaves us without the answer, and the e-mail is sent again when its lease ran out. It then has
the same Message-ID and the same bytes of attachment, by which mail servers and people recognise it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.emails import (
    DELAYS,
    Decision,
    EmailKind,
    EmailStatus,
    Reply,
    decide,
)
from domain.ids import new_id
from storage import tables as t
from storage.outbox import promise

ACTOR = "emails.send"
PATIENCE = timedelta(seconds=60)
"""How long a message may take to be picked up before it is thought lost and sent again."""
MOST_INTERRUPTIONS = 2 * len(DELAYS)
PAPER_LOOKED_FOR = timedelta(minutes=1)
"""How often an e-mail looks for its PDF by itself; the one who draws it wakes it (`wake`)."""
PAPER_WAITED_FOR = timedelta(days=1)

_m, _i = t.email.c, t.sales_invoice.c
_WAITING, _QUEUED, _SENDING = EmailStatus.WAITING, EmailStatus.QUEUED, EmailStatus.SENDING


@dataclass(frozen=True, slots=True)
class Claimed:
    """An e-mail that is ours to send until its lease ends."""

    row: Row[Any]
    lease: str
    attempts: int


def claim(
    connection: Connection, now: datetime, email_id: str, *, lease: timedelta
) -> Claimed | None:
    """Count an attempt and take the e-mail; None when it is not to be sent now."""
    row = connection.execute(
        select(t.email).where(_m.id == email_id, _m.status == _QUEUED).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    if _waits_for_paper(connection, now, row):
        later = now + PAPER_LOOKED_FOR
        connection.execute(
            update(t.email).where(_m.id == row.id).values(status=_WAITING, next_action_at=later)
        )
        return None
    taken = connection.execute(
        update(t.email)
        .where(_m.id == row.id, _m.status == _QUEUED)
        .values(
            status=_SENDING,
            attempts=_m.attempts + 1,
            lease=new_id("lse"),
            next_action_at=now + lease,
        )
        .returning(_m.attempts, _m.lease)
    ).one_or_none()
    return Claimed(row, taken.lease, taken.attempts) if taken else None


def _waits_for_paper(connection: Connection, now: datetime, row: Row[Any]) -> bool:
    if row.kind != EmailKind.INVOICE or now - row.created_at > PAPER_WAITED_FOR:
        return False
    return connection.scalar(select(_i.pdf_key).where(_i.id == row.invoice_id)) is None


def wake(connection: Connection, now: datetime, invoice_id: str) -> None:
    """The PDF of an invoice is there: what waited for it is due."""
    connection.execute(
        update(t.email)
        .where(_m.invoice_id == invoice_id, _m.status == _WAITING, _m.attempts == 0)
        .values(next_action_at=now)
    )


def finish(
    connection: Connection, now: datetime, claimed: Claimed, reply: Reply, *, jitter: float
) -> Decision:
    """Record the attempt and what follows from it."""
    email = claimed.row
    record_attempt(connection, now, email.organisation_id, email.id, reply)
    decision = decide(reply, attempts=claimed.attempts, now=now, jitter=jitter)
    if decision.status is EmailStatus.SENT:
        # What was accepted was accepted, even if we were given up for dead meanwhile.
        connection.execute(
            update(t.email)
            .where(_m.id == email.id)
            .values(
                status=EmailStatus.SENT, lease=None, next_action_at=None, sent_at=now, link=None
            )
        )
        return decision
    ours = connection.execute(
        update(t.email)
        .where(_m.id == email.id, _m.lease == claimed.lease, _m.status == _SENDING)
        .values(status=decision.status, lease=None, next_action_at=decision.next_action_at)
    )
    # Somebody else has it meanwhile: what becomes of it is theirs to say.
    return decision if ours.rowcount else Decision(_SENDING)


def anything_due(connection: Connection, now: datetime) -> bool:
    return bool(connection.scalar(select(exists().where(_overdue(now, _SENDING)))))


def queue_due(connection: Connection, now: datetime, *, places: int) -> list[str]:
    """Promise a message for what is due, as many as there are places; each organisation in turn, so
    that a thousand invoices of one keep no other waiting.
    """
    under_way = connection.scalar(
        select(func.count()).where(
            or_(_m.status == _SENDING, and_(_m.status == _QUEUED, _m.next_action_at > now))
        )
    )
    room = places - (under_way or 0)
    if room <= 0:
        return []
    queued = _queue(connection, now, room)
    for email_id in queued:
        promise(connection, now, ACTOR, email_id=email_id)
    return queued


def take_next(connection: Connection, now: datetime) -> str | None:
    """Queue the next due e-mail for whoever just sent one; no message."""
    return next(iter(_queue(connection, now, 1)), None)


def _queue(connection: Connection, now: datetime, room: int) -> list[str]:
    turn = func.row_number().over(
        partition_by=_m.organisation_id, order_by=(_m.next_action_at, _m.id)
    )
    due = select(_m.id, turn.label("turn")).where(_overdue(now)).subquery()
    ids = connection.scalars(select(due.c.id).order_by(due.c.turn, due.c.id).limit(room)).all()
    queued = connection.scalars(
        update(t.email)
        .where(_m.id.in_(ids), _overdue(now))
        .values(status=_QUEUED, next_action_at=now + PATIENCE)
        .returning(_m.id)
    ).all()
    return list(queued)


def free_interrupted(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Give back what was being sent under a lease that ran out; the rows that are given up."""
    expired = and_(_m.status == _SENDING, _m.next_action_at <= now)
    freed = connection.execute(
        update(t.email)
        .where(expired, _m.attempts < MOST_INTERRUPTIONS)
        .values(status=_WAITING, lease=None, next_action_at=now)
        .returning(_m.id, _m.organisation_id)
    ).all()
    given_up = connection.execute(
        update(t.email)
        .where(expired, _m.attempts >= MOST_INTERRUPTIONS)
        .values(status=EmailStatus.GIVEN_UP, lease=None, next_action_at=None)
        .returning(*t.email.c)
    ).all()
    for row in (*freed, *given_up):
        reply = Reply(took_ms=0, error="interrupted")
        record_attempt(connection, now, row.organisation_id, row.id, reply)
    return given_up


def record_attempt(
    connection: Connection, now: datetime, organisation_id: str, email_id: str, reply: Reply
) -> None:
    before = connection.scalar(select(func.count()).where(t.email_attempt.c.email_id == email_id))
    connection.execute(
        insert(t.email_attempt).values(
            id=new_id("eat"),
            organisation_id=organisation_id,
            email_id=email_id,
            number=(before or 0) + 1,
            took_ms=reply.took_ms,
            code=reply.code,
            error=reply.error,
            words=reply.words or None,
            created_at=now,
        )
    )


def _overdue(now: datetime, *also: EmailStatus) -> ColumnElement[bool]:
    return and_(_m.status.in_((_WAITING, _QUEUED, *also)), _m.next_action_at <= now)
