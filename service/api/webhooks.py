"""/api/v1/webhook-endpoints, /deliveries, /events: who is told, what they were told, what happened.

What is sent, and how a receiver verifies it, is described in docs/webhooks.md.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post

from domain.events import CATALOGUE
from domain.people import Who
from service.api.idempotency import once
from service.house import House
from service.lists import Page
from service.operations import deliveries, webhooks
from service.operations.deliveries import Delivery, DeliveryWithAttempts, RecordedEvent
from service.operations.webhooks import Endpoint, EndpointWithSecret


class NewEndpoint(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    description: str = ""
    event_types: list[str] = []
    """Empty for all events."""


class EndpointChanges(msgspec.Struct, forbid_unknown_fields=True):
    url: str | None = None
    description: str | None = None
    event_types: list[str] | None = None


class Range(msgspec.Struct, forbid_unknown_fields=True):
    since: datetime
    until: datetime | None = None
    everything: bool = False
    """Also what arrived, and events from before the endpoint existed."""


class WebhookEndpoints(Controller):
    path = "/api/v1/webhook-endpoints"
    tags = ("Webhooks",)

    @post(sync_to_thread=True, summary="Add an endpoint; the answer shows its secret once")
    def create(self, house: House, who: Who, data: NewEndpoint) -> EndpointWithSecret:
        webhooks.check_url(house, who, data.url)
        made = _inserted(house=house, who=who, data=data)
        content = made.content if isinstance(made, Response) else made
        # Added afterwards: the answer that is kept for repeats must not hold the secret.
        return webhooks.with_secret(house, who, content["id"])

    @get(sync_to_thread=True, summary="Endpoints")
    def list_all(self, house: House, who: Who) -> Page:
        endpoints = webhooks.list_endpoints(house, who)
        return {"items": [asdict(endpoint) for endpoint in endpoints], "next_cursor": None}

    @get("/{endpoint_id:str}", sync_to_thread=True, summary="One endpoint")
    def show(self, house: House, who: Who, endpoint_id: str) -> Endpoint:
        return webhooks.get_endpoint(house, who, endpoint_id)

    @patch("/{endpoint_id:str}", sync_to_thread=True, summary="Change an endpoint")
    def change(self, house: House, who: Who, endpoint_id: str, data: EndpointChanges) -> Endpoint:
        return webhooks.change_endpoint(
            house,
            who,
            endpoint_id,
            url=data.url,
            description=data.description,
            event_types=data.event_types,
        )

    @delete("/{endpoint_id:str}", sync_to_thread=True, summary="Delete an endpoint")
    def remove(self, house: House, who: Who, endpoint_id: str) -> None:
        webhooks.delete_endpoint(house, who, endpoint_id)

    @post("/{endpoint_id:str}/enable", status_code=200, sync_to_thread=True, summary="Enable")
    def enable(self, house: House, who: Who, endpoint_id: str) -> Endpoint:
        return webhooks.enable_endpoint(house, who, endpoint_id)

    @post("/{endpoint_id:str}/disable", status_code=200, sync_to_thread=True, summary="Disable")
    def disable(self, house: House, who: Who, endpoint_id: str) -> Endpoint:
        return webhooks.disable_endpoint(house, who, endpoint_id)

    @post(
        "/{endpoint_id:str}/rotate-secret",
        status_code=200,
        sync_to_thread=True,
        summary="Make a new secret; the old one signs as well for 24 hours",
    )
    def rotate_secret(self, house: House, who: Who, endpoint_id: str) -> EndpointWithSecret:
        return webhooks.rotate_secret(house, who, endpoint_id)

    @post(
        "/{endpoint_id:str}/test",
        status_code=202,
        sync_to_thread=True,
        summary="Send a webhook.test event to this endpoint",
    )
    @once
    def test(self, house: House, who: Who, endpoint_id: str) -> Delivery:
        return deliveries.send_test(house, who, endpoint_id)

    @post(
        "/{endpoint_id:str}/replay",
        status_code=202,
        sync_to_thread=True,
        summary="Send again what was missed between two moments",
    )
    def replay(self, house: House, who: Who, endpoint_id: str, data: Range) -> dict[str, int]:
        count = deliveries.replay_range(
            house,
            who,
            endpoint_id,
            since=data.since,
            until=data.until,
            everything=data.everything,
        )
        return {"deliveries": count}


@once
def _inserted(*, house: House, who: Who, data: NewEndpoint) -> dict[str, Any]:
    endpoint = webhooks.insert_endpoint(
        house,
        who,
        url=data.url,
        description=data.description,
        event_types=data.event_types,
    )
    return {"id": endpoint.id}


class Deliveries(Controller):
    path = "/api/v1/deliveries"
    tags = ("Webhooks",)

    @get(sync_to_thread=True, summary="Deliveries, newest first")
    def list_all(
        self,
        house: House,
        who: Who,
        *,
        endpoint_id: str | None = None,
        status: str | None = None,
        event_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return deliveries.list_deliveries(
            house,
            who,
            endpoint_id=endpoint_id,
            status=status,
            event_id=event_id,
            cursor=cursor,
            limit=limit,
        )

    @get("/{delivery_id:str}", sync_to_thread=True, summary="A delivery with its attempts")
    def show(self, house: House, who: Who, delivery_id: str) -> DeliveryWithAttempts:
        return deliveries.get_delivery(house, who, delivery_id)

    @post(
        "/{delivery_id:str}/replay",
        status_code=202,
        sync_to_thread=True,
        summary="Send a delivery again, with the same id",
    )
    def replay(self, house: House, who: Who, delivery_id: str) -> Delivery:
        return deliveries.replay(house, who, delivery_id)


class Events(Controller):
    path = "/api/v1"
    tags = ("Webhooks",)

    @get("/event-types", sync_to_thread=False, summary="Every event there is, and what it says")
    def types(self, who: Who) -> dict[str, str]:
        return CATALOGUE

    @get("/events", sync_to_thread=True, summary="What happened, newest first")
    def list_all(
        self,
        house: House,
        who: Who,
        *,
        type: str | None = None,  # noqa: A002 - the name of the query parameter
        subject: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return deliveries.list_events(
            house, who, type_=type, subject=subject, cursor=cursor, limit=limit
        )

    @get("/events/{event_id:str}", sync_to_thread=True, summary="One event, whole")
    def show(self, house: House, who: Who, event_id: str) -> RecordedEvent:
        return deliveries.get_event(house, who, event_id)


CONTROLLERS = (WebhookEndpoints, Deliveries, Events)
