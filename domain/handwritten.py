"""Entries that come from no document and no movement: what a person writes, and what they repeat.

An `Entry` of `domain.journal` like every other; here is only what is asked of one written by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from domain.errors import Invalid
from domain.journal import LABEL_LENGTH, REFERENCE_LENGTH, Entry, Line, Unbalanced, plain_text
from domain.money import ZERO

MISCELLANEOUS = "OD"
"""The journal of what belongs into no other."""
FIRST_DAY = date(1990, 1, 1)
LATEST = timedelta(days=400)
LATEST_REVERSAL = timedelta(days=800)


def entry_of(
    lines: Iterable[Line],
    *,
    journal: str,
    entry_date: date,
    piece_date: date | None,
    reference: str,
    label: str,
    currency: str,
    today: date,
) -> Entry:
    """The entry; Invalid says what keeps the lines from being one."""
    if not FIRST_DAY <= entry_date <= today + LATEST:
        raise Invalid(
            "An entry is not dated that far away.",
            code="entry_date_far",
            advice="Look at the year.",
            fields=["entry_date"],
        )
    label = plain_text(label, LABEL_LENGTH)
    if not label:
        raise Invalid("An entry has a label.", code="label_missing", fields=["label"])
    piece = plain_text(reference, REFERENCE_LENGTH) or f"{journal} {entry_date.isoformat()}"
    try:
        return Entry(
            journal=journal,
            entry_date=entry_date,
            piece_date=piece_date or entry_date,
            piece_reference=piece,
            label=label,
            currency=currency,
            lines=tuple(lines),
        )
    except Unbalanced as error:
        raise Invalid(
            f"These lines are no entry: {error}.",
            code="unbalanced",
            advice="Give every line an account and one side; debits must equal credits.",
        ) from None


def checked_reversal_day(entry_date: date, reverse_on: date, today: date) -> None:
    if not entry_date < reverse_on <= today + LATEST_REVERSAL:
        raise Invalid(
            "An entry is reversed on a day after its own.",
            code="reversal_day",
            fields=["reverse_on"],
        )


def line_of(account: str, amount: Decimal, label: str, vat_code: str | None = None) -> Line:
    """A line debited when `amount` is positive, credited when it is negative."""
    debit, credit = (amount, ZERO) if amount > 0 else (ZERO, -amount)
    return Line(account, debit, credit, plain_text(label, LABEL_LENGTH), vat_code=vat_code)


def entry_id(company_id: str, key: str) -> str:
    """The id of the entry that a form with this key makes: sent twice, it is one entry."""
    return "ent_" + hashlib.sha256(f"{company_id}:by hand:{key}".encode()).hexdigest()[:32]
