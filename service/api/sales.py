"""/api/v1/invoices and what finalises them: numbers, statuses, credit notes, and how a company sells."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.idempotency import once
from service.api.versions import version_of, versioned
from service.house import House
from service.lists import Page
from service.operations import (
    deposits,
    finalising,
    origins,
    receivables,
    sales_invoices,
    sales_settings,
)

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class DraftsBody(msgspec.Struct, forbid_unknown_fields=True):
    draft_ids: list[str]


class OriginBody(msgspec.Struct, forbid_unknown_fields=True):
    born_from: str
    cursor: str = ""


class DepositsBody(msgspec.Struct, forbid_unknown_fields=True):
    deposit_ids: list[str]
    version: int | None = None


class CreditLine(msgspec.Struct, forbid_unknown_fields=True):
    line_id: str
    quantity: str | int | float | None = None
    net: str | None = None


class CreditBody(msgspec.Struct, forbid_unknown_fields=True):
    lines: list[CreditLine] | None = None
    finalise: bool = False


class DepositBody(msgspec.Struct, forbid_unknown_fields=True):
    percent: str | None = None
    amount: str | None = None


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    status: str
    paid_on: date | None = None


class SettingsBody(msgspec.Struct, forbid_unknown_fields=True):
    street: str | None = None
    more: str | None = None
    postcode: str | None = None
    city: str | None = None
    legal_form: str | None = None
    register: str | None = None
    email: str | None = None
    phone: str | None = None
    electronic_address: str | None = None
    iban: str | None = None
    bic: str | None = None
    penalty_rate: str | None = None
    discount_terms: str | None = None
    insurance: str | None = None
    exemption_reason: str | None = None
    vat_on_sales: str | None = None
    invoice_prefix: str | None = None
    credit_note_prefix: str | None = None
    deposit_prefix: str | None = None
    journal: str | None = None


class Finalising(Controller):
    path = "/api/v1/drafts"
    tags = ("Sales",)

    @post(
        "/finalise",
        status_code=200,
        sync_to_thread=True,
        summary="Finalise the drafts of an import or a batch",
        description=(
            "In the order given, with consecutive numbers of a series. What stands against one "
            "stops none of the others, and uses no number: `refused` says it. Several at once are "
            "of an import or a batch; a draft made by hand is finalised by itself."
        ),
    )
    @once
    def finalise_many(self, house: House, who: Who, data: DraftsBody) -> dict[str, Any]:
        return finalising.finalise_many(house, who, data.draft_ids)

    @post(
        "/finalise-all",
        status_code=200,
        sync_to_thread=True,
        summary="Finalise all drafts of an import or a batch, some at a time",
        description=(
            "In the order they were made. `next_cursor` is there while some are `left`: ask again "
            "with it as `cursor`. What stands against one is in `refused`, and stops none of the "
            "others."
        ),
    )
    @once
    def finalise_all(self, house: House, who: Who, data: OriginBody) -> dict[str, Any]:
        return origins.finalise_next(house, who, data.born_from, after=data.cursor)

    @post(
        "/{draft_id:str}/finalise",
        status_code=200,
        sync_to_thread=True,
        summary="Finalise a draft",
        description=(
            "It gets the next number of its series, its entry in the sales journal and its place "
            "in the chain of hashes, and is never changed again."
        ),
    )
    @once
    def finalise(
        self, house: House, who: Who, draft_id: str, if_match: IfMatch = None
    ) -> dict[str, Any]:
        return finalising.finalise(house, who, draft_id, version_of(if_match))

    @post(
        "/{draft_id:str}/deposits",
        status_code=200,
        sync_to_thread=True,
        summary="Deduct deposit invoices from a draft",
    )
    @once
    def deduct(self, house: House, who: Who, draft_id: str, data: DepositsBody) -> dict[str, Any]:
        return deposits.deduct(house, who, draft_id, data.deposit_ids, data.version)

    @get(
        "/{draft_id:str}/deposits",
        sync_to_thread=True,
        summary="Deposit invoices that a draft may deduct",
    )
    def offered(self, house: House, who: Who, draft_id: str) -> Page:
        return {"items": deposits.offered(house, who, draft_id), "next_cursor": None}

    @post(
        "/{draft_id:str}/deposit",
        sync_to_thread=True,
        summary="Ask for a deposit on a draft",
        description=(
            "A draft of a deposit invoice over a share of it: `percent`, or an `amount` with VAT, "
            "over its rates of VAT. Finalise it, and deduct it from the draft it is for."
        ),
    )
    @once
    def ask(self, house: House, who: Who, draft_id: str, data: DepositBody) -> dict[str, Any]:
        return deposits.ask(
            house, who, draft_id, percent=data.percent or "", amount=data.amount or ""
        )


class Invoices(Controller):
    path = "/api/v1/invoices"
    tags = ("Sales",)

    @get(
        sync_to_thread=True,
        summary="Finalised invoices",
        description=(
            "The last numbered first. `state` is finalised or cancelled (by credit notes); "
            "`status` is draft (neither exported nor sent), exported, sent, paid or refunded; "
            "`due_state` says what is to come and what is late. `payment` is unpaid, overdue or "
            "partly; the `open` of the answer adds up what is to be paid of all that was asked for."
        ),
    )
    def list_invoices(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        legal_state: str = "",
        status: str = "",
        customer_id: str | None = None,
        payment: str = "",
        q: str = "",
        cursor: str | None = None,
        limit: int = 100,
    ) -> sales_invoices.Invoices:
        return sales_invoices.list_invoices(
            house, who, company_id,
            state=legal_state, status=status, customer_id=customer_id, payment=payment,
            q=q, cursor=cursor, limit=limit,
        )  # fmt: skip

    @get("/{invoice_id:str}", sync_to_thread=True, summary="One finalised invoice")
    def invoice(self, house: House, who: Who, invoice_id: str) -> Response[dict[str, Any]]:
        return versioned(sales_invoices.get_invoice(house, who, invoice_id))

    @get("/{invoice_id:str}/history", sync_to_thread=True, summary="What was done with it")
    def history(self, house: House, who: Who, invoice_id: str) -> dict[str, Any]:
        found = sales_invoices.history(house, who, invoice_id)
        return {"items": found, "next_cursor": None}

    @post(
        "/{invoice_id:str}/status",
        status_code=200,
        sync_to_thread=True,
        summary="Mark an invoice as exported, sent, paid or unpaid",
        description=(
            "What the bank pays is marked by itself, from the movement that was matched with it; "
            "`paid` says that it was paid otherwise, on `paid_on` (today unless said), and `unpaid` "
            "takes that back."
        ),
    )
    @once
    def mark(self, house: House, who: Who, invoice_id: str, data: StatusBody) -> dict[str, Any]:
        return sales_invoices.mark(house, who, invoice_id, data.status, data.paid_on)

    @post(
        "/{invoice_id:str}/credit-note",
        sync_to_thread=True,
        summary="Make a credit note of an invoice",
        description=(
            "A draft with all of its lines, or with `lines` and how much of each, as a quantity "
            "or a net amount; finalised in the same step with `finalise`. Never more than is left "
            "of the invoice, which is cancelled once all of it is credited."
        ),
    )
    @once
    def credit(
        self, house: House, who: Who, invoice_id: str, data: CreditBody | None = None
    ) -> dict[str, Any]:
        lines = msgspec.to_builtins(data.lines) if data and data.lines is not None else None
        finalise = bool(data and data.finalise)
        return sales_invoices.credit_note(house, who, invoice_id, lines, finalise=finalise)

    @post(
        "/{invoice_id:str}/refund",
        status_code=200,
        sync_to_thread=True,
        summary="Refund a paid invoice",
        description="The credit note of its whole amount is finalised in the same step.",
    )
    @once
    def refund(self, house: House, who: Who, invoice_id: str) -> dict[str, Any]:
        return sales_invoices.refund(house, who, invoice_id)


class Receivables(Controller):
    path = "/api/v1/receivables"
    tags = ("Sales",)

    @get(
        sync_to_thread=True,
        summary="Aged balance of customers",
        description=(
            "What each customer of a company owes: not due, up to 30, 60 and 90 days late, and "
            "older. What a person said was paid does not count."
        ),
    )
    def aged(
        self, house: House, who: Who, company_id: str | None = None, day: date | None = None
    ) -> dict[str, Any]:
        return receivables.aged(house, who, company_id, day)


class SalesSettings(Controller):
    path = "/api/v1/companies/{company_id:str}/sales-settings"
    tags = ("Sales",)

    @get(sync_to_thread=True, summary="How a company sells")
    def get_settings(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return sales_settings.get_settings(house, who, company_id)

    @patch(
        sync_to_thread=True,
        summary="Change how a company sells",
        description=(
            "Address and mentions on invoices, prefixes of numbers, and `vat_on_sales`: on_debits, "
            "on_receipts, or empty for what is usual in the country."
        ),
    )
    def change(self, house: House, who: Who, company_id: str, data: SettingsBody) -> dict[str, Any]:
        return sales_settings.change_settings(house, who, company_id, msgspec.to_builtins(data))


CONTROLLERS = (Finalising, Invoices, Receivables, SalesSettings)
