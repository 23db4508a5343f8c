"""Deliveries: an event on its way to one endpoint, as rows.

The row is the truth and a message only a hint, as with tasks. An attempt is counted when it is
claimed, before anything is sent, and recorded when it ended, whatever came of it; one that never
ended is recorded when its lease runs out, and made again with the same id.

    waiting ──queue_due──▶ queued ──claim──▶ running ──finish──▶ delivered
       ▲                     │                  ├──────────────▶ failed
       ├── message lost ─────┘                  ├──────────────▶ held ──replay──▶ waiting
       └──── not yet, interrupted ──────────────┘

Whoever changes an endpoint and its deliveries locks the endpoint first.
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

from domain.ids import new_id
from domain.webhooks import DELAYS, Answer, Decision, DeliveryStatus, Event, decide
from storage import tables as t
from storage.outbox import promise

ACTOR = "webhooks.deliver"
PATIENCE = timedelta(seconds=60)
"""How long a message may take to be picked up before it is thought lost and sent again."""
MOST_INTERRUPTIONS = 2 * len(DELAYS)
"""Attempts after which a delivery whose sender keeps dying is given up."""

_d, _e = t.delivery.c, t.webhook_endpoint.c
_WAITING, _QUEUED, _RUNNING = (
    DeliveryStatus.WAITING,
    DeliveryStatus.QUEUED,
    DeliveryStatus.RUNNING,
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to attempt until its lease ends."""

    id: str
    organisation_id: str
    endpoint_id: str
    lease: str
    attempts: int
    url: str
    sealed_secrets: tuple[bytes, ...]
    event: Event


def lock_endpoint(connection: Connection, endpoint_id: str) -> Row[Any] | None:
    """The endpoint's row, ours until the transaction ends. Events may still be recorded for it."""
    return connection.execute(
        select(t.webhook_endpoint).where(_e.id == endpoint_id).with_for_update(key_share=True)
    ).one_or_none()


def claim(
    connection: Connection, now: datetime, delivery_id: str, *, lease: timedelta, places: int
) -> Claimed | None:
    """Count an attempt and take the delivery; None when it is not to be sent now."""
    endpoint_id = connection.scalar(select(_d.endpoint_id).where(_d.id == delivery_id))
    endpoint = lock_endpoint(connection, endpoint_id) if endpoint_id else None
    if endpoint is None:
        return None
    mine = and_(_d.id == delivery_id, _d.status == _QUEUED)
    if endpoint.disabled_at or endpoint.deleted_at:
        _hold(connection, mine)
        return None
    under_way = connection.scalar(
        select(func.count()).where(_d.endpoint_id == endpoint.id, _d.status == _RUNNING)
    )
    slowed = endpoint.slowed_until is not None and endpoint.slowed_until > now
    if slowed or (under_way or 0) >= _places(endpoint.failing_since, places):
        later = endpoint.slowed_until if slowed else now
        connection.execute(
            update(t.delivery).where(mine).values(status=_WAITING, next_action_at=later)
        )
        return None
    taken = connection.execute(
        update(t.delivery)
        .where(mine)
        .values(
            status=_RUNNING,
            attempts=_d.attempts + 1,
            lease=new_id("lse"),
            next_action_at=now + lease,
        )
        .returning(_d.attempts, _d.lease, _d.event_id)
    ).one_or_none()
    if taken is None:
        return None
    happened = connection.execute(select(t.event).where(t.event.c.id == taken.event_id)).one()
    secrets = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until > now:
        secrets.append(endpoint.old_secret)
    return Claimed(
        id=delivery_id,
        organisation_id=endpoint.organisation_id,
        endpoint_id=endpoint.id,
        lease=taken.lease,
        attempts=taken.attempts,
        url=endpoint.url,
        sealed_secrets=tuple(secrets),
        event=Event(
            id=happened.id,
            type=happened.type,
            company_id=happened.company_id,
            subject=happened.subject,
            sequence=happened.sequence,
            data=happened.data,
            created_at=happened.created_at,
        ),
    )


def finish(
    connection: Connection, now: datetime, claimed: Claimed, answer: Answer, *, jitter: float
) -> Decision:
    """Record the attempt and what follows from it for the delivery and for its endpoint."""
    endpoint = lock_endpoint(connection, claimed.endpoint_id)
    assert endpoint is not None
    _record_attempt(connection, now, claimed.organisation_id, claimed.id, answer)
    decision = decide(
        answer,
        attempts=claimed.attempts,
        failing_since=endpoint.failing_since,
        now=now,
        jitter=jitter,
    )
    if decision.status is DeliveryStatus.DELIVERED:
        # What arrived has arrived, even if we were given up for dead meanwhile.
        connection.execute(
            update(t.delivery)
            .where(_d.id == claimed.id)
            .values(status=decision.status, lease=None, next_action_at=None, delivered_at=now)
        )
        if endpoint.failing_since is not None:
            _change_endpoint(connection, endpoint.id, failing_since=None)
        return decision
    status, next_action_at = decision.status, decision.next_action_at
    if status is _WAITING and (endpoint.disabled_at or endpoint.deleted_at):
        status, next_action_at = DeliveryStatus.HELD, None
    connection.execute(
        update(t.delivery)
        .where(_d.id == claimed.id, _d.lease == claimed.lease, _d.status == _RUNNING)
        .values(status=status, lease=None, next_action_at=next_action_at)
    )
    changes: dict[str, Any] = {"failing_since": endpoint.failing_since or now}
    if decision.slow_until is not None:
        changes["slowed_until"] = max(decision.slow_until, endpoint.slowed_until or now)
    _change_endpoint(connection, endpoint.id, **changes)
    if decision.disable and endpoint.disabled_at is None:
        disable(connection, now, endpoint.id, decision.disable)
    return decision


def disable(connection: Connection, now: datetime, endpoint_id: str, reason: str) -> None:
    """Stop sending to a locked endpoint; what waits for it is held."""
    _change_endpoint(connection, endpoint_id, disabled_at=now, disabled_reason=reason)
    hold_all(connection, endpoint_id)


def hold_all(connection: Connection, endpoint_id: str) -> None:
    _hold(connection, and_(_d.endpoint_id == endpoint_id, _d.status.in_((_WAITING, _QUEUED))))


def anything_due(connection: Connection, now: datetime) -> bool:
    return bool(connection.scalar(select(exists().where(_overdue(now, _RUNNING)))))


def queue_due(connection: Connection, now: datetime, *, places: int, limit: int) -> list[str]:
    """Promise a message for what is due, as many for each endpoint as it has places free.

    Endpoints that are failing share half the places of one among them all.
    """
    _free_interrupted(connection, now)
    _hold(
        connection,
        and_(
            _overdue(now),
            _d.endpoint_id.in_(
                select(_e.id).where(or_(_e.disabled_at.is_not(None), _e.deleted_at.is_not(None)))
            ),
        ),
    )
    endpoints = connection.execute(
        select(_e.id, _e.failing_since)
        .where(
            _e.disabled_at.is_(None),
            _e.deleted_at.is_(None),
            or_(_e.slowed_until.is_(None), _e.slowed_until <= now),
            exists().where(_d.endpoint_id == _e.id, _overdue(now)),
        )
        # Nobody is always first when there is more than the limit.
        .order_by(func.random())
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    rows = connection.execute(
        select(_d.endpoint_id, func.count())
        .where(or_(_d.status == _RUNNING, and_(_d.status == _QUEUED, _d.next_action_at > now)))
        .group_by(_d.endpoint_id)
    ).all()
    under_way: dict[str, int] = {row[0]: row[1] for row in rows}
    # However many endpoints hang, together they keep no more of our threads than half of what one
    # that answers may have.
    failing = set(connection.scalars(select(_e.id).where(_e.failing_since.is_not(None))))
    room_for_failing = max(1, places // 2) - sum(
        under_way.get(endpoint_id, 0) for endpoint_id in failing
    )
    queued: list[str] = []
    for endpoint in endpoints:
        room = _places(endpoint.failing_since, places) - under_way.get(endpoint.id, 0)
        if endpoint.failing_since is not None:
            room = min(room, room_for_failing)
        taken = _queue(connection, now, endpoint.id, min(room, limit - len(queued)))
        if endpoint.failing_since is not None:
            room_for_failing -= len(taken)
        queued += taken
    for delivery_id in queued:
        promise(connection, now, ACTOR, delivery_id=delivery_id)
    return queued


def take_next(connection: Connection, now: datetime, endpoint_id: str) -> str | None:
    """Queue the next due delivery of an endpoint for whoever just finished one; no message."""
    return next(iter(_queue(connection, now, endpoint_id, 1)), None)


def _queue(connection: Connection, now: datetime, endpoint_id: str, room: int) -> Sequence[str]:
    if room <= 0:
        return []
    ids = connection.scalars(
        select(_d.id)
        .where(_d.endpoint_id == endpoint_id, _overdue(now))
        .order_by(_d.next_action_at, _d.id)
        .limit(room)
    ).all()
    return connection.scalars(
        update(t.delivery)
        .where(_d.id.in_(ids), _overdue(now))
        .values(status=_QUEUED, next_action_at=now + PATIENCE)
        .returning(_d.id)
    ).all()


def _free_interrupted(connection: Connection, now: datetime) -> None:
    """Give back what was running under a lease that ran out: its sender died, or nearly."""
    expired = and_(_d.status == _RUNNING, _d.next_action_at <= now)
    freed = connection.execute(
        update(t.delivery)
        .where(expired, _d.attempts < MOST_INTERRUPTIONS)
        .values(status=_WAITING, lease=None, next_action_at=now)
        .returning(_d.id, _d.organisation_id)
    ).all()
    given_up = connection.execute(
        update(t.delivery)
        .where(expired, _d.attempts >= MOST_INTERRUPTIONS)
        .values(status=DeliveryStatus.FAILED, lease=None, next_action_at=None)
        .returning(_d.id, _d.organisation_id)
    ).all()
    for row in (*freed, *given_up):
        answer = Answer(took_ms=0, error="interrupted")
        _record_attempt(connection, now, row.organisation_id, row.id, answer)


def _record_attempt(
    connection: Connection, now: datetime, organisation_id: str, delivery_id: str, answer: Answer
) -> None:
    before = connection.scalar(select(func.count()).where(t.attempt.c.delivery_id == delivery_id))
    connection.execute(
        insert(t.attempt).values(
            id=new_id("att"),
            organisation_id=organisation_id,
            delivery_id=delivery_id,
            number=(before or 0) + 1,
            took_ms=answer.took_ms,
            status_code=answer.status_code,
            error=answer.error,
            response=answer.response or None,
            created_at=now,
        )
    )


def _places(failing_since: datetime | None, places: int) -> int:
    """An endpoint that is failing gets one, so that it cannot keep our threads waiting."""
    return 1 if failing_since is not None else places


def _overdue(now: datetime, *also: DeliveryStatus) -> ColumnElement[bool]:
    return and_(_d.status.in_((_WAITING, _QUEUED, *also)), _d.next_action_at <= now)


def _hold(connection: Connection, which: ColumnElement[bool]) -> None:
    connection.execute(
        update(t.delivery)
        .where(which)
        .values(status=DeliveryStatus.HELD, lease=None, next_action_at=None)
    )


def _change_endpoint(connection: Connection, endpoint_id: str, **changes: Any) -> None:
    connection.execute(update(t.webhook_endpoint).where(_e.id == endpoint_id).values(**changes))
