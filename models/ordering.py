"""Pages that were fed in another order than they belong: put together on strong evidence only.

A stack that fell, two stacks that were shuffled into one, a duplex feeder that turned the sheets
round: page 2 of 3 lies behind the next invoice, or before page 1. Pages are brought together only when
they say of how many they are, when together they are exactly all of them, and when each is nearer
kin to the others than to any page that might take its place. What makes pages kin is weighed
elsewhere (`evidence`). What is only likely is left where it lies, and a person is asked.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from models.sketches import Sketch

MOVED = "its pages lay apart and are numbered as one document"
TURNED = "its pages lay in another order than their numbers"
FAR = 60
"""Pages further apart than this were never one sheet after the other."""
IN_PLACE = 2.0
"""What it is worth to lie where one belongs."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How near kin pages must be, and by how much nearer the chosen page than the next."""

    kinship: float
    clearly: float


SURE = Bar(1.0, 1.0)
LIKELY = Bar(-0.7, 0.0)
"""Enough to ask a person."""

Kinship = Callable[[Sketch, Sketch], float]
"""Log-odds that two pages are of one document, wherever they lie."""


def out_of_order(
    pages: Sequence[Sketch], kinship: Kinship, walls: Collection[int] = (), bar: Bar = SURE
) -> list[tuple[int, ...]]:
    """The documents whose pages lie apart or turned round, as places in the order of their numbers.

    Nothing is brought over a wall: the place of a page that somebody laid a sheet in front of.
    """
    found = [document for numbered in _numbered(pages) for document in _documents(
        pages, numbered, kinship, bar)]  # fmt: skip
    counts = Counter(place for document in found for place in document)
    return [
        document
        for document in sorted(found)
        if document != tuple(range(document[0], document[0] + len(document)))
        and all(counts[place] == 1 for place in document)
        and not any(min(document) < wall <= max(document) for wall in walls)
    ]


def why(document: Sequence[int]) -> str:
    """In words, how the pages of a document that was out of order lay."""
    return MOVED if max(document) - min(document) >= len(document) else TURNED


def _numbered(pages: Sequence[Sketch]) -> Iterator[list[list[int]]]:
    """For each number of pages, the places of pages 1, of pages 2 and so on; all there are."""
    of_total: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, page in enumerate(pages):
        if page.page_total and page.page_total > 1 and page.page_number:
            of_total[page.page_total][page.page_number].append(place)
    for total, of_number in of_total.items():
        if len(of_number) == total:
            yield [of_number[number] for number in range(1, total + 1)]


def _documents(
    pages: Sequence[Sketch], numbered: Sequence[Sequence[int]], kinship: Kinship, bar: Bar
) -> Iterator[tuple[int, ...]]:
    """Complete documents of a number of pages: page 1 and each later page are each other's best."""

    @functools.cache
    def kin(first: int, later: int) -> float:
        if abs(first - later) > FAR:
            return -FAR
        in_place = pages[later].page_number == later - first + 1
        return kinship(pages[first], pages[later]) + IN_PLACE * in_place

    firsts = numbered[0]
    for first in firsts:
        chosen = [first]
        for places in numbered[1:]:
            later = max(places, key=lambda place: kin(first, place))
            rivals = [kin(first, p) for p in places if p != later]
            rivals += [kin(f, later) for f in firsts if f != first]
            if kin(first, later) < max([bar.kinship, *(rival + bar.clearly for rival in rivals)]):
                break
            chosen.append(later)
        if len(chosen) == len(numbered):
            yield tuple(chosen)
