"""Text cut into cells by a sign, as programs export tables: which encoding, and which sign."""

from __future__ import annotations

from collections import Counter

_LOOKED_AT = 60
"""Lines that tell the sign."""


def text_of(content: bytes) -> str | None:
    """The text of a file: Unicode where it is that, else the code page of Windows; None for bytes
    that are no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if content[1:200:2].count(0) > 50:  # UTF-16 without its mark
        return content.decode("utf-16-le", "replace")
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def delimiter_of(text: str) -> str:
    """The sign that cuts most lines into as many cells."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:_LOOKED_AT]

    def evenness(sign: str) -> tuple[int, int]:
        counts = Counter(line.count(sign) for line in lines if sign in line)
        cells, times = max(counts.items(), key=lambda c: (c[1], c[0]), default=(0, 0))
        return times, cells

    # A comma also stands in amounts and sentences: it must win clearly, so it is asked last.
    return max((";", "\t", "|", ","), key=evenness)
