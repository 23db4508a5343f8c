"""Lists that people put right: where the lines of a sender stand, learnt from those they gave.

The numbers of the lines are looked for on the page, and stand below one another; that makes the
lanes of a table, with the words above them, the words that end it, and what all its lines have. On
the next paper the heading is looked up and the lanes are read. A list of one rate that is the whole
of the totals needs no table: it is counted from them.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from domain.findings import LineItem, VatLine
from domain.money import CENT
from domain.printed.numbers import Number
from domain.rules import Lane, Rule, Table
from models.extraction.arithmetic import SLACK, closes_at
from models.extraction.columns import Column, Figures, cells_of
from models.extraction.lines import items_under
from models.extraction.rows import Row
from models.extraction.texts import words
from models.memory.lanes import Spot, decimal_of, is_under, lane_of, left_over, printed_lines
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
MOST_RIGHT = 0.8
"""Share of the lines that a rule must have right, where a paper is hard to read."""
MOST_WORDS = 3
HEADING_NEAR, HEADING_FAR = 4.0, 14.0
"""How far above its first line a heading may stand, in heights of a row: of taxes, of goods."""
HEADING_ALIKE = 0.6
ASKEW = 0.05
REACH = 0.04
MOST_VAT_LINES = 10


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


def lines_of(rule: Rule, paper: Paper, known: Mapping[str, str | None]) -> Lines | None:
    """What a rule reads on a paper; None when it is silent."""
    if rule.kind == "one_rate":
        return _whole(Decimal(rule.value or 0), known)
    if rule.table is None:
        return None
    if rule.field == "vat_lines":
        return tuple(_vat_lines(paper, rule.table))[:MOST_VAT_LINES] or None
    return _adding_up(_items(paper, rule.table), known) or None


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


# --- learning -------------------------------------------------------------------------------------


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
    begins = {_beginning(paper, paper.sheet.rows[index], 1) for index in chosen}
    table = Table(
        tuple(token.text for token in _across(paper, heading, lanes)) if heading else (),
        _x0(paper, heading, lanes) if heading else 0.0,
        tuple(lanes),
        tuple(needs),
        begins.pop() if field == "vat_lines" and len(begins) == 1 else "",
        ends=_end_below(paper, last, lanes),
    )
    return table if table.heading or table.begins else None


def _passed(paper: Paper, table: Table, spots: Sequence[Spot]) -> tuple[str, ...]:
    """The beginnings of rows between the lines that look like lines and are none."""
    chosen = {spot.row.index for spot in spots}
    figures, columns = Figures(paper.style), _columns(table, 0.0)
    between = paper.sheet.rows[min(chosen) : max(chosen)]
    found = {
        _beginning(paper, row): None
        for row in between
        if row.index not in chosen and _has(row, columns, figures, table.needs)
    }
    return tuple(words for words in found if words)


def _heading_above(paper: Paper, first: Row, lanes: Sequence[Lane], far: float) -> Row | None:
    """The nearest row of words above the lines that stands over one of their columns."""
    columns = [lane for lane in lanes if lane.holds not in ("other", "line_description")]
    for row in reversed(paper.sheet.by_page[first.page][: first.place]):
        if first.box.y0 - row.box.y1 > far * first.height:
            return None
        tokens = _across(paper, row, lanes)
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
            beginning = _beginning(paper, row)
            return (beginning,) if beginning else ()
    return ()


def _beginning(paper: Paper, row: Row, most: int = MOST_WORDS) -> str:
    """The words that a row begins with, up to its first number."""
    taken: list[str] = []
    for token in paper.tokens[row.index]:
        if not token.wordy or len(taken) == most:
            break
        taken.append(token.text)
    return " ".join(taken)


def _one_rate(lines: Lines, known: Mapping[str, str | None]) -> Rule | None:
    if len(lines) != 1 or not isinstance(lines[0], VatLine):
        return None
    rate = Decimal(lines[0].rate)
    whole = _whole(rate, known)
    if whole is None or agreement("vat_lines", whole, lines) < 1.0:
        return None
    return Rule("vat_lines", "one_rate", format(rate.normalize(), "f"))


# --- reading --------------------------------------------------------------------------------------


def _whole(rate: Decimal, known: Mapping[str, str | None]) -> tuple[VatLine, ...] | None:
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
    columns = _columns(table, 0.0)
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
            askew = _x0(paper, head, table.lanes) - table.heading_x0
            columns = _columns(table, askew if abs(askew) <= ASKEW else 0.0)
            yield body, columns
            goes_on = len(body) == len(below)


def _until_end(paper: Paper, table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    for place, row in enumerate(rows):
        if any(_begins(paper, row, end) for end in table.ends):
            return rows[:place]
    return rows


def _across(paper: Paper, row: Row, lanes: Sequence[Lane]) -> list[Token]:
    """The words of a row between the edges of a table: another may stand beside it."""
    named = [lane for lane in lanes if lane.holds != "other"]
    left, right = min(lane.x0 for lane in named), max(lane.x1 for lane in named)
    found = []
    for token in paper.tokens[row.index]:
        box = row.box_of(token.start, token.end)
        if box.x1 > left - ASKEW and box.x0 < right + REACH / 2:
            found.append(token)
    return found


def _x0(paper: Paper, heading: Row, lanes: Sequence[Lane]) -> float:
    first = _across(paper, heading, lanes)[0]
    return round(heading.box_of(first.start, first.end).x0, 4)


def _is_heading(paper: Paper, table: Table, row: Row) -> bool:
    tokens = _across(paper, row, table.lanes)
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
        _has(row, columns, figures, needs)
        and (not table.begins or _begins(paper, row, table.begins))
        and not any(_begins(paper, row, words) for words in table.passed)
    )


def _has(row: Row, columns: Sequence[Column], figures: Figures, needs: Sequence[str]) -> bool:
    return set(needs) <= cells_of(row, columns, figures).keys() if figures.on(row) else False


def _begins(paper: Paper, row: Row, beginning: str) -> bool:
    wanted = beginning.split()
    tokens = paper.tokens[row.index][: len(wanted)]
    return len(tokens) == len(wanted) and all(
        alike(paper, token.text, word) for token, word in zip(tokens, wanted, strict=True)
    )


def _columns(table: Table, askew: float) -> list[Column]:
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
