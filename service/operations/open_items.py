"""What is still to be paid: posted documents and finalised invoices, less what movements paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from domain.countries import country
from domain.findings import Reading
from domain.money import ZERO
from domain.reconciliation import OpenItem
from service.operations import vat_ledger
from service.operations.receivables import open_sales
from service.operations.suppliers import ibans_of
from storage import tables as t


def open_items(
    connection: Connection, company: Row[Any], document_ids: list[str] | None = None
) -> list[OpenItem]:
    """The open items of a company, or of some of its documents alone, the oldest first.

    What an entry that stands has on accounts of suppliers and customers, less its matches; signed
    as the movement that settles it: what we owe is negative.
    """
    books = country(company.country)
    control = {books.payable, books.asset_payable, books.banking.receivable}
    entry, line, document = t.journal_entry.c, t.journal_line.c, t.document.c
    reversing = t.journal_entry.alias("reversing")
    settled = (
        select(t.movement_match.c.document_id, func.sum(t.movement_match.c.amount).label("amount"))
        .where(
            t.movement_match.c.organisation_id == company.organisation_id,
            t.movement_match.c.document_id.is_not(None),
        )
        .group_by(t.movement_match.c.document_id)
        .subquery()
    )
    standing = (
        entry.company_id == company.id,
        entry.organisation_id == company.organisation_id,
        entry.document_id.is_not(None),
        entry.reverses_entry_id.is_(None),
        reversing.c.id.is_(None),
    )
    lines = t.journal_line.join(t.journal_entry, entry.id == line.entry_id).outerjoin(
        reversing, reversing.c.reverses_entry_id == entry.id
    )
    owed = (
        select(
            entry.document_id,
            line.account,
            line.auxiliary,
            func.sum(line.debit).label("debit"),
            func.sum(line.credit).label("credit"),
            func.max(line.foreign_currency).label("foreign_currency"),
        )
        .select_from(lines)
        .where(*standing, line.account.in_(control))
        .group_by(entry.document_id, line.account, line.auxiliary)
        .subquery()
    )
    query = (
        select(
            owed,
            settled.c.amount.label("settled"),
            document.issue_date,
            document.created_at,
            document.supplier_name,
            document.invoice_number,
            document.reading,
            document.supplier_id,
        )
        .select_from(
            t.document.join(owed, owed.c.document_id == document.id).outerjoin(
                settled, settled.c.document_id == document.id
            )
        )
        .where(owed.c.debit - owed.c.credit != func.coalesce(settled.c.amount, ZERO))
        .order_by(document.issue_date, document.id)
    )
    if document_ids is not None:
        query = query.where(document.id.in_(document_ids))
    paid_to = ibans_of(connection, company.id)
    items = _one_each(connection.execute(query).all(), paid_to)
    if document_ids is None:
        items += open_sales(connection, company, books.banking.receivable)
        items.sort(key=lambda item: item.day)
    return _with_waiting(connection, company, items)


def _with_waiting(
    connection: Connection, company: Row[Any], items: Sequence[OpenItem]
) -> list[OpenItem]:
    """The items with the VAT that waits for their payment."""
    sale, open_ = t.sales_invoice.alias("sale").c, t.sales_invoice.alias("open_sale").c
    some = select(func.coalesce(open_.corrects_id, open_.id)).where(
        open_.company_id == company.id, open_.open_amount != ZERO
    )
    which = or_(
        t.journal_entry.c.document_id.is_not(None),
        t.journal_entry.c.id.in_(
            select(sale.entry_id).where(func.coalesce(sale.corrects_id, sale.id).in_(some))
        ),
    )
    waits = {
        one.about: one.parts for one in vat_ledger.waiting(connection, company, date.max, which)
    }
    return [
        replace(item, waiting=waits[item.about]) if item.about in waits else item for item in items
    ]


def _one_each(
    rows: Sequence[Row[Any]], paid_to: Mapping[str, Sequence[Row[Any]]]
) -> list[OpenItem]:
    """An item a document: of one that owes on two accounts, the larger is what is paid by."""
    found: dict[str, OpenItem] = {}
    for row in rows:
        amount = row.debit - row.credit - (row.settled or ZERO)
        known = found.get(row.document_id)
        if amount and (known is None or abs(amount) > abs(known.amount)):
            found[row.document_id] = _item(row, amount, paid_to.get(row.supplier_id, ()))
    return list(found.values())


def _item(row: Row[Any], amount: Decimal, accounts: Sequence[Row[Any]]) -> OpenItem:
    reading = Reading.from_json(row.reading)
    iban = reading.value("iban")
    return OpenItem(
        id=row.document_id,
        about=row.document_id,
        day=row.issue_date or row.created_at.date(),
        amount=amount,
        party=row.supplier_name or "",
        number=row.invoice_number or "",
        account=row.account,
        auxiliary=row.auxiliary,
        references=tuple(filter(None, (reading.value("payment_reference"),))),
        ibans=tuple(dict.fromkeys(filter(None, (*(one.iban for one in accounts), iban)))),
        in_other_currency=row.foreign_currency is not None,
        owed=row.debit - row.credit,
    )
