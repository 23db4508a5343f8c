"""What a field may be: everything of its kind that stands on the pages, with its place.

For a person who corrects: the values to choose from, and what a place means that they point at.
Nothing is weighed here; which value a document most likely has is said by `models.extraction`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.findings import AMOUNT_FIELDS, DATE_FIELDS
from domain.identifiers import (
    IBAN_LENGTHS,
    compact,
    iban_is_valid,
    siren_is_valid,
    siret_is_valid,
    swiss_uid_is_valid,
    vat_id_is_valid,
)
from domain.money import cents
from domain.printed.dates import dates_in
from domain.printed.numbers import CURRENCY, Style, numbers_in, style_of
from domain.text import Box, PageText, Word

MOST = 40
_WIDEST_SPACE = 0.9
"""Between two words of one value, in heights of the words; wider is the next cell."""
_IBAN = re.compile(r"(?<![0-9A-Z])([A-Z]{2} ?\d{2}[0-9A-Z ]{11,40})")
_VAT_ID = re.compile(
    r"(?<![0-9A-Z])((?:FR ?[0-9A-Z]{2}|BE ?[01]?|CHE[- ]?|[A-Z]{2} ?)(?:[. ]?[0-9]{2,12}){1,5}(?:[A-Z][0-9]{2})?)"
)
_DIGIT_GROUPS = re.compile(r"(?<!\d)(?<!\d )(\d(?:[ .\u00a0]?\d){8,13})(?! ?\d)")
_UID = re.compile(r"CHE[- ]?\d{3}\.?\d{3}\.?\d{3}")
_REFERENCE = re.compile(r"(?<![\w/])[A-Z0-9][\w./-]*\d[\w./-]*|(?<![\w/])\d[\w./-]*", re.IGNORECASE)
_NAMING = re.compile(
    r"fact|invoice|rechn|\bn[°ºo]|num|ref|réf|avoir|credit|commande|order", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value as fields hold it, how it is printed, the page of the file and its box there."""

    value: str
    text: str
    page: int
    box: Box

    def to_json(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "text": self.text,
            "page": self.page,
            "box": self.box.as_list(),
        }


@dataclass(frozen=True, slots=True)
class _Line:
    """Words as one text; `starts` is where each of them begins in it."""

    page: PageText
    words: tuple[Word, ...]
    text: str
    starts: tuple[int, ...]

    def candidate(self, value: str, start: int, end: int) -> Candidate:
        touched = [
            word
            for word, at in zip(self.words, self.starts, strict=True)
            if at < end and start < at + len(word.text)
        ]
        box = Box.around(word.box for word in touched)
        text = " ".join(self.text[start:end].split())
        return Candidate(value, text, self.page.number, box)


_Found = Iterator[tuple[str, int, int]]
_Reader = Callable[[str, Style], _Found]


def candidates(field: str, pages: Sequence[PageText]) -> list[Candidate]:
    """Each value of the field's kind once, where it stands first, in reading order; amounts the
    largest first, and numbers beside a word that names them before the others.
    """
    read = _reader(field)
    found: dict[str, tuple[bool, Candidate]] = {}
    for page in pages:
        style = style_of(line.text for line in _lines(page))
        for line in _lines(page):
            named = bool(_NAMING.search(line.text))
            for value, start, end in read(line.text, style):
                if value not in found or (named and not found[value][0]):
                    found[value] = (named, line.candidate(value, start, end))
    values = list(found.values())
    if _is_amount(field):
        values.sort(key=lambda item: -abs(Decimal(item[1].value)))
    elif read is _references:
        values.sort(key=lambda item: not item[0])
    return [candidate for _, candidate in values[:MOST]]


def pointed_at(field: str, page: PageText, box: Box) -> Candidate | None:
    """What stands in a box of a page, as the field would have it: the value of its kind that the box
    touches most, else the words in it. None where there is nothing.
    """
    read = _reader(field)
    best: tuple[float, Candidate] | None = None
    style = style_of(line.text for line in _lines(page))
    for line in _lines(page):
        if not any(_overlap(word.box, box) for word in line.words):
            continue
        for value, start, end in read(line.text, style):
            candidate = line.candidate(value, start, end)
            shared = _overlap(candidate.box, box)
            if shared and (best is None or shared > best[0]):
                best = (shared, candidate)
    if best is not None and not _is_free_text(field):
        return best[1]
    words = [word for row in page.lines() for word in row if _inside(word.box, box)]
    if not words:
        return None
    text = " ".join(word.text for word in words)
    return Candidate(text, text, page.number, Box.around(word.box for word in words))


def _lines(page: PageText) -> Iterator[_Line]:
    """The lines of a page; a wide gap, as between the cells of a table, is two spaces wide."""
    for words in page.lines():
        text, starts = "", []
        for left, word in itertools.pairwise([None, *words]):
            assert word is not None
            if left is not None:
                height = (word.box.y1 - word.box.y0) * page.height
                gap = (word.box.x0 - left.box.x1) * page.width
                text += "  " if gap > _WIDEST_SPACE * height else " "
            starts.append(len(text))
            text += word.text
        yield _Line(page, tuple(words), text, tuple(starts))


def _is_amount(field: str) -> bool:
    return field in AMOUNT_FIELDS or field == "amount"


def _is_free_text(field: str) -> bool:
    return _reader(field) is _names


def _reader(field: str) -> _Reader:
    if _is_amount(field):
        return _amounts
    if field in DATE_FIELDS or field == "date":
        return _dates
    return _READERS.get(field, _names if field.endswith("_name") else _references)


def _amounts(text: str, style: Style) -> _Found:
    for number in numbers_in(text, style):
        if number.is_amount and number.places <= 2:
            yield str(cents(number.value)), number.start, number.end


def _figures(text: str, style: Style) -> _Found:
    """Any number: rates, quantities, unit prices."""
    for number in numbers_in(text, style):
        yield str(number.value), number.start, number.end


def _dates(text: str, _: Style) -> _Found:
    for seen in dates_in(text):
        yield seen.value.isoformat(), seen.start, seen.end


def _ibans(text: str, _: Style) -> _Found:
    for match in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match[1][:2])
        plain, end = "", match.start(1)
        for sign in match[1]:
            end += 1
            plain += sign.strip()
            if len(plain) == length:
                break
        if iban_is_valid(plain):
            yield plain, match.start(1), end


def _vat_ids(text: str, _: Style) -> _Found:
    for match in _VAT_ID.finditer(text):
        value = compact(match[1])
        if 8 <= len(value) <= 15 and vat_id_is_valid(value) is not False:
            yield value, match.start(1), match.end(1)


def _sirens(text: str, _: Style) -> _Found:
    for match in _DIGIT_GROUPS.finditer(text):
        value = compact(match[1])
        if siren_is_valid(value[:9]) and len(value) in (9, 14):
            yield value[:9], match.start(1), match.end(1)


def _sirets(text: str, _: Style) -> _Found:
    for match in _DIGIT_GROUPS.finditer(text):
        value = compact(match[1])
        if siret_is_valid(value):
            yield value, match.start(1), match.end(1)


def _uids(text: str, _: Style) -> _Found:
    for match in _UID.finditer(text):
        if swiss_uid_is_valid(match[0]):
            yield compact(match[0]), match.start(), match.end()


def _currencies(text: str, _: Style) -> _Found:
    for match in re.finditer(r"[€$£¥]|[A-Za-z]{3,5}\.?", text):
        code = CURRENCY.get(match[0].lower())
        if code is not None:
            yield code, match.start(), match.end()


def _references(text: str, style: Style) -> _Found:
    """Numbers that name something: no date, no amount, no bare year or single digit."""
    taken = [(start, end) for _, start, end in _dates(text, style)]
    taken += [(start, end) for _, start, end in _amounts(text, style)]
    for match in _REFERENCE.finditer(text):
        value = match[0].strip("./-_")
        if not 3 <= len(value) <= 40 or any(
            a < match.end() and match.start() < b for a, b in taken
        ):
            continue
        yield value, match.start(), match.start() + len(match[0].rstrip("./-_"))


def _names(text: str, _: Style) -> _Found:
    """Cells that are mostly letters."""
    start = 0
    for cell in text.split("  "):
        letters = sum(c.isalpha() for c in cell)
        if 3 <= len(cell) <= 80 and letters >= 0.7 * len(cell.replace(" ", "")):
            yield cell, start, start + len(cell)
        start += len(cell) + 2


_READERS: dict[str, _Reader] = {
    "iban": _ibans,
    "supplier_vat_id": _vat_ids,
    "customer_vat_id": _vat_ids,
    "supplier_siren": _sirens,
    "supplier_siret": _sirets,
    "supplier_uid": _uids,
    "currency": _currencies,
    "figure": _figures,
    "description": _names,
}


def _overlap(a: Box, b: Box) -> float:
    """The area two boxes share; a hair for boxes that only touch in a line."""
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return width * height if width > 0 and height > 0 else 0.0


def _inside(word: Box, box: Box) -> bool:
    """Whether the middle of a word is in the box."""
    middle = (word.x0 + word.x1) / 2
    return box.x0 <= middle <= box.x1 and box.y0 <= word.middle <= box.y1
