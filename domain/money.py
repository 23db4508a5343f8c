"""Amounts: decimals of two places, never floats.

A cent is the smallest amount a journal knows. Unit prices and quantities keep the places they
were printed with; they become cents only where they become an amount.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LARGEST = Decimal("9999999999999.99")
"""Amounts beyond ten thousand billion are misreadings; refusing them keeps sums in 64 bits."""


def cents(amount: Decimal) -> Decimal:
    """`amount` rounded half up to two places; ValueError if it is not a number or too large."""
    if not amount.is_finite() or abs(amount) > LARGEST:
        raise ValueError(f"not an amount: {amount}")
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def parse_amount(text: str) -> Decimal:
    """The amount of a machine-written string such as ``-1234.5``; ValueError otherwise.

    For values on the wire, with a dot. Amounts on paper are read by `models.extraction`.
    """
    if len(text) > 40 or not text.isascii():
        raise ValueError("not an amount")
    try:
        return cents(Decimal(text))
    except InvalidOperation:
        raise ValueError("not an amount") from None
