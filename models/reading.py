"""Reads the pages of an opened PDF, one after the other, whatever they do to their reader.

Pages are read in a sandboxed child (`models.inside.pages`). One that crashes it, hangs or eats
memory comes back with a problem code and what could be had of it, and a new child goes on with
the next. One bad page never fails a file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from domain.errors import Unreadable
from domain.text import PageText
from models.limits import Limits
from models.sandbox import ParserFailed, Sandbox

A4 = (595.0, 842.0)
SECOND_TRY = frozenset({"parser_crashed", "parser_memory"})
SENSELESS = (KeyError, TypeError, ValueError, AttributeError)
"""What comes of an answer that a broken child made up."""
SETTLED = 5.0
"""Seconds a chunk may take beyond what its pages may."""


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """`languages` are Tesseract's names. `engine` is ``tesserocr`` or the portable
    ``pytesseract``. `force_ocr` reads pictures even where there is a text layer.
    """

    languages: tuple[str, ...] = ("fra", "deu", "eng")
    engine: Literal["tesserocr", "pytesseract"] = "tesserocr"
    images: bool = True
    force_ocr: bool = False
    limits: Limits = field(default_factory=Limits)

    def to_json(self) -> dict[str, Any]:
        return {
            "languages": self.languages,
            "engine": self.engine,
            "images": self.images,
            "force_ocr": self.force_ocr,
        }


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page as read. `image` is a WebP for people, about 110 dpi and upright; `thumbnail` one
    220 pixels wide. Both are None when the page could not be drawn.
    """

    text: PageText
    image: bytes | None = None
    thumbnail: bytes | None = None


def read_pages(
    sandbox: Sandbox,
    pdf_path: Path,
    numbers: Sequence[int],
    options: ReadingOptions | None = None,
) -> Generator[PageRead, None, None]:
    """The pages `numbers` (0-based) of `pdf_path`, each as soon as it is read, none left out."""
    options = options or ReadingOptions()
    left = list(dict.fromkeys(numbers))
    while left:
        begun = _Begun(left[0])
        try:
            for page in _read(sandbox, pdf_path, left, options, begun):
                left.remove(page.text.number)
                problem = page.text.problem
                if problem in SECOND_TRY and page.image is None:
                    page = _salvaged(sandbox, pdf_path, page.text.number, options, begun, problem)  # noqa: PLW2901
                yield page
                begun = _Begun(left[0]) if left else begun
            missing: Unreadable = ParserFailed("parser_crashed", "fewer pages than asked for")
        except Unreadable as failure:
            missing = failure
        if left:
            # Whoever was being read is set aside; the others get a new child.
            number = begun.number if begun.number in left else left[0]
            left.remove(number)
            yield _salvaged(sandbox, pdf_path, number, options, begun, missing.code)


def _salvaged(
    sandbox: Sandbox,
    pdf_path: Path,
    number: int,
    options: ReadingOptions,
    begun: _Begun,
    problem: str,
) -> PageRead:
    """What can still be had of a page that broke its reader: it is drawn coarser, once more.

    Not after a timeout: what was too slow has taken its share of everybody's time already.
    """
    told = begun.failed(number, problem)
    if problem in SECOND_TRY:
        again = _Begun(number)
        try:
            for page in _read(sandbox, pdf_path, [number], options, again, coarse=True):
                if page.image:
                    return replace(page, text=replace(page.text, problem=problem))
        except Unreadable:
            pass
    return PageRead(told)


@dataclass(slots=True)
class _Begun:
    """What is known of the page being read, in case its reader dies."""

    number: int
    size: tuple[float, float] = A4
    told: dict[str, Any] = field(default_factory=dict)
    """What its text layer says, if it got that far."""

    def failed(self, number: int, problem: str) -> PageText:
        if self.told.get("number") == number:
            with contextlib.suppress(*SENSELESS):
                return replace(PageText.from_json(self.told), problem=problem)
        return PageText(number, *self.size, source="text", problem=problem)


def _read(
    sandbox: Sandbox,
    pdf_path: Path,
    numbers: list[int],
    options: ReadingOptions,
    begun: _Begun,
    *,
    coarse: bool = False,
) -> Iterator[PageRead]:
    """Pages from one child; `begun` follows it, so that its death can be told of the right page."""
    limits = options.limits
    pieces = sandbox.stream(
        "models.inside.pages:read_pages",
        str(pdf_path.resolve()),
        numbers,
        {**options.to_json(), "coarse": coarse},
        limits.to_json(),
        seconds=limits.page_seconds * len(numbers) + SETTLED,
        quiet_seconds=limits.page_seconds,
        memory_mb=limits.memory_mb,
    )
    expected = set(numbers)
    for piece in pieces:
        try:
            if "begun" in piece:
                begun.number = int(piece["begun"])
                begun.size, begun.told = (float(piece["width"]), float(piece["height"])), {}
            elif "text" in piece:
                begun.told = dict(piece["text"])
            elif "failed" in piece:
                begun.number = int(piece["failed"])
                yield PageRead(begun.failed(begun.number, str(piece["problem"])[:40]))
            else:
                told = piece["page"]  # without its words if they are those told before
                text = PageText.from_json(told if "words" in told else {**begun.told, **told})
                expected.remove(text.number)  # a page nobody asked for is a KeyError
                images = [next(pieces) for _ in range(2)] if piece["images"] else [None, None]
                yield PageRead(text, images[0], images[1])
        except SENSELESS as error:
            raise ParserFailed("parser_crashed", f"an answer without sense: {error!r}") from error
