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
    shown = bytes(n for n in range(32, 256) if n not in b"\\()")
    document = pymupdf.open()
    page = document.new_page()
    page.insert_font(fontname="F", fontbuffer=pymupdf.Font(face).buffer, set_simple=True)
    xref = document.get_new_xref()
    document.update_object(xref, "<<>>")
    text = b"BT /F 9 Tf (" + shown + b"\\\\\\(\\)) Tj ET"
    document.update_stream(xref, text, new=1)
    page.set_contents(xref)
    document.subset_fonts()
    return bytes(document.extract_font(page.get_fonts()[0][0])[3])


def insert(page: pymupdf.Page, faces: Iterable[str], embedded: dict[str, int]) -> None:
    """Make `faces` known to `page`. `embedded` is what its document has already: face → object."""
    for face in faces:
        if face not in embedded:
            buffer = None if face in OWN else _western(face)
            embedded[face] = page.insert_font(
                # Under another name than PyMuPDF's, or it would embed the whole face.
                fontname=face if buffer is None else f"{face}-w",
                fontbuffer=buffer,
                set_simple=buffer is not None,
            )
    known = "".join(f"/{face} {embedded[face]} 0 R" for face in faces)
    page.parent.xref_set_key(page.xref, "Resources", f"<</Font<<{known}>>>>")
