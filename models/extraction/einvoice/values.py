"""What an e-invoice says, whatever its syntax, in the terms of EN 16931."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.documents import Category
from domain.findings import Reading

CREDIT_NOTE_TYPES = frozenset({"81", "83", "261", "262", "381", "396", "502", "503", "532"})


@dataclass(frozen=True, slots=True)
class Party:
    name: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    vat_id: str = ""
    siren: str = ""
    siret: str = ""
    uid: str = ""
    email: str = ""
    endpoint: str = ""
    """Its electronic address (BT-34, BT-49), and the scheme that it is of."""
    endpoint_scheme: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """One row of the VAT breakdown; `rate` is a percentage."""

    category: str
    rate: Decimal | None
    base: Decimal | None
    amount: Decimal | None
    exemption: str = ""
    exemption_code: str = ""
    """VATEX (BT-121)."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    description: str
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    vat_rate: Decimal | None
    net_amount: Decimal | None
    category: str = ""
    """Of its VAT (BT-151)."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """An allowance or a charge of the whole document; `amount` is negative for an allowance."""

    amount: Decimal
    category: str
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class EInvoice:
    """An e-invoice as it was written; amounts keep their sign.

    `syntax` is CII (Factur-X, ZUGFeRD 2, XRechnung), ZUGFeRD 1 or UBL; `profile` its BT-24.
    """

    syntax: Literal["cii", "zugferd1", "ubl"]
    profile: str
    type_code: str
    number: str
    issue_date: str
    due_date: str
    currency: str
    seller: Party
    buyer: Party
    gross_total: Decimal
    net_total: Decimal | None = None
    vat_total: Decimal | None = None
    line_total: Decimal | None = None
    allowance_total: Decimal | None = None
    charge_total: Decimal | None = None
    paid: Decimal | None = None
    rounding: Decimal | None = None
    amount_due: Decimal | None = None
    taxes: tuple[Tax, ...] = ()
    lines: tuple[InvoiceLine, ...] = ()
    iban: str = ""
    bic: str = ""
    payment_reference: str = ""
    order_number: str = ""
    payment_terms: str = ""
    notes: tuple[str, ...] = ()
    note_codes: tuple[str, ...] = ()
    """What the notes are about (BT-21): PMT, PMD, AAB, BAR…"""
    frame: str = ""
    """The kind of business process (BT-23): B1, S2, M4…"""
    preceding: tuple[tuple[str, str], ...] = ()
    """Invoices it refers to (BT-25, BT-26): number and day."""
    tax_currency: str = ""
    tax_currency_vat: Decimal | None = None
    """The VAT in it (BT-111)."""
    allowances: tuple[Allowance, ...] = ()
    attachments: tuple[str, ...] = ()
    """The descriptions of documents that came along (BT-123)."""

    @property
    def category(self) -> Category:
        if self.type_code in CREDIT_NOTE_TYPES:
            return Category.CREDIT_NOTE
        return Category.PURCHASE_INVOICE

    @property
    def reading(self) -> Reading:
        """What it says as fields, with the sums checked."""
        from models.extraction.einvoice.reading import to_reading

        return to_reading(self)
