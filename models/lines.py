"""Puts words into the lines a person sees, top down, whoever read them.

A row of a table is one line with all its cells, even where a reader saw two columns: what
understands invoices looks along lines. Only places count here, never the reader's own blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    first: Spot
    """The one that begins leftmost."""
    last: Spot
    """The one that ends rightmost."""

    def add(self, spot: Spot, middle: float) -> None:
        self.spots.append(spot)
        self.middle += (middle - self.middle) / len(self.spots)
        self.top = min(self.top, spot.y0)
        self.bottom = max(self.bottom, spot.y1)
        if spot.x0 < self.first.x0:
            self.first = spot
        if spot.x1 > self.last.x1:
            self.last = spot

    def takes(self, spot: Spot) -> bool:
        """Whether `spot` stands on this line: beside its nearest word, and overlapping it."""
        near = self._nearest(spot)
        if near.x0 < (spot.x0 + spot.x1) / 2 < near.x1 and _overlap(near, spot) < 0.6:
            return False  # above or below one another, not beside
        small, large = (near, spot) if near.y1 - near.y0 <= spot.y1 - spot.y0 else (spot, near)
        if small.y1 - small.y0 < 0.5 * (large.y1 - large.y0):
            return large.y0 <= (small.y0 + small.y1) / 2 <= large.y1
        return _overlap(near, spot) >= 0.5

    def _nearest(self, spot: Spot) -> Spot:
        left, right = spot.x0, spot.x1
        if left >= self.last.x1:  # most words come left to right
            return self.last
        if right <= self.first.x0:
            return self.first
        return min(self.spots, key=lambda other: max(other.x0 - right, left - other.x1))


def _overlap(a: Spot, b: Spot) -> float:
    """Shared height as a share of the smaller of the two."""
    least = min(a.y1 - a.y0, b.y1 - b.y0)
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared / least if least > 0 else float(a.y0 <= b.y0 <= a.y1)


def into_lines(spots: Sequence[Spot]) -> Sequence[Sequence[Spot]]:
    """`spots` line by line, top down, each left to right. Heights are compared with heights only,
    widths with widths: fractions of the page do as well as points.
    """
    lines: list[_Line] = []
    heights = sorted(s.y1 - s.y0 for s in spots)
    reach = 4 * heights[len(heights) // 2] if heights else 0.0
    for spot in sorted(spots, key=lambda s: s.y0 + s.y1):
        top, bottom = spot.y0, spot.y1
        middle = (top + bottom) / 2
        far = max(reach, 2 * (bottom - top))
        best, least = None, float("inf")
        for line in reversed(lines[-12:]):
            away = middle - line.middle
            if away > far or top > line.bottom or bottom < line.top:
                continue
            if abs(away) < least and line.takes(spot):
                best, least = line, abs(away)
        if best is None:
            lines.append(_Line([spot], middle, top, bottom, spot, spot))
        else:
            best.add(spot, middle)
    lines.sort(key=lambda line: line.middle)
    return [sorted(line.spots, key=lambda s: s.x0) for line in lines]


def set_upright(spot: Spot, turn: int) -> Spot:
    """`spot`, in fractions of a page, on that page turned clockwise by a multiple of 90 degrees."""
    _, x0, y0, x1, y1, _ = spot
    if turn == 90:
        return spot._replace(x0=1 - y1, y0=x0, x1=1 - y0, y1=x1)
    if turn == 180:
        return spot._replace(x0=1 - x1, y0=1 - y1, x1=1 - x0, y1=1 - y0)
    if turn == 270:
        return spot._replace(x0=y0, y0=1 - x1, x1=y1, y1=1 - x0)
    return spot


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
