"""The papers of drafts and invoices: drawn once when an invoice is finalised, the same ever after.

A worker draws and checks the paper of an invoice and keeps it in the object store with its digest;
from then on it is only read. A draft is drawn each time somebody looks at it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection, Row, select, update

from domain.countries import country
from domain.drafts import State
from domain.errors import Unavailable
from domain.filenames import clean_filename
from domain.people import Scope, Who
from domain.sales import SalesInvoice
from domain.sales_settings import ON_DEBITS, SalesSettings, settings_of
from service.house import House
from service.operations.sales import find_invoice, find_sale, invoice_of
from service.operations.sales_lines import lines_of
from service.operations.sales_settings import of_company
from service.papers import Terms, invoice_pdf, invoice_xml
from storage import emails, tasks
from storage import tables as t

STEP = "paper"
_OURS = SalesSettings()
_s = t.sales_invoice.c
log = structlog.get_logger()

Check = Callable[[bytes, bool], Sequence[str]]
"""XML, whether French rules bind it → what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Paper:
    name: str
    content: bytes


def ask(
    connection: Connection, now: datetime, organisation_id: str, invoice_ids: Sequence[str]
) -> None:
    """Have the papers of invoices drawn, unless that is asked for already."""
    task = t.task.c
    asked = set(
        connection.scalars(
            select(task.subject).where(
                task.organisation_id == organisation_id,
                task.step == STEP,
                task.subject.in_(invoice_ids),
                task.status == "queued",
            )
        )
    )
    tasks.request_each(
        connection,
        now,
        organisation_id=organisation_id,
        step=STEP,
        subjects=[one for one in invoice_ids if one not in asked],
    )


def keep(house: House, organisation_id: str, invoice_id: str, check: Check) -> bool:
    """Draw, check and keep the paper of an invoice; False where that was done before.

    An e-invoice that breaks a rule is not sent around: its paper is kept without it, and said so.
    """
    with house.store.reading() as connection:
        row = connection.execute(
            select(t.sales_invoice).where(
                _s.id == invoice_id, _s.organisation_id == organisation_id
            )
        ).one_or_none()
        if row is None or row.state == State.DRAFT or row.pdf_key is not None:
            return False
        invoice, terms = _printed(connection, row)
    xml = invoice_xml(invoice, terms)
    problems = check(xml, invoice.seller.address.country == "FR")
    if problems:
        log.error("paper.without_einvoice", invoice_id=invoice_id, problems=list(problems)[:5])
    content = invoice_pdf(invoice, terms, None if problems else xml)
    digest = hashlib.sha256(content).hexdigest()
    key = f"{organisation_id}/papers/{invoice_id}.pdf"
    house.objects.put_bytes(key, content, "application/pdf")
    with house.store.transaction() as connection:
        connection.execute(
            update(t.sales_invoice)
            .where(
                _s.id == invoice_id,
                _s.organisation_id == organisation_id,
                _s.pdf_key.is_(None),
            )
            .values(pdf_key=key, pdf_sha256=digest)
        )
        emails.wake(connection, house.now(), invoice_id)
    return True


def attachment_of(house: House, organisation_id: str, invoice_id: str) -> Paper | None:
    """The paper of an invoice to be sent along: the bytes that were drawn, checked by their digest;
    None where they are others, and Unavailable where none are there.
    """
    with house.store.reading() as connection:
        row = connection.execute(
            select(_s.number, _s.pdf_key, _s.pdf_sha256).where(
                _s.id == invoice_id, _s.organisation_id == organisation_id
            )
        ).one()
    if row.pdf_key is None:
        raise _being_drawn()
    content = house.objects.get(row.pdf_key)
    if hashlib.sha256(content).hexdigest() != row.pdf_sha256:
        return None
    return Paper(paper_name(row.number), content)


def _being_drawn() -> Unavailable:
    return Unavailable(
        "The paper of this invoice is being drawn.",
        code="paper_being_drawn",
        advice="Ask for it again in a moment.",
    )


def paper_of(house: House, who: Who, invoice_id: str) -> Paper:
    """The paper of an invoice as it was drawn; Unavailable, and asked for, where it is not yet."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_invoice(connection, who, invoice_id)
    if row.pdf_key is None:
        with house.store.transaction() as connection:
            ask(connection, house.now(), row.organisation_id, [row.id])
        raise _being_drawn()
    return Paper(paper_name(row.number), house.objects.get(row.pdf_key))


def draft_paper(house: House, who: Who, draft_id: str) -> Paper:
    """How a draft would look, marked as one; an invoice gives its paper."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_sale(connection, who, draft_id)
        if row.state != State.DRAFT:
            return paper_of(house, who, draft_id)
        invoice, terms = _printed(connection, row)
    return Paper(_name(row.name or row.id, "pdf"), invoice_pdf(invoice, terms))


def einvoice_of(house: House, who: Who, invoice_id: str) -> Paper:
    """The e-invoice by itself, the bytes that are inside the paper."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_invoice(connection, who, invoice_id)
        invoice, terms = _printed(connection, row)
    return Paper(_name(row.number, "xml"), invoice_xml(invoice, terms))


def _printed(connection: Connection, row: Row[tuple[object, ...]]) -> tuple[SalesInvoice, Terms]:
    company = connection.execute(select(t.company).where(t.company.c.id == row.company_id)).one()
    settings = of_company(company) if row.terms is None else settings_of(row.terms)
    invoice = invoice_of(connection, row, lines_of(connection, [row.id])[row.id])
    abroad = invoice.currency != company.currency
    known = row.exchange_rate is not None or not invoice.vat_total
    return invoice, Terms(
        treatments=country(company.country).sales_treatments,
        exemption=settings.exemption_reason,
        # What everybody says who says nothing of their own is said in the customer's language.
        late_rate="" if settings.penalty_rate == _OURS.penalty_rate else settings.penalty_rate,
        discount="" if settings.discount_terms == _OURS.discount_terms else settings.discount_terms,
        on_debits=company.country == "FR" and settings.vat_on_sales == ON_DEBITS,
        register=settings.register,
        more=(settings.insurance,) if settings.insurance else (),
        books_currency=company.currency if abroad and known else "",
        books_rate=row.exchange_rate,
    )


def paper_name(number: str) -> str:
    return _name(number, "pdf")


def _name(number: str, ending: str) -> str:
    return clean_filename(f"{number}.{ending}", f"invoice.{ending}")
