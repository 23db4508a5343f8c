"""The text inside the payment codes of an invoice, and how references are written for people.

Switzerland has the QR-bill (Implementation Guidelines 2.3: structured addresses only), the euro
countries the code of EPC069-12. References are made by `domain.payment_references`; drawing a code
is left to the paper, reading one to `models.extraction.codes`.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from domain.identifiers import (
    belgian_reference_is_valid,
    compact,
    iban_is_valid,
    swiss_reference_is_valid,
)
from domain.sales import Address, InvoiceKind, SalesInvoice

QR_BANKS = range(30000, 32000)
"""Bank numbers of QR-IBANs: such an account takes payments with a QR reference and no others."""
_MOST = Decimal("999999999.99")


def is_qr_iban(iban: str) -> bool:
    text = compact(iban)
    return text[:2] in ("CH", "LI") and text[4:9].isdigit() and int(text[4:9]) in QR_BANKS


def asks_for_money(invoice: SalesInvoice) -> bool:
    return invoice.kind is not InvoiceKind.CREDIT_NOTE and invoice.gross_total > 0


def swiss_payload(invoice: SalesInvoice) -> str | None:
    """The text of the QR-bill of `invoice`; None where the account or currency has none."""
    iban = compact(invoice.seller.iban)
    if (
        not asks_for_money(invoice)
        or iban[:2] not in ("CH", "LI")
        or not iban_is_valid(iban)
        or invoice.currency not in ("CHF", "EUR")
        or invoice.gross_total > _MOST
    ):
        return None
    reference = compact(invoice.payment_reference)
    if not swiss_reference_is_valid(reference):
        reference = ""
    kind = "NON" if not reference else "SCOR" if reference.startswith("RF") else "QRR"
    if is_qr_iban(iban) != (kind == "QRR"):
        if is_qr_iban(iban):
            return None  # such an account cannot be paid without its reference
        kind, reference = "NON", ""
    creditor = _address(invoice.seller.name, invoice.seller.address)
    if creditor is None:
        return None
    debtor = _address(invoice.customer.name, invoice.customer.address) or [""] * 7
    return "\n".join(
        [
            *("SPC", "0200", "1", iban),
            *creditor,
            *[""] * 7,
            f"{invoice.gross_total:.2f}",
            invoice.currency,
            *debtor,
            kind,
            reference,
            message := _cut(invoice.number, 60),
            "EPD",
            _swico(invoice, 140 - len(message)),
        ]
    )


def epc_payload(invoice: SalesInvoice) -> str | None:
    """The text of the code a bank's app scans for a transfer in euros; None where it has none."""
    iban = compact(invoice.seller.iban)
    if (
        not asks_for_money(invoice)
        or invoice.currency != "EUR"
        or not iban_is_valid(iban)
        or invoice.gross_total > _MOST
        or not invoice.seller.name
    ):
        return None
    reference = compact(invoice.payment_reference)
    structured = reference if reference.startswith("RF") else ""
    words = "" if structured else invoice.payment_reference or invoice.number
    return "\n".join(
        [
            *("BCD", "002", "1", "SCT", compact(invoice.seller.bic)),
            _cut(invoice.seller.name, 70),
            iban,
            f"EUR{invoice.gross_total:.2f}",
            "",
            structured,
            _cut(words, 140),
        ]
    ).rstrip("\n")


def grouped(text: str) -> str:
    """An account or reference as people read it: an IBAN and RF in fours, a QR reference in fives."""
    if belgian_reference_is_valid(text):
        return text
    plain = compact(text)
    if re.fullmatch(r"\d{27}", plain):
        return " ".join([plain[:2], *(plain[at : at + 5] for at in range(2, 27, 5))])
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _address(name: str, address: Address) -> list[str] | None:
    """The seven lines of a structured address; None without the town that every one must have."""
    postcode, city = _cut(address.postcode, 16), _cut(address.city, 35)
    if not (name and postcode and city and len(address.country) == 2):
        return None
    street, house = _street(address.street)
    return ["S", _cut(name, 70), _cut(street, 70), _cut(house, 16), postcode, city, address.country]


def _street(street: str) -> tuple[str, str]:
    """Street and house number apart, where the number stands last as it does in Switzerland."""
    found = re.fullmatch(r"(.+?)\s+(\d{1,5}\s?[a-zA-Z]?)", street.strip())
    return (found[1], found[2]) if found else (street, "")


def _swico(invoice: SalesInvoice, longest: int) -> str:
    """Bill information ``//S1/…`` of Swico: number, day, order, UID, VAT by rate, days to pay.

    What would make it longer than `longest` is left out.
    """
    tags = [("10", invoice.number)]
    if invoice.issued_on:
        tags.append(("11", f"{invoice.issued_on:%y%m%d}"))
    if invoice.order_reference:
        tags.append(("20", invoice.order_reference))
    uid = re.sub(r"\D", "", invoice.seller.vat_id or invoice.seller.legal_id)
    if invoice.seller.address.country == "CH" and len(uid) == 9:
        tags.append(("30", uid))
    taxed = [part for part in invoice.vat if part.rate]
    if taxed and all(part.base > 0 for part in taxed):
        tags.append(("32", ";".join(f"{part.rate.normalize():f}:{part.base}" for part in taxed)))
    days = _days(invoice.issued_on, invoice.due_on)
    if days is not None:
        tags.append(("40", f"0:{days}"))
    whole = "//S1"
    for tag, value in tags:
        part = f"/{tag}/{_escaped(value)}"
        if len(whole) + len(part) <= longest:
            whole += part
    return whole if whole != "//S1" else ""


def _days(issued_on: date | None, due_on: date | None) -> int | None:
    if issued_on is None or due_on is None or due_on < issued_on:
        return None
    return (due_on - issued_on).days


def _escaped(value: str) -> str:
    return _cut(value, 60).replace("\\", "\\\\").replace("/", "\\/")


def _cut(text: str, longest: int) -> str:
    """One line of what `text` says, at most `longest` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest].strip()
