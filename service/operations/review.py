"""Review: a person puts the groups right, undoes it, and validates them into documents.

The version of an import is the version of its groups: whoever changes them says which version they
saw, and is told when somebody was faster. Every change keeps what was before in `regrouping`, so
that each can be undone in turn. A group whose pages did not change keeps what was read of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from domain.categories import check_category
from domain.documents import ImportStatus, SetAside
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from domain.regrouping import WantedGroup, regrouping
from service.house import House
from service.operations.imports import view
from service.operations.intake import find, windows
from storage import tables as t
from storage import tasks
from storage.outbox import record_action

KEPT = ("number", "category", "confidence", "sure", "guess", "cut")
READ = ("reading", "suggestion")


def regroup(
    house: House,
    who: Who,
    import_id: str,
    groups: Sequence[dict[str, Any]],
    set_aside: Sequence[dict[str, Any]],
    version: int | None,
) -> dict[str, Any]:
    """Replace all groups. Each is {pages, category?, number?}; a page is its id or {file_id, page}.

    `set_aside` are pages likewise, with a `reason`. Changed groups are read again.
    """
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        _begin_change(connection, who, import_id, version)
        before = _Snapshot(connection, import_id)
        wanted = regrouping(
            before.names,
            [
                WantedGroup(
                    tuple(before.page_id(page) for page in group["pages"]),
                    group.get("category")
                    and check_own_category(connection, who, group["category"]),
                    group.get("number"),
                )
                for group in groups
            ],
            [(before.page_id(page), _reason(page.get("reason"))) for page in set_aside],
        )
        _apply(
            house,
            connection,
            who,
            before,
            [
                {"pages": list(g.pages), "category": g.category, "number": g.number}
                for g in wanted.groups
            ],
            dict(wanted.set_aside),
            "regroup",
        )
        return view(connection, who, import_id)


def recategorise(
    house: House, who: Who, import_id: str, number: int, category: str, version: int | None
) -> dict[str, Any]:
    """Say what a group is; its fields are read again as that."""
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        _begin_change(connection, who, import_id, version)
        before = _Snapshot(connection, import_id)
        if number not in {row.number for row in before.rows}:
            raise NotFound(f"There is no group {number} in this import.")
        category = check_own_category(connection, who, category)
        groups = [
            {
                "pages": before.pages_of[row.id],
                "category": category if row.number == number else None,
                "number": row.number,
            }
            for row in before.rows
        ]
        _apply(house, connection, who, before, groups, before.set_aside, "recategorise")
        return view(connection, who, import_id)


def undo(house: House, who: Who, import_id: str, version: int | None) -> dict[str, Any]:
    """Take back the last change that was not taken back yet."""
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        _begin_change(connection, who, import_id, version)
        rows = connection.execute(
            select(t.regrouping)
            .where(t.regrouping.c.import_id == import_id)
            .order_by(t.regrouping.c.version.desc())
        ).all()
        undone = {row.what.removeprefix("undo:") for row in rows if row.what.startswith("undo:")}
        last = next((r for r in rows if ":" not in r.what and str(r.version) not in undone), None)
        if last is None:
            raise Conflict("There is nothing to undo.", code="nothing_to_undo")
        aside = {page: SetAside(reason) for page, reason in last.before["set_aside"].items()}
        _apply(
            house,
            connection,
            who,
            _Snapshot(connection, import_id),
            last.before["groups"],
            aside,
            f"undo:{last.version}",
        )
        return view(connection, who, import_id)


def can_undo(house: House, who: Who, import_id: str) -> bool:
    """Whether a page may offer to take back a change."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, import_id)
        return row.status == ImportStatus.READY and may_undo(connection, import_id)


def may_undo(connection: Connection, import_id: str) -> bool:
    """Whether a change is left to take back."""
    whats = connection.scalars(
        select(t.regrouping.c.what).where(t.regrouping.c.import_id == import_id)
    ).all()
    return sum(-1 if what.startswith("undo:") else 1 for what in whats) > 0


def _begin_change(
    connection: Connection, who: Who, import_id: str, version: int | None
) -> Row[Any]:
    row = find(connection, who, import_id, lock=True)
    if version is not None and row.version != version:
        raise stale(connection, row, version)
    if row.status == ImportStatus.VALIDATED:
        raise Conflict(
            "This import was validated: its groups are documents now.",
            code="import_validated",
            advice="Change the documents instead.",
        )
    if row.status != ImportStatus.READY:
        raise Conflict(
            "This import is still being read.",
            code="import_not_ready",
            advice="Wait until its status is ready.",
            import_status=row.status,
        )
    return row


def stale(connection: Connection, row: Row[Any], version: int) -> Conflict:
    changes = connection.execute(
        select(t.regrouping.c.what, t.regrouping.c.made_by, t.regrouping.c.created_at)
        .where(t.regrouping.c.import_id == row.id, t.regrouping.c.version >= version)
        .order_by(t.regrouping.c.version)
        .limit(20)
    ).all()
    return Conflict(
        "The groups were changed in the meantime.",
        code="stale",
        advice="Load the import again and repeat your change.",
        version=row.version,
        changes=[
            {"what": c.what, "made_by": c.made_by, "at": c.created_at.isoformat()} for c in changes
        ],
    )


class _Snapshot:
    """The groups of an import as they are, and the names of its pages."""

    def __init__(self, connection: Connection, import_id: str) -> None:
        self.import_id = import_id
        self.rows = connection.execute(
            select(t.group).where(t.group.c.import_id == import_id).order_by(t.group.c.number)
        ).all()
        pages = connection.execute(
            select(
                t.page.c.id,
                t.page.c.file_id,
                t.page.c.number,
                t.page.c.group_id,
                t.page.c.set_aside,
                t.file.c.name,
            )
            .join(t.file, t.file.c.id == t.page.c.file_id)
            .where(t.page.c.import_id == import_id)
            .order_by(t.page.c.position, t.file.c.position, t.page.c.number)
        ).all()
        self.names = [(page.id, f"{page.name} page {page.number + 1}") for page in pages]
        self.pages_of: dict[str, list[str]] = {row.id: [] for row in self.rows}
        self.set_aside: dict[str, SetAside] = {}
        self._ids = {(page.file_id, page.number): page.id for page in pages}
        for page in pages:
            if page.group_id:
                self.pages_of[page.group_id].append(page.id)
            elif page.set_aside:
                self.set_aside[page.id] = SetAside(page.set_aside)

    def page_id(self, page: str | dict[str, Any]) -> str:
        if isinstance(page, str):
            return page
        if page.get("id"):
            return str(page["id"])
        place = (str(page.get("file_id")), page.get("page"))
        found = self._ids.get(place)
        return found or f"{place[0]} page {place[1]}"

    def to_json(self, changed: set[str]) -> dict[str, Any]:
        """What `undo` needs: everything of the groups that change, the places of the others."""
        groups = []
        for row in self.rows:
            names = (*KEPT, *READ) if row.id in changed else KEPT
            kept = {name: getattr(row, name) for name in names}
            groups.append({"id": row.id, "pages": self.pages_of[row.id], **kept})
        return {
            "groups": groups,
            "set_aside": {page: str(reason) for page, reason in self.set_aside.items()},
        }


def _apply(
    house: House,
    connection: Connection,
    who: Who,
    before: _Snapshot,
    groups: Sequence[dict[str, Any]],
    set_aside: dict[str, SetAside],
    what: str,
) -> None:
    """Make the groups be `groups`: {pages, number, category?, and what undo brings back}."""
    now, import_id = house.now(), before.import_id
    same = {tuple(before.pages_of[row.id]): row for row in before.rows}
    old_of_page = {page: row for row in before.rows for page in before.pages_of[row.id]}
    kept: dict[str, dict[str, Any]] = {}
    fresh: list[dict[str, Any]] = []
    for group in groups:
        row = same.get(tuple(group["pages"]))
        if row is not None:
            kept[row.id] = group
        else:
            fresh.append(group)
    gone = {row.id for row in before.rows} - kept.keys()
    recategorised = {
        row.id
        for row in before.rows
        if row.id in kept and (kept[row.id].get("category") or row.category) != row.category
    }
    connection.execute(
        insert(t.regrouping).values(
            id=new_id("rgr"),
            organisation_id=who.organisation_id,
            import_id=import_id,
            version=_next_version(connection, import_id) - 1,
            made_by=who.id,
            what=what,
            before=before.to_json(gone | recategorised),
            created_at=now,
        )
    )
    record_action(
        connection,
        now,
        who,
        "import.regrouped",
        import_id,
        company_id=find(connection, who, import_id).company_id,
        what=what,
    )
    # Pages leave first, then groups; numbers pass through negative ones, for they are unique.
    connection.execute(
        update(t.page)
        .where(t.page.c.import_id == import_id, t.page.c.group_id.in_(gone))
        .values(group_id=None, position=None)
    )
    connection.execute(delete(t.group).where(t.group.c.id.in_(gone)))
    connection.execute(
        update(t.group).where(t.group.c.import_id == import_id).values(number=-t.group.c.number)
    )
    reread: list[str] = []
    for group_id, group in kept.items():
        values: dict[str, Any] = {"number": group["number"]}
        if group_id in recategorised:
            values |= _decided(group, None)
            if values["reading"] is None:
                reread.append(group_id)
        connection.execute(update(t.group).where(t.group.c.id == group_id).values(**values))
    for group in fresh:
        group_id = new_id("grp")
        values = _decided(group, old_of_page.get(group["pages"][0]))
        if values["reading"] is None:
            reread.append(group_id)
        connection.execute(
            insert(t.group).values(
                id=group_id, organisation_id=who.organisation_id, import_id=import_id, **values
            )
        )
        for position, page in enumerate(group["pages"]):
            _place(connection, import_id, page, group_id=group_id, position=position)
    for page, reason in set_aside.items():
        if before.set_aside.get(page) != reason:
            _place(connection, import_id, page, set_aside=reason)
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


def _decided(group: dict[str, Any], old: Row[Any] | None) -> dict[str, Any]:
    """The row of a group that an undo brings back with all it had, or that a person made.

    What a person says is sure; a new group of old pages of which nothing is said is taken for what
    its first page was part of, not yet for sure.
    """
    if "id" in group:
        return {name: group.get(name) for name in (*KEPT, *READ)}
    said = group.get("category")
    return {
        "number": group["number"],
        "category": said or (old.category if old else "other"),
        "confidence": 1.0 if said else 0.0,
        "sure": bool(said),
        "reading": None,
        "suggestion": None,
    }


def _place(connection: Connection, import_id: str, page_id: str, **place: Any) -> None:
    values = {"group_id": None, "position": None, "set_aside": None, **place}
    connection.execute(
        update(t.page)
        .where(t.page.c.id == page_id, t.page.c.import_id == import_id)
        .values(**values)
    )


def _next_version(connection: Connection, import_id: str) -> int:
    return int(
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == import_id)
            .values(version=t.imports.c.version + 1)
            .returning(t.imports.c.version)
        ).scalar_one()
    )


def _reason(reason: str | None) -> SetAside:
    try:
        return SetAside(reason or SetAside.PERSON)
    except ValueError:
        raise Invalid(
            "Pages are set aside as " + ", ".join(SetAside) + ".",
            code="invalid_reason",
            fields=["set_aside"],
        ) from None


def own_categories(connection: Connection, who: Who) -> list[dict[str, Any]]:
    """The categories this organisation added to the built-in ones."""
    settings = connection.scalar(
        select(t.organisation.c.settings).where(t.organisation.c.id == who.organisation_id)
    )
    return list((settings or {}).get("categories", []))


def check_own_category(connection: Connection, who: Who, category: str) -> str:
    """`category`, if it is built in or one of this organisation's."""
    return check_category(category, [c["code"] for c in own_categories(connection, who)])
