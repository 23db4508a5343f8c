"""What was read of the pages of a file, kept from one evaluation to the next.

Reading pages is slow and does not change while their understanding is worked on: first and strong
readings are kept in a folder, under the hash of the file and of the code that reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from domain.findings import Reading
from domain.text import PageText
from models.opening import open_file
from models.reading import ReadingOptions, read_pages
from models.sandbox import Sandbox
from models.strong.reader import StrongReader
from models.strong.rules import fuse
from models.strong.strengthening import Strengthen, Strengthener
from models.understanding import sha256_of

OPTIONS = ReadingOptions(images=False)
FIRST = ("inside", "lines.py", "opening.py", "reading.py", "extraction/einvoice")
"""What a first reading depends on: when one of these changes, pages are read again."""
STRONG = ("strong/drawing.py", "strong/process.py", "strong/strengthening.py", "lines.py")


def pages_of(path: Path, cache_folder: Path) -> tuple[list[PageText], Reading | None]:
    """The pages of a file and the XML of the invoice it carries; Refused if it cannot be read."""
    data = _kept(cache_folder / f"{sha256_of(path)}-{_code(FIRST)}.json", lambda: _read(path))
    einvoice = data["einvoice"]
    pages = [PageText.from_json(page) for page in data["pages"]]
    return pages, Reading.from_json(einvoice) if einvoice else None


def strong_pages_of(path: Path, cache_folder: Path) -> Strengthen:
    """The function that reads pages of a file again, as the service would."""

    def strengthen(page: PageText) -> PageText:
        name = f"{sha256_of(path)}-{page.number}-{page.turned}-{_code(STRONG)}.json"
        found = _kept(cache_folder / name, lambda: _read_strongly(path, page))
        return fuse(page, PageText.from_json(found["page"])) if found["page"] else page

    return strengthen


def _kept(path: Path, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    if path.is_file():
        return dict(json.loads(path.read_text("utf-8")))
    data = read()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(f".{os.getpid()}")
    new.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    new.replace(path)
    return data


def _read(path: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="bannette-evaluate-") as folder:
        opened = open_file(sandbox(), path, path.name, OPTIONS.limits, Path(folder))
        pages = []
        if opened.pdf_path is not None:
            numbers = range(len(opened.pages))
            pages = [p.text for p in read_pages(sandbox(), opened.pdf_path, numbers, OPTIONS)]
    pages.sort(key=lambda page: page.number)
    return {
        "einvoice": opened.einvoice.to_json() if opened.einvoice else None,
        "pages": [page.to_json() for page in pages],
    }


def _read_strongly(path: Path, page: PageText) -> dict[str, Any]:
    strong = _strengthener()
    with tempfile.TemporaryDirectory(prefix="bannette-evaluate-") as folder:
        opened = open_file(strong.sandbox, path, path.name, OPTIONS.limits, Path(folder))
        assert opened.pdf_path is not None
        found = strong.reading(opened.pdf_path, page)
    return {"page": found.to_json() if found else None}


@cache
def sandbox() -> Sandbox:
    """One for this process; what it has started ends with it."""
    return Sandbox(languages=OPTIONS.languages, memory_mb=OPTIONS.limits.memory_mb)


@cache
def _strengthener() -> Strengthener:
    return Strengthener(sandbox(), StrongReader(), OPTIONS.limits)


@cache
def _code(names: tuple[str, ...]) -> str:
    """A hash of the code that reads, short enough for a file name."""
    here = Path(__file__).resolve().parent.parent
    paths = [
        p
        for name in names
        for p in ([here / name] if name.endswith(".py") else sorted((here / name).rglob("*.py")))
    ]
    digest = hashlib.sha256(json.dumps(OPTIONS.to_json()).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
