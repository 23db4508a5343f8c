"""What a page says of its place: its number, of how many, and the numbered lines that run through.

Numbers of pages stand alone or behind a word, anywhere, and are misread; what makes no sense is
taken for none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from models.page_lines import Line

PAGE_OF = re.compile(
    r"\b(?:page|seite|pagina|pag|blz|bladzijde|blad|blatt|p)\b\.?\s*(?:n|no|nr)?\.?\s*:?\s*(\d{1,3}?)"
    r"(?:\s*(?:/|of|0f|sur|de|di|von|van|out of|auf)\s*(\d{1,3})(?![.,]?\d)|(?!\w|\s*[.,]?\d))"
)
ONLY_NUMBERS = re.compile(
    r"^[-–]?\s*(\d{1,3})\s*(?:(?:/|of|sur|de|di|von|van)\s*(\d{1,3}))?\s*[-–]?$"
)
COUNT = re.compile(
    r"^(?:(?:article|artikel|art|section|§|clause|pos|chapitre)\.?\s*)?(\d{1,3})[.):°]?\s"
)
TOP, FOOT = 0.15, 0.85
MOST_ALONE = 60
"""A number with no word before it and greater than this is no page number."""


def page_number(lines: Sequence[Line]) -> tuple[int | None, int | None]:
    """The number of a page and of how many, each None where nothing says so."""
    best: tuple[int, int | None] | None = None
    for line in lines:
        edge = line.top < TOP or line.top > FOOT
        for found in PAGE_OF.finditer(line.text):
            named = int(found[1]), int(found[2]) if found[2] else None
            if found[0].startswith("p") and not found[0].startswith("pa") and not named[1]:
                continue
            stands_out = edge or named[1] or len(line.text) < 20
            better = best is None or (named[1] and not best[1])
            if _makes_sense(named) and stands_out and better:
                best = named
        if best is None and edge and len(line.words) <= 5:
            alone = ONLY_NUMBERS.match(line.text)
            if alone and (alone[2] or line.top > 0.9):
                named = int(alone[1]), int(alone[2]) if alone[2] else None
                if _makes_sense(named) and (named[1] or named[0] <= MOST_ALONE):
                    best = named
    return best or (None, None)


def counted(lines: Sequence[Line]) -> tuple[int | None, int | None]:
    """The first and the last number of lines that are numbered in a row: rows, articles, positions.

    Only numbers that have their neighbour on the page, so that quantities are no count; a page
    with a single numbered line says nothing.
    """
    numbers = [int(found[1]) for line in lines if (found := COUNT.match(line.text))]
    there = set(numbers)
    kept = [n for n in numbers if n and (n + 1 in there or n - 1 in there)]
    rises = all(a <= b for a, b in pairwise(kept))
    return (kept[0], kept[-1]) if len(kept) >= 2 and rises else (None, None)


def _makes_sense(named: tuple[int, int | None]) -> bool:
    number, total = named
    return number >= 1 and (total is None or number <= total)
