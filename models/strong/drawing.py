"""Draws a page for the strong reader: grey, upright and level, in a disposable child."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.inside import rendering, textlayer, upright
from models.inside.documents import open_pdf
from models.inside.pages import LEAST_SKEW, reading_dpi


def draw(path: str, number: int, turned: int, render_mpx: int) -> Iterator[dict[str, Any] | bytes]:
    """``{"width": …, "height": …, "back": …}`` in pixels, then a byte for each of them.

    `turned` is the turn that sets the page upright, as its first reading found it. `back` is the
    matrix that leads from the levelled picture to the page as it is displayed; None when it is the
    same.
    """
    listed = open_pdf(Path(path)).load_page(number).get_displaylist()
    dpi = reading_dpi(listed, textlayer.read(listed), render_mpx)
    grey = upright.turn(rendering.draw(listed, dpi, grey=True), turned)
    look = upright.look(grey, dpi)
    back = None
    if look.turn % 180 == 0 and abs(look.skew) >= LEAST_SKEW:
        grey, matrix = upright.level(grey, look.skew)
        back = matrix.tolist()
    height, width = grey.shape
    yield {"width": width, "height": height, "back": back}
    yield grey.tobytes()
