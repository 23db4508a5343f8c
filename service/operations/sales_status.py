"""What became of a finalised invoice: its commercial status, written down and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, update

from domain.drafts import Commercial, Happening, after
from domain.people import Who
from service.house import House
from service.operations.drafts import tell, told_of
from storage import tables as t
from storage.outbox import record_events

_s = t.sales_invoice.c


def happened(
    connection: Connection,
    house: House,
    who: Who,
    row: Row[Any],
    what: Happening,
    *,
    manual: bool = False,
    paid_on: date | None = None,
    **more: Any,
) -> None:
    """Write down what became of an invoice that is held, and tell it; `more` is told besides.

    `paid_on` is the day of a payment, by the bank unless a person says so (`manual`).
    """
    happened_to(connection, house, who, [row], what, manual=manual, paid_on=paid_on, **more)


def happened_to(
    connection: Connection,
    house: House,
    who: Who,
    rows: Sequence[Row[Any]],
    what: Happening,
    *,
    manual: bool = False,
    paid_on: date | None = None,
    **more: Any,
) -> None:
    """`happened` to many invoices of one company: to all of them, or Conflict and to none."""
    if not rows:
        return
    day = paid_on or house.now().date()
    paid = {"paid_on": day, "paid_by": "person" if manual else "bank"}
    if what is Happening.PAID:
        more["paid_on"] = day.isoformat()
    status = {row.id: after(Commercial(row.commercial), what) for row in rows}
    changed = [
        {
            "own_id": row.id,
            "commercial": status[row.id].value,
            "version": row.version + 1,
            **({**paid, "unpaid_status": row.commercial} if what is Happening.PAID else {}),
        }
        for row in rows
        if status[row.id] != row.commercial
    ]
    if changed:
        connection.execute(update(t.sales_invoice).where(_s.id == bindparam("own_id")), changed)
    # What is paid stays so; were it not paid after all, this is what became of it meanwhile.
    paid_ids = [row.id for row in rows if row.commercial == Commercial.PAID]
    if paid_ids and what in (Happening.EXPORTED, Happening.SENT):
        connection.execute(
            update(t.sales_invoice).where(_s.id.in_(paid_ids)).values(unpaid_status=what.value)
        )
    record_events(
        connection,
        house.now(),
        organisation_id=rows[0].organisation_id,
        who=who,
        company_id=rows[0].company_id,
        type_=f"invoice.{what.value}",
        told={
            row.id: {
                **told_of(row._asdict()),
                "number": row.number,
                "status": status[row.id].value,
                "before": row.commercial,
                "manual": manual,
                **more,
            }
            for row in rows
        },
    )


def not_paid_after_all(
    connection: Connection, house: House, who: Who, row: Row[Any], *, manual: bool = False
) -> None:
    """Give a paid invoice that is held the status it had before."""
    status = row.unpaid_status or Commercial.DRAFT.value
    connection.execute(
        update(t.sales_invoice)
        .where(_s.id == row.id)
        .values(
            commercial=status,
            version=row.version + 1,
            paid_on=None,
            paid_by=None,
            unpaid_status=None,
        )
    )
    tell(
        connection, house, who, row._asdict(), "invoice.unpaid",
        number=row.number, status=status, before=row.commercial, manual=manual,
    )  # fmt: skip
