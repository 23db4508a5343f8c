"""Numbers as paper writes them: `1 234,56`, `1.234,56`, `1'234.56`, `(12,00)`, `12€50`.

Which separator is the decimal one is a property of the page, not of a number: `Style` is learnt
from the amounts that leave no doubt and settles the others (`1.234`). What a number means is
left to those who ask.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.money import LARGEST

Separator = Literal[",", "."]

SPACES = "\u0020\u00a0\u202f\u2009"
_APOSTROPHES = "'’`´°"
"""Between thousands; OCR reads a Swiss apostrophe as a degree."""
_CODES = "EUR|CHF|USD|GBP|CAD|AUD|MYR|INR|TND|MAD|DZD|XOF|XAF|SEK|NOK|DKK|PLN|DEM|JPY|CNY|SGD"
CURRENCY = {
    "€": "EUR", "$": "USD", "£": "GBP", "us$": "USD", "rm": "MYR", "fr.": "CHF", "sfr": "CHF",
    "₹": "INR", "rs": "INR", "rs.": "INR", "dt": "TND", "tnd": "TND", "dh": "MAD", "dhs": "MAD",
    "euro": "EUR", "euros": "EUR", "eur": "EUR", "chf": "CHF", "usd": "USD", "gbp": "GBP",
    "cad": "CAD", "myr": "MYR", "inr": "INR", "dem": "DEM", "c$": "CAD", "ca$": "CAD",
    "aud": "AUD", "a$": "AUD", "mad": "MAD", "dzd": "DZD", "sek": "SEK", "nok": "NOK",
    "dkk": "DKK", "pln": "PLN", "jpy": "JPY", "¥": "JPY", "xof": "XOF", "xaf": "XAF",
    "fcfa": "XOF", "sgd": "SGD",
}  # fmt: skip
_SYMBOL = rf"(?:US\$|CA\$|C\$|A\$|[€$£₹¥]|(?:{_CODES})\b|R[MHNU](?=\s?\d)|RM\b|EUROS?\b|SFr\.?|(?<![^\W\d_])(?:Fr\.|Rs\b\.?|DT\b|DHS?\b))"
_DIGITS = rf"\d{{1,3}}(?:[{SPACES}{_APOSTROPHES}]\d{{3}})+(?!\d)(?:[.,]\d{{1,6}})?|\d{{1,3}}(?:[.,]\d{{3}})+(?!\d)(?:[.,]\d{{1,6}})?|\d+[.,]\d{{1,6}}|\d+"
_NUMBER = re.compile(
    rf"(?P<open>\()?\s?(?P<sign>[-−–+](?=\s?[\d€$£.,U])\s?)?(?P<before>{_SYMBOL}\s?)?(?P<sign2>[-−–]\s?)?"
    rf"(?P<digits>{_DIGITS})"
    rf"(?:(?P<old>[€£$])(?P<oldcents>\d{{2}})(?!\d))?"
    rf"(?P<after>\s?{_SYMBOL}(?!\d))?(?P<percent>\s?%)?(?P<trail>[-−](?![\w.])|[ ]?CR\b)?(?P<close>\))?",
    re.IGNORECASE,
)
_TILL = re.compile(r"(\d{1,5})[€£$](\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Style:
    """How a page writes numbers: its decimal separator, when it shows one."""

    decimal: Separator | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `start:end` of its text; `places` are the decimals as printed."""

    value: Decimal
    places: int
    start: int
    end: int
    currency: str | None = None
    percent: bool = False
    grouped: bool = False
    credit: bool = False

    @property
    def is_amount(self) -> bool:
        """Printed as money is: two decimals (three for dinars), or with its currency."""
        return not self.percent and (self.places in (2, 3) or self.currency is not None)


_MISREAD_RINGGIT = ("rh", "rn", "ru")
PLAIN = Style()


def style_of(texts: Iterable[str]) -> Style:
    """The decimal separator of a page, from amounts of one or two decimals."""
    comma = dot = 0
    for text in texts:
        for found in re.finditer(
            r"(?<![\d.,])\d[\d .,'’\u00a0\u202f]*([.,])\d{2}(?![\d.,]*\d)", text
        ):
            if found.group(1) == ",":
                comma += 1
            else:
                dot += 1
    if comma == dot:
        return Style()
    return Style("," if comma > dot else ".")


def read_number(digits: str, style: Style = PLAIN) -> tuple[Decimal, int] | None:
    """The value and the decimals of a run of digits and separators; None if it is not a number.

    The last separator followed by one or two digits is the decimal one. With three digits after
    a single separator it separates thousands, unless the page uses it for decimals.
    """
    text = re.sub(rf"[{SPACES}{_APOSTROPHES}]", "", digits)
    if not re.fullmatch(r"[\d.,]+", text) or not re.search(r"\d", text) or len(text) > 24:
        return None
    last = max(text.rfind(","), text.rfind("."))
    if last < 0:
        whole, fraction = text, ""
    else:
        mark, after = text[last], text[last + 1 :]
        head = text[:last]
        other = "." if mark == "," else ","
        if mark in head:  # the same separator twice: only thousands
            if len(after) != 3 or other in head:
                return None
            whole, fraction = text.replace(mark, ""), ""
        elif other in head:
            groups = head.split(other)
            if any(len(group) != 3 for group in groups[1:]) or not groups[0]:
                return None
            whole, fraction = head.replace(other, ""), after
        elif len(after) == 3 and head not in ("", "0") and len(head) <= 3 and style.decimal != mark:
            whole, fraction = head + after, ""
        else:
            whole, fraction = head, after
    if not (whole + fraction).isdigit() or len(fraction) > 6:
        return None
    value = Decimal(f"{whole or '0'}.{fraction}" if fraction else whole)
    return (value, len(fraction)) if value <= LARGEST else None


@functools.lru_cache(maxsize=2_048)
def numbers_in(text: str, style: Style = PLAIN) -> tuple[Number, ...]:
    """Every number of a line of text, with its place in it.

    Digits that touch letters (`F2024`, `12A`) or belong to dates, times and references are not
    numbers here; a currency may touch.
    """
    if not any(map(str.isdigit, text)):
        return ()
    found: list[Number] = []
    for match in _NUMBER.finditer(text):
        start, end = match.start("digits"), match.end("digits")
        before, after = text[start - 1 : start] or " ", text[end : end + 1] or " "
        if match["before"] is None and (before.isalnum() or before in "/_#@"):
            continue
        if (
            before in ".,-:"
            and text[max(0, start - 2) : start - 1].isalnum()
            and (before != ":" or text[max(0, start - 2)].isdigit())
        ):
            continue
        if match["old"] is None and match["after"] is None and not match["percent"]:
            lone = text[end + 1 : end + 2]
            tax_code = "." in match["digits"][-3:] or "," in match["digits"][-3:]
            if after.isalpha() and (lone.isalnum() or not tax_code):
                continue
            if after in "/_:@":
                continue
            if after in "-.," and text[end + 1 : end + 2].isalnum():
                continue
        old = match["old"] and match["oldcents"]
        read = read_number(match["digits"] + (f",{match['oldcents']}" if old else ""), style)
        if read is None:
            continue
        value, places = read
        trail = (match["trail"] or "").strip()
        parenthesised = bool(match["open"] and match["close"])
        if "-" in trail or "−" in trail or parenthesised or _minus(match["sign"], match["sign2"]):
            value = -value
        symbol = (match["before"] or match["after"] or match["old"] or "").strip().lower()
        found.append(
            Number(
                value,
                places,
                start,
                max(end, match.end("after"), match.end("oldcents")),
                currency=CURRENCY.get(symbol, "MYR" if symbol in _MISREAD_RINGGIT else None),
                percent=bool(match["percent"]),
                grouped=bool(re.search(r"\d\D\d{3}(?!\d)", match["digits"])),
                credit=trail.upper() == "CR",
            )
        )
    return tuple(found)


def _minus(*signs: str | None) -> bool:
    return any(sign and sign.strip() in "-−–" for sign in signs)
