"""What French law wants of an e-invoice, beside its sums: the rules BR-FR, as far as one can see them.

They bind invoices between businesses that a French seller issues since 2026-09-01. Whoever receives
one that breaks them may post it all the same: what is formal is told (`info`), what may cost money
is a warning. Each problem names the term of EN 16931 it is about as `term`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from domain.documents import Category
from domain.identifiers import siren_is_valid
from domain.problems import Problem
from models.extraction.einvoice.values import EInvoice

SINCE = "2026-09-01"
"""The first day French businesses issue them; ISO days compare as they are."""
TYPES = frozenset(
    {"380", "389", "393", "501", "386", "500", "384", "471", "472", "473"}
    | {"261", "262", "381", "396", "502", "503"}
)
FRAMES = frozenset(
    {"B1", "S1", "M1", "B2", "S2", "M2", "S3", "B4", "S4", "M4", "S5", "S6", "B7", "S7"}
    | {"B8", "S8", "M8", "B9", "S9", "M9"}
)
PAID, AFTER_DEPOSIT = "2", "4"
DEPOSIT_TYPES = frozenset({"386", "500", "503"})
CORRECTED = "384"
ONCE = ("PMT", "PMD", "AAB")
"""Notes that stand once each: recovery costs, late penalties, early discount."""
VAT_CATEGORIES = frozenset({"S", "E", "AE", "K", "G", "O", "Z"})
RATES = frozenset(
    Decimal(rate)
    for rate in ("0", "0.9", "1.05", "1.75", "2.1", "5.5", "7", "8.5", "9.2", "9.6", "10", "13")
) | {Decimal("19.6"), Decimal(20), Decimal("20.6")}
ATTACHMENTS = frozenset(
    {"RIB", "LISIBLE", "FEUILLE_DE_STYLE", "PJA", "BORDEREAU_SUIVI", "DOCUMENT_ANNEXE"}
    | {"BON_LIVRAISON", "BON_COMMANDE"}
)
ADDRESS_SCHEME = "0225"
_NUMBER = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
_NOTHING = Decimal(0)


def french_problems(invoice: EInvoice) -> Iterator[Problem]:
    """The rules that an e-invoice breaks; none for those that the rules do not bind."""
    seller = invoice.seller
    if not (seller.country == "FR" or seller.siren) or invoice.issue_date < SINCE:
        return
    if invoice.syntax == "zugferd1":
        yield _broken("einvoice_syntax", "BT-24", invoice.profile or "ZUGFeRD 1.0")
    if not _NUMBER.fullmatch(invoice.number):
        yield _broken("einvoice_number", "BT-1", invoice.number, "invoice_number")
    if invoice.type_code not in TYPES:
        yield _broken("einvoice_type", "BT-3", invoice.type_code)
    yield from _days(invoice)
    yield from _notes(invoice)
    yield from _frame(invoice)
    yield from _parties(invoice)
    yield from _vat(invoice)
    yield from _references(invoice)
    yield from _precision(invoice)
    for description in invoice.attachments:
        if description not in ATTACHMENTS:
            yield _broken("einvoice_attachment", "BT-123", description)


def _days(invoice: EInvoice) -> Iterator[Problem]:
    due = invoice.amount_due if invoice.amount_due is not None else invoice.gross_total
    days = [day for day in (invoice.issue_date, invoice.due_date) if day]
    for day in days:
        if not "2000-01-01" <= day <= "2099-12-31":
            yield _broken("einvoice_date", "BT-2", day, "issue_date")
    if due > _NOTHING and not invoice.due_date and not invoice.payment_terms:
        yield _broken("einvoice_due_missing", "BT-9", "", "due_date")


def _notes(invoice: EInvoice) -> Iterator[Problem]:
    for code in ONCE:
        if invoice.note_codes.count(code) != 1:
            yield _broken("einvoice_note", "BT-21", code)


def _frame(invoice: EInvoice) -> Iterator[Problem]:
    """BT-23 says what kind of business it is, and what follows from it."""
    if invoice.frame not in FRAMES:
        yield _broken("einvoice_frame", "BT-23", invoice.frame)
        return
    if invoice.frame[1] == PAID and (
        invoice.amount_due not in (None, _NOTHING) or invoice.paid != invoice.gross_total
    ):
        yield _broken("einvoice_paid", "BT-115", str(invoice.amount_due), "amount_due", "warning")
    if invoice.frame[1] == AFTER_DEPOSIT and invoice.type_code in DEPOSIT_TYPES:
        yield _broken("einvoice_deposit", "BT-3", invoice.type_code)


def _parties(invoice: EInvoice) -> Iterator[Problem]:
    seller, buyer = invoice.seller, invoice.buyer
    if not siren_is_valid(seller.siren):
        yield _broken("einvoice_seller_siren", "BT-30", seller.siren, "supplier_siren", "warning")
    if buyer.country in ("FR", "") and not siren_is_valid(buyer.siren):
        yield _broken("einvoice_buyer_siren", "BT-47", buyer.siren)
    for party, term in ((seller, "BT-34"), (buyer, "BT-49")):
        if not party.endpoint:
            yield _broken("einvoice_address", term, "")
        elif party.siren and (
            party.endpoint_scheme != ADDRESS_SCHEME or not party.endpoint.startswith(party.siren)
        ):
            yield _broken("einvoice_address", term, party.endpoint)
        if party.siret and not party.siret.startswith(party.siren):
            yield _broken("einvoice_siret", "BT-29" if party is seller else "BT-46", party.siret)


def _vat(invoice: EInvoice) -> Iterator[Problem]:
    for tax in invoice.taxes:
        if tax.category not in VAT_CATEGORIES:
            yield _broken("einvoice_vat_category", "BT-118", tax.category)
        elif tax.category != "S" and not (tax.exemption or tax.exemption_code):
            if tax.category != "Z":
                yield _broken("einvoice_exemption", "BT-120", tax.category)
        elif tax.rate is not None and tax.rate not in RATES:
            yield _broken("einvoice_vat_rate", "BT-119", str(tax.rate), "vat_total", "warning")
    if invoice.currency != "EUR" and (
        invoice.tax_currency != "EUR" or invoice.tax_currency_vat is None
    ):
        yield _broken("einvoice_vat_currency", "BT-111", invoice.currency, "currency", "warning")


def _references(invoice: EInvoice) -> Iterator[Problem]:
    """Credit notes and corrections say of which invoice they are."""
    named = [number for number, day in invoice.preceding if number and day]
    if invoice.type_code == CORRECTED and len(named) != 1:
        yield _broken("einvoice_reference", "BT-25", str(len(named)))
    elif invoice.category is Category.CREDIT_NOTE and not named:
        yield _broken("einvoice_reference", "BT-25", "")


def _precision(invoice: EInvoice) -> Iterator[Problem]:
    amounts = [invoice.net_total, invoice.vat_total, invoice.gross_total, invoice.amount_due]
    amounts += [line.net_amount for line in invoice.lines]
    quantities = [line.quantity for line in invoice.lines]
    prices = [line.unit_price for line in invoice.lines]
    for values, places, term in (
        (amounts, 2, "BT-106"),
        (quantities, 4, "BT-129"),
        (prices, 6, "BT-146"),
    ):
        for value in values:
            if value is not None and _places(value) > places:
                yield _broken("einvoice_precision", term, str(value))
                break
    if any(price is not None and price < 0 for price in prices):
        yield _broken("einvoice_price", "BT-146", str(min(p for p in prices if p is not None)))


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _broken(
    code: str,
    term: str,
    found: str,
    field: str | None = None,
    severity: Literal["info", "warning"] = "info",
) -> Problem:
    message = f"The e-invoice breaks a French rule about {term}: it says '{found[:40]}'."
    return Problem(code, message, severity, field, {"term": term, "found": found[:80]})
