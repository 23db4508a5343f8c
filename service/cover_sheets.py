"""Cover sheets to print and lay between papers: they say where the next begin, and whose they are.

A sheet is one page of plain PDF operators and the fonts every reader has: nothing here opens a
file, so that it may be drawn in the web process. `domain.covers` says what is on it and reads it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import zxingcpp

from domain.covers import Separator

WIDTH, HEIGHT = 595, 842  # A4 in points
SIDE = 255.0
"""Of the code: large enough to be read on a fax, and when the sheet went in askew."""
SIZES = (26, 16, 11)
"""Of the first, the second and the further lines, in points."""


def draw_cover_sheet(says: Separator, lines: Sequence[str]) -> bytes:
    """A one-page PDF with the code of `says` and, for people, `lines`: the most important first."""
    operators = _code(says.to_code(), (WIDTH - SIDE) / 2, 200.0)
    y = 680.0
    for place, line in enumerate(lines):
        size = SIZES[min(place, len(SIZES) - 1)]
        operators.append(f"BT /F{min(place, 1)} {size} Tf 60 {y:g} Td {_string(line)} Tj ET")
        y -= size * 1.6
    content = zlib.compress("\n".join(operators).encode("latin-1"))
    font = "<</Type/Font/Subtype/Type1/Encoding/WinAnsiEncoding/BaseFont/"
    return _file(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents 4 0 R"
        "/Resources<</Font<</F0 5 0 R/F1 6 0 R>>>>>>".encode(),
        f"<</Filter/FlateDecode/Length {len(content)}>>stream\n".encode()
        + content
        + b"\nendstream",
        f"{font}Helvetica-Bold>>".encode(),
        f"{font}Helvetica>>".encode(),
    )


def _code(text: str, left: float, bottom: float) -> list[str]:
    """A QR code as filled squares, its lower left corner at (`left`, `bottom`)."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q")
    modules = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    rows, columns = (modules.shape or ())[:2]
    step = SIDE / columns
    return [
        f"{left + column * step:.2f} {bottom + (rows - 1 - row) * step:.2f} "
        f"{step + 0.02:.2f} {step + 0.02:.2f} re f"
        for row in range(rows)
        for column in range(columns)
        if not modules[row, column]
    ]


def _string(text: str) -> str:
    """A PDF string of what WinAnsi can write of `text`, one byte a character."""
    shown = text.encode("cp1252", "replace").decode("latin-1")
    for special in ("\\", "(", ")"):
        shown = shown.replace(special, "\\" + special)
    return f"({shown})"


def _file(*objects: bytes) -> bytes:
    """A PDF of numbered objects, the first of them its catalogue."""
    made = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    return bytes(made + b"startxref\n%d\n%%%%EOF\n" % table)
