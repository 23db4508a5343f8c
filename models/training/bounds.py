"""How far training may go from what was believed by hand, and how sure it may make us of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]

from models.segmentation import Array

REACH = (0.3, 1.6)
"""A weight may become this much of what it was by hand."""


def calibrate(said: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Slope and offset by which the log-odds claimed become those that came true (Platt).

    Never steeper than claimed: other people's paper is harder than any we draw.
    """
    odds = np.array([claimed for claimed, _ in said])
    true = np.array([float(right) for _, right in said])

    def cost(line: Array) -> tuple[float, Array]:
        z = line[0] * odds + line[1]
        value = np.logaddexp(0.0, z) - true * z
        off = 1 / (1 + np.exp(-z)) - true
        return float(value.mean()), np.array([(off * odds).mean(), off.mean()])

    found: Any = minimize(cost, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B",
                          bounds=[(0.2, 1.0), (-1.0, 0.0)])  # fmt: skip
    return round(float(found.x[0]), 3), round(float(found.x[1]), 3)
