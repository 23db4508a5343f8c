"""What a file turns out to hold: pages of its own, or other files.

Archives lie in archives; the limits of one are the limits of all that came out of the first, so
that small bombs cannot add up to a large one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.documents import FileStatus
from domain.errors import TooLarge
from domain.ids import new_id
from models.opening import Member, PageSize
from service.house import House
from service.operations import intake, quotas
from storage import tables as t
from storage import tasks
from storage.objects import Stored


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that came out of another, already in the object store under its new id."""

    id: str
    name: str
    stored: Stored


def store_members(house: House, organisation_id: str, members: Sequence[Member]) -> list[Arrival]:
    arrivals = []
    for member in members:
        file_id = new_id("fil")
        key = f"{organisation_id}/files/{file_id}"
        arrivals.append(Arrival(file_id, member.name, house.objects.put_file(key, member.path)))
    return arrivals


def admit(
    connection: Connection, house: House, parent_id: str, arrivals: Sequence[Arrival]
) -> None:
    """Write the members of an archive or mail down as files, and ask for each to be opened."""
    now = house.now()
    parent = connection.execute(select(t.file).where(t.file.c.id == parent_id)).one()
    import_row = connection.execute(
        select(t.imports).where(t.imports.c.id == parent.import_id).with_for_update()
    ).one()
    _within_limits(connection, house, parent, arrivals)
    position = connection.scalar(
        select(func.max(t.file.c.position)).where(t.file.c.import_id == parent.import_id)
    )
    done = 0
    for place, arrival in enumerate(arrivals, (position or 0) + 1):
        twin = None
        if not import_row.allow_duplicates:
            twin = intake.same_bytes(
                connection, import_row.company_id, arrival.stored.sha256, arrival.stored.bytes
            )
        done += twin is not None
        connection.execute(
            insert(t.file).values(
                id=arrival.id,
                organisation_id=parent.organisation_id,
                import_id=parent.import_id,
                parent_file_id=parent.id,
                depth=parent.depth + 1,
                position=place,
                name=arrival.name[:300],
                sha256=arrival.stored.sha256,
                bytes=arrival.stored.bytes,
                status=FileStatus.DUPLICATE if twin else FileStatus.RECEIVED,
                duplicate_of_file_id=twin[0] if twin else None,
                object_key=arrival.stored.key,
                tasks_open=0 if twin else 1,
                created_at=now,
            )
        )
        if twin is None:
            tasks.add(
                connection,
                now,
                organisation_id=parent.organisation_id,
                import_id=parent.import_id,
                file_id=arrival.id,
                step="open",
            )
    connection.execute(
        update(t.imports)
        .where(t.imports.c.id == parent.import_id)
        .values(files=t.imports.c.files + len(arrivals), files_done=t.imports.c.files_done + done)
    )


def _within_limits(
    connection: Connection, house: House, parent: Row[Any], arrivals: Sequence[Arrival]
) -> None:
    """TooLarge when everything unpacked so far from the outermost archive passes its limits."""
    root = parent
    while root.parent_file_id is not None:
        root = connection.execute(select(t.file).where(t.file.c.id == root.parent_file_id)).one()
    family = select(t.file.c.id).where(t.file.c.id == root.id).cte("family", recursive=True)
    family = family.union_all(select(t.file.c.id).where(t.file.c.parent_file_id == family.c.id))
    count, size = connection.execute(
        select(func.count(), func.coalesce(func.sum(t.file.c.bytes), 0)).where(
            t.file.c.id.in_(select(family.c.id)), t.file.c.id != root.id
        )
    ).one()
    size += sum(arrival.stored.bytes for arrival in arrivals)
    settings = house.settings
    if count + len(arrivals) > settings.archive_entries or size > settings.archive_bytes:
        raise TooLarge(
            "The archives inside this file hold too much together.",
            code="archive_too_large",
            advice="Send the inner archives one by one.",
            entries=settings.archive_entries,
            bytes=settings.archive_bytes,
        )


def add_pages(connection: Connection, file: Row[Any], sizes: Sequence[PageSize]) -> None:
    """Write the pages of a file down; those that a first try left are kept."""
    there = set(
        connection.scalars(select(t.page.c.number).where(t.page.c.file_id == file.id)).all()
    )
    rows = [
        {
            "id": new_id("pag"),
            "organisation_id": file.organisation_id,
            "import_id": file.import_id,
            "file_id": file.id,
            "number": number,
            "width": size.width_pt,
            "height": size.height_pt,
            "status": "waiting",
        }
        for number, size in enumerate(sizes)
        if number not in there
    ]
    if rows:
        connection.execute(insert(t.page), rows)
    read = connection.scalar(
        select(func.count()).where(t.page.c.file_id == file.id, t.page.c.status == "read")
    )
    connection.execute(update(t.file).where(t.file.c.id == file.id).values(pages_done=read))


def count_pages(connection: Connection, house: House, organisation_id: str, count: int) -> None:
    """Count pages against the day's quota; TooMany when there is no room for them."""
    used = quotas.used_after(connection, organisation_id, house.now().date(), pages=count)
    quotas.within(house, used.pages, used.bytes)
