"""Cells of a spreadsheet as people fill them in: numbers, rates, days, words.

A cell says what it means, or why it cannot: nothing is guessed where a wrong guess costs money.
`1.234` alone may be a thousand or little more than one; the other cells of the sheet say which
(`decimal_sign`), and where they do not, a person is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from domain.sales import Nature
from domain.words import folded

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
_EPOCHS = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
"""Day 0 of Excel's serial numbers. 1900 was no leap year, whatever Excel says: days are counted from
the eve of its eve, which is right from March 1900 on.
"""
LARGEST = Decimal(10**10)


@dataclass(frozen=True, slots=True)
class BrokenCell:
    """A formula that has no value: `said` is Excel's error such as ``#N/A``, or empty for a formula
    that was never calculated.
    """

    said: str = ""


Cell = str | Decimal | bool | date | timedelta | BrokenCell | None
"""What stands in a cell. A `timedelta` is a length of time such as 3:30."""


class Wrong(Exception):  # noqa: N818 - it becomes a fault of a cell, as data
    """Why a cell cannot be taken: a code, an English sentence, and what it speaks of."""

    def __init__(self, code: str, message: str, **values: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.values = code, message, values


@dataclass(frozen=True, slots=True)
class Number:
    """A number that stood in a cell, and what stood beside it."""

    value: Decimal
    percent: bool = False
    currency: str = ""


def shown(cell: Cell) -> str:
    """A cell as a person reads and types it."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02d}"
    return cell.said


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def words_of(cell: Cell, most: int) -> str:
    """The words of a cell on one line; a number or a day as it is written."""
    _not_broken(cell)
    text = shown(cell)
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c)[0] != "C")
    clean = " ".join(text.split())
    if len(clean) > most:
        raise Wrong("text_too_long", "This is too long.", most=most, length=len(clean))
    return clean


_MONEY = {"€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "chf": "CHF", "fr": "CHF",
          "fr.": "CHF", "sfr": "CHF", "sfr.": "CHF", "$": "USD", "usd": "USD", "£": "GBP",
          "gbp": "GBP"}  # fmt: skip
_BODY = re.compile(
    r"(?P<open>\()?(?P<before>[^\d\s.,()+-]{1,5})?(?P<sign>[+-])?(?P<before2>[^\d\s.,()+-]{1,5})?"
    r"(?P<digits>[\d.,][\d., ]*?)(?P<late>-)?(?P<after>[^\d\s.,()+-]{1,5}\.?)?(?P<close>\))?",
    re.ASCII,
)
_SIMPLE = re.compile(r"-?[0-9.,]+")
_GROUPED = re.compile(r"\d{1,3}(?:(?P<sep>[ .,])\d{3})(?:(?P=sep)\d{3})*")


def number_of(cell: Cell, decimal_sign: str = "") -> Number:
    """The number in a cell; `decimal_sign` is the one that the sheet is known to use, or empty."""
    _not_broken(cell)
    if isinstance(cell, Decimal):
        return Number(_within(cell))
    if isinstance(cell, bool | date | timedelta) or cell is None:
        raise Wrong("number_wrong", "This is no number.")
    return _number_of_text(cell, decimal_sign)


@lru_cache(8192)
def _number_of_text(text: str, decimal_sign: str) -> Number:
    match = _BODY.fullmatch(_one_kind_of_signs(text))
    if match is None or bool(match["open"]) != bool(match["close"]):
        raise Wrong("number_wrong", "This is no number.")
    marks = [m.lower() for m in (match["before"], match["before2"], match["after"]) if m]
    percent = "%" in marks
    money = {_MONEY.get(mark, "") for mark in marks if mark != "%"}
    if "" in money or len(money) > 1 or len(marks) > 1:
        raise Wrong("number_wrong", "This is no number.")
    plain = _plain(match["digits"].strip(), decimal_sign)
    try:
        value = _within(Decimal(plain))
    except InvalidOperation:
        raise Wrong("number_wrong", "This is no number.") from None
    negative = match["sign"] == "-" or match["late"] or match["open"]
    return Number(-value if negative else value, percent, next(iter(money), ""))


def decimal_sign(cells: Iterable[Cell]) -> str:
    """The sign before decimals that the numbers written as text agree on; empty when they do not
    say, or differ.
    """
    found: set[str] = set()
    for cell in cells:
        if not isinstance(cell, str) or len(cell) > 40:
            continue
        match = _BODY.fullmatch(_one_kind_of_signs(cell))
        digits = match["digits"].strip() if match else ""
        signs = [c for c in digits if c in ".,"]
        if not signs:
            continue
        last, kinds = signs[-1], set(signs)
        if len(kinds) == 2:
            found.add(last)
        elif len(signs) > 1:
            found.add("," if last == "." else ".")
        elif " " in digits or not _GROUPED.fullmatch(digits) or digits.startswith("0"):
            found.add(last)
        if len(found) == 2:
            return ""
    return next(iter(found), "")


def _one_kind_of_signs(text: str) -> str:
    """A number with plain spaces between its thousands and a plain minus."""
    if len(text) > 60:
        raise Wrong("number_wrong", "This is no number.")
    if _SIMPLE.fullmatch(text):
        return text
    text = re.sub(r"[’'ʼ`´\s\u00a0\u2007\u2009\u202f]+", " ", text.strip())
    text = re.sub(r"[−–—‐‑]", "-", text)
    text = re.sub(r"(?<=\d) ?(?=[^\d\s.,])|(?<=[^\d\s.,]) ?(?=\d)|(?<=[^\d\s.,]) (?=[^\d\s.,])", "", text)  # fmt: skip
    return re.sub(r"(?<=\d)\.-$|(?<=\d)\.–$", "", text)  # 120.- as the Swiss write it


def _plain(digits: str, decimal_sign: str) -> str:
    """Digits with nothing but a point for decimals."""
    signs = [c for c in digits if c in ".,"]
    kinds = set(signs)
    if not signs:
        if " " in digits and not _GROUPED.fullmatch(digits):
            raise Wrong("number_wrong", "This is no number.")
        return digits.replace(" ", "")
    last = signs[-1]
    if len(signs) == 1 and " " not in digits and _GROUPED.fullmatch(digits):
        if digits.startswith("0") or decimal_sign == last:
            return digits.replace(",", ".")
        if not decimal_sign:
            raise Wrong(
                "number_ambiguous",
                "This may be a thousand or little more than one.",
                thousands=digits.replace(last, ""),
                decimals=digits.replace(last, ".") + "0",
            )
        return digits.replace(last, "")
    if len(kinds) == 1 and len(signs) > 1:
        whole, fraction = digits, ""
    else:
        if signs.count(last) > 1:
            raise Wrong("number_wrong", "This is no number.")
        whole, _, fraction = digits.rpartition(last)
    grouped = re.search(r"[ .,]", whole)
    if " " in fraction or (grouped and not _GROUPED.fullmatch(whole)):
        raise Wrong("number_wrong", "This is no number.")
    return re.sub(r"[ .,]", "", whole or "0") + (f".{fraction}" if fraction else "")


def _within(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= LARGEST:
        raise Wrong("number_too_large", "This number is too large.")
    return value


def hours_of(cell: timedelta) -> Decimal:
    """A length of time as hours, for the quantity of a service."""
    return (Decimal(round(cell.total_seconds())) / 3600).quantize(Decimal("0.0001")).normalize()


def percent_of(cell: Cell, decimal_sign: str = "") -> tuple[Decimal, bool]:
    """A rate in percent, and whether it was a ratio: below 1 without a percent sign, as a cell that
    is shown in percent is kept.
    """
    number = number_of(cell, decimal_sign)
    if number.currency:
        raise Wrong("rate_wrong", "This is no rate.")
    if not number.percent and 0 < number.value < 1:
        return (number.value * 100).normalize() + Decimal(0), True
    return number.value, False


_DAY_TEXTS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]\d{1,2}:.*)?"),
    re.compile(r"(?P<d>\d{1,2})[/.\- ](?P<m>\d{1,2})[/.\- ](?P<y>\d{4}|\d{2})(?: \d{1,2}:.*)?"),
)


def day_of(cell: Cell, *, from_1904: bool = False) -> tuple[date, bool]:
    """The day in a cell, and whether it was a bare serial number. Text has the day before the month,
    or is ISO 8601.
    """
    _not_broken(cell)
    if isinstance(cell, date):
        return _in_our_time(cell), False
    if isinstance(cell, Decimal):
        whole = int(cell)
        if not 0 < whole < 100_000:
            raise Wrong("date_wrong", "This is no date.")
        return _in_our_time(_EPOCHS[from_1904] + timedelta(days=whole)), True
    if isinstance(cell, str):
        text = " ".join(cell.split())
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return day_of(Decimal(text), from_1904=from_1904)
        for pattern in _DAY_TEXTS:
            match = pattern.fullmatch(text)
            if match:
                year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
                try:
                    return _in_our_time(date(year, int(match["m"]), int(match["d"]))), False
                except ValueError:
                    break
    raise Wrong("date_wrong", "This is no date.")


def _in_our_time(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise Wrong("date_far", "This day is too far away.", day=day.isoformat())
    return day


_NATURES = {
    **dict.fromkeys(("b", "bien", "biens", "g", "good", "goods", "marchandise", "marchandises",
                     "produit", "produits", "product", "products", "ware", "waren", "produkt",
                     "produkte", "vente"), Nature.GOODS),
    **dict.fromkeys(("s", "service", "services", "prestation", "prestations",
                     "prestation de service", "prestation de services", "dienstleistung",
                     "dienstleistungen", "leistung"), Nature.SERVICES),
}  # fmt: skip


def nature_of(cell: Cell) -> Nature:
    """Goods or services, in a word of three languages."""
    found = _NATURES.get(folded(words_of(cell, 60)).strip())
    if found is None:
        raise Wrong("nature_wrong", "This is neither goods nor services.")
    return found


def email_of(cell: Cell) -> str:
    text = words_of(cell, 254)
    if not re.fullmatch(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]+\.[^\s@<>,;\".]{2,}", text):
        raise Wrong("email_wrong", "This is no e-mail address.")
    return text


def _not_broken(cell: Cell) -> None:
    if isinstance(cell, BrokenCell):
        if cell.said:
            raise Wrong("cell_error", "The formula of this cell has an error.", error=cell.said)
        raise Wrong(
            "not_calculated",
            "The formula of this cell was never calculated: open the file in a spreadsheet program "
            "and save it.",
        )
    if isinstance(cell, bool):
        raise Wrong("is_boolean", "This cell says true or false.")
