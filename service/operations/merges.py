"""Merging drafts: previewed, done in one transaction, and taken back while nothing is finalised.

The rules are `domain.merging`. What moved is remembered by line, so that taking a merge back gives
each draft what is left of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain import merging
from domain.drafts import Draft, DraftLine
from domain.errors import Conflict
from domain.ids import new_id
from domain.people import Scope, Who
from domain.sales import InvoiceKind
from service.house import House
from service.operations.drafts import tell
from service.operations.records import move
from service.operations.sales import (
    draft_of,
    find_draft,
    find_sale,
    sale_json,
    shown,
    totals_values,
)
from service.operations.sales_lines import lines_of, replace_lines
from service.operations.versions import must_be_at
from storage import tables as t

_s, _m = t.sales_invoice.c, t.sales_merge.c


def preview(house: House, who: Who, main_id: str, other_ids: Sequence[str]) -> dict[str, Any]:
    """The draft that a merge would leave, with what goes; refused as the merge would be."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        rows, drafts = _drafts(connection, who, main_id, other_ids, lock=False)
        merged = merging.merge(drafts[0], drafts[1:])
        main = rows[0]
        today = house.now().date()
        return {
            "before": [
                sale_json(connection, who, row, draft.lines, today)
                for row, draft in zip(rows, drafts, strict=True)
            ],
            "result": {
                **sale_json(connection, who, main, merged.lines, today),
                **{name: str(total) for name, total in totals_values(merged.lines).items()},
                "merged": main.merged + len(rows) - 1,
            },
        }


def merge(
    house: House,
    who: Who,
    main_id: str,
    other_ids: Sequence[str],
    version: int | None = None,
) -> dict[str, Any]:
    """Merge drafts into the main one; `version` is that one's as it was seen."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        rows, drafts = _drafts(connection, who, main_id, other_ids, lock=True)
        main, others = rows[0], rows[1:]
        must_be_at(main, version)
        merged = merging.merge(drafts[0], drafts[1:])
        moved = {draft.id: [one.id for one in draft.lines] for draft in drafts[1:]}
        takes = InvoiceKind.CREDIT_NOTE
        turned = [
            draft.id for draft in drafts[1:] if (draft.kind is takes) != (drafts[0].kind is takes)
        ]
        for row in others:
            replace_lines(connection, row.organisation_id, row.id, [])
        replace_lines(connection, main.organisation_id, main.id, merged.lines)
        move(connection, _records(merged.lines), main.id)
        connection.execute(
            update(t.sales_invoice)
            .where(_s.id.in_([row.id for row in others]))
            .values(merged_into_id=main.id, version=_s.version + 1)
        )
        connection.execute(
            update(t.sales_invoice)
            .where(_s.id == main.id)
            .values(
                merged=main.merged + len(others),
                version=main.version + 1,
                **totals_values(merged.lines),
            )
        )
        connection.execute(
            insert(t.sales_merge).values(
                id=new_id("mrg"),
                organisation_id=main.organisation_id,
                company_id=main.company_id,
                kept_id=main.id,
                moved=moved,
                turned=turned,
                made_by=who.id,
                created_at=house.now(),
            )
        )
        _tell(connection, house, who, main.id, "draft.merged", others)
        return shown(connection, who, main.id, house.now().date())


def undo(house: House, who: Who, draft_id: str, version: int | None = None) -> dict[str, Any]:
    """Take the last merge into a draft back: its sources are drafts again, with what is left of
    their lines.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        kept = find_draft(connection, who, draft_id, lock=True)
        must_be_at(kept, version)
        last = connection.execute(
            select(t.sales_merge)
            .where(_m.kept_id == kept.id, _m.undone_at.is_(None))
            .order_by(_m.id.desc())
            .limit(1)
        ).one_or_none()
        if last is None:
            raise Conflict("Nothing was merged into this draft.", code="nothing_to_undo")
        draft = draft_of(kept, lines_of(connection, [kept.id])[kept.id])
        left, back = merging.separate(draft, last.moved, last.turned)
        sources = [find_sale(connection, who, source, lock=True) for source in last.moved]
        replace_lines(connection, kept.organisation_id, kept.id, left.lines)
        for row in sources:
            lines = back[row.id]
            replace_lines(connection, row.organisation_id, row.id, lines)
            move(connection, _records(lines), row.id)
            connection.execute(
                update(t.sales_invoice)
                .where(_s.id == row.id)
                .values(merged_into_id=None, version=row.version + 1, **totals_values(lines))
            )
        connection.execute(
            update(t.sales_invoice)
            .where(_s.id == kept.id)
            .values(
                merged=kept.merged - len(sources),
                version=kept.version + 1,
                **totals_values(left.lines),
            )
        )
        connection.execute(
            update(t.sales_merge)
            .where(_m.id == last.id)
            .values(undone_by=who.id, undone_at=house.now())
        )
        _tell(connection, house, who, kept.id, "draft.separated", sources)
        return shown(connection, who, kept.id, house.now().date())


def _drafts(
    connection: Connection, who: Who, main_id: str, other_ids: Sequence[str], *, lock: bool
) -> tuple[list[Row[Any]], list[Draft]]:
    """The rows and values of the main draft and the others; always locked in the same order."""
    ids = [main_id, *other_ids]
    found = {one: find_draft(connection, who, one, lock=lock) for one in sorted(dict.fromkeys(ids))}
    lines = lines_of(connection, found)
    rows = [found[one] for one in ids]
    return rows, [draft_of(row, lines[row.id]) for row in rows]


def _records(lines: Sequence[DraftLine]) -> set[str]:
    return {record for one in lines for record in one.line.record_ids}


def _tell(
    connection: Connection,
    house: House,
    who: Who,
    kept_id: str,
    type_: str,
    sources: Sequence[Row[Any]],
) -> None:
    row = find_sale(connection, who, kept_id)
    told = [
        {"id": one.id, "name": one.name, "gross_total": str(one.gross_total)} for one in sources
    ]
    tell(connection, house, who, row._asdict(), type_, sources=told)
