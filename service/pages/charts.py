"""Charts as plain numbers: where bars and lines of a grid stand; templates draw them as SVG.

Nothing here knows colours or words. Positions are in the units of the drawing's own box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 200
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 10, 22
"""Room around the bars, for numbers and days."""
TICKS = 8
"""Days named below, at most."""


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: str
    place: int
    """Which of the labels it belongs to."""
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side, one for each series at each label."""

    bars: tuple[Bar, ...]
    grid: tuple[tuple[float, int], ...]
    """Heights of the lines of the grid, with the number each stands for."""
    ticks: tuple[tuple[float, str], ...]
    """Labels below, with where their middle is."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM


def columns(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """A chart of `series` (name, a value a label); the scale begins at nothing."""
    top = nice_ceiling(max((max(values, default=0) for _, values in series), default=0))
    high = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    thick = step * 0.8 / max(1, len(series))
    bars = [
        Bar(
            x=round(LEFT + place * step + step * 0.1 + number * thick, 2),
            y=round(HEIGHT - BOTTOM - high * value / top, 2),
            width=round(thick, 2),
            height=round(high * value / top, 2),
            series=name,
            place=place,
            value=value,
        )
        for number, (name, values) in enumerate(series)
        for place, value in enumerate(values)
        if value
    ]
    every = max(1, -(-len(labels) // TICKS))
    ticks = tuple(
        (round(LEFT + (place + 0.5) * step, 2), label)
        for place, label in enumerate(labels)
        if place % every == 0
    )
    grid = tuple(
        (round(HEIGHT - BOTTOM - high * part / 2, 2), top * part // 2)
        for part in range(3)
        if top * part % 2 == 0
    )
    return Chart(tuple(bars), grid, ticks)


def nice_ceiling(value: int) -> int:
    """The smallest of 1, 2, 4, 6, 8, 10, 20, 40 … that is not below `value`."""
    size = 1
    while True:
        for step in (1, 2, 4, 6, 8):
            if step * size >= value:
                return step * size
        size *= 10
