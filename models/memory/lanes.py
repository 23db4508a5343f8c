"""Columns found from their numbers: where the values that somebody gave stand below one another.

A value may be printed in several places of a page; the column is where most of a list's values end,
or begin, at the same distance from the margin. What the columns are for is the business of `lists`.
"""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.printed.numbers import Number
from domain.rules import Lane
from domain.text import Box
from models.extraction.rows import Row
from models.extraction.texts import words

ALIGNED = 0.012
"""How far the numbers of one column may end apart, in widths of the page."""
MOST_SPOTS = 12
MOST_TRIED = 10
"""Lines whose numbers propose where a column is."""
ENOUGH = 0.6
"""Share of the lines whose value must stand in a column for it to be one."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A number on a row, with its box."""

    row: Row
    number: Number
    box: Box


Numbers = Mapping[int, Sequence[Spot]]
"""The numbers of each row, by its index."""


def printed_lines(
    rows: Numbers, lines: Sequence[Any], holds: Mapping[str, str]
) -> list[tuple[Any, Spot]]:
    """The lines that are printed, each with the number that tells it on a row of its own; empty
    when too few are. The number is the first of what `holds` names.

    Of equal numbers, the one whose row has more of what else the line says.
    """
    key = next(iter(holds))
    candidates = [
        (line, _candidates(rows, line, value, holds))
        for line in lines
        if (value := decimal_of(getattr(line, key))) is not None
    ]
    best: list[tuple[Any, Spot]] = []
    best_weight = 0.0
    for side, at in _edges(spots.keys() for _, spots in candidates[:MOST_TRIED]):
        taken: list[tuple[Any, Spot]] = []
        used: set[int] = set()
        weight = 0.0
        for line, spots in candidates:
            able = [s for s in spots if _is_at(s, side, at) and s.row.index not in used]
            if able:
                spot = max(able, key=lambda s: (spots[s], -s.row.index))
                taken.append((line, spot))
                used.add(spot.row.index)
                weight += 1.0 + spots[spot]
        if weight > best_weight:
            best, best_weight = taken, weight
    return best if len(best) >= ENOUGH * len(lines) else []


def _candidates(
    rows: Numbers, line: Any, value: Decimal, holds: Mapping[str, str]
) -> dict[Spot, float]:
    """Where the number of a line stands, and how much else of the line is on the row."""
    found = {
        spot: _weight(on_row, line, holds) + _order(spot, on_row, line, holds)
        for on_row in rows.values()
        for spot in on_row
        if not spot.number.percent and abs(spot.number.value) == abs(value)
    }
    return dict(sorted(found.items(), key=lambda pair: -pair[1])[:MOST_SPOTS])


def is_under(
    asked: Sequence[tuple[Spot, Decimal]], rows: Numbers, used: Collection[Spot]
) -> list[Spot]:
    """The numbers with the values asked for, each on the row of its spot, in the column that most
    of them share; none when too few do.
    """
    able = [
        [s for s in rows[spot.row.index] if abs(s.number.value) == abs(value) and s not in used]
        for spot, value in asked
    ]
    best: list[Spot] = []
    for side, at in _edges(able[:MOST_TRIED]):
        held = [near[0] for them in able if (near := [s for s in them if _is_at(s, side, at)])]
        if len(held) > len(best):
            best = held
    return best if best and len(best) >= ENOUGH * len(asked) else []


def left_over(rows: Numbers, spots: Sequence[Spot], used: Collection[Spot]) -> list[list[Spot]]:
    """The columns of numbers that the lines have besides: half of the rows share each."""
    rest = [s for spot in spots for s in rows[spot.row.index] if s not in used]
    found: list[list[Spot]] = []
    while rest:
        share = [s for s in rest if abs(s.box.x1 - rest[0].box.x1) <= ALIGNED]
        rest = [s for s in rest if s not in share]
        if len(share) * 2 >= len(spots):
            found.append(share)
    return found


def lane_of(holds: str, spots: Sequence[Spot]) -> Lane:
    x0, x1 = (statistics.median(_edge(spot, side) for spot in spots) for side in (0, 1))
    return Lane(holds, round(x0, 4), round(x1, 4))


def _edges(spots: Iterable[Iterable[Spot]]) -> list[tuple[int, float]]:
    """Where columns may begin (0) or end (1)."""
    return sorted({(side, _edge(s, side)) for them in spots for s in them for side in (0, 1)})


def _edge(spot: Spot, side: int) -> float:
    return round(spot.box.x1 if side else spot.box.x0, 3)


def _is_at(spot: Spot, side: int, at: float) -> bool:
    return abs(_edge(spot, side) - at) <= ALIGNED


def _weight(on_row: Sequence[Spot], line: Any, holds: Mapping[str, str]) -> float:
    """How much of a line its row shows besides: its other numbers and its words."""
    printed = {abs(spot.number.value) for spot in on_row}
    numbers = [decimal_of(getattr(line, name)) for name in list(holds)[1:]]
    weight = float(sum(number is not None and abs(number) in printed for number in numbers))
    said = set(words(getattr(line, "description", "") or ""))
    if said and on_row:
        weight += 2 * len(said & set(words(on_row[0].row.text))) / len(said)
    return weight


def _order(spot: Spot, on_row: Sequence[Spot], line: Any, holds: Mapping[str, str]) -> float:
    """Of two numbers on one row, the one that is meant: goods end with their amount, and a tax
    stands beside what it is the tax on.
    """
    base = decimal_of(getattr(line, "base", None)) if "base" in holds else None
    if base is None:
        return spot.box.x1 / 10
    beside = [abs(s.box.x1 - spot.box.x0) for s in on_row if abs(s.number.value) == abs(base)]
    return -min(beside, default=1.0) / 10


def decimal_of(value: str | None) -> Decimal | None:
    """A number as it travels; None for none, and for what is no number."""
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        return None
