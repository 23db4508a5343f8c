"""File names from outside, made harmless to show, to store and to send back.

A name is a label: it never becomes a path or a storage key. Line breaks, direction overrides and
path parts are taken out, so that what a person reads is what the name says.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

LONGEST = 200


def clean_filename(name: str, fallback: str = "file") -> str:
    """The last part of `name` without control, format or path characters, in `LONGEST` at most.

    A long name loses its middle rather than its extension.
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/")).rsplit("/", 1)[-1]
    # Cc control, Cf format (direction overrides, zero width), Cs surrogates, Co private, Zl/Zp breaks
    kept = "".join(
        c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else " "
        for c in name
    )
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > LONGEST:
        stem, dot, extension = kept.rpartition(".")
        ending = dot + extension if stem and len(extension) <= 10 else ""
        kept = kept[: LONGEST - 1 - len(ending)] + "…" + ending
    return kept or fallback


def attachment_header(name: str, disposition: str = "attachment") -> str:
    """A Content-Disposition value (RFC 6266) for `name`: ASCII for old readers, UTF-8 for others."""
    name = clean_filename(name)
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = "".join(c if c.isalnum() or c in "-_. ()" else "_" for c in plain) or "file"
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
