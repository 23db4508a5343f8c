from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from service import health
from service.house import House
from storage import guards, tasks
from storage import tables as t
from storage.objects import Objects
from storage.outbox import promise
from storage.store import Store
from tests.storage import world

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_house_whose_parts_answer_is_ready(any_house: House) -> None:
    found = health.ready(any_house)
    assert found == health.Readiness("ready", "ok", "ok", "ok", 0.0)
    assert found.status_code == 200


def test_a_database_that_is_behind_is_not_ready(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        guards.remove(connection)
    found = health.ready(any_house)
    assert (found.status, found.database, found.status_code) == ("unready", "is not migrated", 503)


def test_a_missing_bucket_is_named(house: House) -> None:
    elsewhere = Objects("http://127.0.0.1:1", "a", "b", "nobody", "us-east-1")
    elsewhere.client = house.objects.client
    found = health.ready(replace(house, objects=elsewhere))
    assert (found.objects, found.status_code) == ("has no bucket", 503)


def test_parts_that_hang_are_named_within_two_seconds_by_one_thread_each(
    house: House, silent_port: int, tmp_path: Path
) -> None:
    hung = House(
        replace(house.settings, redis_url=f"redis://127.0.0.1:{silent_port}"),
        Store(f"postgresql+psycopg://u:p@127.0.0.1:{silent_port}/x"),
        Objects(f"http://127.0.0.1:{silent_port}", "a", "b", "bucket", "us-east-1"),
    )
    began = time.monotonic()
    for _ in range(2):
        found = health.ready(hung)
        assert (found.database, found.objects) == ("does not answer", "does not answer")
        assert (found.broker, found.status_code) == ("does not answer", 503)
    assert time.monotonic() - began < 5
    asking = [thread for thread in threading.enumerate() if thread.name == "health_database"]
    assert len(asking) <= 1


def test_nothing_about_the_inside_is_told(house: House) -> None:
    away = replace(house, settings=replace(house.settings, redis_url="redis://:pw@127.0.0.1:1"))
    said = str(health.ready(away).to_json())
    assert "127.0.0.1" not in said
    assert "pw" not in said


def test_a_stage_that_stands_still_is_seen_within_a_minute(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        task_id = tasks.add(
            connection,
            NOW,
            organisation_id=here.organisation_id,
            import_id=here.import_id,
            file_id=here.file_id,
            step="read",
        )
        connection.execute(update(t.task).values(status="queued"))

    def after(seconds: float) -> health.Readiness:
        return health.ready(replace(any_house, now=lambda: NOW + timedelta(seconds=seconds)))

    assert after(20).status == "ready"
    assert after(60).status == "late"
    assert after(60).status_code == 200  # uploads are still taken
    assert after(60).oldest_overdue_seconds == 30
    with any_house.store.transaction() as connection:
        connection.execute(update(t.task).where(t.task.c.id == task_id).values(status="done"))
    assert after(60).status == "ready"


def test_a_message_nobody_sends_is_late(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        promise(connection, NOW, "pipeline.open", task_id="tsk_1")
    found = health.ready(replace(any_house, now=lambda: NOW + timedelta(seconds=60)))
    assert (found.status, found.oldest_overdue_seconds) == ("late", 60)


def test_a_slow_receiver_of_webhooks_does_not_make_us_late(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        world.listen(connection, here.organisation_id)
        world.post(connection, here)
    assert health.ready(replace(any_house, now=lambda: NOW + timedelta(days=1))).status == "ready"


def test_a_task_without_a_next_moment_is_late_since_it_was_written(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        connection.execute(
            insert(t.task).values(
                id="tsk_lost",
                organisation_id=here.organisation_id,
                import_id=here.import_id,
                file_id=here.file_id,
                step="read",
                status="waiting",
                created_at=NOW,
            )
        )
    found = health.ready(replace(any_house, now=lambda: NOW + timedelta(seconds=90)))
    assert found.oldest_overdue_seconds == 90
