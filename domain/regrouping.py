"""How boards differ, and going from one to the other: what undo, redo and two people at once need.

Also a whole regrouping, as programs send it: every page in exactly one place, or refused by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from domain.board import Board, Group
from domain.documents import SetAside
from domain.errors import Conflict, Invalid

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Part:
    """What one of two boards has that the other has not. None: nothing is said of that page."""

    groups: tuple[Group, ...] = ()
    aside: Mapping[str, SetAside] = field(default_factory=dict)
    rotation: Mapping[str, int] = field(default_factory=dict)
    begins: Mapping[str, bool | None] = field(default_factory=dict)

    @property
    def pages(self) -> frozenset[str]:
        """Every page it speaks of."""
        grouped = (page for group in self.groups for page in group.pages)
        return frozenset((*grouped, *self.aside, *self.rotation, *self.begins))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            tuple(Group(tuple(g["pages"]), g["category"], g["said"]) for g in data["groups"]),
            {page: SetAside(reason) for page, reason in data["set_aside"].items()},
            data["rotation"],
            data["begins"],
        )


def difference(one: Board, other: Board) -> tuple[Part, Part]:
    """What `one` has that `other` has not, and the other way round."""
    return _beyond(one, other), _beyond(other, one)


def _beyond(one: Board, other: Board) -> Part:
    def differing(a: Mapping[str, Value], b: Mapping[str, Value]) -> list[str]:
        return [page for page in one.order if a.get(page) != b.get(page)]

    theirs = set(other.groups)
    return Part(
        tuple(group for group in one.groups if group not in theirs),
        {page: one.aside[page] for page in differing(one.aside, other.aside) if page in one.aside},
        {page: one.rotation.get(page, 0) for page in differing(one.rotation, other.rotation)},
        {page: one.begins.get(page) for page in differing(one.begins, other.begins)},
    )


def reverted(board: Board, now: Part, then: Part) -> Board:
    """The board with `now` replaced by `then`; Conflict unless `now` still stands as it was."""
    groups = {group.pages: group for group in board.groups}
    stands = (
        all(
            group.pages in groups
            # A category that was only guessed may have been guessed anew.
            and (not group.said or groups[group.pages].category == group.category)
            for group in now.groups
        )
        and all(board.aside.get(page) == reason for page, reason in now.aside.items())
        and all(board.rotation.get(page, 0) == turn for page, turn in now.rotation.items())
        and all(board.begins.get(page) == said for page, said in now.begins.items())
    )
    if not stands:
        raise Conflict(
            "The same pages were changed since.",
            code="changed_since",
            advice="Take back the later change first.",
        )
    gone = {group.pages for group in now.groups}
    kept = tuple(group for group in board.groups if group.pages not in gone)
    aside = {page: reason for page, reason in board.aside.items() if page not in now.aside}
    rotation = {**board.rotation, **then.rotation}
    begins = {**board.begins, **then.begins}
    return replace(
        board,
        groups=(*kept, *then.groups),
        aside={**aside, **then.aside},
        rotation={page: turn for page, turn in rotation.items() if turn},
        begins={page: said for page, said in begins.items() if said is not None},
    ).sorted()


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """Pages (their ids, in order) to be one document. None for what is not said."""

    pages: tuple[str, ...]
    category: str | None = None


def regrouping(
    board: Board,
    names: Mapping[str, str],
    groups: Sequence[WantedGroup],
    set_aside: Iterable[tuple[str, SetAside]],
) -> Board:
    """The board with all its pages grouped anew; Invalid unless each page has one place.

    `names` are what a person calls each page. A group of which nothing is said is taken for what
    its first page was part of.
    """
    aside = list(set_aside)
    placed: list[str] = [page for group in groups for page in group.pages]
    placed += [page for page, _ in aside]
    unknown = sorted({page for page in placed if page not in names})
    if unknown:
        raise _wrong("These pages are not of this import", unknown)
    places = Counter(placed)
    twice = [names[page] for page in board.order if places[page] > 1]
    if twice:
        raise _wrong("These pages are in two places", twice)
    missing = [names[page] for page in board.order if page not in places]
    if missing:
        raise _wrong("These pages are nowhere", missing)
    if any(not group.pages for group in groups):
        raise Invalid("A group has at least one page.", code="empty_group", fields=["groups"])
    made = tuple(_made(board, group) for group in groups)
    return replace(board, groups=made, aside=dict(aside)).sorted()


def _made(board: Board, wanted: WantedGroup) -> Group:
    home = board.group_of(wanted.pages[0])
    if home is None:
        return Group(wanted.pages, wanted.category or "other", said=wanted.category is not None)
    if home.pages == wanted.pages and wanted.category in (None, home.category):
        return home
    inherited = home.said and home.pages[0] == wanted.pages[0]
    return Group(
        wanted.pages, wanted.category or home.category, said=bool(wanted.category) or inherited
    )


def _wrong(what: str, pages: Sequence[str]) -> Invalid:
    shown = ", ".join(pages[:20]) + (" …" if len(pages) > 20 else "")
    return Invalid(
        f"{what}: {shown}.",
        code="pages_misplaced",
        advice="Every page belongs to one group, or is set aside with a reason.",
        fields=["groups", "set_aside"],
        pages=list(pages[:200]),
    )
