"""Whether two documents are one invoice received twice.

Certain: same supplier, same number, same kind. Probable: same supplier, total and date, the number
different or missing. Recurring subscriptions (another date) and credit notes are neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.problems import Problem
from domain.suppliers import plain_name
from domain.words import folded

_PREFIX = re.compile(r"^(?:FACTURE|FACT|FAC|FA|INVOICE|INV|NO|NR|N)(?=[0-9])")


@dataclass(frozen=True, slots=True)
class Mark:
    """What one document is recognised by. `supplier_id` when known, else the name decides."""

    document_id: str
    category: str
    supplier_id: str | None
    supplier_name: str
    number: str
    issue_date: date | None
    gross: Decimal | None


def plain_number(number: str) -> str:
    """An invoice number as it is compared: capitals and digits, without prefix or leading zeros."""
    bare = "".join(folded(number).upper().split())
    return _PREFIX.sub("", bare).lstrip("0")


def duplicates(mark: Mark, others: Iterable[Mark]) -> tuple[Problem, ...]:
    """A problem for the strongest sign that one of `others` is the same document."""
    number = plain_number(mark.number)
    probable: Mark | None = None
    for other in others:
        if other.document_id == mark.document_id or other.category != mark.category:
            continue
        if not _same_supplier(mark, other):
            continue
        if number and plain_number(other.number) == number and _same_year(mark, other, number):
            return (
                Problem(
                    "duplicate_certain",
                    "The same number of the same supplier was received before.",
                    "blocking",
                    "invoice_number",
                    {"document_id": other.document_id, "number": other.number[:100]},
                ),
            )
        same_amount = mark.gross is not None and mark.gross == other.gross
        if same_amount and mark.issue_date is not None and mark.issue_date == other.issue_date:
            probable = probable or other
    if probable is None:
        return ()
    return (
        Problem(
            "duplicate_probable",
            "The same supplier, date and total were received before.",
            "warning",
            "gross_total",
            {"document_id": probable.document_id, "number": probable.number[:100]},
        ),
    )


def _same_supplier(a: Mark, b: Mark) -> bool:
    if a.supplier_id and b.supplier_id:
        return a.supplier_id == b.supplier_id
    name = plain_name(a.supplier_name).strip()
    return bool(name) and name == plain_name(b.supplier_name).strip()


def _same_year(a: Mark, b: Mark, number: str) -> bool:
    """Small suppliers begin again at 1 each year: a short number counts within its year only."""
    if len(number) >= 6 or a.issue_date is None or b.issue_date is None:
        return True
    return a.issue_date.year == b.issue_date.year
