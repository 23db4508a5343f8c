"""The columns of a table of lines: what its heading names, put where its numbers stand.

Headings lie: they are centred over numbers that end at the right, run over three rows, or use a
word nobody listed. So the words of a heading only propose what a column holds; the numbers below
say where it is, and quantity × price = amount, which most tables repeat row after row, settles what
the words left open. Which rows are items is left to `lines`.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.money import CENT
from domain.printed.numbers import Number, Style, numbers_in
from domain.text import Box
from models.extraction.arithmetic import RATES
from models.extraction.labels import Label, Labelled
from models.extraction.rows import Row
from models.extraction.texts import fold

KINDS = (
    "line_total", "unit_price", "quantity", "vat_rate", "discount", "line_item_code",
    "line_description",
)  # fmt: skip
_TRIPLE = ("quantity", "unit_price", "line_total")
_REACH = 0.07
"""How far from its heading a number may stand, in widths of the page."""
_ALIGNED = 0.04
"""How far from the other numbers of its column."""
_RATES = frozenset(RATES) | {Decimal(0)}
_AMOUNT_ENDING = re.compile(r"(?:betrag|summe|bedrag|amount|montant|total)$")
"""What a heading ends in that nobody listed: `Zeilenbetrag`."""
_GROSS = frozenset({"ttc", "incl", "inkl", "brutto", "tvac", "inclusive"})
_MOST_TRIED = 25
"""Rows that are asked whether quantity × price is their amount."""
_MOST_LANES = 8

Cells = Mapping[str, Number]


@dataclass(slots=True)
class Figures:
    """The numbers of each row with their boxes, looked for once."""

    style: Style
    _on: dict[int, tuple[tuple[Number, Box], ...]] = field(default_factory=dict)

    def on(self, row: Row) -> tuple[tuple[Number, Box], ...]:
        found = self._on.get(row.index)
        if found is None:
            found = self._on[row.index] = tuple(
                (n, row.box_of(n.start, n.end)) for n in numbers_in(row.text, self.style)
            )
        return found


@dataclass(frozen=True, slots=True)
class Column:
    """A column from `x0` to `x1`, in widths of the page; `kind` is a label field or ``other``."""

    kind: str
    x0: float
    x1: float
    gross: bool = False
    reach: float = _REACH


def columns_of(
    header: Row, rows: Sequence[Row], body: Sequence[Row], labelled: Labelled, figures: Figures
) -> list[Column]:
    """The columns of the table below `header`, left to right; empty when none holds amounts."""
    columns = _true_rates(_named(header, rows, labelled), body, figures)
    columns = _with_last(columns, body, figures)
    if not any(c.kind == "line_total" for c in columns):
        return []
    columns = _where_numbers_stand(columns, body, figures)
    return sorted(_proven(columns, body, figures), key=lambda c: c.x0)


def cells_of(row: Row, columns: Sequence[Column], figures: Figures) -> dict[str, Number]:
    """The number under each column, the best aligned when several could be."""
    best: dict[str, tuple[float, Number]] = {}
    for distance, column, number in _placed(row, columns, figures):
        held = best.get(column.kind)
        if column.kind != "other" and (held is None or distance < held[0]):
            best[column.kind] = (distance, number)
    return {kind: number for kind, (_, number) in best.items()}


def proves(cells: Cells) -> bool:
    """Whether the quantity times the price of a row, less its discount, is its amount."""
    quantity, price, amount = (cells.get(k) for k in ("quantity", "unit_price", "line_total"))
    if quantity is None or price is None or amount is None:
        return False
    discount = cells.get("discount")
    return gives(quantity.value, price.value, amount.value) or (
        discount is not None
        and 0 < discount.value < 100
        and gives(quantity.value, price.value * (1 - discount.value / 100), amount.value)
    )


def gives(quantity: Decimal, price: Decimal, amount: Decimal) -> bool:
    """Quantity × price = amount, with a cent for prices that were rounded to be printed."""
    return amount != 0 and abs(quantity * price - amount) <= max(CENT, abs(quantity) * CENT / 2)


def _named(header: Row, rows: Sequence[Row], labelled: Labelled) -> list[Column]:
    """The columns a heading names; it may run over neighbouring rows. Cells of the heading row
    that say nothing known are columns all the same: numbers below belong to them and no other.
    """
    found = [c for label in labelled.on(header) if (c := _column(label)) is not None]
    for start, end in header.cells():
        box = header.box_of(start, end)
        if not any(_over(box, c) for c in found):
            ends = _AMOUNT_ENDING.search(fold(header.text[start:end]))
            found.append(Column("line_total" if ends else "other", box.x0, box.x1))
    for row in rows:
        near = abs(row.box.y0 - header.box.y0) < 2.2 * header.height
        if row is header or not near or any(map(str.isdigit, row.text)):
            continue
        for label in labelled.on(row):
            column = _column(label)
            over = [c for c in found if _over(label.box, c)]
            if column is not None and all(c.kind == "other" for c in over):
                found = [*(c for c in found if c not in over), column]
    return _one_description(_one_total(sorted(found, key=lambda c: c.x0)))


def _column(label: Label) -> Column | None:
    kind = next((k for k in KINDS if k in label.fields), None)
    if kind is None and "total_vat" in label.fields:
        kind = "vat_rate"
    if kind is None:
        return None
    return Column(kind, label.box.x0, label.box.x1, not _GROSS.isdisjoint(label.tokens))


def _one_total(columns: list[Column]) -> list[Column]:
    """Of several columns of amounts, the net before the gross, else the last."""
    totals = [c for c in columns if c.kind == "line_total"]
    if len(totals) < 2:
        return columns
    keep = max([c for c in totals if not c.gross] or totals, key=lambda c: c.x1)
    return [c if c.kind != "line_total" or c is keep else replace(c, kind="other") for c in columns]


def _one_description(columns: list[Column]) -> list[Column]:
    """Of several columns of words, the one with the most room: `Item` before `Description` counts."""
    described = [c for c in columns if c.kind == "line_description"]
    if len(described) < 2:
        return columns

    def room(column: Column) -> float:
        return min((c.x0 for c in columns if c.x0 > column.x0), default=column.x1) - column.x0

    keep = max(described, key=room)
    return [
        c if c.kind != "line_description" or c is keep else replace(c, kind="other")
        for c in columns
    ]  # fmt: skip


def _true_rates(columns: list[Column], body: Sequence[Row], figures: Figures) -> list[Column]:
    """The columns without those that speak of VAT and hold its amounts, or prices without it."""
    held: dict[Column, list[bool]] = {}
    for row in body:
        for _, column, number in _placed(row, columns, figures):
            if column.kind == "vat_rate":
                held.setdefault(column, []).append(number.percent or number.value in _RATES)
    false = [column for column, rates in held.items() if sum(rates) * 2 < len(rates)]
    return [replace(c, kind="other") if c in false else c for c in columns]


def _with_last(columns: list[Column], body: Sequence[Row], figures: Figures) -> list[Column]:
    """The columns with the rightmost one that holds amounts, when its heading was not understood."""
    if any(c.kind == "line_total" for c in columns):
        return columns
    edges = [
        box.x1
        for row in body
        for number, box in figures.on(row)
        if number.is_amount and box.x0 > 0.5
    ]
    if not edges:
        return columns
    right = max(edges)
    if any(c.kind in ("unit_price", "vat_rate") and abs(c.x1 - right) < 0.03 for c in columns):
        return columns
    for place, column in enumerate(columns):
        if column.kind == "other" and column.x0 - _REACH < right < column.x1 + _REACH:
            return [*columns[:place], replace(column, kind="line_total"), *columns[place + 1 :]]
    return [*columns, Column("line_total", right - _REACH, right)]


def _where_numbers_stand(
    columns: Sequence[Column], body: Sequence[Row], figures: Figures
) -> list[Column]:
    """The columns moved from under their headings to where most of their numbers are."""
    boxes: dict[Column, list[Box]] = {column: [] for column in columns}
    for row in body:
        for _, column, number in _placed(row, columns, figures):
            if column.kind != "line_description":
                boxes[column].append(row.box_of(number.start, number.end))
    moved: list[Column] = []
    for column, them in boxes.items():
        if len(them) < 2:
            moved.append(column)
            continue
        left = statistics.median(box.x0 for box in them)
        right = statistics.median(box.x1 for box in them)
        moved.append(replace(column, x0=min(left, right), x1=right, reach=_ALIGNED))
    return moved


def _proven(columns: list[Column], body: Sequence[Row], figures: Figures) -> list[Column]:
    """The columns named anew, when the rows say that the heading was misunderstood."""
    lanes = [c for c in columns if c.kind != "line_description"][-_MOST_LANES:]
    held = [
        {column: number for _, column, number in sorted(
            _placed(row, lanes, figures), key=lambda placed: -placed[0])}
        for row in body
    ]  # fmt: skip
    rows = [cells for cells in held if len(cells) >= 3][:_MOST_TRIED]
    said = sum(proves({column.kind: number for column, number in cells.items()}) for cells in rows)
    if said * 2 >= len(rows):
        return columns
    best = max(itertools.permutations(lanes, 3), key=lambda three: _prove(rows, *three))
    count = _prove(rows, *best)
    if count * 2 < len(rows) or best[2].x1 < best[1].x0 or (count == 1 and len(rows) > 1):
        return columns
    kinds = dict(zip(best, _TRIPLE, strict=True))
    return [
        replace(c, kind=kinds[c]) if c in kinds
        else replace(c, kind="other") if c.kind in _TRIPLE
        else c
        for c in columns
    ]  # fmt: skip


def _prove(
    rows: Iterable[Mapping[Column, Number]], quantity: Column, price: Column, amount: Column
) -> int:
    """How many rows give their amount from these columns. Not once the price: any column says the
    same twice. No share either: two hours at 5 % are not 10 %.
    """
    return sum(
        quantity in cells and price in cells and amount in cells
        and cells[quantity].value not in (0, 1)
        and not any(cells[column].percent for column in (quantity, price, amount))
        and gives(cells[quantity].value, cells[price].value, cells[amount].value)
        for cells in rows
    )  # fmt: skip


def _placed(
    row: Row, columns: Sequence[Column], figures: Figures
) -> Iterator[tuple[float, Column, Number]]:
    """The numbers of a row with their nearest column and how far it is."""
    for number, box in figures.on(row):
        distances = [_distance(box, column) for column in columns]
        distance = min(distances)
        column = columns[distances.index(distance)]
        if (number.percent and column.kind in _TRIPLE) or (
            number.currency and column.kind == "quantity"
        ):
            continue
        if distance <= column.reach and (column.kind != "line_description" or distance <= 0):
            yield distance, column, number


def _distance(box: Box, column: Column) -> float:
    """How far a number stands from a column: edges or middles aligned, whichever fits."""
    middle = abs((box.x0 + box.x1) / 2 - (column.x0 + column.x1) / 2)
    overlap = min(box.x1, column.x1) - max(box.x0, column.x0)
    nearest = min(middle, abs(box.x1 - column.x1), abs(box.x0 - column.x0))
    return nearest - (0.02 if overlap > 0 else 0.0)


def _over(one: Box, other: Column) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 0
