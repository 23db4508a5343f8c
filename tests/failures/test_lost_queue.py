"""The broker forgets everything, or is away: the rows know what is to be done."""

from __future__ import annotations

import time

import pytest
import redis

from tests.failures import papers
from tests.installation import Installation
from tests.receivers import Receiver

pytestmark = [pytest.mark.slow, pytest.mark.real]


def test_a_broker_that_forgets_everything_twice_loses_no_page(large: Installation) -> None:
    found = large.upload({"mail.pdf": papers.mail(60)})
    for part in (18, 36):
        large.until(lambda least=part: large.pages_read(found["id"]) >= least, "reading")
        with redis.Redis.from_url(large.running.house.settings.resolved_redis_url) as broker:
            broker.flushall()
    found = large.settled(found["id"])
    assert found["status"] == "ready"
    assert found["receipt"]["grouped"] == 60
    done = large.validated(found)
    large.sound(done)


def test_while_the_broker_is_away_uploads_are_kept_and_nobody_has_to_restart_anything(
    large: Installation,
) -> None:
    large.until(large.readers_are_up, "starting the readers")
    before = large.pids()
    name = "redis"
    with Receiver() as receiver:
        assert large.post("/webhook-endpoints", {"url": receiver.url}).status_code == 201
        first = large.upload({"mail.pdf": papers.mail(30)})
        large.until(lambda: large.pages_read(first["id"]) > 2, "reading")
        kill_server(large, name)
        time.sleep(4)
        second = large.upload({"second.pdf": papers.mail(4)})
        ready = large.http.get(f"{large.running.address}/health/ready")
        assert ready.status_code == 503
        assert ready.json()["broker"] != "ok"
        assert large.http.get(f"/imports/{second['id']}").status_code == 200
        time.sleep(8)
        large.servers.restart(name)
        done = [large.settled(found["id"]) for found in (first, second)]
        large.until(
            lambda: sum(b'"import.ready"' in got.body for got in receiver.received) == 2,
            "the webhooks",
        )
    assert [found["status"] for found in done] == ["ready", "ready"]
    assert large.pids() == before
    large.sound(*done)


def kill_server(there: Installation, name: str) -> None:
    process = there.servers.children[name].process
    process.kill()
    process.wait()
