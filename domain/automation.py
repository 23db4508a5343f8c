"""Posting without a person: how far a company lets it go, what is sure enough, when it stops.

All is said as reasons against. A document without one may be posted by the machine; a share of
these goes to a person all the same, to know how often the machine would have been wrong. When
people put too much of it right, the dial goes back to off by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from domain.findings import Reading
from domain.problems import Problem
from domain.suggestions import AccountSuggestion

SURE_ENOUGH = 0.97
"""Confidence of every account: such suggestions were right 99.4 times in 100 (`docs/suggestions.md`)."""
READ_WELL = 0.85
"""Confidence of the number, the date and the name, which no sum proves, where no check does."""
KNOWN_AFTER = 3
"""Papers that people have posted of a supplier before it is a known one."""
SHARE = 5
"""Percent of the sure documents that go to a person, unless the company says otherwise."""
DAYS_REPLAYED = 90
WINDOW = 50
"""Of so many last ones, posted or given to a person …"""
MOST_ERRORS = 2
"""… so many may be wrong. Were one in 170 wrong, as measured, this is passed once in 300 windows."""
RECENT = timedelta(days=120)
"""A paper that is older comes late, and perhaps into a year that is nearly closed."""
UNPROVED = ("invoice_number", "issue_date", "supplier_name")


class Dial(StrEnum):
    """From nothing to most."""

    OFF = "off"
    KNOWN = "known"  # proved, of a supplier that people have posted before
    PROVED = "proved"


Against = Literal[
    "not_proved",
    "not_read_well",
    "problems",
    "account_unsure",
    "vat_unsure",
    "rule_not_automatic",
    "not_an_invoice",
    "not_recent",
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a company has chosen, and since when."""

    dial: Dial = Dial.OFF
    share: Decimal = Decimal(SHARE)
    since: str = ""
    fell_back: dict[str, Any] | None = None
    """How many were wrong of how many, and when, while it is off by itself."""

    @classmethod
    def of(cls, stored: dict[str, Any] | None) -> Settings:
        told = stored or {}
        return cls(
            Dial(told.get("dial", "off")),
            Decimal(str(told.get("share", SHARE))),
            told.get("since", ""),
            told.get("fell_back"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "dial": self.dial.value,
            "share": str(self.share),
            "since": self.since,
            "fell_back": self.fell_back,
        }


def against(
    reading: Reading,
    category: str,
    suggestions: Sequence[AccountSuggestion],
    problems: Collection[Problem],
    automatic_rules: Collection[str],
    age: timedelta,
) -> tuple[Against, ...]:
    """What stands against posting a document by itself wherever the dial is.

    `problems` are all there are, whether or not somebody has settled them; `automatic_rules` are
    the ids of rules that let the machine post; `age` is the paper's.
    """
    found: list[Against] = []
    if category != "purchase_invoice":
        # Receipts and credit notes are paid or set off already: somebody knows of them.
        found.append("not_an_invoice")
    if age > RECENT:
        found.append("not_recent")
    if not reading.is_proved():
        found.append("not_proved")
    if not all(_read_well(reading, name) for name in UNPROVED):
        found.append("not_read_well")
    # That an account is missing is said below.
    if any(p.severity != "info" and p.code != "account_missing" for p in problems):
        found.append("problems")
    if not suggestions or any(
        s.account is None or s.confidence < SURE_ENOUGH or s.source not in ("rule", "history")
        for s in suggestions
    ):
        found.append("account_unsure")
    if any(
        s.source == "rule" and s.reason.values.get("rule_id") not in automatic_rules
        for s in suggestions
    ):
        found.append("rule_not_automatic")
    if any(s.account is not None and not s.treatment_sure for s in suggestions):
        found.append("vat_unsure")
    return tuple(found)


def _read_well(reading: Reading, name: str) -> bool:
    found = reading.fields.get(name)
    if found is None:
        return False
    return found.state in ("proved", "consistent", "corrected") or found.confidence >= READ_WELL


def allows(dial: Dial, reasons: Collection[str], posted_before: int) -> bool:
    """Whether a dial lets the machine post what has these reasons against it.

    `posted_before` are the entries of the supplier that people posted and that still stand.
    """
    if dial is Dial.OFF or reasons:
        return False
    return dial is Dial.PROVED or posted_before >= KNOWN_AFTER


def goes_to_a_person(document_id: str, share: Decimal) -> bool:
    """Whether a document is among the share that a person sees. The same each time it is asked."""
    drawn = int.from_bytes(hashlib.sha256(f"share:{document_id}".encode()).digest()[:4], "big")
    return drawn % 10_000 < share * 100


def must_stop(outcomes: Sequence[bool | None]) -> bool:
    """Whether too much was wrong. `outcomes`, the newest first: whether each was right; None while
    nobody has said.
    """
    return sum(right is False for right in outcomes[:WINDOW]) > MOST_ERRORS
