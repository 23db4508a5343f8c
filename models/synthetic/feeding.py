"""How a pile of papers goes into the scanner: in order, on both sides, two piles at once, mixed up.

What comes out is the order in which sheets are fed; nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Feeding = Literal["plain", "separated", "duplex", "interleaved", "shuffled"]


@dataclass(frozen=True, slots=True)
class Slot:
    """Sheet `sheet` of document `document`; a blank when there is no document."""

    document: int | None = None
    sheet: int = 0


BLANK = Slot()


def feed(random: Random, counts: Sequence[int], feeding: Feeding) -> list[Slot]:
    """The sheets of documents that have `counts` sheets each, as they are fed.

    ``plain`` as they lie; ``separated`` with blank sheets between some; ``duplex`` with the blank
    backs of sheets printed on one side; ``interleaved`` from two piles that slid into each other;
    ``shuffled`` with sheets of some documents out of order or behind the next document.
    """
    piles = [[Slot(n, s) for s in range(count)] for n, count in enumerate(counts)]
    if feeding == "interleaved":
        return _merged(random, piles)
    if feeding == "shuffled":
        return _shuffled(random, piles)
    fed: list[Slot] = []
    for pile in piles:
        if feeding == "separated" and fed and random.random() < 0.08:
            fed.append(BLANK)
        fed += pile
        if feeding == "duplex" and len(pile) % 2:
            fed.append(BLANK)
    return fed


def _merged(random: Random, piles: list[list[Slot]]) -> list[Slot]:
    """Here and there two neighbours lie in each other, sheet by sheet."""
    fed: list[Slot] = []
    waiting = list(piles)
    while waiting:
        one = waiting.pop(0)
        if waiting and max(len(one), len(waiting[0])) > 1 and random.random() < 0.5:
            other = waiting.pop(0)
            for n in range(max(len(one), len(other))):
                fed += one[n : n + 1] + other[n : n + 1]
        else:
            fed += one
    return fed


def _shuffled(random: Random, piles: list[list[Slot]]) -> list[Slot]:
    fed: list[Slot] = []
    late: list[Slot] = []
    for found in piles:
        pile = found
        if len(pile) > 1 and random.random() < 0.4:
            how = random.choice(("reversed", "late", "swapped"))
            if how == "reversed":
                pile = pile[::-1]
            elif how == "swapped":
                at = random.randrange(len(pile) - 1)
                pile = [*pile[:at], pile[at + 1], pile[at], *pile[at + 2 :]]
            elif not late:
                fed += pile[:-1]
                late = pile[-1:]
                continue
        fed += pile + late
        late = []
    return fed + late
