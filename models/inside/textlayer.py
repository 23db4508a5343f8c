"""Reads the text layer of a page and says whether it may be trusted.

It may not when there is hardly any, when it is garbage (fonts without a map to Unicode), when
nobody can see it, or when the page is a picture: an invoice hidden under a photo must never be
what is booked.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pymupdf

from models.inside.drawn import PICTURE, Pictures, Rect, code_places, pictures
from models.inside.rendering import Pixels
from models.lines import Spot

FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP | pymupdf.TEXT_COLLECT_VECTORS
"""Not TEXT_COLLECT_STYLES: whether letters are filled or stroked is told without it. What it does
besides, to look for bold and struck ones, takes twenty times as long as everything else and loses
digits of tightly set amounts."""
VECTOR = 3
"""The type of MuPDF's blocks that stand for something drawn."""
FILLED_OR_STROKED = 16 | 32
FEW_WORDS = 25
CONTRAST = 20
"""Of 255: thin letters are pale where a page is drawn coarsely."""
PALE = 200
"""Of 255: what is paler is hardly told from paper."""
VOWELS = frozenset("aeiouyàâäéèêëîïôöùûüæœ")
ODD = ("Cc", "Co", "Cn", "Cs")
"""Unicode's categories of what is no letter, digit or sign."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The visible words, in fractions of the page as displayed. `turn` sets them upright."""

    spots: tuple[Spot, ...]
    turn: int
    pictures: Pictures
    codes: tuple[Rect, ...]
    """Places, in points, where a QR code or a barcode may be."""

    def trusted(self, letters_beside: Callable[[], int] = lambda: 0) -> bool:
        """`letters_beside` counts the letters that the page shows beside its words: where there
        are far more than few words have, the rest is drawn as outlines; and where there are many
        on a picture, the words are what somebody wrote over a scan.
        """
        if not self.spots or garbage([s.text for s in self.spots]):
            return False
        few, on_picture = len(self.spots) < FEW_WORDS, self.pictures.share >= PICTURE
        if few == on_picture:
            return not few
        letters = sum(len(s.text) for s in self.spots)
        return letters_beside() <= (0.25 if on_picture else 2.5) * letters + 40


def read(listed: pymupdf.DisplayList) -> Layer:
    """The words of a page, as it is displayed, without those that nobody can see."""
    seen = pictures(listed)
    text = pymupdf.TextPage(listed.get_textpage(flags=FLAGS))
    hidden: list[Rect] = []
    shown: list[Rect] = []
    drawn: list[Rect] = []
    ways: Counter[int] = Counter()
    for block in text.extractDICT()["blocks"]:
        if block["type"] == VECTOR:
            drawn.append(block["bbox"])
        for line in block.get("lines", ()):
            way = round(math.degrees(math.atan2(line["dir"][1], line["dir"][0])) / 90) % 4
            for span in line["spans"]:
                visible = span["char_flags"] & FILLED_OR_STROKED and span.get("alpha", 255) > 20
                # Nobody prints pale letters on a scan: they are there to be found, not to be read.
                visible = visible and not (seen.share >= PICTURE and _pale(span["color"]))
                (shown if visible else hidden).append(span["bbox"])
                if visible:
                    ways[way] += len(span["text"].strip())
    bound = listed.rect
    left, top, width, height = bound.x0, bound.y0, bound.width, bound.height
    spots: list[Spot] = []
    printed: dict[str, set[tuple[int, int]]] = {}
    for x0, y0, x1, y1, word, *_ in text.extractWORDS():
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if (hidden and _lies_in(x, y, hidden) and not _lies_in(x, y, shown)) or (
            seen.over and _lies_in(x, y, seen.over)
        ):
            continue
        on_page = 0 <= x - left <= width and 0 <= y - top <= height  # false of what is no number
        if on_page and word.strip() and not _again(printed, word, x, y):
            spots.append(
                Spot(
                    word[:200], (x0 - left) / width, (y0 - top) / height,
                    (x1 - left) / width, (y1 - top) / height, 1.0,
                )
            )  # fmt: skip
    # Lines that run upwards on the page as displayed need a turn by 90 degrees, and so on.
    way, letters = ways.most_common(1)[0] if ways else (0, 0)
    turn = (-way % 4) * 90 if letters > 0.8 * ways.total() else 0
    return Layer(tuple(spots), turn, seen, code_places(seen.rects, drawn, tuple(bound)))


def _again(printed: dict[str, set[tuple[int, int]]], word: str, x: float, y: float) -> bool:
    """Whether `word` was `printed` within a point or two of there, as is done to make it bold."""
    places = printed.setdefault(word, set())
    column, row = int(x), int(y)
    near = itertools.product(range(column - 1, column + 2), range(row - 1, row + 2))
    again = bool(places) and not places.isdisjoint(near)
    places.add((column, row))
    return again


def _lies_in(x: float, y: float, rects: Sequence[Rect]) -> bool:
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in rects)


def _pale(colour: int) -> bool:
    """Whether a colour, as MuPDF numbers it, is nearly that of paper."""
    return min(colour >> 16 & 255, colour >> 8 & 255, colour & 255) > PALE


def garbage(words: Sequence[str]) -> bool:
    """Whether words are what a font without a map to Unicode leaves behind."""
    text = "".join(words)
    if not text:
        return True
    if "(cid:" in text:
        return True
    times = Counter(text.lower())
    odd = sum(n for c, n in times.items() if c == "\ufffd" or unicodedata.category(c) in ODD)
    if odd > 0.05 * len(text):
        return True
    latin = sum(n for c, n in times.items() if "a" <= c <= "z" or "à" <= c <= "ÿ" or c in "œæ")
    if latin >= 80:
        return not 0.2 <= sum(times[c] for c in VOWELS) / latin <= 0.65
    return False


def without(spots: Sequence[Spot], grey: Pixels) -> Pixels:
    """The drawn page with paper where its words are."""
    left = grey.copy()
    height, width = grey.shape
    for spot in spots:
        part = left[
            max(0, int(spot.y0 * height)) : math.ceil(spot.y1 * height) + 1,
            max(0, int(spot.x0 * width)) : math.ceil(spot.x1 * width) + 1,
        ]
        if part.size:
            part[:] = part.max()
    return left


def visible(spots: Sequence[Spot], grey: Pixels) -> list[Spot]:
    """The words that the drawn page shows something of: white on white is not read."""
    if not spots:
        return []
    height, width = grey.shape
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    sums = cv2.integral(cv2.threshold(edges, CONTRAST - 1, 1, cv2.THRESH_BINARY)[1])
    x0, y0, x1, y1 = np.array([spot[1:5] for spot in spots]).T
    left = np.clip((x0 * width).astype(int), 0, width - 1)
    top = np.clip((y0 * height).astype(int), 0, height - 1)
    right = np.clip(np.ceil(x1 * width).astype(int) + 1, left + 1, width)
    bottom = np.clip(np.ceil(y1 * height).astype(int) + 1, top + 1, height)
    shown = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return [spot for spot, count in zip(spots, shown, strict=True) if count]
