"""Draws pages for the report of an evaluation, in a disposable child: strangers made them."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from models.inside import rendering, upright
from models.inside.documents import open_pdf

QUALITY = 60


def draw(path: str, pages: Sequence[Sequence[int]]) -> Iterator[dict[str, Any] | bytes]:
    """For each page (its number, and the turn that sets it upright in degrees): ``{"page": …}``,
    then a WebP. A page that cannot be drawn is left out.
    """
    document = open_pdf(Path(path))
    for number, turned in pages:
        try:
            listed = document.load_page(number).get_displaylist()
            dpi = rendering.fitting_dpi(listed.rect, rendering.PREVIEW_DPI, rendering.PREVIEW_MPX)
            pixels = upright.turn(rendering.draw(listed, dpi, grey=False), turned)
        except Exception:  # noqa: BLE001, S112 - one bad page never fails a file
            continue
        yield {"page": number}
        yield rendering.webp(pixels, QUALITY)
