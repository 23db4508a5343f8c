"""The typefaces of our papers, and which characters they can write.

A PDF/A carries its fonts and no sign may be missing from them: what no face has is written as a
replacement, so that a name in a script we have no letters for never stops an invoice. The e-invoice
inside keeps it as it is.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from typst import Fonts

FAMILIES = ("FiraGO", "Noto Sans")
"""In order of preference; what the first cannot write is written in the next."""
_FACES = ("FiraGO_Regular", "FiraGO_Bold", "FiraGO_Italic", "NotoSans_Regular", "NotoSans_Bold")
REPLACEMENT = "?"


@cache
def fonts() -> Fonts:
    for face in _FACES:
        Path(_folder().name, f"{face}.ttf").write_bytes(_bytes(face))
    return Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[_folder().name]
    )


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where typst finds the faces, which come packed; it goes with this process."""
    return tempfile.TemporaryDirectory(prefix="bannette-faces-")


def writable(text: str) -> str:
    """`text` with a replacement for each character that no face has."""
    known = characters()
    return "".join(c if ord(c) in known or c == "\n" else _nearest(c) for c in text)


def _nearest(character: str) -> str:
    return " " if character.isspace() else REPLACEMENT


@cache
def characters() -> frozenset[int]:
    """The code points that every weight of one of the families has."""
    have = {face: frozenset(_covered(_bytes(face))) for face in _FACES}
    fira = have["FiraGO_Regular"] & have["FiraGO_Bold"]
    noto = have["NotoSans_Regular"] & have["NotoSans_Bold"]
    return fira | noto


def _bytes(face: str) -> bytes:
    found: bytes = import_module(f"pymupdf_fonts.{face}").fontbuffer
    return found


def _covered(font: bytes) -> Iterator[int]:
    """The code points of a font's `cmap` table, in the formats 4 and 12 of OpenType."""
    tables = struct.unpack_from(">H", font, 4)[0]
    for number in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * number)
        if tag == b"cmap":
            break
    else:
        return
    for number in range(struct.unpack_from(">H", font, offset + 2)[0]):
        at = offset + struct.unpack_from(">HHL", font, offset + 4 + 8 * number)[2]
        kind = struct.unpack_from(">H", font, at)[0]
        if kind == 12:
            for group in range(struct.unpack_from(">L", font, at + 12)[0]):
                first, last, _ = struct.unpack_from(">LLL", font, at + 16 + 12 * group)
                yield from range(first, last + 1)
        elif kind == 4:
            segments = struct.unpack_from(">H", font, at + 6)[0] // 2
            lasts = struct.unpack_from(f">{segments}H", font, at + 14)
            firsts = struct.unpack_from(f">{segments}H", font, at + 16 + 2 * segments)
            for first, last in zip(firsts, lasts, strict=True):
                yield from range(first, min(last, 0xFFFE) + 1)
