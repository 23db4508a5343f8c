"""Billing batches: what a choice of what is billable comes to, and the drafts it makes.

The rules are `domain.billing`. What a contract makes due by itself becomes a record here, when a
batch takes it, once for each period.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain import billing
from domain.billing import Item
from domain.drafts import State
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.money import ZERO
from domain.people import Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import billable, companies, drafts, records
from service.operations.billable import Offer, Wanted
from service.operations.sales_lines import plain
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_b, _r, _s = t.billing_batch.c, t.sales_record.c, t.sales_invoice.c


def preview(house: House, who: Who, wanted: Wanted) -> dict[str, Any]:
    """The contracts with what is due of each, and the figures of the choice."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, wanted.company_id)
        offered = billable.offer(connection, who, company, wanted, house.now().date())
    taken = wanted.taken(offered.items)
    return {
        "company_id": company.id,
        "currency": company.currency,
        "panel": _panel_json(offered, taken, wanted),
        "rows": [
            {
                "customer_id": row.customer_id,
                "customer_name": offered.names[row.customer_id],
                "contract_id": row.contract_id or None,
                "contract_name": _name(offered, row.contract_id),
                "kind": offered.contracts[row.contract_id].kind if row.contract_id else None,
                "taxable": any(item.vat_rate for item in row.items),
                "readiness": row.readiness,
                "balance": str(row.balance),
                "selected": str(row.selected),
                "ticked": row.ticked,
                "items": [_item_json(item, item.id in taken) for item in row.items],
            }
            for row in billing.rows(offered.items, taken)
        ],
    }


def make(
    house: House, who: Who, wanted: Wanted, *, name: str, issued_on: date | None = None
) -> dict[str, Any]:
    """Make the drafts of a choice, in one transaction; what they invoice is theirs from then on."""
    who.must(Scope.BOOKS_WRITE)
    name = plain_text(name, 200)
    if not name:
        raise Invalid("A batch has a name.", code="batch_name", fields=["name"])
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, wanted.company_id)
        companies.find(connection, who, company.id, lock=True)
        offered = billable.offer(connection, who, company, wanted, house.now().date())
        taken = wanted.taken(offered.items)
        gone = set(wanted.chosen or ()) - {item.id for item in offered.items}
        if gone:
            raise Conflict(
                "Some of what was chosen is not there any more.",
                code="batch_changed",
                advice="Look at the list again: somebody may have invoiced it.",
                records=sorted(gone),
            )
        if not taken:
            raise Invalid(
                "Nothing is chosen.", code="batch_empty", advice="Choose something that is ready."
            )
        figures = _panel(offered, taken, wanted)
        written = _written(connection, house, who, company, offered, taken)
        items = [replace(item, id=written.get(item.id, item.id)) for item in offered.items]
        taken = frozenset(written.get(one, one) for one in taken)
        made = new_id("bat")
        found = billing.drafts(
            items,
            taken,
            offered.contracts,
            one_per_customer=wanted.one_per_customer,
            level=wanted.level,
            name=name,
            issued_on=issued_on,
            born_from=made,
        )
        drafts.create_drafts(connection, house, who, company, [draft for draft, _ in found])
        connection.execute(
            insert(t.billing_batch).values(
                id=made,
                organisation_id=who.organisation_id,
                company_id=company.id,
                name=name,
                level=wanted.level.value,
                one_per_customer=wanted.one_per_customer,
                issued_on=issued_on,
                records={item.id: str(item.net) for item in items if item.id in taken},
                invoices=figures.invoices,
                net_total=figures.billable,
                vat_total=figures.tax,
                made_by=who.id,
                created_at=house.now(),
            )
        )
        record_action(
            connection, house.now(), who, "batch.made", made,
            company_id=company.id, name=name, drafts=len(found),
        )  # fmt: skip
        return _json(connection, find(connection, who, made))


def get(house: House, who: Who, batch_id: str) -> dict[str, Any]:
    """A batch held against its sources: each record as it was chosen, and where it is now."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _json(connection, find(connection, who, batch_id))


def list_batches(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    query = select(t.billing_batch).where(within(who, t.billing_batch), _b.deleted_at.is_(None))
    if company_id is not None:
        query = query.where(_b.company_id == company_id)
    if cursor is not None:
        query = query.where(_b.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_b.id.desc()).limit(limit + 1)).all()
    return page_of([_head(row) for row in rows], limit)


def delete(house: House, who: Who, batch_id: str) -> dict[str, Any]:
    """Delete a batch with its drafts: what they were to invoice is free. Conflict once one of them
    has a number, or was merged: then each draft is a matter of its own.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, batch_id, lock=True)
        born = connection.execute(
            select(t.sales_invoice).where(
                _s.born_from == row.id,
                _s.organisation_id == row.organisation_id,
                _s.deleted_at.is_(None),
            )
        ).all()
        if any(one.state != State.DRAFT or one.merged_into_id or one.merged for one in born):
            raise Conflict(
                "A draft of this batch was finalised or merged.",
                code="batch_used",
                advice="Delete the drafts that are left, or write credit notes.",
            )
        for one in born:
            drafts.delete_within(connection, house, who, one)
        connection.execute(
            update(t.billing_batch).where(_b.id == row.id).values(deleted_at=house.now())
        )
        record_action(
            connection, house.now(), who, "batch.deleted", row.id, company_id=row.company_id
        )
        return _json(connection, find(connection, who, row.id))


def find(connection: Connection, who: Who, batch_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.billing_batch).where(_b.id == batch_id, within(who, t.billing_batch))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such batch.")
    return row


def _written(
    connection: Connection,
    house: House,
    who: Who,
    company: Row[Any],
    offered: Offer,
    taken: Collection[str],
) -> dict[str, str]:
    """What contracts made due, written as records: id of the offer → id of the record."""
    rows, named = [], {}
    for item in offered.items:
        if item.id not in taken or item.id not in offered.dues:
            continue
        contract, due = offered.dues[item.id]
        named[item.id] = new_id("rec")
        rows.append(
            {
                "id": named[item.id],
                "organisation_id": who.organisation_id,
                "company_id": company.id,
                "customer_id": contract.customer_id,
                "kind": due.what,
                "state": records.OPEN,
                "text": f"{contract.name} {item.text}".strip(),
                "quantity": due.quantity,
                "unit": item.unit,
                "unit_price": due.unit_price,
                "discount_percent": Decimal(0),
                "vat_rate": contract.rate,
                "nature": contract.nature.value,
                "served_on": item.day,
                "contract_id": contract.id,
                "due_key": due.key,
                "made_by": who.id,
                "created_at": house.now(),
            }
        )
    if rows:
        connection.execute(insert(t.sales_record), rows)
    return named


def _panel(offered: Offer, taken: Collection[str], wanted: Wanted) -> billing.Panel:
    return billing.panel(
        offered.items, taken, offered.contracts, one_per_customer=wanted.one_per_customer
    )


def _panel_json(offered: Offer, taken: Collection[str], wanted: Wanted) -> dict[str, Any]:
    figures = _panel(offered, taken, wanted)
    return {
        "invoices": figures.invoices,
        "unbilled_tickets": figures.unbilled_tickets,
        "hours": plain(figures.hours),
        "billable": str(figures.billable),
        "tax": str(figures.tax),
        "total": str(figures.total),
    }


def _name(offered: Offer, contract_id: str) -> str:
    return offered.contracts[contract_id].name if contract_id else ""


def _item_json(item: Item, chosen: bool) -> dict[str, Any]:
    return {
        "id": item.id,
        "kind": item.kind,
        "text": item.text,
        "ticket": item.ticket,
        "day": item.day.isoformat(),
        "quantity": plain(item.quantity),
        "unit": item.unit,
        "unit_price": plain(item.unit_price),
        "vat_rate": plain(item.vat_rate),
        "net": str(item.net),
        "waits_for": item.waits_for or None,
        "chosen": chosen,
    }


def _head(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "level": row.level,
        "one_per_customer": row.one_per_customer,
        "issued_on": row.issued_on.isoformat() if row.issued_on else None,
        "invoices": row.invoices,
        "net_total": str(row.net_total),
        "vat_total": str(row.vat_total),
        "deleted": row.deleted_at is not None,
        "created_at": row.created_at.isoformat(),
    }


def _json(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """With `drafts`, and the sources held against them: `difference` is what people changed."""
    chosen = {one: Decimal(net) for one, net in row.records.items()}
    born = connection.execute(
        select(t.sales_invoice, t.customer.c.name.label("customer_name"))
        .join(t.customer, t.customer.c.id == _s.customer_id)
        .where(
            _s.born_from == row.id,
            _s.organisation_id == row.organisation_id,
            _s.deleted_at.is_(None),
            _s.merged_into_id.is_(None),
        )
        .order_by(_s.id)
    ).all()
    holds: dict[str | None, Decimal] = {}
    ids = list(chosen)
    for start in range(0, len(ids), 500):
        for record in connection.execute(
            select(_r.id, _r.invoice_id).where(_r.id.in_(ids[start : start + 500]))
        ):
            holds[record.invoice_id] = holds.get(record.invoice_id, ZERO) + chosen[record.id]
    theirs = {one.id for one in born}
    invoices = [
        {
            "id": one.id,
            "state": one.state,
            "number": one.number,
            "customer_name": one.customer_name,
            "net_total": str(one.net_total),
            "of_records": str(holds.get(one.id, ZERO)),
            "difference": str(one.net_total - holds.get(one.id, ZERO)),
        }
        for one in born
    ]
    return {
        **_head(row),
        "records": len(chosen),
        "drafts": invoices,
        "freed": str(holds.get(None, ZERO)),
        "elsewhere": str(
            sum(
                (net for invoice, net in holds.items() if invoice not in theirs),
                ZERO,
            )
            - holds.get(None, ZERO)
        ),
    }
