"""Amounts of another currency in that of the books, at a rate that a person gives.

How a rate is said differs: one franc-euro pair is 0.95 francs a euro in Geneva, and the dollar is
1.10 a euro in Paris, so the country says which way round its rates go. Rates are given, not
fetched: this module knows no market.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from domain.money import cents

_LEAST, _MOST = Decimal("0.000001"), Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Quote:
    """A rate as it is said: `rate` of ours for one of theirs when `in_ours`, else the other way."""

    rate: Decimal
    in_ours: bool

    def ours(self, amount: Decimal) -> Decimal:
        """`amount` of the other currency in ours, to the cent."""
        return cents(amount * self.rate if self.in_ours else amount / self.rate)


def rate_of(text: str | None) -> Decimal | None:
    """The exchange rate of a machine-written string, None for what cannot be one."""
    try:
        rate = Decimal((text or "").strip()[:40])
    except InvalidOperation:
        return None
    return rate if rate.is_finite() and _LEAST <= rate <= _MOST else None
