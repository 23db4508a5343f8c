"""The movements of a bank statement: the dated rows of its table, with the side each amount is on.

Columns come from a heading; the side of an amount is the column it stands under, else its sign. A
row without a date goes on with the label above. What the rows add up to is left to `balances`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.printed.dates import dates_in
from domain.printed.numbers import Style, numbers_in
from models.extraction.columns import Column
from models.extraction.labels import Labelled
from models.extraction.rows import Row, Sheet, joined
from models.extraction.texts import fold

Period = tuple[dt.date | None, dt.date | None]

_KINDS = ("debit", "credit", "balance", "movement_amount", "value_date", "operation_date")
_MONEY = frozenset({"debit", "credit", "balance", "movement_amount"})
_SHORT_DATE = re.compile(r"^\W{0,2}(\d{1,2})[./\- ](\d{1,2})(?![\d./-]*\d{2,4})(?=\s|$)")
_SKIPPED = re.compile(
    r"^\W*(total|totaux|sous.total|report|a reporter|solde|saldo|balance|opening|closing|beginning|"
    r"ending|ancien|nouveau|previous|new balance|your new|kontostand|ubertrag|zwischensumme)\b"
)
_SHOP = re.compile(r"total\s?(energies|access|fina|direct)")
"""TotalEnergies is a shop, not a total."""


@dataclass(slots=True)
class Movement:
    """One row of the table; `balance` is the running balance printed beside it."""

    row: Row
    date: dt.date
    value_date: dt.date | None
    description: list[str]
    amount: Decimal
    certain: bool
    """Whether the column or a sign says the side; otherwise the running balance may."""
    balance: Decimal | None = None


@dataclass(slots=True)
class _Table:
    """The table of movements as far as it was read, going on over pages."""

    style: Style
    period: Period
    month_first: bool
    columns: list[Column] = field(default_factory=list)
    found: list[Movement] = field(default_factory=list)
    last: Row | None = None
    headed: bool = False
    """Whether the row before was a heading, which may go on."""
    fullest: list[Column] = field(default_factory=list)
    """The heading of all pages that names the most columns."""

    def read(self, rows: Sequence[Row], labelled: Labelled) -> None:
        """The rows of one page, top down."""
        self.last = None
        for row, following in itertools.zip_longest(rows, rows[1:]):
            heading = heading_of(row, labelled)
            if heading:
                self.columns, self.last, self.headed = heading, None, True
                self.columns = _completed(heading, self.fullest)
            elif self.headed and (more := _columns(row, labelled)):
                self.columns = _merged(self.columns, more)
            elif self.columns:
                self.headed = False
                self._row(row, following)

    def _row(self, row: Row, following: Row | None) -> None:
        words = re.sub(r"^[\d\W]+", "", fold(row.text))
        if _SKIPPED.match(words) and not _SHOP.match(words):
            self.last = None
            return
        date = self._date(row)
        if date is None and following is not None and not self._is_dated(row):
            date = self._date_below(row, following)
        if date is not None:
            movement = self._movement(row, date)
            if movement is not None:
                self.found.append(movement)
                self.last = row
        elif self.last is not None and self._continues(self.last, row):
            self.found[-1].description.append(row.text)
            self.last = row

    def _is_dated(self, row: Row) -> bool:
        return bool(dates_in(row.text, month_first=self.month_first))

    def _date(self, row: Row) -> tuple[dt.date, int, int] | None:
        """The date a row begins with or shows in the column of dates, and where it stands."""
        seen = dates_in(row.text, month_first=self.month_first)
        if seen and seen[0].start <= 3:
            return seen[0].value, seen[0].start, seen[0].end
        short = _SHORT_DATE.match(row.text)
        if short is not None and (day := self._short(short)) is not None:
            return day, 0, short.end()
        for column in self.columns:
            for date in seen if column.kind == "operation_date" else ():
                if abs(row.box_of(date.start, date.end).x0 - column.x0) < 0.04:
                    return date.value, date.start, date.end
        return None

    def _date_below(self, row: Row, below: Row) -> tuple[dt.date, int, int] | None:
        """The date under a label, where the table has no column of dates."""
        if any(c.kind == "operation_date" for c in self.columns) or not self._near(row, below):
            return None
        seen = dates_in(below.text, month_first=self.month_first)
        if not seen or seen[0].start > 1 or not numbers_in(row.text, self.style):
            return None
        return seen[0].value, 0, 0

    def _short(self, match: re.Match[str]) -> dt.date | None:
        """A date without its year: the year of the period, the one before for a December in a
        statement that ends in January.
        """
        end = self.period[1] or self.period[0]
        if end is None:
            return None
        day, month = int(match[1]), int(match[2])
        if self.month_first:
            day, month = month, day
        year = end.year - 1 if month > end.month + 1 else end.year
        try:
            return dt.date(year, month, day)
        except ValueError:
            return None

    def _movement(self, row: Row, date: tuple[dt.date, int, int]) -> Movement | None:
        day, start, after = date
        taken = [(start, after)]
        value_date = self._value_date(row, after, taken)
        amount: Decimal | None = None
        balance: Decimal | None = None
        certain = False
        money = [c for c in self.columns if c.kind in _MONEY]
        numbers = [
            n for n in numbers_in(row.text, self.style)
            if n.start >= start and not n.percent and not any(a <= n.start < b for a, b in taken)
        ]  # fmt: skip
        # Money stands at the right; whole numbers only under a column of money.
        for number in sorted(numbers, key=lambda n: -n.start)[:3]:
            box = row.box_of(number.start, number.end)
            distance, column = min(
                ((_distance(box.x0, box.x1, c, self.columns), c) for c in money),
                key=lambda pair: pair[0],
            )
            if distance > 0.08 or (not number.is_amount and distance > 0.04):
                continue
            if column.kind == "balance" and balance is None and len(money) > 1:
                balance = number.value
            elif amount is None:
                amount = number.value
                certain = column.kind != "movement_amount" or number.value < 0
                if column.kind == "debit":
                    amount = -abs(amount)
                elif _has_plus(row.text, number.start, number.end):
                    certain = True
            else:
                continue
            taken.append((number.start, number.end))
        if amount is None:
            return None
        described = [
            word.text
            for order, word in enumerate(row.words)
            if not any(
                a < row.starts[order] + len(word.text) and row.starts[order] < b for a, b in taken
            )
            and re.search(r"[\w]", word.text)
            and word.text not in ("EUR", "CHF")
        ]
        return Movement(row, day, value_date, [" ".join(described)], amount, certain, balance)

    def _value_date(self, row: Row, after: int, taken: list[tuple[int, int]]) -> dt.date | None:
        dated = [c for c in self.columns if c.kind == "value_date"]
        for other in dates_in(row.text, month_first=self.month_first):
            if other.start < after:
                continue
            box = row.box_of(other.start, other.end)
            if (dated and abs(box.x0 - dated[0].x0) < 0.08) or other.start - after <= 2:
                taken.append((other.start, other.end))
                return other.value
        for order, word in enumerate(row.words if dated else ()):
            short = _SHORT_DATE.match(word.text)
            if short and abs(word.box.x0 - dated[0].x0) < 0.06 and row.starts[order] >= after:
                taken.append((row.starts[order], row.starts[order] + len(word.text)))
                return self._short(short)
        return None

    def _near(self, last: Row, row: Row) -> bool:
        return row.page == last.page and row.box.y0 - last.box.y1 < 1.6 * last.height

    def _continues(self, last: Row, row: Row) -> bool:
        """Whether a row without a date goes on with the label of the movement above."""
        left = min((c.x0 for c in self.columns if c.kind in _MONEY - {"balance"}), default=1.0)
        return (
            self._near(last, row)
            and row.box.x1 < left + 0.02
            and not any(n.is_amount for n in numbers_in(row.text, self.style))
        )


def find_movements(
    sheet: Sheet, labelled: Labelled, style: Style, period: Period, *, month_first: bool
) -> list[Movement]:
    """The movements of a statement in the order of its pages."""
    table = _Table(style, period, month_first, fullest=columns_of(sheet, labelled))
    for page in sorted(sheet.by_page):
        table.read(_whole(sheet.by_page[page]), labelled)
    return table.found


def columns_of(sheet: Sheet, labelled: Labelled) -> list[Column]:
    """The columns of the heading that names the most of them, on whatever page."""
    return max((heading_of(row, labelled) for row in sheet.rows), key=len, default=[])


def stands_as_debit(row: Row, start: int, end: int, columns: Sequence[Column]) -> bool:
    """Whether the number at `start:end` stands in the column of debits, beside one of credits."""
    sides = [c for c in columns if c.kind in ("debit", "credit")]
    if len(sides) < 2 or any(c.kind == "balance" for c in columns):
        return False
    box = row.box_of(start, end)
    nearest = min(sides, key=lambda c: _distance(box.x0, box.x1, c, columns))
    return nearest.kind == "debit" and _distance(box.x0, box.x1, nearest, columns) < 0.04


def _whole(rows: Sequence[Row]) -> list[Row]:
    """The rows of a page; numbers that a slanted scan left on a row of their own are back on theirs."""
    kept: list[Row] = []
    for row in rows:
        above = kept[-1] if kept else None
        if above is not None and not row.wordy and _beside(above, row):
            kept[-1] = joined(above, row)
        elif above is not None and not above.wordy and _beside(above, row):
            kept[-1] = joined(row, above)
        else:
            kept.append(row)
    return kept


def _beside(one: Row, other: Row) -> bool:
    """Whether two rows are one line: side by side, and at the same height for the most part."""
    apart = not any(
        mine.box.x0 < theirs.box.x1 and theirs.box.x0 < mine.box.x1
        for mine in one.words
        for theirs in other.words
        if len(mine.text) > 1 and len(theirs.text) > 1  # specks are where they like
    )
    shared = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    return apart and shared > 0.4 * min(one.height, other.height)


def _completed(heading: list[Column], fullest: Sequence[Column]) -> list[Column]:
    """A heading with the columns that only another page's heading let read, where they stand here."""
    known = {column.kind: column for column in heading}
    shared = [(known[c.kind], c) for c in fullest if c.kind in known]
    if len(shared) < 2 or len(fullest) <= len(heading):
        return heading
    shifts = [here.x0 - there.x0 for here, there in shared]
    if max(shifts) - min(shifts) > 0.03:
        return heading  # another table
    shift = sum(shifts) / len(shifts)
    more = [replace(c, x0=c.x0 + shift, x1=c.x1 + shift) for c in fullest if c.kind not in known]
    added = [c for c in more if not any(_together(c, other) for other in heading)]
    return sorted([*heading, *added], key=lambda column: column.x0)


def heading_of(row: Row, labelled: Labelled) -> list[Column]:
    """The columns a row names, when it heads a table of movements."""
    found = _columns(row, labelled)
    kinds = {column.kind for column in found}
    dated = kinds & {"operation_date", "value_date"} or "date" in fold(row.text)
    sided = kinds & {"debit", "credit", "movement_amount"}
    return found if sided and (dated or len(kinds & _MONEY) > 1) else []


def _columns(row: Row, labelled: Labelled) -> list[Column]:
    if sum(map(str.isdigit, row.text)) > 2:
        return []
    found: list[Column] = []
    ended = -1
    for label in labelled.on(row):
        kind = next((k for k in _KINDS if k in label.fields), None)
        if kind is None:
            continue
        column = Column(kind, label.box.x0, label.box.x1)
        if found and ended >= 0 and row.text[ended : label.start].strip() == "/":
            column = replace(column, x0=found[-1].x1)  # `Withdrawals / Deposits`
        found, ended = _merged(found, [column]), label.end
    money = [c for c in found if c.kind in _MONEY]
    if (
        len(money) > 1
        and money[-1].kind == "movement_amount"
        and {c.kind for c in money[:-1]} >= {"debit", "credit"}
    ):
        # Beside what came in and what went out, `Amount` is what is left.
        found[found.index(money[-1])] = replace(money[-1], kind="balance")
    return found


def _merged(columns: list[Column], more: list[Column]) -> list[Column]:
    """Columns of a heading over two rows, or of `Withdrawals / Deposits`: one place holds both
    sides, so that only the sign tells them apart.
    """
    merged = list(columns)
    for column in more:
        at = next((i for i, c in enumerate(merged) if _together(c, column)), None)
        if at is None:
            merged.append(column)
        elif {merged[at].kind, column.kind} == {"debit", "credit"}:
            merged[at] = replace(
                merged[at], kind="movement_amount", x1=max(merged[at].x1, column.x1)
            )
    return merged


def _together(one: Column, other: Column) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > -0.012


def _has_plus(text: str, start: int, end: int) -> bool:
    return bool(re.search(r"\+\s?$", text[:start]) or re.match(r"\s?\+(?!\w)", text[end:]))


def _distance(x0: float, x1: float, column: Column, columns: Sequence[Column]) -> float:
    """How far an amount stands from a column: aligned with its heading at one side, or somewhere
    between its heading's beginning and the next heading.
    """
    edges = min(
        abs(x1 - column.x1), abs(x0 - column.x0), abs((x0 + x1 - column.x0 - column.x1) / 2)
    )
    following = min((c.x0 for c in columns if c.x0 > column.x0), default=1.0)
    inside = x0 >= column.x0 - 0.01 and x1 <= following
    return min(edges, 0.04 if inside else 1.0)
