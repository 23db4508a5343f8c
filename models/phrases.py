"""Phrases that give a document away: ``Facture n°``, ``Solde précédent``, ``Bon pour accord``.

The table says for which category each speaks and how loudly (3 near unique, 2 clear, 1 faint). A
phrase counts more as a title of its own, in larger letters or near the top, and less in the
footer, where every document mentions every other.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from models.extraction.texts import words
from models.page_lines import Lines, is_movement

TABLE = Path(__file__).parent / "tables" / "phrases.csv"
POINTS = {3: 2.0, 2: 0.9, 1: 0.3}


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase seen on a page. `kind` is finer than the category (a bank's details and a certificate
    are both *other*); `points` include the place.
    """

    category: str
    kind: str
    phrase: str
    points: float


def hits(page: Lines) -> list[Hit]:
    """Every phrase of the table on this page outside an account's movements, the longest at each
    place.
    """
    table = _table()
    found: list[Hit] = []
    for line in page.outside:
        if is_movement(line):
            continue  # what was paid for is named there, not what this paper is
        tokens = line.tokens
        at = 0
        while at < len(tokens):
            for phrase, entries in table.get(tokens[at], ()):
                length = len(phrase)
                if tokens[at : at + length] == phrase:
                    big = line.height > page.usual_height * 1.35
                    alone = len(tokens) <= length + 3 and at <= 1
                    found += [_hit(entry, line.top, alone=alone, big=big) for entry in entries]
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


def _hit(entry: _Entry, top: float, *, alone: bool, big: bool) -> Hit:
    factor = 1.25 if top < 0.35 else 0.5 if top > 0.88 else 1.0
    if alone:
        factor *= 1.6
    if big:
        factor *= 1.6
    return Hit(entry.category, entry.kind, entry.phrase, POINTS[entry.weight] * factor)


@functools.cache
def _table() -> dict[str, list[tuple[tuple[str, ...], list[_Entry]]]]:
    """By their first word, the phrases that begin with it, the longest first."""
    phrases: dict[tuple[str, ...], list[_Entry]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            entries = phrases.setdefault(tuple(words(row["phrase"])), [])
            if all(entry.category != row["category"] for entry in entries):
                weight = int(row["weight"])
                entries.append(_Entry(row["category"], row["kind"], row["phrase"], weight))
    table: dict[str, list[tuple[tuple[str, ...], list[_Entry]]]] = {}
    for phrase in sorted(phrases, key=len, reverse=True):
        table.setdefault(phrase[0], []).append((phrase, phrases[phrase]))
    return table
