"""What customers owe: what is open of an invoice once credit notes and payments are taken off.

An invoice and the credit notes that take it back are one account: what a credit note takes back is
not to be paid any more, and what was paid before is to be given back. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.money import ZERO

AGES = (30, 60, 90)
"""The last day late of each column of an aged balance; what is older has a column of its own."""
COLUMNS = ("not_due", "to_30", "to_60", "to_90", "older")


@dataclass(frozen=True, slots=True)
class Claim:
    """A finalised invoice as the books have it, in their currency; credit notes are negative."""

    id: str
    owed: Decimal
    paid: Decimal = ZERO
    """By movements of the bank; negative for what was paid back."""
    paid_on: date | None = None
    """The day of the last of them."""


def still_open(claims: Sequence[Claim]) -> dict[str, Decimal]:
    """What is open of each: of the invoice, which comes first, while the customer owes, else of the
    last credit note what is to be paid back.
    """
    left = sum((one.owed - one.paid for one in claims), ZERO)
    return {one.id: ZERO for one in claims} | {claims[0 if left > 0 else -1].id: left}


def is_paid(claims: Sequence[Claim]) -> bool:
    """Whether payments brought an invoice to its end; one that is only taken back is not paid."""
    return claims[0].paid > 0 and sum((one.owed - one.paid for one in claims), ZERO) <= 0


def column_of(due_on: date | None, today: date) -> str:
    """The column of an aged balance: how many days something is late."""
    late = (today - due_on).days if due_on is not None else 0
    if late <= 0:
        return COLUMNS[0]
    return next(
        (name for name, last in zip(COLUMNS[1:], AGES, strict=False) if late <= last), COLUMNS[-1]
    )
