"""Documents follow the groups of their validated import when these were changed.

Documents whose pages are no group any more leave their tabs; each new group becomes a document that
is being read, with what people had corrected: that goes with the page it stands on, and what stands
on none with the first page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from domain.corrections import correct
from domain.documents import DocumentStatus
from domain.findings import Finding, Reading
from domain.ids import new_id
from domain.people import Who
from service.house import House
from service.operations.corrections import checked_again, teach
from service.operations.reopening import give_up, pages_held, standing, withdraw, withdrawn
from service.operations.validation import (
    add_document,
    announce,
    columns_of,
    first_status,
    give_back,
    pages_of_groups,
)
from storage import tables as t


def follow(house: House, connection: Connection, who: Who, stack: Row[Any]) -> list[str]:
    """Make the documents be what the groups are; the ids of those that came, in their order."""
    now = house.now()
    pages = pages_of_groups(connection, stack.id)
    groups = {
        tuple(pages[group.id]): group
        for group in connection.execute(
            select(t.group).where(t.group.c.import_id == stack.id).order_by(t.group.c.number)
        )
    }
    held = pages_held(connection, stack.id)
    before = {tuple(held[row.id]): row for row in standing(connection, stack.id)}
    gone = {key: row for key, row in before.items() if key not in groups}
    former = withdrawn(connection, stack.id)
    new = {key: group for key, group in groups.items() if key not in before}
    back = {
        key: former[key]
        for key, group in new.items()
        if key in former and former[key].category == group.category
    }
    ids = {key: back[key].id if key in back else new_id("doc") for key in new}
    for key, row in gone.items():
        into = [ids[other] for other in new if not set(key).isdisjoint(other)]
        withdraw(connection, now, who, row, into)
    give_up(connection, {row.id: key for key, row in gone.items()})
    _renumber(
        connection, {row.id: groups[key].number for key, row in before.items() if key in groups}
    )
    for key, group in new.items():
        if key in back:
            give_back(connection, now, who, back[key], group, key)
        else:
            origins = [row for pages_, row in gone.items() if not set(pages_).isdisjoint(key)]
            leading = next((row for p, row in gone.items() if p[0] == key[0]), None)
            by_hand = _by_hand(connection, gone, key)
            add_document(
                connection, now, who, stack, group, key,
                id=ids[key],
                corrected=True,
                reading=Reading(by_hand).to_json(),
                came_of=_origins(origins),
                assigned_to=leading.assigned_to if leading is not None else None,
            )  # fmt: skip
            _keep_corrections(connection, now, ids[key], origins, by_hand)
    return list(ids.values())


def _renumber(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Give documents the numbers of their groups, through negative ones, for they are unique."""
    moved = [{"document": document_id, "new": number} for document_id, number in numbers.items()]
    if not moved:
        return
    by_id = t.document.c.id == bindparam("document")
    for sign in (-1, 1):
        connection.execute(
            update(t.document).where(by_id).values(group_number=sign * bindparam("new")), moved
        )


def _by_hand(
    connection: Connection, gone: Mapping[tuple[str, ...], Row[Any]], key: tuple[str, ...]
) -> dict[str, Finding]:
    """What people had said of fields that belongs to the pages `key`: what stands on one of them,
    and where no place is known, what was said of the document that began with the same page.
    """
    numbers: dict[str, int] = dict(
        tuple(row)
        for row in connection.execute(
            select(t.page.c.id, t.page.c.number).where(t.page.c.id.in_(key))
        )
    )
    kept: dict[str, Finding] = {}
    for former, row in gone.items():
        here = {numbers[page] for page in former if page in numbers}
        for name, found in Reading.from_json(row.reading or {"fields": {}}).fields.items():
            belongs = found.page in here if found.page is not None else former[0] == key[0]
            if found.source == "person" and belongs:
                kept.setdefault(name, found)
    return kept


def _keep_corrections(
    connection: Connection,
    now: datetime,
    document_id: str,
    origins: Sequence[Row[Any]],
    by_hand: Mapping[str, Finding],
) -> None:
    """Who had said what goes on being known, and is learnt from."""
    rows = connection.execute(
        select(t.correction)
        .where(
            t.correction.c.document_id.in_([row.id for row in origins]),
            t.correction.c.field.in_(list(by_hand)),
        )
        .order_by(t.correction.c.id)
    )
    last = {row.field: row for row in rows if row.after == by_hand[row.field].value}
    for row in last.values():
        copied = {
            **row._asdict(),
            "id": new_id("cor"),
            "document_id": document_id,
            "created_at": now,
        }
        connection.execute(insert(t.correction).values(copied))


def _origins(rows: Sequence[Row[Any]]) -> list[str]:
    return list(dict.fromkeys(id_ for row in rows for id_ in (row.id, *(row.came_of or ()))))


def read_at_last(house: House, connection: Connection, group_id: str) -> None:
    """Put what was read of a group into its document, if that was waiting for it."""
    group = connection.execute(select(t.group).where(t.group.c.id == group_id)).one_or_none()
    if group is None or group.reading is None:
        return
    # Numbers and documents of an import are changed under its lock.
    stack = connection.execute(
        select(t.imports).where(t.imports.c.id == group.import_id).with_for_update()
    ).one()
    row = connection.execute(
        select(t.document)
        .join(
            t.group,
            (t.group.c.import_id == t.document.c.import_id)
            & (t.group.c.number == t.document.c.group_number),
        )
        .where(t.group.c.id == group_id, t.document.c.status == DocumentStatus.BEING_READ)
    ).one_or_none()
    if row is None:
        return
    by_hand = Reading.from_json(row.reading).fields
    machine = Reading.from_json(group.reading)
    reading, _ = correct(machine, fields={name: f.value for name, f in by_hand.items()})
    # Where a person pointed is kept with what they said.
    reading = replace(reading, fields={**reading.fields, **by_hand})
    reading = checked_again(machine, group.category, reading, group.category, house.now().date())
    document = connection.execute(
        update(t.document)
        .where(t.document.c.id == row.id)
        .values(
            category=group.category,
            status=first_status(group.category),
            reading=reading.to_json(),
            machine_reading=group.reading,
            suggestion=group.suggestion,
            version=row.version + 1,
            **columns_of(reading, stack.name),
        )
        .returning(t.document)
    ).one()
    announce(connection, house.now(), document, None)
    teach(house, connection, document)
