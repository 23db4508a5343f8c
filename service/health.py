"""Is it alive, is it ready, is it late? Functions that the web mounts under /health.

*Live*: the process answers. *Ready*: the database is there and at the head, the broker and the
object store answer, each within two seconds. *Late*: ready, but work waits far beyond its time,
so relay or workers are missing; uploads are still taken and kept, so that the answer stays 200 and
the alarm is in the body and in `bannette_oldest_overdue_seconds`. What is wrong is said by name of
the part, never by address or error text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import redis
import structlog

from service.house import House
from storage.overdue import overdue
from storage.store import Store

log = structlog.get_logger()

ANSWER_WITHIN_S = 2.0
LATE_AFTER_S = 25.0
"""With the half minute a message may take, a stage that stands still is seen within a minute."""
FORGET_AFTER_S = 30.0
"""A part that hung is asked anew."""

OK = "ok"
SILENT = "does not answer"
BEHIND = "is not migrated"
NO_BUCKET = "has no bucket"


@dataclass(frozen=True, slots=True)
class Readiness:
    status: str
    """``ready``, ``late`` or ``unready``."""
    database: str
    broker: str
    objects: str
    oldest_overdue_seconds: float

    @property
    def status_code(self) -> int:
        return 503 if self.status == "unready" else 200

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def live() -> dict[str, str]:
    return {"status": "live"}


def ready(house: House) -> Readiness:
    """Ask every part at once; takes as long as the slowest, two seconds at most."""
    probes = [_probe(house, part) for part in (_database, _broker, _objects)]
    until = time.monotonic() + ANSWER_WITHIN_S
    database, broker, objects = (probe.answer(until) for probe in probes)
    if not database.says == broker.says == objects.says == OK:
        status = "unready"
    else:
        status = "late" if database.late_s > LATE_AFTER_S else "ready"
    return Readiness(status, database.says, broker.says, objects.says, database.late_s)


@dataclass(frozen=True, slots=True)
class _Answer:
    says: str
    late_s: float = 0.0


def _database(house: House) -> _Answer:
    from storage.migrate import is_current  # alembic takes a moment to import

    with house.store.reading() as connection:
        if not is_current(connection):
            return _Answer(BEHIND)
        return _Answer(OK, round(overdue(connection, house.now()).oldest_seconds, 1))


def _broker(house: House) -> _Answer:
    with redis.Redis.from_url(
        house.settings.resolved_redis_url,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=ANSWER_WITHIN_S,
    ) as client:
        client.ping()
    return _Answer(OK)


def _objects(house: House) -> _Answer:
    there = house.objects.client.bucket_exists(house.objects.bucket)
    return _Answer(OK if there else NO_BUCKET)


class _Probe:
    """A question asked in a thread of its own, because a part that hangs cannot be interrupted."""

    def __init__(self, house: House, part: Callable[[House], _Answer]) -> None:
        self.began = time.monotonic()
        self.found = _Answer(SILENT)
        self.done = threading.Event()
        self.house = house
        self.part = part
        threading.Thread(target=self._run, name=f"health{part.__name__}", daemon=True).start()

    def answer(self, until: float) -> _Answer:
        self.done.wait(max(until - time.monotonic(), 0))
        return self.found

    def _run(self) -> None:
        try:
            self.found = self.part(self.house)
        except Exception as error:  # noqa: BLE001 - whatever is wrong, the part cannot be used
            log.warning("health.failed", part=self.part.__name__.strip("_"), error=repr(error))
        finally:
            self.done.set()


_under_way: dict[tuple[Store, str], _Probe] = {}
_lock = threading.Lock()


def _probe(house: House, part: Callable[[House], _Answer]) -> _Probe:
    """The probe that is under way, so that asking often does not pile up threads; or a new one."""
    key = (house.store, part.__name__)
    with _lock:
        probe = _under_way.get(key)
        if probe is None or probe.done.is_set() or time.monotonic() - probe.began > FORGET_AFTER_S:
            probe = _under_way[key] = _Probe(house, part)
        return probe
