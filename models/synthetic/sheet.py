"""A sheet of paper to draw on: text, rules, filled boxes and barcodes, written as one PDF page.

Drawing through PyMuPDF's own text calls costs milliseconds a line; a sheet gathers PDF operators
and hands them over once, which draws hundreds of pages a second. Coordinates are points with the
origin at the top left. Only the fonts that every PDF reader knows are used.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from functools import cache

import numpy as np
import pymupdf
import zxingcpp

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)

FAMILIES = {
    "sans": ("helv", "hebo"),
    "serif": ("tiro", "tibo"),
    "mono": ("cour", "cobo"),
}

Colour = tuple[float, float, float]
BLACK: Colour = (0.0, 0.0, 0.0)
GREY: Colour = (0.45, 0.45, 0.45)


@cache
def _advances(font: str) -> tuple[float, ...]:
    face = pymupdf.Font(font)
    return tuple(
        face.glyph_advance(ord(bytes([n]).decode("cp1252", "replace"))) for n in range(256)
    )


def width_of(text: str, size: float, font: str) -> float:
    advances = _advances(font)
    return size * sum(advances[b] for b in text.encode("cp1252", "replace"))


class Sheet:
    def __init__(self, size: tuple[float, float] = A4, family: str = "sans") -> None:
        self.width, self.height = size
        self.plain, self.bold = FAMILIES[family]
        self._operators: list[bytes] = []
        self._fonts: set[str] = set()

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
    ) -> None:
        """Write one line with its base line at `y`; `x` is its left, right or middle."""
        font = self.bold if bold else self.plain
        if align != "left":
            wide = width_of(text, size, font)
            x -= wide if align == "right" else wide / 2
        self._fonts.add(font)
        shown = text.encode("cp1252", "replace")
        for special in (b"\\", b"(", b")"):
            shown = shown.replace(special, b"\\" + special)
        head = f"{_rgb(colour)} rg BT /{font} {size:g} Tf {x:.1f} {self.height - y:.1f} Td ("
        self._operators.append(head.encode() + shown + b") Tj ET\n")

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
    ) -> float:
        """Write `text` broken to `width`; return the base line after it."""
        font = self.bold if bold else self.plain
        for part in text.split("\n"):
            line = ""
            for word in part.split():
                longer = f"{line} {word}".strip()
                if line and width_of(longer, size, font) > width:
                    self.text(x, y, line, size, bold=bold)
                    y += size * leading
                    line = word
                else:
                    line = longer
            self.text(x, y, line, size, bold=bold)
            y += size * leading
        return y

    def rule(self, x0: float, y: float, x1: float, *, thick: float = 0.6) -> None:
        h = self.height
        self._operators.append(
            f"0 0 0 RG {thick:g} w {x0:.1f} {h - y:.1f} m {x1:.1f} {h - y:.1f} l S\n".encode()
        )

    def fill(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._operators.append(
            f"{_rgb(colour)} rg {x0:.1f} {self.height - y1:.1f} "
            f"{x1 - x0:.1f} {y1 - y0:.1f} re f\n".encode()
        )

    def frame(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._operators.append(
            f"0 0 0 RG 0.6 w {x0:.1f} {self.height - y1:.1f} "
            f"{x1 - x0:.1f} {y1 - y0:.1f} re S\n".encode()
        )

    def qr_code(self, x: float, y: float, side: float, text: str) -> None:
        """Draw a QR code with its top left corner at (`x`, `y`)."""
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        modules = np.asarray(code.to_image(scale=1, add_quiet_zones=False))
        rows, columns = modules.shape[:2]
        step = side / columns
        for row in range(rows):
            for column in range(columns):
                if not modules[row, column]:
                    left, top = x + column * step, y + row * step
                    self.fill(left, top, left + step + 0.02, top + step + 0.02, BLACK)

    def write(self, document: pymupdf.Document) -> None:
        """Append the sheet as a page of `document`."""
        page = document.new_page(width=self.width, height=self.height)
        for font in sorted(self._fonts):
            page.insert_font(fontname=font)
        if self._operators:
            xref = document.get_new_xref()
            document.update_object(xref, "<<>>")
            document.update_stream(xref, b"".join(self._operators), new=1, compress=1)
            page.set_contents(xref)


def _rgb(colour: Colour) -> str:
    return " ".join(f"{c:g}" for c in colour)
