"""How much of a hostile file we are willing to take.

A file is opened by people we do not know; every number here is a promise that reading it ends,
in bounded time, memory and disk. The service fills it from its settings; nothing here reads them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts, millions of pixels, bytes and seconds; a file beyond one of them is refused."""

    pages: int = 2_000
    """Pages of one file, and frames of one TIFF."""
    image_mpx: int = 64
    """Declared size of an image file, checked before anything is decoded."""
    render_mpx: int = 40
    """A page is drawn with fewer dots per inch when it would be larger than this."""

    archive_entries: int = 1_000
    archive_bytes: int = 500_000_000
    """Of all entries together, counted while unpacking: declared sizes lie."""
    archive_ratio: int = 200
    archive_depth: int = 2
    """Archives and mails inside one another: 2 takes a ZIP inside a ZIP, and no deeper."""

    mail_parts: int = 1_000
    xml_bytes: int = 10_000_000
    xml_depth: int = 256

    memory_mb: int = 900
    """What a parser may allocate beyond what it starts with."""
    open_seconds: float = 60
    page_seconds: float = 60
    """Longest silence while one page is read."""
    assemble_seconds: float = 120

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Limits:
        return cls(**data)
