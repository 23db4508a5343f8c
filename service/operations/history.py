"""Who changed the groups of an import, when, and what of it was taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.people import Scope, Who
from domain.regrouping import Part
from service.house import House
from service.operations.intake import find
from storage import tables as t


def history(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """Every change of the groups, newest first, and which of them one may take back or redo."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        done, undone = done_and_undone(connection, import_id)
        standing = {row.version for row in done}
        items = [
            {**item, "stands": item["version"] in standing}
            for item in reversed(told_since(connection, who, import_id, 0))
        ]
        return {
            "items": items,
            "undo": last_of(done, who),
            "redo": last_of(undone, who),
        }


def told(house: House, who: Who, import_id: str, version: int) -> list[dict[str, Any]]:
    """The changes that were made on `version` or later, oldest first."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        return told_since(connection, who, import_id, version)


def pages_since(house: House, who: Who, import_id: str, version: int) -> set[str]:
    """The pages that were touched by changes made on `version` or later."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        return touched_since(connection, import_id, version)


def touched_since(connection: Connection, import_id: str, version: int) -> set[str]:
    parts = connection.execute(
        select(t.regrouping.c.before, t.regrouping.c.after).where(
            t.regrouping.c.import_id == import_id, t.regrouping.c.version >= version
        )
    )
    return {page for pair in parts for part in pair for page in Part.from_json(part).pages}


def done_and_undone(
    connection: Connection, import_id: str
) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Changes that stand, and undoings that may be redone: both oldest first.

    Whoever makes a new change gives up redoing what they took back before.
    """
    rows = connection.execute(
        select(t.regrouping)
        .where(t.regrouping.c.import_id == import_id)
        .order_by(t.regrouping.c.version)
    )
    done: dict[int, Row[Any]] = {}
    undone: dict[int, Row[Any]] = {}
    for row in rows:
        if row.what == "undo":
            done.pop(row.of_version, None)
            undone[row.version] = row
            continue
        if row.what == "redo":
            undone.pop(row.of_version, None)
        else:
            undone = {v: u for v, u in undone.items() if u.made_by != row.made_by}
        done[row.version] = row
    return list(done.values()), list(undone.values())


def last_of(rows: Sequence[Row[Any]], who: Who) -> int | None:
    """The version of the last of these that is theirs."""
    return next((row.version for row in reversed(rows) if row.made_by == who.id), None)


def told_since(
    connection: Connection, who: Who, import_id: str, version: int
) -> list[dict[str, Any]]:
    """The changes that were made on `version` or later, oldest first: who did what to which pages.

    Pages are told by their numbers in the whole stack, from 1.
    """
    c = t.regrouping.c
    rows = connection.execute(
        select(c.version, c.what, c.change, c.of_version, c.made_by, c.created_at)
        .where(c.import_id == import_id, c.version >= version)
        .order_by(c.version)
    ).all()
    if not rows:
        return []
    order = connection.scalars(
        select(t.page.c.id)
        .join(t.file, t.file.c.id == t.page.c.file_id)
        .where(t.page.c.import_id == import_id)
        .order_by(t.file.c.position, t.page.c.number)
    )
    number_of = {page: number for number, page in enumerate(order, 1)}
    names = _names(connection, who, {row.made_by for row in rows})
    return [
        {
            "version": row.version,
            "what": row.what,
            "do": row.change.get("do", row.what),
            "pages": sorted(
                number_of[page]
                for name in ("pages", "joins")
                for page in row.change.get(name, ())
                if page in number_of
            ),
            "category": row.change.get("category"),
            "of_version": row.of_version,
            "made_by": row.made_by,
            "name": names.get(row.made_by, ""),
            "own": row.made_by == who.id,
            "at": row.created_at.isoformat(),
        }
        for row in rows
    ]


def _names(connection: Connection, who: Who, ids: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for table in (t.user, t.api_key):
        rows = connection.execute(
            select(table.c.id, table.c.name).where(
                table.c.id.in_(ids), table.c.organisation_id == who.organisation_id
            )
        )
        found |= {row.id: row.name for row in rows}
    return found
