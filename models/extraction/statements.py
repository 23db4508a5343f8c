"""A bank statement as a reading: its account, its period, its movements, and whether they close.

The rows are read by `movements`, proved by `balances`; here they become fields with evidence.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from domain.findings import Finding, Reading, Transaction
from domain.money import CENT
from domain.printed.dates import dates_in, months_in
from domain.printed.numbers import numbers_in, style_of
from models.extraction.balances import Balance, close, find_balances, settle_sides
from models.extraction.banks import bank_of
from models.extraction.currency import currency_of
from models.extraction.date_order import month_first
from models.extraction.identifiers import find_identifiers
from models.extraction.labels import find_labels
from models.extraction.movements import Movement, Period, find_movements
from models.extraction.pointing import finding
from models.extraction.rows import Sheet
from models.extraction.texts import clean, fold

_CONFIDENCE = {"proved": 0.98, "consistent": 0.9, "contradictory": 0.45}
_JOINED = re.compile(r"\W*(?:au|to|bis|tot|until|through|thru|al|a|-|–)?\W*")
_ABOUT_A_PERIOD = re.compile(r"releve|extrait|statement|compte|auszug|arrete|afschrift|estratto")


def read_statement(sheet: Sheet) -> Reading:
    """A bank statement as a reading, with its transactions in the order of the page."""
    labelled = find_labels(sheet)
    texts = [row.text for row in sheet.rows]
    style = style_of(texts)
    american = month_first(texts)
    identifiers = find_identifiers(sheet)
    period = _period(sheet, american=american)
    opening, closing = find_balances(sheet, labelled, style)
    known = period if any(period) else _between(opening, closing, month_first=american)
    movements = find_movements(sheet, labelled, style, known, month_first=american)
    settle_sides(movements, opening)
    closure = close(movements, opening, closing)

    fields: dict[str, Finding] = {}
    iban = next((i for i in identifiers if i.kind == "iban" and i.valid is not False), None)
    if iban is not None:
        fields["iban"] = finding(
            sheet, iban.value, iban.row, iban.start, iban.end, 0.98, "consistent"
        )
    bank = bank_of(sheet, iban.value if iban else "")
    if bank is not None:
        fields["bank_name"] = finding(
            sheet, bank.name, bank.row, bank.start, bank.end, bank.confidence
        )
    money = currency_of(sheet, (), identifiers)
    if money is not None and sheet.pages:
        fields["currency"] = Finding(money[0], money[1], "read", sheet.pages[0].source)
    sure = _CONFIDENCE.get(closure.state, 0.75)
    for name, value, seen in (
        ("opening_balance", closure.opening, opening),
        ("closing_balance", closure.closing, closing),
    ):
        if value is not None and seen is not None:
            start, end = seen.number.start, seen.number.end
            told = str(value.quantize(CENT))
            fields[name] = finding(sheet, told, seen.row, start, end, sure, closure.state)
        elif value is not None:
            fields[name] = Finding(
                str(value.quantize(CENT)), min(sure, 0.8), closure.state, sheet.pages[0].source,
                reader="balance",
            )  # fmt: skip
    for name, day in (("period_start", period[0]), ("period_end", period[1])):
        edge = day or _edge(movements, first=name == "period_start")
        if edge is not None:
            fields[name] = Finding(
                edge.isoformat(), 0.9 if day else 0.5, "read", sheet.pages[0].source
            )
    return Reading(
        fields=fields,
        transactions=tuple(_transaction(sheet, movement) for movement in movements),
        problems=closure.problems,
    )


def _transaction(sheet: Sheet, movement: Movement) -> Transaction:
    return Transaction(
        date=movement.date.isoformat(),
        value_date=movement.value_date.isoformat() if movement.value_date else None,
        description=clean(" ".join(movement.description), 300),
        amount=str(movement.amount.quantize(CENT)),
        balance=None if movement.balance is None else str(movement.balance.quantize(CENT)),
        page=sheet.pages[movement.row.page].number,
        box=movement.row.box,
    )


def _edge(movements: Sequence[Movement], *, first: bool) -> dt.date | None:
    days = [m.date for m in movements]
    return (min(days) if first else max(days)) if days else None


def _between(opening: Balance | None, closing: Balance | None, *, month_first: bool) -> Period:
    """The days of the balances, which give rows without a year theirs."""
    days = [
        next((d.value for d in dates_in(seen.row.text, month_first=month_first)), None)
        if seen
        else None
        for seen in (opening, closing)
    ]
    return days[0], days[1]


def _period(sheet: Sheet, *, american: bool) -> Period:
    """`du 01/06/2025 au 30/06/2025`, else a month named with its year, else nothing."""
    for row in sheet.rows[:120]:
        seen = dates_in(row.text, month_first=american)
        if len(seen) == 2 and seen[0].value < seen[1].value:
            joined = _JOINED.fullmatch(fold(row.text[seen[0].end : seen[1].start]))
            if joined and not any(n.is_amount for n in numbers_in(row.text[seen[1].end :])):
                return seen[0].value, seen[1].value
            if re.search(r"periode|period|releve", fold(row.text[: seen[0].start])):
                return seen[0].value, seen[1].value
    for row in sheet.rows[:60]:
        for year, month in months_in(row.text):
            if _ABOUT_A_PERIOD.search(fold(row.text)):
                end = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
                return dt.date(year, month, 1), end
    return None, None
