"""Where each document of a stack begins.

Every pair of neighbouring pages is weighed (`evidence`), and so is every run of pages as a whole
(`wholes`), with weights learnt from drawn stacks. The best segmentation is chosen for the whole file
at once; each cut keeps the probability that it is right, over all segmentations, and its reasons;
the next best ones are kept for a person who sees that the first is wrong. Blank and separating
sheets are set aside, and pages out of order are put where they belong, or a person is asked whether
they do (`ordering`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Self

import numpy as np

from domain.covers import Separator
from domain.documents import SetAside
from domain.groups import Alternative, Cut, ProposedGroup, Reordering, Split
from models import artefacts, segmentation
from models.evidence import EVIDENCE, KIN, pair_evidence, reasons
from models.ordering import LIKELY, out_of_order, why
from models.segmentation import Array
from models.sketches import Sketch
from models.wholes import NAMES, WHOLES, Wholes

ARTEFACT = "splitting"
REASONS = 3
ALTERNATIVES = 4
DOUBTFUL = 0.02
"""Cuts that were not made are remembered from this probability on."""
FORCED = 60.0
"""Log-odds of a cut where a separating sheet lay."""
SEPARATED = "a separating sheet lies between"


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds by name of `EVIDENCE` and `WHOLES`; `slope` and `offset` turn the log-odds of a cut
    into those that came true on stacks that were not trained on.
    """

    cuts: Mapping[str, float]
    wholes: Mapping[str, float]
    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def untrained(cls) -> Self:
        return cls({name: value for name, (value, _) in EVIDENCE.items()}, WHOLES)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """KeyError when evidence has been renamed or added since."""
        return cls(
            {name: float(data["cuts"][name]) for name in EVIDENCE},
            {name: float(data["wholes"][name]) for name in NAMES},
            float(data["slope"]),
            float(data["offset"]),
        )


@functools.cache
def learnt() -> Weights:
    return Weights.from_json(artefacts.load(ARTEFACT))


def split(sketches: Sequence[Sketch], weights: Weights | None = None) -> Split:
    """Cut a file into documents, given a sketch of each of its pages in order.

    Documents whose pages lay out of order are taken out first, and what is left is cut as if they
    had never lain between it.
    """
    weights = weights or learnt()
    whole = _Stack(sketches)
    if not whole.pages:
        return Split((), whole.set_aside)
    said = {whole.pages[place].number: sheet for place, sheet in whole.separated.items()}
    of_whole = _Cutting(whole, weights)
    kinship = functools.partial(_kinship, weights)
    moved = out_of_order(whole.pages, kinship, whole.separated)
    groups, reorderings = [], []
    for document in moved:
        numbers = tuple(whole.pages[place].number for place in document)
        cut = of_whole.cut(min(document))
        groups.append(ProposedGroup(numbers, replace(cut, reasons=(why(document), *cut.reasons))))
        reorderings.append(Reordering(numbers, made=True))
    taken = {number for group in groups for number in group.pages}
    left = _Stack([seen for seen in sketches if seen.number not in taken]) if taken else whole
    doubts: dict[int, Cut] = {}
    if left.pages:
        of_left = _Cutting(left, weights) if taken else of_whole
        groups += of_left.groups()
        doubts = of_left.doubts()
        for document in out_of_order(left.pages, kinship, left.separated, LIKELY):
            numbers = tuple(left.pages[place].number for place in document)
            reorderings.append(Reordering(numbers, made=False))
    groups.sort(key=lambda group: min(group.pages))
    return Split(
        tuple(groups),
        whole.set_aside,
        of_whole.alternatives(),
        {group.pages[0]: said[min(group.pages)] for group in groups if min(group.pages) in said},
        doubts,
        tuple(reorderings),
    )


class _Cutting:
    """The best ways to cut a stack, and what speaks for each cut."""

    def __init__(self, stack: _Stack, weights: Weights) -> None:
        self._stack, self._weights = stack, weights
        self._contributions = [
            {name: weights.cuts[name] * times for name, times in found.items()}
            for found in stack.evidence()
        ]
        worth = np.array([sum(found.values()) for found in self._contributions], dtype=np.float64)
        worth[[place - 1 for place in stack.separated if place]] = FORCED
        of_run = np.array([weights.wholes[name] for name in NAMES])
        measured = Wholes(stack.pages)

        def wholes(first: int, end: int) -> Array:
            worth: Array = measured.features(first, end) @ of_run
            return worth

        self._best, *self._others = segmentation.best(worth, wholes, most=ALTERNATIVES + 1)
        self._found = segmentation.marginals(worth, wholes)

    def cut(self, start: int) -> Cut:
        if start == 0:
            return Cut(1.0, ("the first page of the file",))
        if start in self._stack.separated:
            return Cut(1.0, (SEPARATED,))
        claimed = _calibrated(float(self._found.cuts[start - 1]), self._weights)
        return Cut(claimed, reasons(self._contributions[start - 1].items(), REASONS))

    def groups(self) -> list[ProposedGroup]:
        pages = self._stack.pages
        return [
            ProposedGroup(tuple(page.number for page in pages[start:end]), self.cut(start))
            for start, end in pairwise((*self._best.starts, len(pages)))
        ]

    def doubts(self) -> dict[int, Cut]:
        """Page → the cut that was not made there, though one might have been."""
        inside = set(range(len(self._stack.pages))) - set(self._best.starts)
        cuts = {self._stack.pages[place].number: self.cut(place) for place in sorted(inside)}
        return {number: cut for number, cut in cuts.items() if cut.probability >= DOUBTFUL}

    def alternatives(self) -> tuple[Alternative, ...]:
        return tuple(
            Alternative(
                tuple(self._stack.pages[start].number for start in other.starts),
                round(math.exp(min(0.0, other.worth - self._found.total)), 4),
            )
            for other in self._others
        )


class _Stack:
    """The pages of a file that are somebody's, and what lay between them."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self.pages: list[Sketch] = []
        self.set_aside: dict[int, SetAside] = {}
        self.separated: dict[int, Separator] = {}
        """Place of the first page after a separating sheet → what the sheet says."""
        self._after_blank: set[int] = set()
        for seen in sketches:
            if seen.separator is not None:
                self.set_aside[seen.number] = SetAside.SEPARATOR
                self.separated[len(self.pages)] = seen.separator
            elif seen.blank:
                self.set_aside[seen.number] = SetAside.BLANK
                self._after_blank.add(len(self.pages))
            else:
                self.pages.append(seen)
        self.separated.pop(len(self.pages), None)

    def evidence(self) -> list[dict[str, float]]:
        return [
            pair_evidence(before, after, blank_between=place in self._after_blank)
            for place, (before, after) in enumerate(pairwise(self.pages), 1)
        ]


def pair_features(sketches: Sequence[Sketch]) -> tuple[list[Sketch], list[dict[str, float]]]:
    """The pages that are somebody's and the evidence between them: what training learns from."""
    stack = _Stack(sketches)
    return stack.pages, stack.evidence()


def _kinship(weights: Weights, one: Sketch, other: Sketch) -> float:
    found = pair_evidence(one, other, blank_between=False)
    return -sum(weights.cuts[name] * found[name] for name in found.keys() & KIN)


def _calibrated(probability: float, weights: Weights) -> float:
    inside = min(max(probability, 1e-9), 1 - 1e-9)
    odds = weights.slope * math.log(inside / (1 - inside)) + weights.offset
    return round(1 / (1 + math.exp(-odds)), 4)
