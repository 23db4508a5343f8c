"""Files with their truth, and what the models make of them.

What was read is kept (`models.evaluation.readings`); understanding it is done anew each time. Files
are shared among a few processes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from domain.errors import Refused
from domain.findings import Reading
from domain.text import PageText
from models.evaluation.readings import pages_of, strong_pages_of
from models.strong.strengthening import Strengthen
from models.understanding import NO_ONE, as_it_is, understand

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
    """What the models say of a case: groups as `bannette read --json` tells them, or the code of a
    refusal.
    """

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
    cases: Sequence[Case],
    *,
    cache_folder: Path,
    today: dt.date,
    processes: int = 2,
    strong: bool = True,
) -> Iterator[Understood]:
    """What the models make of each case. A single file with XML inside comes twice."""
    longest_first = sorted(cases, key=lambda case: -case.truth["page_count"])
    if processes == 1:
        for case in longest_first:
            yield from _understand(case, cache_folder, today, strong)
        return
    with ProcessPoolExecutor(processes) as pool:
        futures = [pool.submit(_understand, c, cache_folder, today, strong) for c in longest_first]
        for future in futures:
            yield from future.result()


def _understand(case: Case, cache_folder: Path, today: dt.date, strong: bool) -> list[Understood]:
    try:
        pages, einvoice = pages_of(case.path, cache_folder)
    except Refused as refusal:
        return [Understood(case, [], refusal.code)]
    strengthen = strong_pages_of(case.path, cache_folder) if strong else as_it_is
    groups = _groups(pages, einvoice, today, strengthen)
    found = [Understood(case, groups, None, einvoice is not None)]
    if einvoice is not None and case.set == "files":
        alone = replace(case, set=FROM_PAGES, with_xml=False)
        found.append(Understood(alone, _groups(pages, None, today, strengthen)))
    return found


def _groups(
    pages: Sequence[PageText], einvoice: Reading | None, today: dt.date, strengthen: Strengthen
) -> list[dict[str, Any]]:
    found = understand(pages, einvoice=einvoice, own=NO_ONE, today=today, strengthen=strengthen)
    return [
        {
            "pages": list(group.group.pages),
            "category": group.kind.category,
            "confidence": group.kind.confidence,
            "sure": group.kind.sure,
            "guess": asdict(group.kind),
            "cut": asdict(group.group.cut),
            **group.reading.to_json(),
        }
        for group in found.groups
    ]
