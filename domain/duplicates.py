"""Whether two documents are one invoice received twice.

Certain: same supplier, same number, same kind. Probable: same supplier, total and date, the number
different or missing. Possible: the same total within a few days, and a supplier or an account in
common; or the same number, day and total under two names. A total alone says nothing: strangers
bill round amounts on the first of each month. Recurring subscriptions (a month between them) and
credit notes are none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from domain.problems import Problem
from domain.suppliers import plain_name
from domain.words import folded

_PREFIX = re.compile(r"^(?:FACTURE|FACT|FAC|FA|INVOICE|INV|NO|NR|N)(?=[0-9])")
CLOSE = timedelta(days=10)
"""Two invoices of one supplier with one total lie further apart, if they are instalments."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one document is recognised by. `supplier_id` when known, else what it calls its sender:
    the strongest of `domain.suppliers.keys_of`, or the name.
    """

    document_id: str
    category: str
    supplier_id: str | None
    supplier_name: str
    number: str
    issue_date: date | None
    gross: Decimal | None
    company_id: str = ""
    sender_key: str | None = None
    iban: str | None = None
    is_einvoice: bool = False
    is_posted: bool = False


def plain_number(number: str) -> str:
    """An invoice number as it is compared: capitals and digits, without prefix or leading zeros."""
    bare = "".join(folded(number).upper().split())
    return _PREFIX.sub("", bare).lstrip("0")


def duplicates(mark: Mark, others: Iterable[Mark]) -> tuple[Problem, ...]:
    """A problem for the strongest sign that one of `others` is the same document, and one for
    a copy that another company received.
    """
    found: dict[str, Problem] = {}
    for other in others:
        problem = _likeness(mark, other)
        if problem is not None:
            found.setdefault(problem.code, problem)
    elsewhere = found.pop("duplicate_elsewhere", None)
    strongest = next((found[code] for code in _STRENGTH if code in found), None)
    return tuple(problem for problem in (strongest, elsewhere) if problem is not None)


_STRENGTH = ("einvoice_copy", "duplicate_certain", "duplicate_probable", "duplicate_possible")


def _likeness(mark: Mark, other: Mark) -> Problem | None:
    if other.document_id == mark.document_id or other.category != mark.category:
        return None
    values = {"document_id": other.document_id, "number": other.number[:100]}
    same_supplier = _same_supplier(mark, other)
    number = plain_number(mark.number)
    same_number = (
        bool(number) and plain_number(other.number) == number and _same_year(mark, other, number)
    )
    if other.company_id != mark.company_id:
        if not (same_supplier and same_number and mark.gross == other.gross):
            return None
        return Problem(
            "duplicate_elsewhere",
            "The same invoice was received for another company.",
            "warning",
            "invoice_number",
            values,
        )
    if same_supplier and same_number:
        return _copy(mark, other, values)
    if mark.gross is None or mark.gross != other.gross:
        return None
    same_day = mark.issue_date is not None and mark.issue_date == other.issue_date
    if same_supplier and same_day:
        return Problem(
            "duplicate_probable",
            "The same supplier, date and total were received before.",
            "warning",
            "gross_total",
            values,
        )
    same_iban = bool(mark.iban) and mark.iban == other.iban
    if (same_day and same_number) or ((same_supplier or same_iban) and _close(mark, other)):
        return Problem(
            "duplicate_possible",
            "A document with the same total lies close to this one.",
            "info",
            "gross_total",
            values,
        )
    return None


def _copy(mark: Mark, other: Mark, values: dict[str, str]) -> Problem | None:
    """The same invoice: of an e-invoice and its picture the XML is the original."""
    if other.is_einvoice and not mark.is_einvoice and not mark.is_posted:
        return Problem(
            "einvoice_copy",
            "This is a copy of an electronic invoice that was received.",
            "blocking",
            "invoice_number",
            values,
        )
    if mark.is_einvoice and not other.is_einvoice and not other.is_posted:
        return None  # the other one is the copy, and says so
    return Problem(
        "duplicate_certain",
        "The same number of the same supplier was received before.",
        "blocking",
        "invoice_number",
        values,
    )


def _same_supplier(a: Mark, b: Mark) -> bool:
    if a.supplier_id and b.supplier_id and a.company_id == b.company_id:
        return a.supplier_id == b.supplier_id
    keys = (a.sender_key or "").partition(":"), (b.sender_key or "").partition(":")
    if keys[0][0] and keys[0][0] == keys[1][0] != "iban":
        return keys[0] == keys[1]
    name = plain_name(a.supplier_name).strip()
    return bool(name) and name == plain_name(b.supplier_name).strip()


def _close(a: Mark, b: Mark) -> bool:
    if a.issue_date is None or b.issue_date is None:
        return False
    return abs(a.issue_date - b.issue_date) <= CLOSE


def _same_year(a: Mark, b: Mark, number: str) -> bool:
    """Small suppliers begin again at 1 each year: a short number counts within its year only."""
    if len(number) >= 6 or a.issue_date is None or b.issue_date is None:
        return True
    return a.issue_date.year == b.issue_date.year
