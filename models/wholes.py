"""What a run of pages, taken as one document, says for or against being one.

Page numbers that are complete or contradict each other, and pages that are of different kinds: a
document has one category, so cuts and categories are decided together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domain.documents import Category
from models.evidence import heads_itself
from models.segmentation import Array
from models.sketches import Sketch

WHOLES: dict[str, float] = {
    # name: log-odds that these pages are one document, before anything was learnt
    "complete": 1.5,
    "totals_differ": -1.5,
    "more_than_announced": -2.0,
    "kinds_differ": -0.3,  # for each point by which no category explains all pages
}
NAMES = tuple(WHOLES)
INNER = 0.4
"""Pages that do not begin like documents say less of their kind."""
MOST_POINTS = 6.0


class Wholes:
    """Measures every run of these pages; `features` has a row for each first page."""

    def __init__(self, sketches: Sequence[Sketch]) -> None:
        self._numbers = np.array([s.page_number or 0 for s in sketches])
        self._totals = np.array([s.page_total or 0 for s in sketches])
        points = np.array([[s.points.get(c, 0.0) for c in Category] for s in sketches])
        lost = np.maximum(points - points.max(axis=1, keepdims=True), -MOST_POINTS)
        lost *= np.array([[1.0 if heads_itself(s) else INNER] for s in sketches])
        self._lost = np.vstack([np.zeros((1, len(Category))), np.cumsum(lost, axis=0)])
        self._contradicted = self._last_contradictions()

    def features(self, first: int, end: int) -> Array:
        """One row of `NAMES` for each run that begins at `first`…`end - 1` and ends before `end`."""
        starts = np.arange(first, end)
        lengths = end - starts
        totals = self._totals[first:end]
        last_total = self._totals[end - 1]
        complete = (totals > 1) & (self._numbers[first:end] == 1) & (lengths == totals)
        lost = (self._lost[end] - self._lost[first:end]).max(axis=1)
        return np.column_stack(
            (
                complete,
                starts <= self._contradicted[end - 1],
                (lengths > last_total) & (last_total > 0),
                -lost,
            )
        ).astype(np.float64)

    def _last_contradictions(self) -> Array:
        """For each page, the last one before it from which page totals differ within the run."""
        found = np.full(len(self._totals), -1)
        last = latest = -1
        for place, total in enumerate(self._totals):
            if total:
                if last >= 0 and self._totals[last] != total:
                    latest = last
                last = place
            found[place] = latest
        return found
