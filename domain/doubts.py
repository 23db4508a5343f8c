"""What a person should look at before an import is validated: cuts, missing cuts and categories of
which the machine is not sure, in the order of the board.

A doubt is settled when a person has decided, either way; it stays in the list, so that one sees how
far one has come. A page that was moved away from its neighbours raises no doubt about its cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.board import Board, Group

SURE_CUT = 0.9
"""Where the machine cuts with less than this probability, or leaves together what it would cut with
more than one minus this, a person looks."""

About = Literal["cut", "no_cut", "category"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """`page` is the page before which there is a cut or none, or the first of a group whose
    category is in doubt.
    """

    about: About
    page: str
    settled: bool


def doubts(
    board: Board, cuts: Mapping[str, float], guesses: Mapping[tuple[str, ...], bool]
) -> list[Doubt]:
    """`cuts`: page → probability that a document begins there, where the machine said so;
    `guesses`: pages of a group → whether the machine was sure of its category.
    """
    before = _neighbours(board)
    found: list[Doubt] = []
    for group in board.groups:
        found += _of_cuts(group, board.begins, cuts, before)
        if guesses.get(group.pages) is False:
            found.insert(_after_first(found, group), Doubt("category", group.pages[0], group.said))
    return found


def _of_cuts(
    group: Group,
    begins: Mapping[str, bool],
    cuts: Mapping[str, float],
    before: Mapping[str, str | None],
) -> list[Doubt]:
    found = []
    for place, page in enumerate(group.pages):
        probability = cuts.get(page)
        if probability is None or before[page] is None:
            continue
        inside = place > 0
        if inside and group.pages[place - 1] != before[page]:
            continue
        # A cut or its absence that a person made is settled, and was in doubt if it was so before.
        if 1 - SURE_CUT < probability < SURE_CUT:
            found.append(Doubt("no_cut" if inside else "cut", page, page in begins))
    return found


def _after_first(found: Sequence[Doubt], group: Group) -> int:
    """Where the doubt about a group's category belongs: behind the one about its first cut."""
    inner = set(group.pages[1:])
    return next((at for at, doubt in enumerate(found) if doubt.page in inner), len(found))


def _neighbours(board: Board) -> dict[str, str | None]:
    """Page → the page that lies before it in the stack, those set aside left out."""
    last: str | None = None
    found: dict[str, str | None] = {}
    for page in board.order:
        found[page] = last
        if page not in board.aside:
            last = page
    return found
