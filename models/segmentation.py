"""The likeliest ways to cut a row of pages into documents, and how likely each cut is.

A segmentation is worth the sum of its cuts and of its wholes (what speaks for a run of pages being
one document). Dynamic programming over the last cut finds the best ones exactly; the same sums, over
all segmentations instead of the best, give the probability of each cut. What cuts and wholes are
worth is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_PAGES = 200
"""Longest document looked for; longer ones come out in pieces of this size."""

Array = npt.NDArray[np.float64]
Wholes = Callable[[int, int], Array]
"""`wholes(first, end)`: worth of the documents that end before page `end` and begin at each of
`first`…`end - 1`."""


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Where documents begin, 0 first, and the sum that speaks for it."""

    starts: tuple[int, ...]
    worth: float


def best(cuts: Array, wholes: Wholes, *, most: int = 1) -> list[Segmentation]:
    """The `most` best segmentations of ``len(cuts) + 1`` pages, best first.

    `cuts[i]` is worth of a cut before page ``i + 1``.
    """
    count = len(cuts) + 1
    worths = np.full((count + 1, most), -np.inf)
    worths[0, 0] = 0.0
    came: list[list[tuple[int, int]]] = [[(0, 0)]]
    for end in range(1, count + 1):
        first = max(0, end - MOST_PAGES)
        options = worths[first:end] + (wholes(first, end) + _before(cuts, first, end))[:, None]
        flat = options.ravel()
        order = np.argsort(-flat, kind="stable")[:most]
        worths[end, : len(order)] = flat[order]
        came.append([(first + int(at) // most, int(at) % most) for at in order])
    found = []
    for rank in range(most):
        if not np.isfinite(worths[count, rank]):
            break
        starts: list[int] = []
        end, place = count, rank
        while end:
            end, place = came[end][place]
            starts.append(end)
        found.append(Segmentation(tuple(starts[::-1]), float(worths[count, rank])))
    return found


@dataclass(frozen=True, slots=True)
class Marginals:
    """`cuts[i]`: probability of a cut before page ``i + 1``. `forward` and `backward` are the log
    sums over all segmentations of the pages before and from each place; `total` is that of all.
    """

    cuts: Array
    forward: Array
    backward: Array

    @property
    def total(self) -> float:
        return float(self.forward[-1])


def marginals(cuts: Array, wholes: Wholes) -> Marginals:
    """Sums over every segmentation; arguments as of `best`."""
    count = len(cuts) + 1
    steps = []
    forward = np.full(count + 1, -np.inf)
    forward[0] = 0.0
    for end in range(1, count + 1):
        first = max(0, end - MOST_PAGES)
        step = wholes(first, end) + _before(cuts, first, end)
        steps.append((first, step))
        forward[end] = _log_sum(forward[first:end] + step)
    backward = np.full(count + 1, -np.inf)
    backward[count] = 0.0
    for end in range(count, 0, -1):
        first, step = steps[end - 1]
        backward[first:end] = np.logaddexp(backward[first:end], step + backward[end])
    inner = forward[1:-1] + backward[1:-1] - forward[count]
    return Marginals(np.exp(np.minimum(inner, 0.0)), forward, backward)


def _before(cuts: Array, first: int, end: int) -> Array:
    """Worth of the cut in front of each of these pages; the first page of all needs none."""
    return np.concatenate(([0.0], cuts))[first:end]


def _log_sum(values: Array) -> float:
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum()))
