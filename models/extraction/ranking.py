"""Chooses the value of a field among its candidates, and says how sure it is and why.

A candidate is a place on the paper that may say the value, described by named features; each feature
is worth so many log-odds. That the paper says no such value competes with them as `absent`. The modules
that propose candidates say what they believe a feature is worth; what training made of that is an
artefact (`models.training.fields`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from models import artefacts
from models.extraction.rows import Row
from models.extraction.texts import words

ARTEFACT = "fields"
ABSENT = "absent"
"""The name under which a table of weights says what it is worth that nothing is chosen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that stands at the characters `start:end` of a row, and what speaks for it."""

    value: str
    row: Row
    start: int
    end: int
    features: Mapping[str, float]

    @property
    def key(self) -> str:
        """What two candidates share that say the same."""
        return " ".join(words(self.value))


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds by feature; `slope` and `offset` turn those of a choice into the ones that came true
    on papers that were not trained on.
    """

    features: Mapping[str, float]
    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        features = {name: float(worth) for name, worth in data["features"].items()}
        return cls(features, float(data["slope"]), float(data["offset"]))

    def score(self, candidate: Candidate) -> float:
        """KeyError when a feature was named that nobody has weighed."""
        return sum(self.features[name] * much for name, much in candidate.features.items())


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate that was chosen and the log-odds, not yet set right, that its value is meant."""

    candidate: Candidate
    odds: float
    weights: Weights

    @property
    def chance(self) -> float:
        return 1 / (1 + math.exp(-(self.weights.slope * self.odds + self.weights.offset)))

    def reasons(self) -> list[tuple[str, float]]:
        """What was weighed, in log-odds, the loudest first."""
        found = [
            (name.replace("_", " "), self.weights.features[name] * much)
            for name, much in self.candidate.features.items()
            if much
        ]
        return sorted(found, key=lambda pair: -abs(pair[1]))


def choose(candidates: Sequence[Candidate], weights: Weights) -> Choice | None:
    """The best candidate of the value that is likeliest; None when it is likelier that there is none.

    Candidates that say the same strengthen each other.
    """
    if not candidates:
        return None
    scores = [weights.score(candidate) for candidate in candidates]
    values: dict[str, list[float]] = {}
    for candidate, score in zip(candidates, scores, strict=True):
        values.setdefault(candidate.key, []).append(score)
    together = {key: _sum(found) for key, found in values.items()}
    nothing = weights.features[ABSENT]
    likeliest = max(together, key=lambda key: together[key])
    if together[likeliest] < nothing:
        return None
    others = _sum([nothing, *(worth for key, worth in together.items() if key != likeliest)])
    best = max(
        (pair for pair in zip(candidates, scores, strict=True) if pair[0].key == likeliest),
        key=lambda pair: pair[1],
    )
    return Choice(best[0], together[likeliest] - others, weights)


def learnt(field: str, by_hand: Mapping[str, float]) -> Weights:
    """The weights that training arrived at. KeyError when a feature has been renamed since."""
    found = _artefact()[field]
    return Weights({name: found.features[name] for name in by_hand}, found.slope, found.offset)


@functools.cache
def _artefact() -> Mapping[str, Weights]:
    loaded = artefacts.load(ARTEFACT)
    return {field: Weights.from_json(data) for field, data in loaded.items()}


def _sum(odds: Sequence[float]) -> float:
    """The log-odds of one of several things being so."""
    most = max(odds)
    return most + math.log(sum(math.exp(one - most) for one in odds))
