"""A page as it was read: words with their places.

Boxes are fractions of the page as a person sees it (turned upright): `[x0, y0, x1, y1]`, origin
top left, so that they survive every change of resolution.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Source = Literal["xml", "qr", "text", "ocr", "person", "rule"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions of its width and height; never inside out."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.x0 <= self.x1 <= 1.0 and 0.0 <= self.y0 <= self.y1 <= 1.0):
            raise ValueError(f"a box lies on its page: {self}")

    @property
    def middle(self) -> float:
        """The height of its middle line."""
        return (self.y0 + self.y1) / 2

    def as_list(self) -> list[float]:
        return [round(self.x0, 4), round(self.y0, 4), round(self.x1, 4), round(self.y1, 4)]

    @classmethod
    def clipped(cls, x0: float, y0: float, x1: float, y1: float) -> Box:
        """The part of a rectangle that lies on the page; readers report boxes a hair outside."""
        if 0.0 <= x0 <= x1 <= 1.0 and 0.0 <= y0 <= y1 <= 1.0:  # most boxes by far
            return cls(x0, y0, x1, y1)
        a, b = sorted((min(max(x0, 0.0), 1.0), min(max(x1, 0.0), 1.0)))
        c, d = sorted((min(max(y0, 0.0), 1.0), min(max(y1, 0.0), 1.0)))
        return cls(a, c, b, d)

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box that holds them all; ValueError when there is none."""
        corners = [(b.x0, b.y0, b.x1, b.y1) for b in boxes]
        if not corners:
            raise ValueError("nothing to put a box around")
        left, top, right, bottom = zip(*corners, strict=True)
        return cls(min(left), min(top), max(right), max(bottom))


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `confidence` is 0–1; `line` numbers the line of the page it stands on, top down."""

    text: str
    box: Box
    confidence: float
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code or barcode: `kind` such as ``QRCode`` or ``Code39``, and what it says."""

    kind: str
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class PageText:
    """Everything understanding needs to know of a page.

    `number` is 0-based in the uploaded file. `width` and `height` are in points (1/72 inch) of the
    page as displayed; `turned` is the clockwise turn in degrees that set it upright. `source` says
    whether the words come from the text layer or from OCR. `ink` is the share of dark pixels: 0 on
    a blank page. `lines` gives the words line by line, left to right.
    """

    number: int
    width: float
    height: float
    source: Literal["text", "ocr"]
    words: tuple[Word, ...] = ()
    codes: tuple[Code, ...] = ()
    turned: int = 0
    ink: float = 0.0
    blank: bool = False
    reader: str = ""
    """Name and version of what read it, such as ``tesserocr-5.5.4`` or ``mupdf-1.27.2``."""
    problem: str | None = None
    """A problem code when the page could not be read whole: it then has what could be had."""
    _lines: tuple[list[Word], ...] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    """Kept by `lines`, which every reader of a page asks for."""

    @property
    def confidence(self) -> float:
        """Mean confidence of the words; 0 for none."""
        return sum(w.confidence for w in self.words) / len(self.words) if self.words else 0.0

    def lines(self) -> list[list[Word]]:
        """The words line by line; the lines are shared, so nobody may change them."""
        if self._lines is None:
            found: dict[int, list[Word]] = {}
            for word in self.words:
                found.setdefault(word.line, []).append(word)
            lines = tuple(sorted(found[k], key=lambda w: w.box.x0) for k in sorted(found))
            object.__setattr__(self, "_lines", lines)
        return list(self._lines or ())

    def text(self) -> str:
        """The page as plain text, a line per line."""
        return "\n".join(" ".join(w.text for w in line) for line in self.lines())

    def to_json(self) -> dict[str, Any]:
        # By hand: `asdict` would copy every word to throw it away, half the cost of a digital page.
        data: dict[str, Any] = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.init and f.name not in ("words", "codes")
        }
        data["words"] = [
            [w.text, *w.box.as_list(), round(w.confidence, 3), w.line] for w in self.words
        ]
        data["codes"] = [[c.kind, c.text, *c.box.as_list()] for c in self.codes]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PageText:
        rest = {k: v for k, v in data.items() if k not in ("words", "codes")}
        return cls(
            **rest,
            words=tuple(
                Word(t, Box(x0, y0, x1, y1), c, n) for t, x0, y0, x1, y1, c, n in data["words"]
            ),
            codes=tuple(Code(k, t, Box(*b)) for k, t, *b in data["codes"]),
        )
