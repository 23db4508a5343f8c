"""Reads the text layer of a page and says whether it may be trusted.

It may not when there is hardly any, when it is garbage (fonts without a map to Unicode), when
nobody can see it, or when the page is a picture: an invoice hidden under a photo must never be
what is booked.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pymupdf

from models.inside.rendering import Pixels
from models.lines import Spot

FLAGS = (
    pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_MEDIABOX_CLIP
    | pymupdf.TEXT_COLLECT_STYLES
    | pymupdf.TEXT_COLLECT_VECTORS
)
IMAGE_FLAGS = pymupdf.TEXT_PRESERVE_IMAGES
IMAGE = 1
"""The type of MuPDF's blocks that are pictures."""
VECTOR = 3
"""The type of MuPDF's blocks that stand for something drawn."""
FILLED_OR_STROKED = 16 | 32
FEW_WORDS = 25
PICTURE = 0.55
"""Share of the page a picture covers to make it a picture page."""
CONTRAST = 20
"""Of 255: thin letters are pale where a page is drawn coarsely."""
PALE = 200
"""Of 255: what is paler is hardly told from paper."""
CODE_PT = 30.0
"""Side of the smallest code on a business paper, in points."""
MARK_PT = 4.0
MANY_MARKS = 80
VOWELS = frozenset("aeiouyàâäéèêëîïôöùûüæœ")


@dataclass(frozen=True, slots=True)
class Layer:
    """The visible words, in fractions of the page as displayed. `turn` sets them upright."""

    spots: tuple[Spot, ...]
    hidden: int
    turn: int
    picture: float
    """Share of the page under pictures."""
    picture_dpi: float
    """Resolution of the largest picture; 0 without one."""
    picture_grey: bool
    codes: bool
    """Whether a picture or a drawing on the page may be a QR code or a barcode."""

    def trusted(self, letters_beside: Callable[[], int] = lambda: 0) -> bool:
        """`letters_beside` counts the letters that the page shows beside its words: where there
        are far more than few words have, the rest is drawn as outlines; and where there are many
        on a picture, the words are what somebody wrote over a scan.
        """
        if not self.spots or garbage([s.text for s in self.spots]):
            return False
        few, on_picture = len(self.spots) < FEW_WORDS, self.picture >= PICTURE
        if few == on_picture:
            return not few
        letters = sum(len(s.text) for s in self.spots)
        return letters_beside() <= (0.25 if on_picture else 2.5) * letters + 40


def read(listed: pymupdf.DisplayList) -> Layer:
    """The words of a page, as it is displayed, without those that nobody can see."""
    text = pymupdf.TextPage(listed.get_textpage(flags=FLAGS))
    hidden: list[pymupdf.Rect] = []
    shown: list[pymupdf.Rect] = []
    drawn: list[pymupdf.Rect] = []
    ways: Counter[int] = Counter()
    covered, dpi, grey, under = _pictures(listed)
    for block in text.extractDICT()["blocks"]:
        if block["type"] == VECTOR:
            drawn.append(pymupdf.Rect(block["bbox"]))
        for line in block.get("lines", ()):
            way = round(math.degrees(math.atan2(line["dir"][1], line["dir"][0])) / 90) % 4
            for span in line["spans"]:
                visible = span["char_flags"] & FILLED_OR_STROKED and span.get("alpha", 255) > 20
                # Nobody prints pale letters on a scan: they are there to be found, not to be read.
                visible = visible and not (covered >= PICTURE and _pale(span["color"]))
                (shown if visible else hidden).append(pymupdf.Rect(span["bbox"]))
                if visible:
                    ways[way] += len(span["text"].strip())
    bound = listed.rect
    left, top, width, height = bound.x0, bound.y0, bound.width, bound.height
    spots: list[Spot] = []
    lost = 0
    for x0, y0, x1, y1, word, *_ in text.extractWORDS():
        if (hidden and _is_hidden(x0, y0, x1, y1, hidden, shown)) or (
            under and _is_hidden(x0, y0, x1, y1, under, ())
        ):
            lost += 1
            continue
        place = (
            (x0 - left) / width, (y0 - top) / height, (x1 - left) / width, (y1 - top) / height,
        )  # fmt: skip
        if not all(map(math.isfinite, place)) or not word.strip():
            continue
        middle_x, middle_y = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
        if 0 <= middle_x <= 1 and 0 <= middle_y <= 1:
            spots.append(Spot(word[:200], *place, 1.0))
        else:
            lost += 1
    # Lines that run upwards on the page as displayed need a turn by 90 degrees, and so on.
    way, letters = ways.most_common(1)[0] if ways else (0, 0)
    turn = (-way % 4) * 90 if letters > 0.8 * ways.total() else 0
    return Layer(tuple(spots), lost, turn, covered, dpi, grey, bool(covered) or _marks(drawn))


def _marks(drawn: Sequence[pymupdf.Rect]) -> bool:
    """Whether something drawn may be a code: a square the size of one, or very many small marks."""
    squares = any(
        CODE_PT <= rect.width <= 8 * CODE_PT and 0.8 < rect.width / max(rect.height, 1e-6) < 1.25
        for rect in drawn
    )
    return squares or sum(min(rect.width, rect.height) < MARK_PT for rect in drawn) > MANY_MARKS


def _is_hidden(
    x0: float, y0: float, x1: float, y1: float,
    hidden: Sequence[pymupdf.Rect], shown: Sequence[pymupdf.Rect],
) -> bool:  # fmt: skip
    x, y = (x0 + x1) / 2, (y0 + y1) / 2

    def holds(rect: pymupdf.Rect) -> bool:
        return bool(rect.x0 <= x <= rect.x1 and rect.y0 <= y <= rect.y1)

    return any(map(holds, hidden)) and not any(map(holds, shown))


def _pale(colour: int) -> bool:
    """Whether a colour, as MuPDF numbers it, is nearly that of paper."""
    return min(colour >> 16 & 255, colour >> 8 & 255, colour & 255) > PALE


def _pictures(
    listed: pymupdf.DisplayList,
) -> tuple[float, float, bool, Sequence[pymupdf.Rect]]:
    """Share of the page under pictures, resolution of the largest, whether all are grey, and the
    blocks of text that a picture as large as the page was laid over.
    """
    cells = np.zeros((48, 48), bool)
    largest, dpi, grey = 0.0, 0.0, True
    bound = listed.rect
    images = pymupdf.TextPage(listed.get_textpage(flags=IMAGE_FLAGS))
    for info in images.extractIMGINFO()[:2000]:
        rect = pymupdf.Rect(info["bbox"]) & bound
        if rect.is_empty:
            continue
        columns = slice(
            int(48 * (rect.x0 - bound.x0) / bound.width),
            math.ceil(48 * (rect.x1 - bound.x0) / bound.width),
        )
        rows = slice(
            int(48 * (rect.y0 - bound.y0) / bound.height),
            math.ceil(48 * (rect.y1 - bound.y0) / bound.height),
        )
        cells[rows, columns] = True
        grey = grey and info["colorspace"] <= 1
        if rect.get_area() > largest:
            largest = rect.get_area()
            box = pymupdf.Rect(info["bbox"])
            pixels = info["width"] * info["height"]
            dpi = 72 * math.sqrt(pixels / max(box.get_area(), 1e-6))
    return float(cells.mean()), dpi, grey, _laid_over(images, bound)


def _laid_over(images: pymupdf.TextPage, bound: pymupdf.Rect) -> Sequence[pymupdf.Rect]:
    """The blocks of text drawn before the last picture that covers most of the page.

    Blocks come in the order they are drawn in. A picture that lets text shine through is taken for
    one that does not: the page is then read as it looks.
    """
    blocks = [(pymupdf.Rect(block[:4]), block[6]) for block in images.extractBLOCKS()]
    area = PICTURE * bound.get_area()
    large = [
        place
        for place, (rect, kind) in enumerate(blocks)
        if kind == IMAGE and (rect & bound).get_area() >= area
    ]
    last = large[-1] if large else 0
    return [rect for rect, kind in blocks[:last] if kind != IMAGE]


def garbage(words: Sequence[str]) -> bool:
    """Whether words are what a font without a map to Unicode leaves behind."""
    text = "".join(words)
    if not text:
        return True
    if "(cid:" in text:
        return True
    odd = sum(c == "\ufffd" or unicodedata.category(c) in ("Cc", "Co", "Cn", "Cs") for c in text)
    if odd > 0.05 * len(text):
        return True
    latin = [c for c in text.lower() if "a" <= c <= "z" or "à" <= c <= "ÿ" or c in "œæ"]
    if len(latin) >= 80:
        share = sum(c in VOWELS for c in latin) / len(latin)
        return not 0.2 <= share <= 0.65
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
    edges = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) >= CONTRAST
    sums = cv2.integral(edges.astype(np.uint8))
    x0, y0, x1, y1 = np.array([spot[1:5] for spot in spots]).T
    left = np.clip((x0 * width).astype(int), 0, width - 1)
    top = np.clip((y0 * height).astype(int), 0, height - 1)
    right = np.clip(np.ceil(x1 * width).astype(int) + 1, left + 1, width)
    bottom = np.clip(np.ceil(y1 * height).astype(int) + 1, top + 1, height)
    shown = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return [spot for spot, count in zip(spots, shown, strict=True) if count]
