"""Groups: pages proposed as one document, and the page receipt.

Every page is at any moment in exactly one place: a group, or set aside with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.covers import Separator
from domain.documents import SetAside


@dataclass(frozen=True, slots=True)
class Cut:
    """Why a document begins here: probability that it does, and the reasons in words."""

    probability: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedGroup:
    """Pages of one file (0-based numbers) that look like one document, in the order they belong.

    They follow each other in the file, unless the reasons of the cut say that they were moved.
    """

    pages: tuple[int, ...]
    cut: Cut


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to cut a file: the first page of each document, and how likely it is."""

    starts: tuple[int, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Reordering:
    """Pages of one document, in the order they belong, that were fed in another. `made`: they are
    a group already; otherwise a person is asked.
    """

    pages: tuple[int, ...]
    made: bool


@dataclass(frozen=True, slots=True)
class Split:
    """A file cut into documents. `alternatives` are the next best ways, likeliest first."""

    groups: tuple[ProposedGroup, ...]
    set_aside: dict[int, SetAside]
    """Page number → reason, for blank and separator pages."""
    alternatives: tuple[Alternative, ...] = ()
    introduced: dict[int, Separator] = field(default_factory=dict)
    """First page of a group → what the separating sheet in front of it says."""
    doubts: dict[int, Cut] = field(default_factory=dict)
    """Page at which no document begins, though one well might → the cut that was not made."""
    reorderings: tuple[Reordering, ...] = ()


@dataclass(frozen=True, slots=True)
class Classification:
    category: str
    confidence: float
    runner_up: str | None = None
    sure: bool = True
    """False when the evidence is too thin: shown as a guess to check."""
    reasons: tuple[str, ...] = ()
    rule_id: str | None = None
    """The rule of the sender that says so; the runner-up is then what it looked like."""

    @property
    def looked_like(self) -> str:
        """The category without what was learnt of the sender."""
        return self.runner_up or self.category if self.rule_id else self.category


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the pages of an import are. It adds up, or something is badly wrong."""

    pages: int
    grouped: int
    set_aside: dict[str, int]
    pending: int = 0
    """Pages not read yet."""

    @property
    def adds_up(self) -> bool:
        return self.pages == self.grouped + sum(self.set_aside.values()) + self.pending


def receipt(places: Iterable[tuple[bool, str | None]]) -> Receipt:
    """The receipt of pages given as (is in a group, set-aside reason); neither means pending."""
    pages = grouped = pending = 0
    aside: dict[str, int] = {}
    for in_group, reason in places:
        pages += 1
        if in_group:
            grouped += 1
        elif reason:
            aside[reason] = aside.get(reason, 0) + 1
        else:
            pending += 1
    return Receipt(pages, grouped, aside, pending)
