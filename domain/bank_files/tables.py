"""CSV of banks, read by a mapping: what stands before the header, the rows, and what ends them.

Encoding, delimiter and header are found here; what the columns are is `mappings`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.bank_files import reading
from domain.bank_files.mappings import NAMES, Mapping, fingerprint, guess_mapping, named
from domain.delimited import delimiter_of, text_of
from domain.errors import Invalid
from domain.journal import plain_text
from domain.statements import Movement, Statement
from domain.words import folded

NAME = "CSV"
_SEARCHED = 60
"""Rows before which the header stands, and rows that tell what columns are."""
_OPENING = ("solde initial", "solde precedent", "ancien solde", "anfangssaldo", "opening balance")
_CLOSING = ("solde final", "nouveau solde", "schlusssaldo", "closing balance")


@dataclass(frozen=True, slots=True)
class Table:
    """A file taken apart: rows with their line, from 1; `header` is empty when there is none."""

    delimiter: str
    preamble: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.header)

    @property
    def guess(self) -> Mapping | None:
        return guess_mapping(self.header, [cells for _, cells in self.rows[:_SEARCHED]])


def look(content: bytes) -> Table:
    """The table of a file, for a page that asks what its columns are; Invalid for what is none."""
    text = text_of(content)
    if text is None:
        raise unknown()
    delimiter = delimiter_of(text)
    listed: list[tuple[int, tuple[str, ...]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                listed.append((reader.line_num, tuple(cell.strip() for cell in cells)))
            if len(listed) > reading.MOST_MOVEMENTS + _SEARCHED:
                raise reading.too_large()
    except csv.Error:
        raise reading.broken(NAME, reader.line_num + 1, "structure") from None
    if sum(len(cells) > 1 for _, cells in listed) < 1:
        raise unknown()
    at = _header_at(listed)
    if at is None:
        return Table(delimiter, (), (), tuple(listed))
    before = tuple(cells for _, cells in listed[:at])
    return Table(delimiter, before, listed[at][1], tuple(listed[at + 1 :]))


def read(content: bytes, mapping: Mapping | None = None) -> tuple[Statement, ...]:
    """The statements of a file, one for each currency in it."""
    table = look(content)
    mapping = mapping or table.guess
    if mapping is None:
        raise Invalid(
            "The columns of this file are not known.",
            code="bank_mapping_needed",
            advice="Say which column is the day, the label and the amount.",
            header=list(table.header),
            rows=[list(cells) for _, cells in table.rows[:5]],
        )
    groups: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for line, cells in _whole_rows(table.rows, mapping):
        currency = reading.currency(_cell(cells, mapping.currency)) or _told_currency(table)
        groups.setdefault(currency, []).append((line, cells))
    return tuple(
        _statement(rows, mapping, table, currency, alone=len(groups) == 1)
        for currency, rows in groups.items()
    )


def unknown() -> Invalid:
    return Invalid(
        "This is no bank statement in a format that can be read.",
        code="bank_file_unknown",
        advice="Send CAMT, MT940, CFONB120, CODA, OFX or CSV; a PDF goes with the other documents.",
    )


def _header_at(rows: Sequence[tuple[int, tuple[str, ...]]]) -> int | None:
    """Where the header is: the row with the names of a day and an amount, or else the first row as
    wide as most that has neither.
    """
    for at, (_, cells) in enumerate(rows[:_SEARCHED]):
        roles = named(cells)
        if "day" in roles and ("amount" in roles or {"debit", "credit"} <= set(roles)):
            return at
    width = Counter(len(cells) for _, cells in rows[:_SEARCHED]).most_common(1)[0][0]
    at, cells = next((at, c) for at, (_, c) in enumerate(rows) if len(c) == width)
    return None if any(_loose_day(cell) for cell in cells) else at


def _loose_day(cell: str) -> bool:
    return bool(re.match(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?![0-9])", cell))


def _whole_rows(
    rows: Iterable[tuple[int, tuple[str, ...]]], mapping: Mapping
) -> Iterable[tuple[int, tuple[str, ...]]]:
    """The rows of movements, each with the text of those below it that only go on with it."""
    now: tuple[int, list[str]] | None = None
    money = (mapping.amount, mapping.debit, mapping.credit)
    for line, cells in rows:
        has_day = bool(_cell(cells, mapping.day))
        has_money = any(_cell(cells, column) for column in money)
        if has_day and has_money:
            if now is not None:
                yield now[0], tuple(now[1])
            now = (line, list(cells))
        elif not has_day and not has_money:
            text = " ".join(filter(None, (_cell(cells, column) for column in mapping.label)))
            column = mapping.label[0]
            if now is not None and text and column < len(now[1]):
                now[1][column] = f"{now[1][column]} {text}"[:1000]
        elif sum(map(bool, cells)) > 1:
            raise reading.broken(NAME, line, "amount" if has_day else "day")
    if now is not None:
        yield now[0], tuple(now[1])


def _cell(cells: Sequence[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def _statement(
    rows: list[tuple[int, tuple[str, ...]]],
    mapping: Mapping,
    table: Table,
    currency: str,
    *,
    alone: bool,
) -> Statement:
    signs = [_amount(line, _cell(cells, mapping.debit), mapping) for line, cells in rows]
    negative = sum(s < 0 for s in signs if s is not None) * 2 > sum(s is not None for s in signs)
    movements = reading.oldest_first(_movement(*row, mapping, negative) for row in rows)
    first, last = reading.period(movements)
    own = {_cell(cells, mapping.own_iban) for _, cells in rows} - {""}
    opening = _told(table, _OPENING, mapping) if alone else None
    closing = _told(table, _CLOSING, mapping) if alone else None
    if opening is None and movements and movements[0].balance is not None:
        opening = movements[0].balance - movements[0].amount
    if closing is None and movements:
        closing = movements[-1].balance
    return Statement(
        "csv",
        movements,
        iban=reading.iban(own.pop()) if len(own) == 1 else _told_iban(table),
        currency=currency,
        start=first,
        end=last,
        opening=opening,
        closing=closing,
    )


def _movement(line: int, cells: tuple[str, ...], mapping: Mapping, negative: bool) -> Movement:
    if mapping.amount is not None:
        amount = _amount(line, _cell(cells, mapping.amount), mapping)
    else:
        debit = _amount(line, _cell(cells, mapping.debit), mapping)
        credit = _amount(line, _cell(cells, mapping.credit), mapping)
        amount = None
        if debit is not None or credit is not None:
            out = debit or Decimal(0)
            amount = (credit or Decimal(0)) + (out if negative else -out)
    if amount is None:
        raise reading.broken(NAME, line, "amount")
    value_day = _cell(cells, mapping.value_day)
    counterparty = _cell(cells, mapping.counterparty)
    return Movement(
        _day(line, _cell(cells, mapping.day), mapping),
        reading.label(counterparty, *(_cell(cells, column) for column in mapping.label)),
        reading.in_range(NAME, line, amount),
        _day(line, value_day, mapping) if value_day else None,
        _amount(line, _cell(cells, mapping.balance), mapping),
        counterparty=reading.name(counterparty),
        counterparty_iban=reading.iban(_cell(cells, mapping.counterparty_iban)),
        reference=reading.reference(_cell(cells, mapping.reference)),
    )


def _day(line: int, cell: str, mapping: Mapping) -> date:
    groups = re.match(r"([0-9]{1,4})[./ -]([0-9]{1,2})[./ -]([0-9]{1,4})(?![0-9])", cell)
    if not groups:
        return reading.day(NAME, line, cell[:8], mapping.date_order)
    parts = dict(zip(mapping.date_order, map(int, groups.groups()), strict=True))
    year = parts["y"] if parts["y"] >= 100 else reading.full_year(parts["y"])
    try:
        return date(year, parts["m"], parts["d"])
    except ValueError:
        raise reading.broken(NAME, line, "day") from None


def _amount(line: int, cell: str, mapping: Mapping) -> Decimal | None:
    """The amount of a cell such as ``- 1'234.50 CHF``; None when it is empty."""
    bare = re.sub(r"[\s'’_]|[A-Z]{3}|[€$£]", "", cell)
    if not bare:
        return None
    bare = bare.replace("−", "-").replace("–", "-")
    other = "." if mapping.decimal == "," else ","
    if re.fullmatch(rf"[+-]?[0-9]{{1,3}}(?:[{other}][0-9]{{3}})+(?:[.,][0-9]*)?[+-]?", bare):
        bare = bare.replace(other, "")
    if bare[-1] in "+-":
        bare = bare[-1] + bare[:-1].lstrip("+-")
    if other in bare:
        raise reading.broken(NAME, line, "amount")
    return reading.amount(NAME, line, bare)


def _told(table: Table, words: tuple[str, ...], mapping: Mapping) -> Decimal | None:
    """An amount that stands beside words before the header."""
    for cells in table.preamble:
        if any(folded(cells[0]).strip().startswith(word) for word in words):
            for cell in cells[1:]:
                try:
                    amount = _amount(0, cell, mapping)
                except Invalid:
                    continue
                if amount is not None:
                    return amount
    return None


def _told_iban(table: Table) -> str:
    told = (cell for cells in table.preamble for cell in cells)
    return next(
        (iban for cell in told if (iban := reading.iban(cell.partition(":")[2] or cell))), ""
    )


def _told_currency(table: Table) -> str:
    """The currency that the lines before the header name, or the header itself."""
    for cells in table.preamble:
        if folded(cells[0]).strip() in NAMES["currency"] + ("evaluation en", "curr"):
            for cell in cells[1:]:
                if reading.currency(plain_text(cell, 3)):
                    return plain_text(cell, 3)
    found = {m for cell in table.header for m in re.findall(r"\b(EUR|CHF|USD|GBP)\b", cell.upper())}
    return found.pop() if len(found) == 1 else ""
