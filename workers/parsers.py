"""What this worker process reads with: its sandbox, its connection to the strong reader that all
workers of the machine share, and the limits its settings give.
"""

from __future__ import annotations

import threading

from domain.text import PageText
from models.limits import Limits
from models.reading import ReadingOptions
from models.sandbox import Sandbox
from models.strong.reader import StrongReader
from models.strong.strengthening import Strengthen, Strengthener
from models.understanding import as_it_is
from service.house import House
from service.settings import MIB, Settings
from workers.cache import local_copy

_lock = threading.Lock()
_sandbox: Sandbox | None = None
_reader: StrongReader | None = None


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


def strengthen(house: House, pdf_key: str) -> Strengthen:
    """The function that reads pages of the PDF at `pdf_key` again, where that is wanted at all."""
    if not house.settings.strong_reader:
        return as_it_is

    def again(page: PageText) -> PageText:
        strong = Strengthener(
            sandbox(house.settings), _strong_reader(house.settings), limits(house.settings)
        )
        return strong.of(local_copy(house.objects, pdf_key))(page)

    return again


def _strong_reader(settings: Settings) -> StrongReader:
    global _reader  # noqa: PLW0603
    with _lock:
        if _reader is None:
            _reader = StrongReader(
                threads=settings.strong_reader_threads,
                memory_mb=settings.strong_reader_memory_bytes // MIB,
                idle_seconds=settings.strong_reader_idle_seconds,
                page_seconds=settings.page_seconds,
            )
        return _reader


def close() -> None:
    global _sandbox, _reader  # noqa: PLW0603
    with _lock:
        if _reader is not None:
            _reader.close()
            _reader = None
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
