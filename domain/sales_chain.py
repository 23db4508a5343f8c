"""The chain of finalised invoices: each hash covers an invoice and the hash before it in its series.

Changing one byte of what was finalised breaks the chain at that invoice. Like `domain.journal` has
it for entries; what is covered is written out, so that new columns never change old hashes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.sales import Party, SalesInvoice


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finalised invoice with its place in the chain."""

    id: str
    company_id: str
    series: str
    year: int
    number_in_series: int
    invoice: SalesInvoice
    previous_hash: str


def invoice_hash(numbered: Numbered) -> str:
    """The SHA-256 of an invoice and of the hash before it in its series and year."""
    invoice = numbered.invoice
    content: dict[str, Any] = {
        "id": numbered.id,
        "company_id": numbered.company_id,
        "series": numbered.series,
        "year": numbered.year,
        "number_in_series": numbered.number_in_series,
        "number": invoice.number,
        "kind": invoice.kind.value,
        "issued_on": _day(invoice.issued_on),
        "due_on": _day(invoice.due_on),
        "currency": invoice.currency,
        "seller": _party(invoice.seller),
        "customer": _party(invoice.customer),
        "texts": [invoice.title, invoice.introduction, invoice.closing, invoice.payment_terms],
        "order_reference": invoice.order_reference,
        "language": invoice.language,
        "corrects": [invoice.corrects_number, _day(invoice.corrects_date)],
        "deposits": [[n, _day(day), _exact(gross)] for n, day, gross in invoice.deposits],
        "payment_reference": invoice.payment_reference,
        "lines": [
            [
                line.text,
                line.details,
                _exact(line.quantity),
                line.unit,
                _exact(line.unit_price),
                _exact(line.discount_percent),
                _exact(line.vat_rate),
                line.treatment,
                line.nature.value,
                _day(line.served_on),
                line.account,
            ]
            for line in invoice.lines
        ],
        "totals": [_exact(invoice.net_total), _exact(invoice.vat_total)],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(numbered.previous_hash.encode() + b"\n" + text.encode()).hexdigest()


def _party(party: Party) -> list[str]:
    address = party.address
    return [
        party.name,
        *(address.street, address.more, address.postcode, address.city, address.country),
        *(party.legal_id, party.vat_id, party.electronic_address, party.legal_form),
        *(party.iban, party.bic),
    ]


def _exact(value: Decimal) -> str:
    """A number as itself, however many zeros it was written with."""
    return format(value.normalize() if value else Decimal(0), "f")


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
