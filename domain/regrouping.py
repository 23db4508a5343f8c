"""A person's regrouping of pages: every page in exactly one place, or it is refused by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.documents import SetAside
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class WantedGroup:
    """Pages (their ids, in order) to be one document. None for what is not said."""

    pages: tuple[str, ...]
    category: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Regrouping:
    groups: tuple[WantedGroup, ...]
    set_aside: dict[str, SetAside]
    """Page id → reason."""


def regrouping(
    pages: Sequence[tuple[str, str]],
    groups: Sequence[WantedGroup],
    set_aside: Iterable[tuple[str, SetAside]],
) -> Regrouping:
    """The regrouping, with a number for every group; Invalid unless each page has one place.

    `pages` are all pages there are, as (id, what a person calls it). Numbers that are given are
    kept; when none is, groups are numbered in the order they come.
    """
    aside = list(set_aside)
    names = dict(pages)
    placed: list[str] = [page for group in groups for page in group.pages]
    placed += [page for page, _ in aside]
    unknown = sorted({page for page in placed if page not in names})
    if unknown:
        raise _wrong("These pages are not of this import", unknown)
    places = Counter(placed)
    twice = [name for page, name in pages if places[page] > 1]
    if twice:
        raise _wrong("These pages are in two places", twice)
    missing = [name for page, name in pages if page not in places]
    if missing:
        raise _wrong("These pages are nowhere", missing)
    if any(not group.pages for group in groups):
        raise Invalid("A group has at least one page.", code="empty_group", fields=["groups"])
    return Regrouping(_numbered(groups), dict(aside))


def _numbered(groups: Sequence[WantedGroup]) -> tuple[WantedGroup, ...]:
    given = [group.number for group in groups if group.number is not None]
    if not given:
        return tuple(
            WantedGroup(group.pages, group.category, number)
            for number, group in enumerate(groups, 1)
        )
    if len(given) != len(groups) or len(set(given)) != len(given) or min(given) < 1:
        raise Invalid(
            "Give every group a number of its own, or none of them.",
            code="group_numbers",
            fields=["groups"],
        )
    return tuple(groups)


def _wrong(what: str, pages: Sequence[str]) -> Invalid:
    shown = ", ".join(pages[:20]) + (" …" if len(pages) > 20 else "")
    return Invalid(
        f"{what}: {shown}.",
        code="pages_misplaced",
        advice="Every page belongs to one group, or is set aside with a reason.",
        fields=["groups", "set_aside"],
        pages=list(pages[:200]),
    )
