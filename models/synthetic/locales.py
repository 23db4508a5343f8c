"""How a paper writes amounts, dates and rates: a choice among the ways of its country.

One paper keeps to one way throughout, as one program prints it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from models.synthetic.wording import countries, words


@dataclass(frozen=True, slots=True)
class Locale:
    language: str
    country: str
    currency: str
    thousands: str
    point: str
    money_shape: str
    date_shape: str

    def amount(self, value: Decimal, places: int = 2) -> str:
        whole, _, rest = f"{value:,.{places}f}".partition(".")
        shown = whole.replace(",", self.thousands)
        return f"{shown}{self.point}{rest}" if rest else shown

    def money(self, value: Decimal) -> str:
        """An amount with its currency."""
        return self.money_shape.format(self.amount(value))

    def number(self, value: Decimal) -> str:
        """A quantity or a rate, without zeros that say nothing."""
        shown = f"{value:f}"
        if "." in shown:
            shown = shown.rstrip("0").rstrip(".")
        return shown.replace(".", self.point)

    def day(self, day: date) -> str:
        month: str = words(self.language)["months"][day.month - 1]
        return self.date_shape.format(
            d=day.day, m=day.month, y=day.year, yy=day.year % 100, month=month, mon=month[:3]
        )


def draw_locale(random: Random, language: str, country: str, currency: str | None = None) -> Locale:
    """A way to write of `country`; in a foreign `currency`, amounts carry its letters."""
    ways = countries()[country]
    shape = random.choice(ways["money"])
    if currency is not None and currency != ways["currency"]:
        shape = random.choice((f"{currency} {{}}", f"{{}} {currency}"))
    return Locale(
        language=language,
        country=country,
        currency=currency or ways["currency"],
        thousands=random.choice(ways["thousands"]),
        point=random.choice(ways["point"]),
        money_shape=shape,
        date_shape=random.choice(ways["dates"]),
    )
