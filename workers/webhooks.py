"""Webhooks: send what is due, one attempt at a time.

The steps stand in `storage.deliveries`, the rules in `domain.webhooks`, the careful connection in
`service.egress`; this is the order in which they happen. Between the claim and the record of the
answer nothing is locked. If the sender dies there, the delivery is made again with the same id.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta

import structlog

from domain.destinations import destination
from domain.errors import Invalid
from domain.webhooks import Answer, payload, signed_headers
from service.egress import Resolver, post, system_addresses
from service.house import House
from service.secrets import WEBHOOK_SECRETS, Undecipherable, unseal
from storage import deliveries
from storage.deliveries import Claimed
from workers.broker import actor

log = structlog.get_logger()

LEASE_MARGIN = timedelta(seconds=30)
DUE_AT_ONCE = 200
TURN_SECONDS = 10.0
"""How long one message may go on with an endpoint's next deliveries while they succeed."""


@actor(deliveries.ACTOR)
def work(house: House, delivery_id: str) -> None:
    """Deliver, then what else is due to the same endpoint: a quick receiver is served quickly."""
    until = time.monotonic() + TURN_SECONDS
    following: str | None = delivery_id
    while following:
        following = deliver(house, following, go_on=time.monotonic() < until)


def due(house: House, limit: int = DUE_AT_ONCE) -> list[str]:
    """Promise messages for the deliveries that are due; called again and again by the relay."""
    now = house.now()
    with house.store.reading() as connection:
        if not deliveries.anything_due(connection, now):
            return []
    with house.store.transaction() as connection:
        return deliveries.queue_due(
            connection, now, places=house.settings.webhook_endpoint_concurrency, limit=limit
        )


def deliver(
    house: House,
    delivery_id: str,
    *,
    go_on: bool = False,
    resolve: Resolver = system_addresses,
) -> str | None:
    """Make one attempt; harmless when it is not to be made now or somebody else makes it.

    To `go_on` after a success, the endpoint's next due delivery is taken and its id returned.
    """
    settings = house.settings
    lease = timedelta(seconds=settings.webhook_timeout_seconds) + LEASE_MARGIN
    with house.store.transaction() as connection:
        claimed = deliveries.claim(
            connection,
            house.now(),
            delivery_id,
            lease=lease,
            places=settings.webhook_endpoint_concurrency,
        )
    if claimed is None:
        return None
    answer = _attempt(house, claimed, resolve)
    now = house.now()
    with house.store.transaction() as connection:
        decision = deliveries.finish(connection, now, claimed, answer, jitter=random.random())
        following = None
        if go_on and answer.accepted:
            following = deliveries.take_next(connection, now, claimed.endpoint_id)
    if decision.disable:
        log.warning(
            "webhooks.endpoint_disabled", endpoint_id=claimed.endpoint_id, reason=decision.disable
        )
    return following


def _attempt(house: House, claimed: Claimed, resolve: Resolver) -> Answer:
    settings = house.settings
    try:
        keys = [unseal(settings, WEBHOOK_SECRETS, sealed) for sealed in claimed.sealed_secrets]
    except Undecipherable:
        return Answer(took_ms=0, error="secret_unreadable")
    try:
        # Judged again: the settings may have become stricter since the endpoint was made.
        where = destination(
            claimed.url,
            http=settings.webhook_http,
            private=settings.webhook_private_addresses,
        )
    except Invalid:
        return Answer(took_ms=0, error="not_allowed")
    body = payload(claimed.event, settings.public_url)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Bannette",
        **signed_headers(keys, claimed.event.id, house.now(), body),
    }
    return post(
        where,
        headers,
        body,
        private=settings.webhook_private_addresses,
        timeout_seconds=settings.webhook_timeout_seconds,
        resolve=resolve,
    )
