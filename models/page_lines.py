"""The lines of a page as sorting and splitting look at them, worked out once for both.

Folding words and taking them apart costs more than everything that is then asked of them.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from domain.text import PageText, Word
from models.extraction.texts import fold, words

AMOUNT = re.compile(r"^[-+(]?[€$£]?\d{1,3}(?:[ .,'’]?\d{3})*[.,]\d{2}\)?[-+]?[€$£]?$")
DATE = re.compile(r"^\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?$|^\d{4}-\d{2}-\d{2}$")
DAY = re.compile(
    r"^\W{0,2}\d{1,2}[./-](?:0?[1-9]|1[0-2])(?![\d,])|(?<![\d.,/-])\d{1,2}([./-])\d{1,2}\1\d{2,4}(?!\d)"
    r"|\b\d{4}-\d{2}-\d{2}\b"
    r"|\b\d{1,2}\.? (?:jan|feb|fev|mar|mrz|maa|apr|avr|may|mai|mei|jun|jui|jul|aug|aou|sep|oct|okt"
    r"|nov|dec|dez)[a-z]*\b"
)
"""A day in a folded line: anywhere with its year or the month's name, without them at its beginning."""
MOVEMENTS = 8
LONGEST_LINE = 400  # words; a page of one endless line is somebody's idea of a joke


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its words as read, folded (`text`), and cut into letters and digits (`tokens`)."""

    words: Sequence[Word]
    text: str
    tokens: tuple[str, ...]
    top: float
    """Of its first word; a fraction of the page, as `height` is."""
    height: float


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a page from its top, and the height of most of them."""

    lines: tuple[Line, ...]
    usual_height: float
    outside: tuple[Line, ...]
    """Those outside an account's movements: in there, invoices and references are of other papers."""


def is_amount(word: Word) -> bool:
    """Whether a word is a sum of money; the cheap question is asked first."""
    last = word.text[-1:]
    return (last.isdigit() or last in ")-+€$£") and bool(AMOUNT.match(word.text))


def is_movement(line: Line) -> bool:
    """Whether a line begins with a date and holds an amount, as those of bank statements do."""
    words = line.words
    return (
        len(words) >= 3
        and words[0].text[:1].isdigit()
        and bool(DATE.match(words[0].text))
        and any(is_amount(word) for word in words)
    )


def lines_of(page: PageText) -> Lines:
    lines = tuple(_line(line[:LONGEST_LINE]) for line in page.lines())
    usual = statistics.median(line.height for line in lines) if lines else 0.0
    return Lines(lines, usual, _outside_movements(lines))


def _outside_movements(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """All lines but those from the first to the last dated sum, where such sums are what a page is
    made of; what stands below a movement in small print is one with it.
    """
    dated = [number for number, line in enumerate(lines) if _is_dated_sum(line)]
    if len(dated) < MOVEMENTS or len(dated) < 0.3 * len(lines):
        return lines
    return lines[: dated[0]] + lines[dated[-1] + 1 :]


def _is_dated_sum(line: Line) -> bool:
    return (
        len(line.words) >= 3
        and any(is_amount(word) for word in line.words[-3:])
        and bool(DAY.search(line.text))
    )


def _line(line: Sequence[Word]) -> Line:
    folded = [_folded(word.text) for word in line]
    return Line(
        words=line,
        text=" ".join(text for text, _ in folded if text),
        tokens=tuple(chain.from_iterable(tokens for _, tokens in folded)),
        top=line[0].box.y0,
        height=max(word.box.y1 - word.box.y0 for word in line),
    )


@lru_cache(maxsize=20_000)
def _folded(text: str) -> tuple[str, tuple[str, ...]]:
    return fold(text), tuple(words(text))
