"""Documents that were cut wrongly, put right after their import was validated: cut in two, or joined.

It is done to the groups of the import, as on its board, and the documents follow: those whose pages
are no group any more leave their tabs, and each new group becomes a document that is read again.
What people had corrected goes with the page it stands on, and what stands on none with the first
page. All of it can be taken back, which brings the same documents back. What was ever posted stays
as it is, for the books rely on its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.board import Board, Change, Do, changed
from domain.documents import DocumentStatus
from domain.errors import Conflict, Invalid
from domain.people import Scope, Who
from domain.regrouping import Part, reverted
from service.house import House
from service.operations import documents, locks
from service.operations.boards import Kept, remembered_of, write
from service.operations.following import follow
from service.operations.history import done_and_undone, told_since
from service.operations.intake import find, windows
from service.operations.reopening import (
    being_read,
    ever_posted,
    pages_held,
    sort_as_in_tab,
    standing,
)
from service.operations.selection import seen_by
from storage import tables as t
from storage import tasks

MOST_JOINED = 50


def split(
    house: House, who: Who, document_id: str, before: int, version: int | None = None
) -> dict[str, Any]:
    """Cut a document before its page `before`, counted from 0: `documents` are the two of it."""
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        stack = _hold(connection, who, document_id)
        row = documents.find(connection, who, document_id, lock=True)
        if version is not None and row.version != version:
            raise documents.stale(connection, row, version)
        pages = pages_held(connection, stack.id)[row.id]
        if not 0 < before < len(pages):
            raise Invalid(
                "A document is cut before one of its pages, and not before its first.",
                code="no_such_cut",
                fields=["before"],
                pages=len(pages),
            )
        return _rearranged(house, connection, who, stack, [row], Change(Do.CUT, (pages[before],)))


def join(house: House, who: Who, document_ids: Sequence[str]) -> dict[str, Any]:
    """Make one document of several of one import, in the order of the stack."""
    who.must(Scope.DOCUMENTS_WRITE)
    ids = list(dict.fromkeys(document_ids))
    if not 2 <= len(ids) <= MOST_JOINED:
        raise Invalid(f"Join 2 to {MOST_JOINED} documents.", code="nothing_to_join")
    with house.store.transaction() as connection:
        stack = _hold(connection, who, ids[0])
        rows = [documents.find(connection, who, document_id) for document_id in ids]
        if any(row.import_id != stack.id for row in rows):
            raise Invalid(
                "These documents are not of one import.",
                code="not_of_one_import",
                advice="Pages are joined that came in one import.",
            )
        rows = [row for row in standing(connection, stack.id, lock=True) if row.id in ids]
        held = pages_held(connection, stack.id)
        first, *others = (held[row.id][0] for row in rows)
        return _rearranged(
            house, connection, who, stack, rows, Change(Do.JOIN, tuple(others), onto=first)
        )


def take_back(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """Undo the last cutting or joining that a document came of: `documents` are what was before."""
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        stack = _hold(connection, who, document_id)
        held = pages_held(connection, stack.id)
        last = _last_change(connection, stack, held.get(document_id, []))
        if last is None:
            raise Conflict("There is nothing to undo.", code="nothing_to_undo")
        now, then = Part.from_json(last.after), Part.from_json(last.before)
        rows = [
            row
            for row in standing(connection, stack.id, lock=True)
            if not now.pages.isdisjoint(held[row.id])
        ]

        def back(board: Board) -> Board:
            try:
                return reverted(board, now, then)
            except Conflict as refusal:
                later = told_since(connection, who, stack.id, last.version + 1)
                raise Conflict(
                    refusal.message, code=refusal.code, advice=refusal.advice, changes=later
                ) from None

        return _follow_up(
            house, connection, who, stack, rows, back,
            what="undo", change=last.change, of_version=last.version,
            remembered=remembered_of(last.before),
        )  # fmt: skip


def neighbours(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """What a document can be joined with, `before` and `after` it in its import, and whether how it
    came to be can be taken back (`made_by`: cut, join, or null).
    """
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        row = documents.find(connection, who, document_id)
        stack = find(connection, who, row.import_id)
        beside: dict[str, Any] = {"before": None, "after": None}
        for other in connection.execute(
            seen_by(select(t.document), who).where(
                t.document.c.import_id == row.import_id,
                t.document.c.group_number.in_([row.group_number - 1, row.group_number + 1]),
                t.document.c.status.not_in([DocumentStatus.POSTED, DocumentStatus.DELETED]),
            )
        ):
            where = "before" if other.group_number < row.group_number else "after"
            beside[where] = {
                "id": other.id,
                "category": other.category,
                "supplier_name": other.supplier_name,
                "invoice_number": other.invoice_number,
                "pages": other.pages,
            }
        pages = pages_held(connection, row.import_id).get(row.id, [])
        last = _last_change(connection, stack, pages)
    return {"document_id": row.id, **beside, "made_by": last.what if last else None}


def _hold(connection: Connection, who: Who, document_id: str) -> Row[Any]:
    """The import of a document, locked: whoever changes its documents comes one after the other."""
    row = documents.find(connection, who, document_id)
    return find(connection, who, row.import_id, lock=True)


def _last_change(
    connection: Connection, stack: Row[Any], page_ids: Sequence[str]
) -> Row[Any] | None:
    """The last change since validation that stands and that made groups of some of these pages."""
    done, _ = done_and_undone(connection, stack.id)
    mine = set(page_ids)
    return next(
        (
            row
            for row in reversed(done)
            if stack.validated_at is not None
            and row.created_at >= stack.validated_at
            and any(not mine.isdisjoint(group["pages"]) for group in row.after["groups"])
        ),
        None,
    )


def _rearranged(
    house: House,
    connection: Connection,
    who: Who,
    stack: Row[Any],
    rows: Sequence[Row[Any]],
    change: Change,
) -> dict[str, Any]:
    if any(row.status == DocumentStatus.BEING_READ for row in rows):
        raise being_read()
    # People said so by validating: the first of two keeps its category.
    for row in rows:
        sort_as_in_tab(connection, row)
        connection.execute(
            update(t.group)
            .where(t.group.c.import_id == stack.id, t.group.c.number == row.group_number)
            .values(said=True)
        )
    return _follow_up(
        house, connection, who, stack, rows, lambda board: changed(board, change),
        what=change.do, change=asdict(change),
    )  # fmt: skip


def _follow_up(
    house: House,
    connection: Connection,
    who: Who,
    stack: Row[Any],
    rows: Sequence[Row[Any]],
    after: Callable[[Board], Board],
    **written: Any,
) -> dict[str, Any]:
    """Change the groups, and have the documents follow; `rows` are those that it touches."""
    _must_be_free(house, connection, who, rows)
    before = Kept.load(connection, stack.id)
    write(house, connection, who, before, after(before.board), **written)
    made = follow(house, connection, who, stack)
    tasks.promote(connection, house.now(), stack.id, windows(house))
    return {"documents": [documents.view(connection, who, document_id) for document_id in made]}


def _must_be_free(house: House, connection: Connection, who: Who, rows: Sequence[Row[Any]]) -> None:
    posted = ever_posted(connection, rows)
    if posted:
        raise Conflict(
            "A document that was posted keeps its pages: the books rely on them.",
            code="document_was_posted",
            numbers=posted,
        )
    if any(row.status == DocumentStatus.DELETED for row in rows):
        raise Conflict(
            "This document was deleted.", code="document_deleted", advice="Bring it back first."
        )
    for row in rows:
        locks.must_be_free(connection, who, row.id, house.now())
