"""From the pages of a file to its documents: where each begins and what it is.

Pages are looked at once, in order, so that those of a long file need not be in memory together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from domain.covers import Separator
from domain.documents import Category, SetAside
from domain.groups import Alternative, Classification, Cut, ProposedGroup, Reordering, Split
from domain.text import PageText
from models.category_learning import LearntCategories, words_of
from models.classification import classify_clues
from models.sketches import sketch
from models.splitting import split

ANNOUNCED = "the sheet in front of it says so"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Groups with their category, and the pages that belong to none; numbers are of the file."""

    groups: tuple[tuple[ProposedGroup, Classification], ...]
    set_aside: dict[int, SetAside]
    alternatives: tuple[Alternative, ...] = ()
    """The next best ways to cut the file, likeliest first."""
    doubts: Mapping[int, Cut] = field(default_factory=dict)
    """Page → the cut that was not made there, though it well might have been."""
    reorderings: tuple[Reordering, ...] = ()


def propose(
    pages: Sequence[PageText], *, is_einvoice: bool, extra: LearntCategories | None = None
) -> Proposal:
    """Where documents begin in a file, and what each is.

    A file that carries the XML of an invoice is that invoice, whatever its pages look like.
    `extra` is what the organisation's own documents taught about categories.
    """
    sketches = [sketch(page) for page in pages]
    found = _one_invoice(pages) if is_einvoice else split(sketches)
    place = {seen.number: index for index, seen in enumerate(sketches)}
    groups = []
    for group in found.groups:
        places = [place[number] for number in group.pages]
        kind = _announced(found.introduced.get(group.pages[0]), extra)
        if kind is None:
            likeness = extra.likeness(words_of([pages[n] for n in places])) if extra else None
            kind = classify_clues([sketches[n].clues for n in places], likeness)
        groups.append((group, kind))
    return Proposal(
        tuple(groups), found.set_aside, found.alternatives, found.doubts, found.reorderings
    )


def _one_invoice(pages: Sequence[PageText]) -> Split:
    numbers = tuple(page.number for page in pages)
    cut = Cut(1.0, ("the file carries one electronic invoice",))
    return Split((ProposedGroup(numbers, cut),) if numbers else (), {})


def _announced(sheet: Separator | None, extra: LearntCategories | None) -> Classification | None:
    """What a cover sheet says, where it names a category that there is."""
    if sheet is None or sheet.category is None:
        return None
    if sheet.category in _categories() or (extra and sheet.category in extra.categories):
        return Classification(sheet.category, 1.0, reasons=(ANNOUNCED,))
    return None


@cache
def _categories() -> frozenset[str]:
    return frozenset(map(str, Category))
