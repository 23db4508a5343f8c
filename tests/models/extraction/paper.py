"""Pages written by hand: a line of text is a visual line, two spaces or more part columns."""

from __future__ import annotations

import re

from domain.text import Box, Code, PageText, Word

WIDTH, HEIGHT = 595.0, 842.0
ACROSS, DOWN = 100, 70
"""Characters across a page and lines down it."""


def page(
    text: str, *, number: int = 0, source: str = "text", codes: tuple[Code, ...] = ()
) -> PageText:
    words = []
    for row, line in enumerate(text.strip("\n").splitlines()):
        for match in re.finditer(r"\S+", line):
            box = Box.clipped(
                0.02 + match.start() / ACROSS,
                0.03 + row / DOWN,
                0.02 + match.end() / ACROSS - 0.001,
                0.03 + (row + 0.75) / DOWN,
            )
            words.append(Word(match[0], box, 0.95, row))
    return PageText(
        number,
        WIDTH,
        HEIGHT,
        "ocr" if source == "ocr" else "text",
        tuple(words),
        codes,
        reader="by-hand",
    )
