"""Work under way: whatever is not at its end has somebody who will look at it, and soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, func, or_, select

from domain.documents import TERMINAL_FILE, ImportStatus
from domain.emails import UNDER_WAY as UNSENT
from storage import tables as t
from storage.invariants.violation import Violation, rows
from storage.overdue import OPEN_DELIVERY, OPEN_TASK

PATIENCE = timedelta(minutes=2)
UNDER_WAY = (ImportStatus.RECEIVED, ImportStatus.PROCESSING)


def nothing_is_forgotten(connection: Connection) -> Iterator[Violation]:
    file, task, imports = t.file.c, t.task.c, t.imports.c
    is_open = task.status.in_(OPEN_TASK)
    of_file = (
        select(task.file_id, func.count().label("tasks"))
        .where(is_open, task.file_id.is_not(None))
        .group_by(task.file_id)
        .subquery()
    )
    tasks = func.coalesce(of_file.c.tasks, 0)
    for row in rows(
        connection,
        select(file.id, file.status, file.tasks_open, tasks.label("tasks"))
        .join(t.imports, imports.id == file.import_id)
        .outerjoin(of_file, of_file.c.file_id == file.id)
        .where(
            file.status.not_in(TERMINAL_FILE),
            imports.deleted_at.is_(None),
            or_(tasks == 0, tasks != file.tasks_open),
        ),
    ):
        yield Violation(
            8, f"{row.status}, {row.tasks} tasks under way, {row.tasks_open} counted", row.id
        )
    done = (
        select(file.import_id, func.count().label("files"))
        .where(file.status.in_(TERMINAL_FILE))
        .group_by(file.import_id)
        .subquery()
    )
    files_done = func.coalesce(done.c.files, 0)
    for row in rows(
        connection,
        select(imports.id, imports.status, imports.files, imports.files_done, files_done.label("n"))
        .outerjoin(done, done.c.import_id == imports.id)
        .where(
            imports.deleted_at.is_(None),
            or_(
                imports.files_done != files_done,
                imports.status.in_(UNDER_WAY) & (files_done >= imports.files),
            ),
        ),
    ):
        yield Violation(
            8,
            f"{row.status}, {row.n} of {row.files} files at their end, {row.files_done} counted",
            row.id,
        )
    for document_id in connection.scalars(
        select(t.document.c.id).where(
            t.document.c.pdf_key.is_(None),
            t.document.c.withdrawn_at.is_(None),
            ~exists().where(
                task.subject == t.document.c.id, task.step == "assemble", task.status != "done"
            ),
        )
    ):
        yield Violation(8, "has no PDF, and nobody makes it", document_id)
    for group_id in connection.scalars(
        select(t.group.c.id)
        .join(t.imports, imports.id == t.group.c.import_id)
        .where(
            t.group.c.reading.is_(None),
            imports.status.in_((ImportStatus.READY, ImportStatus.VALIDATED)),
            imports.deleted_at.is_(None),
            ~exists().where(is_open, task.subject == t.group.c.id),
        )
    ):
        yield Violation(8, "was never understood, and nobody reads it again", group_id)
    for row in rows(
        connection,
        select(task.id, task.step, task.status).where(is_open, task.next_action_at.is_(None)),
    ):
        yield Violation(8, f"{row.step} {row.status}, to be looked at never", row.id)
    for row in rows(
        connection,
        select(t.delivery.c.id, t.delivery.c.status).where(
            t.delivery.c.status.in_(OPEN_DELIVERY), t.delivery.c.next_action_at.is_(None)
        ),
    ):
        yield Violation(8, f"{row.status}, to be looked at never", row.id)
    for row in rows(
        connection,
        select(t.email.c.id, t.email.c.status).where(
            t.email.c.status.in_(UNSENT), t.email.c.next_action_at.is_(None)
        ),
    ):
        yield Violation(8, f"e-mail {row.status}, to be looked at never", row.id)


def nothing_is_overdue(connection: Connection, now: datetime) -> Iterator[Violation]:
    task = t.task.c
    for row in rows(
        connection,
        select(task.id, task.step, task.status, task.next_action_at).where(
            task.status.in_(OPEN_TASK), task.next_action_at < now - PATIENCE
        ),
    ):
        late = int((now - row.next_action_at).total_seconds())
        yield Violation(8, f"{row.step} {row.status}, overdue by {late} s", row.id)
    for row in rows(
        connection,
        select(t.outbox.c.id, t.outbox.c.actor, t.outbox.c.created_at).where(
            t.outbox.c.sent_at.is_(None), t.outbox.c.created_at < now - PATIENCE
        ),
    ):
        late = int((now - row.created_at).total_seconds())
        yield Violation(8, f"message to {row.actor} unsent for {late} s", row.id)
