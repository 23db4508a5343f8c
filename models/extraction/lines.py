"""The lines of an invoice: a table read by its columns, on one page or several.

A heading row names the columns; numbers below belong to the column they stand under. A row with an
amount begins an item, a row without one continues its description. Where no heading was
understood, rows whose quantity times price gives their amount are items all the same. Whether
the lines add up to the net total is checked by `proof`.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from domain.findings import LineItem
from domain.money import CENT
from domain.text import Box
from models.extraction.labels import Label, Labelled
from models.extraction.numbers import Number, Style, numbers_in
from models.extraction.proof import RATES
from models.extraction.rows import Row, Sheet
from models.extraction.texts import clean, fold

MOST_ITEMS = 1_000
_KINDS = ("line_total", "unit_price", "quantity", "vat_rate", "line_item_code", "line_description")
_CARRIED = ("report", "a reporter", "sous-total", "sous total", "subtotal", "sub total", "total",
            "zwischensumme", "ubertrag", "subtotaal", "carried", "brought", "somme")  # fmt: skip
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|pagina|blatt|blad|p\.)?\s*\d{1,3}\s*(?:/|sur|of|von|de|van)\s*\d{1,3}\W*"
)
_RATES = frozenset(RATES)
_ALLOWANCE = (
    r"remise|rabais|rabatt|discount|abschlag|zuschlag|escompte|skonto|frais de port|versand|korting"
)


@dataclass(frozen=True, slots=True)
class Column:
    kind: str
    x0: float
    x1: float


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


def find_lines(sheet: Sheet, labelled: Labelled, style: Style) -> tuple[LineItem, ...]:
    """The items of all pages, in order."""
    items: list[_Item] = []
    columns: list[Column] = []
    open_table = False
    for page in sorted(sheet.by_page):
        rows = sheet.by_page[page]
        headers = [row for row in rows if row.index in labelled.headers]
        if headers:
            for header, following in zip(headers, [*headers[1:], None], strict=True):
                found = _columns(header, rows, labelled)
                last = labelled.region_end.get(header.index, rows[-1].index)
                if following is not None:
                    last = min(last, following.index - 1)
                body = [row for row in rows if header.index < row.index <= last]
                if not any(c.kind == "line_total" for c in found):
                    found = _with_last_column(found, body, style)
                if not any(c.kind == "line_total" for c in found):
                    continue
                columns = found
                items.extend(_settled(list(_items(body, columns, style))))
                open_table = last >= rows[-1].index
                if items and not open_table:
                    break
        elif open_table and columns:
            body, ended = _until_totals(rows, labelled)
            items.extend(_settled(list(_items(body, columns, style, strict=True))))
            open_table = not ended
    if not items:
        items = _by_arithmetic(sheet, labelled, style)
    return tuple(item.finished(sheet.pages[item.row.page].number) for item in items[:MOST_ITEMS])


def _columns(header: Row, rows: Sequence[Row], labelled: Labelled) -> list[Column]:
    """The columns a heading names; the heading may run over neighbouring rows."""
    labels: list[Label] = list(labelled.on(header))
    for row in rows:
        if row is not header and abs(row.box.y0 - header.box.y0) < 2.2 * header.height:
            labels.extend(
                label
                for label in labelled.on(row)
                if not any(map(str.isdigit, row.text))
                and not any(_over(label.box, other.box) for other in labels)
            )
    found: list[Column] = []
    for label in labels:
        kind = next((k for k in _KINDS if k in label.fields), None)
        if kind is None and "discount" in label.fields:
            kind = "discount"
        if kind is None and "total_vat" in label.fields:
            kind = "vat_rate"
        if kind is not None:
            found.append(Column(kind, label.box.x0, label.box.x1))
    totals = [c for c in found if c.kind == "line_total"]
    if len(totals) > 1:
        # Several amounts: net before gross, else the last. The others stay as plain columns.
        named = {(label.box.x0, label.box.x1): set(label.tokens) for label in labels}
        gross = {"ttc", "incl", "inkl", "brutto", "tvac"}
        net = [c for c in totals if not named[(c.x0, c.x1)] & gross] or totals
        keep = max(net, key=lambda c: c.x1)
        found = [
            c if c.kind != "line_total" or c is keep else Column("other", c.x0, c.x1) for c in found
        ]
    return sorted(found, key=lambda c: c.x0)


def _with_last_column(found: list[Column], body: Sequence[Row], style: Style) -> list[Column]:
    """The columns with the rightmost one that holds amounts, when its heading was not understood."""
    edges = [
        box.x1
        for row in body
        for number in numbers_in(row.text, style)
        if number.is_amount and (box := row.box_of(number.start, number.end)).x0 > 0.5
    ]
    if not edges:
        return found
    right = max(edges)
    if any(c.kind in ("unit_price", "vat_rate") and abs(c.x1 - right) < 0.03 for c in found):
        return found
    return [*found, Column("line_total", right - 0.07, right)]


def _settled(items: list[_Item]) -> list[_Item]:
    """The items of a table without what only looks like one: amounts out of column, allowances,
    and a total at the end.
    """
    if not items:
        return items
    right = statistics.median(item.x1 for item in items)
    kept: list[_Item] = []
    counted = any(item.quantity is not None for item in items)
    for item in items:
        total = sum((other.amount for other in kept), Decimal(0))
        words = fold(" ".join(item.description))
        if len(kept) > 1 and item.amount == total and item.quantity is None:
            break
        if abs(item.x1 - right) > 0.05 or (not words and item.quantity is None):
            continue
        if counted and item.quantity is None and re.search(_ALLOWANCE, words):
            continue
        kept.append(item)
    return kept


def _over(one: Box, other: Box) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 0


def _until_totals(rows: Sequence[Row], labelled: Labelled) -> tuple[list[Row], bool]:
    kept: list[Row] = []
    for row in rows:
        ends = any(
            label.fields & {"total_excl_vat", "total_incl_vat", "total_vat", "amount_due"}
            and (label.first == 0 or row.text[: label.start].endswith("  "))
            and any(map(str.isdigit, row.text[label.end :]))
            for label in labelled.on(row)
        )
        if ends:
            return kept, True
        kept.append(row)
    return kept, False


def _items(
    body: Sequence[Row], columns: Sequence[Column], style: Style, *, strict: bool = False
) -> Iterator[_Item]:
    current: _Item | None = None
    pending: list[str] = []
    total = next(c for c in columns if c.kind == "line_total")
    for row in body:
        if _PAGE_NUMBER.fullmatch(fold(row.text)):
            continue
        cells = _cells(row, columns, style)
        amount = cells.get("line_total")
        if amount is not None and strict and abs(_x1(row, amount) - total.x1) > 0.06:
            amount = None
        text, box = _description(row, cells, columns)
        if amount is None or amount.percent:
            if current is not None and text and _follows(current.row, row):
                current.description.append(text)
                current.boxes.append(row.box)
            elif text:
                pending = [text]
            continue
        if fold(text or row.text).startswith(_CARRIED) and cells.get("quantity") is None:
            continue
        if current is not None:
            yield current
        current = _Item(row, [text] if text else pending[-1:], amount.value, boxes=[box])
        current.x1 = _x1(row, amount)
        pending = []
        quantity, price, rate = (cells.get(k) for k in ("quantity", "unit_price", "vat_rate"))
        current.quantity = quantity.value if quantity else None
        current.price = price.value if price else None
        if rate is not None and rate.value in _RATES | {Decimal(0)}:
            current.rate = rate.value
        elif (percent := next((n for n in numbers_in(row.text, style) if n.percent), None)) and (
            percent.value in _RATES
        ):
            current.rate = percent.value
        _complete(current)
    if current is not None:
        yield current


def _complete(item: _Item) -> None:
    """A missing or misread quantity or price is dropped when it contradicts the amount."""
    if item.quantity is not None and item.price is not None and item.quantity * item.price != 0:
        off = abs(item.quantity * item.price - item.amount)
        if off > max(Decimal("0.02"), abs(item.amount) * Decimal("0.6")):
            item.quantity = item.price = None
    elif item.quantity and item.price is None and item.quantity != 0:
        price = item.amount / item.quantity
        item.price = price.quantize(CENT) if price == price.quantize(CENT) else None


def _follows(above: Row, row: Row) -> bool:
    return row.page == above.page and row.box.y0 - above.box.y1 < 4 * above.height


def _x1(row: Row, number: Number) -> float:
    return row.box_of(number.start, number.end).x1


def _cells(row: Row, columns: Sequence[Column], style: Style) -> dict[str, Number]:
    """The number under each column, the best aligned when several could be."""
    best: dict[str, tuple[float, Number]] = {}
    for number in numbers_in(row.text, style):
        box = row.box_of(number.start, number.end)
        distance, column = min(
            ((_distance(box, column), column) for column in columns), key=lambda pair: pair[0]
        )
        if distance > 0.07 or (column.kind == "line_description" and distance > 0):
            continue
        held = best.get(column.kind)
        if held is None or distance < held[0]:
            best[column.kind] = (distance, number)
    return {kind: number for kind, (_, number) in best.items()}


def _distance(box: Box, column: Column) -> float:
    """How far a number stands from a column: edges or middles aligned, whichever fits."""
    middle = abs((box.x0 + box.x1) / 2 - (column.x0 + column.x1) / 2)
    edges = min(abs(box.x1 - column.x1), abs(box.x0 - column.x0))
    overlap = min(box.x1, column.x1) - max(box.x0, column.x0)
    return min(middle, edges) - (0.02 if overlap > 0 else 0.0)


def _description(row: Row, cells: dict[str, Number], columns: Sequence[Column]) -> tuple[str, Box]:
    """The words of a row that are no cell of a number."""
    taken = [
        (number.start, number.end)
        for kind, number in cells.items()
        if kind not in ("line_description", "line_item_code")
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
            if abs(quantity.value * price.value - amount.value) <= CENT:
                item = _Item(
                    row, [row.text[: quantity.start].strip()], amount.value, boxes=[row.box]
                )
                item.quantity, item.price = quantity.value, price.value
                found.append(item)
                break
    return found


def sum_of(items: Sequence[LineItem]) -> Decimal | None:
    amounts = [Decimal(item.net_amount) for item in items if item.net_amount is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
