"""Learns what titles, phrases and shapes are worth for sorting, and how sure to be.

One weight a kind of evidence, the same for every category: there is nothing in it that belongs to
the wording of drawn paper. As for splitting, weights stay near those set by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from domain.documents import Category
from models.classification import SURE, WEIGHTS, classify_clues, evidence
from models.clues import Clues
from models.segmentation import Array
from models.training.bounds import REACH
from models.training.mail import Drawn

NAMES = tuple(name for name in WEIGHTS if name != "sharpness")
CATEGORIES = tuple(map(str, Category))
TOWARDS_HAND = 0.005
NO_TITLE = 0.3
"""Share of documents whose title is not known to us, so that the rest is learnt as well."""
UNKNOWN_WORDS = (0.0, 1.0)
"""Between these shares of its phrases are in words that we do not know, for each document."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A document to learn from: evidence by category and name, and which categories are right."""

    evidence: Array
    right: Array


def measure(random: Random, document: Drawn) -> Sample:
    unknown = random.uniform(*UNKNOWN_WORDS)
    clues = [
        replace(clues, hits=tuple(hit for hit in clues.hits if random.random() >= unknown))
        for clues in _clues(document)
    ]
    hidden = random.random() < NO_TITLE
    table = np.zeros((len(CATEGORIES), len(NAMES)))
    for found in evidence(clues):
        if not (hidden and "title" in found.name):
            place = CATEGORIES.index(found.category), NAMES.index(found.name)
            table[place] += found.amount
    return Sample(table, np.array([float(c in document.accepted) for c in CATEGORIES]))


def fit(samples: Sequence[Sample]) -> dict[str, float]:
    """The weights under which the right categories are likeliest, the sharpness among them."""
    tables = np.array([sample.evidence for sample in samples])
    right = np.array([sample.right for sample in samples])
    hand = np.array([WEIGHTS[name] * WEIGHTS["sharpness"] for name in NAMES])

    def cost(weights: Array) -> tuple[float, Array]:
        chances = _softmax(tables @ weights)
        true = (chances * right).sum(axis=1, keepdims=True)
        wanted = chances * right / np.maximum(true, 1e-12)
        slope = np.einsum("nc,ncf->f", chances - wanted, tables) / len(samples)
        off = (weights - hand) / hand
        value = -float(np.log(np.maximum(true, 1e-12)).mean())
        return value + TOWARDS_HAND * float(off @ off), slope + 2 * TOWARDS_HAND * off / hand

    bounds = [(REACH[0] * value, REACH[1] * value) for value in hand]
    found: Any = minimize(cost, hand, jac=True, method="L-BFGS-B", bounds=bounds)
    # Points stay in the measure in which they were thought of; the sharpness carries the rest.
    sharpness = float(found.x.sum() / sum(WEIGHTS[name] for name in NAMES))
    learnt = {name: round(float(v / sharpness), 3) for name, v in zip(NAMES, found.x, strict=True)}
    return {**learnt, "sharpness": round(sharpness, 3)}


def measure_claims(documents: Sequence[Drawn], weights: dict[str, float]) -> dict[str, int]:
    """How many were sorted rightly, and how many of those said to be sure; for the report."""
    kinds = [(classify_clues(_clues(d), weights=weights), d.accepted) for d in documents]
    right = [kind.category in accepted for kind, accepted in kinds]
    sure = [ok for (kind, _), ok in zip(kinds, right, strict=True) if kind.confidence >= SURE]
    return {
        "documents": len(kinds),
        "wrong": len(right) - sum(right),
        "sure": len(sure),
        "sure_and_wrong": len(sure) - sum(sure),
    }


def _clues(document: Drawn) -> list[Clues]:
    return [page.clues for page in document.sketches]


def _softmax(scores: Array) -> Array:
    shares: Array = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
