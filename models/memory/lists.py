"""Lists that people put right: where the lines of a sender stand, learnt from those they gave.

The numbers of the lines are looked for on the page, and stand below one another; that makes the
lanes of a table, with the words above them, the words that end it, and what all its lines have.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.findings import LineItem, VatLine
from domain.rules import Lane, Rule, Table
from models.extraction.columns import Figures
from models.extraction.rows import Row
from models.extraction.texts import words
from models.memory.lanes import Spot, decimal_of, is_under, lane_of, left_over, printed_lines
from models.memory.places import Paper
from models.memory.tables import (
    HOLDS,
    REACH,
    Lines,
    across,
    beginning_of,
    columns_at,
    heading_x0,
    holds,
    lines_of,
    whole_at,
)

MOST_RIGHT = 0.8
"""Share of the lines that a rule must have right, where a paper is hard to read."""
HEADING_NEAR, HEADING_FAR = 4.0, 14.0
"""How far above its first line a heading may stand, in heights of a row: of taxes, of goods."""


def rule_for(
    paper: Paper, field: str, lines: Lines, known: Mapping[str, str | None]
) -> Rule | None:
    """What the lines that a person gave teach; None when they are not printed as a table is.

    `known` are the other fields of the document.
    """
    table = _table(paper, field, lines)
    if table is not None:
        rule = Rule(field, "table", table=table)
        read = lines_of(rule, paper, known)
        if read is not None and agreement(field, read, lines) >= MOST_RIGHT:
            return rule
    return _one_rate(lines, known) if field == "vat_lines" else None


def agreement(field: str, read: Lines, true: Lines) -> float:
    """How far two lists say the same, 0-1: the share of their lines that have a like one."""
    left: list[VatLine | LineItem] = list(true)
    hits = 0
    for line in read:
        like = next((other for other in left if _alike(field, line, other)), None)
        if like is not None:
            left.remove(like)
            hits += 1
    return 2 * hits / (len(read) + len(true)) if read or true else 1.0


def shown(lines: Lines) -> str:
    """The amounts of some lines, for a person to see which list is meant."""
    amounts = [getattr(line, "amount", None) or getattr(line, "net_amount", None) for line in lines]
    return " · ".join(amount or "-" for amount in amounts)[:120]


def _alike(field: str, one: VatLine | LineItem, other: VatLine | LineItem) -> bool:
    """Whether the numbers of two lines are the same, as far as both have them."""
    for order, name in enumerate(HOLDS[field]):
        first, second = (decimal_of(getattr(line, name)) for line in (one, other))
        if first is None or second is None:
            if order == 0 and first is not second:
                return False
        elif abs(first) != abs(second):
            return False
    return True


def _table(paper: Paper, field: str, lines: Lines) -> Table | None:
    (_, key), *others = HOLDS[field].items()
    rows = _numbers(paper)
    printed = printed_lines(rows, lines, HOLDS[field])
    if not printed:
        return None
    spots = [spot for _, spot in printed]
    lanes = [lane_of(key, spots)]
    used = set(spots)
    needs = [key]
    for name, kind in others:
        asked = [
            (spot, value)
            for line, spot in printed
            if (value := decimal_of(getattr(line, name))) is not None
        ]
        held = is_under(asked, rows, used)
        if held:
            lanes.append(lane_of(kind, held))
            used.update(held)
            if len(held) == len(printed):
                needs.append(kind)
    if field == "vat_lines" and "rate" not in needs:
        return None  # a rate that is not printed beside its tax is no line to go by
    lanes += [lane_of("other", spots) for spots in left_over(rows, spots, used)]
    if field == "line_items":
        lanes += _described(printed)
    lanes.sort(key=lambda lane: lane.x0)
    table = _bounded(paper, field, lanes, needs, spots)
    if table is None or len(printed) < len(lines):
        return table  # a row that nobody named may be a line that is hard to read
    return replace(table, passed=_passed(paper, table, spots))


def _numbers(paper: Paper) -> dict[int, list[Spot]]:
    figures = Figures(paper.style)
    return {
        row.index: [Spot(row, number, box) for number, box in figures.on(row)]
        for row in paper.sheet.rows
    }


def _described(printed: Sequence[tuple[LineItem, Spot]]) -> list[Lane]:
    """Where the words of the lines stand, on the rows that have any of them."""
    left, right = [], []
    for line, spot in printed:
        said = {word for word in words(line.description) if word.isalpha()}
        boxes = [
            w.box for w in spot.row.words if said & set(words(w.text)) and w.box.x1 < spot.box.x0
        ]
        if boxes:
            left.append(min(box.x0 for box in boxes))
            right.append(max(box.x1 for box in boxes))
    if not left:
        return []
    return [Lane("line_description", round(statistics.median(left), 4), round(max(right), 4))]


def _bounded(
    paper: Paper, field: str, lanes: list[Lane], needs: list[str], spots: Sequence[Spot]
) -> Table | None:
    """The table between its heading and its end; None when no words tell where it begins."""
    chosen = sorted({spot.row.index for spot in spots})
    first, last = (paper.sheet.rows[chosen[n]] for n in (0, -1))
    far = HEADING_NEAR if field == "vat_lines" else HEADING_FAR
    heading = _heading_above(paper, first, lanes, far)
    begins = {beginning_of(paper, paper.sheet.rows[index], 1) for index in chosen}
    table = Table(
        tuple(token.text for token in across(paper, heading, lanes)) if heading else (),
        heading_x0(paper, heading, lanes) if heading else 0.0,
        tuple(lanes),
        tuple(needs),
        begins.pop() if field == "vat_lines" and len(begins) == 1 else "",
        ends=_end_below(paper, last, lanes),
    )
    return table if table.heading or table.begins else None


def _passed(paper: Paper, table: Table, spots: Sequence[Spot]) -> tuple[str, ...]:
    """The beginnings of rows between the lines that look like lines and are none."""
    chosen = {spot.row.index for spot in spots}
    figures, columns = Figures(paper.style), columns_at(table, 0.0)
    between = paper.sheet.rows[min(chosen) : max(chosen)]
    found = {
        beginning_of(paper, row): None
        for row in between
        if row.index not in chosen and holds(row, columns, figures, table.needs)
    }
    return tuple(words for words in found if words)


def _heading_above(paper: Paper, first: Row, lanes: Sequence[Lane], far: float) -> Row | None:
    """The nearest row of words above the lines that stands over one of their columns."""
    columns = [lane for lane in lanes if lane.holds not in ("other", "line_description")]
    for row in reversed(paper.sheet.by_page[first.page][: first.place]):
        if first.box.y0 - row.box.y1 > far * first.height:
            return None
        tokens = across(paper, row, lanes)
        if not tokens or not all(token.wordy for token in tokens):
            continue
        boxes = [row.box_of(token.start, token.end) for token in tokens]
        over = [c for c in columns if any(b.x0 < c.x1 and c.x0 < b.x1 for b in boxes)]
        if len(over) * 2 >= len(columns):
            return row
    return None


def _end_below(paper: Paper, last: Row, lanes: Sequence[Lane]) -> tuple[str, ...]:
    """The words of the first row below the lines with a number where theirs stand, or beyond."""
    key = next(lane for lane in lanes if lane.holds in ("line_total", "amount"))
    figures = Figures(paper.style)
    for row in paper.sheet.by_page[last.page][last.place + 1 :]:
        if any(box.x1 >= key.x1 - REACH for _, box in figures.on(row)):
            beginning = beginning_of(paper, row)
            return (beginning,) if beginning else ()
    return ()


def _one_rate(lines: Lines, known: Mapping[str, str | None]) -> Rule | None:
    if len(lines) != 1 or not isinstance(lines[0], VatLine):
        return None
    rate = Decimal(lines[0].rate)
    whole = whole_at(rate, known)
    if whole is None or agreement("vat_lines", whole, lines) < 1.0:
        return None
    return Rule("vat_lines", "one_rate", format(rate.normalize(), "f"))
