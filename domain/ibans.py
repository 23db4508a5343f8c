"""Whether the account an invoice wants to be paid to is the supplier's: the fraud that costs most.

An account is absent (nobody named one), unverified (read somewhere), asked (one person wants it,
a second must confirm) or verified. Trusted is what was verified, and until anything was, what the
supplier used first. From an amount on that each company chooses, a change needs two people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.problems import Problem

SECOND_PERSON_FROM = Decimal(1000)
"""Where a company has not said otherwise, in its own currency."""


class IbanState(StrEnum):
    UNVERIFIED = "unverified"
    ASKED = "asked"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class KnownIban:
    iban: str
    asked_by: str | None = None
    verified_by: str | None = None
    document_id: str | None = None
    """Where it was read first."""

    @property
    def state(self) -> IbanState:
        if self.verified_by:
            return IbanState.VERIFIED
        return IbanState.ASKED if self.asked_by else IbanState.UNVERIFIED

    @property
    def seen_by_two(self) -> bool:
        return bool(self.verified_by and self.asked_by and self.verified_by != self.asked_by)

    @property
    def first_person(self) -> str | None:
        """Whoever spoke for it first, and so cannot be the second."""
        return self.asked_by or self.verified_by


def needs_two(amount: Decimal | None, second_person_from: Decimal | None) -> bool:
    """Whether an account for this amount is for two people; an unknown amount may be any, and
    a company without a limit asks for nobody.
    """
    return second_person_from is not None and (amount is None or amount >= second_person_from)


def is_change(iban: str, known: Sequence[KnownIban]) -> bool:
    """Whether paying to `iban` differs from what was trusted so far; `known` the oldest first."""
    others = [one for one in known if one.iban != iban]
    first = bool(known) and known[0].iban == iban
    return bool(others) and not (first and not any(one.verified_by for one in others))


def changed_iban(
    now: str | None,
    known: Sequence[KnownIban],
    amount: Decimal | None,
    second_person_from: Decimal | None,
) -> tuple[Problem, ...]:
    """What speaks against paying `amount` to `now`; `known` are the supplier's accounts, the
    oldest first.
    """
    if not now:
        return ()
    large = needs_two(amount, second_person_from)
    here = next((k for k in known if k.iban == now), None)
    changes = is_change(now, known)
    if here is not None and here.verified_by and not (large and changes and not here.seen_by_two):
        return ()
    if not changes:
        if not large:
            return ()
        return (
            Problem(
                "iban_unverified",
                "Nobody has verified the bank account of this supplier.",
                "info",
                "iban",
                {"now": now},
            ),
        )
    others = [k for k in known if k.iban != now]
    trusted = next((k for k in reversed(others) if k.verified_by), others[0])
    values = {"known": trusted.iban, "now": now}
    if trusted.document_id:
        values["document_id"] = trusted.document_id
    asked_by = here.first_person if here is not None else None
    if large and asked_by:
        return (
            Problem(
                "iban_asked",
                "A second person must confirm the new bank account of this supplier.",
                "blocking",
                "iban",
                {**values, "asked_by": asked_by},
            ),
        )
    return (
        Problem(
            "iban_changed",
            "The bank account differs from the one this supplier used before.",
            "blocking" if large else "warning",
            "iban",
            values,
        ),
    )
