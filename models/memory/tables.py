"""Reading a table whose lanes were learnt: its heading is looked up, and the lanes below are read.

A list of one rate that is the whole of the totals needs no table: it is counted from them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from domain.findings import LineItem, VatLine
from domain.money import CENT
from domain.printed.numbers import Number
from domain.rules import Lane, Rule, Table
from models.extraction.arithmetic import SLACK, closes_at
from models.extraction.columns import Column, Figures, cells_of
from models.extraction.lines import items_under
from models.extraction.rows import Row
from models.memory.lanes import decimal_of
from models.memory.places import Paper, Token, alike

Lines = tuple[VatLine, ...] | tuple[LineItem, ...]

HOLDS = {
    "vat_lines": {"amount": "amount", "base": "base", "rate": "rate"},
    "line_items": {
        "net_amount": "line_total",
        "quantity": "quantity",
        "unit_price": "unit_price",
        "vat_rate": "vat_rate",
    },
}
"""List → the numbers of its lines and the columns that hold them; the first tells lines apart."""
MOST_WORDS = 3
HEADING_ALIKE = 0.6
ASKEW = 0.05
REACH = 0.04
MOST_VAT_LINES = 10


def lines_of(rule: Rule, paper: Paper, known: Mapping[str, str | None]) -> Lines | None:
    """What a rule reads on a paper; None when it is silent."""
    if rule.kind == "one_rate":
        return whole_at(Decimal(rule.value or 0), known)
    if rule.table is None:
        return None
    if rule.field == "vat_lines":
        return tuple(_vat_lines(paper, rule.table))[:MOST_VAT_LINES] or None
    return _adding_up(_items(paper, rule.table), known) or None


def adds_up(field: str, lines: Lines, known: Mapping[str, str | None]) -> bool:
    """Whether lines make the total of the document that they should."""
    if not lines:
        return False
    totals = ("vat_total",) if field == "vat_lines" else ("net_total", "gross_total")
    key = next(iter(HOLDS[field]))
    amounts = [decimal_of(getattr(line, key)) for line in lines]
    total = sum((abs(amount) for amount in amounts if amount is not None), Decimal(0))
    return None not in amounts and any(
        (value := decimal_of(known.get(name))) is not None
        and abs(abs(value) - total) <= max(SLACK, CENT * len(lines))
        for name in totals
    )


def beginning_of(paper: Paper, row: Row, most: int = MOST_WORDS) -> str:
    """The words that a row begins with, up to its first number."""
    taken: list[str] = []
    for token in paper.tokens[row.index]:
        if not token.wordy or len(taken) == most:
            break
        taken.append(token.text)
    return " ".join(taken)


def whole_at(rate: Decimal, known: Mapping[str, str | None]) -> tuple[VatLine, ...] | None:
    """The one line that the totals make at a rate; None when they are not of that rate."""
    net, vat, gross = (decimal_of(known.get(f"{part}_total")) for part in ("net", "vat", "gross"))
    if net is None and gross is not None:
        net = gross - vat if vat is not None else (gross * 100 / (100 + rate)).quantize(CENT)
    if net is None:
        return None
    if vat is None:
        vat = gross - net if gross is not None else (net * rate / 100).quantize(CENT)
    if not closes_at(net, rate, vat):
        return None
    return (VatLine(_plain(rate), str(net.quantize(CENT)), str(vat.quantize(CENT))),)


def _vat_lines(paper: Paper, table: Table) -> Iterator[VatLine]:
    figures = Figures(paper.style)
    for body, columns in _bodies(paper, table):
        for row in body:
            if not _is_line(paper, table, row, columns, figures):
                continue
            cells = cells_of(row, columns, figures)
            rate, amount, base = cells["rate"], cells["amount"], cells.get("base")
            if base is None or closes_at(abs(base.value), rate.value, abs(amount.value)):
                yield VatLine(_plain(rate.value), _cents(base) if base else None, _cents(amount))


def _items(paper: Paper, table: Table) -> tuple[LineItem, ...]:
    figures = Figures(paper.style)
    return tuple(
        item
        for body, columns in _bodies(paper, table)
        for row, item in items_under(paper.sheet, body, columns, paper.style)
        if _is_line(paper, table, row, columns, figures)
    )


def _bodies(paper: Paper, table: Table) -> Iterator[tuple[Sequence[Row], list[Column]]]:
    """The rows below each heading with the columns as they stand there, up to the table's end."""
    goes_on = not table.heading
    columns = columns_at(table, 0.0)
    for page in sorted(paper.sheet.by_page):
        rows = paper.sheet.by_page[page]
        heads = [row for row in rows if _is_heading(paper, table, row)]
        if not heads and goes_on:
            body = _until_end(paper, table, rows)
            yield body, columns
            goes_on = len(body) == len(rows)
        for head, following in itertools.zip_longest(heads, heads[1:]):
            below = rows[head.place + 1 : following.place if following else len(rows)]
            body = _until_end(paper, table, below)
            askew = heading_x0(paper, head, table.lanes) - table.heading_x0
            columns = columns_at(table, askew if abs(askew) <= ASKEW else 0.0)
            yield body, columns
            goes_on = len(body) == len(below)


def _until_end(paper: Paper, table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    for place, row in enumerate(rows):
        if any(_begins(paper, row, end) for end in table.ends):
            return rows[:place]
    return rows


def across(paper: Paper, row: Row, lanes: Sequence[Lane]) -> list[Token]:
    """The words of a row between the edges of a table: another may stand beside it."""
    named = [lane for lane in lanes if lane.holds != "other"]
    left, right = min(lane.x0 for lane in named), max(lane.x1 for lane in named)
    found = []
    for token in paper.tokens[row.index]:
        box = row.box_of(token.start, token.end)
        if box.x1 > left - ASKEW and box.x0 < right + REACH / 2:
            found.append(token)
    return found


def heading_x0(paper: Paper, heading: Row, lanes: Sequence[Lane]) -> float:
    first = across(paper, heading, lanes)[0]
    return round(heading.box_of(first.start, first.end).x0, 4)


def _is_heading(paper: Paper, table: Table, row: Row) -> bool:
    tokens = across(paper, row, table.lanes)
    if not table.heading or not tokens or len(tokens) > 2 * len(table.heading):
        return False
    left = list(tokens)
    hits = 0
    for word in table.heading:
        hit = next((t for t in left if alike(paper, t.text, word)), None)
        if hit is not None:
            left.remove(hit)
            hits += 1
    return hits >= HEADING_ALIKE * len(table.heading)


def _is_line(
    paper: Paper, table: Table, row: Row, columns: Sequence[Column], figures: Figures
) -> bool:
    needs = table.needs
    if paper.sheet.scanned and needs[0] == "line_total":
        # A number that OCR lost does not make it another row.
        held = cells_of(row, columns, figures).keys() & set(needs)
        needs = needs[:1] if len(held) * 2 > len(needs) else needs
    return (
        holds(row, columns, figures, needs)
        and (not table.begins or _begins(paper, row, table.begins))
        and not any(_begins(paper, row, words) for words in table.passed)
    )


def holds(row: Row, columns: Sequence[Column], figures: Figures, needs: Sequence[str]) -> bool:
    return set(needs) <= cells_of(row, columns, figures).keys() if figures.on(row) else False


def _begins(paper: Paper, row: Row, beginning: str) -> bool:
    wanted = beginning.split()
    tokens = paper.tokens[row.index][: len(wanted)]
    return len(tokens) == len(wanted) and all(
        alike(paper, token.text, word) for token, word in zip(tokens, wanted, strict=True)
    )


def columns_at(table: Table, askew: float) -> list[Column]:
    return [
        Column(lane.holds, lane.x0 + askew, lane.x1 + askew, reach=REACH) for lane in table.lanes
    ]


def _adding_up(
    items: tuple[LineItem, ...], known: Mapping[str, str | None]
) -> tuple[LineItem, ...]:
    """The items, or the first of them where those alone make a total of the document."""
    ways = (items[:end] for end in range(len(items), 0, -1))
    return next((way for way in ways if adds_up("line_items", way, known)), items)


def _cents(number: Number) -> str:
    return str(number.value.quantize(CENT))


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
