"""Intake: what was uploaded becomes an import, its files, and the work to do on them.

The bytes are in the object store before this is called (`service.uploads` streams them there);
the answer 202 goes out after this transaction is committed. A crash in between leaves objects that
nothing points at, never a row that points at nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.documents import TERMINAL_FILE, FileStatus, ImportStatus
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations import companies, quotas
from service.operations.progress import settle
from storage import tables as t
from storage import tasks
from storage.outbox import record_action, record_event
from storage.visibility import within

REFUSED_AT_THE_DOOR = (FileStatus.REJECTED, FileStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file whose bytes have come in. `problem` says why it cannot be taken: then `object_key`
    is empty, for nothing of it is kept.
    """

    id: str
    name: str
    bytes: int
    sha256: str
    object_key: str
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """`kept` are the object keys that rows now point at; the uploader removes the others."""

    import_id: str
    kept: frozenset[str]


def windows(house: House) -> tasks.Windows:
    return tasks.Windows(house.settings.import_window, house.settings.organisation_window)


def may_upload(house: House, who: Who, company_id: str | None, announced_bytes: int) -> None:
    """Say no before the first byte is taken, where we can."""
    who.must(Scope.IMPORTS_WRITE)
    with house.store.reading() as connection:
        if company_id:
            companies.find(connection, who, company_id)
        today = connection.execute(
            select(t.usage.c.pages, t.usage.c.bytes).where(
                t.usage.c.organisation_id == who.organisation_id,
                t.usage.c.day == house.now().date(),
            )
        ).one_or_none()
    pages, used = (today.pages, today.bytes) if today else (0, 0)
    quotas.within(house, pages, used + announced_bytes)


def receive(
    house: House,
    who: Who,
    files: Sequence[Arrived],
    *,
    company_id: str | None = None,
    name: str = "",
    allow_duplicates: bool = False,
    idempotency_key: str | None = None,
) -> Received:
    """The import of `files`, with a task for each that is to be read."""
    who.must(Scope.IMPORTS_WRITE)
    if not files:
        raise Invalid(
            "There was no file in this request.",
            code="no_file",
            advice="Send multipart/form-data with at least one file, or the bytes of one file.",
        )
    now = house.now()
    import_id = new_id("imp")
    same = _fingerprint(files, company_id, name, allow_duplicates)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        if idempotency_key:
            earlier = _claim_key(connection, now, who, idempotency_key, same, import_id)
            if earlier:
                return Received(earlier, frozenset())
        # Two uploads of the same bytes at once: the second waits here and sees the first.
        companies.find(connection, who, company.id, lock=True)
        connection.execute(
            insert(t.imports).values(
                id=import_id,
                organisation_id=who.organisation_id,
                company_id=company.id,
                name=(" ".join(name.split()) or files[0].name)[:300],
                status=ImportStatus.RECEIVED,
                files=len(files),
                created_by=who.id,
                allow_duplicates=allow_duplicates,
                created_at=now,
            )
        )
        kept, done = set(), 0
        first_of: dict[str, tuple[str, str]] = {}
        for position, arrived in enumerate(files):
            status, first = FileStatus.RECEIVED, None
            if arrived.problem:
                status = FileStatus.REJECTED
            elif not allow_duplicates:
                first = first_of.get(arrived.sha256) or same_bytes(
                    connection, company.id, arrived.sha256, arrived.bytes
                )
                if first:
                    status = FileStatus.DUPLICATE
            key = first[1] if first else arrived.object_key
            connection.execute(
                insert(t.file).values(
                    id=arrived.id,
                    organisation_id=who.organisation_id,
                    import_id=import_id,
                    position=position,
                    name=arrived.name,
                    sha256=arrived.sha256,
                    bytes=arrived.bytes,
                    status=status,
                    problem=arrived.problem,
                    duplicate_of_file_id=first[0] if first else None,
                    object_key=key,
                    created_at=now,
                )
            )
            if status is FileStatus.RECEIVED:
                kept.add(key)
                first_of[arrived.sha256] = (arrived.id, key)
                _open_task(connection, now, who, import_id, arrived.id)
            else:
                done += 1
        connection.execute(
            update(t.imports).where(t.imports.c.id == import_id).values(files_done=done)
        )
        size = sum(f.bytes for f in files)
        used = quotas.used_after(connection, who.organisation_id, now.date(), size=size)
        quotas.within(house, used.pages, used.bytes)
        record_event(
            connection,
            now,
            organisation_id=who.organisation_id,
            who=who,
            company_id=company.id,
            type_="import.received",
            subject=import_id,
            data={"import_id": import_id, "name": name, "files": len(files)},
        )
        tasks.promote(connection, now, import_id, windows(house))
        settle(connection, now, import_id)
    return Received(import_id, frozenset(kept))


def import_anyway(house: House, who: Who, import_id: str, file_id: str) -> None:
    """Read a file that was recognised as a duplicate. Asking twice reads it once."""
    who.must(Scope.IMPORTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        opened = _reopenable(connection, who, import_id)
        row = _file(connection, who, import_id, file_id)
        if row.duplicate_of_file_id is None:
            raise Conflict("This file is not a duplicate.", code="not_a_duplicate")
        if row.status == FileStatus.DUPLICATE:
            _read_again(house, connection, now, who, import_id, [file_id])
            record_action(
                connection,
                now,
                who,
                "import.duplicate_read",
                import_id,
                company_id=opened.company_id,
                file_id=file_id,
            )


def retry(house: House, who: Who, import_id: str, file_ids: Sequence[str] | None = None) -> None:
    """Read failed and rejected files again, all of them or those named."""
    who.must(Scope.IMPORTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        opened = _reopenable(connection, who, import_id)
        for file_id in file_ids or ():
            _file(connection, who, import_id, file_id)
        query = select(t.file.c.id).where(
            t.file.c.import_id == import_id,
            t.file.c.organisation_id == who.organisation_id,
            t.file.c.status.in_(REFUSED_AT_THE_DOOR),
            t.file.c.object_key != "",
        )
        if file_ids:
            query = query.where(t.file.c.id.in_(file_ids))
        again = list(connection.scalars(query))
        if not again:
            raise Conflict(
                "There is no file here that could be read again.",
                code="nothing_to_retry",
                advice="A file that was empty or too large is not kept: upload it again.",
            )
        _read_again(house, connection, now, who, import_id, again)
        record_action(
            connection,
            now,
            who,
            "import.retried",
            import_id,
            company_id=opened.company_id,
            files=len(again),
        )


def delete(house: House, who: Who, import_id: str) -> None:
    """Take an import out of sight and stop its work; refused once it has become documents."""
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, import_id, lock=True)
        if connection.scalar(
            select(func.count())
            .select_from(t.document)
            .where(t.document.c.import_id == import_id, t.document.c.withdrawn_at.is_(None))
        ):
            raise Conflict(
                "This import was validated: its pages are in documents.",
                code="import_validated",
                advice="Documents stay; correct them, or reverse their entries.",
            )
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == row.id)
            .values(deleted_at=house.now(), version=row.version + 1)
        )
        tasks.cancel(connection, import_id)
        record_action(
            connection, house.now(), who, "import.deleted", row.id, company_id=row.company_id
        )


def restore(house: House, who: Who, import_id: str) -> None:
    """Bring a deleted import back; files that were being read are read again."""
    who.must(Scope.IMPORTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        row = find(connection, who, import_id, lock=True, deleted=True)
        if row.deleted_at is None:
            return
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == row.id)
            .values(deleted_at=None, version=row.version + 1)
        )
        record_action(connection, now, who, "import.restored", row.id, company_id=row.company_id)
        cut_short = connection.scalars(
            select(t.file.c.id).where(
                t.file.c.import_id == row.id, t.file.c.status.not_in(TERMINAL_FILE)
            )
        ).all()
        if cut_short:
            _read_again(house, connection, now, who, import_id, list(cut_short))


def find(
    connection: Connection,
    who: Who,
    import_id: str,
    *,
    lock: bool = False,
    deleted: bool = False,
) -> Row[Any]:
    """The import's row; NotFound when they may not see it or, unless asked for, it is deleted."""
    query = select(t.imports).where(t.imports.c.id == import_id, within(who, t.imports))
    if not deleted:
        query = query.where(t.imports.c.deleted_at.is_(None))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such import.")
    return row


def _reopenable(connection: Connection, who: Who, import_id: str) -> Row[Any]:
    row = find(connection, who, import_id, lock=True)
    if row.status == ImportStatus.VALIDATED:
        raise Conflict(
            "This import was validated.",
            code="import_validated",
            advice="Upload the file again; `allow_duplicates` takes it although it is known.",
        )
    return row


def _file(connection: Connection, who: Who, import_id: str, file_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.file).where(
            t.file.c.id == file_id,
            t.file.c.import_id == import_id,
            t.file.c.organisation_id == who.organisation_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such file in this import.")
    return row


def same_bytes(
    connection: Connection, company_id: str, sha256: str, size: int
) -> tuple[str, str] | None:
    """The first file with these bytes that the company's imports hold, and its object's key."""
    row = connection.execute(
        select(t.file.c.id, t.file.c.object_key)
        .join(t.imports, t.imports.c.id == t.file.c.import_id)
        .where(
            t.imports.c.company_id == company_id,
            t.imports.c.deleted_at.is_(None),
            t.file.c.organisation_id == t.imports.c.organisation_id,
            t.file.c.sha256 == sha256,
            t.file.c.bytes == size,
            t.file.c.status.not_in((*REFUSED_AT_THE_DOOR, FileStatus.DUPLICATE)),
        )
        .order_by(t.file.c.id)
        .limit(1)
    ).one_or_none()
    return (row.id, row.object_key) if row else None


def _open_task(
    connection: Connection, now: datetime, who: Who, import_id: str, file_id: str
) -> None:
    tasks.add(
        connection,
        now,
        organisation_id=who.organisation_id,
        import_id=import_id,
        file_id=file_id,
        step="open",
    )
    connection.execute(update(t.file).where(t.file.c.id == file_id).values(tasks_open=1))


def _read_again(
    house: House,
    connection: Connection,
    now: datetime,
    who: Who,
    import_id: str,
    file_ids: Sequence[str],
) -> None:
    """Back to the beginning of the pipeline, with the import under way again."""
    for file_id in file_ids:
        connection.execute(
            update(t.file)
            .where(t.file.c.id == file_id)
            .values(status=FileStatus.RECEIVED, problem=None, pages_done=0)
        )
        _open_task(connection, now, who, import_id, file_id)
    connection.execute(
        update(t.imports)
        .where(t.imports.c.id == import_id)
        .values(
            status=ImportStatus.PROCESSING,
            files_done=t.imports.c.files_done - len(file_ids),
            version=t.imports.c.version + 1,
        )
    )
    tasks.promote(connection, now, import_id, windows(house))


# --- the same request twice ----------------------------------------------------------------------


def _fingerprint(
    files: Sequence[Arrived], company_id: str | None, name: str, allow_duplicates: bool
) -> str:
    """What makes two uploads the same request: known only when the bytes have come."""
    what = [company_id, name, allow_duplicates, [(f.name, f.bytes, f.sha256) for f in files]]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


def _claim_key(
    connection: Connection, now: datetime, who: Who, key: str, same: str, import_id: str
) -> str | None:
    """The import this key already made, or None when it is ours now: with this transaction."""
    route = "POST /api/v1/imports"
    try:
        with connection.begin_nested():
            connection.execute(
                insert(t.idempotency_key).values(
                    organisation_id=who.organisation_id,
                    route=route,
                    key=key,
                    request_hash=same,
                    status_code=202,
                    response={"import_id": import_id},
                    created_at=now,
                )
            )
    except IntegrityError:
        row = connection.execute(
            select(t.idempotency_key).where(
                t.idempotency_key.c.organisation_id == who.organisation_id,
                t.idempotency_key.c.route == route,
                t.idempotency_key.c.key == key,
            )
        ).one()
        if row.request_hash != same:
            raise Conflict(
                "This Idempotency-Key was used for another upload.",
                code="idempotency_key_reused",
                advice="Use a new key for a new upload.",
            ) from None
        return str(row.response["import_id"])
    return None
