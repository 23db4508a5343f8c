"""Whom a document is addressed to: the blocks of a page that are the customer's.

A block is the customer's by its label (`Facturé à`), or by its place: what stands in the window of an
envelope, or begins with a person, while the sender can be reached elsewhere on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.text import Box
from models.extraction.blocks import Cell
from models.extraction.labels import Label, Labelled, begins_cell
from models.extraction.names import is_address, is_contact, is_person, sender_line
from models.extraction.rows import Row, Sheet

FOOTER = 0.85
"""Below this height stands the footer of a page."""
_ADDRESSED = frozenset({"buyer_name", "delivery_address"})
_REACH = 0.16
"""How far down, in heights of the page, a buyer's address reaches below its label."""


@dataclass(frozen=True)
class Customer:
    """Where a document names its customer; `cells` are those of its first page."""

    sheet: Sheet
    labelled: Labelled
    cells: Sequence[Cell]

    @cached_property
    def _headings(self) -> list[tuple[Row, Label]]:
        """The labels that begin a cell and name the customer."""
        return [
            (row, label)
            for row in self.sheet.rows
            for label in self.labelled.on(row)
            if label.fields & {"buyer_name", "buyer_vat_id", "delivery_address"}
            and begins_cell(label)
        ]

    def in_block(self, row: Row, box: Box) -> bool:
        """Whether what stands at `box` of a row stands in the customer's block."""
        for upper, label in self._headings:
            if upper.page != row.page or upper.index > row.index:
                continue
            if row.box.y0 - upper.box.y0 > _REACH or row.place - upper.place > 14:
                continue
            if upper is row:
                if label.box.x0 <= box.x0 + 0.01:
                    return True
            elif not label.fields & _ADDRESSED:
                continue
            elif label.box.x0 - 0.06 < box.x0 < label.box.x0 + 0.3 and not self._seller_between(
                upper, row, label
            ):
                return True
        return False

    def _seller_between(self, upper: Row, row: Row, label: Label) -> bool:
        return any(
            "seller_name" in other.fields
            and "buyer_name" not in other.fields
            and abs(other.box.x0 - label.box.x0) < 0.1
            and begins_cell(other)
            for between in self.sheet.rows[upper.index + 1 : row.index + 1]
            for other in self.labelled.on(between)
        )

    @cached_property
    def addressees(self) -> set[int]:
        """The cells, by identity, of an address that nobody labelled but that is not the sender's.

        It begins with a person, or has a town and no way to be reached while another block or the
        footer has one, and stands where envelopes have their window.
        """
        found: set[int] = set()
        cells = self.cells
        tops = [cell for cell in cells if cell.above is None and cell.box.y0 < 0.5]
        blocks = [(top, [top, *top.following()]) for top in tops]
        reachable = [
            top for top, block in blocks
            if any(is_contact(c.text) for c in block) and any(is_address(c.text) for c in block)
        ]  # fmt: skip
        footer = [cell.text for cell in cells if cell.box.y0 > FOOTER]
        signed = any(map(is_address, footer)) and any(map(is_contact, footer))
        small = [cell for cell in cells if sender_line(cell.text)]
        for top, block in blocks:
            if len(block) < 3 or not any(is_address(cell.text) for cell in block[1:]):
                continue
            if any(is_contact(cell.text) for cell in block):
                continue
            windowed = any(
                abs(line.box.x0 - top.box.x0) < 0.04 and 0 < top.box.y0 - line.box.y1 < 0.06
                for line in small
            )
            second = any(
                other is not top and other.box.y0 < top.box.y0 + 0.03 for other in reachable
            )
            posted = signed and _in_window(top.box) and cells[0].box.y1 < top.box.y0
            if is_person(top.text) or windowed or second or posted:
                found.update(map(id, block))
        return found


def _in_window(box: Box) -> bool:
    """Whether an address begins where the window of an envelope shows it, left or right."""
    return 0.1 < box.y0 < 0.34 and (box.x0 > 0.48 or (box.x0 < 0.2 and box.y0 > 0.14))
