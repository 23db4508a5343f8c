"""Drafts: made one by one or many at once, changed, copied, deleted and brought back.

Nothing here has a number: `finalising` gives it. Merging is in `merges`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.countries import country
from domain.drafts import DraftLine, NewDraft, State, totals_of
from domain.errors import Invalid
from domain.ids import new_id
from domain.people import Scope, Who
from domain.sales import InvoiceKind, vat_sums
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies, customers
from service.operations.draft_values import LENGTHS, checked, must_be_pricing
from service.operations.records import claim, free
from service.operations.sales import (
    find_draft,
    find_sale,
    shown,
    summary_json,
    totals_values,
)
from service.operations.sales_lines import (
    line_row,
    lines_of,
    plain,
    replace_lines,
    treated,
    typed_lines,
)
from service.operations.versions import must_be_at
from storage import tables as t
from storage.outbox import record_action, record_event, record_events
from storage.visibility import within

_s = t.sales_invoice.c
WAITING = (_s.state == State.DRAFT.value, _s.deleted_at.is_(None), _s.merged_into_id.is_(None))
"""Drafts that are still to be finalised."""


def create_drafts(
    connection: Connection, house: House, who: Who, company: Row[Any], drafts: Sequence[NewDraft]
) -> list[str]:
    """Write drafts, within the transaction of the caller; their ids, in the order given.

    Lines without a treatment get the one that fits their rate and the customer. Records that lines
    come from are claimed: nobody else invoices them.
    """
    who.must(Scope.BOOKS_WRITE)
    known = _customers(connection, who, company, {draft.customer_id for draft in drafts})
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    claimed: dict[str, list[str]] = {}
    for draft in drafts:
        customer = known[draft.customer_id]
        made = new_id("inv")
        own = [DraftLine(new_id("sln"), treated(line, company, customer)) for line in draft.lines]
        rows.append(_row(house, who, company, customer, draft, made, own))
        lines += [line_row(company.organisation_id, made, n, one) for n, one in enumerate(own)]
        claimed[made] = [record for one in own for record in one.line.record_ids]
    if rows:
        connection.execute(insert(t.sales_invoice), rows)
    if lines:
        connection.execute(insert(t.sales_line), lines)
    claim(connection, company, claimed)
    record_events(
        connection,
        house.now(),
        organisation_id=company.organisation_id,
        who=who,
        company_id=company.id,
        type_="draft.created",
        told={row["id"]: told_of(row) for row in rows},
        first=True,
    )
    return [row["id"] for row in rows]


def _row(
    house: House,
    who: Who,
    company: Row[Any],
    customer: Row[Any],
    draft: NewDraft,
    made: str,
    lines: Sequence[DraftLine],
) -> dict[str, Any]:
    must_be_pricing(draft.pricing)
    currency = (draft.currency or company.currency).upper()
    if len(currency) != 3 or not currency.isalpha():
        raise Invalid("A currency has three letters.", code="draft_currency", fields=["currency"])
    return {
        "id": made,
        "organisation_id": company.organisation_id,
        "company_id": company.id,
        "customer_id": customer.id,
        "state": State.DRAFT.value,
        "kind": draft.kind.value,
        "pricing": draft.pricing,
        "currency": currency,
        "exchange_rate": draft.exchange_rate,
        "issued_on": draft.issued_on,
        "due_on": draft.due_on,
        "language": draft.language or customer.language,
        **{name: getattr(draft, name)[:length] for name, length in LENGTHS.items()},
        **totals_values(lines),
        "corrects_id": draft.corrects_id,
        "deposit_ids": list(draft.deposit_ids),
        "deposit_for_id": draft.deposit_for_id,
        "born_from": draft.born_from,
        "made_by": who.id,
        "created_at": house.now(),
    }


def _customers(
    connection: Connection, who: Who, company: Row[Any], ids: set[str]
) -> dict[str, Row[Any]]:
    found = customers.find_all(connection, who, ids)
    if any(row.company_id != company.id for row in found.values()):
        raise Invalid(
            "This customer is of another company.",
            code="customer_of_another",
            fields=["customer_id"],
        )
    return found


def create(
    house: House, who: Who, company_id: str | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """One draft from named values."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        customer = customers.find(connection, who, str(values.get("customer_id") or ""))
        lines = typed_lines(values.get("lines") or [], company, customer)
        draft = NewDraft(
            customer_id=customer.id,
            lines=tuple(one.line for one in lines),
            **checked(values),
        )
        made = create_drafts(connection, house, who, company, [draft])[0]
        return shown(connection, who, made, house.now().date())


def change(
    house: House, who: Who, draft_id: str, values: Mapping[str, Any], version: int | None
) -> dict[str, Any]:
    """Change a draft; `lines` replace those there are, and keep what they are by their `id`."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_draft(connection, who, draft_id, lock=True)
        must_be_at(row, version)
        clean: dict[str, Any] = dict(checked(values))
        clean.pop("deposit_ids", None)
        if row.corrects_id is not None:
            clean.pop("kind", None)
        company = companies.find(connection, who, row.company_id)
        customer_id = str(values.get("customer_id") or row.customer_id)
        customer = _customers(connection, who, company, {customer_id})[customer_id]
        if customer_id != row.customer_id:
            _may_move(row)
            clean["customer_id"] = customer_id
        if values.get("lines") is not None:
            lines = _kept(connection, row, typed_lines(values["lines"], company, customer))
            replace_lines(connection, row.organisation_id, row.id, lines)
            clean |= totals_values(lines)
            deposits = country(company.country).deposits_received
            if not any(one.line.account == deposits for one in lines):
                clean["deposit_ids"] = []
        _write(connection, house, who, row, clean)
        return shown(connection, who, row.id, house.now().date())


def _kept(connection: Connection, row: Row[Any], lines: Sequence[DraftLine]) -> list[DraftLine]:
    """The new lines of a draft: what has the id of a line there is that line, record and all."""
    there = {one.id: one.line.record_ids for one in lines_of(connection, [row.id])[row.id]}
    named = [one.id for one in lines if one.id]
    if len(named) != len(set(named)):
        raise Invalid("A line stands there once.", code="line_twice", fields=["lines"])
    made = [
        DraftLine(one.id, replace(one.line, record_ids=there[one.id]))
        if one.id in there
        else DraftLine(new_id("sln"), one.line)
        for one in lines
    ]
    gone = {r for ids in there.values() for r in ids} - {r for o in made for r in o.line.record_ids}
    free(connection, gone)
    return made


def _may_move(row: Row[Any]) -> None:
    if row.corrects_id is not None:
        raise Invalid(
            "A credit note is for the customer of its invoice.",
            code="credit_customer",
            fields=["customer_id"],
        )


def _write(
    connection: Connection, house: House, who: Who, row: Row[Any], changes: dict[str, Any]
) -> None:
    news = {key: value for key, value in changes.items() if value != getattr(row, key)}
    connection.execute(
        update(t.sales_invoice).where(_s.id == row.id).values(version=row.version + 1, **news)
    )
    record_action(
        connection, house.now(), who, "draft.changed", row.id,
        company_id=row.company_id, what=sorted(changes),
    )  # fmt: skip


def preview_totals(
    house: House, who: Who, company_id: str | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """What lines come to before they are kept: what a page shows while one types."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        customer = customers.find(connection, who, str(values.get("customer_id") or ""))
        company = companies.find(connection, who, company_id or customer.company_id)
        lines = [o.line for o in typed_lines(values.get("lines") or [], company, customer)]
    totals = totals_of(lines)
    return {
        "lines": [
            {"net": str(line.net), "vat_rate": plain(line.vat_rate), "treatment": line.treatment}
            for line in lines
        ],
        "vat": [
            {
                "treatment": part.treatment,
                "rate": plain(part.rate),
                "base": str(part.base),
                "amount": str(part.amount),
            }
            for part in vat_sums(lines)
        ],
        "net_total": str(totals.net),
        "vat_total": str(totals.vat),
        "gross_total": str(totals.gross),
    }


def get(house: House, who: Who, draft_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return shown(connection, who, draft_id, house.now().date())


def list_drafts(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    customer_id: str | None = None,
    born_from: str | None = None,
    q: str = "",
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """Drafts that wait, the newest first."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    c = t.customer.c
    with house.store.reading() as connection:
        query = (
            select(t.sales_invoice, c.name.label("customer_name"))
            .join(t.customer, c.id == _s.customer_id)
            .where(within(who, t.sales_invoice), *WAITING)
        )
        for column, value in ((_s.company_id, company_id), (_s.customer_id, customer_id),
                              (_s.born_from, born_from)):  # fmt: skip
            if value is not None:
                query = query.where(column == value)
        for word in folded(q).split():
            query = query.where(
                func.lower(c.name + " " + _s.name + " " + _s.title).contains(word, autoescape=True)
            )
        if cursor is not None:
            query = query.where(_s.id < cursor)
        rows = connection.execute(query.order_by(_s.id.desc()).limit(limit + 1)).all()
    today = house.now().date()
    return page_of([summary_json(row, row.customer_name, today) for row in rows], limit)


def duplicate(house: House, who: Who, invoice_id: str) -> dict[str, Any]:
    """A new draft that says what a draft or an invoice says, for nobody's records and no day."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_sale(connection, who, invoice_id)
        company = companies.find(connection, who, row.company_id)
        lines = [replace(one.line, record_ids=()) for one in lines_of(connection, [row.id])[row.id]]
        draft = NewDraft(
            customer_id=row.customer_id,
            lines=tuple(lines),
            kind=InvoiceKind(row.kind),
            currency=row.currency,
            exchange_rate=row.exchange_rate,
            language=row.language,
            pricing=row.pricing,
            **{name: getattr(row, name) for name in LENGTHS},
        )
        made = create_drafts(connection, house, who, company, [draft])[0]
        return shown(connection, who, made, house.now().date())


def delete(house: House, who: Who, draft_id: str, version: int | None = None) -> dict[str, Any]:
    """Delete a draft: it had no number, so nothing is missing. What it billed is free again."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_draft(connection, who, draft_id, lock=True)
        must_be_at(row, version)
        delete_within(connection, house, who, row)
        return shown(connection, who, row.id, house.now().date())


def delete_within(connection: Connection, house: House, who: Who, row: Row[Any]) -> None:
    """Delete a draft within the transaction of the caller, who holds it."""
    free(connection, _records(connection, row))
    connection.execute(
        update(t.sales_invoice)
        .where(_s.id == row.id)
        .values(deleted_at=house.now(), version=row.version + 1)
    )
    record_action(connection, house.now(), who, "draft.deleted", row.id, company_id=row.company_id)


def restore(house: House, who: Who, draft_id: str) -> dict[str, Any]:
    """Bring a deleted draft back, with the records it had; Conflict when another has one of them."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_sale(connection, who, draft_id, lock=True)
        if row.deleted_at is not None:
            company = companies.find(connection, who, row.company_id)
            claim(connection, company, {row.id: sorted(_records(connection, row))})
            connection.execute(
                update(t.sales_invoice)
                .where(_s.id == row.id)
                .values(deleted_at=None, version=row.version + 1)
            )
            record_action(
                connection, house.now(), who, "draft.restored", row.id, company_id=row.company_id
            )
        return shown(connection, who, row.id, house.now().date())


def _records(connection: Connection, row: Row[Any]) -> set[str]:
    lines = lines_of(connection, [row.id])[row.id]
    return {record for one in lines for record in one.line.record_ids}


def tell(
    connection: Connection,
    house: House,
    who: Who,
    row: Mapping[str, Any],
    type_: str,
    **more: Any,
) -> None:
    """The event of a draft or an invoice, a row or its values: what, for whom, how much."""
    record_event(
        connection,
        house.now(),
        organisation_id=row["organisation_id"],
        who=who,
        company_id=row["company_id"],
        type_=type_,
        subject=row["id"],
        data={**told_of(row), **more},
    )


def told_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of a draft or an invoice."""
    place = "drafts" if row["state"] == State.DRAFT else "invoices"
    return {
        "invoice_id": row["id"],
        "kind": row["kind"],
        "customer_id": row["customer_id"],
        "currency": row["currency"],
        "net_total": str(row["net_total"]),
        "vat_total": str(row["vat_total"]),
        "gross_total": str(row["gross_total"]),
        "links": {"invoice": f"/api/v1/{place}/{row['id']}"},
    }
