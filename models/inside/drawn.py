"""What a page shows beside its words: pictures, and the places where a code may be.

A page of a business letter has a logo, and a table of many rules: to look for codes all over each
such page costs more than to read it. So they are looked for where something stands that has the
size and the density of one, and are drawn finely there only.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

Rect = tuple[float, float, float, float]
"""x0, y0, x1, y1."""

IMAGE = 1
"""The type of MuPDF's blocks that are pictures."""
PICTURE = 0.55
"""Share of the page a picture covers to make it a picture page."""
CODE_PT = 30.0
"""Side of the smallest code on a business paper, in points."""
CODE_MOST_PT = 8 * CODE_PT
BAR_PT = 8.0
"""Height of the lowest barcode."""
MARK_PT = 4.0
"""Bars and modules are narrower than this."""
MANY_MARKS = 24
"""Fewer than the bars of a short barcode."""
DENSE = 0.1
"""Share of a code that its marks cover at least; the rules of a table cover far less."""
QUIET_PT = 6.0
"""Paper that is left around a code."""
MOST_PLACES = 12
MOST_CELLS = 2000
MOST_PICTURES = 2000


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a page."""

    share: float
    """Of the page that lies under them."""
    dpi: float
    """Resolution of the largest; 0 without one."""
    grey: bool
    """Whether none has colours."""
    rects: tuple[Rect, ...]
    """Their places in points."""
    over: tuple[Rect, ...]
    """The blocks of text that a picture as large as the page was laid over."""


def pictures(listed: pymupdf.DisplayList) -> Pictures:
    bound = listed.rect
    seen = pymupdf.TextPage(listed.get_textpage(flags=pymupdf.TEXT_PRESERVE_IMAGES))
    blocks = [(block[:4], block[6]) for block in seen.extractBLOCKS()]
    if not any(kind == IMAGE for _, kind in blocks):
        return Pictures(0.0, 0.0, True, (), ())
    cells = np.zeros((48, 48), bool)
    largest, dpi, grey = 0.0, 0.0, True
    rects: list[Rect] = []
    for info in seen.extractIMGINFO()[:MOST_PICTURES]:
        rect = pymupdf.Rect(info["bbox"]) & bound
        if rect.is_empty:
            continue
        rects.append(tuple(rect))
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
    return Pictures(float(cells.mean()), dpi, grey, tuple(rects), _laid_over(blocks, bound))


def _laid_over(blocks: Sequence[tuple[Rect, int]], bound: pymupdf.Rect) -> tuple[Rect, ...]:
    """The blocks of text drawn before the last picture that covers most of the page.

    Blocks come in the order they are drawn in. A picture that lets text shine through is taken for
    one that does not: the page is then read as it looks.
    """
    area = PICTURE * bound.get_area()
    large = [
        place
        for place, (rect, kind) in enumerate(blocks)
        if kind == IMAGE and (pymupdf.Rect(rect) & bound).get_area() >= area
    ]
    last = large[-1] if large else 0
    return tuple(rect for rect, kind in blocks[:last] if kind != IMAGE)


def code_places(pictures: Sequence[Rect], shapes: Sequence[Rect], bound: Rect) -> tuple[Rect, ...]:
    """Where on a page a QR code or a barcode may be, in points, with the paper around it: pictures,
    drawn squares, and crowds of small marks among the drawn `shapes`.
    """
    found = [rect for rect in pictures if _has_size(rect)]
    if shapes:
        drawn = np.array(shapes, float)
        wide, high = drawn[:, 2] - drawn[:, 0], drawn[:, 3] - drawn[:, 1]
        least, most = np.minimum(wide, high), np.maximum(wide, high)
        squares = (least >= CODE_PT) & (most <= CODE_MOST_PT) & (most < 1.25 * least)
        marks = (least < MARK_PT) & (most <= CODE_MOST_PT)
        found += [*_rects(drawn[squares]), *_crowds(drawn[marks])]
    left, top, right, bottom = bound
    places = {
        (max(x0 - QUIET_PT, left), max(y0 - QUIET_PT, top),
         min(x1 + QUIET_PT, right), min(y1 + QUIET_PT, bottom))
        for x0, y0, x1, y1 in found
        if x0 < right and y0 < bottom and x1 > left and y1 > top
    }  # fmt: skip
    return tuple(sorted(places)) if len(places) <= MOST_PLACES else (bound,)


def _has_size(rect: Rect) -> bool:
    wide, high = rect[2] - rect[0], rect[3] - rect[1]
    return min(wide, high) >= BAR_PT and max(wide, high) >= CODE_PT


def _rects(rows: NDArray[np.float64]) -> list[Rect]:
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in rows.tolist()]


def _crowds(marks: NDArray[np.float64]) -> list[Rect]:
    """Where many of the small `marks`, N x 4, stand close together and cover much of the paper."""
    if len(marks) < MANY_MARKS:
        return []
    cells = (marks[:, :2] + marks[:, 2:]) / 2
    cells = np.clip((cells - cells.min(axis=0)) / (1.5 * MARK_PT), 0, MOST_CELLS - 1).astype(int)
    columns, rows = cells.T
    grid = np.zeros((rows.max() + 1, columns.max() + 1), np.uint8)
    grid[rows, columns] = 1
    near = cv2.dilate(grid, np.ones((3, 3), np.uint8))
    labels = cv2.connectedComponents(near, connectivity=8)[1][rows, columns]
    found = []
    for label, count in enumerate(np.bincount(labels)):
        if count < MANY_MARKS:
            continue
        crowd = marks[labels == label]
        (x0, y0), (x1, y1) = crowd[:, :2].min(axis=0), crowd[:, 2:].max(axis=0)
        inked = float(np.prod(crowd[:, 2:] - crowd[:, :2], axis=1).sum())
        rect = (float(x0), float(y0), float(x1), float(y1))
        if _has_size(rect) and inked >= DENSE * (x1 - x0) * (y1 - y0):
            found.append(rect)
    return found
