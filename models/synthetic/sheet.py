"""A sheet of paper to draw on: text, rules, filled boxes and barcodes, written as one PDF page.

Drawing through PyMuPDF's own text calls costs milliseconds a line; a sheet gathers PDF operators
and hands them over once, which draws hundreds of pages a second. Coordinates are points with the
origin at the top left.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from math import cos, radians, sin

import numpy as np
import pymupdf
import zxingcpp

from models.synthetic import fonts
from models.synthetic.fonts import width_of

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)
GREY: Colour = (0.45, 0.45, 0.45)
PALE: Colour = (0.91, 0.92, 0.94)


class Sheet:
    def __init__(self, size: tuple[float, float] = A4, family: str = "sans") -> None:
        self.width, self.height = size
        self.plain, self.bold = fonts.FAMILIES[family]
        self._operators: list[bytes] = []
        self._faces: set[str] = set()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 9,
        *,
        bold: bool = False,
        align: str = "left",
        colour: Colour = BLACK,
        width: float | None = None,
        turned: float = 0,
        hand: bool = False,
    ) -> float:
        """Write one line with its base line at `y`; `x` is its left, right or middle.

        What is wider than `width` is set smaller, and cut when it still does not fit. `turned` is
        in degrees, anticlockwise. The answer is how wide the text came out.
        """
        face = "tiit" if hand else self.bold if bold else self.plain
        wide = width_of(text, size, face)
        if width is not None and wide > width:
            size = max(size * width / wide, 0.75 * size)
            while text and (wide := width_of(text, size, face)) > width:
                text = text[:-1].rstrip()
        if align != "left":
            x -= wide if align == "right" else wide / 2
        self._faces.add(face)
        shown = text.encode("cp1252", "replace")
        for special in (b"\\", b"(", b")"):
            shown = shown.replace(special, b"\\" + special)
        place = f"{x:.1f} {self.height - y:.1f} Td"
        if turned:
            c, s = cos(radians(turned)), sin(radians(turned))
            place = f"{c:.4f} {s:.4f} {-s:.4f} {c:.4f} {x:.1f} {self.height - y:.1f} Tm"
        head = f"{_rgb(colour)} rg BT /{face} {size:.4g} Tf {place} ("
        self._operators.append(head.encode() + shown + b") Tj ET\n")
        return wide

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float = 9,
        *,
        leading: float = 1.3,
        bold: bool = False,
        colour: Colour = BLACK,
    ) -> float:
        """Write `text` broken to `width`; return the base line after it."""
        for line in self.broken(text, width, size, bold=bold):
            self.text(x, y, line, size, bold=bold, colour=colour)
            y += size * leading
        return y

    def broken(self, text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
        """`text` in lines no wider than `width`."""
        face = self.bold if bold else self.plain
        space = width_of(" ", size, face)
        lines = []
        for part in text.split("\n"):
            line: list[str] = []
            filled = 0.0
            for word in part.split():
                wide = width_of(word, size, face)
                if line and filled + space + wide > width:
                    lines.append(" ".join(line))
                    line, filled = [], 0.0
                filled += wide + (space if line else 0)
                line.append(word)
            lines.append(" ".join(line))
        return lines

    def rule(
        self, x0: float, y: float, x1: float, *, thick: float = 0.6, colour: Colour = BLACK
    ) -> None:
        self.stroke(x0, y, x1, y, thick=thick, colour=colour)

    def stroke(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        thick: float = 0.6,
        colour: Colour = BLACK,
        dashed: bool = False,
    ) -> None:
        h = self.height
        dash, solid = ("[3 2] 0 d ", " [] 0 d") if dashed else ("", "")
        self._operators.append(
            f"{dash}{_rgb(colour)} RG {thick:g} w {x0:.1f} {h - y0:.1f} m {x1:.1f} {h - y1:.1f} l S"
            f"{solid}\n".encode()
        )

    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._operators.append(
            f"{_rgb(colour)} rg {x0:.2f} {self.height - y1:.2f} "
            f"{x1 - x0:.2f} {y1 - y0:.2f} re f\n".encode()
        )

    def frame(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        *,
        thick: float = 0.6,
        colour: Colour = BLACK,
    ) -> None:
        self._operators.append(
            f"{_rgb(colour)} RG {thick:g} w {x0:.1f} {self.height - y1:.1f} "
            f"{x1 - x0:.1f} {y1 - y0:.1f} re S\n".encode()
        )

    def shape(self, points: list[tuple[float, float]], colour: Colour) -> None:
        """A filled polygon."""
        path = " ".join(
            f"{x:.1f} {self.height - y:.1f} {'l' if n else 'm'}" for n, (x, y) in enumerate(points)
        )
        self._operators.append(f"{_rgb(colour)} rg {path} f\n".encode())

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        turn = [radians(15 * n) for n in range(24)]
        self.shape([(x + radius * cos(a), y + radius * sin(a)) for a in turn], colour)

    def qr_code(self, x: float, y: float, side: float, text: str) -> None:
        """Draw a QR code with its top left corner at (`x`, `y`)."""
        modules = _qr_modules(text)
        step = side / len(modules)
        for n, row in enumerate(modules):
            column = 0
            for dark, run in groupby(row):
                long = len(list(run))
                if dark:
                    left, top = x + column * step, y + n * step
                    self.fill(left, top, left + long * step + 0.02, top + step + 0.02, BLACK)
                column += long

    def bars(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """Draw a barcode (Code 128)."""
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
        row = np.asarray(code.to_image(scale=1, add_quiet_zones=False))[0] == 0
        step, column = width / len(row), 0
        for dark, run in groupby(row.tolist()):
            long = len(list(run))
            if dark:
                self.fill(x + column * step, y, x + (column + long) * step, y + height, BLACK)
            column += long

    def write(self, document: pymupdf.Document, embedded: dict[str, int] | None = None) -> None:
        """Append the sheet as a page of `document`; `embedded` as for `fonts.insert`."""
        page = document.new_page(width=self.width, height=self.height)
        fonts.insert(page, sorted(self._faces), {} if embedded is None else embedded)
        if self._operators:
            xref = document.get_new_xref()
            document.update_object(xref, "<<>>")
            document.update_stream(xref, b"".join(self._operators), new=1, compress=1)
            page.set_contents(xref)


@lru_cache(16)
def _qr_modules(text: str) -> list[list[bool]]:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
    return [[value == 0 for value in row] for row in modules.tolist()]


@lru_cache(64)
def _rgb(colour: Colour) -> str:
    return " ".join(f"{c:g}" for c in colour)
