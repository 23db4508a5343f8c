"""Tasks: the work under way, as rows.

A message in the broker is only a hint that a row wants attention; losing or repeating it is
harmless. A task is claimed by one conditional update, which counts the attempt before the
dangerous work begins. Whatever a worker writes for a task it writes under its lease: a worker that
was given up for dead, and lives, finds its lease gone and changes nothing.

    waiting ──promote──▶ queued ──claim──▶ running ──complete──▶ done
       ▲                    ▲                 │ ├──yield_rest──▶ waiting
       │                    └───── sweep ─────┘ └──fail────────▶ failed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, literal, or_, select, update

from domain.ids import new_id
from storage import tables as t
from storage.outbox import promise, promise_each

IN_BROKER = ("queued", "running")
PATIENCE = timedelta(seconds=30)
"""How long a message may take to be picked up before it is thought lost and sent again."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How many tasks may be in the broker at once; the rest wait in the table."""

    of_import: int
    of_organisation: int


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed task. `attempts` counts this one and those before it that made no progress."""

    id: str
    organisation_id: str
    import_id: str | None
    """None for what is done for a whole organisation."""
    file_id: str | None
    subject: str | None
    step: str
    first: int
    last: int
    attempts: int
    lease: str


class LeaseLost(Exception):  # noqa: N818 - nothing went wrong: somebody else has the work
    """The task was given to another worker, or its import was deleted; stop and write nothing."""


def add(
    connection: Connection,
    now: datetime,
    *,
    organisation_id: str,
    import_id: str,
    step: str,
    file_id: str | None = None,
    subject: str | None = None,
    first: int = 0,
    last: int = 0,
) -> str:
    """Write a task that waits for its turn; `promote` sends it.

    `first` and `last` are a half-open range of the file's pages or groups; `subject` is the id of
    the group or document that a step without a file is about.
    """
    task_id = new_id("tsk")
    connection.execute(
        insert(t.task).values(
            id=task_id,
            organisation_id=organisation_id,
            import_id=import_id,
            file_id=file_id,
            subject=subject,
            step=step,
            first=first,
            last=last,
            status="waiting",
            next_action_at=now + PATIENCE,
            created_at=now,
        )
    )
    return task_id


def request(
    connection: Connection, now: datetime, *, organisation_id: str, step: str, subject: str
) -> str:
    """Write a task that belongs to no import and send it at once."""
    (task_id,) = request_each(
        connection, now, organisation_id=organisation_id, step=step, subjects=[subject]
    )
    return task_id


def request_each(
    connection: Connection,
    now: datetime,
    *,
    organisation_id: str,
    step: str,
    subjects: Sequence[str],
) -> list[str]:
    """`request` for many subjects, in their order; the ids of the tasks."""
    rows = [
        {
            "id": new_id("tsk"),
            "organisation_id": organisation_id,
            "subject": subject,
            "step": step,
            "first": 0,
            "last": 0,
            "status": "queued",
            "next_action_at": now + PATIENCE,
            "queued_at": now,
            "created_at": now,
        }
        for subject in subjects
    ]
    if rows:
        connection.execute(insert(t.task), rows)
        promise_each(connection, now, f"pipeline.{step}", [{"task_id": row["id"]} for row in rows])
    return [str(row["id"]) for row in rows]


def promote(connection: Connection, now: datetime, import_id: str, windows: Windows) -> int:
    """Queue as many waiting tasks of an import as its window, and its organisation's, allow.

    Short steps first, then in the order they were written. Returns how many were queued.
    """
    organisation_id = connection.scalar(
        select(t.imports.c.organisation_id).where(t.imports.c.id == import_id)
    )
    if organisation_id is None:
        return 0
    of_import, of_organisation = connection.execute(
        select(func.count().filter(t.task.c.import_id == import_id), func.count()).where(
            t.task.c.organisation_id == organisation_id, t.task.c.status.in_(IN_BROKER)
        )
    ).one()
    room = min(windows.of_import - of_import, windows.of_organisation - of_organisation)
    if room <= 0:
        return 0
    chosen = connection.execute(
        select(t.task.c.id, t.task.c.step)
        .where(t.task.c.import_id == import_id, t.task.c.status == "waiting")
        .order_by(t.task.c.step.in_(("open", "read")), t.task.c.id)
        .limit(room)
        .with_for_update(skip_locked=True)
    ).all()
    for task_id, step in chosen:
        _queue(connection, now, task_id, step)
    return len(chosen)


def _queue(connection: Connection, now: datetime, task_id: str, step: str) -> None:
    connection.execute(
        update(t.task)
        .where(t.task.c.id == task_id)
        .values(
            status="queued",
            lease=None,
            next_action_at=now + PATIENCE,
            queued_at=func.coalesce(t.task.c.queued_at, literal(now, t.Moment)),
        )
    )
    promise(connection, now, f"pipeline.{step}", task_id=task_id)


def claim(connection: Connection, now: datetime, task_id: str, lease_seconds: int) -> Task | None:
    """Take a task if it is free: queued, or running under a lease that has run out."""
    c = t.task.c
    row = connection.execute(
        update(t.task)
        .where(
            c.id == task_id,
            or_(c.status == "queued", and_(c.status == "running", c.next_action_at < now)),
        )
        .values(
            status="running",
            attempts=c.attempts + 1,
            runs=c.runs + 1,
            lease=new_id("lse"),
            next_action_at=now + timedelta(seconds=lease_seconds),
            queued_at=None,
        )
        .returning(
            c.id,
            c.organisation_id,
            c.import_id,
            c.file_id,
            c.subject,
            c.step,
            c.first,
            c.last,
            c.attempts,
            c.lease,
        )
    ).one_or_none()
    return Task(*row) if row else None


def hold(
    connection: Connection, now: datetime, task: Task, lease_seconds: int, *, progress: bool = False
) -> None:
    """Prolong the lease; LeaseLost when it is no longer ours. `progress` forgives past attempts."""
    values: dict[str, Any] = {"next_action_at": now + timedelta(seconds=lease_seconds)}
    if progress:
        values["attempts"] = 1
    _change(connection, task, values)


def complete(connection: Connection, task: Task) -> bool:
    """Close the task; True when it was the last open one of its file's step."""
    _change(connection, task, {"status": "done", "lease": None, "next_action_at": None})
    return _close(connection, task)


def fail(connection: Connection, task: Task, problem: dict[str, Any]) -> bool:
    """Give the task up, with its reason; True when it was the last open one of its file's step."""
    _change(
        connection,
        task,
        {"status": "failed", "lease": None, "next_action_at": None, "problem": problem},
    )
    return _close(connection, task)


def yield_rest(connection: Connection, now: datetime, task: Task) -> None:
    """Put a task back in line: its time slice is over, or the worker is stopping."""
    _change(
        connection,
        task,
        {"status": "waiting", "lease": None, "attempts": 0, "next_action_at": now + PATIENCE},
    )


def _change(connection: Connection, task: Task, values: dict[str, Any]) -> None:
    changed = connection.execute(
        update(t.task)
        .where(t.task.c.id == task.id, t.task.c.status == "running", t.task.c.lease == task.lease)
        .values(**values)
    ).rowcount
    if changed != 1:
        raise LeaseLost(task.id)


def _close(connection: Connection, task: Task) -> bool:
    if task.file_id is None:
        return False
    # One statement counts and tells: two last tasks finishing together cannot both see others.
    left: int | None = connection.scalar(
        update(t.file)
        .where(t.file.c.id == task.file_id)
        .values(tasks_open=t.file.c.tasks_open - 1)
        .returning(t.file.c.tasks_open)
    )
    return left == 0


def sweep(connection: Connection, now: datetime, windows: Windows, limit: int = 200) -> int:
    """Ask again for work that stopped moving; returns how many tasks were touched.

    A running task whose lease ran out lost its worker; a queued one nobody took lost its message; a
    waiting one may have room. Asking once too often costs one refused claim.
    """
    touched = 0
    overdue = connection.execute(
        select(t.task.c.id, t.task.c.step)
        .where(t.task.c.status.in_(IN_BROKER), t.task.c.next_action_at < now)
        .order_by(t.task.c.next_action_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for task_id, step in overdue:
        _queue(connection, now, task_id, step)
        touched += 1
    stalled = connection.scalars(
        select(t.task.c.import_id)
        .where(
            t.task.c.status == "waiting",
            t.task.c.next_action_at < now,
            t.task.c.import_id.is_not(None),
        )
        .distinct()
        .limit(limit)
    ).all()
    for import_id in stalled:
        touched += promote(connection, now, import_id, windows)
        connection.execute(
            update(t.task)
            .where(t.task.c.import_id == import_id, t.task.c.status == "waiting")
            .values(next_action_at=now + PATIENCE)
        )
    return touched


def cancel(connection: Connection, import_id: str) -> None:
    """Forget what was still to do for an import; workers that hold a task lose their lease."""
    connection.execute(
        update(t.task)
        .where(t.task.c.import_id == import_id, t.task.c.status.in_(("waiting", *IN_BROKER)))
        .values(status="failed", lease=None, next_action_at=None, problem={"code": "cancelled"})
    )
