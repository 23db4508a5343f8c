"""Where each document of a stack begins.

Every pair of neighbouring pages is weighed (`evidence`), and so is every run of pages as a whole
(`wholes`), with weights learnt from drawn stacks. The best segmentation is chosen for the whole file
at once; each cut keeps the probability that it is right, over all segmentations, and its reasons;
the next best ones are kept for a person who sees that the first is wrong. Blank and separating
sheets are set aside, and pages out of order are put where they belong (`ordering`).
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
from domain.groups import Alternative, Cut, ProposedGroup, Split
from models import artefacts, segmentation
from models.evidence import EVIDENCE, pair_evidence, reasons
from models.ordering import Run, put_together
from models.segmentation import Array
from models.sketches import Sketch
from models.wholes import NAMES, WHOLES, Wholes

ARTEFACT = "splitting"
REASONS = 3
ALTERNATIVES = 4
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
    """Cut a file into documents, given a sketch of each of its pages in order."""
    weights = weights or learnt()
    stack = _Stack(sketches)
    if not stack.pages:
        return Split((), stack.set_aside)
    contributions = [
        {name: weights.cuts[name] * times for name, times in found.items()}
        for found in stack.evidence()
    ]
    worth = np.array([sum(found.values()) for found in contributions], dtype=np.float64)
    worth[[place - 1 for place in stack.separated if place]] = FORCED
    of_run = np.array([weights.wholes[name] for name in NAMES])
    measured = Wholes(stack.pages)

    def wholes(first: int, end: int) -> Array:
        worth: Array = measured.features(first, end) @ of_run
        return worth

    best, *others = segmentation.best(worth, wholes, most=ALTERNATIVES + 1)
    found = segmentation.marginals(worth, wholes)

    def cut(start: int) -> Cut:
        if start == 0:
            return Cut(1.0, ("the first page of the file",))
        if start in stack.separated:
            return Cut(1.0, (SEPARATED,))
        claimed = _calibrated(float(found.cuts[start - 1]), weights)
        return Cut(claimed, reasons(contributions[start - 1].items(), REASONS))

    groups = []
    introduced = {}
    runs = _runs(best.starts, len(stack.pages))
    for run in put_together(stack.pages, runs, walls=stack.separated):
        numbers = tuple(stack.pages[place].number for place in run.places)
        first = cut(min(run.places))
        groups.append(
            ProposedGroup(numbers, replace(first, reasons=(*run.reasons, *first.reasons)))
        )
        if (said := stack.separated.get(run.places[0])) is not None:
            introduced[numbers[0]] = said
    return Split(
        tuple(groups),
        stack.set_aside,
        tuple(
            Alternative(
                tuple(stack.pages[start].number for start in other.starts),
                round(math.exp(min(0.0, other.worth - found.total)), 4),
            )
            for other in others
        ),
        introduced,
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


def _runs(starts: Sequence[int], count: int) -> list[Run]:
    ends = [*starts[1:], count]
    return [Run(tuple(range(start, end))) for start, end in zip(starts, ends, strict=True)]


def _calibrated(probability: float, weights: Weights) -> float:
    inside = min(max(probability, 1e-9), 1 - 1e-9)
    odds = weights.slope * math.log(inside / (1 - inside)) + weights.offset
    return round(1 / (1 + math.exp(-odds)), 4)
