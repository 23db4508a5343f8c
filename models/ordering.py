"""Pages that were fed in another order than they belong: put together on strong evidence only.

A stack that fell, two stacks that were shuffled into one, a duplex feeder that turned the sheets
round: page 2 of 3 lies behind the next invoice, or before page 1. Pages are moved only when they say
of how many they are, when together they are exactly all of them, and when they name the same
document. Whatever is less certain is left where it lies, for a person to see.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.sketches import Sketch

MOVED = "its pages lay apart and are numbered as one document"
TURNED = "its pages lay in another order than their numbers"
FAR = 60
"""Pages further apart than this were never one sheet after the other."""


@dataclass(frozen=True, slots=True)
class Run:
    """Places of pages, in the order in which they belong, and why if that is not how they lay."""

    places: tuple[int, ...]
    reasons: tuple[str, ...] = ()


def put_together(
    pages: Sequence[Sketch], runs: Sequence[Run], walls: Collection[int] = ()
) -> list[Run]:
    """The runs, with those joined and turned that are one numbered document, by their first page.

    Nothing is brought over a wall: the place of a page that somebody laid a sheet in front of.
    """
    of_place = {place: run.places for run in runs for place in run.places}
    documents = [
        document
        for document in _complete(pages)
        if document not in of_place.values()
        and not any(min(document) < wall <= max(document) for wall in walls)
    ]
    while True:
        spoken_for = {place for document in documents for place in document}
        # A page that says nothing of its place would have to be left behind, so nothing is moved.
        safe = [
            document
            for document in documents
            if all(other in spoken_for for place in document for other in of_place[place])
        ]
        if len(safe) == len(documents):
            break
        documents = safe
    kept = [run for run in runs if not spoken_for & set(run.places)]
    moved = [
        Run(document, (MOVED if max(document) - min(document) >= len(document) else TURNED,))
        for document in documents
    ]
    return sorted([*kept, *moved], key=lambda run: min(run.places))


def _complete(pages: Sequence[Sketch]) -> list[tuple[int, ...]]:
    """Documents of which every page is there, as places in the order of their numbers."""
    of_total: dict[int, list[int]] = defaultdict(list)
    for place, page in enumerate(pages):
        if page.page_total and page.page_total > 1 and page.page_number:
            of_total[page.page_total].append(place)
    found = [d for total, places in of_total.items() for d in _documents(pages, total, places)]
    counts = Counter(place for document in found for place in document)
    return [document for document in found if all(counts[place] == 1 for place in document)]


def _documents(pages: Sequence[Sketch], total: int, places: Sequence[int]) -> list[tuple[int, ...]]:
    """Complete documents of `total` pages among these: one page of each number, all of one name."""
    done: list[tuple[int, ...]] = []
    for first in (place for place in places if pages[place].page_number == 1):
        chosen = [first]
        for number in range(2, total + 1):
            like = [
                place
                for place in places
                if pages[place].page_number == number
                and abs(place - first) <= FAR
                and _same_document(pages[first], pages[place])
            ]
            if len(like) != 1:
                break
            chosen += like
        rivals = [p for p in places if p != first and pages[p].page_number == 1
                  and _same_document(pages[first], pages[p])]  # fmt: skip
        if len(chosen) == total and not rivals:
            done.append(tuple(chosen))
    return done


def _same_document(one: Sketch, other: Sketch) -> bool:
    """Whether two pages name the same document: its number, or a number of it and its sender."""
    if one.document_number and other.document_number:
        return one.document_number == other.document_number
    if one.identifiers and other.identifiers and not one.identifiers & other.identifiers:
        return False
    same_sender = bool(
        one.identifiers & other.identifiers or one.contacts & other.contacts
        or len(one.head & other.head) >= 3 or len(one.foot & other.foot) >= 4
    )  # fmt: skip
    return same_sender and bool(one.references & other.references)
