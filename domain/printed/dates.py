"""Dates as paper writes them, in French, English, Dutch, German and Italian.

A date that cannot be is not a date. Whether the month comes first is for the caller to know.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
import unicodedata
from dataclasses import dataclass

_MONTHS = {
    1: "janvier janv jan january januari januar jaenner janner gennaio",
    2: "fevrier fevr fev february feb februari februar feber febbraio",
    3: "mars mar march maart mrt marz maerz mrz marzo",
    4: "avril avr april apr aprile",
    5: "mai may mei maggio",
    6: "juin june jun juni giugno",
    7: "juillet juil july jul juli luglio",
    8: "aout august aug augustus aou agosto",
    9: "septembre sept sep september settembre",
    10: "octobre oct october okt oktober ottobre",
    11: "novembre nov november",
    12: "decembre dec december dez dezember dicembre",
}
MONTHS = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
NUMERIC = re.compile(
    r"(?<![\d/.,-])(\d{1,2})\s?([/.\-])\s?(\d{1,2})\s?\2\s?((?:19|20)\d{2}|\d{2})"
    r"(?:(?=[0-2]?\d:\d{2})|(?![\d/]|[.,-]\d))"  # readers glue the time of day to the year
)
_ISO = re.compile(r"(?<![\d/.])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\d])")
_DAY_NAME = re.compile(
    rf"(?<![\w/.-])(\d{{1,2}})(?:er|st|nd|rd|th|e)?[\s.\-/,]{{0,3}}(?:of |de )?({_NAMES})\b\.?[\s.\-/,']{{0,3}}(\d{{4}}|\d{{2}})(?!\d)"
)
_NAME_DAY = re.compile(
    rf"(?<![a-z])({_NAMES})\b\.?[\s\-/]{{0,2}}(\d{{1,2}})(?:st|nd|rd|th)?(?:\s?,\s?|\s|-|/)\s?(\d{{4}}|\d{{2}})(?![\d:])"
)
_COMPACT = re.compile(r"(?:date|datum|echeance|due|du|le|vom|dated?)\W{0,4}(?<!\d)(\d{8})(?!\d)")
_NAME_YEAR = re.compile(rf"(?<![a-z])({_NAMES})\b\.?\s(\d{{4}})(?!\d)")


_PLAIN = {"’": "'", "–": "-", "—": "-"}


@dataclass(frozen=True, slots=True)
class DateSeen:
    """A date at `start:end` of its text; `ambiguous` when day and month could be exchanged."""

    value: dt.date
    start: int
    end: int
    ambiguous: bool = False


def _year(text: str) -> int:
    return 2000 + int(text) if len(text) == 2 else int(text)


@functools.lru_cache(maxsize=4_096)
def _date(year: int, month: int, day: int) -> dt.date | None:
    if not 1980 <= year <= 2099:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


@functools.lru_cache(maxsize=2_048)
def dates_in(text: str, *, month_first: bool = False) -> tuple[DateSeen, ...]:
    """Every date of a line of text, left to right."""
    if sum(map(str.isdigit, text)) < 3:
        return ()
    plain = _same_length_fold(text)
    found: list[DateSeen] = []
    taken: list[tuple[int, int]] = []

    def add(
        value: dt.date | None, match: re.Match[str], *, ambiguous: bool = False, group: int = 0
    ) -> None:
        start, end = match.span(group)
        if value and not any(start < b and a < end for a, b in taken):
            found.append(DateSeen(value, start, end, ambiguous))
            taken.append((start, end))

    for match in _ISO.finditer(plain):
        add(_date(int(match[1]), int(match[3]), int(match[4])), match)
    for match in NUMERIC.finditer(plain):
        a, b, year = int(match[1]), int(match[3]), _year(match[4])
        first, second = _date(year, b, a), _date(year, a, b)
        if month_first and match[2] != ".":
            first, second = second, first
        doubt = bool(first and second and first != second and match[2] != ".")
        add(first or second, match, ambiguous=doubt)
    for match in _COMPACT.finditer(plain):
        add(_compact(match[1], month_first=month_first), match, group=1)
    for match in _DAY_NAME.finditer(plain):
        add(_date(_year(match[3]), MONTHS[match[2]], int(match[1])), match)
    for match in _NAME_DAY.finditer(plain):
        add(_date(_year(match[3]), MONTHS[match[1]], int(match[2])), match)
    return tuple(sorted(found, key=lambda d: d.start))


def _compact(digits: str, *, month_first: bool) -> dt.date | None:
    """`20240315`, or `15032024` where the strokes were lost."""
    first, second, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    iso = _date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if iso is not None:
        return iso
    return _date(year, first, second) if month_first else _date(year, second, first)


def months_in(text: str) -> list[tuple[int, int]]:
    """(year, month) of every month named with its year: periods, payslips, statements."""
    return [(int(m[2]), MONTHS[m[1]]) for m in _NAME_YEAR.finditer(_same_length_fold(text))]


def _same_length_fold(text: str) -> str:
    """`text` without accents and case, each character standing where it stood."""
    if text.isascii():
        return text.lower()
    return "".join(c.lower() if c.isascii() else _bare(c) for c in text)


@functools.lru_cache(maxsize=1_024)
def _bare(sign: str) -> str:
    """A sign without accent, case or typography; a space for what has no plain form."""
    sign = _PLAIN.get(sign, sign)
    plain = unicodedata.normalize("NFKD", sign).casefold()
    return next((c for c in plain if not unicodedata.combining(c)), " ")
