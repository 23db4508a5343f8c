"""What we invoice: parties, lines, totals. One shape from the draft to the paper and the books.

A `SalesInvoice` is what a person sees, what is printed, sent as e-invoice and posted; it has a
number once it was finalised. Who may change it when is left to `domain.drafts`, the paper to the
service, the journal entry to `domain.sales_posting`.

Arithmetic as EN 16931 has it: each line is rounded to cents, VAT is computed once for each rate
and category on the sum of its lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.money import ZERO, cents


class InvoiceKind(StrEnum):
    """What the paper is; the value is what the database keeps."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DEPOSIT = "deposit"

    @property
    def code(self) -> str:
        """The UNTDID 1001 code (BT-3)."""
        return {"invoice": "380", "credit_note": "381", "deposit": "386"}[self.value]


class Nature(StrEnum):
    """Goods or services: decides accounts, when VAT is due, and the frame of a French invoice."""

    GOODS = "goods"
    SERVICES = "services"


@dataclass(frozen=True, slots=True)
class Address:
    street: str = ""
    more: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "FR"
    """ISO 3166-1, two letters."""


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or a customer as it stands on an invoice that day; later changes do not reach it."""

    name: str
    address: Address = Address()
    legal_id: str = ""
    """SIREN (FR), UID without separators (CH), enterprise number (BE): of `address.country`."""
    vat_id: str = ""
    email: str = ""
    electronic_address: str = ""
    """`scheme:value`, e.g. `0225:732829320`."""
    legal_form: str = ""
    """Form and capital as law wants them printed, e.g. `SARL au capital de 10 000 €`."""
    iban: str = ""
    bic: str = ""
    """Where a seller wants to be paid."""


@dataclass(frozen=True, slots=True)
class SalesLine:
    """One line of an invoice. Quantity and price keep their places; `net` is whole cents."""

    text: str
    quantity: Decimal
    unit_price: Decimal
    """Without VAT, 0 or more; the quantity of a deduction is negative."""
    vat_rate: Decimal = ZERO
    """In percent."""
    treatment: str = ""
    """Key of `domain.countries/*/sales_vat.csv`: why this rate, how it is posted and said."""
    details: str = ""
    unit: str = ""
    discount_percent: Decimal = ZERO
    nature: Nature = Nature.SERVICES
    served_on: date | None = None
    account: str = ""
    """The company's own choice of account; empty: by treatment and nature."""
    record_ids: tuple[str, ...] = ()
    """The billable records it came from; such a line can be put back to what is to be invoiced."""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a line says what was sold")
        if self.unit_price < 0:
            raise ValueError("a price is not negative; a deduction has a negative quantity")
        if not 0 <= self.discount_percent <= 100 or self.vat_rate < 0:
            raise ValueError("a share is between 0 and 100 percent")
        _ = self.net  # an amount the books can hold

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.unit_price * (100 - self.discount_percent) / 100)


@dataclass(frozen=True, slots=True)
class VatSum:
    """The VAT of all lines with one treatment and rate."""

    treatment: str
    rate: Decimal
    base: Decimal
    amount: Decimal


def vat_sums(lines: Iterable[SalesLine]) -> tuple[VatSum, ...]:
    """The VAT of lines, once for each treatment and rate, the highest rate first."""
    bases: dict[tuple[str, Decimal], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        bases[line.treatment, line.vat_rate.normalize()] += line.net
    return tuple(
        VatSum(treatment, rate, base, cents(base * rate / 100))
        for (treatment, rate), base in sorted(bases.items(), key=lambda item: -item[0][1])
    )


@dataclass(frozen=True, slots=True)
class SalesInvoice:
    """A draft or an invoice: `number` is empty until it is finalised."""

    kind: InvoiceKind
    seller: Party
    customer: Party
    currency: str
    lines: tuple[SalesLine, ...]
    issued_on: date | None = None
    due_on: date | None = None
    number: str = ""
    title: str = ""
    introduction: str = ""
    closing: str = ""
    order_reference: str = ""
    """The customer's own number for the order (BT-13)."""
    language: str = "fr"
    corrects_number: str = ""
    corrects_date: date | None = None
    """The invoice a credit note is about."""
    deposits: tuple[tuple[str, date, Decimal], ...] = ()
    """Deposit invoices that this one deducts: number, date, gross. Lines deduct their net amounts."""
    payment_terms: str = ""
    payment_reference: str = ""
    """QR reference or structured communication, where the country has one."""

    @property
    def net_total(self) -> Decimal:
        return sum((line.net for line in self.lines), ZERO)

    @property
    def vat(self) -> tuple[VatSum, ...]:
        return vat_sums(self.lines)

    @property
    def vat_total(self) -> Decimal:
        return sum((part.amount for part in self.vat), ZERO)

    @property
    def gross_total(self) -> Decimal:
        return self.net_total + self.vat_total
