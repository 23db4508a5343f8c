"""How an import comes to its end: files become terminal one by one, the last one settles it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from domain.documents import TERMINAL_FILE, FileStatus, ImportStatus
from storage import tables as t
from storage.outbox import record_event


def finish_file(
    connection: Connection,
    now: datetime,
    file_id: str,
    status: FileStatus,
    problem: dict[str, Any] | None = None,
) -> None:
    """Make a file terminal, once; when it was the last of its import, settle the import.

    `problem` is ``{code, message, advice}`` of a rejected or failed file.
    """
    assert status in TERMINAL_FILE, status
    row = connection.execute(
        update(t.file)
        .where(t.file.c.id == file_id, t.file.c.status.not_in(TERMINAL_FILE))
        .values(status=status, problem=problem)
        .returning(t.file.c.import_id)
    ).one_or_none()
    if row is None:
        return
    connection.execute(
        update(t.imports)
        .where(t.imports.c.id == row.import_id)
        .values(files_done=t.imports.c.files_done + 1)
    )
    settle(connection, now, row.import_id)


def settle(connection: Connection, now: datetime, import_id: str) -> None:
    """Make an import ready, or failed, if all its files are terminal; harmless otherwise."""
    row = connection.execute(
        select(t.imports).where(t.imports.c.id == import_id).with_for_update()
    ).one()
    under_way = (ImportStatus.RECEIVED, ImportStatus.PROCESSING)
    if row.files_done < row.files or row.status not in under_way:
        return
    counted = connection.execute(
        select(t.file.c.status, func.count().label("files"))
        .where(t.file.c.import_id == import_id)
        .group_by(t.file.c.status)
    )
    by_status: dict[str, int] = {row.status: row.files for row in counted}
    useful = by_status.get(FileStatus.READY, 0) + by_status.get(FileStatus.DUPLICATE, 0)
    status = ImportStatus.READY if useful else ImportStatus.FAILED
    _number_in_order(connection, import_id)
    connection.execute(
        update(t.imports)
        .where(t.imports.c.id == import_id)
        .values(status=status, ready_at=now, version=t.imports.c.version + 1)
    )
    record_event(
        connection,
        now,
        organisation_id=row.organisation_id,
        who=None,
        company_id=row.company_id,
        type_=f"import.{status}",
        subject=import_id,
        data={"import_id": import_id, "name": row.name, "files": by_status},
    )


def _number_in_order(connection: Connection, import_id: str) -> None:
    """Number the groups as their pages lie: files finish in any order, people read in one."""
    first_page = (
        select(
            t.page.c.group_id,
            func.min(t.file.c.position * 1_000_000 + t.page.c.number).label("place"),
        )
        .join(t.file, t.file.c.id == t.page.c.file_id)
        .where(t.page.c.import_id == import_id, t.page.c.group_id.is_not(None))
        .group_by(t.page.c.group_id)
        .subquery()
    )
    ordered = connection.execute(
        select(t.group.c.id, t.group.c.number)
        .join(first_page, first_page.c.group_id == t.group.c.id)
        .where(t.group.c.import_id == import_id)
        .order_by(first_page.c.place)
    ).all()
    wanted = {row.id: number for number, row in enumerate(ordered, 1)}
    if all(row.number == wanted[row.id] for row in ordered):
        return
    # Two steps, through negative numbers: a number is unique at every moment.
    connection.execute(
        update(t.group).where(t.group.c.import_id == import_id).values(number=-t.group.c.number)
    )
    ids = list(wanted)
    for start in range(0, len(ids), 500):
        part = {group_id: wanted[group_id] for group_id in ids[start : start + 500]}
        connection.execute(
            update(t.group)
            .where(t.group.c.id.in_(part))
            .values(number=case(part, value=t.group.c.id))
        )
