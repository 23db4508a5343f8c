"""Xero: the template of its import of sales invoices, and the longer table it exports itself.

One row a line; rows with one number are one invoice. Xero computes the totals again, so prices
carry at most four decimals. A credit note is an invoice of negative prices there.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from domain.sales import InvoiceKind, SalesInvoice, SalesLine
from domain.sales_exports.rows import Names, day, plain, safe, sign, simple, table, with_vat

PLACES = 4


def sales(invoices: Sequence[SalesInvoice], names: Names) -> bytes:
    return table(
        "xero",
        (
            {
                **{f"*{name}": value for name, value in _required(invoice, line, names).items()},
                **_address(invoice),
                **_optional(invoice, line),
            }
            for invoice in invoices
            for line in invoice.lines
        ),
    )


def long(invoices: Sequence[SalesInvoice], names: Names) -> bytes:
    return table(
        "xero_long",
        (
            {
                **_required(invoice, line, names),
                **_address(invoice),
                **_optional(invoice, line),
                "Total": str(invoice.gross_total * sign(invoice)),
                "TaxTotal": str(invoice.vat_total * sign(invoice)),
                "InvoiceAmountPaid": "0.00",
                "InvoiceAmountDue": str(invoice.gross_total * sign(invoice)),
                "LineAmount": str(line.net * sign(invoice)),
                "TaxAmount": str(vat * sign(invoice)),
                "Type": "Sales credit note"
                if invoice.kind is InvoiceKind.CREDIT_NOTE
                else "Sales invoice",
            }
            for invoice in invoices
            for line, vat in with_vat(invoice)
        ),
    )


def _required(invoice: SalesInvoice, line: SalesLine, names: Names) -> dict[str, str]:
    quantity, price, _ = simple(line, PLACES)
    return {
        "ContactName": safe(invoice.customer.name),
        "InvoiceNumber": safe(invoice.number),
        "InvoiceDate": day(invoice.issued_on),
        "DueDate": day(invoice.due_on or invoice.issued_on),
        "Description": safe(f"{line.text}\n{line.details}" if line.details else line.text),
        "Quantity": plain(quantity),
        "UnitAmount": plain(price * sign(invoice)),
        "AccountCode": safe(names.account(line)),
        "TaxType": safe(names.tax(line)),
    }


def _address(invoice: SalesInvoice) -> dict[str, str]:
    customer = invoice.customer
    return {
        "EmailAddress": safe(customer.email),
        "POAddressLine1": safe(customer.address.street),
        "POAddressLine2": safe(customer.address.more),
        "POCity": safe(customer.address.city),
        "POPostalCode": safe(customer.address.postcode),
        "POCountry": customer.address.country,
    }


def _optional(invoice: SalesInvoice, line: SalesLine) -> dict[str, str]:
    discount: Decimal = simple(line, PLACES)[2]
    return {
        "Reference": safe(invoice.order_reference or invoice.corrects_number),
        "Discount": plain(discount) if discount else "",
        "Currency": invoice.currency,
    }
