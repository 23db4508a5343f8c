"""The board of an import as rows: read whole, and written back as what differs.

A group whose pages did not change keeps what was read of it; one that a person made anew is read
again. Every writing leaves a row that says who did what and holds what is needed to take it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from domain.board import Board, Group
from domain.documents import SetAside
from domain.doubts import Doubt, doubts
from domain.ids import new_id
from domain.people import Who
from domain.regrouping import Part, difference
from service.house import House
from service.operations.intake import find, windows
from storage import tables as t
from storage import tasks
from storage.outbox import record_action

READ = ("id", "confidence", "sure", "guess", "reading", "suggestion", "free_truth")
"""What is known of a group besides its pages and its category."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A board, with the rows it was read from."""

    import_id: str
    board: Board
    pages: Sequence[Row[Any]] = field(repr=False)
    """Rows of all pages, as they lie in the stack."""
    rows: Mapping[tuple[str, ...], Row[Any]]
    """Pages of a group → its row, in the order of their numbers."""
    names: Mapping[str, str]
    """Page → what a person calls it."""
    cuts: Mapping[str, float]
    """Page → how likely a document begins there, where one might."""
    places: Mapping[tuple[str, int], str] = field(repr=False)
    """(file, 0-based number) → page."""
    orders: Mapping[str, tuple[str, ...]]
    """First page of a document that was fed in another order → its pages, as they belong."""

    @classmethod
    def load(cls, connection: Connection, import_id: str) -> Self:
        pages = connection.execute(
            select(t.page, t.file.c.name)
            .join(t.file, t.file.c.id == t.page.c.file_id)
            .where(t.page.c.import_id == import_id)
            .order_by(t.file.c.position, t.page.c.number)
        ).all()
        members: dict[str, list[Row[Any]]] = {}
        for page in pages:
            if page.group_id:
                members.setdefault(page.group_id, []).append(page)
        rows = {}
        for row in connection.execute(
            select(t.group).where(t.group.c.import_id == import_id).order_by(t.group.c.number)
        ):
            ranked = sorted(members.get(row.id, ()), key=lambda page: page.position or 0)
            rows[tuple(page.id for page in ranked)] = row
        places = {(page.file_id, page.number): page.id for page in pages}
        return cls(
            import_id,
            Board(
                tuple(page.id for page in pages),
                tuple(Group(key, row.category, row.said) for key, row in rows.items()),
                {page.id: SetAside(page.set_aside) for page in pages if page.set_aside},
                {page.id: page.rotation for page in pages if page.rotation},
                {page.id: page.begins for page in pages if page.begins is not None},
            ),
            pages,
            rows,
            {page.id: f"{page.name} page {page.number + 1}" for page in pages},
            {page.id: page.cut["probability"] for page in pages if page.cut},
            places,
            _orders(connection, import_id, places),
        )

    def page_id(self, page: str | Mapping[str, Any]) -> str:
        """The id of a page that may be named by its file and number; of one that is not there,
        a name that is none.
        """
        if isinstance(page, str):
            return page
        if page.get("id"):
            return str(page["id"])
        place = (str(page.get("file_id")), page.get("page"))
        found = self.places.get(place)  # type: ignore[arg-type]  # None is no page either
        return found or f"{place[0]} page {place[1]}"

    @property
    def doubts(self) -> list[Doubt]:
        """What a person should look at, or has looked at."""
        guesses = {
            pages: bool(row.guess.get("sure", True))
            for pages, row in self.rows.items()
            if row.guess and row.reading is not None
        }
        return doubts(self.board, self.cuts, guesses, self.orders)


def _orders(
    connection: Connection, import_id: str, places: Mapping[tuple[str, int], str]
) -> dict[str, tuple[str, ...]]:
    files = connection.execute(
        select(t.file.c.id, t.file.c.reorderings).where(t.file.c.import_id == import_id)
    )
    found = [
        tuple(places[file.id, number] for number in one["pages"])
        for file in files
        for one in file.reorderings or ()
    ]
    return {pages[0]: pages for pages in found}


def write(
    house: House,
    connection: Connection,
    who: Who,
    before: Kept,
    after: Board,
    *,
    what: str,
    change: Mapping[str, Any],
    of_version: int | None = None,
    remembered: Mapping[tuple[str, ...], Mapping[str, Any]] | None = None,
) -> bool:
    """Make the rows be `after`; False when nothing differs, and nothing is written.

    `remembered` is what was known of groups that come back: pages → values of `READ`.
    """
    then, now = difference(before.board, after)
    if then == now:
        return False
    connection.execute(
        insert(t.regrouping).values(
            id=new_id("rgr"),
            organisation_id=who.organisation_id,
            import_id=before.import_id,
            version=_next_version(connection, before.import_id) - 1,
            made_by=who.id,
            what=what,
            change=dict(change),
            of_version=of_version,
            before=_part_json(then, before.rows),
            after=_part_json(now, {}),
            created_at=house.now(),
        )
    )
    record_action(
        connection,
        house.now(),
        who,
        "import.regrouped",
        before.import_id,
        company_id=find(connection, who, before.import_id).company_id,
        what=what,
    )
    _write_groups(house, connection, who, before, after, remembered or {})
    for page, reason in now.aside.items():
        _write_page(connection, page, group_id=None, position=None, set_aside=reason)
    for page, turn in now.rotation.items():
        _write_page(connection, page, rotation=turn)
    for page, begins in now.begins.items():
        _write_page(connection, page, begins=begins)
    return True


def remembered_of(part: Mapping[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    """What was known of the groups of a stored part, where it was kept."""
    return {
        tuple(group["pages"]): {name: group[name] for name in READ}
        for group in part["groups"]
        if "reading" in group
    }


def _part_json(part: Part, rows: Mapping[tuple[str, ...], Row[Any]]) -> dict[str, Any]:
    groups = []
    for group in part.groups:
        row = rows.get(group.pages)
        known = {name: getattr(row, name) for name in READ} if row is not None else {}
        groups.append({**asdict(group), **known})
    return {
        "groups": groups,
        "set_aside": dict(part.aside),
        "rotation": dict(part.rotation),
        "begins": dict(part.begins),
    }


def _write_groups(
    house: House,
    connection: Connection,
    who: Who,
    before: Kept,
    after: Board,
    remembered: Mapping[tuple[str, ...], Mapping[str, Any]],
) -> None:
    import_id, now = before.import_id, house.now()
    numbers = {group.pages: number for number, group in enumerate(after.groups, 1)}
    gone = [row.id for pages, row in before.rows.items() if pages not in numbers]
    # Pages leave first, then groups.
    connection.execute(
        update(t.page)
        .where(t.page.c.import_id == import_id, t.page.c.group_id.in_(gone))
        .values(group_id=None, position=None)
    )
    connection.execute(delete(t.group).where(t.group.c.id.in_(gone)))
    _renumber(connection, before, numbers)
    reread: list[str] = []
    for group in after.groups:
        old = before.rows.get(group.pages)
        known = remembered.get(group.pages)
        if old is not None and (old.category, old.said) == (group.category, group.said):
            continue
        values: dict[str, Any] = {"category": group.category, "said": group.said}
        if known is not None:
            values |= known
        elif old is not None and old.category == group.category:
            values["sure"] = group.said or bool((old.guess or {}).get("sure"))
        else:
            values |= _unread(group, old)
        # A group that comes back is the same one again.
        group_id: str = old.id if old is not None else values.get("id") or new_id("grp")
        values["id"] = group_id
        if old is not None:
            connection.execute(update(t.group).where(t.group.c.id == group_id).values(**values))
        else:
            connection.execute(
                insert(t.group).values(
                    organisation_id=who.organisation_id,
                    import_id=import_id,
                    number=numbers[group.pages],
                    **values,
                )
            )
            _write_pages(connection, group_id, group.pages)
        if values.get("reading", True) is None:
            reread.append(group_id)
    for group_id in reread:
        tasks.add(
            connection,
            now,
            organisation_id=who.organisation_id,
            import_id=import_id,
            subject=group_id,
            step="reread",
        )
    if reread:
        tasks.promote(connection, now, import_id, windows(house))


def _renumber(connection: Connection, before: Kept, numbers: Mapping[tuple[str, ...], int]) -> None:
    """Give the groups that stay their new numbers, through negative ones, for they are unique."""
    moved = [
        {"group": row.id, "new": numbers[pages]}
        for pages, row in before.rows.items()
        if pages in numbers and row.number != numbers[pages]
    ]
    if not moved:
        return
    by_id = t.group.c.id == bindparam("group")
    for sign in (-1, 1):
        connection.execute(
            update(t.group).where(by_id).values(number=sign * bindparam("new")), moved
        )


def _unread(group: Group, old: Row[Any] | None) -> dict[str, Any]:
    """A group to be read: what a person says of it is sure, the rest is found out again. What the
    machine had guessed of the same pages stays beside it.
    """
    return {
        "confidence": 1.0 if group.said else 0.0,
        "sure": group.said,
        "guess": old.guess if old is not None else None,
        "reading": None,
        "suggestion": None,
        "free_truth": None,
    }


def _write_pages(connection: Connection, group_id: str, pages: Sequence[str]) -> None:
    connection.execute(
        update(t.page)
        .where(t.page.c.id == bindparam("page"))
        .values(group_id=group_id, position=bindparam("place"), set_aside=None),
        [{"page": page, "place": place} for place, page in enumerate(pages)],
    )


def _write_page(connection: Connection, page_id: str, **values: Any) -> None:
    connection.execute(update(t.page).where(t.page.c.id == page_id).values(**values))


def _next_version(connection: Connection, import_id: str) -> int:
    return int(
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == import_id)
            .values(version=t.imports.c.version + 1)
            .returning(t.imports.c.version)
        ).scalar_one()
    )
