"""Words in the reader's language: sentences, names of codes, amounts and dates.

Sentences in templates are English and looked up in `service/locale/<language>.po`. What the inside
says in codes (categories, fields, problems, refusals) is looked up by context and code, so that
English has a catalogue too. The files are read once; nothing is compiled or installed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("fr", "en")
FOLDER = Path(__file__).parents[1] / "locale"
_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
_AMOUNT = re.compile(r"-?\d{1,15}\.\d{2}")
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,6})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FRENCH_SIGNS = (
    (re.compile(r" (?=[;!?])"), "\u202f"),
    (re.compile(r" (?=[:»%])|(?<=«) "), "\u00a0"),
    (re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])"), "’"),
)
"""Spaces that no line breaks at, before high signs and within quotation marks, and the apostrophe:
nobody types them into a catalogue.
"""

Key = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that a page says in one language."""

    language: str
    texts: Mapping[Key, str] = field(repr=False)
    plurals: Mapping[str, tuple[str, ...]] = field(repr=False)

    @property
    def locale(self) -> str:
        return _LOCALES[self.language]

    def say(self, text: str, /, **values: Any) -> str:
        """A sentence of a template, with values in it."""
        found = self.texts.get((None, text), text)
        return found.format(**self._shown(values)) if values else found

    def count(self, one: str, many: str, number: int) -> str:
        """A sentence about a number of things."""
        several = number >= 2 if self.language == "fr" else number != 1
        forms = self.plurals.get(one, (one, many))
        return forms[1 if several else 0].format(number=self.number(number))

    def word(
        self, context: str, code: str | None, default: str | None = None, /, **values: Any
    ) -> str:
        """What a code is called; `default` when it has no name here."""
        found = self.texts.get((context, code or ""))
        if found is None:
            return default if default is not None else (code or "").replace("_", " ")
        try:
            return found.format(**self._shown(values))
        except (KeyError, IndexError):  # said with other values than these: better its plain words
            return default if default is not None else found

    def problem(self, problem: Mapping[str, Any]) -> str:
        """A problem as a sentence."""
        code, message = str(problem.get("code", "")), str(problem.get("message", ""))
        plain = self.word("problem_plain", code, message or None)
        return self.word("problem", code, plain, **(problem.get("values") or {}))

    def problems(self, problems: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Problems as a page lists them: each sentence once, with the field it speaks of, and one
        sentence for all the lines that have no account.
        """
        shown: list[dict[str, Any]] = []
        without = [p for p in problems if p.get("code") == "account_missing"]
        for problem in problems:
            text = self.problem(problem)
            if problem in without[1:]:
                continue
            if len(without) > 1 and problem is without[0]:
                text = self.count(
                    "No account is chosen for {number} line.",
                    "No account is chosen for {number} lines.",
                    len(without),
                )
            elif problem.get("code") == "field_contradictory":
                text = f"{self.word('field', problem.get('field'))} – {text}"
            other = (problem.get("values") or {}).get("document_id")
            item = {"text": text, "severity": problem.get("severity", "info"), "other": other}
            if item not in shown:
                shown.append(item)
        return shown

    def refusal(self, code: str, message: str, details: Mapping[str, Any]) -> str:
        return self.word("refusal", code, message, **details)

    def advice(self, code: str, advice: str, details: Mapping[str, Any]) -> str:
        """What to do about it; English advice that a page has no words for speaks to programs."""
        fallback = advice if self.language == "en" and "/api/" not in advice else ""
        return self.word("advice", code, fallback, **details)

    def amount(self, value: Any) -> str:
        """An amount with two places; the text itself when it is none."""
        try:
            return str(format_decimal(Decimal(str(value)), "#,##0.00", locale=self.locale))
        except (InvalidOperation, ValueError, TypeError):
            return "" if value is None else str(value)

    def territory(self, code: str) -> str:
        """The name of a country; the code itself when it is none."""
        return str(Locale.parse(self.locale).territories.get(code, code))

    def price(self, value: Any) -> str:
        """A price of one: two places, or as many as it was written with."""
        try:
            return str(format_decimal(Decimal(str(value)), "#,##0.00######", locale=self.locale))
        except (InvalidOperation, ValueError, TypeError):
            return "" if value is None else str(value)

    def decimal(self, value: Any) -> str:
        """A number with the places it was written with."""
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return "" if value is None else str(value)
        if not number.is_finite():
            return str(value)
        return str(
            format_decimal(
                number, locale=self.locale, decimal_quantization=False, group_separator=False
            )
        )

    def number(self, value: int) -> str:
        return _number(value, self.locale)

    def percent(self, value: float | None) -> str:
        return "" if value is None else _percent(round(value, 2), self.locale)

    def day(self, value: date | str | None) -> str:
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value[:10])
            except ValueError:
                return str(value)
        pattern = "dd/MM/yyyy" if self.language == "fr" else "d MMM yyyy"
        return str(format_date(value, pattern, locale=self.locale)) if value else ""

    def day_and_month(self, value: str) -> str:
        """A day of ISO 8601 as short as can be, for the foot of a chart."""
        pattern = "dd/MM" if self.language == "fr" else "d MMM"
        return str(format_date(date.fromisoformat(value), pattern, locale=self.locale))

    def duration(self, seconds: int | None) -> str:
        """A length of time in its two largest units: `2 j 4 h`, `35 min`."""
        if seconds is None:
            return ""
        minutes, day = seconds // 60, "j" if self.language == "fr" else "d"
        parts = [(minutes // 1_440, day), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
        said = [f"{self.number(count)} {unit}" for count, unit in parts if count]
        return " ".join(said[:2]) or "< 1 min"

    def moment(self, value: datetime | str | None) -> str:
        """A moment on the clock of this machine."""
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if value is None:
            return ""
        here = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone()
        pattern = "d MMM yyyy HH:mm"
        return str(format_datetime(here, pattern, tzinfo=here.tzinfo, locale=self.locale))

    def size(self, value: int) -> str:
        units = ("o", "ko", "Mo", "Go") if self.language == "fr" else ("B", "kB", "MB", "GB")
        amount, unit = float(value), 0
        while amount >= 1_000 and unit < len(units) - 1:
            amount, unit = amount / 1_000, unit + 1
        pattern = "0" if unit == 0 or amount >= 10 else "0.0"
        return f"{format_decimal(amount, pattern, locale=self.locale)} {units[unit]}"

    def _shown(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Values as they stand in a sentence: amounts and days as one writes them here."""
        shown = {}
        for name, value in values.items():
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            if isinstance(value, int) and not isinstance(value, bool):
                text = self.number(value)
            elif name == "rates" and isinstance(value, list):
                text = (" ; " if self.language == "fr" else ", ").join(map(self.decimal, value))
            elif name == "rate" and _NUMBER.fullmatch(text):
                text = self.decimal(f"{Decimal(text).normalize():f}")
            elif _AMOUNT.fullmatch(text):
                text = self.amount(text)
            elif _DAY.fullmatch(text):
                text = self.day(text)
            shown[name] = text
        return shown


@lru_cache(4096)
def _number(value: int, locale: str) -> str:
    """Kept, for a page of 500 sheets says 2,000 small numbers."""
    return str(format_decimal(value, locale=locale))


@lru_cache(1024)
def _percent(value: float, locale: str) -> str:
    return str(format_percent(value, "#,##0 %", locale=locale))


@cache
def words_of(language: str) -> Words:
    """The words of a language; French for one that we do not speak."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    texts: dict[Key, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or not message.string:
            continue
        if isinstance(message.id, str):
            texts[(message.context, message.id)] = _as_set(language, str(message.string))
        else:
            plurals[message.id[0]] = tuple(_as_set(language, form) for form in message.string)
    return Words(language, texts, plurals)


def _as_set(language: str, text: str) -> str:
    """A text of a catalogue with the signs that its language is printed with."""
    for pattern, sign in _FRENCH_SIGNS if language == "fr" else ():
        text = pattern.sub(sign, text)
    return text


def preferred(accept_language: str) -> str:
    """The first of our languages in an Accept-Language header."""
    for item in accept_language.lower().split(","):
        code = item.strip()[:2]
        if code in LANGUAGES:
            return code
    return LANGUAGES[0]
