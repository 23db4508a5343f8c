"""The sandbox of this worker process, and the limits its settings give."""

from __future__ import annotations

import threading

from models.limits import Limits
from models.reading import ReadingOptions
from models.sandbox import Sandbox
from service.settings import MIB, Settings

_lock = threading.Lock()
_sandbox: Sandbox | None = None


def sandbox(settings: Settings) -> Sandbox:
    """The one sandbox of this process, made when first needed."""
    global _sandbox  # noqa: PLW0603 - a process has one, like its standard output
    with _lock:
        if _sandbox is None:
            _sandbox = Sandbox(
                languages=settings.ocr_languages.split("+"),
                memory_mb=settings.child_memory_bytes // MIB,
            )
        return _sandbox


def close() -> None:
    global _sandbox  # noqa: PLW0603
    with _lock:
        if _sandbox is not None:
            _sandbox.close()
            _sandbox = None


def limits(settings: Settings) -> Limits:
    return Limits(
        pages=settings.pages_per_file,
        image_mpx=settings.image_megapixels,
        render_mpx=settings.render_megapixels,
        archive_entries=settings.archive_entries,
        archive_bytes=settings.archive_bytes,
        archive_ratio=settings.archive_ratio,
        archive_depth=settings.archive_depth,
        xml_bytes=settings.xml_bytes,
        memory_mb=settings.child_memory_bytes // MIB,
        open_seconds=settings.open_seconds,
        page_seconds=settings.page_seconds,
    )


def options(settings: Settings) -> ReadingOptions:
    return ReadingOptions(
        languages=tuple(settings.ocr_languages.split("+")),
        engine="pytesseract" if settings.ocr_engine == "pytesseract" else "tesserocr",
        limits=limits(settings),
    )
