"""/api/v1/emails: what leaves by e-mail; and how invoices are sent, and how a company writes."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get, patch, post

from domain.people import Who
from service.api.idempotency import once
from service.house import House
from service.lists import Page
from service.operations import email_settings, emails, sales_emails


class EmailBody(msgspec.Struct, forbid_unknown_fields=True):
    to: list[str] | None = None
    cc: list[str] | None = None
    subject: str | None = None
    text: str | None = None
    remember: bool = False


class ChosenInvoice(msgspec.Struct, forbid_unknown_fields=True):
    invoice_id: str
    to: list[str] | None = None
    remember: bool = False


class ManyBody(msgspec.Struct, forbid_unknown_fields=True):
    invoices: list[ChosenInvoice]


class AddressBody(msgspec.Struct, forbid_unknown_fields=True):
    to: str


class TextsBody(msgspec.Struct, forbid_unknown_fields=True):
    subject: str | None = None
    text: str | None = None


class SettingsBody(msgspec.Struct, forbid_unknown_fields=True):
    sender_name: str | None = None
    reply_to: str | None = None
    copy_to: str | None = None
    texts: dict[str, TextsBody] | None = None


class Emails(Controller):
    path = "/api/v1/emails"
    tags = ("Sales",)

    @get(
        sync_to_thread=True,
        summary="What leaves by e-mail",
        description=(
            "The newest first. `status` is queued, sending, sent, refused (by the server, for good), "
            "given_up (every attempt was used) or cancelled; `failed` asks for both ways to fail. "
            "Invitations and tests are shown to administrators, never with their links."
        ),
    )
    def list_emails(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        status: str = "",
        invoice_id: str | None = None,
        kind: str = "",
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        return emails.list_emails(
            house, who, company_id,
            status=status, invoice_id=invoice_id, kind=kind, cursor=cursor, limit=limit,
        )  # fmt: skip

    @get("/server", sync_to_thread=True, summary="Which mail server is set")
    def server(self, house: House, who: Who) -> dict[str, Any]:
        return emails.settings_seen(house, who)

    @post(
        "/server/try",
        status_code=200,
        sync_to_thread=True,
        summary="Ask the mail server whether it lets us in",
        description="It is greeted and signed in to, at once; no message is sent.",
    )
    def try_server(self, house: House, who: Who) -> dict[str, Any]:
        return emails.try_server(house, who)

    @post("/test", sync_to_thread=True, summary="Send a test message")
    @once
    def test(self, house: House, who: Who, data: AddressBody) -> dict[str, Any]:
        return emails.send_test(house, who, data.to)

    @post(
        "/retry-given-up",
        status_code=200,
        sync_to_thread=True,
        summary="Send again the invoices that were given up",
        description="After an outage: 200 at most, the newest first. What was refused stays so.",
    )
    @once
    def retry_failed(self, house: House, who: Who, company_id: str | None = None) -> dict[str, int]:
        return {"queued": emails.retry_failed(house, who, company_id)}

    @get("/{email_id:str}", sync_to_thread=True, summary="One e-mail with every attempt")
    def email(self, house: House, who: Who, email_id: str) -> dict[str, Any]:
        return emails.get_email(house, who, email_id)

    @post(
        "/{email_id:str}/retry",
        status_code=200,
        sync_to_thread=True,
        summary="Send again what failed or was cancelled",
        description=(
            "It is the same e-mail, with the same Message-ID and a whole schedule of attempts. One "
            "that waits for its next attempt is sent at once."
        ),
    )
    @once
    def retry(self, house: House, who: Who, email_id: str) -> dict[str, Any]:
        return emails.retry(house, who, email_id)

    @post(
        "/{email_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel an e-mail that has not left",
    )
    @once
    def cancel(self, house: House, who: Who, email_id: str) -> dict[str, Any]:
        return emails.cancel(house, who, email_id)


class InvoiceEmails(Controller):
    path = "/api/v1/invoices"
    tags = ("Sales",)

    @get(
        "/{invoice_id:str}/email",
        sync_to_thread=True,
        summary="The e-mail an invoice would be sent with",
        description="Addresses, subject and text in the customer's language, and what is attached.",
    )
    def preview(self, house: House, who: Who, invoice_id: str) -> dict[str, Any]:
        return sales_emails.preview(house, who, invoice_id)

    @post(
        "/{invoice_id:str}/emails",
        sync_to_thread=True,
        summary="Send an invoice by e-mail",
        description=(
            "What is not given is as the preview says. It is queued; the invoice counts as sent once "
            "the mail server accepted it (`invoice.sent`). With `remember`, a customer without an "
            "address gets the first one."
        ),
    )
    @once
    def send(self, house: House, who: Who, invoice_id: str, data: EmailBody) -> dict[str, Any]:
        return sales_emails.send_invoice(house, who, invoice_id, msgspec.to_builtins(data))

    @post(
        "/emails",
        status_code=200,
        sync_to_thread=True,
        summary="Send many invoices by e-mail",
        description=(
            "500 at most, each with the company's text. What stands against one stops none of the "
            "others: `refused` says it."
        ),
    )
    @once
    def send_many(self, house: House, who: Who, data: ManyBody) -> dict[str, Any]:
        return sales_emails.send_many(house, who, msgspec.to_builtins(data.invoices))


class EmailSettings(Controller):
    path = "/api/v1/companies/{company_id:str}/email-settings"
    tags = ("Sales",)

    @get(sync_to_thread=True, summary="How a company writes its e-mails")
    def get_settings(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return email_settings.get_settings(house, who, company_id)

    @patch(
        sync_to_thread=True,
        summary="Change how a company writes its e-mails",
        description=(
            "`texts` are by language (fr, en, de), plain text, with the placeholders {document}, "
            "{number}, {date}, {due_date}, {total}, {company} and {customer}; a line whose placeholder "
            "has nothing to say is left out. Empty: what everybody has."
        ),
    )
    def change(self, house: House, who: Who, company_id: str, data: SettingsBody) -> dict[str, Any]:
        return email_settings.change_settings(house, who, company_id, msgspec.to_builtins(data))


CONTROLLERS = (Emails, InvoiceEmails, EmailSettings)
