"""From a finalised invoice to its entry in the sales journal.

The customer is debited what the paper says, each income account credited its net, VAT once for each
treatment; everything on the other side for a credit note. Amounts in another currency are converted
one by one and close to the cent on the largest income. Pure; numbers and locks are the operation's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.countries import Country
from domain.errors import Invalid
from domain.journal import REFERENCE_LENGTH, Entry, Line, plain_text
from domain.money import ZERO, cents
from domain.sales import InvoiceKind, Nature, SalesInvoice, SalesLine
from domain.sales_vat import SalesTreatment

SALES = "VE"
"""The sales journal, unless the company calls it otherwise."""


@dataclass(frozen=True, slots=True)
class SellerBooks:
    """How a company keeps its sales journal."""

    country: Country
    currency: str
    journal: str = SALES
    regime: str = "normal"
    """`tdfn`: VAT is printed and booked with the income, and settled at a net rate."""
    vat_waits: bool = False
    """Whether the VAT on services is due when they are paid."""


def sale_entry(
    invoice: SalesInvoice,
    books: SellerBooks,
    *,
    auxiliary: str,
    exchange_rate: Decimal | None = None,
) -> Entry:
    """The entry of an invoice that has its number and date; Invalid when there is none."""
    assert invoice.issued_on is not None
    if invoice.currency != books.currency and not exchange_rate:
        raise Invalid(
            "The invoice is in another currency than the books, and no rate is given.",
            code="sale_rate_missing",
            advice=f"Say what 1 {invoice.currency} is in {books.currency}.",
            fields=["exchange_rate"],
        )
    rate = exchange_rate if invoice.currency != books.currency and exchange_rate else Decimal(1)
    credited = {key: cents(amount * rate) for key, amount in _credits(invoice, books).items()}
    owed = cents(invoice.gross_total * rate)
    _close(credited, owed)
    label = plain_text(f"{invoice.customer.name} {invoice.number}", 120)
    sign = -1 if invoice.kind is InvoiceKind.CREDIT_NOTE else 1
    foreign = invoice.currency != books.currency
    lines = [
        *_line(
            books.country.banking.receivable,
            sign * owed,
            label,
            auxiliary=auxiliary,
            foreign=(abs(invoice.gross_total), invoice.currency) if foreign else None,
        ),
        *(
            line
            for (account, key), amount in credited.items()
            for line in _line(account, -sign * amount, label, vat_code=key)
        ),
    ]
    if len(lines) < 2:
        raise Invalid(
            "Nothing is left to invoice.",
            code="nothing_to_invoice",
            advice="Give the draft a line with an amount.",
        )
    return Entry(
        journal=books.journal,
        entry_date=invoice.issued_on,
        piece_date=invoice.issued_on,
        piece_reference=plain_text(invoice.number, REFERENCE_LENGTH),
        label=label,
        currency=books.currency,
        lines=tuple(lines),
    )


def _credits(invoice: SalesInvoice, books: SellerBooks) -> dict[tuple[str, str], Decimal]:
    """(account, treatment) → what it is credited, in the invoice's currency; income first."""
    income: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    taxes: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for part in invoice.vat:
        treatment = books.country.sales_treatments[part.treatment]
        lines = [
            line
            for line in invoice.lines
            if line.treatment == part.treatment and line.vat_rate == part.rate
        ]
        for line in lines:
            income[income_account(line, treatment, invoice.kind, books), treatment.key] += line.net
        for line, vat in zip(lines, _divided(part.amount, lines), strict=True):
            if books.regime == "tdfn" or not treatment.vat_account:
                account = income_account(line, treatment, invoice.kind, books)
                income[account, treatment.key] += vat
            else:
                taxes[_vat_account(line, treatment, books), treatment.key] += vat
    return income | taxes


def income_account(
    line: SalesLine, treatment: SalesTreatment, kind: InvoiceKind, books: SellerBooks
) -> str:
    if line.account:
        return line.account
    if kind is InvoiceKind.DEPOSIT:
        return books.country.deposits_received
    return treatment.income_account(line.nature)


def _vat_account(line: SalesLine, treatment: SalesTreatment, books: SellerBooks) -> str:
    waits = books.vat_waits and line.nature is Nature.SERVICES and treatment.pending_account
    return treatment.pending_account if waits else treatment.vat_account


def _divided(amount: Decimal, lines: Sequence[SalesLine]) -> list[Decimal]:
    """`amount` over lines by their net, to the cent: sums of what was rounded so far."""
    whole = sum((line.net for line in lines), ZERO)
    if whole == 0:
        return [ZERO] * len(lines)
    shares, before, reached = [], ZERO, ZERO
    for line in lines:
        reached += line.net
        now = cents(amount * reached / whole)
        shares.append(now - before)
        before = now
    return shares


def _close(credited: dict[tuple[str, str], Decimal], owed: Decimal) -> None:
    """Put what conversion left over on the largest amount."""
    rest = owed - sum(credited.values(), ZERO)
    if rest and credited:
        credited[max(credited, key=lambda key: abs(credited[key]))] += rest


def _line(
    account: str,
    amount: Decimal,
    label: str,
    *,
    auxiliary: str | None = None,
    vat_code: str | None = None,
    foreign: tuple[Decimal, str] | None = None,
) -> list[Line]:
    """The line of a signed amount, debits positive; none of nothing."""
    if amount == 0:
        return []
    return [
        Line(
            account,
            max(amount, ZERO),
            max(-amount, ZERO),
            label,
            auxiliary,
            vat_code,
            *(foreign or (None, None)),
        )
    ]
