"""Finalising: a draft becomes an invoice with a number, an entry and a place in the chain.

All of it in one transaction that holds the company's row: number, hash and entry exist together or
not at all, and a rollback gives the number back. Nothing finalised is ever changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.countries import country
from domain.drafts import DraftLine, State, day_to_issue, number_of
from domain.errors import Conflict, Invalid, Refused
from domain.journal import entry_id
from domain.payment_references import payment_reference, serial_of
from domain.people import Scope, Who
from domain.sales import InvoiceKind, SalesInvoice
from domain.sales_chain import Numbered, invoice_hash
from domain.sales_posting import sale_entry
from domain.sales_settings import SalesSettings
from domain.sales_vat import Role
from service.house import House
from service.operations import accounts, customers, records, sales_papers
from service.operations.acceptance import locked
from service.operations.books import books_of
from service.operations.drafts import tell
from service.operations.entries import write_entry
from service.operations.sales import find_draft, find_sale, party_json, sale_value, shown
from service.operations.sales_lines import lines_of
from service.operations.sales_settings import (
    books_of_seller,
    missing_of_seller,
    of_company,
    seller_of,
)
from service.operations.versions import must_be_at
from storage import journal
from storage import tables as t

MOST = 500
"""Drafts at once."""
_s, _n = t.sales_invoice.c, t.sales_series.c
_ABROAD = (Role.EU_GOODS, Role.EU_SERVICES)


def finalise(house: House, who: Who, draft_id: str, version: int | None = None) -> dict[str, Any]:
    """Give one draft its number; the invoice it is now."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company_id = find_draft(connection, who, draft_id).company_id
        company = _held(connection, who, company_id)
        row = find_draft(connection, who, draft_id, lock=True)
        must_be_at(row, version)
        write(connection, house, who, company, row)
        return shown(connection, who, row.id, house.now().date())


def finalise_many(house: House, who: Who, draft_ids: Sequence[str]) -> dict[str, Any]:
    """Give the drafts of imports and batches their numbers, in the order given.

    `done` are the invoices; `refused` says of the others what stood against it, and none of them
    used a number.
    """
    who.must(Scope.BOOKS_WRITE)
    ids = list(dict.fromkeys(draft_ids))
    if len(ids) > MOST:
        raise Invalid(f"At most {MOST} drafts at once.", code="too_many_drafts", most=MOST)
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    with house.store.transaction() as connection:
        found = {one: find_sale(connection, who, one) for one in ids}
        held = {
            company_id: _held(connection, who, company_id)
            for company_id in sorted({row.company_id for row in found.values()})
        }
        for one in ids:
            try:
                with connection.begin_nested():
                    row = find_draft(connection, who, one, lock=True)
                    if len(ids) > 1 and row.born_from is None:
                        raise _by_itself()
                    done.append(write(connection, house, who, held[row.company_id], row))
            except Refused as refusal:
                refused.append(
                    {
                        "draft_id": one,
                        "code": refusal.code,
                        "message": refusal.message,
                        "advice": refusal.advice,
                    }
                )
    return {"done": done, "refused": refused}


def _by_itself() -> Conflict:
    return Conflict(
        "Only drafts of an import or a batch are finalised together.",
        code="bulk_needs_import",
        advice="Finalise this one by itself.",
    )


def _held(connection: Connection, who: Who, company_id: str) -> Row[Any]:
    company = journal.hold(connection, who.organisation_id, company_id)
    assert company is not None
    return company


def write(
    connection: Connection, house: House, who: Who, company: Row[Any], row: Row[Any]
) -> dict[str, Any]:
    """Finalise a draft whose row and company are held: {id, number, issued_on, gross_total}."""
    lines = lines_of(connection, [row.id])[row.id]
    settings = of_company(company)
    kind = InvoiceKind(row.kind)
    customer = customers.find(connection, who, row.customer_id)
    _must_be_whole(company, customer, settings, row, lines)
    corrects = _corrected(connection, who, row)
    series = settings.prefix(kind)
    today = house.now().date()
    issued_on = _day(connection, company, series, row.issued_on, today)
    number, previous_hash = _take_number(connection, company, series, issued_on)
    terms = customers.terms_of(customer)
    seller = seller_of(company)
    text = number_of(series, issued_on.year, number)
    place = list(InvoiceKind).index(kind) + 1
    invoice = sale_value(
        row,
        lines,
        seller,
        customers.party_of_row(customer),
        number=text,
        issued_on=issued_on,
        due_on=None
        if kind is InvoiceKind.CREDIT_NOTE
        else max(row.due_on or terms.due(issued_on), issued_on),
        payment_terms="" if kind is InvoiceKind.CREDIT_NOTE else terms.words(row.language),
        payment_reference=payment_reference(
            company.country, seller.iban, text, serial_of(place, issued_on.year, number)
        ),
        corrects_number=corrects.number if corrects is not None else "",
        corrects_date=corrects.issued_on if corrects is not None else None,
        deposits=_deposits(connection, row),
    )
    entry = sale_entry(
        invoice,
        books_of_seller(company),
        auxiliary=customer.auxiliary,
        exchange_rate=row.exchange_rate,
    )
    accounts.check_accounts(connection, company.id, entry.lines, entry.entry_date)
    stored = write_entry(connection, house, who, entry, company.id, entry_id(row.id, 1))
    digest = invoice_hash(
        Numbered(row.id, company.id, series, issued_on.year, number, invoice, previous_hash)
    )
    connection.execute(
        update(t.sales_invoice)
        .where(_s.id == row.id)
        .values(
            **_columns(invoice, settings),
            state=State.FINALISED.value,
            series=series,
            year=issued_on.year,
            number_in_series=number,
            finalised_by=who.id,
            finalised_at=house.now(),
            entry_id=stored.posted.id,
            previous_hash=previous_hash,
            hash=digest,
            version=row.version + 1,
        )
    )
    _remember_last(connection, company.id, series, issued_on, digest)
    records.settle(connection, row.id)
    _tell(connection, house, who, row.id, invoice, stored.posted.id)
    sales_papers.ask(connection, house.now(), company.organisation_id, row.id)
    if corrects is not None:
        _cancel(connection, house, who, corrects)
    return {
        "id": row.id,
        "number": text,
        "issued_on": issued_on.isoformat(),
        "gross_total": str(invoice.gross_total),
    }


def _must_be_whole(
    company: Row[Any],
    customer: Row[Any],
    settings: SalesSettings,
    row: Row[Any],
    lines: Sequence[DraftLine],
) -> None:
    """Invalid with what the law wants on the paper and nobody said."""
    if not lines:
        raise Invalid("The draft has no line.", code="sale_empty", fields=["lines"])
    if row.gross_total < 0:
        raise Invalid(
            "The total is negative.", code="sale_negative", advice="Make it a credit note."
        )
    missing = missing_of_seller(company)
    if missing:
        raise Invalid(
            "Compulsory mentions of the company are missing.",
            code="seller_incomplete",
            advice="Say them in the sales settings of the company: " + ", ".join(missing) + ".",
            fields=missing,
        )
    treatments = country(company.country).sales_treatments
    roles = {treatments[one.line.treatment].role for one in lines}
    if Role.EXEMPT in roles and not settings.exemption_reason:
        raise Invalid(
            "An exempt sale names the law that exempts it.",
            code="exemption_reason_missing",
            advice="Write it into the sales settings of the company.",
            fields=["exemption_reason"],
        )
    if roles & set(_ABROAD) and not (customer.vat_id and company.vat_id):
        raise Invalid(
            "A sale to another country of the Union shows both VAT numbers.",
            code="sale_vat_id_missing",
            advice="Complete the customer or the company.",
            fields=["vat_id"],
            customer_id=customer.id,
        )


def _corrected(connection: Connection, who: Who, row: Row[Any]) -> Row[Any] | None:
    """The invoice that a credit note corrects, held; Conflict when it would take back too much."""
    if row.corrects_id is None:
        return None
    invoice = find_sale(connection, who, row.corrects_id, lock=True)
    if credited(connection, invoice.id) + row.gross_total > invoice.gross_total:
        raise Conflict(
            "The credit notes would exceed the invoice.",
            code="credit_too_much",
            advice="Make it smaller.",
            invoice_id=invoice.id,
        )
    return invoice


def credited(connection: Connection, invoice_id: str) -> Any:
    """What finalised credit notes took back of an invoice, in its currency."""
    found = connection.execute(
        select(_s.gross_total).where(
            _s.corrects_id == invoice_id, _s.state == State.FINALISED.value
        )
    ).scalars()
    return sum(found)


def _day(
    connection: Connection, company: Row[Any], series: str, wanted: date | None, today: date
) -> date:
    """The day of issue: after the last of its series, in a period that is open."""
    last = connection.scalar(
        select(_n.last_date).where(
            _n.company_id == company.id,
            _n.series == series,
            _n.year == (wanted or today).year,
        )
    )
    day = day_to_issue(wanted, last, today)
    kept = books_of(connection, company)
    if kept.open_day(day) != day:
        raise locked(kept.locked_until)
    return day


def _take_number(
    connection: Connection, company: Row[Any], series: str, day: date
) -> tuple[int, str]:
    """The next number of a series and year, and the hash of the invoice before it."""
    row = connection.execute(
        update(t.sales_series)
        .where(_n.company_id == company.id, _n.series == series, _n.year == day.year)
        .values(last_number=_n.last_number + 1)
        .returning(_n.last_number, _n.last_hash)
    ).one_or_none()
    if row is not None:
        return row.last_number, row.last_hash
    connection.execute(
        insert(t.sales_series).values(
            organisation_id=company.organisation_id,
            company_id=company.id,
            series=series,
            year=day.year,
            last_number=1,
        )
    )
    return 1, ""


def _remember_last(
    connection: Connection, company_id: str, series: str, day: date, digest: str
) -> None:
    connection.execute(
        update(t.sales_series)
        .where(_n.company_id == company_id, _n.series == series, _n.year == day.year)
        .values(last_hash=digest, last_date=day)
    )


def _columns(invoice: SalesInvoice, settings: SalesSettings) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "seller": party_json(invoice.seller),
        "buyer": party_json(invoice.customer),
        "terms": asdict(settings),
        "payment_terms": invoice.payment_terms,
        "payment_reference": invoice.payment_reference,
        "corrects_number": invoice.corrects_number or None,
        "corrects_date": invoice.corrects_date,
        "deposits": [
            [number, day.isoformat(), str(gross)] for number, day, gross in invoice.deposits
        ],
        "net_total": invoice.net_total,
        "vat_total": invoice.vat_total,
        "gross_total": invoice.gross_total,
    }


def _deposits(connection: Connection, row: Row[Any]) -> tuple[tuple[str, date, Any], ...]:
    """Number, day and gross of the deposit invoices that a draft deducts."""
    if not row.deposit_ids:
        return ()
    found = connection.execute(
        select(_s.number, _s.issued_on, _s.gross_total)
        .where(_s.id.in_(row.deposit_ids), _s.company_id == row.company_id)
        .order_by(_s.number)
    )
    return tuple((one.number, one.issued_on, one.gross_total) for one in found)


def _tell(
    connection: Connection,
    house: House,
    who: Who,
    invoice_id: str,
    invoice: SalesInvoice,
    posted_id: str,
) -> None:
    row = find_sale(connection, who, invoice_id)
    tell(
        connection, house, who, row._asdict(), "invoice.finalised",
        number=invoice.number,
        issued_on=row.issued_on.isoformat(),
        due_on=row.due_on.isoformat() if row.due_on else None,
        entry_id=posted_id,
        corrects_number=row.corrects_number,
        hash=row.hash,
    )  # fmt: skip


def _cancel(connection: Connection, house: House, who: Who, invoice: Row[Any]) -> None:
    """An invoice of which credit notes took back everything is cancelled; it keeps its number."""
    if credited(connection, invoice.id) != invoice.gross_total:
        return
    connection.execute(
        update(t.sales_invoice)
        .where(_s.id == invoice.id)
        .values(state=State.CANCELLED.value, version=invoice.version + 1)
    )
    row = find_sale(connection, who, invoice.id)
    tell(connection, house, who, row._asdict(), "invoice.cancelled", number=row.number)


def finalised_in(connection: Connection, company_id: str) -> int:
    """How many invoices a company has finalised so far."""
    return (
        connection.scalar(
            select(func.count()).where(_s.company_id == company_id, _s.state != State.DRAFT.value)
        )
        or 0
    )


def not_before(connection: Connection, company: Row[Any], year: int) -> date | None:
    """The day of the last invoice of the company's series of a year: none may be earlier."""
    day: date | None = connection.scalar(
        select(_n.last_date).where(
            _n.company_id == company.id,
            _n.series == of_company(company).invoice_prefix,
            _n.year == year,
        )
    )
    return day
