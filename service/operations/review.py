"""Review: people put the groups right, one change after the other, and take changes back.

The version of an import is the version of its groups. Whoever changes them says which version they
saw. A change made on an older version is made on the present one when it touches no page that
others have touched since; otherwise it is refused with who did what. Each change is a row that can
be taken back, in any order, as long as the same pages were not changed after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.board import Change, Do, changed
from domain.categories import check_category
from domain.documents import ImportStatus, SetAside
from domain.errors import Conflict, Invalid, NotFound
from domain.people import Scope, Who
from domain.regrouping import Part, WantedGroup, difference, regrouping, reverted
from service.house import House
from service.operations.boards import Kept, remembered_of, write
from service.operations.history import done_and_undone, told_since, touched_since
from service.operations.imports import view
from service.operations.intake import find
from storage import tables as t

MOST_CHANGES = 200
"""Of one request."""


def change(
    house: House,
    who: Who,
    import_id: str,
    changes: Sequence[dict[str, Any]],
    version: int | None,
) -> dict[str, Any]:
    """Make changes, each as the members of `domain.board.Change` name it; all of them or none."""
    who.must(Scope.IMPORTS_WRITE)
    if not 1 <= len(changes) <= MOST_CHANGES:
        raise Invalid(f"Send 1 to {MOST_CHANGES} changes.", code="invalid_change")
    with house.store.transaction() as connection:
        row = _begin_change(connection, who, import_id)
        others = _pages_since(connection, row, version)
        wanted = [_change_of(connection, who, given) for given in changes]
        for one in wanted:
            if not others.isdisjoint(one.named()):
                raise stale(connection, who, row, version)
            before = Kept.load(connection, import_id)
            after = changed(before.board, one)
            then, now = difference(before.board, after)
            if others & (then.pages | now.pages):
                raise stale(connection, who, row, version)
            write(house, connection, who, before, after, what=one.do, change=asdict(one))
        return view(connection, who, import_id)


def regroup(
    house: House,
    who: Who,
    import_id: str,
    groups: Sequence[dict[str, Any]],
    set_aside: Sequence[dict[str, Any]],
    version: int | None,
) -> dict[str, Any]:
    """Replace all groups. Each is {pages, category?}; a page is its id or {file_id, page}.

    `set_aside` are pages likewise, with a `reason`. Changed groups are read again; all are numbered
    as they lie in the stack.
    """
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        row = _begin_change(connection, who, import_id)
        if version is not None and row.version != version:
            raise stale(connection, who, row, version)
        before = Kept.load(connection, import_id)
        after = regrouping(
            before.board,
            before.names,
            [
                WantedGroup(
                    tuple(before.page_id(page) for page in group["pages"]),
                    group.get("category")
                    and check_own_category(connection, who, group["category"]),
                )
                for group in groups
            ],
            [(before.page_id(page), _reason(page.get("reason"))) for page in set_aside],
        )
        write(house, connection, who, before, after, what="regroup", change={"do": "regroup"})
        return view(connection, who, import_id)


def recategorise(
    house: House, who: Who, import_id: str, number: int, category: str, version: int | None
) -> dict[str, Any]:
    """Say what a group is; its fields are read again as that."""
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        row = _begin_change(connection, who, import_id)
        if version is not None and row.version != version:
            raise stale(connection, who, row, version)
        before = Kept.load(connection, import_id)
        group = next((g for g, row in before.rows.items() if row.number == number), None)
        if group is None:
            raise NotFound(f"There is no group {number} in this import.")
        one = Change(Do.CATEGORY, group[:1], category=check_own_category(connection, who, category))
        after = changed(before.board, one)
        write(house, connection, who, before, after, what=one.do, change=asdict(one))
        return view(connection, who, import_id)


def undo(house: House, who: Who, import_id: str, which: int | None = None) -> dict[str, Any]:
    """Take back one's own last change, or that of version `which`, whosever it was."""
    return _take_back(house, who, import_id, which, "undo")


def redo(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """Make again what one took back last, unless one has changed something else since."""
    return _take_back(house, who, import_id, None, "redo")


def _take_back(
    house: House, who: Who, import_id: str, which: int | None, what: str
) -> dict[str, Any]:
    who.must(Scope.IMPORTS_WRITE)
    with house.store.transaction() as connection:
        _begin_change(connection, who, import_id)
        done, undone = done_and_undone(connection, import_id)
        rows = done if what == "undo" else undone
        last = next(
            (
                row
                for row in reversed(rows)
                if (row.made_by == who.id if which is None else row.version == which)
            ),
            None,
        )
        if last is None:
            raise Conflict(f"There is nothing to {what}.", code=f"nothing_to_{what}")
        before = Kept.load(connection, import_id)
        now, then = Part.from_json(last.after), Part.from_json(last.before)
        try:
            after = reverted(before.board, now, then)
        except Conflict as refusal:
            later = told_since(connection, who, import_id, last.version + 1)
            raise Conflict(
                refusal.message, code=refusal.code, advice=refusal.advice, changes=later
            ) from None
        write(
            house,
            connection,
            who,
            before,
            after,
            what=what,
            change=last.change,
            of_version=last.version,
            remembered=remembered_of(last.before),
        )
        return view(connection, who, import_id)


def _change_of(connection: Connection, who: Who, given: dict[str, Any]) -> Change:
    members = {name: value for name, value in given.items() if value is not None}
    category = members.get("category")
    return Change(
        do=_do(members.get("do")),
        pages=tuple(members.get("pages", ())),
        onto=members.get("onto"),
        before=members.get("before"),
        joins=tuple(members.get("joins", ())),
        category=check_own_category(connection, who, category) if category else None,
        reason=_reason(members.get("reason")),
        degrees=int(members.get("degrees", 90)),
    )


def _do(name: str | None) -> Do:
    try:
        return Do(name or "")
    except ValueError:
        raise Invalid(
            "A change is one of " + ", ".join(Do) + ".", code="invalid_change", fields=["do"]
        ) from None


def _reason(reason: str | None) -> SetAside:
    try:
        return SetAside(reason or SetAside.PERSON)
    except ValueError:
        raise Invalid(
            "Pages are set aside as " + ", ".join(SetAside) + ".",
            code="invalid_reason",
            fields=["set_aside"],
        ) from None


def _begin_change(connection: Connection, who: Who, import_id: str) -> Row[Any]:
    row = find(connection, who, import_id, lock=True)
    if row.status == ImportStatus.VALIDATED:
        raise Conflict(
            "This import was validated: its groups are documents now.",
            code="import_validated",
            advice="Take the validation back first, or change the documents instead.",
        )
    if row.status != ImportStatus.READY:
        raise Conflict(
            "This import is still being read.",
            code="import_not_ready",
            advice="Wait until its status is ready.",
            import_status=row.status,
        )
    return row


def _pages_since(connection: Connection, row: Row[Any], version: int | None) -> set[str]:
    """The pages that were touched since `version`; none when it is the present one, or not said."""
    if version is None or version == row.version:
        return set()
    return touched_since(connection, row.id, version)


def stale(connection: Connection, who: Who, row: Row[Any], version: int | None) -> Conflict:
    return Conflict(
        "The groups were changed in the meantime.",
        code="stale",
        advice="Load the import again and repeat your change.",
        version=row.version,
        changes=told_since(connection, who, row.id, version or row.version)[-20:],
    )


def own_categories(connection: Connection, who: Who) -> list[dict[str, Any]]:
    """The categories this organisation added to the built-in ones."""
    settings = connection.scalar(
        select(t.organisation.c.settings).where(t.organisation.c.id == who.organisation_id)
    )
    return list((settings or {}).get("categories", []))


def check_own_category(connection: Connection, who: Who, category: str) -> str:
    """`category`, if it is built in or one of this organisation's."""
    return check_category(category, [c["code"] for c in own_categories(connection, who)])
