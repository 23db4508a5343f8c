"""What stands on the payment part of a Swiss QR-bill: the lowest 105 mm of the last page.

Words, order and grouping as the style guide of the Swiss Payment Standards wants them; the sizes
are in `slip.typ`. The code says the same as the text, from the same payload.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.payment_codes import grouped, swiss_payload
from domain.sales import SalesInvoice
from service.papers.codes import code_svg
from service.papers.wording import Wording


def slip_of(invoice: SalesInvoice, say: Wording) -> dict[str, Any] | None:
    """The payment part, or None where the invoice has none."""
    payload = swiss_payload(invoice)
    if payload is None:
        return None
    line = payload.split("\n")
    iban, creditor, amount, currency = line[3], line[4:11], line[18], line[19]
    debtor, reference, message, more = line[20:27], line[28], line[29], line[31]
    return {
        "code": code_svg(payload),
        "receipt": say("slip_receipt"),
        "payment": say("slip_payment"),
        "payable_to": say("slip_payable_to"),
        "creditor": [grouped(iban), *_party(creditor)],
        "reference": say("slip_reference"),
        "reference_text": grouped(reference) if reference else "",
        "payable_by": say("slip_payable_by" if any(debtor) else "slip_payable_by_blank"),
        "debtor": _party(debtor),
        "currency": say("slip_currency"),
        "currency_text": currency,
        "amount": say("slip_amount"),
        "amount_text": f"{Decimal(amount):,.2f}".replace(",", " "),
        "more": say("slip_more"),
        "more_text": [message, more],
        "office": say("slip_office"),
        "cut": say("slip_cut"),
    }


def _party(lines: list[str]) -> list[str]:
    """Name, street, place of a structured address; nothing of an empty one."""
    _, name, street, house, postcode, city, country = lines
    if not name:
        return []
    place = f"{postcode} {city}" if country in ("CH", "LI") else f"{country}-{postcode} {city}"
    return [name, f"{street} {house}".strip(), place]
