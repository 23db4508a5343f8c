"""How long the oldest work has waited beyond its time: nothing may wait in silence.

Everything under way carries the moment at which somebody must look at it again. When that moment is
long past, whoever should have looked (relay, sweeper) is not there. A task that the sweeper asks
for again and again, while none of its kind is worked on, has no workers. Retries planned for later
are not overdue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from storage import tables as t

OPEN_TASK = ("waiting", "queued", "running")
OPEN_DELIVERY = ("waiting", "queued", "running")
READERS = ("open", "read", "assemble")
"""Steps done by the workers that open files; other workers do the rest."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Seconds by which the oldest of each kind is late; 0 when none is."""

    tasks_seconds: float
    messages_seconds: float
    """Promised in the outbox and not sent."""
    deliveries_seconds: float
    """Webhooks whose next attempt is due. A slow receiver may be the reason."""

    @property
    def oldest_seconds(self) -> float:
        """Of what is our own to move: tasks and messages."""
        return max(self.tasks_seconds, self.messages_seconds)


def overdue(connection: Connection, now: datetime) -> Overdue:
    """A few small queries on indexes."""

    def late(query: Select[Any]) -> float:
        oldest: datetime | None = connection.scalar(query)
        return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0

    # A row without a moment would never be looked at: it has been late since it was written.
    task_due = func.coalesce(t.task.c.next_action_at, t.task.c.created_at, type_=t.Moment)
    delivery_due = func.coalesce(
        t.delivery.c.next_action_at, t.delivery.c.created_at, type_=t.Moment
    )

    def unclaimed(is_theirs: ColumnElement[bool]) -> float:
        # Behind others that are worked on, a task waits its turn, and that may take long.
        worked_on = exists().where(
            t.task.c.status == "running", t.task.c.next_action_at >= now, is_theirs
        )
        oldest = func.min(t.task.c.queued_at, type_=t.Moment)
        return late(select(oldest).where(t.task.c.status == "queued", is_theirs, ~worked_on))

    by_readers = t.task.c.step.in_(READERS)
    return Overdue(
        tasks_seconds=max(
            late(select(func.min(task_due)).where(t.task.c.status.in_(OPEN_TASK))),
            unclaimed(by_readers),
            unclaimed(~by_readers),
        ),
        messages_seconds=late(
            select(func.min(t.outbox.c.created_at)).where(t.outbox.c.sent_at.is_(None))
        ),
        deliveries_seconds=late(
            select(func.min(delivery_due)).where(t.delivery.c.status.in_(OPEN_DELIVERY))
        ),
    )
