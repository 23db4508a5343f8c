"""The second invoice of a supplier: what one correction is worth.

    python benchmarks/learning.py [DIR] [--suppliers 60] [--scanned] [--seed 7]

A document is read, every wrong field is put right as a person would, and the next document of the
same supplier is read with what that taught. Counted are the fields that had been corrected: how many
are right on the second document without memory and with it; and the fields that were right without
it and are wrong with it. All suppliers share one memory, so that a supplier taken for another shows.

Drawn suppliers come from the paper mill (the same company and layout, other values). With DIR, real
documents of suppliers that occur several times, in the format of `bannette evaluate`.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.findings import Finding, Reading
from domain.rules import ActiveRule, Memory, Sender
from domain.suppliers import identity_of
from domain.text import PageText
from models.evaluation.cases import find_cases
from models.evaluation.comparing import same
from models.evaluation.readings import pages_of
from models.extraction.rows import sheet_of
from models.memory import Example, Paper, learn, letterhead_of, refined, sender_of
from models.understanding import NO_ONE, read_group

FIELDS = (
    "supplier_name",
    "supplier_vat_id",
    "supplier_siren",
    "invoice_number",
    "issue_date",
    "due_date",
    "currency",
    "net_total",
    "vat_total",
    "gross_total",
    "amount_due",
    "iban",
)
TODAY = dt.date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Seen:
    """A document with its truth, and whose it is."""

    supplier: str
    pages: tuple[PageText, ...]
    category: str
    truth: dict[str, str | None]
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
            for name in FIELDS
            if name not in seen.ignored
            and (true := seen.truth.get(name)) is not None
            and not same(name, reading.value(name), true)
        )
        put_right = {name: _person(seen.truth[name]) for name in wrong}
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
        )
        rules = {active.rule.field: active for active in sender.rules}
        for name in sorted(wrong):
            learnt = learn(example, name, self.examples[sender.id])
            if learnt is None:
                self.refused[f"{name}: nothing to learn"] += 1
            elif learnt.refused:
                self.refused[f"{name}: refused"] += 1
            else:
                rules[name] = ActiveRule(f"rul_{name}", learnt.rule)
        self.examples[sender.id].append(example)
        self.senders[sender.id] = replace(sender, rules=tuple(rules.values()))
        return wrong


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
    misses: list[str] = field(default_factory=list)


def score(documents: Iterable[Sequence[Seen]]) -> dict[str, Score]:
    """Scores by field, and over all of them under ``all``. Each item is one supplier's papers."""
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
            plain = read_group(seen.pages, seen.category, today=TODAY)
            learnt = read_group(seen.pages, seen.category, today=TODAY, memory=clerk.memory())
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
    for name in FIELDS:
        true = seen.truth.get(name)
        if name in seen.ignored or true is None:
            continue
        without = same(name, plain.value(name), true)
        with_rules = same(name, learnt.value(name), true)
        for s in (scores[name], scores["all"]):
            if name in past:
                s.corrected += 1
                s.without += without
                s.with_rules += with_rules
                if not with_rules:
                    found = learnt.fields.get(name)
                    what = f"{found.value!r} by {found.source}" if found else "nothing"
                    s.misses.append(f"{seen.supplier[:40]} {name}: {what} for {true!r}")
            else:
                s.untouched += 1
            s.spoilt += without and not with_rules


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


def show(title: str, scores: dict[str, Score]) -> None:
    print(f"\n### {title}\n")
    print("| field | corrected before | right without | right with | others | spoilt |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in (*FIELDS, "all"):
        s = scores.get(name, Score())
        print(
            f"| {name} | {s.corrected} | {_share(s.without, s.corrected)} | "
            f"{_share(s.with_rules, s.corrected)} | {s.untouched} | {s.spoilt} |"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--misses", action="store_true", help="print what is still wrong")
    args = parser.parse_args()
    cache_folder = Path.home() / ".cache" / "bannette" / "readings"
    if args.directory:
        scores = score(real(args.directory, cache_folder))
        show("Real documents", scores)
        if args.misses:
            print(*scores["all"].misses, sep="\n")


if __name__ == "__main__":
    main()
