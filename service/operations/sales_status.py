"""What became of a finalised invoice: its commercial status, written down and told."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, update

from domain.drafts import Commercial, Happening, after
from domain.people import Who
from service.house import House
from service.operations.drafts import tell
from storage import tables as t

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
    status = after(Commercial(row.commercial), what)
    values: dict[str, Any] = {}
    if what is Happening.PAID:
        day = paid_on or house.now().date()
        values = {
            "paid_on": day,
            "paid_by": "person" if manual else "bank",
            "unpaid_status": row.commercial,
        }
        more["paid_on"] = day.isoformat()
    if status != row.commercial:
        connection.execute(
            update(t.sales_invoice)
            .where(_s.id == row.id)
            .values(commercial=status.value, version=row.version + 1, **values)
        )
    tell(
        connection, house, who, row._asdict(), f"invoice.{what.value}",
        number=row.number, status=status.value, before=row.commercial, manual=manual, **more,
    )  # fmt: skip


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
