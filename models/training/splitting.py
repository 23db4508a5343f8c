"""Learns what evidence is worth, over whole piles: which segmentation is right, not which pair.

The weights are those under which the true segmentation of each pile is likeliest among all
segmentations (a semi-Markov conditional random field, fitted by L-BFGS). They are drawn towards the
weights set by hand and may not go far from them, nor change sign: their words stay true, evidence
that drawn paper lacks keeps its place, and what drawn paper has too regularly is not believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from models.evidence import EVIDENCE
from models.segmentation import Array, Marginals, marginals
from models.splitting import Weights, pair_features
from models.training.bounds import REACH
from models.training.mail import Pile
from models.wholes import NAMES, WHOLES, Wholes

PAIRS = tuple(EVIDENCE)
TOWARDS_HAND = 0.1
"""Cost of moving a weight by its own size, where the likelihood of a pile is worth its logarithm."""
LEAST_SIZE = 0.5
ITERATIONS = 60
SURE = 0.99


@dataclass(frozen=True, slots=True)
class Measured:
    """A pile as numbers: a row of pair evidence between pages, and a table of wholes by last page."""

    pairs: Array
    wholes: tuple[Array, ...]
    starts: tuple[int, ...]


def measure(pile: Pile) -> Measured:
    pages, evidence = pair_features(pile.sketches)
    pairs = np.array([[found.get(name, 0.0) for name in PAIRS] for found in evidence])
    whole = Wholes(pages)
    rows = tuple(whole.features(0, end) for end in range(1, len(pages) + 1))
    return Measured(pairs.reshape(-1, len(PAIRS)), rows, pile.starts)


def fit(piles: Sequence[Measured]) -> Weights:
    """The weights that explain the piles best, near those set by hand."""
    hand = np.array([*(EVIDENCE[name][0] for name in PAIRS), *WHOLES.values()])
    size = np.maximum(np.abs(hand), LEAST_SIZE)
    bounds = [
        (None, None) if name == "prior" else sorted((REACH[0] * value, REACH[1] * value))
        for name, value in zip((*PAIRS, *NAMES), hand, strict=True)
    ]

    def cost(weights: Array) -> tuple[float, Array]:
        value, slope = 0.0, np.zeros_like(weights)
        for pile in piles:
            one, down = _likelihood(pile, weights)
            value -= one
            slope -= down
        off = (weights - hand) / size
        value = value / len(piles) + TOWARDS_HAND * float(off @ off)
        return value, slope / len(piles) + 2 * TOWARDS_HAND * off / size

    found = minimize(
        cost, hand, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": ITERATIONS}
    )
    learnt = [round(float(value), 3) for value in found.x]
    return Weights(
        dict(zip(PAIRS, learnt, strict=False)), dict(zip(NAMES, learnt[len(PAIRS) :], strict=True))
    )


def _likelihood(pile: Measured, weights: Array) -> tuple[float, Array]:
    """The log-likelihood of the true segmentation of a pile, and its gradient."""
    cuts, worth, found = _summed(pile, weights)
    before = np.concatenate(([0.0], cuts))
    value = -found.total
    expected = np.zeros(len(NAMES))
    for end, rows in enumerate(pile.wholes, 1):
        odds = found.forward[:end] + before[:end] + worth[end - 1] + found.backward[end]
        expected += np.exp(odds - found.total) @ rows
    true = np.zeros(len(NAMES))
    ends = [*pile.starts[1:], len(pile.wholes)]
    for start, end in zip(pile.starts, ends, strict=True):
        true += pile.wholes[end - 1][start]
        value += float(before[start] + worth[end - 1][start])
    right = np.zeros(len(cuts))
    right[[start - 1 for start in pile.starts[1:]]] = 1.0
    slope = np.concatenate(((right - found.cuts) @ pile.pairs, true - expected))
    return value, slope


def _summed(pile: Measured, weights: Array) -> tuple[Array, list[Array], Marginals]:
    """What cuts and wholes of a pile are worth, and the sums over its segmentations."""
    cuts: Array = pile.pairs @ weights[: len(PAIRS)]
    worth: list[Array] = [rows @ weights[len(PAIRS) :] for rows in pile.wholes]

    def wholes(first: int, end: int) -> Array:
        return worth[end - 1][first:]

    return cuts, worth, marginals(cuts, wholes)


def claims(piles: Sequence[Measured], weights: Weights) -> list[tuple[float, bool]]:
    """Every place between two pages: the log-odds of a cut there, and whether there is one."""
    row = np.array([*(weights.cuts[n] for n in PAIRS), *(weights.wholes[n] for n in NAMES)])
    said: list[tuple[float, bool]] = []
    for pile in piles:
        _, _, found = _summed(pile, row)
        inside = np.clip(found.cuts, 1e-9, 1 - 1e-9)
        odds = np.log(inside / (1 - inside))
        said += [(float(o), n in pile.starts) for n, o in enumerate(odds, 1)]
    return said


def measure_claims(said: Sequence[tuple[float, bool]], weights: Weights) -> dict[str, Any]:
    """How often cuts came true, by the least probability claimed; for the report of training."""
    chances = [1 / (1 + math.exp(-(weights.slope * o + weights.offset))) for o, _ in said]
    cuts = [(chance, right) for chance, (_, right) in zip(chances, said, strict=True)]
    sure = [right for chance, right in cuts if chance >= SURE]
    return {
        "places": len(cuts),
        "wrong": sum((chance >= 0.5) != right for chance, right in cuts),
        "sure": len(sure),
        "sure_and_wrong": len(sure) - sum(sure),
    }
