"""Signals of fraud in an invoice that may be right in itself: what a careful colleague would notice.

None of them proves anything: each says what it saw, and what stands beside it. A changed account is
in `domain.ibans`, a second copy in `domain.duplicates`, wrong check digits in `domain.invoices`.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import SequenceMatcher

from domain.documents import Category
from domain.money import ZERO
from domain.problems import Problem
from domain.suppliers import plain_name

PRESSING = frozenset(
    [
        "urgent",
        "urgente",
        "urgents",
        "urgentes",
        "urgence",
        "urgently",
        "asap",
        "confidentiel",
        "confidentielle",
        "confidential",
        "dringend",
        "sofort",
    ]
)
JUST_BELOW = Decimal("0.95")
"""Of the limit from which on a second person looks."""
SPLIT_WITHIN = timedelta(days=7)
ROUND, LEAST_ROUND = Decimal(100), Decimal(500)
FEWEST_PAST, SIGMAS, TIMES_THE_MOST = 5, 3, Decimal("1.5")
IN_A_ROW, ROW_LASTS = 4, timedelta(days=60)
_NEIGHBOURS = ({"FR", "MC"}, {"CH", "LI"})
"""Countries whose companies bank with one another's banks as a matter of course."""


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier document of the same supplier and kind."""

    document_id: str
    number: str
    issue_date: date | None
    gross: Decimal | None


@dataclass(frozen=True, slots=True)
class Facts:
    """An invoice and what is known around it."""

    category: str
    name: str
    number: str
    issue_date: date | None
    gross: Decimal | None
    iban: str | None = None
    country: str | None = None
    """Of the supplier, as its numbers tell."""
    known_names: tuple[str, ...] = ()
    """Of the supplier it was matched with; empty for a new one."""
    past: tuple[Past, ...] = ()
    words: frozenset[str] = frozenset()
    """Of its pages, folded."""
    own_ibans: frozenset[str] = frozenset()
    iban_of: tuple[tuple[str, str | None], ...] = ()
    """Other suppliers that are paid to this account: name, and a document that says so."""
    iban_changed: bool = False
    limit: Decimal | None = None
    """The amount from which on two people look; None where nobody set one."""

    @property
    def is_new(self) -> bool:
        return not self.known_names


def signals(facts: Facts) -> tuple[Problem, ...]:
    """What should make one look, in the order of an invoice: sender, account, amount, date."""
    return (
        *_sender(facts),
        *_account(facts),
        *_amount(facts),
        *_days_and_numbers(facts),
    )


def _sender(facts: Facts) -> Iterator[Problem]:
    name = plain_name(facts.name).strip()
    known = [plain_name(one).strip() for one in facts.known_names]
    if name and known and not any(_alike(name, one) for one in known if one):
        yield Problem(
            "supplier_name_differs",
            "The numbers are those of a supplier with another name.",
            "info",
            "supplier_name",
            {"name": facts.name[:100], "known": facts.known_names[0][:100]},
        )
    pressing = sorted(facts.words & PRESSING)
    if pressing and (facts.is_new or facts.iban_changed):
        yield Problem(
            "pressing_words",
            "It presses, and the supplier or its bank account is new.",
            "warning",
            None,
            {"words": pressing},
        )


def _alike(one: str, other: str) -> bool:
    shared = {word for word in one.split() if len(word) > 2} & set(other.split())
    return bool(shared) or SequenceMatcher(None, one, other).ratio() >= 0.6


def _account(facts: Facts) -> Iterator[Problem]:
    if not facts.iban:
        return
    its = facts.iban[:2]
    if facts.iban in facts.own_ibans:
        yield Problem(
            "iban_own", "The account to pay to is our own.", "warning", "iban", {"now": facts.iban}
        )
    elif facts.country and facts.country != its and {facts.country, its} not in _NEIGHBOURS:
        yield Problem(
            "iban_foreign",
            f"A supplier of {facts.country} wants to be paid in {its}.",
            "warning",
            "iban",
            {"now": facts.iban, "country": facts.country, "its": its},
        )
    for name, document_id in facts.iban_of[:1]:
        values = {"now": facts.iban, "other": name[:100]}
        yield Problem(
            "iban_shared",
            "Another supplier is paid to the same account.",
            "warning",
            "iban",
            values | ({"document_id": document_id} if document_id else {}),
        )


def _amount(facts: Facts) -> Iterator[Problem]:
    gross, limit = facts.gross, facts.limit
    if gross is None:
        return
    if facts.is_new and gross >= LEAST_ROUND and gross % ROUND == 0:
        yield Problem(
            "round_amount",
            "A new supplier asks for a round amount.",
            "info",
            "gross_total",
            {"amount": str(gross)},
        )
    if limit is not None and limit * JUST_BELOW <= gross < limit:
        yield Problem(
            "just_below_limit",
            f"The total is just below {limit}, from which on two people look.",
            "warning" if facts.is_new or facts.iban_changed else "info",
            "gross_total",
            {"amount": str(gross), "limit": str(limit)},
        )
    yield from _split(facts, gross)
    past = [float(p.gross) for p in facts.past if p.gross is not None]
    if len(past) >= FEWEST_PAST:
        usual = statistics.fmean(past) + SIGMAS * statistics.pstdev(past)
        most = max(p.gross for p in facts.past if p.gross is not None)
        if float(gross) > usual and gross > TIMES_THE_MOST * most:
            yield Problem(
                "amount_unusual",
                f"The total is far above what this supplier asked for so far, {most} at most.",
                "warning",
                "gross_total",
                {"amount": str(gross), "most": str(most)},
            )


def _split(facts: Facts, gross: Decimal) -> Iterator[Problem]:
    """Several invoices of some days, each below the limit, that are above it together."""
    limit, day = facts.limit, facts.issue_date
    if not limit or day is None or not limit / 3 <= gross < limit:
        return
    near = [
        p
        for p in facts.past
        if p.gross is not None
        and p.issue_date is not None
        and p.number != facts.number
        and abs(p.issue_date - day) <= SPLIT_WITHIN
        and limit / 3 <= p.gross < limit
    ]
    together = gross + sum((p.gross for p in near if p.gross is not None), ZERO)
    if near and together >= limit:
        yield Problem(
            "amount_split",
            f"Invoices of these days make {together} together, each below {limit}.",
            "info",
            "gross_total",
            {"amount": str(together), "limit": str(limit), "document_id": near[0].document_id},
        )


def _days_and_numbers(facts: Facts) -> Iterator[Problem]:
    day = facts.issue_date
    worked = [p.issue_date for p in facts.past if p.issue_date is not None]
    usual = any(d.weekday() >= 5 for d in worked)
    enough = facts.is_new or len(worked) >= 3
    if (
        day is not None
        and day.weekday() >= 5
        and facts.category != Category.RECEIPT
        and enough
        and not usual
    ):
        yield Problem(
            "issued_on_weekend",
            "The invoice was issued on a weekend.",
            "info",
            "issue_date",
            {"date": day.isoformat()},
        )
    if _only_customer(facts):
        yield Problem(
            "only_customer",
            "The invoice numbers of this supplier follow one another: we seem its only customer.",
            "info",
            "invoice_number",
            {"number": facts.number[:100]},
        )


def _only_customer(facts: Facts) -> bool:
    """Whether number follows number for weeks."""
    if facts.issue_date is None:
        return False
    here = _last_figures(facts.number)
    days = {_last_figures(p.number): p.issue_date for p in facts.past}
    row: list[date | None] = [days.get(here - n) if here is not None else None
                              for n in range(1, IN_A_ROW + 1)]  # fmt: skip
    first = row[-1]
    return all(row) and first is not None and facts.issue_date - first >= ROW_LASTS


def _last_figures(number: str) -> int | None:
    found: Sequence[str] = re.findall(r"\d{1,9}", number)
    return int(found[-1]) if found else None
