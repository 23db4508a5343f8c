"""Files with their truth, and what the models make of them.

Reading pages is slow and does not change from one evaluation to the next, so what was read is
kept in a folder under the hash of the file and of the code that reads; understanding it is done
anew each time. Files are shared among a few processes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from domain.errors import Refused
from domain.findings import Reading
from domain.text import PageText
from models.opening import open_file
from models.reading import ReadingOptions, read_pages
from models.sandbox import Sandbox
from models.understanding import NO_ONE, sha256_of, understand

OPTIONS = ReadingOptions(images=False)
READERS = ("inside", "opening.py", "reading.py", "extraction/einvoice")
"""What a reading depends on: when one of these changes, pages are read again."""

FROM_PAGES = "files, pages alone"
"""The set of single files that carry XML, read as if they did not."""


@dataclass(frozen=True, slots=True)
class Case:
    """A file, the set it is counted in, and its truth: groups, blank pages, number of pages."""

    set: str
    path: Path
    truth: dict[str, Any]
    with_xml: bool = True


@dataclass(frozen=True, slots=True)
class Understood:
    """What the models say of a case: groups as plain JSON, or the code of a refusal."""

    case: Case
    groups: list[dict[str, Any]]
    refused: str | None = None
    carried_xml: bool = False


def find_cases(directory: Path, only: str | None = None) -> list[Case]:
    """Streams and single files of a folder; `only` is ``digital``, ``scanned`` or ``files``."""
    cases: list[Case] = []
    streams = directory / "streams" if (directory / "streams").is_dir() else directory
    for path in sorted(streams.glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        pdf = path.with_suffix(".pdf")
        if "groups" in truth and pdf.is_file():
            variant = "scanned" if truth.get("variant") == "scan" else "digital"
            cases.append(Case(variant, pdf, truth))
    labels = directory / "labels.jsonl"
    if labels.is_file():
        for line in labels.read_text("utf-8").splitlines():
            label = json.loads(line)
            group = {**label, "pages": list(range(label["pages"]))}
            truth = {"page_count": label["pages"], "groups": [group]}
            cases.append(Case("files", directory / label["file"], truth))
    return [case for case in cases if only in (None, case.set)]


def understand_cases(
    cases: Sequence[Case], *, cache_folder: Path, today: dt.date, processes: int = 2
) -> Iterator[Understood]:
    """What the models make of each case. A single file with XML inside comes twice."""
    longest_first = sorted(cases, key=lambda case: -case.truth["page_count"])
    if processes == 1:
        for case in longest_first:
            yield from _understand(case, cache_folder, today)
        return
    with ProcessPoolExecutor(processes) as pool:
        futures = [pool.submit(_understand, c, cache_folder, today) for c in longest_first]
        for future in futures:
            yield from future.result()


def _understand(case: Case, cache_folder: Path, today: dt.date) -> list[Understood]:
    try:
        pages, einvoice = pages_of(case.path, cache_folder)
    except Refused as refusal:
        return [Understood(case, [], refusal.code)]
    found = [Understood(case, _groups(pages, einvoice, today), None, einvoice is not None)]
    if einvoice is not None and case.set == "files":
        alone = replace(case, set=FROM_PAGES, with_xml=False)
        found.append(Understood(alone, _groups(pages, None, today)))
    return found


def _groups(
    pages: Sequence[PageText], einvoice: Reading | None, today: dt.date
) -> list[dict[str, Any]]:
    found = understand(pages, einvoice=einvoice, own=NO_ONE, today=today)
    return [
        {
            "pages": list(group.group.pages),
            "category": group.kind.category,
            "confidence": group.kind.confidence,
            "cut": group.group.cut.probability,
            **group.reading.to_json(),
        }
        for group in found.groups
    ]


def pages_of(path: Path, cache_folder: Path) -> tuple[list[PageText], Reading | None]:
    """What was read of a file, kept from one evaluation to the next; Refused if it cannot be."""
    kept = cache_folder / f"{sha256_of(path)}-{_reader()}.json"
    if kept.is_file():
        data = json.loads(kept.read_text("utf-8"))
    else:
        data = _read(path)
        cache_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = kept.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        new.replace(kept)
    einvoice = data["einvoice"]
    pages = [PageText.from_json(page) for page in data["pages"]]
    return pages, Reading.from_json(einvoice) if einvoice else None


def _read(path: Path) -> dict[str, Any]:
    sandbox = _sandbox()
    with tempfile.TemporaryDirectory(prefix="bannette-evaluate-") as folder:
        opened = open_file(sandbox, path, path.name, OPTIONS.limits, Path(folder))
        pages = []
        if opened.pdf_path is not None:
            numbers = range(len(opened.pages))
            pages = [p.text for p in read_pages(sandbox, opened.pdf_path, numbers, OPTIONS)]
    pages.sort(key=lambda page: page.number)
    return {
        "einvoice": opened.einvoice.to_json() if opened.einvoice else None,
        "pages": [page.to_json() for page in pages],
    }


@cache
def _sandbox() -> Sandbox:
    """One for this process; its template ends with it."""
    return Sandbox(languages=OPTIONS.languages, memory_mb=OPTIONS.limits.memory_mb)


@cache
def _reader() -> str:
    """A hash of the code that turns bytes into words, short enough for a file name."""
    here = Path(__file__).resolve().parent.parent
    paths = [
        p
        for name in READERS
        for p in ([here / name] if name.endswith(".py") else sorted((here / name).rglob("*.py")))
    ]
    digest = hashlib.sha256(json.dumps(OPTIONS.to_json()).encode())
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
