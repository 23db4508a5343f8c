"""What amounts owe one another: tax to its base, and figures to the figures they were misread from.

Every comparison is in cents. A tax may be off by the cents of rounding line by line, never by more.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import ROUND_HALF_UP, Decimal

from domain.money import CENT

ZERO = Decimal(0)
RATES = tuple(
    Decimal(r)
    for r in (
        "20", "10", "5.5", "2.1", "8.5", "21", "6", "12", "19", "7", "9", "17", "8", "14", "3",
        "8.1", "2.6", "3.8", "7.7", "2.5", "3.7", "15", "5", "18", "22", "23", "4", "25", "13",
        "16", "0.9", "1.75", "1.05", "24", "13.5", "9.5", "4.8", "19.6", "11", "27", "25.5",
    )
)  # fmt: skip
"""Rates met in Europe and in the countries whose receipts arrive; a rate outside is no proof."""
SLACK = Decimal("0.02")
_ENOUGH = Decimal(5)
"""Tax from which on a known rate is no accident: below, some rate fits any two amounts."""


def closes_at(base: Decimal, rate: Decimal, amount: Decimal, lines: int = 1) -> bool:
    """Whether `amount` is the tax on `base`, give or take the cents of rounding by line."""
    expected = (base * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)
    return abs(expected - amount) <= max(SLACK, min(Decimal("0.10"), CENT * lines))


def plausible_rate(net: Decimal, vat: Decimal, printed: Collection[Decimal] = ()) -> Decimal | None:
    """The rate that gives this tax: one `printed` on the page first, then any known one."""
    net, vat = abs(net), abs(vat)
    if not net or not vat:
        return None
    exact = [rate for rate in printed if rate > 0 and closes_at(net, rate, vat)]
    return next(iter(exact), None) or next((r for r in RATES if closes_at(net, r, vat)), None)


def rate_tells(vat: Decimal, rate: Decimal | None, printed: Collection[Decimal]) -> bool:
    """Whether that rate speaks for the tax: it is printed, or the tax is too large for chance."""
    return rate is not None and (rate in printed or abs(vat) >= _ENOUGH)


def one_slip_apart(read: Decimal, true: Decimal) -> bool:
    """Whether one reading error turns `true` into `read`: a digit, or a decimal point lost."""
    if read == true * 100 and read == read.to_integral_value():
        return True
    one, other = (str(value.quantize(CENT)) for value in (read, true))
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
