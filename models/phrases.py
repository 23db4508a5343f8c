"""Phrases that give a document away: ``Facture n°``, ``Solde précédent``, ``Bon pour accord``.

The table says for which category each speaks and how loudly (3 near unique, 2 clear, 1 faint). A
phrase counts more as a title of its own, in larger letters or near the top, and less in the
footer, where every document mentions every other.
"""

from __future__ import annotations

import csv
import functools
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.text import PageText, Word
from models.extraction.texts import words

TABLE = Path(__file__).parent / "tables" / "phrases.csv"
POINTS = {3: 2.0, 2: 0.9, 1: 0.3}
LONGEST_LINE = 400  # words; a page of one endless line is somebody's idea of a joke


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase seen on a page. `kind` is finer than the category (a bank's details and a certificate
    are both *other*); `points` include the place.
    """

    category: str
    kind: str
    phrase: str
    points: float


def hits(page: PageText) -> list[Hit]:
    """Every phrase of the table on this page, the longest at each place."""
    table, longest = _table()
    lines = page.lines()
    usual = statistics.median(_height(line) for line in lines) if lines else 0.0
    found: list[Hit] = []
    for line in lines:
        tokens = [t for word in line[:LONGEST_LINE] for t in words(word.text)]
        at = 0
        while at < len(tokens):
            for length in range(min(longest, len(tokens) - at), 0, -1):
                entry = table.get(tuple(tokens[at : at + length]))
                if entry:
                    big = bool(usual) and _height(line) > usual * 1.35
                    alone = len(tokens) <= length + 3 and at <= 1
                    found += [_hit(e, line, alone=alone, big=big) for e in entry]
                    at += length
                    break
            else:
                at += 1
    return found


@dataclass(frozen=True, slots=True)
class _Entry:
    category: str
    kind: str
    phrase: str
    weight: int


def _hit(entry: _Entry, line: Sequence[Word], *, alone: bool, big: bool) -> Hit:
    top = line[0].box.y0
    factor = 1.25 if top < 0.35 else 0.5 if top > 0.88 else 1.0
    if alone:
        factor *= 1.6
    if big:
        factor *= 1.6
    return Hit(entry.category, entry.kind, entry.phrase, POINTS[entry.weight] * factor)


def _height(line: Sequence[Word]) -> float:
    return max(word.box.y1 - word.box.y0 for word in line)


@functools.cache
def _table() -> tuple[dict[tuple[str, ...], list[_Entry]], int]:
    table: dict[tuple[str, ...], list[_Entry]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            tokens = tuple(words(row["phrase"]))
            entries = table.setdefault(tokens, [])
            if all(e.category != row["category"] for e in entries):
                weight = int(row["weight"])
                entries.append(_Entry(row["category"], row["kind"], row["phrase"], weight))
    return table, max(map(len, table))
