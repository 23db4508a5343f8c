"""A page as rows: the words of a visual line as one text, with the way back to their boxes.

Words nearer than a space between digits are joined by one space, cells of a table by two, so that
a number may run over narrow gaps and never over wide ones. How wide a space between words is depends
on the page: typewriter faces and thermal printers leave twice as much as a book does.
"""

from __future__ import annotations

import bisect
import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from domain.text import Box, PageText, Word
from models.extraction.texts import clean

# What a page made to exhaust us may ask for; real pages stay far below.
MOST_ROWS = 400
MOST_WORDS = 120
LONGEST_WORD = 80
LONGEST_ROW = 1_200

_NARROW = 0.75
"""The widest space inside a number, in heights of its words."""
_GROUP = re.compile(r"\d{3}(?:[.,]\d{2})?")
_BEFORE_GROUP = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})*$")
_ENOUGH_GAPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One visual line, equal to itself only. `page` indexes the pages of the document, not of the file; `index` counts
    the rows of the document and `place` those of its page.

    Heights and widths are fractions of the page; `height` is the usual height of its words and
    `em` the same length measured horizontally.
    """

    page: int
    index: int
    place: int
    words: tuple[Word, ...]
    text: str
    starts: tuple[int, ...]
    height: float
    em: float
    box: Box
    wordy: bool = True
    """Whether it has letters at all: rows of bare numbers name nothing."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The first and last+1 word under the characters `start:end`."""
        first = bisect.bisect_right(self.starts, start) - 1
        last = bisect.bisect_left(self.starts, end)
        return max(0, first), max(first + 1, last)

    def box_of(self, start: int, end: int) -> Box:
        first, last = self.span(start, end)
        if last == first + 1:
            return self.words[first].box
        return Box.around(word.box for word in self.words[first:last])

    def confidence(self, start: int, end: int) -> float:
        first, last = self.span(start, end)
        return min(word.confidence for word in self.words[first:last])

    def cells(self) -> list[tuple[int, int]]:
        """Character ranges separated by wide gaps."""
        found: list[tuple[int, int]] = []
        start = 0
        while start < len(self.text):
            end = self.text.find("  ", start)
            end = len(self.text) if end < 0 else end
            found.append((start, end))
            start = end + 2
        return found


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a whole document, top to bottom, page after page."""

    pages: tuple[PageText, ...]
    rows: tuple[Row, ...]
    height: float
    """The usual height of its words: what is larger is a title or a letterhead."""
    by_page: dict[int, list[Row]] = field(default_factory=dict)

    @property
    def scanned(self) -> bool:
        return any(page.source == "ocr" for page in self.pages)


def sheet_of(pages: list[PageText]) -> Sheet:
    rows: list[Row] = []
    for index, page in enumerate(pages):
        first = len(rows)
        lines = page.lines()[:MOST_ROWS]
        space = _usual_space(page, lines)
        for words in lines:
            row = _row(page, (index, len(rows), len(rows) - first), words, space)
            if row:
                rows.append(row)
    by_page: dict[int, list[Row]] = {}
    for row in rows:
        by_page.setdefault(row.page, []).append(row)
    heights = [row.height for row in rows]
    return Sheet(tuple(pages), tuple(rows), statistics.median(heights or [0.012]), by_page)


def _usual_space(page: PageText, lines: Sequence[Sequence[Word]]) -> float:
    """The gap between two words of a sentence on this page, as a share of their height."""
    aspect = page.width / max(page.height, 1.0)
    gaps = [
        (right.box.x0 - left.box.x1) * aspect / (left.box.y1 - left.box.y0)
        for words in lines
        for left, right in itertools.pairwise(words)
        if left.box.y1 > left.box.y0 and left.text[-1:].isalpha() and right.text[:1].isalpha()
    ]
    if len(gaps) < _ENOUGH_GAPS:
        return _NARROW
    gaps.sort()
    return min(max(1.8 * gaps[len(gaps) // 4], _NARROW), 1.8)


def _row(
    page: PageText, where: tuple[int, int, int], words: Sequence[Word], space: float
) -> Row | None:
    kept = [(word, text) for word in words[:MOST_WORDS] if (text := clean(word.text, LONGEST_WORD))]
    if not kept:
        return None
    heights = sorted(word.box.y1 - word.box.y0 for word, _ in kept)
    height = heights[len(heights) // 2] or 0.01
    em = height * page.height / max(page.width, 1.0)
    gaps = [0.0]
    for (left, _), (right, _) in itertools.pairwise(kept):
        gaps.append(right.box.x0 - left.box.x1)
    torn = page.source == "ocr"
    text, starts = "", []
    for order, (_, part) in enumerate(kept):
        if len(text) + len(part) > LONGEST_ROW:
            kept = kept[:order]
            break
        if order and torn and _halves(text, part):
            text += "." if text[-1].isdigit() and part[0].isdigit() else ""
        elif order:
            text += " " if gaps[order] <= _wide(text, part, space) * em else "  "
        starts.append(len(text))
        text += part
    return Row(
        page=where[0],
        index=where[1],
        place=where[2],
        words=tuple(word for word, _ in kept),
        text=text,
        starts=tuple(starts),
        height=height,
        em=em,
        box=Box.around(word.box for word, _ in kept),
        wordy=any(map(str.isalpha, text)),
    )


def joined(one: Row, other: Row) -> Row:
    """Two rows that are one line, as `one` is known."""
    left, right = sorted((one, other), key=lambda row: row.box.x0)
    after = len(left.text) + 2
    return replace(
        one,
        words=left.words + right.words,
        text=f"{left.text}  {right.text}",
        starts=left.starts + tuple(after + start for start in right.starts),
        box=Box.around((one.box, other.box)),
    )


def _wide(before: str, part: str, space: float) -> float:
    """How wide a gap before `part` still is a space, in heights of the words."""
    if before[-1].isalpha() and part[0].isalpha():
        return space
    if _GROUP.fullmatch(part) and _BEFORE_GROUP.search(before):
        return max(_NARROW, 0.7 * space)  # thousands, where every character is as wide as the next
    return _NARROW


def _halves(before: str, part: str) -> bool:
    """Whether OCR has torn an amount at its decimal point: `55.` and `00`, `RM7` and `,90`, or
    lost the point of an amount that follows its currency: `RM7` and `90`.
    """
    if re.fullmatch(r"\d{2}", part):
        return bool(re.search(r"\d[.,]$|(?:RM|[€$£])\s?\d{1,4}$", before))
    return bool(re.fullmatch(r"[.,]\d{2}", part)) and bool(re.search(r"\d$", before))
