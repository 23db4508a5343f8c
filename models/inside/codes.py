"""Reads QR codes and barcodes: what they say is free of misreading."""

from __future__ import annotations

import zxingcpp

from domain.text import Box, Code
from models.inside.rendering import Pixels

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
