"""The cells of a page and the blocks they make: lines that stand under one another as an address does.

A letterhead, the customer's address and a footer are blocks; `parties` decides which is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.text import Box
from models.extraction.rows import Row

_LINES_APART = 1.3
"""The widest gap between two lines of a block, in heights of a line."""


@dataclass(eq=False, slots=True)
class Cell:
    """Text of a row between two wide gaps, with its neighbours in the block."""

    row: Row
    start: int
    end: int
    text: str
    box: Box
    above: Cell | None = field(default=None, repr=False)
    below: Cell | None = field(default=None, repr=False)

    def following(self, most: int = 8) -> list[Cell]:
        """The lines of its block under this one."""
        found: list[Cell] = []
        cell = self.below
        while cell is not None and len(found) < most:
            found.append(cell)
            cell = cell.below
        return found

    def first(self) -> Cell:
        """The line on top of its block."""
        cell = self
        while cell.above is not None:
            cell = cell.above
        return cell


def cells_of(rows: Sequence[Row], *, whole_rows: bool = False) -> list[Cell]:
    """The cells of a page in reading order, linked into blocks.

    `whole_rows` takes each row as one cell: thermal printers space words so widely that they look
    like columns.
    """
    cells: list[Cell] = []
    for row in rows:
        for start, end in [(0, len(row.text))] if whole_rows else row.cells():
            box = row.box_of(start, end)
            cells.append(Cell(row, start, end, row.text[start:end], box))
    for order, cell in enumerate(cells):
        reach = cell.box.y1 + _LINES_APART * cell.row.height
        for other in cells[order + 1 :]:
            if other.row.box.y0 > reach:
                break
            if (
                other.above is None
                and other.row is not cell.row
                and other.box.middle - cell.box.middle > 0.6 * cell.row.height
                and _aligned(cell, other)
            ):
                cell.below, other.above = other, cell
                break
    return cells


def _aligned(one: Cell, other: Cell) -> bool:
    a, b = one.box, other.box
    slack = one.row.em
    return (
        abs(a.x0 - b.x0) < slack
        or abs(a.x1 - b.x1) < 0.5 * slack
        or (abs(a.x0 + a.x1 - b.x0 - b.x1) < 1.5 * slack and min(a.x1, b.x1) > max(a.x0, b.x0))
    )
