"""The receiver of docs/webhooks.md, run as it stands there against what we send."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from domain.webhooks import DELAYS
from service.house import House
from service.operations import deliveries, webhooks
from storage import tables as t
from storage.outbox import record_event
from tests.receivers import Clock
from tests.workers.conftest import somebody
from workers.webhooks import deliver, due

GUIDE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")


@pytest.fixture
def sample() -> dict[str, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "docs/webhooks.md", "exec"), names)
    return names


@contextmanager
def running() -> Iterator[ThreadingHTTPServer]:
    """A server whose handler is set later: its secret is known once its address is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/"


def test_the_sample_receiver_ends_in_the_right_state_whatever_the_order(
    telling_once: House, clock: Clock, sample: dict[str, Any]
) -> None:
    house, who = telling_once, somebody(telling_once)
    books = sample["Books"]()
    with running() as server:
        endpoint = webhooks.add_endpoint(house, who, url=address(server))
        server.RequestHandlerClass = sample["receiver"](endpoint.secret, books, clock.now.timestamp)
        with house.store.transaction() as connection:
            for state in ("invoice.to_post", "invoice.posted", "entry.reversed"):
                record_event(
                    connection,
                    house.now(),
                    organisation_id=who.organisation_id,
                    company_id=None,
                    type_=state,
                    subject="doc_1",
                    data={"state": state},
                )
        queued = due(house)
        with house.store.reading() as connection:
            by_sequence = connection.scalars(
                select(t.delivery.c.id)
                .join(t.event, t.event.c.id == t.delivery.c.event_id)
                .order_by(t.event.c.sequence)
            ).all()
        assert sorted(queued) == sorted(by_sequence)
        first, second, third = by_sequence
        for delivery_id in (third, first, second):
            deliver(house, delivery_id)
        deliveries.replay(house, who, first)  # and a repeat, late
        for delivery_id in due(house):
            deliver(house, delivery_id)
        statuses = {d["status"] for d in deliveries.list_deliveries(house, who)["items"]}
    assert statuses == {"delivered"}
    assert len(books.seen) == 3
    assert books.latest["doc_1"]["type"] == "entry.reversed"
    assert books.latest["doc_1"]["sequence"] == 3


def test_the_sample_receiver_refuses_the_wrong_secret_and_an_old_delivery(
    telling_once: House, clock: Clock, sample: dict[str, Any]
) -> None:
    house, who = telling_once, somebody(telling_once)
    books = sample["Books"]()
    ahead = clock.now + timedelta(seconds=302)
    for secret, now in (("whsec_" + "A" * 43 + "=", clock.now), (None, ahead)):
        with running() as server:
            endpoint = webhooks.add_endpoint(house, who, url=address(server))
            server.RequestHandlerClass = sample["receiver"](
                secret or endpoint.secret, books, now.timestamp
            )
            deliveries.send_test(house, who, endpoint.id)
            for delivery_id in due(house):
                deliver(house, delivery_id)
            (shown,) = deliveries.list_deliveries(house, who, endpoint_id=endpoint.id)["items"]
        (attempt,) = deliveries.get_delivery(house, who, shown["id"]).attempts
        assert attempt.status_code == 400
    assert books.seen == set()


@pytest.mark.parametrize("headers", [{}, {"webhook-id": "a", "webhook-timestamp": "soon"}])
def test_the_sample_receiver_refuses_a_request_without_a_signature(
    sample: dict[str, Any], headers: dict[str, str]
) -> None:
    assert sample["verify"]("whsec_AAAA", headers, b"{}", 0.0) is False


def test_the_guide_states_the_schedule_that_is_kept() -> None:
    rows = re.findall(r"^\| (\d) \| (.*) \|$", GUIDE, re.MULTILINE)
    units = {"second": 1, "minute": 60, "hour": 3600}

    def written(text: str) -> timedelta:
        if text == "at once":
            return timedelta(0)
        number, unit = text.split(" ")
        return timedelta(seconds=int(number) * units[unit.rstrip("s")])

    assert tuple(written(text) for _, text in rows) == DELAYS
