"""What stands on the page of an invoice: every word and number as text, where it goes.

The result is plain JSON for `invoice.typ`, which only lays it out. The mentions French law wants of
an invoice between businesses are all here (C. com. L441-9, CGI ann. II 242 nonies A), and those of
Switzerland (LTVA art. 26) and Belgium with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from domain.identifiers import compact
from domain.money import ZERO
from domain.payment_codes import (
    asks_for_money,
    epc_payload,
    grouped,
)
from domain.sales import Address, InvoiceKind, Party, SalesInvoice, SalesLine
from service.papers.codes import code_svg
from service.papers.einvoice import served_on
from service.papers.faces import writable
from service.papers.slip import slip_of
from service.papers.terms import Terms, natures, notes, reasons
from service.papers.wording import Wording, written

NO_DAY = date(2000, 1, 1)
"""Of a draft without a day; a PDF/A must have one."""
LONG_WORD = 32
"""Characters after which a word may be broken: a reference without spaces must not leave its column."""
_ZERO_WIDTH = "\u200b"
_NAMES = {
    "fr": {"FR": "France", "CH": "Suisse", "BE": "Belgique", "DE": "Allemagne", "LU": "Luxembourg"},
    "en": {"FR": "France", "CH": "Switzerland", "BE": "Belgium", "DE": "Germany"},
    "de": {"FR": "Frankreich", "CH": "Schweiz", "BE": "Belgien", "DE": "Deutschland"},
}

Json = dict[str, Any]


def page_of(invoice: SalesInvoice, terms: Terms) -> Json:
    """Everything the page shows, in the customer's language; without a number it is a draft."""
    say = Wording(invoice.language, invoice.seller.address.country)
    kind = invoice.kind.value
    draft = not invoice.number
    slip = None if draft else slip_of(invoice, say)
    data: Json = {
        "language": say.language,
        "title": say(kind),
        "number": invoice.number,
        "draft": say("draft") if draft else "",
        "draft_note": say("draft_note") if draft else "",
        "facts": [list(fact) for fact in _facts(invoice, say)],
        "seller": {
            "name": invoice.seller.name,
            "lines": [
                *_address(invoice.seller.address, "", say),
                invoice.seller.email,
                *_identity(invoice.seller, say),
            ],
            "identity": [
                text
                for text in (
                    invoice.seller.legal_form,
                    *_identity(invoice.seller, say),
                    terms.register,
                )
                if text
            ],
        },
        "customer": {
            "label": say("customer"),
            "name": invoice.customer.name,
            "lines": _address(invoice.customer.address, invoice.seller.address.country, say),
            "identity": list(_identity(invoice.customer, say)),
        },
        "headline": invoice.title,
        "introduction": invoice.introduction.split("\n"),
        "closing": invoice.closing.split("\n"),
        "table": _table(invoice, say),
        "totals": [list(row) for row in _totals(invoice, terms, say)],
        "vat": _vat(invoice, say),
        "reasons": list(reasons(invoice, terms)),
        "payment": None if draft or slip else _payment(invoice, say),
        "mentions": list(_mentions(invoice, terms, say)),
        "slip": slip,
        "pages": say("page", page="{page}", pages="{pages}"),
        "date": drawn_on(invoice).isoformat(),
    }
    shown: Json = _shown(data)
    return shown


def drawn_on(invoice: SalesInvoice) -> date:
    """The day its file says it was made: that of the invoice, so that it never differs."""
    return invoice.issued_on or NO_DAY


def _shown(value: Any) -> Any:
    """Every text of `value` as the page can write it; pictures of codes stay as they are."""
    if isinstance(value, str):
        return value if value.startswith("<svg") else _breakable(writable(written(value)))
    if isinstance(value, list):
        found = [_shown(item) for item in value]
        texts = value and all(isinstance(item, str) for item in value)
        return [item for item in found if item] if texts and len(value) != 2 else found
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return value


def _breakable(text: str) -> str:
    return " ".join(
        _ZERO_WIDTH.join(word[at : at + LONG_WORD] for at in range(0, len(word), LONG_WORD))
        for word in text.split(" ")
    )


def _facts(invoice: SalesInvoice, say: Wording) -> Iterator[tuple[str, str]]:
    kind = invoice.kind
    if invoice.number:
        yield say(f"number_{kind.value}"), invoice.number
    if invoice.issued_on:
        credit = kind is InvoiceKind.CREDIT_NOTE
        yield say("issued_on_credit_note" if credit else "issued_on"), say.day(invoice.issued_on)
    if invoice.due_on and kind is not InvoiceKind.CREDIT_NOTE:
        yield say("due_on"), say.day(invoice.due_on)
    days = served_on(invoice)
    if len(days) == 1:
        yield say("served_on"), say.day(days[0])
    elif days:
        yield say("served_between"), f"{say.day(days[0])} – {say.day(days[-1])}"
    if invoice.order_reference:
        yield say("order"), invoice.order_reference
    if invoice.corrects_number:
        day = invoice.corrects_date
        of = f" {say('corrects_of')} {say.day(day)}" if day else ""
        yield say("corrects"), invoice.corrects_number + of


def _address(address: Address, home: str, say: Wording) -> list[str]:
    """The lines of an address; the country where it is not `home`, nothing where home is unsaid."""
    place = f"{address.postcode} {address.city}".strip()
    abroad = bool(home) and address.country != home
    country = _NAMES[say.language].get(address.country, address.country) if abroad else ""
    lines = (address.street, address.more, place, country)
    return [line for line in lines if line]


def _identity(party: Party, say: Wording) -> Iterator[str]:
    country, number = party.address.country, compact(party.legal_id)
    if number:
        key = {"FR": "siren", "CH": "uid", "BE": "enterprise"}.get(country, "legal_id")
        if not (country == "CH" and compact(party.vat_id).startswith(number)):
            yield f"{say(key)} {_number(number, country)}"
    if party.vat_id:
        yield f"{say('vat_id')} {_vat_number(compact(party.vat_id), say)}"


def _number(number: str, country: str) -> str:
    if country == "FR" and len(number) == 9:
        return f"{number[:3]} {number[3:6]} {number[6:]}"
    if country == "CH" and number.startswith("CHE") and len(number) >= 12:
        return f"CHE-{number[3:6]}.{number[6:9]}.{number[9:12]}"
    if country == "BE" and len(number) == 10:
        return f"{number[:4]}.{number[4:7]}.{number[7:]}"
    return number


def _vat_number(vat_id: str, say: Wording) -> str:
    if vat_id.startswith("CHE"):
        suffix = {"fr": "TVA", "de": "MWST", "en": "VAT"}[say.language]
        return f"{_number(vat_id, 'CH')} {suffix}"
    if vat_id.startswith("FR") and len(vat_id) == 13:
        return f"{vat_id[:4]} {_number(vat_id[4:], 'FR')}"
    if vat_id.startswith("BE") and len(vat_id) == 12:
        return f"BE {_number(vat_id[2:], 'BE')}"
    return vat_id


def _table(invoice: SalesInvoice, say: Wording) -> Json:
    discounts = any(line.discount_percent for line in invoice.lines)
    running, rows = ZERO, []
    for line in invoice.lines:
        running += line.net
        rows.append(
            {
                "text": line.text,
                "details": line.details.split("\n"),
                "cells": list(_cells(line, say, discounts)),
                "running": say.amount(running),
                "long": len(line.text) + len(line.details) > 1200,
            }
        )
    columns = ["quantity", "unit_price", *(["discount"] if discounts else []), "rate", "net"]
    return {
        "text": say("text"),
        "columns": [say(column) for column in columns],
        "rows": rows,
        "brought": say("brought"),
        "carried": say("carried"),
    }


def _cells(line: SalesLine, say: Wording, discounts: bool) -> Iterator[str]:
    yield f"{say.number(line.quantity)} {line.unit}".strip()
    yield say.number(line.unit_price, 2)
    if discounts:
        yield say.percent(line.discount_percent) if line.discount_percent else "–"
    yield say.percent(line.vat_rate)
    yield say.amount(line.net)


def _totals(invoice: SalesInvoice, terms: Terms, say: Wording) -> Iterator[tuple[str, str, str]]:
    """Label, amount and how it is set: plain, or the sum everybody looks for."""
    yield say("net_total"), say.money(invoice.net_total, invoice.currency), "plain"
    yield say("vat_total"), say.money(invoice.vat_total, invoice.currency), "plain"
    yield say("gross_total"), say.money(invoice.gross_total, invoice.currency), "strong"
    in_books = terms.vat_in_books(invoice)
    if in_books and invoice.vat_total:
        currency, amount = in_books
        yield say("in_books", currency=currency), say.money(amount, currency), "quiet"


def _vat(invoice: SalesInvoice, say: Wording) -> Json:
    return {
        "columns": [say("vat_rate"), say("vat_base"), say("vat_amount")],
        "rows": [
            {"cells": [say.percent(rate), say.amount(base), say.amount(amount)]}
            for rate, base, amount in _by_rate(invoice)
        ],
    }


def _by_rate(invoice: SalesInvoice) -> list[tuple[Decimal, Decimal, Decimal]]:
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for part in invoice.vat:
        base, amount = sums.get(part.rate, (ZERO, ZERO))
        sums[part.rate] = base + part.base, amount + part.amount
    return [(rate, *sums[rate]) for rate in sums]


def _payment(invoice: SalesInvoice, say: Wording) -> Json | None:
    """How to pay by transfer, where no payment part says it."""
    if not asks_for_money(invoice) or not invoice.seller.iban:
        return None
    rows = [[say("iban"), grouped(invoice.seller.iban)]]
    if invoice.seller.bic:
        rows.append([say("bic"), compact(invoice.seller.bic)])
    reference = invoice.payment_reference
    label = "communication" if reference.startswith("+++") else "reference"
    rows.append([say(label), grouped(reference) if reference else invoice.number])
    payload = epc_payload(invoice)
    return {
        "title": say("transfer"),
        "rows": rows,
        "code": code_svg(payload) if payload else "",
        "scan": say("scan"),
    }


def _mentions(invoice: SalesInvoice, terms: Terms, say: Wording) -> Iterator[str]:
    if invoice.payment_terms:
        yield invoice.payment_terms
    for number, day, _gross in invoice.deposits:
        yield say("deposit_deducted", number=number, day=say.day(day))
    if invoice.seller.address.country == "FR":
        yield say(f"nature_{natures(invoice)}")
    if invoice.kind is not InvoiceKind.CREDIT_NOTE:
        yield from (note.text for note in notes(invoice, terms))
