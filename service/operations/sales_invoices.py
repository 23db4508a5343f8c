"""Finalised invoices: found, marked as sent or paid, credited, refunded, their history told.

Their commercial status goes its own way (`domain.drafts.after`); what the paper says never changes,
and a credit note corrects it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from domain.countries import country
from domain.drafts import Commercial, DraftLine, Happening, NewDraft, State, after, totals_of
from domain.errors import Conflict, Invalid
from domain.money import ZERO, cents
from domain.people import Scope, Who
from domain.sales import InvoiceKind, vat_sums
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies, receivables
from service.operations.discussion import names_of
from service.operations.drafts import create_drafts
from service.operations.issuing import credited, issue
from service.operations.sales import find_draft, find_invoice, find_sale, shown, summary_json
from service.operations.sales_lines import lines_of, plain
from service.operations.sales_status import happened, not_paid_after_all
from storage import journal
from storage import tables as t
from storage.visibility import within

_s = t.sales_invoice.c


class Invoices(Page):
    open: list[dict[str, str]]
    """What is to be paid of all that was asked for, by currency of the books."""


def list_invoices(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    state: str = "",
    status: str = "",
    customer_id: str | None = None,
    payment: str = "",
    q: str = "",
    cursor: str | None = None,
    limit: int = 100,
) -> Invoices:
    """Finalised invoices, the last numbered first; `q` are words of numbers, names and titles,
    `payment` is unpaid, overdue or partly. `open` adds up what is to be paid of all of them.
    """
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    today = house.now().date()
    c = t.customer.c
    query = (
        select(t.sales_invoice, c.name.label("customer_name"))
        .join(t.customer, c.id == _s.customer_id)
        .where(within(who, t.sales_invoice), _s.state != State.DRAFT.value)
    )
    for column, value in ((_s.company_id, company_id), (_s.customer_id, customer_id),
                          (_s.state, state or None), (_s.commercial, status or None)):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    for word in folded(q).split():
        said = func.lower(_s.number + " " + c.name + " " + _s.name + " " + _s.title)
        query = query.where(said.contains(word, autoescape=True))
    if payment:
        query = query.where(*_paid_so(payment, today))
    with house.store.reading() as connection:
        sums = connection.execute(
            query.with_only_columns(
                t.company.c.currency,
                func.coalesce(func.sum(_s.open_amount), ZERO, type_=t.Money).label("amount"),
            )
            .join(t.company, t.company.c.id == _s.company_id)
            .where(receivables.COUNTS)
            .group_by(t.company.c.currency)
            .order_by(t.company.c.currency)
        ).all()
        if cursor is not None:
            last = find_sale(connection, who, cursor)
            query = query.where(
                (_s.finalised_at < last.finalised_at)
                | ((_s.finalised_at == last.finalised_at) & (_s.number < last.number))
            )
        rows = connection.execute(
            query.order_by(_s.finalised_at.desc(), _s.number.desc()).limit(limit + 1)
        ).all()
    page = page_of([summary_json(row, row.customer_name, today) for row in rows], limit)
    return {
        **page,
        "open": [{"currency": one.currency, "amount": str(one.amount)} for one in sums],
    }


def _paid_so(payment: str, today: date) -> list[ColumnElement[bool]]:
    """Which invoices a filter means."""
    unpaid = [receivables.COUNTS, _s.open_amount > ZERO]
    match payment:
        case "unpaid":
            return unpaid
        case "overdue":
            return [*unpaid, _s.due_on < today]
        case "partly":
            return [*unpaid, _s.paid_amount > ZERO]
    raise Invalid(
        "Invoices are unpaid, overdue or partly paid.", code="payment_filter", fields=["payment"]
    )


def get_invoice(house: House, who: Who, invoice_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        find_invoice(connection, who, invoice_id)
        return shown(connection, who, invoice_id, house.now().date())


UNPAID = "unpaid"


def mark(
    house: House, who: Who, invoice_id: str, what: str, day: date | None = None
) -> dict[str, Any]:
    """Note by hand that an invoice was exported, sent, or paid on a day other than by the bank, or
    that it was not paid after all; `refund` is for refunded ones.
    """
    who.must(Scope.BOOKS_WRITE)
    if what not in (Happening.EXPORTED, Happening.SENT, Happening.PAID, UNPAID):
        raise Invalid(
            "An invoice is marked as exported, sent, paid or unpaid.",
            code="status_order",
            advice="Refund it to make the credit note as well.",
            fields=["status"],
        )
    today = house.now().date()
    with house.store.transaction() as connection:
        company_id = find_invoice(connection, who, invoice_id).company_id
        journal.hold(connection, who.organisation_id, company_id)  # nobody matches it meanwhile
        row = find_invoice(connection, who, invoice_id, lock=True)
        if what == UNPAID:
            if row.commercial != Commercial.PAID or row.paid_by != "person":
                raise Conflict(
                    "Nobody said that this invoice was paid.",
                    code="not_paid_by_hand",
                    advice="What the bank paid is undone by reversing the entry of its movement.",
                )
            not_paid_after_all(connection, house, who, row, manual=True)
            receivables.refresh(connection, house, [row.id])
        else:
            if day is not None and not row.issued_on <= day <= today:
                raise Invalid(
                    "A payment is not before its invoice, nor in the future.",
                    code="paid_on",
                    fields=["paid_on"],
                )
            happened(connection, house, who, row, Happening(what), manual=True, paid_on=day)
        return shown(connection, who, row.id, today)


def credit_note(
    house: House,
    who: Who,
    invoice_id: str,
    lines: Sequence[Mapping[str, Any]] | None = None,
    *,
    finalise: bool = False,
) -> dict[str, Any]:
    """A draft that takes an invoice back, whole or `lines` as {line_id, quantity or net}; finalised
    in the same step when so said. Never more than is left.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company_id = find_invoice(connection, who, invoice_id).company_id
        company = journal.hold(connection, who.organisation_id, company_id) if finalise else None
        row = find_invoice(connection, who, invoice_id, lock=True)
        made = _credit(connection, house, who, row, lines)
        if company is not None:
            issue(connection, house, who, company, find_draft(connection, who, made, lock=True))
        return shown(connection, who, made, house.now().date())


def credit_preview(
    house: House, who: Who, invoice_id: str, lines: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """What a credit note would come to, and what of the invoice is `left` to be taken back."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_invoice(connection, who, invoice_id)
        taken = [one.line for one in _taken_back(connection, row, lines)]
        totals = totals_of(taken)
        return {
            "lines": [{"net": str(line.net)} for line in taken],
            "vat": [
                {"rate": plain(part.rate), "base": str(part.base), "amount": str(part.amount)}
                for part in vat_sums(taken)
            ],
            "net_total": str(totals.net),
            "vat_total": str(totals.vat),
            "gross_total": str(totals.gross),
            "left": str(row.gross_total - credited(connection, row.id)),
        }


def refund(house: House, who: Who, invoice_id: str) -> dict[str, Any]:
    """Refund a paid invoice: the credit note of its whole amount is finalised with it."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company_id = find_invoice(connection, who, invoice_id).company_id
        company = journal.hold(connection, who.organisation_id, company_id)
        assert company is not None
        row = find_invoice(connection, who, invoice_id, lock=True)
        after(Commercial(row.commercial), Happening.REFUNDED)
        note: dict[str, Any] | None = None
        if row.state != State.CANCELLED:
            if credited(connection, row.id):
                raise Conflict(
                    "A part of this invoice is credited already.",
                    code="refund_partial",
                    advice="Credit the rest of it first.",
                    invoice_id=row.id,
                )
            made = _credit(connection, house, who, row, None)
            draft = find_draft(connection, who, made, lock=True)
            note = issue(connection, house, who, company, draft)
        row = find_invoice(connection, who, invoice_id, lock=True)
        happened(
            connection, house, who, row, Happening.REFUNDED,
            credit_note=note["number"] if note else None,
        )  # fmt: skip
        return shown(connection, who, row.id, house.now().date())


def _credit(
    connection: Connection,
    house: House,
    who: Who,
    row: Row[Any],
    chosen: Sequence[Mapping[str, Any]] | None,
) -> str:
    if row.kind == InvoiceKind.CREDIT_NOTE:
        raise Conflict(
            "A credit note is not corrected by a credit note.",
            code="credit_of_credit",
            advice="Make a new invoice.",
        )
    if row.state == State.CANCELLED:
        raise Conflict(
            "This invoice is taken back whole by credit notes already.",
            code="credit_nothing",
            invoice_id=row.id,
        )
    company = companies.find(connection, who, row.company_id)
    lines = _taken_back(connection, row, chosen)
    left = row.gross_total - credited(connection, row.id)
    if totals_of(one.line for one in lines).gross > left:
        raise Conflict(
            "The credit notes would exceed the invoice.",
            code="credit_too_much",
            advice="Make it smaller.",
            invoice_id=row.id,
            left=str(left),
        )
    deposits = country(company.country).deposits_received
    draft = NewDraft(
        customer_id=row.customer_id,
        lines=tuple(
            replace(
                one.line,
                record_ids=(),
                account=one.line.account or (deposits if row.kind == InvoiceKind.DEPOSIT else ""),
            )
            for one in lines
        ),
        kind=InvoiceKind.CREDIT_NOTE,
        name=row.name,
        currency=row.currency,
        exchange_rate=row.exchange_rate,
        order_reference=row.order_reference,
        language=row.language,
        mission=row.mission,
        pricing=row.pricing,
        template=row.template,
        corrects_id=row.id,
    )
    return create_drafts(connection, house, who, company, [draft])[0]


def _taken_back(
    connection: Connection, row: Row[Any], chosen: Sequence[Mapping[str, Any]] | None
) -> list[DraftLine]:
    """The lines of an invoice, or what of them was chosen."""
    lines = lines_of(connection, [row.id])[row.id]
    return lines if chosen is None else _chosen(lines, chosen)


def _chosen(lines: Sequence[DraftLine], chosen: Sequence[Mapping[str, Any]]) -> list[DraftLine]:
    there = {one.id: one for one in lines}
    found = []
    for one in chosen:
        line = there.get(str(one.get("line_id") or ""))
        if line is None:
            raise Invalid("A line is not in this invoice.", code="line_unknown", fields=["lines"])
        part = line.line
        if one.get("net") is not None:
            net = _part(one["net"], part.net, "net")
            part = replace(
                part, quantity=Decimal(1 if net > 0 else -1), unit="", unit_price=abs(net),
                discount_percent=ZERO,
            )  # fmt: skip
        elif one.get("quantity") is not None:
            part = replace(part, quantity=_part(one["quantity"], part.quantity, "quantity"))
        found.append(replace(line, line=part))
    return found


def _part(said: Any, whole: Decimal, name: str) -> Decimal:
    """How much of a line is taken back: some of it, not more."""
    try:
        part = Decimal(str(said))
    except ArithmeticError:
        part = Decimal("NaN")
    if (
        not part.is_finite()
        or not 0 < abs(part) <= abs(whole)
        or (name == "net" and part != cents(part))
    ):
        raise Invalid(
            "More cannot be taken back than was invoiced.", code="credit_too_much", fields=[name]
        )
    return abs(part) if whole > 0 else -abs(part)


def history(house: House, who: Who, invoice_id: str) -> list[dict[str, Any]]:
    """What was done with a draft or an invoice, the newest first, and by whom."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_sale(connection, who, invoice_id)
        c = t.event.c
        rows = connection.execute(
            select(c.type, c.created_at, c.made_by, c.data)
            .where(c.subject == row.id, c.organisation_id == who.organisation_id)
            .order_by(c.id.desc())
        ).all()
        names = names_of(connection, who, {one.made_by for one in rows if one.made_by})
    return [
        {
            "type": one.type,
            "at": one.created_at.isoformat(),
            "by": one.made_by,
            "by_name": names.get(one.made_by or ""),
            "data": one.data,
        }
        for one in rows
    ]
