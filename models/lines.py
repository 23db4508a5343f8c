"""Puts words into the lines a person sees, top down, whoever read them.

A row of a table is one line with all its cells, even where a reader saw two columns: what
understands invoices looks along lines. Only places count here, never the reader's own blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.text import Box, Word

MOST_WORDS = 20_000
"""Of one page; a page with more is noise."""

Matrix = Sequence[Sequence[float]]
"""Two rows of three: where a point of one picture lies in another."""


class Spot(NamedTuple):
    """A word with its place in any unit, as long as it is the same both ways."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float


@dataclass(slots=True)
class _Line:
    spots: list[Spot]
    middle: float
    top: float
    bottom: float

    def add(self, spot: Spot, middle: float) -> None:
        self.spots.append(spot)
        self.middle += (middle - self.middle) / len(self.spots)
        self.top = min(self.top, spot.y0)
        self.bottom = max(self.bottom, spot.y1)

    def takes(self, spot: Spot) -> bool:
        """Whether `spot` stands on this line: beside its nearest word, and overlapping it."""
        if spot.y0 > self.bottom or spot.y1 < self.top:
            return False
        left, right = spot.x0, spot.x1
        near, least = self.spots[0], float("inf")
        for other in self.spots:
            gap = max(other.x0 - right, left - other.x1)
            if gap < least:
                near, least = other, gap
        if near.x0 < (spot.x0 + spot.x1) / 2 < near.x1 and _overlap(near, spot) < 0.6:
            return False  # above or below one another, not beside
        small, large = sorted((near, spot), key=lambda s: s.y1 - s.y0)
        middle = (small.y0 + small.y1) / 2
        if small.y1 - small.y0 < 0.5 * (large.y1 - large.y0):
            return large.y0 <= middle <= large.y1
        return _overlap(near, spot) >= 0.5


def _overlap(a: Spot, b: Spot) -> float:
    """Shared height as a share of the smaller of the two."""
    least = min(a.y1 - a.y0, b.y1 - b.y0)
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared / least if least > 0 else float(a.y0 <= b.y0 <= a.y1)


def into_lines(spots: Iterable[Spot]) -> Sequence[Sequence[Spot]]:
    """`spots` line by line, top down, each left to right."""
    lines: list[_Line] = []
    heights = sorted(s.y1 - s.y0 for s in spots) if isinstance(spots, list) else []
    them = sorted(spots, key=lambda s: (s.y0 + s.y1) / 2)
    reach = 4 * heights[len(heights) // 2] if heights else float("inf")
    for spot in them:
        middle = (spot.y0 + spot.y1) / 2
        tall = spot.y1 - spot.y0
        best: _Line | None = None
        for line in reversed(lines[-12:]):
            if middle - line.middle > max(reach, 2 * tall):
                continue
            if line.takes(spot) and (
                best is None or abs(middle - line.middle) < abs(middle - best.middle)
            ):
                best = line
        if best is None:
            lines.append(_Line([spot], middle, spot.y0, spot.y1))
        else:
            best.add(spot, middle)
    lines.sort(key=lambda line: line.middle)
    return [sorted(line.spots, key=lambda s: s.x0) for line in lines]


def placed(spot: Spot, back: Matrix | None, width: int, height: int) -> Spot:
    """`spot`, read in pixels from a picture, in fractions of the page that `back` leads to."""
    x, y = (spot.x0 + spot.x1) / 2, (spot.y0 + spot.y1) / 2
    if back is not None:
        x, y = (a * x + b * y + c for a, b, c in back)
    half_w, half_h = (spot.x1 - spot.x0) / 2, (spot.y1 - spot.y0) / 2
    return spot._replace(
        x0=(x - half_w) / width, x1=(x + half_w) / width,
        y0=(y - half_h) / height, y1=(y + half_h) / height,
    )  # fmt: skip


def to_words(lines: Sequence[Sequence[Spot]]) -> tuple[Word, ...]:
    """The words of a page from its lines, in fractions of it."""
    return tuple(
        Word(s.text, Box.clipped(s.x0, s.y0, s.x1, s.y1), round(s.confidence, 3), number)
        for number, line in enumerate(lines)
        for s in line
    )[:MOST_WORDS]
