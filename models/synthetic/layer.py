"""The hidden text that cheap scanners lay under their pictures: wrong, askew, and often no help."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from random import Random

import pymupdf

from models.synthetic.noise import misread


def lay_poor_text(random: Random, drawn: pymupdf.Page, scanned: pymupdf.Page) -> None:
    """Write what a poor reader would have read on `drawn` invisibly over `scanned`."""
    strength = random.choice((0.03, 0.08, 0.2))
    high = scanned.rect.height
    parts = [b"BT 3 Tr\n"]
    for x0, _, _, y1, word, *_ in drawn.get_text("words"):
        if random.random() < strength / 2:
            continue
        shown = misread(random, word, strength).encode("cp1252", "replace")
        for special in (b"\\", b"(", b")"):
            shown = shown.replace(special, b"\\" + special)
        x, y = x0 + random.gauss(0, 1), high - y1 + 2 + random.gauss(0, 1)
        parts.append(f"/helv 8 Tf 1 0 0 1 {x:.1f} {y:.1f} Tm (".encode() + shown + b") Tj\n")
    parts.append(b"ET\n")
    document = scanned.parent
    scanned.insert_font(fontname="helv")
    xref = document.get_new_xref()
    document.update_object(xref, "<<>>")
    document.update_stream(xref, b"".join(parts), new=1, compress=1)
    before = " ".join(f"{number} 0 R" for number in scanned.get_contents())
    document.xref_set_key(scanned.xref, "Contents", f"[{before} {xref} 0 R]")
