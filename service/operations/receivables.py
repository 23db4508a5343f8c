"""What customers owe: open amounts of invoices, kept as payments and credit notes come and go.

What is open is worked out from the books alone (`domain.receivables`) and kept beside the invoice,
so that lists can ask for it; `bannette doctor --invariants` holds one against the other. An invoice
that the bank paid becomes paid by itself, and stops being so when that payment is undone; what a
person said was paid stays so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from domain.drafts import Commercial, Happening
from domain.money import ZERO
from domain.people import MACHINE, Scope, Who
from domain.receivables import COLUMNS, Claim, column_of, is_paid, still_open
from domain.reconciliation import OpenItem
from service.house import House
from service.operations import companies
from service.operations.sales_status import happened, not_paid_after_all
from storage import receivables as stored
from storage import tables as t
from storage.visibility import within

_s, _c = t.sales_invoice.c, t.customer.c
COUNTS = or_(_s.paid_by.is_(None), _s.paid_by != "person")
"""What is open counts as owed unless a person said that it was paid."""
_UNPAID = (Commercial.DRAFT, Commercial.EXPORTED, Commercial.SENT)


def refresh(connection: Connection, house: House, invoice_ids: Iterable[str]) -> None:
    """Work out anew what is open of invoices, and of those they take back, and whether they are
    paid. The company's row is held.
    """
    wanted = sorted(set(invoice_ids))
    if not wanted:
        return
    first = sorted(set(connection.scalars(select(stored.FIRST).where(_s.id.in_(wanted)))))
    rows = {
        row.id: row
        for row in connection.execute(
            select(t.sales_invoice)
            .where(_s.id.in_(first) | _s.corrects_id.in_(first), _s.state != "draft")
            .order_by(_s.id)
            .with_for_update(key_share=True)
        )
    }
    found = stored.claims(connection, first)
    changed = []
    for claims in found.values():
        amounts = still_open(claims)
        for one in claims:
            kept = {"open_amount": amounts[one.id], "paid_amount": one.paid}
            if kept != {name: getattr(rows[one.id], name) for name in kept}:
                changed.append({"own_id": one.id, **kept})
    if changed:
        connection.execute(update(t.sales_invoice).where(_s.id == bindparam("own_id")), changed)
    for invoice_id, claims in found.items():
        _settle(connection, house, rows[invoice_id], claims)


def _settle(connection: Connection, house: House, row: Row[Any], claims: list[Claim]) -> None:
    """Let the status of an invoice follow what the bank paid of it."""
    machine = Who(row.organisation_id, MACHINE, MACHINE, frozenset({Scope.BOOKS_WRITE}))
    if is_paid(claims):
        if row.commercial in _UNPAID:
            happened(connection, house, machine, row, Happening.PAID, paid_on=claims[0].paid_on)
    elif row.commercial == Commercial.PAID and row.paid_by == "bank":
        not_paid_after_all(connection, house, machine, row)


def aged(house: House, who: Who, company_id: str | None, day: date | None = None) -> dict[str, Any]:
    """What each customer of a company owes by how many days it is late, who owes most first;
    credit notes that are to be paid back count as not due.
    """
    who.must(Scope.BOOKS_READ)
    today = day or house.now().date()
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rows = connection.execute(
            select(_c.id, _c.name, _c.auxiliary, _s.due_on, _s.open_amount)
            .join(t.customer, _c.id == _s.customer_id)
            .where(
                _s.company_id == company.id,
                within(who, t.sales_invoice),
                _s.open_amount != ZERO,
                COUNTS,
            )
        ).all()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(
            row.id,
            {"customer_id": row.id, "name": row.name, "auxiliary": row.auxiliary,
             **dict.fromkeys((*COLUMNS, "total"), ZERO)},
        )  # fmt: skip
        for column in (column_of(row.due_on, today), "total"):
            one[column] += row.open_amount
    total = {
        name: str(sum((one[name] for one in found.values()), ZERO)) for name in (*COLUMNS, "total")
    }
    ordered = sorted(
        found.values(), key=lambda one: (-one["total"], one["name"], one["customer_id"])
    )
    return {
        "company_id": company.id,
        "day": today.isoformat(),
        "currency": company.currency,
        "items": [
            {name: str(v) if isinstance(v, Decimal) else v for name, v in one.items()}
            for one in ordered
        ],
        "total": total,
        "next_cursor": None,
    }


def open_sales(connection: Connection, company: Row[Any], account: str) -> list[OpenItem]:
    """The invoices and credit notes of a company of which something is open, the oldest first."""
    mine = (_s.company_id == company.id, _s.organisation_id == company.organisation_id)
    entry, line = t.journal_entry.c, t.journal_line.c
    rows = connection.execute(
        select(
            t.sales_invoice,
            _c.name.label("customer_name"),
            _c.auxiliary,
            entry.currency.label("books"),
            line.debit,
            line.credit,
        )
        .join(t.customer, _c.id == _s.customer_id)
        .join(t.journal_entry, entry.id == _s.entry_id)
        .join(t.journal_line, (line.entry_id == entry.id) & (line.account == account))
        .where(*mine, _s.open_amount != ZERO)
        .order_by(_s.issued_on, _s.number)
    ).all()
    return [
        OpenItem(
            id=row.id,
            about=row.corrects_id or row.id,
            day=row.issued_on,
            amount=row.open_amount,
            party=row.customer_name,
            number=row.number,
            account=account,
            auxiliary=row.auxiliary,
            references=tuple(filter(None, (row.payment_reference,))),
            in_other_currency=row.currency != row.books,
            is_sale=True,
            owed=row.debit - row.credit,
        )
        for row in rows
    ]
