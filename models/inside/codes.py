"""Reads QR codes and barcodes: what they say is free of misreading."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Sequence

import pymupdf
import zxingcpp

from domain.text import Box, Code
from models.inside import rendering, upright
from models.inside.drawn import Rect
from models.inside.rendering import Pixels
from models.lines import Spot, set_upright

LONGEST = 4000
MOST = 20


def read(grey: Pixels, *, sideways: bool = False) -> tuple[Code, ...]:
    """The codes on an image. Barcodes that stand on end are looked for only where it is unknown
    which way up the page lies; inverted ones never.
    """
    height, width = grey.shape
    found = []
    for code in zxingcpp.read_barcodes(
        grey, try_rotate=sideways, try_invert=False, try_downscale=False
    )[:MOST]:
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        xs = [c.x / width for c in corners]
        ys = [c.y / height for c in corners]
        box = Box.clipped(min(xs), min(ys), max(xs), max(ys))
        found.append(
            Code(str(code.format).rpartition(".")[2].replace(" ", ""), code.text[:LONGEST], box)
        )
    return tuple(found)


def read_places(listed: pymupdf.DisplayList, places: Sequence[Rect], turn: int) -> tuple[Code, ...]:
    """The codes that stand in `places` (in points) of a page that `turn` sets upright."""
    bound = listed.rect
    found: dict[tuple[str, str], Code] = {}
    for place in places:
        part = pymupdf.Rect(place)
        large = part.get_area() > bound.get_area() / 2
        dpi: float = rendering.PREVIEW_DPI if large else rendering.READING_DPI
        dpi = rendering.fitting_dpi(part, dpi, rendering.PREVIEW_MPX)
        grey = upright.turn(rendering.draw(listed, dpi, grey=True, part=part), turn)
        x0, y0 = (part.x0 - bound.x0) / bound.width, (part.y0 - bound.y0) / bound.height
        x1, y1 = (part.x1 - bound.x0) / bound.width, (part.y1 - bound.y0) / bound.height
        there = set_upright(Spot("", x0, y0, x1, y1, 1.0), turn)
        wide, high = there.x1 - there.x0, there.y1 - there.y0
        for code in read(grey):
            box = Box.clipped(
                there.x0 + code.box.x0 * wide, there.y0 + code.box.y0 * high,
                there.x0 + code.box.x1 * wide, there.y0 + code.box.y1 * high,
            )  # fmt: skip
            found[code.kind, code.text] = Code(code.kind, code.text, box)
    return tuple(found.values())
