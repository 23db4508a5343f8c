"""Where the true value of a field stands on its pages, to show beside what was taken for it.

Only what was read can be found: when no words of a page spell the value, the reader of the page is
to blame and not the one of the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from domain.findings import AMOUNT_FIELDS, DATE_FIELDS
from domain.printed.dates import dates_in
from domain.text import Box, PageText, Word
from models.evaluation.comparing import amount, compact, plain

LONGEST = 8
"""A value is at most so many words."""
SPELT_ALIKE = 90
MOST = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a page (0-based number)."""

    page: int
    box: Box


def spots_of(field: str, value: str, pages: Iterable[PageText]) -> list[Spot]:
    """Places where words spell `value`, the shortest run of words of each line, `MOST` at most."""
    found: list[Spot] = []
    for page in pages:
        for line in page.lines():
            run = next(_runs(field, value, line), None)
            if run is not None:
                found.append(Spot(page.number, Box.around(word.box for word in run)))
            if len(found) == MOST:
                return found
    return found


def _runs(field: str, value: str, line: Sequence[Word]) -> Iterator[Sequence[Word]]:
    for length in range(1, min(LONGEST, len(line)) + 1):
        for start in range(len(line) - length + 1):
            run = line[start : start + length]
            if _spells(field, value, " ".join(word.text for word in run)):
                yield run


def _spells(field: str, value: str, text: str) -> bool:
    if field in AMOUNT_FIELDS:
        wanted, seen = amount(value), amount(text)
        if wanted is None or seen is None or sum(map(str.isdigit, text)) < 2:
            return False
        return abs(seen) == abs(wanted)
    if field in DATE_FIELDS:
        both = (*dates_in(text), *dates_in(text, month_first=True))
        return any(seen.value.isoformat() == value for seen in both)
    if field.endswith("_name"):
        return ratio(plain(text), plain(value)) >= SPELT_ALIKE
    return len(compact(value)) > 1 and compact(text) == compact(value)
