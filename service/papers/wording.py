"""The words, numbers and dates of a paper in the language of whoever it is sent to.

Apart from the catalogues of the pages: a paper is written in the customer's language, which may
be one that the pages do not speak.
"""

from __future__ import annotations

import csv
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

LANGUAGES = ("fr", "en", "de")
_SWISS = Locale("de", "CH")
"""How numbers are written in Switzerland, whatever the language: ``1’234.50``."""
_SIGNS = {"EUR": "€"}


class Wording:
    """Says what a paper says, in one language and with the seller's country's way to write numbers."""

    def __init__(self, language: str, country: str) -> None:
        self.language = language if language in LANGUAGES else "en"
        self._words = _all_words()[self.language]
        self._locale = _SWISS if country in ("CH", "LI") else Locale(self.language)

    def __call__(self, key: str, **values: str) -> str:
        said = self._words[key]
        return said.format(**values) if values else said

    def day(self, day: date) -> str:
        if self.language == "en":
            return format_date(day, "d MMMM y", "en")
        dotted = self.language == "de" or self._locale is _SWISS
        return f"{day:%d.%m.%Y}" if dotted else f"{day:%d/%m/%Y}"

    def money(self, amount: Decimal, currency: str) -> str:
        """``1 234,50 €`` and ``CHF 1'234.50``: the number as here, the currency beside it."""
        number = format_decimal(amount, "#,##0.00", self._locale)
        if currency in _SIGNS:
            sign = _SIGNS[currency]
            return f"{sign}{number}" if self.language == "en" else f"{number} {sign}"
        return f"{currency} {number}"

    def amount(self, amount: Decimal) -> str:
        return format_decimal(amount, "#,##0.00", self._locale)

    def number(self, number: Decimal, least: int = 0) -> str:
        """A quantity or a price with the places it has, at least `least`."""
        places = max(least, -int(number.normalize().as_tuple().exponent))
        return format_decimal(number, f"#,##0.{'0' * places}", self._locale)

    def percent(self, percent: Decimal) -> str:
        return f"{self.number(percent)} %"


def written(text: str, longest: int = 4_000) -> str:
    """`text` without what no paper and no XML can hold: control characters, lone surrogates."""
    kept = (
        c if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " "
        for c in text.replace("\r\n", "\n").replace("\u00ad", "")[:longest]
    )
    return "\n".join(
        " ".join(line.split(" ")).rstrip() for line in "".join(kept).split("\n")
    ).strip()


@cache
def _all_words() -> dict[str, dict[str, str]]:
    with Path(__file__).with_name("words.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {language: {row["key"]: row[language] for row in rows} for language in LANGUAGES}
