"""Invoices by e-mail: what would be sent, asking for it, and what it does to the invoice.

The PDF that goes along is the paper drawn when the invoice was finalised, and no other: an e-mail
waits until it is drawn. Once the mail server took the message the invoice counts as sent; a failure
is told as an event and stands on its page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from domain.drafts import Happening
from domain.emails import (
    EmailKind,
    EmailStatus,
    checked_address,
    checked_addresses,
    checked_text,
    filled,
    subject_of,
)
from domain.errors import Invalid, Refused
from domain.journal import plain_text
from domain.people import MACHINE, Scope, Who
from domain.sales import SalesInvoice
from service.house import House
from service.operations import companies, customers, email_settings, emails, sales_papers
from service.operations.drafts import tell
from service.operations.emails import NewEmail
from service.operations.sales import find_invoice, invoice_of
from service.operations.sales_lines import lines_of
from service.operations.sales_settings import of_company as sales_settings_of
from service.operations.sales_status import happened
from service.papers.wording import Wording

MOST = 500
"""Invoices sent at once: what a person can have looked at."""


def preview(house: House, who: Who, invoice_id: str) -> dict[str, Any]:
    """The e-mail an invoice would go out with, to be looked at and changed before it is sent."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_invoice(connection, who, invoice_id)
        customer = customers.find(connection, who, row.customer_id)
        company = companies.find(connection, who, row.company_id)
        new = _written(connection, row, company, customer)
        return {
            "invoice_id": row.id,
            "number": row.number,
            "customer_id": row.customer_id,
            "customer_name": customer.name,
            "to": list(new.to),
            "cc": list(new.cc),
            "sender_name": new.sender_name,
            "reply_to": new.reply_to,
            "subject": new.subject,
            "text": new.text,
            "attachment": sales_papers.paper_name(row.number),
            "attachment_ready": row.pdf_key is not None,
            "under_way": emails.under_way(connection, row.id),
            "set_up": house.settings.sends_emails,
        }


def send_invoice(
    house: House, who: Who, invoice_id: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask for an invoice to be sent. Named values, each as it would be if it is not given: to and
    cc (addresses), subject, text; with `remember`, a customer without an address gets the first.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        email_id = _ask(connection, house, who, invoice_id, values)
        return emails.email_json(connection, emails.find(connection, who, email_id))


def send_many(house: House, who: Who, wanted: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Ask for many invoices to be sent, each as {invoice_id, to, remember} with the company's text.

    `queued` are the e-mails; `refused` says of the others why, as {invoice_id, code, message,
    advice}: one stops none of the others.
    """
    who.must(Scope.BOOKS_WRITE)
    emails.must_be_set_up(house)
    if len(wanted) > MOST:
        raise Invalid(
            f"At most {MOST} invoices at once.",
            code="email_many",
            advice="Choose fewer, and go on with the rest afterwards.",
            fields=["invoices"],
            most=MOST,
        )
    queued, refused = [], []
    for one in {str(one["invoice_id"]): one for one in wanted}.values():
        try:
            queued.append(send_invoice(house, who, str(one["invoice_id"]), one))
        except Refused as refusal:
            refused.append(
                {
                    "invoice_id": str(one["invoice_id"]),
                    "code": refusal.code,
                    "message": refusal.message,
                    "advice": refusal.advice,
                }
            )
    return {"queued": queued, "refused": refused}


def chosen(house: House, who: Who, invoice_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Invoices to be sent as a page shows them before: to whom, and what stands against it."""
    who.must(Scope.BOOKS_READ)
    found = []
    with house.store.reading() as connection:
        for one in list(dict.fromkeys(invoice_ids))[:MOST]:
            row = find_invoice(connection, who, one)
            customer = customers.find(connection, who, row.customer_id)
            found.append(
                {
                    "invoice_id": row.id,
                    "number": row.number,
                    "customer_id": customer.id,
                    "customer_name": customer.name,
                    "to": customer.email,
                    "gross_total": str(row.gross_total),
                    "currency": row.currency,
                    "status": row.commercial,
                    "under_way": emails.under_way(connection, row.id),
                }
            )
    return found


def _ask(
    connection: Connection, house: House, who: Who, invoice_id: str, values: Mapping[str, Any]
) -> str:
    row = find_invoice(connection, who, invoice_id, lock=True)
    emails.must_be_set_up(house)
    if emails.under_way(connection, row.id):
        raise emails.already_under_way(row.id)
    customer = customers.find(connection, who, row.customer_id)
    company = companies.find(connection, who, row.company_id)
    usual = _written(connection, row, company, customer)
    given = {name: value for name, value in values.items() if value is not None}
    to = checked_addresses(given.get("to", usual.to))
    if not to:
        raise Invalid(
            "No e-mail address of this customer is known.",
            code="email_address_missing",
            advice="Say where it goes; it can be kept with the customer.",
            fields=["to"],
            customer_id=customer.id,
        )
    email_id = emails.queue(
        connection,
        house,
        who,
        NewEmail(
            EmailKind.INVOICE,
            to,
            subject_of(str(given.get("subject", usual.subject))),
            checked_text(str(given.get("text", usual.text))),
            cc=tuple(
                one for one in checked_addresses(given.get("cc", usual.cc), "cc") if one not in to
            ),
            sender_name=usual.sender_name,
            reply_to=usual.reply_to,
            company_id=row.company_id,
            invoice_id=row.id,
        ),
    )
    if given.get("remember") and not customer.email:
        customers.remember_email(connection, house, who, customer, to[0])
    if row.pdf_key is None:
        sales_papers.ask(connection, house.now(), row.organisation_id, [row.id])
    return email_id


def _written(
    connection: Connection, row: Row[Any], company: Row[Any], customer: Row[Any]
) -> NewEmail:
    """What goes out with an invoice when nobody says otherwise."""
    settings = email_settings.of_company(company)
    invoice = invoice_of(connection, row, lines_of(connection, [row.id])[row.id])
    values = _values(invoice)
    texts = settings.texts_for(invoice.language)
    return NewEmail(
        EmailKind.INVOICE,
        (customer.email,) if customer.email else (),
        subject_of(filled(texts.subject, values)),
        checked_text(filled(texts.text, values)),
        cc=(settings.copy_to,) if settings.copy_to else (),
        sender_name=settings.sender_name or plain_text(company.name, 100),
        reply_to=settings.reply_to or _address_or_none(sales_settings_of(company).email),
        company_id=row.company_id,
        invoice_id=row.id,
    )


def _address_or_none(printed: str) -> str:
    """What a company prints as its e-mail on paper may be more than an address."""
    try:
        return checked_address(printed)
    except Invalid:
        return ""


def _values(invoice: SalesInvoice) -> dict[str, str]:
    """The placeholders of an invoice, in its language."""
    say = Wording(invoice.language, invoice.seller.address.country)
    return {
        "document": say(invoice.kind.value),
        "number": invoice.number,
        "date": say.day(invoice.issued_on) if invoice.issued_on else "",
        "due_date": say.day(invoice.due_on) if invoice.due_on else "",
        "total": say.money(invoice.gross_total, invoice.currency),
        "company": plain_text(invoice.seller.name, 200),
        "customer": plain_text(invoice.customer.name, 200),
    }


# --- what became of it ---------------------------------------------------------------------------


def became(connection: Connection, house: House, email: Row[Any], status: EmailStatus) -> None:
    """Write down what an e-mail, a row, has done to its invoice: sent, or not."""
    if email.invoice_id is None or status not in (
        EmailStatus.SENT, EmailStatus.REFUSED, EmailStatus.GIVEN_UP,
    ):  # fmt: skip
        return
    machine = Who(email.organisation_id, MACHINE, MACHINE, frozenset({Scope.BOOKS_WRITE}))
    row = find_invoice(connection, machine, email.invoice_id, lock=True)
    if status is EmailStatus.SENT:
        happened(connection, house, machine, row, Happening.SENT, email_id=email.id)
        return
    tell(
        connection, house, machine, row._asdict(), "invoice.not_sent",
        number=row.number, status=row.commercial, email_id=email.id, reason=status.value,
    )  # fmt: skip
