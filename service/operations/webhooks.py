"""Webhook endpoints: who is told, where, and with which secret.

What was sent to them, and sending it again, is `operations.deliveries`. A secret is shown once,
when it is made; what is kept is sealed.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.destinations import destination, not_allowed
from domain.errors import Conflict, Invalid, NotFound
from domain.events import CATALOGUE
from domain.ids import new_id
from domain.people import Scope, Who
from domain.webhooks import (
    DISABLED_REASONS,
    ROTATION_OVERLAP,
    SECRET_BYTES,
    DeliveryStatus,
    written_secret,
)
from service.egress import Late, NotAllowed, Resolver, allowed_addresses, system_addresses
from service.house import House
from service.secrets import WEBHOOK_SECRETS, seal, unseal
from storage import deliveries
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import endpoints_of, limit

MOST_ENDPOINTS = 50
RESOLVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as its owner sees it: everything but the secret."""

    id: str
    url: str
    description: str
    event_types: list[str]
    """Empty for all."""
    enabled: bool
    disabled_at: datetime | None
    disabled_reason: str | None
    notice: str | None
    """What to know and do when deliveries do not arrive; None when all is well."""
    failing_since: datetime | None
    old_secret_until: datetime | None
    """After a rotation: until when the secret before it signs as well."""
    held: int
    """Deliveries kept back while it is disabled; replay them after enabling."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class EndpointWithSecret(Endpoint):
    """The one answer that carries the secret."""

    secret: str
    """`whsec_…`: what the receiver verifies signatures with."""


def add_endpoint(
    house: House,
    who: Who,
    *,
    url: str,
    description: str = "",
    event_types: list[str] | None = None,
    resolve: Resolver = system_addresses,
) -> EndpointWithSecret:
    """An endpoint that hears of `event_types` (all when none are named) from now on."""
    check_url(house, who, url, resolve=resolve)
    endpoint = insert_endpoint(
        house, who, url=url, description=description, event_types=event_types or []
    )
    return with_secret(house, who, endpoint.id)


def check_url(house: House, who: Who, url: str, *, resolve: Resolver = system_addresses) -> None:
    """Refuse now what would be refused when sending: whoever made the mistake is still here.

    Asks the name servers, which may take a while; not to be called within a transaction.
    """
    who.must(Scope.WEBHOOKS)
    private = house.settings.webhook_private_addresses
    where = destination(url, http=house.settings.webhook_http, private=private)
    try:
        allowed_addresses(where, private=private, timeout_seconds=RESOLVE_SECONDS, resolve=resolve)
    except (NotAllowed, Late):
        raise not_allowed() from None


def insert_endpoint(
    house: House, who: Who, *, url: str, description: str, event_types: list[str]
) -> Endpoint:
    """Write down an endpoint whose address was checked."""
    who.must(Scope.WEBHOOKS)
    types = _checked_types(event_types)
    _check_description(description)
    with house.store.transaction() as connection:
        number = connection.scalar(
            select(func.count())
            .select_from(t.webhook_endpoint)
            .where(_mine(who), t.webhook_endpoint.c.deleted_at.is_(None))
        )
        if (number or 0) >= MOST_ENDPOINTS:
            raise Conflict(
                f"There are {MOST_ENDPOINTS} endpoints already.",
                code="too_many_endpoints",
                advice="Delete one that is no longer used.",
            )
        endpoint_id = new_id("whe")
        connection.execute(
            insert(t.webhook_endpoint).values(
                id=endpoint_id,
                organisation_id=who.organisation_id,
                url=url,
                description=description,
                event_types=types,
                secret=_new_sealed_secret(house),
                created_at=house.now(),
            )
        )
        # It hears of no more than its maker may see.
        limit(connection, who.organisation_id, endpoint_id, who.companies)
        record_action(connection, house.now(), who, "endpoint.added", endpoint_id)
        return _shown(connection, find_endpoint(connection, who, endpoint_id))


def with_secret(house: House, who: Who, endpoint_id: str) -> EndpointWithSecret:
    """The endpoint with its present secret, for the answer to whoever had it made just now."""
    who.must(Scope.WEBHOOKS)
    with house.store.reading() as connection:
        row = find_endpoint(connection, who, endpoint_id)
        endpoint = _shown(connection, row)
    key = unseal(house.settings, WEBHOOK_SECRETS, row.secret)
    return EndpointWithSecret(**asdict(endpoint), secret=written_secret(key))


def change_endpoint(
    house: House,
    who: Who,
    endpoint_id: str,
    *,
    url: str | None = None,
    description: str | None = None,
    event_types: list[str] | None = None,
    resolve: Resolver = system_addresses,
) -> Endpoint:
    """Change what is named. The new address also gets what is still waiting for the old one."""
    who.must(Scope.WEBHOOKS)
    changes: dict[str, Any] = {}
    if url is not None:
        check_url(house, who, url, resolve=resolve)
        changes["url"] = url
    if description is not None:
        _check_description(description)
        changes["description"] = description
    if event_types is not None:
        changes["event_types"] = _checked_types(event_types)
        changes["listening_since"] = house.now()
    return _changed(house, who, endpoint_id, "endpoint.changed", **changes)


def list_endpoints(house: House, who: Who) -> list[Endpoint]:
    who.must(Scope.WEBHOOKS)
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.webhook_endpoint)
            .where(_mine(who), t.webhook_endpoint.c.deleted_at.is_(None))
            .order_by(t.webhook_endpoint.c.id)
        ).all()
        return [_shown(connection, row) for row in rows]


def get_endpoint(house: House, who: Who, endpoint_id: str) -> Endpoint:
    who.must(Scope.WEBHOOKS)
    with house.store.reading() as connection:
        return _shown(connection, find_endpoint(connection, who, endpoint_id))


def enable_endpoint(house: House, who: Who, endpoint_id: str) -> Endpoint:
    """Send to it again. What was held meanwhile stays held until it is replayed."""
    return _changed(
        house,
        who,
        endpoint_id,
        "endpoint.enabled",
        disabled_at=None,
        disabled_reason=None,
        failing_since=None,
        slowed_until=None,
    )


def disable_endpoint(house: House, who: Who, endpoint_id: str) -> Endpoint:
    """Send nothing to it; what happens meanwhile is held."""
    who.must(Scope.WEBHOOKS)
    with house.store.transaction() as connection:
        row = find_endpoint(connection, who, endpoint_id, lock=True)
        if row.disabled_at is None:
            deliveries.disable(connection, house.now(), row.id, "person")
            record_action(connection, house.now(), who, "endpoint.disabled", row.id)
        return _shown(connection, find_endpoint(connection, who, endpoint_id))


def delete_endpoint(house: House, who: Who, endpoint_id: str) -> None:
    """Forget its secret and send nothing any more; what was sent stays readable."""
    who.must(Scope.WEBHOOKS)
    with house.store.transaction() as connection:
        row = find_endpoint(connection, who, endpoint_id, lock=True)
        connection.execute(
            update(t.webhook_endpoint)
            .where(t.webhook_endpoint.c.id == row.id)
            .values(deleted_at=house.now(), secret=b"", old_secret=None, old_secret_until=None)
        )
        deliveries.hold_all(connection, row.id)
        record_action(connection, house.now(), who, "endpoint.deleted", row.id)


def rotate_secret(house: House, who: Who, endpoint_id: str) -> EndpointWithSecret:
    """A new secret. The one before signs beside it for a day; only then may it rotate again."""
    who.must(Scope.WEBHOOKS)
    now = house.now()
    with house.store.transaction() as connection:
        row = find_endpoint(connection, who, endpoint_id, lock=True)
        if row.old_secret_until is not None and row.old_secret_until > now:
            raise Conflict(
                "The secret was rotated less than a day ago.",
                code="rotation_under_way",
                advice="Wait until old_secret_until; a receiver may still use the old secret.",
                old_secret_until=row.old_secret_until.isoformat(),
            )
        connection.execute(
            update(t.webhook_endpoint)
            .where(t.webhook_endpoint.c.id == row.id)
            .values(
                secret=_new_sealed_secret(house),
                old_secret=row.secret,
                old_secret_until=now + ROTATION_OVERLAP,
            )
        )
        record_action(connection, now, who, "endpoint.secret_rotated", row.id)
    return with_secret(house, who, endpoint_id)


def find_endpoint(
    connection: Connection, who: Who, endpoint_id: str, *, lock: bool = False
) -> Row[Any]:
    """The endpoint's row; NotFound when it is deleted or not this organisation's."""
    query = select(t.webhook_endpoint).where(
        t.webhook_endpoint.c.id == endpoint_id,
        _mine(who),
        t.webhook_endpoint.c.deleted_at.is_(None),
    )
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise NotFound(
            "There is no such webhook endpoint.",
            advice="GET /api/v1/webhook-endpoints lists yours.",
        )
    return row


def _changed(house: House, who: Who, endpoint_id: str, noted: str, **changes: Any) -> Endpoint:
    who.must(Scope.WEBHOOKS)
    with house.store.transaction() as connection:
        row = find_endpoint(connection, who, endpoint_id, lock=True)
        if changes:
            connection.execute(
                update(t.webhook_endpoint)
                .where(t.webhook_endpoint.c.id == row.id)
                .values(**changes)
            )
            record_action(connection, house.now(), who, noted, row.id)
        return _shown(connection, find_endpoint(connection, who, endpoint_id))


def _mine(who: Who) -> Any:
    return endpoints_of(who)


def _shown(connection: Connection, row: Row[Any]) -> Endpoint:
    held = connection.scalar(
        select(func.count())
        .select_from(t.delivery)
        .where(t.delivery.c.endpoint_id == row.id, t.delivery.c.status == DeliveryStatus.HELD)
    )
    notice = None
    if row.disabled_at is not None:
        notice = (
            f"{DISABLED_REASONS.get(row.disabled_reason, '')} Nothing is sent to this endpoint."
            " Enable it, then replay what it missed."
        ).strip()
    elif row.failing_since is not None:
        notice = "Deliveries are failing; look at their attempts."
    elif held:
        notice = "Deliveries were held while the endpoint was disabled; replay them."
    return Endpoint(
        id=row.id,
        url=row.url,
        description=row.description,
        event_types=row.event_types,
        enabled=row.disabled_at is None,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        notice=notice,
        failing_since=row.failing_since,
        old_secret_until=row.old_secret_until,
        held=held or 0,
        created_at=row.created_at,
    )


def _new_sealed_secret(house: House) -> bytes:
    return seal(house.settings, WEBHOOK_SECRETS, secrets.token_bytes(SECRET_BYTES))


def _checked_types(event_types: list[str]) -> list[str]:
    unknown = sorted(set(event_types) - set(CATALOGUE))
    if unknown:
        raise Invalid(
            f"There are no events called {', '.join(unknown)[:200]}.",
            code="unknown_event_type",
            advice="GET /api/v1/event-types lists them.",
            fields=["event_types"],
        )
    return sorted(set(event_types))


def _check_description(description: str) -> None:
    if len(description) > 300 or "\x00" in description:
        raise Invalid(
            "The description is too long or has characters that cannot be kept.",
            code="invalid_description",
            advice="Use at most 300 characters of text.",
            fields=["description"],
        )
