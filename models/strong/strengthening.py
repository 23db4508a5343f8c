"""Reads a page again with the strong reader: drawn by a disposable child, read by the process that
all workers share, and weighed against its first reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from domain.errors import Unreadable
from domain.text import PageText
from models.limits import Limits
from models.lines import Matrix, into_lines, placed, to_words
from models.sandbox import ParserFailed, Sandbox
from models.strong.reader import StrongReader, StrongReaderFailed
from models.strong.rules import fuse

NAME = f"rapidocr-{version('rapidocr')}"

Strengthen = Callable[[PageText], PageText]
"""From the first reading of a page to the better of two; the same page when there is none."""


@dataclass(frozen=True, slots=True)
class Strengthener:
    """What it takes to read pages again."""

    sandbox: Sandbox
    reader: StrongReader
    limits: Limits = field(default_factory=Limits)

    def of(self, pdf_path: Path) -> Strengthen:
        """The function that reads pages of `pdf_path` again; whatever fails on the way, the first
        reading of a page stands.
        """

        def strengthen(page: PageText) -> PageText:
            strong = self.reading(pdf_path, page)
            return fuse(page, strong) if strong is not None else page

        return strengthen

    def reading(self, pdf_path: Path, page: PageText) -> PageText | None:
        """`page` as the strong reader reads it; None when it cannot."""
        try:
            width, height, back, grey = self._drawn(pdf_path, page)
            lines = into_lines(self.reader.read(grey, width, height))
        except (Unreadable, StrongReaderFailed):
            return None
        spots = [[placed(spot, back, width, height) for spot in line] for line in lines]
        return replace(page, words=to_words(spots), reader=NAME, problem=None)

    def _drawn(self, pdf_path: Path, page: PageText) -> tuple[int, int, Matrix | None, bytes]:
        limits = self.limits
        answer = list(
            self.sandbox.stream(
                "models.strong.drawing:draw",
                str(pdf_path.resolve()),
                page.number,
                page.turned,
                limits.render_mpx,
                seconds=limits.page_seconds,
                memory_mb=limits.memory_mb,
            )
        )
        try:
            return _checked(*answer)
        except (ValueError, TypeError, KeyError) as error:
            raise ParserFailed("parser_crashed", f"an answer without sense: {error!r}") from error


def _checked(told: dict[str, Any], grey: bytes) -> tuple[int, int, Matrix | None, bytes]:
    width, height = int(told["width"]), int(told["height"])
    back = [[float(v) for v in row] for row in told["back"]] if told["back"] else None
    if len(grey) != width * height or (back and [len(row) for row in back] != [3, 3]):
        raise ValueError("not the picture it says it is")
    return width, height, back, grey
