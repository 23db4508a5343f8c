"""The second invoice of a supplier: what one correction is worth.

    python benchmarks/learning.py [DIR] [--suppliers 60] [--scanned] [--seed 7]

A document is read, every wrong field is put right as a person would, and the next document of the
same supplier is read with what that taught. Counted are the fields that had been corrected: how many
are right on the second document without memory and with it; and the fields that were right without
it and are wrong with it. All suppliers share one memory, so that a supplier taken for another shows.

Drawn suppliers come from the paper mill (the same company and layout, other values). With DIR, real
documents of suppliers that occur several times, in the format of `bannette evaluate`.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import argparse
import datetime as dt
import random as random_module
import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pymupdf

from domain.findings import Finding, LineItem, Reading, VatLine
from domain.rules import ActiveRule, Memory, Sender
from domain.suppliers import identity_of
from domain.text import PageText
from models.evaluation.cases import find_cases
from models.evaluation.comparing import same
from models.evaluation.judging import FIELDS, LINES
from models.evaluation.readings import pages_of
from models.extraction.rows import sheet_of
from models.memory import (
    Example,
    Paper,
    agreement,
    learn,
    learn_list,
    letterhead_of,
    refined,
    sender_of,
    with_rules,
)
from models.memory.lists import shown
from models.memory.tables import Lines
from models.synthetic import commerce
from models.synthetic.content import Content, draw_content
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, draw_look
from models.synthetic.paper import Paper as DrawnPaper
from models.synthetic.parties import Company, draw_company
from models.synthetic.scanner import scan_page
from models.understanding import NO_ONE, read_group

TODAY = dt.date(2026, 11, 22)
ALL = (*FIELDS, *LINES)


@dataclass(frozen=True, slots=True)
class Seen:
    """A document with its truth, and whose it is."""

    supplier: str
    pages: tuple[PageText, ...]
    category: str
    truth: dict[str, Any]
    ignored: frozenset[str] = frozenset()


@dataclass(slots=True)
class Clerk:
    """Somebody who puts every wrong field right, and the memory that learns from it."""

    senders: dict[str, Sender] = field(default_factory=dict)
    examples: dict[str, list[Example]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)

    def memory(self) -> Memory:
        return Memory(tuple(self.senders.values()))

    def correct(self, seen: Seen, reading: Reading) -> frozenset[str]:
        """Put the document right; which fields that took."""
        wrong = frozenset(
            name
            for name in ALL
            if name not in seen.ignored
            and seen.truth.get(name) is not None
            and not _right(name, reading, seen.truth[name])
        )
        put_right = {name: _person(seen.truth[name]) for name in wrong if name not in LINES}
        corrected = replace(reading, fields={**reading.fields, **put_right})
        words = letterhead_of(seen.pages[0], NO_ONE)
        sender = sender_of(seen.pages, identity_of(corrected), self.memory(), NO_ONE)
        if sender is None:
            sender = Sender(f"snd_{len(self.senders)}", identity_of(corrected), words)
        else:
            sender = replace(sender, letterhead=refined(sender.letterhead, words))
        example = Example(
            f"doc_{sum(map(len, self.examples.values()))}",
            Paper.of(sheet_of(list(seen.pages))),
            {name: value for name in FIELDS if (value := seen.truth.get(name)) is not None},
            {name: _lines(name, value) for name in LINES if (value := seen.truth.get(name))},
        )
        rules = {active.rule.field: active for active in sender.rules}
        for name in sorted(wrong):
            before = rules[name].rule if name in rules else None
            past = self.examples[sender.id]
            if name in LINES:
                learnt = learn_list(example, name, past)
            else:
                learnt = learn(example, name, past, before=before)
            if learnt is None:
                self.refused[f"{name}: nothing to learn"] += 1
            elif learnt.refused:
                self.refused[f"{name}: refused"] += 1
            else:
                rules[name] = ActiveRule(f"rul_{name}", learnt.rule)
        self.examples[sender.id].append(example)
        self.senders[sender.id] = replace(sender, rules=tuple(rules.values()))
        return wrong


def _right(name: str, reading: Reading, true: Any) -> bool:
    """Whether a field, or every line of a list, is what it should be: amounts, and for goods the
    quantities and prices as far as the paper shows them.
    """
    if name not in LINES:
        return same(name, reading.value(name), true)
    return bool(agreement(name, getattr(reading, name), _lines(name, true)) == 1.0)


def _lines(name: str, lines: Sequence[dict[str, Any]]) -> Lines:
    """Lines as people give them; a rate that taxes nothing is left out, as papers do."""
    if name == "vat_lines":
        return tuple(VatLine(**line) for line in lines if Decimal(line["amount"]))
    return tuple(LineItem(**line) for line in lines)


def _person(value: str | None) -> Finding:
    assert value is not None
    return Finding(value, 1.0, "corrected", "person")


@dataclass(slots=True)
class Score:
    corrected: int = 0
    without: int = 0
    with_rules: int = 0
    spoilt: int = 0
    untouched: int = 0
    rows_without: float = 0.0
    rows_with: float = 0.0
    misses: list[str] = field(default_factory=list)


def score(documents: Iterable[Sequence[Seen]], *, blind: bool = False) -> dict[str, Score]:
    """Scores by field, and over all of them under ``all``. Each item is one supplier's papers.

    A `blind` reader finds nothing by itself: every field is corrected, and rules alone are tried.
    """
    clerk = Clerk()
    scores: dict[str, Score] = defaultdict(Score)
    papers = list(documents)
    corrected: dict[tuple[int, int], frozenset[str]] = {}
    for turn in range(max(map(len, papers), default=0)):
        # Everybody's first papers come before anybody's second: the memory is full when it counts.
        for number, of_supplier in enumerate(papers):
            if turn >= len(of_supplier):
                continue
            seen = of_supplier[turn]
            memory = clerk.memory()
            if blind:
                plain = Reading({})
                learnt = with_rules(plain, seen.pages, memory, own=NO_ONE)
            else:
                plain = read_group(seen.pages, seen.category, today=TODAY)
                learnt = read_group(seen.pages, seen.category, today=TODAY, memory=memory)
            if turn:
                past = frozenset().union(*(corrected[number, n] for n in range(turn)))
                _count(scores, seen, plain, learnt, past)
            corrected[number, turn] = clerk.correct(seen, learnt)
    for name, count in clerk.refused.items():
        print(f"  not learnt: {name}: {count}")
    return scores


def _count(
    scores: dict[str, Score], seen: Seen, plain: Reading, learnt: Reading, past: frozenset[str]
) -> None:
    for name in ALL:
        true = seen.truth.get(name)
        if name in seen.ignored or not true:
            continue
        without = _right(name, plain, true)
        with_rules = _right(name, learnt, true)
        for s in (scores[name], scores["all"]):
            if name in past:
                s.corrected += 1
                if name in LINES:
                    s.rows_without += agreement(name, getattr(plain, name), _lines(name, true))
                    s.rows_with += agreement(name, getattr(learnt, name), _lines(name, true))
                s.without += without
                s.with_rules += with_rules
                if not with_rules:
                    s.misses.append(f"{seen.supplier[:40]} {name}: {_told(learnt, name, true)}")
            else:
                s.untouched += 1
            s.spoilt += without and not with_rules


def _told(reading: Reading, name: str, true: Any) -> str:
    if name in LINES:
        by = reading.list_readers.get(name, "words")
        return f"{shown(getattr(reading, name))!r} by {by} for {shown(_lines(name, true))!r}"
    found = reading.fields.get(name)
    return f"{found.value!r} by {found.source} for {true!r}" if found else f"nothing for {true!r}"


# --- where papers come from -----------------------------------------------------------------------


def real(directory: Path, cache_folder: Path) -> Iterator[list[Seen]]:
    """The single files of a folder by supplier, of whom there is more than one paper."""
    found: dict[str, list[Seen]] = defaultdict(list)
    for case in find_cases(directory, "files"):
        label: dict[str, Any] = case.truth["groups"][0]
        truth = label.get("fields") or {}
        name = truth.get("supplier_name")
        if not name:
            continue
        pages, _ = pages_of(case.path, cache_folder)
        found[name.casefold()].append(
            Seen(name, tuple(pages), label["category"], truth, frozenset(label["ignore_fields"]))
        )
    yield from (papers for papers in found.values() if len(papers) > 1)


COUNTRIES = ("FR", "FR", "FR", "CH", "BE", "DE", "GB", "NL")
TURNS = 3


def drawn(
    folder: Path, cache_folder: Path, *, suppliers: int, seed: int, scanned: bool
) -> Iterator[list[Seen]]:
    """Three invoices each of drawn suppliers, all to the same company."""
    buyer = draw_company(Random(f"{seed} buyer"), "FR")
    for n in range(suppliers):
        company = draw_company(Random(f"{seed} {n}"), COUNTRIES[n % len(COUNTRIES)])
        papers = list(_papers(f"{seed} {n}", company, buyer))
        pdf, counts = pymupdf.open(), [len(paper.sheets) for paper in papers]
        for paper in papers:
            for sheet in paper.sheets:
                sheet.write(pdf)
        if scanned:
            pictures, random = pymupdf.open(), Random(f"{seed} {n} scanner")
            for number in range(pdf.page_count):
                scan_page(random, pdf[number]).lay(pictures)
            pdf = pictures
        path = folder / f"supplier-{n}.pdf"
        path.write_bytes(pdf.tobytes(garbage=0, no_new_id=True))
        pages, _ = pages_of(path, cache_folder)
        first = 0
        seen = []
        for paper, count in zip(papers, counts, strict=True):
            of_paper = tuple(pages[first : first + count])
            truth = {k: v for k, v in (paper.fields or {}).items() if k in ALL and v}
            seen.append(Seen(company.name, of_paper, paper.category, truth,
                             frozenset(paper.ignore_fields)))  # fmt: skip
            first += count
        yield seen


class Steady(Random):
    """The same choice wherever it is made again, however often others were made in between.

    What is drawn depends on the line of code that asks and on how often it has asked, so that a
    supplier with more lines on the second invoice does not choose other labels for it.
    """

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self._seed, self._asked = seed, Counter[str]()

    def random(self) -> float:
        return self._own().random()

    def getrandbits(self, k: int, /) -> int:
        return self._own().getrandbits(k)

    def _own(self) -> Random:
        frame = sys._getframe(2)  # noqa: SLF001 - who asks is the point
        while frame.f_back is not None and frame.f_code.co_filename == random_module.__file__:
            frame = frame.f_back
        name = f"{self._seed} {frame.f_code.co_filename}:{frame.f_lineno}"
        self._asked[name] += 1
        return Random(f"{name} {self._asked[name]}")


def _papers(seed: str, company: Company, buyer: Company) -> Iterator[DrawnPaper]:
    """Invoices of one supplier: the paper stays, what is written on it changes.

    The mill draws another look for every paper, so its look, labels and layout are kept from the
    first one here, and its numbers run on.
    """
    kept: dict[str, Any] = {}

    def look(random: Random, *args: Any, **how: Any) -> Look:
        return replace(draw_look(random, *args, **how), _labels=kept.setdefault("labels", {}))

    def content(look_: Look, *args: Any, **how: Any) -> Content:
        turn = len(kept.setdefault("contents", []))
        own = replace(look_, random=Random(f"{seed} content {turn}"))
        made = draw_content(own, *args, **how)
        if turn:
            first: Content = kept["contents"][0]
            made = replace(
                made,
                number=_next_number(Random(f"{seed} number {turn}"), first.number),
                due=made.issued + (first.due - first.issued),
                days=first.days,
                shows_due=first.shows_due,
                customer=first.customer,
            )
        kept["contents"].append(made)
        return made

    with patch.object(commerce, "draw_look", look), patch.object(commerce, "draw_content", content):
        layout = Layout(Random(f"{seed} layout"))
        for _ in range(TURNS):
            yield commerce.draw_commercial(
                Steady(f"{seed} look"), "purchase_invoice", company, buyer, layout=layout
            )


def _next_number(random: Random, number: str) -> str:
    """Another number of the same series: its last run of digits is another."""
    runs = list(re.finditer(r"\d+", number))
    if not runs:
        return number + "2"
    last = runs[-1]
    digits = "".join(random.choice("123456789") for _ in last[0])
    return number[: last.start()] + digits + number[last.end() :]


def show(title: str, scores: dict[str, Score]) -> None:
    print(f"\n### {title}\n")
    print("| field | corrected before | right without | right with | others | spoilt |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in (*ALL, "all"):
        s = scores.get(name, Score())
        print(
            f"| {name} | {s.corrected} | {_share(s.without, s.corrected)} | "
            f"{_share(s.with_rules, s.corrected)} | {s.untouched} | {s.spoilt} |"
        )

    for name in LINES:
        s = scores.get(name, Score())
        print(
            f"\n{name}, line by line: {_share(s.rows_without, s.corrected)} right without, "
            f"{_share(s.rows_with, s.corrected)} with"
        )


def _share(part: float, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--suppliers", type=int, default=60, help="how many to draw (60)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scanned", action="store_true", help="draw them as scans")
    parser.add_argument("--blind", action="store_true", help="only what rules find")
    parser.add_argument("--misses", action="store_true", help="print what is still wrong")
    args = parser.parse_args()
    cache_folder = Path.home() / ".cache" / "bannette" / "readings"
    if args.directory:
        title, scores = (
            "Real documents",
            score(real(args.directory, cache_folder), blind=args.blind),
        )
    else:
        kind = "scanned" if args.scanned else "digital"
        title = f"Drawn suppliers, {kind}: {args.suppliers}, {TURNS} invoices each"
        with tempfile.TemporaryDirectory() as folder:
            papers = drawn(
                Path(folder),
                cache_folder,
                suppliers=args.suppliers,
                seed=args.seed,
                scanned=args.scanned,
            )
            scores = score(list(papers), blind=args.blind)
    show(title, scores)
    if args.misses:
        print(*scores["all"].misses, sep="\n")


if __name__ == "__main__":
    main()
