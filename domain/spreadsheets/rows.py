"""Rows of a spreadsheet, checked: lines to invoice, and each cell that cannot be, in words.

Every fault is found at once and named by its row and column; a person's fix stands in the place of
the cell, which stays as it was. What was repaired without asking is told too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.money import ZERO
from domain.sales import Nature, SalesLine
from domain.spreadsheets.cells import (
    BrokenCell,
    Cell,
    Wrong,
    day_of,
    decimal_sign,
    email_of,
    hours_of,
    is_empty,
    nature_of,
    number_of,
    percent_of,
    shown,
    words_of,
)
from domain.spreadsheets.columns import FIELDS, REQUIRED, Layout
from domain.spreadsheets.identifiers import legal_id_of
from domain.words import folded

NUMBERS = ("quantity", "unit_price", "vat_rate", "discount_percent")
_REPEATED = frozenset(FIELDS) - {"text", "details", "quantity", "unit_price", "discount_percent"}
"""Fields whose merged cells mean the same for every row they cover; an amount would be billed twice."""
_LENGTHS = {"text": 300, "details": 1000, "customer_name": 200, "unit": 20, "order_reference": 60,
            "street": 200, "postcode": 12, "city": 100, "contract": 200, "ticket": 200}  # fmt: skip
_TOTALS = re.compile(r" (sous total|total|totaux|subtotal|grand total|somme|summe|gesamt|sum) ")
_PLACES = {"quantity": 6, "unit_price": 6, "discount_percent": 2}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read. Rows count from 0 here and from 1 wherever people see them."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    """First row, first column, last row, last column."""
    from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a company decides whether a row can be."""

    country: str
    currency: str
    rates: frozenset[Decimal]
    """VAT rates in percent that a line may have."""
    customers: Mapping[str, str] = field(default_factory=dict)
    """Names of the customers that are known, by their legal id."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be taken. `row` is numbered as the spreadsheet does."""

    row: int
    column: str
    code: str
    message: str
    shown: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repair:
    """A cell that was understood as something else than it says."""

    row: int
    column: str
    code: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is a line to invoice."""

    number: int
    customer_id: str
    line: SalesLine
    currency: str
    customer_name: str = ""
    order_reference: str = ""
    email: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    rows: tuple[Row, ...]
    """Those without fault."""
    faults: tuple[CellFault, ...]
    repairs: tuple[Repair, ...]
    cells: Mapping[int, Mapping[str, Cell]]
    """What stands in each row that counts, by its number and field, fixes included."""
    empty_rows: int = 0
    total_rows: tuple[int, ...] = ()
    """Rows at the end that add others up and were left out."""
    left_out: tuple[int, ...] = ()
    """Rows that a person left out."""


Fixes = Mapping[tuple[int, str], str]
"""What a person typed, by row number and field."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The cells of a sheet that count, and what is known of them together."""

    cells: Mapping[int, Mapping[str, Cell]]
    """By row number and field, fixes included; without totals and what was left out."""
    blocked: frozenset[tuple[int, str]]
    """Amounts that a merged cell covers."""
    sign: str
    """Before decimals, where the numbers of the sheet say it."""
    empty_rows: int
    total_rows: tuple[int, ...]
    left_out: tuple[int, ...]


def filled(
    sheet: Sheet,
    layout: Layout,
    fixes: Fixes | None = None,
    left_out: frozenset[int] = frozenset(),
    *,
    of: tuple[str, ...] = ("customer_id",),
) -> Filled:
    """What stands below the header; `of` are the fields that say whose a row is."""
    cells, blocked = _cells_by_row(sheet, layout)
    for (number, column), text in (fixes or {}).items():
        if number in cells:
            cells[number][column] = text
    totals = _totals_at_end(cells, of)
    kept = {n: row for n, row in cells.items() if n not in left_out and n not in totals}
    sign = decimal_sign(
        cell for row in kept.values() for name in NUMBERS if isinstance(cell := row.get(name), str)
    )
    below = max(len(sheet.rows) - layout.header_row - 1, 0)
    gone = tuple(sorted(left_out & set(cells)))
    return Filled(kept, frozenset(blocked), sign, below - len(cells), totals, gone)


def check_rows(
    sheet: Sheet,
    layout: Layout,
    terms: Terms,
    fixes: Fixes | None = None,
    left_out: frozenset[int] = frozenset(),
) -> Checked:
    """Every row below the header as a line, or its faults."""
    found = filled(sheet, layout, fixes, left_out)
    reader = _LineReader(terms, found, sheet.from_1904)
    rows = [row for n, cells in found.cells.items() if (row := reader.row(n, cells)) is not None]
    return Checked(
        tuple(rows),
        tuple(reader.faults),
        tuple(reader.repairs),
        found.cells,
        empty_rows=found.empty_rows,
        total_rows=found.total_rows,
        left_out=found.left_out,
    )


def _cells_by_row(
    sheet: Sheet, layout: Layout
) -> tuple[dict[int, dict[str, Cell]], set[tuple[int, str]]]:
    """The cells of each row that has any, by field, and those that a merged amount covers."""
    columns = dict(layout.columns)
    found: dict[int, dict[str, Cell]] = {}
    for place in range(layout.header_row + 1, len(sheet.rows)):
        row = sheet.rows[place]
        cells = {name: row[n] if n < len(row) else None for name, n in columns.items()}
        if any(not is_empty(cell) for cell in cells.values()):
            found[place + 1] = cells
    blocked: set[tuple[int, str]] = set()
    fields = {n: name for name, n in columns.items()}
    for top, left, bottom, _ in sheet.merged:
        name = fields.get(left)
        if name is None or top <= layout.header_row:
            continue
        value = (
            sheet.rows[top][left] if top < len(sheet.rows) and left < len(sheet.rows[top]) else None
        )
        for place in range(top + 1, min(bottom, len(sheet.rows) - 1) + 1):
            if place + 1 not in found or is_empty(value):
                continue
            if name in _REPEATED:
                found[place + 1][name] = value
            else:
                blocked.add((place + 1, name))
    return found, blocked


def _totals_at_end(cells: Mapping[int, Mapping[str, Cell]], of: tuple[str, ...]) -> tuple[int, ...]:
    """The last rows that name no customer and say that they are totals."""
    found = []
    for number in sorted(cells, reverse=True):
        row = cells[number]
        words = (folded(cell) for cell in row.values() if isinstance(cell, str))
        whose = (row.get(name) for name in of)
        if any(not is_empty(cell) and not _TOTALS.search(folded(shown(cell))) for cell in whose):
            break
        if not any(_TOTALS.search(text) for text in words):
            break
        found.append(number)
    return tuple(sorted(found))


class Reader:
    """Reads row after row, and keeps what it finds wrong or repairs. `fields` are read in their
    order; those of `required` must be filled in.
    """

    fields: tuple[str, ...] = FIELDS
    required: tuple[str, ...] = REQUIRED

    def __init__(self, terms: Terms, found: Filled, from_1904: bool) -> None:
        self.terms, self.from_1904 = terms, from_1904
        self.sign, self.blocked = found.sign, found.blocked
        self.faults: list[CellFault] = []
        self.repairs: list[Repair] = []
        self.readers: dict[str, Callable[[int, Cell], Any]] = {
            "customer_id": self._customer_id,
            "quantity": self._quantity,
            "unit_price": self._unit_price,
            "vat_rate": self._rate,
            "discount_percent": self._discount,
            "nature": lambda _, cell: nature_of(cell),
            "served_on": self._day,
            "email": lambda _, cell: email_of(cell),
            "currency": lambda _, cell: _currency(cell),
        }
        self.currency = terms.currency

    def values(self, number: int, cells: Mapping[str, Cell]) -> dict[str, Any] | None:
        """What a row says, by field; None when something in it is wrong."""
        before = len(self.faults)
        self.currency = self.terms.currency
        if not is_empty(cells.get("currency")):
            self.currency = self._value(number, "currency", cells["currency"]) or ""
        values: dict[str, Any] = dict.fromkeys(self.fields)
        for name in self.fields:
            if name == "currency":
                continue
            cell = cells.get(name)
            if cell is not None or name in self.required or (number, name) in self.blocked:
                values[name] = self._value(number, name, cell)
        return None if len(self.faults) > before else values

    def fault(self, number: int, name: str, cells: Mapping[str, Cell], wrong: Wrong) -> None:
        said = shown(cells.get(name))[:200]
        self.faults.append(CellFault(number, name, wrong.code, wrong.message, said, wrong.values))

    def _value(self, number: int, name: str, cell: Cell) -> Any:
        try:
            return self._read(number, name, cell)
        except Wrong as wrong:
            self.fault(number, name, {name: cell}, wrong)
            return None

    def _read(self, number: int, name: str, cell: Cell) -> Any:
        if not is_empty(cell):
            reader = self.readers.get(name)
            return reader(number, cell) if reader else words_of(cell, _LENGTHS[name])
        if (number, name) in self.blocked:
            raise Wrong("merged_amount", "This amount is in a cell merged over several rows.")
        if name in self.required:
            raise Wrong("required", "This cell must be filled in.")
        return None

    def _repaired(self, number: int, name: str, code: str, cell: Cell, now: object) -> None:
        self.repairs.append(Repair(number, name, code, shown(cell)[:60], str(now)))

    def _customer_id(self, number: int, cell: Cell) -> str:
        if isinstance(cell, date | timedelta | BrokenCell):
            words_of(cell, 60)
            raise Wrong("number_instead", "This is not an identifier.")
        found, repaired = legal_id_of(cell, self.terms.country)
        if repaired:
            self._repaired(number, "customer_id", "legal_id_repaired", cell, found)
        return found

    def _number(self, name: str, cell: Cell) -> Decimal:
        found = number_of(cell, self.sign)
        if found.percent and name != "discount_percent":
            raise Wrong("number_wrong", "This is no number.")
        if found.currency and found.currency != self.currency:
            raise Wrong(
                "number_currency",
                "This amount is in another currency than its row.",
                currency=found.currency,
                expected=self.currency,
            )
        return _places(found.value, _PLACES[name])

    def _quantity(self, number: int, cell: Cell) -> Decimal:
        if isinstance(cell, timedelta):
            hours = hours_of(cell)
            self._repaired(number, "quantity", "hours_of_duration", cell, f"{hours:f}")
            return hours
        found = self._number("quantity", cell)
        if found == 0:
            raise Wrong("quantity_zero", "A line with a quantity of zero invoices nothing.")
        return found

    def _unit_price(self, number: int, cell: Cell) -> Decimal:
        found = self._number("unit_price", cell)
        if found < 0:
            raise Wrong(
                "price_negative", "A price is not negative: a deduction has a negative quantity."
            )
        return found

    def _rate(self, number: int, cell: Cell) -> Decimal:
        rate, was_ratio = percent_of(cell, self.sign)
        if rate not in self.terms.rates:
            raise Wrong(
                "rate_unknown",
                "There is no such VAT rate.",
                rates=[f"{r.normalize():f}" for r in sorted(self.terms.rates)],
            )
        if was_ratio and isinstance(cell, str):
            self._repaired(number, "vat_rate", "ratio", cell, f"{rate:f} %")
        return rate

    def _discount(self, number: int, cell: Cell) -> Decimal:
        rate, was_ratio = percent_of(cell, self.sign)
        rate = _places(rate, _PLACES["discount_percent"])
        if not 0 <= rate <= 100:
            raise Wrong("discount_wrong", "A discount is between 0 and 100 percent.")
        if was_ratio and isinstance(cell, str):
            self._repaired(number, "discount_percent", "ratio", cell, f"{rate:f} %")
        return rate

    def _day(self, number: int, cell: Cell) -> date:
        day, was_serial = day_of(cell, from_1904=self.from_1904)
        if was_serial:
            self._repaired(number, "served_on", "serial_day", cell, day.isoformat())
        return day


class _LineReader(Reader):
    """Reads rows as lines to invoice."""

    def row(self, number: int, cells: Mapping[str, Cell]) -> Row | None:
        values = self.values(number, cells)
        if values is None:
            return None
        try:
            line = SalesLine(
                text=values["text"],
                quantity=values["quantity"],
                unit_price=values["unit_price"],
                vat_rate=values["vat_rate"],
                details=values["details"] or "",
                unit=values["unit"] or "",
                discount_percent=values["discount_percent"] or ZERO,
                nature=values["nature"] or Nature.SERVICES,
                served_on=values["served_on"],
            )
        except ValueError:
            self.fault(
                number, "unit_price", cells, Wrong("number_too_large", "This number is too large.")
            )
            return None
        beside = ("customer_name", "order_reference", "email", "street", "postcode", "city")
        return Row(
            number,
            values["customer_id"],
            line,
            self.currency,
            **{name: values[name] or "" for name in beside},
        )


def _places(value: Decimal, most: int) -> Decimal:
    """A number as it was typed. Formulas leave a tail of places behind, which is rounded away when
    it is nothing but that; Wrong for more places than a line can have.
    """
    rounded = round(value, most)
    if rounded != value and abs(rounded - value) > Decimal("1e-9"):
        raise Wrong("too_many_places", "This number has too many decimals.", most=most)
    return (
        rounded.normalize() + 0 if rounded == rounded.to_integral_value() else rounded.normalize()
    )


def _currency(cell: Cell) -> str:
    text = words_of(cell, 10).upper()
    text = {"€": "EUR", "EURO": "EUR", "EUROS": "EUR", "FR": "CHF", "FR.": "CHF"}.get(text, text)
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise Wrong("currency_wrong", "A currency has three letters.")
    return text
