"""The faces that drawn papers are set in: the PDF readers' own, and some free ones.

A free face is cut down to the letters of Western Europe once per process, and embedded once per
document: a stack may use ten of them.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pymupdf

FAMILIES = {
    "sans": ("helv", "hebo"),
    "serif": ("tiro", "tibo"),
    "mono": ("cour", "cobo"),
    "fira": ("figo", "figbo"),
    "noto": ("notos", "notosbo"),
    "ubuntu": ("ubuntu", "ubuntubo"),
    "space": ("spacemo", "spacembo"),
    "cascadia": ("cascadia", "cascadiab"),
    "ubuntu-mono": ("ubuntm", "ubuntmbo"),
    "hand": ("tiit", "tibi"),
}
"""Family → its plain and its bold face, by the codes of PyMuPDF."""
OWN = frozenset({"helv", "hebo", "tiro", "tibo", "cour", "cobo", "tiit", "tibi"})
"""Faces every PDF reader has: they need no embedding."""
LETTERS = [bytes([n]).decode("cp1252", "replace") for n in range(256)]


@cache
def _advances(face: str) -> tuple[float, ...]:
    font = pymupdf.Font(face)
    return tuple(font.glyph_advance(ord(letter)) for letter in LETTERS)


def width_of(text: str, size: float, face: str) -> float:
    """How wide `text` is in points; letters outside Western Europe count as question marks."""
    advances = _advances(face)
    return size * sum(advances[b] for b in text.encode("cp1252", "replace"))


@cache
def _western(face: str) -> bytes:
    """The font file of `face` with the letters of Western Europe only."""
    shown = "".join(letter for letter in LETTERS[32:] if letter.isprintable())
    document = pymupdf.open()
    page = document.new_page(width=9000)
    page.insert_font(fontname="F", fontbuffer=pymupdf.Font(face).buffer)
    page.insert_text((10, 50), shown, fontname="F")
    document.subset_fonts()
    return bytes(document.extract_font(page.get_fonts()[0][0])[3])


def insert(page: pymupdf.Page, faces: Iterable[str], embedded: dict[str, int]) -> None:
    """Make `faces` known to `page`. `embedded` is what its document has already: face → object."""
    for face in faces:
        if face not in embedded:
            buffer = None if face in OWN else _western(face)
            embedded[face] = page.insert_font(
                fontname=face, fontbuffer=buffer, set_simple=buffer is not None
            )
    known = "".join(f"/{face} {embedded[face]} 0 R" for face in faces)
    page.parent.xref_set_key(page.xref, "Resources", f"<</Font<<{known}>>>>")
