"""`bannette evaluate DIR`: understand every file of a folder of truth, and print what was found."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.evaluation.cases import FROM_PAGES, find_cases, understand_cases
from models.evaluation.report import markdown, text
from models.evaluation.scores import Mistake, Score

WITH_FIELDS = ("purchase_invoice", "credit_note", "receipt")


def default_cache() -> Path:
    """Where readings are kept from one evaluation to the next."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bannette" / "readings"


def evaluate(
    directory: Path,
    *,
    only: str | None = None,
    cache_folder: Path | None = None,
    today: dt.date | None = None,
    processes: int = 2,
    predictions: Path | None = None,
) -> tuple[dict[str, Any], list[Mistake]]:
    """Everything measured on the folder, by set, and every mistake.

    `predictions` is a folder to write what was found in each stream to, as JSON beside its truth.
    """
    cases = find_cases(directory, only)
    if not cases:
        raise ValueError(f"{directory} holds neither streams with their truth nor labels.jsonl.")
    today = today or dt.datetime.now().astimezone().date()
    sets: dict[str, Score] = {}
    everything = Score()
    refused = []
    found = understand_cases(
        cases, cache_folder=cache_folder or default_cache(), today=today, processes=processes
    )
    for understood in found:
        case = understood.case
        name = case.path.name
        if understood.refused:
            refused.append({"file": name, "code": understood.refused})
        scores = [sets.setdefault(case.set, Score())]
        if case.set in ("digital", "scanned"):
            scores.append(sets.setdefault("streams", Score()))
        elif case.with_xml and (kind := case.truth["groups"][0]["category"]) in WITH_FIELDS:
            scores.append(sets.setdefault(f"{case.set}: {kind}", Score()))
        if case.with_xml:
            scores.append(everything)
        for score in scores:
            score.add(name, understood.groups, case.truth)
        if predictions is not None and case.set in ("digital", "scanned"):
            _write(predictions / case.path.with_suffix(".json").name, understood.groups)
    order = sorted(sets, key=_place)
    result = {
        "taken_on": today.isoformat(),
        "sets": {name: sets[name].result() for name in order},
        "all": everything.result(),
        "refused": refused,
    }
    mistakes = [m for name in order if name != "streams" and ": " not in name
                for m in sets[name].mistakes]  # fmt: skip
    return result, mistakes


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bannette evaluate", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--only", choices=("digital", "scanned", "files"))
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument("--markdown", action="store_true", help="the tables, for a document")
    parser.add_argument("--mistakes", nargs="?", const="", metavar="FIELD",
                        help="list what was read wrongly as well, of one field or of all")  # fmt: skip
    parser.add_argument("--predictions", type=Path, metavar="FOLDER",
                        help="also write what was found in each stream there")  # fmt: skip
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args(arguments)
    result, mistakes = evaluate(
        args.directory, only=args.only, processes=args.processes, predictions=args.predictions
    )
    if args.json:
        sys.stdout.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write((markdown if args.markdown else text)(result) + "\n")
        for refusal in result["refused"]:
            sys.stdout.write(f"refused: {refusal['file']} ({refusal['code']})\n")
    if args.mistakes is not None:
        for m in mistakes:
            if args.mistakes in ("", m.what):
                pages = ",".join(str(page) for page in m.pages)
                sys.stdout.write(
                    f"{m.what:16} {m.file} [{pages}] true {m.true!r} found {m.found!r} {m.state}\n"
                )
    return 0


def _place(name: str) -> tuple[int, str]:
    order = ("streams", "digital", "scanned", "files", FROM_PAGES)
    return order.index(name.partition(": ")[0]), name


def _write(path: Path, groups: list[dict[str, Any]]) -> None:
    """In the shape of the truth: each field as its bare value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [
        {
            "pages": group["pages"],
            "category": group["category"],
            "fields": {
                **{name: found["value"] for name, found in group["fields"].items()},
                "vat_lines": group["vat_lines"],
                "line_items": group["line_items"],
            },
        }
        for group in groups
    ]
    path.write_text(json.dumps({"groups": told}, ensure_ascii=False), "utf-8")
