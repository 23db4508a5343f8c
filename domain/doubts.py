"""What a person should look at before an import is validated: cuts, missing cuts and categories of
which the machine is not sure, and pages that lay out of order, in the order of the board.

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

About = Literal["cut", "no_cut", "category", "order", "no_order"]
"""`order`: pages that lay apart were put together; `no_order`: they might be, and were not."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """`page` is the page before which there is a cut or none, the first of a group whose category
    is in doubt, or the first of `pages`, which are in an order they did not lie in.
    """

    about: About
    page: str
    settled: bool
    pages: tuple[str, ...] = ()


def doubts(
    board: Board,
    cuts: Mapping[str, float],
    guesses: Mapping[tuple[str, ...], bool],
    orders: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Doubt]:
    """`cuts`: page → probability that a document begins there, where the machine said so;
    `guesses`: pages of a group → whether the machine was sure of its category; `orders`: the
    first page of each document whose pages were fed in another order → its pages, as they belong.
    """
    orders = orders or {}
    before = _neighbours(board)
    found: list[Doubt] = []
    for group in board.groups:
        for place, page in enumerate(group.pages):
            if page in orders and board.aside.keys().isdisjoint(orders[page]):
                found.append(_of_order(group.pages[place:], orders[page], board.begins))
            found += _of_cut(group, place, board.begins, cuts, before)
        if guesses.get(group.pages) is False:
            found.insert(_after_first(found, group), Doubt("category", group.pages[0], group.said))
    return found


def _of_order(lying: Sequence[str], pages: tuple[str, ...], begins: Mapping[str, bool]) -> Doubt:
    about: About = "order" if tuple(lying[: len(pages)]) == pages else "no_order"
    return Doubt(about, pages[0], all(page in begins for page in pages), pages)


def _of_cut(
    group: Group,
    place: int,
    begins: Mapping[str, bool],
    cuts: Mapping[str, float],
    before: Mapping[str, str | None],
) -> list[Doubt]:
    """The doubt about the cut before a page of a group, or about its absence, if there is one."""
    page, inside = group.pages[place], place > 0
    probability = cuts.get(page)
    if probability is None or before[page] is None:
        return []
    if inside and group.pages[place - 1] != before[page]:
        return []
    # A cut or its absence that a person made is settled, and was in doubt if it was so before.
    if 1 - SURE_CUT < probability < SURE_CUT:
        return [Doubt("no_cut" if inside else "cut", page, page in begins)]
    return []


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
