"""Finalised invoices as files that other programs import: Xero, QuickBooks, a CSV of our own.

The columns are product data (`columns.csv`), as the makers publish them. Who may export what, and
that an exported invoice is marked as such, is left to the operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from domain.sales import InvoiceKind, SalesInvoice
from domain.sales_exports import accounting, quickbooks, xero
from domain.sales_exports.rows import ExportFile, Names

__all__ = ["ExportFile", "Format", "Names", "export"]


class Format(StrEnum):
    XERO = "xero"
    XERO_LONG = "xero_long"
    """What Xero itself exports; some programs take it back."""
    QUICKBOOKS = "quickbooks"
    QUICKBOOKS_US = "quickbooks_us"
    IIF = "iif"
    """QuickBooks Desktop."""
    ACCOUNTING = "accounting"


Writer = Callable[[Sequence[SalesInvoice], Names], bytes]

_WRITERS: dict[Format, tuple[Writer, int, str]] = {
    Format.XERO: (xero.sales, 500, "csv"),
    Format.XERO_LONG: (xero.long, 500, "csv"),
    Format.QUICKBOOKS: (quickbooks.online, 100, "csv"),
    Format.QUICKBOOKS_US: (quickbooks.online_us, 100, "csv"),
    Format.IIF: (quickbooks.desktop, 10_000, "iif"),
    Format.ACCOUNTING: (accounting.lines_of, 100_000, "csv"),
}
"""How each is written, how many invoices one file may hold, and how its name ends."""
_NO_CREDIT_NOTES = frozenset({Format.QUICKBOOKS, Format.QUICKBOOKS_US})


def export(
    invoices: Sequence[SalesInvoice], into: Format, names: Names
) -> tuple[tuple[ExportFile, ...], tuple[str, ...]]:
    """The files, and the numbers of credit notes that this format has no place for.

    ValueError for a draft: what has no number is not exported.
    """
    if any(not invoice.number or invoice.issued_on is None for invoice in invoices):
        raise ValueError("a draft is not exported as an invoice")
    taken: list[SalesInvoice] = []
    left_out: list[SalesInvoice] = []
    for invoice in invoices:
        negative = invoice.kind is InvoiceKind.CREDIT_NOTE or invoice.gross_total < 0
        (left_out if negative and into in _NO_CREDIT_NOTES else taken).append(invoice)
    write, most, ending = _WRITERS[into]
    parts = [taken[at : at + most] for at in range(0, len(taken), most)]
    return (
        tuple(
            ExportFile(
                f"{into.value}{f'-{number}' if len(parts) > 1 else ''}.{ending}",
                write(part, names),
                tuple(invoice.number for invoice in part),
            )
            for number, part in enumerate(parts, 1)
        ),
        tuple(invoice.number for invoice in left_out),
    )
