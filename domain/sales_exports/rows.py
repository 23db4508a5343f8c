"""What the formats share: columns as data, cells that are safe, VAT of a line that adds up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from domain.money import CENT, ZERO, cents
from domain.sales import InvoiceKind, SalesInvoice, SalesLine
from domain.sales_vat import SalesTreatment

MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Names:
    """What the other program calls things; where nothing is said, what we call them."""

    treatments: Mapping[str, SalesTreatment]
    language: str = "fr"
    tax_names: Mapping[str, str] = field(default_factory=dict)
    """Treatment → the display name of the tax rate over there."""
    account_names: Mapping[str, str] = field(default_factory=dict)
    receivable: str = "Accounts Receivable"
    vat: str = "VAT Payable"
    item: str = "Services"

    def tax(self, line: SalesLine) -> str:
        known = self.treatments.get(line.treatment)
        label = known.label(self.language) if known else line.treatment
        return self.tax_names.get(line.treatment, label)

    def account(self, line: SalesLine) -> str:
        known = self.treatments.get(line.treatment)
        number = line.account or (known.income_account(line.nature) if known else "")
        return self.account_names.get(number, number)


@dataclass(frozen=True, slots=True)
class ExportFile:
    name: str
    content: bytes
    numbers: tuple[str, ...]
    """Of the invoices in it."""


@cache
def columns(of: str) -> tuple[str, ...]:
    """The columns of a format, in their order."""
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] == of]
    return tuple(row["column"] for row in sorted(rows, key=lambda row: int(row["position"])))


def table(
    of: str, rows: Iterable[Mapping[str, str]], *, delimiter: str = ",", mark: str = ""
) -> bytes:
    """CSV with the columns of `of`; a cell that is not said is empty, one unknown is an error."""
    made = io.StringIO()
    writer = csv.DictWriter(
        made, columns(of), restval="", delimiter=delimiter, lineterminator="\r\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return (mark + made.getvalue()).encode()


def safe(text: str) -> str:
    """Text of people as a cell that no spreadsheet takes for a formula."""
    bare = " ".join(text.split()) if "\n" not in text else text.replace("\r", "").strip()
    return f"'{bare}" if bare[:1] in ("=", "+", "-", "@", "\t", "\r") else bare


def plain(number: Decimal) -> str:
    text = format(number.normalize(), "f")
    return "0" if text == "-0" else text


def day(when: date | None, shape: str = "%d/%m/%Y") -> str:
    return when.strftime(shape) if when else ""


def sign(invoice: SalesInvoice) -> int:
    """-1 for a credit note, whose amounts stand without a sign on the paper."""
    return -1 if invoice.kind is InvoiceKind.CREDIT_NOTE and invoice.gross_total >= 0 else 1


def with_vat(invoice: SalesInvoice) -> Iterator[tuple[SalesLine, Decimal]]:
    """Each line with its VAT; the cents of rounding go to the last line of a rate, so that the
    lines add up to the VAT of the invoice, which is computed once for each rate.
    """
    left = {(part.treatment, part.rate): part.amount for part in invoice.vat}
    last = {
        (line.treatment, line.vat_rate.normalize()): place
        for place, line in enumerate(invoice.lines)
    }
    for place, line in enumerate(invoice.lines):
        key = line.treatment, line.vat_rate.normalize()
        own = left[key] if last[key] == place else cents(line.net * line.vat_rate / 100)
        left[key] -= own
        yield line, own


def simple(line: SalesLine, places: int) -> tuple[Decimal, Decimal, Decimal]:
    """Quantity, price and discount as a program with `places` decimals can compute them again.

    One of the line's whole amount where it could not: its amount is what must not change.
    """
    fits = all(
        number == number.quantize(Decimal(1).scaleb(-places))
        for number in (line.quantity, line.unit_price)
    )
    if fits and line.discount_percent == line.discount_percent.quantize(CENT):
        return line.quantity, line.unit_price, line.discount_percent
    return Decimal(1), line.net, ZERO
