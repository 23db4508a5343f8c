"""Learns which of its candidates is the value of a field, and how sure to be.

One weight a feature, near the one set by hand; the right candidate of each paper, or that there is
none, shall be the likeliest. Papers lose features at random, as those of others never had them. On
a page that was read badly the right candidate is the one that stands where the value was printed:
whether its letters were read rightly is for the reader to doubt, not for the ranker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from domain.documents import Category
from domain.text import Box, PageText
from models.evaluation.comparing import same
from models.extraction.particulars import CHOSEN, proposed_on
from models.extraction.ranking import ABSENT, Candidate, Weights, choose
from models.extraction.rows import sheet_of
from models.segmentation import Array
from models.training.bounds import REACH, calibrate

TOWARDS_HAND = 0.1
"""Cost of moving a weight by its own size, where the likelihood of a paper is worth its logarithm."""
LOST = 0.15
"""Share of papers that never had what a feature tells, for each that speaks for a value."""
LACKING = 0.1
"""Share of papers whose value is taken away, so that nothing is chosen where there is none: drawn
papers lack hardly any.
"""
BY_HAND = frozenset({"supplier_name", "issue_date", "due_date"})
"""Fields whose weights stay as they were set by hand, because learnt ones read no paper better: only
how sure they make us is learnt (decision 0015).
"""
READ_LIKE_INVOICES = frozenset(
    {Category.PURCHASE_INVOICE, Category.CREDIT_NOTE, Category.RECEIPT, Category.SALES_INVOICE}
)


@dataclass(frozen=True, slots=True)
class Sample:
    """The candidates for a field of one paper, which of them are right, and whether the paper says
    the value at all.
    """

    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]
    absent: bool


def measure(
    category: str, truth: Mapping[str, Any], printed: Sequence[PageText], read: Sequence[PageText]
) -> dict[str, Sample]:
    """A sample for each field of a paper: `printed` are its pages without fault, `read` as read."""
    if category not in READ_LIKE_INVOICES:
        return {}
    proposed = _proposed(category, read)
    ideal = proposed if printed == read else _proposed(category, printed)
    return {
        name: _sample(name, truth.get(name), ideal[name], candidates)
        for name, candidates in proposed.items()
    }


def fit(samples: Sequence[Sample], by_hand: Mapping[str, float], random: Random) -> Weights:
    """The weights under which the right choices are likeliest."""
    names = tuple(by_hand)
    hand = np.array([by_hand[name] for name in names])
    able = [
        _without(s) if random.random() < LACKING else s for s in samples if s.absent or any(s.right)
    ]
    rows = [_table(sample, names, by_hand, random) for sample in able]
    table = np.concatenate(rows)
    right = np.concatenate([[*s.right, s.absent] for s in able]).astype(float)
    starts = np.cumsum([0, *(len(part) for part in rows[:-1])])
    sizes = [len(part) for part in rows]

    def cost(weights: Array) -> tuple[float, Array]:
        scores = table @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        shares = np.exp(scores)
        every = np.add.reduceat(shares, starts)
        good = np.add.reduceat(shares * right, starts)
        value = float(-np.log(good / every).mean())
        down = shares / np.repeat(every, sizes) - shares * right / np.repeat(good, sizes)
        off = (weights - hand) / np.abs(hand)
        value += TOWARDS_HAND * float(off @ off)
        slope = down @ table / len(able) + 2 * TOWARDS_HAND * off / np.abs(hand)
        return value, slope

    bounds = [sorted((REACH[0] * worth, REACH[1] * worth)) for worth in hand]
    found: Any = minimize(cost, hand, jac=True, method="L-BFGS-B", bounds=bounds)
    learnt = [round(float(worth), 3) for worth in found.x]
    return Weights(dict(zip(names, learnt, strict=True)))


def calibrated(samples: Sequence[Sample], weights: Weights) -> Weights:
    """The same weights, as sure as they were right on papers that they were not trained on."""
    said = [(odds, right) for odds, right in claims(samples, weights) if odds is not None]
    slope, offset = calibrate(said) if said else (weights.slope, weights.offset)
    return Weights(weights.features, slope, offset)


def claims(samples: Sequence[Sample], weights: Weights) -> list[tuple[float | None, bool]]:
    """For every paper the log-odds of what was chosen, None for nothing, and whether that is right."""
    found: list[tuple[float | None, bool]] = []
    for sample in samples:
        choice = choose(sample.candidates, weights)
        if choice is None:
            found.append((None, sample.absent))
            continue
        key = choice.candidate.key
        values = zip(sample.candidates, sample.right, strict=True)
        found.append((choice.odds, any(good and c.key == key for c, good in values)))
    return found


def learn(
    field: str, samples: Sequence[Sample], unseen: Sequence[Sample], seed: int
) -> tuple[dict[str, Any], dict[str, int]]:
    """What is written down of a field, and how many choices are wrong, by hand and as learnt."""
    by_hand = CHOSEN[field]
    fitted = fit(samples, by_hand, Random(seed))
    weights = calibrated(unseen, Weights(by_hand) if field in BY_HAND else fitted)
    return asdict(weights), {
        "papers": len(unseen),
        "wrong_by_hand": sum(not right for _, right in claims(unseen, Weights(by_hand))),
        "wrong_when_learnt": sum(not right for _, right in claims(unseen, fitted)),
    }


def _proposed(category: str, pages: Sequence[PageText]) -> dict[str, list[Candidate]]:
    return proposed_on(sheet_of(list(pages)), receipt=category == Category.RECEIPT)


def _sample(
    field: str, true: str | None, ideal: Sequence[Candidate], candidates: Sequence[Candidate]
) -> Sample:
    places = [_place(c) for c in ideal if true and same(field, c.value, true)]
    right = tuple(
        bool(true)
        and (same(field, c.value, true) or any(_overlap(_place(c), place) for place in places))
        for c in candidates
    )
    return Sample(tuple(candidates), right, not true)


def _place(candidate: Candidate) -> tuple[int, Box]:
    return candidate.row.page, candidate.row.box_of(candidate.start, candidate.end)


def _overlap(one: tuple[int, Box], other: tuple[int, Box]) -> bool:
    a, b = one[1], other[1]
    middle = (a.y0 + a.y1) / 2
    return one[0] == other[0] and b.y0 < middle < b.y1 and min(a.x1, b.x1) > max(a.x0, b.x0)


def _without(sample: Sample) -> Sample:
    """A paper as if it did not say the value."""
    left = [c for c, good in zip(sample.candidates, sample.right, strict=True) if not good]
    return Sample(tuple(left), (False,) * len(left), absent=True)


def _table(
    sample: Sample, names: Sequence[str], by_hand: Mapping[str, float], random: Random
) -> Array:
    """A row of features for each candidate, and one more for there being none."""
    lost = {name for name in names if by_hand[name] > 0 and random.random() < LOST} - {ABSENT}
    rows = [
        [0.0 if name in lost else float(c.features.get(name, 0.0)) for name in names]
        for c in sample.candidates
    ]
    rows.append([float(name == ABSENT) for name in names])
    return np.array(rows)
