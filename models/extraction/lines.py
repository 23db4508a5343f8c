"""The lines of an invoice: a table read by its columns, on one page or several.

A row with an amount begins an item, a row without one belongs to the item above or below, whichever
is nearer. What stands in the column of amounts and is no item (sums carried over, allowances on the
whole invoice, the table of taxes below) is told by its words, or by the sum: of the ways to read
the table, the one that adds up to a total printed outside it is right. Where no heading was
understood, rows whose quantity times price gives their amount are items all the same.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.findings import LineItem
from domain.money import CENT
from domain.printed.numbers import Number, Style, numbers_in
from domain.text import Box
from models.extraction.arithmetic import RATES
from models.extraction.columns import Cells, Column, Figures, cells_of, columns_of, gives, proves
from models.extraction.labels import Labelled, heads_totals
from models.extraction.rows import Row, Sheet
from models.extraction.texts import clean, fold

MOST_ITEMS = 1_000
_CARRIED = ("report", "a reporter", "sous-total", "sous total", "subtotal", "sub total", "total",
            "zwischensumme", "ubertrag", "subtotaal", "carried", "brought", "somme")  # fmt: skip
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|pagina|blatt|blad|p\.)?\s*\d{1,3}\s*(?:/|sur|of|von|de|van)\s*\d{1,3}\W*"
)
_RATES = frozenset(RATES)
_ALLOWANCE = re.compile(
    r"\b(?:remises?|rabais|escompte|ristourne|frais|charges?|port|livraison|supplement|eco)\b"
    r"|rabatt|abschlag|nachlass|abzug|zuschlag|skonto|versand|transport|fracht|korting|kosten\b|toeslag"
    r"|discount|shipping|freight|delivery|handling|surcharge"
)
_CARRIES_OVER = re.compile(
    r"\breport(?:er|e)?\b|ubertrag|carried|brought|over te dragen|overdracht|riport"
)
"""A sum at the foot of a page that the next one begins with."""
_MOST_AFTER = 12
"""Rows after the items that may look like items."""
_TOTALS = {"total_excl_vat", "total_incl_vat", "total_vat", "amount_due"}


@dataclass(frozen=True, slots=True)
class Lines:
    """The items, and the totals that they would make: alone, and with the allowances below them."""

    items: tuple[LineItem, ...] = ()
    sums: frozenset[Decimal] = frozenset()


@dataclass(slots=True)
class _Item:
    row: Row
    description: list[str]
    amount: Decimal
    quantity: Decimal | None = None
    price: Decimal | None = None
    rate: Decimal | None = None
    boxes: list[Box] = field(default_factory=list)
    x1: float = 0.0

    @property
    def is_counted(self) -> bool:
        return bool(self.quantity or self.price)

    @property
    def is_allowance(self) -> bool:
        return not self.is_counted and bool(_ALLOWANCE.search(fold(" ".join(self.description))))

    def finished(self, page: int) -> LineItem:
        return LineItem(
            description=clean(" ".join(self.description), 300),
            quantity=None if self.quantity is None else _plain(self.quantity),
            unit_price=None if self.price is None else _plain(self.price),
            vat_rate=None if self.rate is None else _plain(self.rate),
            net_amount=str(self.amount.quantize(CENT)),
            page=page,
            box=Box.around(self.boxes),
        )


def find_lines(
    sheet: Sheet, labelled: Labelled, style: Style, printed: Collection[Decimal] = ()
) -> Lines:
    """The items of all pages, in order; `printed` are the totals that stand outside the table."""
    figures = Figures(style)
    found: list[_Item] = []
    columns: list[Column] = []
    goes_on = False
    for page in sorted(sheet.by_page):
        rows = sheet.by_page[page]
        headers = [row for row in rows if row.index in labelled.headers]
        for header, following in itertools.zip_longest(headers, headers[1:]):
            last = following.place if following is not None else len(rows)
            below = rows[header.place + 1 : last]
            begun = _until_totals(below, labelled, header)
            named = columns_of(header, rows, begun, labelled, figures)
            if not named or (found and not _same(named, columns)):
                continue
            body = _with_subtotals(below, header, named, labelled, figures)
            if len(body) > len(begun):
                named = columns_of(header, rows, body, labelled, figures) or named
            columns = named
            found.extend(_aligned(list(_items(body, columns, figures))))
            goes_on = len(body) == len(below)
        if not headers and goes_on:
            body = _until_totals(rows, labelled, None, columns)
            found.extend(_aligned(list(_items(body, columns, figures, strict=True))))
            goes_on = len(body) == len(rows)
    items = _adding_up(found, printed) or _by_arithmetic(sheet, labelled, style)
    sums = set(_sums(items))
    if found:
        sums.add(_sum([*items, *(i for i in found if i.is_allowance and i not in items)]))
    return Lines(
        tuple(item.finished(sheet.pages[item.row.page].number) for item in items[:MOST_ITEMS]),
        frozenset(sums),
    )


def items_under(
    sheet: Sheet, body: Sequence[Row], columns: Sequence[Column], style: Style
) -> list[tuple[Row, LineItem]]:
    """The items of some rows whose columns are known, each with the row that has its amount."""
    return [
        (item.row, item.finished(sheet.pages[item.row.page].number))
        for item in _items(body, columns, Figures(style))
    ]


def _same(one: Sequence[Column], other: Sequence[Column]) -> bool:
    """Whether two headings are of one table: payments received are a table too."""
    kinds, others = ({c.kind for c in columns} - {"other"} for columns in (one, other))
    return kinds == others


def _until_totals(
    rows: Sequence[Row],
    labelled: Labelled,
    header: Row | None = None,
    columns: Sequence[Column] = (),
) -> Sequence[Row]:
    """The rows before the totals or the heading of another table. A total stands where the amounts
    stand, or right of them: `net: 60,00` below a price is none.
    """
    left = next((c.x0 - 0.05 for c in columns if c.kind == "line_total"), 0.0)
    for place, row in enumerate(rows):
        labels = labelled.on(row)
        for label in labels:
            if not label.fields & _TOTALS or not (
                label.first == 0 or row.text[: label.start].endswith("  ")
            ):
                continue
            if _CARRIES_OVER.search(fold(row.text)):
                continue
            if any(map(str.isdigit, row.text[label.end :])) and row.box.x1 > left:
                return rows[:place]
        apart = header is None or row.box.y0 - header.box.y0 > 3.5 * header.height
        if apart and heads_totals(row, labels):
            return rows[:place]
    return rows


def _with_subtotals(
    rows: Sequence[Row],
    header: Row,
    columns: Sequence[Column],
    labelled: Labelled,
    figures: Figures,
) -> Sequence[Row]:
    """The rows of a table whose parts may end in sums of their own: it goes on as long as rows
    prove themselves.
    """
    end = len(_until_totals(rows, labelled, header, columns))
    for place in range(end, len(rows)):
        if place >= end and proves(cells_of(rows[place], columns, figures)):
            end = place + 1
            end += len(_until_totals(rows[end:], labelled, None, columns))
    return rows[:end]


def _items(
    body: Sequence[Row], columns: Sequence[Column], figures: Figures, *, strict: bool = False
) -> Iterator[_Item]:
    current: _Item | None = None
    between: list[tuple[Row, str]] = []
    total = next(c for c in columns if c.kind == "line_total")
    for row in body:
        if _PAGE_NUMBER.fullmatch(fold(row.text)):
            continue
        cells = cells_of(row, columns, figures)
        amount = cells.get("line_total")
        if amount is not None and strict and abs(_x1(row, amount) - total.x1) > 0.06:
            amount = None
        text, box = _description(row, cells, columns)
        if amount is None or amount.percent:
            if text:
                between.append((row, text))
            continue
        said = fold(text or row.text)
        carried = said.startswith(_CARRIED) or _CARRIES_OVER.search(said)
        if carried and cells.get("quantity") is None:
            between.clear()
            continue
        before = _shared(current, between, row)
        if current is not None:
            yield current
        current = _Item(row, [*before, *([text] if text else [])], amount.value, boxes=[box])
        current.x1 = _x1(row, amount)
        between = []
        _fill(current, cells, figures)
    if current is not None:
        _shared(current, between, None)
        yield current


def _shared(
    above: _Item | None, between: Sequence[tuple[Row, str]], below: Row | None
) -> list[str]:
    """The rows between two items given to the one above, in place; what is left is returned, for the
    one below.
    """
    last = above.row if above is not None else None
    for place, (row, text) in enumerate(between):
        if last is None or not _follows(last, row):
            if last is None and place + 1 < len(between):
                continue
            return [text] if below is not None and _follows(row, below) else []
        if below is not None and row.page == below.page == last.page:
            nearer_below = below.box.y0 - between[-1][0].box.y1 < 0.5 * (row.box.y0 - last.box.y1)
            if nearer_below:
                return [text for _, text in between[place:]]
        if above is not None:
            above.description.append(text)
            above.boxes.append(row.box)
        last = row
    return []


def _fill(item: _Item, cells: Cells, figures: Figures) -> None:
    """Quantity, price and rate, as far as they do not contradict the amount."""
    quantity, price, rate = (cells.get(k) for k in ("quantity", "unit_price", "vat_rate"))
    item.quantity = quantity.value if quantity else None
    item.price = price.value if price else None
    percents = [n for n, _ in figures.on(item.row) if n.percent and n.value in _RATES]
    if rate is not None and rate.value in _RATES | {Decimal(0)}:
        item.rate = rate.value
    elif percents:
        item.rate = percents[0].value
    if item.quantity and item.price:
        off = abs(item.quantity * item.price - item.amount)
        if off > max(2 * CENT, abs(item.amount) * Decimal("0.6")):
            # A discount is read as a price more often than a whole number as a quantity.
            item.price = None
            if item.quantity != item.quantity.to_integral_value() or abs(item.quantity) > 9_999:
                item.quantity = None
    if item.quantity and item.price is None:
        exact = item.amount / item.quantity
        item.price = exact.quantize(CENT) if exact == exact.quantize(CENT) else None


def _aligned(items: list[_Item]) -> list[_Item]:
    """The items without amounts that stand out of their column, or with nothing said of them."""
    if not items:
        return items
    right = statistics.median(item.x1 for item in items)
    return [
        item
        for item in items
        if abs(item.x1 - right) <= 0.05 and (any(item.description) or item.quantity is not None)
    ]


def _adding_up(found: list[_Item], printed: Collection[Decimal]) -> list[_Item]:
    """The items as their words say, or, if another way to read the table adds up to a printed
    total, that way: the one whose items are all counted, then the longest.
    """
    counted = [item for item in found if item.is_counted]
    plain = _before_sum([item for item in found if not (counted and item.is_allowance)])
    apart = [item for item in found if item not in plain and item.is_allowance]
    closing = [plain] if _sum([*plain, *apart]) in printed else []
    closing += [
        way[:end]
        for way in (plain, counted, found)
        for end in _ends(way)
        if _sum(way[:end]) in printed and (end > 1 or len(way) == 1)
    ]
    return max(closing, key=lambda way: (all(i.is_counted for i in way), len(way)), default=plain)


def _ends(way: Sequence[_Item]) -> list[int]:
    """How many of the items there may be: without some of the last, or without the last pages."""
    turned = [n for n in range(1, len(way)) if way[n].row.page != way[n - 1].row.page]
    return sorted({*range(max(1, len(way) - _MOST_AFTER + 1), len(way) + 1), *turned}, reverse=True)


def _before_sum(items: list[_Item]) -> list[_Item]:
    """The items before one that is the sum of those above it."""
    above = Decimal(0)
    for place, item in enumerate(items):
        if place > 1 and item.amount == above and item.quantity is None:
            return items[:place]
        above += item.amount
    return items


def _sum(items: Sequence[_Item]) -> Decimal:
    return sum((item.amount for item in items), Decimal(0))


def _sums(items: Sequence[_Item]) -> list[Decimal]:
    return [_sum(items)] if items else []


def _follows(above: Row, row: Row) -> bool:
    return row.page == above.page and row.box.y0 - above.box.y1 < 4 * above.height


def _x1(row: Row, number: Number) -> float:
    return row.box_of(number.start, number.end).x1


def _description(row: Row, cells: Cells, columns: Sequence[Column]) -> tuple[str, Box]:
    """The words of a row that are no cell of a number."""
    taken = [
        (number.start, number.end)
        for kind, number in cells.items()
        if kind not in ("line_item_code", "line_description")
    ]
    described = next((c for c in columns if c.kind == "line_description"), None)
    right = min((row.box_of(*span).x0 for span in taken), default=1.0)
    words = []
    for order, word in enumerate(row.words):
        start = row.starts[order]
        if any(a <= start < b for a, b in taken):
            continue
        if described is not None and word.box.x0 < described.x0 - 0.04 and len(word.text) < 12:
            continue
        if word.box.x0 < max(right, described.x1 if described else 0.0):
            words.append(word.text)
    text = " ".join(words)
    return (text if any(map(str.isalpha, text)) else ""), row.box


def _by_arithmetic(sheet: Sheet, labelled: Labelled, style: Style) -> list[_Item]:
    """Rows that prove themselves: quantity x price = amount, with words before."""
    found: list[_Item] = []
    for row in sheet.rows:
        if row.index in labelled.headers:
            continue
        numbers = [n for n in numbers_in(row.text, style) if not n.percent and n.value > 0]
        if len(numbers) < 3 or not any(map(str.isalpha, row.text[: numbers[0].start])):
            continue
        for quantity, price in itertools.pairwise(numbers):
            amount = numbers[-1]
            if amount in (quantity, price) or not amount.is_amount:
                continue
            if gives(quantity.value, price.value, amount.value):
                item = _Item(
                    row, [row.text[: quantity.start].strip()], amount.value, boxes=[row.box]
                )
                item.quantity, item.price = quantity.value, price.value
                found.append(item)
                break
    return found


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
