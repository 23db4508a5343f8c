"""What was sent to webhook endpoints: look at it, and send it again.

An event is never changed and keeps its id, so that a receiver recognises a repeat. Replaying only
puts a delivery back at the start of its schedule; the workers do the sending.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from domain.webhooks import ATTEMPT_ERRORS, TEST_EVENT, DeliveryStatus
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.webhooks import find_endpoint
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import endpoints_of, hears, within

MISSED = (DeliveryStatus.FAILED, DeliveryStatus.HELD)
_d, _v = t.delivery.c, t.event.c


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """Something that happened, whole; a delivery's payload may leave out large data."""

    id: str
    type: str
    company_id: str | None
    subject: str
    sequence: int
    data: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request, whatever came of it."""

    id: str
    number: int
    status_code: int | None
    error: str | None
    message: str | None
    """`error` as a sentence."""
    took_ms: int
    response: str | None
    """The first 2 KB of what the receiver answered."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to one endpoint."""

    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    subject: str
    sequence: int
    status: str
    attempts_made: int
    """Made since the delivery was created or last replayed."""
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryWithAttempts(Delivery):
    attempts: list[Attempt]
    """Every one ever made, the first one first."""


# --- looking -------------------------------------------------------------------------------------


def list_events(
    house: House,
    who: Who,
    *,
    type_: str | None = None,
    subject: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Newest first: what happened, whether or not anybody listened."""
    who.must(Scope.WEBHOOKS)
    query = (
        select(t.event)
        .where(within(who, t.event), _v.sequence.is_not(None))
        .order_by(_v.id.desc())
        .limit(limit_of(limit) + 1)
    )
    if type_:
        query = query.where(_v.type == type_)
    if subject:
        query = query.where(_v.subject == subject)
    if cursor:
        query = query.where(_v.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query).all()
    return page_of([asdict(_event(row)) for row in rows], limit)


def get_event(house: House, who: Who, event_id: str) -> RecordedEvent:
    who.must(Scope.WEBHOOKS)
    with house.store.reading() as connection:
        row = connection.execute(
            select(t.event).where(_v.id == event_id, within(who, t.event), _v.sequence.is_not(None))
        ).one_or_none()
    if row is None:
        raise NotFound("There is no such event.", advice="GET /api/v1/events lists yours.")
    return _event(row)


def list_deliveries(
    house: House,
    who: Who,
    *,
    endpoint_id: str | None = None,
    status: str | None = None,
    event_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Newest first."""
    who.must(Scope.WEBHOOKS)
    if status is not None and status not in set(DeliveryStatus):
        raise Invalid(
            "There is no such status.",
            code="unknown_status",
            advice=f"Use one of {', '.join(DeliveryStatus)}.",
            fields=["status"],
        )
    query = _deliveries(who).order_by(_d.id.desc()).limit(limit_of(limit) + 1)
    for column, wanted in (
        (_d.endpoint_id, endpoint_id),
        (_d.status, status),
        (_d.event_id, event_id),
    ):
        if wanted:
            query = query.where(column == wanted)
    if cursor:
        query = query.where(_d.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query).all()
    return page_of([asdict(_delivery(row)) for row in rows], limit)


def get_delivery(house: House, who: Who, delivery_id: str) -> DeliveryWithAttempts:
    """A delivery and every attempt made for it."""
    who.must(Scope.WEBHOOKS)
    with house.store.reading() as connection:
        delivery = _delivery(_find(connection, who, delivery_id))
        rows = connection.execute(
            select(t.attempt)
            .where(t.attempt.c.delivery_id == delivery.id)
            .order_by(t.attempt.c.number, t.attempt.c.id)
        ).all()
    return DeliveryWithAttempts(
        **asdict(delivery),
        attempts=[
            Attempt(
                id=row.id,
                number=row.number,
                status_code=row.status_code,
                error=row.error,
                message=ATTEMPT_ERRORS.get(row.error) if row.error else None,
                took_ms=row.took_ms,
                response=row.response,
                created_at=row.created_at,
            )
            for row in rows
        ],
    )


# --- sending again -------------------------------------------------------------------------------


def send_test(house: House, who: Who, endpoint_id: str) -> Delivery:
    """Record a test event for this endpoint alone; it travels like any other."""
    who.must(Scope.WEBHOOKS)
    now = house.now()
    with house.store.transaction() as connection:
        endpoint = find_endpoint(connection, who, endpoint_id, lock=True)
        _must_be_enabled(endpoint)
        last = connection.scalar(
            select(func.coalesce(func.max(_v.sequence), 0)).where(_v.subject == endpoint.id)
        )
        event_id, delivery_id = new_id("evt"), new_id("dlv")
        connection.execute(
            insert(t.event).values(
                id=event_id,
                organisation_id=who.organisation_id,
                type=TEST_EVENT,
                subject=endpoint.id,
                sequence=(last or 0) + 1,
                data={"asked_by": who.id},
                created_at=now,
                made_by=who.id,
                address=who.address or None,
            )
        )
        connection.execute(
            insert(t.delivery).values(
                id=delivery_id,
                organisation_id=who.organisation_id,
                endpoint_id=endpoint.id,
                event_id=event_id,
                status=DeliveryStatus.WAITING,
                next_action_at=now,
                created_at=now,
            )
        )
        return _delivery(_find(connection, who, delivery_id))


def replay(house: House, who: Who, delivery_id: str) -> Delivery:
    """Send a delivery again now, with the same event id and a whole schedule of attempts.

    One that is queued or under way is left as it is: a double click sends once.
    """
    who.must(Scope.WEBHOOKS)
    with house.store.transaction() as connection:
        row = _find(connection, who, delivery_id)
        endpoint = find_endpoint(connection, who, row.endpoint_id, lock=True)
        _must_be_enabled(endpoint)
        _restart(connection, house.now(), _d.id == row.id)
        record_action(connection, house.now(), who, "delivery.replayed", row.id)
        return _delivery(_find(connection, who, delivery_id))


def replay_range(
    house: House,
    who: Who,
    endpoint_id: str,
    *,
    since: datetime,
    until: datetime | None = None,
    everything: bool = False,
) -> int:
    """Send again what an endpoint missed of the events from `since` to `until`.

    With `everything`, also what did arrive, and events from before the endpoint existed: a new
    receiver catches up that way. Returns how many deliveries will be sent.
    """
    who.must(Scope.WEBHOOKS)
    now = house.now()
    until = until or now
    if since.tzinfo is None or until.tzinfo is None:
        raise Invalid(
            "A moment without a time zone means nothing.",
            code="time_zone_missing",
            advice="Write moments as 2026-01-31T00:00:00Z.",
            fields=["since", "until"],
        )
    if since > until:
        raise Invalid(
            "The range ends before it begins.",
            code="empty_range",
            advice="Swap since and until.",
            fields=["since", "until"],
        )
    with house.store.transaction() as connection:
        endpoint = find_endpoint(connection, who, endpoint_id, lock=True)
        _must_be_enabled(endpoint)
        happened = and_(
            _v.organisation_id == who.organisation_id,
            _v.created_at >= since,
            _v.created_at <= until,
        )
        added = _add_missing(connection, now, who, endpoint, happened) if everything else 0
        which = and_(_d.endpoint_id == endpoint.id, _d.event_id.in_(select(_v.id).where(happened)))
        if not everything:
            which = and_(which, _d.status.in_(MISSED))
        record_action(connection, now, who, "endpoint.replayed", endpoint.id)
        return added + _restart(connection, now, which)


def _add_missing(
    connection: Connection, now: datetime, who: Who, endpoint: Row[Any], happened: Any
) -> int:
    """Deliveries, held for `_restart` to start, of events nobody was told of for this endpoint."""
    query = select(_v.id).where(
        happened,
        _v.type != TEST_EVENT,
        _v.sequence.is_not(None),
        hears(endpoint.id, _v.company_id),
        _v.id.not_in(select(_d.event_id).where(_d.endpoint_id == endpoint.id)),
    )
    if endpoint.event_types:
        query = query.where(_v.type.in_(endpoint.event_types))
    missing = connection.scalars(query).all()
    if missing:
        connection.execute(
            insert(t.delivery),
            [
                {
                    "id": new_id("dlv"),
                    "organisation_id": who.organisation_id,
                    "endpoint_id": endpoint.id,
                    "event_id": event_id,
                    "status": DeliveryStatus.WAITING,
                    "next_action_at": now,
                    "created_at": now,
                }
                for event_id in missing
            ],
        )
    return len(missing)


def _restart(connection: Connection, now: datetime, which: ColumnElement[bool]) -> int:
    """Bring forward what waits, restart what ended; leave alone what is on its way."""
    ended = (*MISSED, DeliveryStatus.DELIVERED)
    restarted = connection.execute(
        update(t.delivery)
        .where(which, _d.status.in_(ended))
        .values(status=DeliveryStatus.WAITING, attempts=0, next_action_at=now, delivered_at=None)
    )
    connection.execute(
        update(t.delivery)
        .where(which, _d.status == DeliveryStatus.WAITING, _d.next_action_at > now)
        .values(next_action_at=now)
    )
    return restarted.rowcount


def _must_be_enabled(endpoint: Row[Any]) -> None:
    if endpoint.disabled_at is not None:
        raise Conflict(
            "The endpoint is disabled; nothing is sent to it.",
            code="endpoint_disabled",
            advice="Enable it first.",
        )


def _deliveries(who: Who) -> Any:
    return (
        select(t.delivery, _v.type.label("event_type"), _v.subject, _v.sequence)
        .join(t.event, _v.id == _d.event_id)
        .join(t.webhook_endpoint, t.webhook_endpoint.c.id == _d.endpoint_id)
        .where(endpoints_of(who))
    )


def _find(connection: Connection, who: Who, delivery_id: str) -> Row[Any]:
    row = connection.execute(_deliveries(who).where(_d.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such delivery.", advice="GET /api/v1/deliveries lists yours.")
    found: Row[Any] = row
    return found


def _event(row: Row[Any]) -> RecordedEvent:
    return RecordedEvent(
        id=row.id,
        type=row.type,
        company_id=row.company_id,
        subject=row.subject,
        sequence=row.sequence,
        data=row.data,
        created_at=row.created_at,
    )


def _delivery(row: Row[Any]) -> Delivery:
    waiting = row.status == DeliveryStatus.WAITING
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        event_id=row.event_id,
        event_type=row.event_type,
        subject=row.subject,
        sequence=row.sequence,
        status=row.status,
        attempts_made=row.attempts,
        next_attempt_at=row.next_action_at if waiting else None,
        delivered_at=row.delivered_at,
        created_at=row.created_at,
    )
