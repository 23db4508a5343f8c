"""Workers die, are asked to go, or are thought dead: no page is lost, nothing is done twice."""

from __future__ import annotations

import signal
import time
from itertools import cycle

import pytest
from sqlalchemy import select

from storage import tables as t
from tests.failures import papers
from tests.failures.conftest import Gate
from tests.installation import Installation

pytestmark = pytest.mark.slow


def test_workers_killed_every_two_seconds_lose_and_double_nothing(there: Installation) -> None:
    names = cycle(["pages-1", "light", "pages-2", "relay", "web"])
    found = there.upload({"mail.pdf": papers.mail(24), "more.pdf": papers.mail(12)})
    kills = 0
    while there._status(found["id"]) != "ready" and kills < 10:
        there.running.kill(next(names))
        kills += 1
        until = time.monotonic() + 2
        there.until(lambda end=until: time.monotonic() > end)
    found = there.settled(found["id"])
    assert kills >= 3
    assert found["status"] == "ready"
    assert found["receipt"]["grouped"] == 36
    done = there.validated(found)
    assert len(done["documents"]) == sum(len(file["groups"]) for file in found["files"])
    there.sound(done)


def test_the_work_of_a_killed_worker_is_taken_up_when_its_lease_runs_out(
    there: Installation, gate: Gate
) -> None:
    there.until(there.readers_are_up, "starting the readers")
    gate.close()
    found = there.upload({"slow.pdf": papers.invoice("POISON-GATE")})
    there.until(lambda: there.busy_readers() != [], "reading")
    [holder] = there.busy_readers()
    there.running.kill(holder)
    gate.open()
    killed = time.monotonic()
    there.until(lambda: there.pages_read(found["id"]) == 1, "reading again")
    # A lease of three seconds and a sweep every second; the rest is the slowness of a machine.
    assert time.monotonic() - killed < 60
    there.sound(there.settled(found["id"]))


def test_workers_asked_to_stop_put_their_work_back_and_leave_in_time(there: Installation) -> None:
    there.until(there.readers_are_up, "starting the readers")
    found = there.upload({"mail.pdf": papers.mail(40)})
    there.until(lambda: there.pages_read(found["id"]) > 3, "reading")
    workers = [there.running.children[name] for name in ("pages-1", "pages-2", "light")]
    for worker in workers:
        worker.process.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    codes = [worker.process.wait(35) for worker in workers]
    assert codes == [0, 0, 0]
    assert time.monotonic() - asked < 35
    assert _running(there, found["id"]) == []  # nobody has to wait for a lease to run out
    found = there.settled(found["id"])
    assert found["receipt"]["grouped"] == 40
    there.sound(found)


def test_a_page_slower_than_the_lease_is_read_once(there: Installation) -> None:
    found = there.settled(there.upload({"slow.pdf": papers.invoice("POISON-SLOW")})["id"])
    with there.running.house.store.reading() as connection:
        runs = connection.scalars(
            select(t.task.c.runs).where(t.task.c.import_id == found["id"], t.task.c.step == "read")
        ).all()
    # It may be read in two ways when the first takes too long, within one claim of its task.
    assert runs == [1]
    assert found["receipt"]["pages"] == 1
    there.sound(found)


def _running(there: Installation, import_id: str) -> list[str]:
    with there.running.house.store.reading() as connection:
        return list(
            connection.scalars(
                select(t.task.c.step).where(
                    t.task.c.import_id == import_id, t.task.c.status == "running"
                )
            )
        )
