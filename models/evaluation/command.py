"""`bannette evaluate`: understand files whose truth is known, print what was found, show the rest."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.evaluation.cases import FROM_PAGES, Case, find_cases, understand_cases
from models.evaluation.drawn import drawn_set
from models.evaluation.html import write_report
from models.evaluation.judging import Group, JudgedFile, judge
from models.evaluation.mistakes import OVERCONFIDENT, Mistake, mistakes_in
from models.evaluation.report import exceptions, markdown, text
from models.evaluation.scores import Score

WITH_FIELDS = ("purchase_invoice", "credit_note", "receipt")
STREAMS = ("digital", "scanned")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`result` is everything counted, as plain JSON; `files` is what was counted, by file name."""

    result: dict[str, Any]
    files: tuple[tuple[Case, JudgedFile], ...]

    def mistakes(self) -> list[Mistake]:
        """What went wrong, the gravest first."""
        return mistakes_in(judged for _, judged in self.files)


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
    strong: bool = True,
) -> Evaluation:
    """Everything measured on the folder, by set. ValueError when it holds no truth.

    `predictions` is a folder to write what was found in each stream to, as JSON beside its truth.
    """
    cases = find_cases(directory, only)
    if not cases:
        raise ValueError(f"{directory} holds neither streams with their truth nor labels.jsonl.")
    today = today or dt.datetime.now().astimezone().date()
    refused = []
    files = []
    for understood in understand_cases(
        cases,
        cache_folder=cache_folder or default_cache(),
        today=today,
        processes=processes,
        strong=strong,
    ):
        case = understood.case
        if understood.refused:
            refused.append({"file": case.path.name, "code": understood.refused})
        files.append((case, judge(case.path.name, case.set, understood.groups, case.truth)))
        if predictions is not None and case.set in STREAMS:
            _write(predictions / case.path.with_suffix(".json").name, understood.groups)
    files.sort(key=lambda pair: (_place(pair[0].set), pair[0].path))
    return Evaluation({"taken_on": today.isoformat(), **_counted(files), "refused": refused},
                      tuple(files))  # fmt: skip


def _counted(files: Sequence[tuple[Case, JudgedFile]]) -> dict[str, Any]:
    sets: dict[str, Score] = {}
    everything = Score()
    for case, judged in files:
        names = [case.set]
        if case.set in STREAMS:
            names.append("streams")
        elif case.with_xml and (kind := case.truth["groups"][0]["category"]) in WITH_FIELDS:
            names.append(f"{case.set}: {kind}")
        for score in [sets.setdefault(name, Score()) for name in names]:
            score.add(judged)
        if case.with_xml:
            everything.add(judged)
    judged_files = [judged for case, judged in files if case.with_xml]
    return {
        "sets": {name: sets[name].result() for name in sorted(sets, key=_place)},
        "languages": _slices(judged_files, _languages),
        "suppliers": _slices(judged_files, _seen_or_not),
        "all": everything.result(),
        "exceptions": _exceptions(judged_files),
    }


def _exceptions(files: Sequence[JudgedFile]) -> list[dict[str, Any]]:
    """What was claimed as certain and is wrong, counted by kind, set and field."""
    found = Counter(
        (str(mistake.kind), mistake.file.set, mistake.what)
        for mistake in mistakes_in(files)
        if mistake.kind in OVERCONFIDENT
    )
    return [{"kind": kind, "set": set_, "what": what, "n": n}
            for (kind, set_, what), n in found.items()]  # fmt: skip


def _slices(
    files: Sequence[JudgedFile], names: Callable[[Sequence[JudgedFile]], Iterable[Any]]
) -> dict[str, Any]:
    """Scores of the documents that `names` puts under a name, apart by set."""
    scores: dict[str, Score] = {}
    for set_ in dict.fromkeys(file.set for file in files):
        of_set = [file for file in files if file.set == set_]
        found = sorted(names(of_set), key=lambda pair: pair[0])
        for name, document in found:
            scores.setdefault(f"{name}, {set_}", Score()).add_document(document)
    return {name: scores[name].result() for name in scores}


def _languages(files: Sequence[JudgedFile]) -> Iterator[tuple[str, Any]]:
    for file in files:
        for document in file.documents:
            if language := document.truth.get("language"):
                yield str(language), document


def _seen_or_not(files: Sequence[JudgedFile]) -> Iterator[tuple[str, Any]]:
    """A supplier is *seen* from its second document in the same set on."""
    known: set[str] = set()
    for file in files:
        for document in file.documents:
            if supplier := document.supplier:
                yield "seen" if supplier in known else "unseen", document
                known.add(supplier)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bannette evaluate", description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--drawn", action="store_true",
                        help="on the frozen set of drawn stacks, rather than on a folder")  # fmt: skip
    parser.add_argument("--only", choices=("digital", "scanned", "files"))
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    parser.add_argument("--markdown", action="store_true", help="the tables, for a document")
    parser.add_argument("--html", type=Path, metavar="FOLDER",
                        help="also write what went wrong there, with pages and boxes")  # fmt: skip
    parser.add_argument("--mistakes", nargs="?", const="", metavar="FIELD",
                        help="list what was read wrongly as well, of one field or of all")  # fmt: skip
    parser.add_argument("--predictions", type=Path, metavar="FOLDER",
                        help="also write what was found in each stream there")  # fmt: skip
    parser.add_argument("--no-strong", action="store_true", help="without the strong reader")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    args = parser.parse_args(arguments)
    if args.drawn == (args.directory is not None):
        parser.error("name a folder of truth, or say --drawn")
    with drawn_set() if args.drawn else contextlib.nullcontext(args.directory) as directory:
        found = evaluate(
            directory,
            only=args.only,
            processes=args.processes,
            predictions=args.predictions,
            strong=not args.no_strong,
        )
        if args.html is not None:
            write_report(args.html, found.result, found.files, default_cache())
    _print(found, args)
    return 0


def _print(found: Evaluation, args: argparse.Namespace) -> None:
    say = sys.stdout.write
    if args.json:
        say(json.dumps(found.result, indent=1, ensure_ascii=False) + "\n")
    else:
        say((markdown if args.markdown else text)(found.result) + "\n")
        for refusal in found.result["refused"]:
            say(f"refused: {refusal['file']} ({refusal['code']})\n")
        if not args.markdown:
            say(exceptions(found.mistakes()))
    if args.mistakes is not None:
        for mistake in found.mistakes():
            if args.mistakes in ("", mistake.what):
                say(f"{mistake}\n")
    if args.html is not None and not args.json:
        say(f"\nWhat went wrong, page by page: {args.html / 'index.html'}\n")


def _place(name: str) -> tuple[int, str]:
    order = ("streams", "digital", "scanned", "files", FROM_PAGES)
    return order.index(name.partition(": ")[0]), name


def _write(path: Path, groups: Sequence[Group]) -> None:
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
