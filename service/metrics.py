"""Metrics: what Prometheus asks for at /metrics.

Counts of work come from the database at the moment they are asked for, so that they are the same
whichever web process answers and survive every restart; requests are counted by the process itself.
Labels are words of ours (statuses, steps, routes), never a name, an id or a path from outside, so
that there is a bounded number of them and nothing about a tenant in any.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Column, Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from domain.corrections import FIELDS
from service.house import House
from storage import tables as t
from storage.overdue import overdue
from storage.store import Store

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEEP_S = 5.0
"""Counting is not free on millions of rows; within this time the last counts are given again."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
ROUTES_AT_MOST = 300

_registry = CollectorRegistry()
_requests = Counter(
    "bannette_requests",
    "Requests answered, by route and status.",
    ("method", "route", "status"),
    registry=_registry,
)
_latency = Histogram(
    "bannette_request_seconds",
    "Time to answer a request.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
    registry=_registry,
)
_routes: set[str] = set()


def count_request(method: str, route: str | None, status_code: int, took_s: float) -> None:
    """Count an answered request. `route` is the pattern that matched (``/imports/{id}``), not the
    path that was asked for; None when none did.
    """
    method = method if method in METHODS else OTHER
    route = route or OTHER
    if route not in _routes:
        if len(_routes) >= ROUTES_AT_MOST:
            route = OTHER
        _routes.add(route)
    _requests.labels(method, route, str(status_code)).inc()
    _latency.labels(method, route).observe(took_s)


def render(house: House) -> bytes:
    """Everything, in the text format of Prometheus. When the database does not answer, the
    requests of this process alone, and `bannette_database_up 0`.
    """
    registry = CollectorRegistry()
    registry.register(_Families(_recent_counts(house)))
    return generate_latest(_registry) + generate_latest(registry)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the database says."""

    imports: dict[tuple[str, ...], int]
    files: dict[tuple[str, ...], int]
    documents: dict[tuple[str, ...], int]
    tasks: dict[tuple[str, ...], int]
    deliveries: dict[tuple[str, ...], int]
    free_truth: dict[tuple[str, ...], int]
    """Fields that XML or a payment code told, by source, field and how the pages compared."""
    messages_waiting: int
    tasks_overdue_seconds: float
    messages_overdue_seconds: float
    deliveries_overdue_seconds: float
    oldest_delivery_seconds: float
    """Age of the oldest delivery that is not delivered and not given up."""


def count(connection: Connection, house: House) -> Counts:
    def by(*columns: Column[str], where: object = None) -> dict[tuple[str, ...], int]:
        query = select(*columns, func.count()).group_by(*columns)
        if where is not None:
            query = query.where(where)  # type: ignore[arg-type]  # a column expression
        return {tuple(words): number for *words, number in connection.execute(query)}

    now = house.now()
    late = overdue(connection, now)
    oldest = connection.scalar(
        select(func.min(t.delivery.c.created_at)).where(
            t.delivery.c.status.in_(("waiting", "queued", "running"))
        )
    )
    return Counts(
        imports=by(t.imports.c.status, where=t.imports.c.deleted_at.is_(None)),
        files=by(t.file.c.status),
        documents=by(t.document.c.status, where=t.document.c.withdrawn_at.is_(None)),
        # Done tasks are history; counting them would read every one there ever was.
        tasks=by(t.task.c.step, t.task.c.status, where=t.task.c.status != "done"),
        deliveries=by(t.delivery.c.status),
        free_truth=_free_truth(connection),
        messages_waiting=connection.scalar(
            select(func.count()).select_from(t.outbox).where(t.outbox.c.sent_at.is_(None))
        )
        or 0,
        tasks_overdue_seconds=late.tasks_seconds,
        messages_overdue_seconds=late.messages_seconds,
        deliveries_overdue_seconds=late.deliveries_seconds,
        oldest_delivery_seconds=(now - oldest).total_seconds() if oldest else 0.0,
    )


def _free_truth(connection: Connection) -> dict[tuple[str, ...], int]:
    score = t.reader_score.c
    outcomes = (score.agreed, score.differed, score.missed)
    rows = connection.execute(
        select(score.source, score.field, *(func.sum(each).label(each.name) for each in outcomes))
        .where(score.field.in_(FIELDS))
        .group_by(score.source, score.field)
    )
    return {
        (row.source, row.field, each.name): int(getattr(row, each.name))
        for row in rows
        for each in outcomes
    }


_kept: WeakKeyDictionary[Store, tuple[float, Counts]] = WeakKeyDictionary()
_lock = threading.Lock()


def _recent_counts(house: House) -> Counts | None:
    if not _lock.acquire(timeout=2):
        return None  # whoever counts waits for the database
    try:
        kept = _kept.get(house.store)
        if kept and time.monotonic() - kept[0] < KEEP_S:
            return kept[1]
        with house.store.reading() as connection:
            counts = count(connection, house)
        _kept[house.store] = (time.monotonic(), counts)
    except SQLAlchemyError:
        return None
    else:
        return counts
    finally:
        _lock.release()


class _Families(Collector):
    """`Counts` as Prometheus wants to see them."""

    def __init__(self, counts: Counts | None) -> None:
        self.counts = counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge(
            "bannette_database_up", "Whether the database answers.", int(bool(self.counts))
        )
        if self.counts is None:
            return
        counts = self.counts
        for name, help_, labels, values in (
            ("bannette_imports", "Imports by status.", ("status",), counts.imports),
            ("bannette_files", "Files by status.", ("status",), counts.files),
            ("bannette_documents", "Documents by status.", ("status",), counts.documents),
            (
                "bannette_tasks",
                "Tasks that are not done, by step and status.",
                ("step", "status"),
                counts.tasks,
            ),
            ("bannette_deliveries", "Webhooks by status.", ("status",), counts.deliveries),
            (
                "bannette_free_truth_fields",
                "What pages alone would have told, against their XML (xml) or payment code (qr).",
                ("source", "field", "outcome"),
                counts.free_truth,
            ),
        ):
            family = GaugeMetricFamily(name, help_, labels=labels)
            for words, number in sorted(values.items()):
                family.add_metric(words, number)
            yield family
        yield _gauge(
            "bannette_outbox_waiting",
            "Messages promised and not yet sent to the broker.",
            counts.messages_waiting,
        )
        late = GaugeMetricFamily(
            "bannette_oldest_overdue_seconds",
            "By how long the oldest work is late; alarm above 25.",
            labels=("of",),
        )
        late.add_metric(("tasks",), counts.tasks_overdue_seconds)
        late.add_metric(("messages",), counts.messages_overdue_seconds)
        late.add_metric(("deliveries",), counts.deliveries_overdue_seconds)
        yield late
        yield _gauge(
            "bannette_oldest_waiting_delivery_seconds",
            "Age of the oldest webhook that is neither delivered nor given up.",
            counts.oldest_delivery_seconds,
        )


def _gauge(name: str, help_: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_, value=value)
