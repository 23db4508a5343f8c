"""QuickBooks: the CSV that Online imports, and the IIF of Desktop.

Online knows no discount and no negative invoice: a discounted line is one of its net amount, and
credit notes are left out by whoever asks. In IIF the receivable is positive and what it is made of
negative, so that a transaction adds up to nothing; it is ASCII, and no cell holds a tab.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal

from domain.money import cents
from domain.sales import InvoiceKind, SalesInvoice, SalesLine
from domain.sales_exports.rows import (
    Names,
    columns,
    day,
    plain,
    safe,
    sign,
    simple,
    table,
    with_vat,
)

_US = "%m/%d/%Y"
_IIF = "%m/%d/%y"
_PLACES = 5


def online(invoices: Sequence[SalesInvoice], names: Names) -> bytes:
    return table(
        "quickbooks",
        (
            {
                **_row(invoice, line, names, "%d/%m/%Y"),
                "Memo": safe(invoice.title),
                "*ItemTaxCode": safe(names.tax(line)),
                "ItemTaxAmount": str(vat),
                "Currency": invoice.currency,
            }
            for invoice in invoices
            for line, vat in with_vat(invoice)
        ),
    )


def online_us(invoices: Sequence[SalesInvoice], names: Names) -> bytes:
    """As one without VAT wants it: the VAT, where there is any, as a line of its own."""
    return table("quickbooks_us", (row for invoice in invoices for row in _us_rows(invoice, names)))


def _us_rows(invoice: SalesInvoice, names: Names) -> Iterator[dict[str, str]]:
    rows = [_row(invoice, line, names, _US) for line in invoice.lines]
    yield from rows
    for part in invoice.vat:
        if part.amount:
            yield {
                **rows[0],
                "Item(Product/Service)": safe(names.vat),
                "ItemDescription": f"{names.vat} {plain(part.rate)} %",
                "ItemQuantity": "1",
                "ItemRate": str(part.amount),
                "*ItemAmount": str(part.amount),
                "Service Date": "",
            }


def _row(invoice: SalesInvoice, line: SalesLine, names: Names, days: str) -> dict[str, str]:
    quantity, price, discount = simple(line, _PLACES)
    if discount or cents(quantity * price) != line.net:
        quantity, price = Decimal(1), line.net
    return {
        "*InvoiceNo": safe(invoice.number),
        "*Customer": safe(invoice.customer.name),
        "*InvoiceDate": day(invoice.issued_on, days),
        "*DueDate": day(invoice.due_on or invoice.issued_on, days),
        "Item(Product/Service)": safe(names.item),
        "ItemDescription": safe(line.text),
        "ItemQuantity": plain(quantity),
        "ItemRate": plain(price),
        "*ItemAmount": str(line.net),
        "Service Date": day(line.served_on, days),
    }


def desktop(invoices: Sequence[SalesInvoice], names: Names) -> bytes:
    head = columns("iif")
    lines = ["\t".join(("!TRNS", *head)), "\t".join(("!SPL", *head)), "!ENDTRNS"]
    for invoice in invoices:
        for mark, cells in _transaction(invoice, names):
            lines.append("\t".join((mark, *(_ascii(cells.get(column, "")) for column in head))))
        lines.append("ENDTRNS")
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _transaction(invoice: SalesInvoice, names: Names) -> Iterator[tuple[str, dict[str, str]]]:
    """The receivable and, with the other sign, each line and each VAT."""
    way = sign(invoice)
    credit = invoice.kind is InvoiceKind.CREDIT_NOTE
    every = {
        "TRNSTYPE": "CREDIT MEMO" if credit else "INVOICE",
        "DATE": day(invoice.issued_on, _IIF),
        "DOCNUM": invoice.number,
    }

    def row(account: str, amount: Decimal, memo: str, name: str = "") -> dict[str, str]:
        said = {"ACCNT": account, "AMOUNT": str(amount * way), "MEMO": memo, "NAME": name}
        return {**every, **said}

    yield "TRNS", row(names.receivable, invoice.gross_total, invoice.title, invoice.customer.name)
    for line in invoice.lines:
        yield "SPL", row(names.account(line), -line.net, line.text)
    for part in invoice.vat:
        if part.amount:
            yield "SPL", row(names.vat, -part.amount, f"{plain(part.rate)} %")


def _ascii(text: str) -> str:
    """One line of ASCII without tabs and quotes, accents left off."""
    bare = unicodedata.normalize("NFKD", " ".join(text.split())).replace('"', "'")
    return bare.encode("ascii", "ignore").decode()[:200]
