"""The database or the object store is away: a clear answer meanwhile, and nothing lost."""

from __future__ import annotations

import time

import pytest

from service.supervisor import DidNotStart
from tests.failures import papers
from tests.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.real]


def test_a_database_killed_three_times_in_mid_work_loses_and_doubles_nothing(
    large: Installation,
) -> None:
    before = large.pids()
    found = large.upload({"mail.pdf": papers.mail(40)})
    for least in (2, 10, 20):
        large.until(lambda n=least: large.pages_read(found["id"]) >= n, "reading")
        kill(large, "postgresql")
        answer = large.http.get(f"/imports/{found['id']}")
        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert answer.json()["advice"]
        refused = large.http.post("/imports", content=papers.invoice(), params={"name": "a.pdf"})
        assert refused.status_code == 503
        start(large, "postgresql")
    found = large.settled(found["id"])
    assert found["receipt"]["grouped"] == 40
    done = large.validated(found)
    assert len(done["documents"]) == len(done["files"][0]["groups"])
    assert large.pids() == before
    large.sound(done)


def test_an_object_store_that_is_away_for_a_while_costs_time_only(large: Installation) -> None:
    before = large.pids()
    found = large.upload({"mail.pdf": papers.mail(30)})
    large.until(lambda: large.pages_read(found["id"]) >= 2, "reading")
    kill(large, "seaweedfs")
    time.sleep(3)
    refused = large.http.post("/imports", content=papers.invoice(), params={"name": "a.pdf"})
    assert refused.status_code == 503
    assert refused.json()["code"] == "unavailable"
    time.sleep(5)
    start(large, "seaweedfs")
    found = large.settled(found["id"])
    assert found["status"] == "ready"
    assert found["receipt"]["grouped"] == 30  # an outage is no fault of the pages
    assert large.pids() == before
    large.sound(large.validated(found))


def kill(there: Installation, name: str) -> None:
    process = there.servers.children[name].process
    process.kill()
    process.wait()


def start(there: Installation, name: str) -> None:
    """PostgreSQL does not start again before the last process of its former life has gone."""
    until = time.monotonic() + 60
    while True:
        try:
            there.servers.restart(name)
        except DidNotStart:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return
