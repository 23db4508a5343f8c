"""Webhook endpoints, deliveries and events over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from domain.people import Scope
from service.house import House
from service.operations import api_keys
from storage import tables as t
from storage.outbox import record_event
from tests.service.conftest import Tenant, app_over

URL = "http://127.0.0.1:9/hook"


@pytest.fixture
def open_house(house: House) -> House:
    settings = replace(house.settings, webhook_http=True, webhook_private_addresses=True)
    return replace(house, settings=settings)


@pytest.fixture
def client(open_house: House, ours: Tenant) -> Iterator[TestClient]:
    with TestClient(app_over(open_house), raise_server_exceptions=False) as client:
        client.headers.update(ours.headers)
        yield client


@pytest.fixture
def endpoint(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/v1/webhook-endpoints", json={"url": URL, "description": "Compta"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def event_id(house: House, ours: Tenant, endpoint: dict[str, Any]) -> str:
    with house.store.transaction() as connection:
        return record_event(
            connection,
            house.now(),
            organisation_id=ours.organisation_id,
            company_id=ours.company_id,
            type_="import.ready",
            subject="imp_1",
            data={"pages": 3},
        )


def test_the_secret_is_in_the_first_answer_and_in_no_other(
    client: TestClient, endpoint: dict[str, Any]
) -> None:
    assert endpoint["secret"].startswith("whsec_")
    listed = client.get("/api/v1/webhook-endpoints").json()["items"]
    shown = client.get(f"/api/v1/webhook-endpoints/{endpoint['id']}").json()
    assert listed == [shown]
    assert shown == {k: v for k, v in endpoint.items() if k != "secret"}
    assert (shown["url"], shown["enabled"], shown["event_types"]) == (URL, True, [])


def test_the_same_request_twice_makes_one_endpoint_and_keeps_no_secret(
    client: TestClient, house: House
) -> None:
    headers = {"Idempotency-Key": "once"}
    first, again = (
        client.post("/api/v1/webhook-endpoints", json={"url": URL}, headers=headers)
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = client.post("/api/v1/webhook-endpoints", json={"url": URL + "2"}, headers=headers)
    assert other.status_code == 409
    with house.store.reading() as connection:
        kept = connection.scalars(select(t.idempotency_key.c.response)).all()
    assert kept
    assert "whsec" not in str(kept)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "ftp://example.com/"}, "url_not_allowed"),
        ({"url": "http://169.254.169.254/latest"}, "url_not_allowed"),
        ({"url": URL, "event_types": ["invoice.eaten"]}, "unknown_event_type"),
        ({"url": URL, "description": "x" * 301}, "invalid_description"),
        ({"url": URL, "description": "\x00"}, "invalid_description"),
        ({"url": URL, "colour": "red"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused_with_a_reason(
    client: TestClient, body: dict[str, Any], code: str
) -> None:
    answer = client.post("/api/v1/webhook-endpoints", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_endpoint_is_changed_disabled_enabled_rotated_and_deleted(
    client: TestClient, endpoint: dict[str, Any]
) -> None:
    address = f"/api/v1/webhook-endpoints/{endpoint['id']}"
    changed = client.patch(address, json={"event_types": ["invoice.posted"]}).json()
    assert (changed["event_types"], changed["description"]) == (["invoice.posted"], "Compta")
    disabled = client.post(f"{address}/disable")
    assert (disabled.status_code, disabled.json()["disabled_reason"]) == (200, "person")
    assert disabled.json()["notice"]
    assert client.post(f"{address}/test").status_code == 409
    assert client.post(f"{address}/enable").json()["enabled"] is True
    rotated = client.post(f"{address}/rotate-secret")
    assert (rotated.status_code, rotated.json()["secret"] == endpoint["secret"]) == (200, False)
    again = client.post(f"{address}/rotate-secret")
    assert (again.status_code, again.json()["code"]) == (409, "rotation_under_way")
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.delete(address).status_code == 404


def test_events_deliveries_and_replay_are_seen(
    client: TestClient, endpoint: dict[str, Any], event_id: str
) -> None:
    (event,) = client.get("/api/v1/events?type=import.ready&subject=imp_1").json()["items"]
    assert (event["id"], event["data"]) == (event_id, {"pages": 3})
    assert client.get(f"/api/v1/events/{event_id}").json() == event
    (delivery,) = client.get(
        f"/api/v1/deliveries?endpoint_id={endpoint['id']}&status=waiting&event_id={event_id}"
    ).json()["items"]
    shown = client.get(f"/api/v1/deliveries/{delivery['id']}").json()
    assert (shown["event_type"], shown["attempts"], shown["attempts_made"]) == (
        "import.ready",
        [],
        0,
    )
    assert client.post(f"/api/v1/deliveries/{delivery['id']}/replay").status_code == 202
    ranged = client.post(
        f"/api/v1/webhook-endpoints/{endpoint['id']}/replay",
        json={"since": "2020-01-01T00:00:00Z", "everything": True},
    )
    assert (ranged.status_code, ranged.json()) == (202, {"deliveries": 0})
    tested = client.post(f"/api/v1/webhook-endpoints/{endpoint['id']}/test")
    assert (tested.status_code, tested.json()["event_type"]) == (202, "webhook.test")
    assert "invoice.posted" in client.get("/api/v1/event-types").json()


def test_a_range_without_a_time_zone_is_refused(
    client: TestClient, endpoint: dict[str, Any]
) -> None:
    answer = client.post(
        f"/api/v1/webhook-endpoints/{endpoint['id']}/replay", json={"since": "2020-01-01T00:00:00"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "time_zone_missing")


def test_a_key_without_the_scope_sees_nothing(
    client: TestClient, house: House, ours: Tenant, endpoint: dict[str, Any]
) -> None:
    scopes = [scope for scope in Scope if scope is not Scope.WEBHOOKS]
    key = api_keys.add_key(house, ours.who, name="no webhooks", scopes=scopes)["key"]
    for path in (
        "webhook-endpoints",
        f"webhook-endpoints/{endpoint['id']}",
        "deliveries",
        "events",
    ):
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
