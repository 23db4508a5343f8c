"""Payment codes: the Swiss QR-bill and the EPC code, which say without error what to pay to whom.

A code is made by the supplier's software: its account, amount and reference are better than any
reading of the words. What breaks its own rules is not believed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.identifiers import compact, iban_is_valid, swiss_reference_is_valid, swiss_uid_is_valid
from domain.text import Box, PageText
from models.extraction.texts import clean


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """What a payment code asks for; empty where it does not say."""

    kind: str
    page: int
    box: Box
    iban: str
    creditor: str = ""
    amount: Decimal | None = None
    currency: str = ""
    reference: str = ""
    message: str = ""
    invoice_number: str = ""
    issue_date: str = ""
    uid: str = ""


def payment_codes(pages: Sequence[PageText]) -> Iterator[PaymentCode]:
    """The payment codes on the pages; `page` is the number in the file."""
    for page in pages:
        for code in page.codes:
            lines = [clean(line, 200) for line in code.text[:4_000].splitlines()]
            found = None
            if lines[:1] == ["SPC"]:
                found = _swiss(lines, page.number, code.box)
            elif lines[:1] == ["BCD"]:
                found = _epc(lines, page.number, code.box)
            if found is not None:
                yield found


def _swiss(lines: list[str], page: int, box: Box) -> PaymentCode | None:
    """Swiss Payment Standards: account, creditor (7 lines), 7 lines reserved, amount, debtor."""
    lines = lines + [""] * max(0, 34 - len(lines))
    iban = compact(lines[3])
    if not iban_is_valid(iban) or iban[:2] not in ("CH", "LI"):
        return None
    reference = compact(lines[28])
    if reference and not swiss_reference_is_valid(reference):
        reference = ""
    bill = _swico(next((line for line in lines[29:34] if line.startswith("//S1")), ""))
    uid = f"CHE{bill['30']}" if swiss_uid_is_valid(f"CHE{bill.get('30', '')}") else ""
    return PaymentCode(
        kind="swiss_qr",
        page=page,
        box=box,
        iban=iban,
        creditor=lines[5],
        amount=_amount(lines[18]),
        currency=lines[19] if lines[19] in ("CHF", "EUR") else "",
        reference=reference,
        message=lines[29],
        invoice_number=bill.get("10", ""),
        issue_date=_swico_date(bill.get("11", "")),
        uid=uid,
    )


def _swico(text: str) -> dict[str, str]:
    """Bill information of Swico, ``//S1/10/10201409/11/190512/…``; a slash in a value is escaped."""
    parts = re.split(r"(?<!\\)/", text.removeprefix("//S1/")) if text else []
    return {
        key: value.replace("\\/", "/").replace("\\\\", "\\")
        for key, value in zip(parts[::2], parts[1::2], strict=False)
        if re.fullmatch(r"\d\d", key)
    }


def _swico_date(text: str) -> str:
    if not re.fullmatch(r"\d{6}", text):
        return ""
    try:
        return dt.date(2000 + int(text[:2]), int(text[2:4]), int(text[4:])).isoformat()
    except ValueError:
        return ""


def _epc(lines: list[str], page: int, box: Box) -> PaymentCode | None:
    """EPC069-12: service tag, version, charset, SCT, BIC, name, account, amount, purpose, texts."""
    lines = lines + [""] * max(0, 11 - len(lines))
    iban = compact(lines[6])
    if lines[3] != "SCT" or not iban_is_valid(iban):
        return None
    return PaymentCode(
        kind="epc_qr",
        page=page,
        box=box,
        iban=iban,
        creditor=lines[5],
        amount=_amount(lines[7].removeprefix("EUR")),
        currency="EUR",
        reference=compact(lines[9]),
        message=lines[10],
    )


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"\d{1,9}(?:\.\d{1,2})?", text) else None
