"""The same through the real relay, broker and worker threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import redis
from dramatiq import Worker

from domain.people import Who
from service.house import House, utc_now
from service.operations import deliveries, webhooks
from storage.deliveries import PATIENCE
from storage.outbox import record_event
from tests.receivers import Receiver, in_turn, status
from tests.workers.conftest import somebody
from workers import broker, relay
from workers import webhooks as _registers_the_actor  # noqa: F401


@contextmanager
def working(house: House) -> Iterator[None]:
    connection = broker.connect(house.settings.resolved_redis_url)
    broker.bind(connection, house)
    queue = broker.QUEUE_OF["webhooks.deliver"]
    worker = Worker(connection, queues={queue}, worker_threads=4, worker_timeout=100)
    stopping = threading.Event()
    thread = threading.Thread(target=relay.run, args=(house, stopping))
    worker.start()
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(10)
        worker.stop(timeout=10_000)


def test_events_arrive_though_the_broker_forgets_everything(
    telling: House, receiver: Receiver
) -> None:
    ahead = timedelta(0)
    house = replace(telling, now=lambda: utc_now() + ahead)
    who = somebody(house)
    webhooks.add_endpoint(house, who, url=receiver.url)
    receiver.answer = in_turn(status(500), status(200))
    events = set()
    with working(house), redis.Redis.from_url(house.settings.resolved_redis_url) as client:
        for n in range(30):
            with house.store.transaction() as connection:
                event_id = record_event(
                    connection,
                    house.now(),
                    organisation_id=who.organisation_id,
                    company_id=None,
                    type_="invoice.posted",
                    subject=f"doc_{n}",
                    data={},
                )
            events.add(event_id)
            if n == 15:
                client.flushall()
        # What was forgotten may hold all the places of its endpoint: the others wait until it is
        # missed.
        until(lambda: "running" not in unfinished(house, who))
        ahead = PATIENCE
        until(lambda: not unfinished(house, who))
    assert {got.id for got in receiver.received} == events
    assert len(receiver.received) <= 30 + 1 + 4  # the one refused, and those in flight


def unfinished(house: House, who: Who) -> set[str]:
    items = deliveries.list_deliveries(house, who, limit=200)["items"]
    return {d["status"] for d in items} - {"delivered"}


def until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.1)
