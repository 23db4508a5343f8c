"""Drafts and invoices: what may be done with them in which state, on two axes.

The legal state goes one way: a draft is finalised, with a number; a finalised invoice is cancelled
by credit notes. The commercial status says what became of it: exported, sent, paid, refunded. What
a draft that is to be made needs is a `NewDraft`; merging is in `domain.merging`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.errors import Conflict, Invalid
from domain.money import ZERO
from domain.sales import InvoiceKind, SalesLine, vat_sums

PRICINGS = ("flat", "hourly", "block", "retainer", "device", "project", "product")
"""How a draft is charged: the types of contracts, and goods."""
LINES_MOST = 2_000


class State(StrEnum):
    """What an invoice is before the law."""

    DRAFT = "draft"
    FINALISED = "finalised"
    CANCELLED = "cancelled"  # by credit notes of its whole amount


class Commercial(StrEnum):
    """What became of an invoice; a draft is neither exported nor sent."""

    DRAFT = "draft"
    EXPORTED = "exported"
    SENT = "sent"
    PAID = "paid"
    REFUNDED = "refunded"


class Happening(StrEnum):
    """What changes the commercial status; the value ends the type of its event."""

    EXPORTED = "exported"
    SENT = "sent"
    PAID = "paid"
    REFUNDED = "refunded"


def after(status: Commercial, what: Happening) -> Commercial:
    """The status after something happened; Conflict when it cannot happen then."""
    if what in (Happening.EXPORTED, Happening.SENT):
        # Who exports or sends again what is paid changes nothing of that.
        stays = status in (Commercial.PAID, Commercial.REFUNDED)
        return status if stays else Commercial(what.value)
    if what is Happening.PAID and status in (
        Commercial.DRAFT,
        Commercial.EXPORTED,
        Commercial.SENT,
    ):
        return Commercial.PAID
    if what is Happening.REFUNDED and status is Commercial.PAID:
        return Commercial.REFUNDED
    raise Conflict(
        f"What is {status.value} is not {what.value}.",
        code="status_order",
        advice="Only what is not paid yet is paid, and only what is paid is refunded.",
        status=status.value,
    )


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to be made. Lines without a treatment get the one that fits the customer."""

    customer_id: str
    lines: tuple[SalesLine, ...]
    kind: InvoiceKind = InvoiceKind.INVOICE
    name: str = ""
    """What the drafts of one batch are called together; not printed."""
    issued_on: date | None = None
    due_on: date | None = None
    currency: str = ""
    """Empty: that of the books."""
    exchange_rate: Decimal | None = None
    """One unit of `currency` in that of the books; needed where they differ."""
    title: str = ""
    introduction: str = ""
    closing: str = ""
    order_reference: str = ""
    language: str = ""
    """Empty: the customer's."""
    mission: str = ""
    pricing: str = "flat"
    template: str = ""
    born_from: str | None = None
    """The import of a spreadsheet, or the batch, that it came from."""
    corrects_id: str | None = None
    """The invoice that a credit note is about; none for a free one."""
    deposit_ids: tuple[str, ...] = ()
    """Deposit invoices that its lines deduct."""
    deposit_for_id: str | None = None
    """The draft that a deposit was asked for; it will deduct it."""


@dataclass(frozen=True, slots=True)
class DraftLine:
    id: str
    line: SalesLine


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as deciding needs it."""

    id: str
    company_id: str
    customer_id: str
    kind: InvoiceKind
    currency: str
    lines: tuple[DraftLine, ...]
    name: str = ""
    title: str = ""
    introduction: str = ""
    closing: str = ""
    pricing: str = "flat"
    mission: str = ""
    template: str = ""
    corrects_id: str | None = None
    state: State = State.DRAFT
    locked: bool = False
    """Whether somebody else holds it: a batch that is being made, a merge it went into."""

    @property
    def totals(self) -> Totals:
        return totals_of(line.line for line in self.lines)


@dataclass(frozen=True, slots=True)
class Totals:
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def totals_of(lines: Iterable[SalesLine]) -> Totals:
    sums = vat_sums(lines)
    return Totals(
        sum((part.base for part in sums), ZERO), sum((part.amount for part in sums), ZERO)
    )


def turned(line: SalesLine) -> SalesLine:
    """A line that takes back what it gave."""
    return replace(line, quantity=-line.quantity)


def number_of(prefix: str, year: int, number: int) -> str:
    """The number on paper: `F2026-0042`. At most 35 characters, without spaces (BR-FR)."""
    return f"{prefix}{year}-{number:04d}"


def day_to_issue(wanted: date | None, last_of_series: date | None, today: date) -> date:
    """The day an invoice is issued on; Invalid when numbers and days would not go together."""
    if wanted is None:
        return max(today, last_of_series or today)
    if wanted > today:
        raise Invalid(
            "An invoice is not dated in the future.",
            code="sale_in_future",
            advice="Date it today, or finalise it on its day.",
            fields=["issued_on"],
        )
    if last_of_series is not None and wanted < last_of_series:
        raise Invalid(
            "An invoice with a lower number has a later date.",
            code="sale_before_last",
            advice=f"Date it {last_of_series.isoformat()} or later.",
            fields=["issued_on"],
            not_before=last_of_series.isoformat(),
        )
    return wanted
