"""What was born together, from an import of a spreadsheet or a billing batch: counted, finalised and
exported as a whole.

The rules are those of one draft and of one invoice: `finalising` and `sales_exports`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.drafts import State
from domain.errors import Conflict
from domain.people import Scope, Who
from service.house import House
from service.operations import finalising, sales_exports
from service.operations.drafts import WAITING
from service.operations.sales_exports import Exported
from storage import tables as t
from storage.visibility import within

_s = t.sales_invoice.c
ROUND = 50
"""Drafts finalised in one transaction, so that who waits sees how far it is."""


@dataclass(frozen=True, slots=True)
class Born:
    """What is left of an import or a batch, in the order it was made."""

    drafts: tuple[str, ...]
    """Those that wait: not deleted, not merged into others."""
    invoices: tuple[str, ...]
    """Those that have a number, and the invoices that its drafts were merged into."""


def born(house: House, who: Who, origin: str) -> Born:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _born(connection, who, origin)


def finalise_next(
    house: House, who: Who, origin: str, *, after: str = "", most: int = ROUND
) -> dict[str, Any]:
    """Finalise the next drafts of an import or a batch; `after` is the last one seen.

    As `finalising.finalise_many` answers, with how many are `left`, and the `next_cursor` to go on
    after unless there are none.
    """
    who.must(Scope.BOOKS_WRITE)
    waiting = (_s.born_from == origin, _s.id > after, within(who, t.sales_invoice), *WAITING)
    with house.store.reading() as connection:
        many = connection.scalar(select(func.count()).where(*waiting)) or 0
        now = connection.scalars(
            select(_s.id).where(*waiting).order_by(_s.id).limit(min(most, finalising.MOST))
        ).all()
    left = many - len(now)
    done = finalising.finalise_many(house, who, now)
    return {**done, "left": left, "next_cursor": now[-1] if left else None}


def export(house: House, who: Who, origin: str, format_: str, names: Mapping[str, Any]) -> Exported:
    """The files of all its invoices, by number; Conflict while none of its drafts has one."""
    invoices = born(house, who, origin).invoices
    if not invoices:
        raise Conflict(
            "None of these drafts is finalised.",
            code="export_nothing",
            advice="Finalise them first: a draft is not exported as an invoice.",
        )
    return sales_exports.export_invoices(house, who, invoices, format_, names)


def _born(connection: Connection, who: Who, origin: str) -> Born:
    rows = connection.execute(_which(who).where(_s.born_from == origin)).all()
    drafts = [
        row.id
        for row in rows
        if row.state == State.DRAFT and row.deleted_at is None and row.merged_into_id is None
    ]
    found = {row.id: row for row in rows}
    while further := {row.merged_into_id for row in rows if row.merged_into_id} - found.keys():
        rows = connection.execute(_which(who).where(_s.id.in_(further))).all()
        found |= {row.id: row for row in rows}
        if not rows:
            break
    return Born(tuple(sorted(drafts)), tuple(one.id for one in _numbered(found)))


def _which(who: Who) -> Any:
    return select(
        _s.id, _s.state, _s.deleted_at, _s.merged_into_id, _s.year, _s.series, _s.number_in_series
    ).where(within(who, t.sales_invoice))


def _numbered(found: Mapping[str, Row[Any]]) -> list[Row[Any]]:
    rows = [row for row in found.values() if row.state != State.DRAFT]
    return sorted(rows, key=lambda row: (row.year, row.series, row.number_in_series))
