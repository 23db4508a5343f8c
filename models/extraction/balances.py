"""Whether a bank statement closes: opening balance, movements, closing balance.

The words of a balance say which one it is; of two equal wordings the first opens and the last
closes. A statement is proved when opening + movements = closing to the cent; otherwise a problem
says by how much, and what kind of misreading would explain it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.findings import State
from domain.money import CENT
from domain.printed.numbers import Number, Style, numbers_in
from domain.problems import Problem
from domain.statements import hint
from models.extraction.labels import Labelled
from models.extraction.movements import Movement, columns_of, stands_as_debit
from models.extraction.rows import Row, Sheet
from models.extraction.texts import fold

_DEBTOR = re.compile(r"debiteur|overdrawn|debet\b|soll\b|\bdebit\b")


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance as printed; negative when the bank is owed."""

    value: Decimal
    row: Row
    number: Number


@dataclass(frozen=True, slots=True)
class Closure:
    """What a statement opens and closes with, and how far that is proved."""

    opening: Decimal | None
    closing: Decimal | None
    state: State
    problems: tuple[Problem, ...] = ()


def find_balances(
    sheet: Sheet, labelled: Labelled, style: Style
) -> tuple[Balance | None, Balance | None]:
    """The printed opening and closing balance; one in the column of debits is below zero."""
    columns = columns_of(sheet, labelled)
    opening: Balance | None = None
    closing: Balance | None = None
    plain: list[Balance] = []
    for row in sheet.rows:
        fields = {
            name
            for label in labelled.on(row)
            for name in label.fields & {"opening_balance", "closing_balance"}
            if len(label.tokens) > 1 or name == "closing_balance" or not plain
        }
        if not fields:
            continue
        numbers = [n for n in numbers_in(row.text, style) if n.is_amount]
        if not numbers:
            continue
        number = numbers[-1]
        owed = _DEBTOR.search(fold(row.text)) or stands_as_debit(
            row, number.start, number.end, columns
        )
        sign = -1 if owed and number.value > 0 else 1
        balance = Balance(number.value * sign, row, number)
        if fields == {"opening_balance"}:
            opening = opening or balance
        elif fields == {"closing_balance"}:
            closing = balance
        else:
            plain.append(balance)
    if plain and opening is None and (len(plain) > 1 or closing is not None):
        opening = plain[0]
    if plain and closing is None and (len(plain) > 1 or plain[0] is not opening):
        closing = plain[-1]
    return opening, closing


def settle_sides(movements: Sequence[Movement], opening: Balance | None) -> None:
    """Running balances decide the side of amounts whose column does not, and correct the others."""
    if sum(m.balance is not None for m in movements) < 2:
        return
    before = opening.value if opening else None
    for movement in _oldest_first(movements):
        if movement.balance is None:
            before = None
            continue
        if before is not None:
            change = movement.balance - before
            if abs(change) == abs(movement.amount):
                movement.amount, movement.certain = change, True
        before = movement.balance


def _oldest_first(movements: Sequence[Movement]) -> Sequence[Movement]:
    newest_first = movements[0].date > movements[-1].date
    return list(reversed(movements)) if newest_first else movements


def close(movements: Sequence[Movement], opened: Balance | None, closed: Balance | None) -> Closure:
    """The balances with their proof; a balance that is not printed follows from the running ones."""
    opening = opened.value if opened else None
    closing = closed.value if closed else None
    derived = False
    if movements:
        ordered = _oldest_first(movements)
        first, last = ordered[0], ordered[-1]
        if opening is None and first.balance is not None and last.balance is not None:
            opening, derived = first.balance - first.amount, True
        if closing is None and first.balance is not None and last.balance is not None:
            closing, derived = last.balance, True
    if opening is None or closing is None:
        missing = Problem(
            "balance_missing",
            "The statement shows no opening or no closing balance that could be read.",
            "warning",
            "closing_balance" if closing is None else "opening_balance",
        )
        return Closure(opening, closing, "read", (missing,))
    if not movements:
        none = Problem("no_transactions", "No movement of the statement could be read.", "warning")
        return Closure(opening, closing, "read", (none,))
    moved = sum((m.amount for m in movements), Decimal(0))
    opening, closing = _with_sides(opening, closing, moved)
    off = closing - opening - moved
    if not off:
        return Closure(opening, closing, "consistent" if derived else "proved")
    return Closure(
        opening, closing, "contradictory", (_does_not_close(movements, off, (opening, closing)),)
    )


def _with_sides(opening: Decimal, closing: Decimal, moved: Decimal) -> tuple[Decimal, Decimal]:
    """The balances as they close: one that stands in a column of its side has no sign of its own."""
    for first, last in itertools.product((opening, -opening), (closing, -closing)):
        if last - first == moved:
            return first, last
    return opening, closing


def _does_not_close(
    movements: Sequence[Movement], off: Decimal, balances: Sequence[Decimal]
) -> Problem:
    difference = str(off.quantize(CENT))
    return Problem(
        "statement_does_not_close",
        f"Opening balance and movements differ from the closing balance by {difference}.",
        "blocking",
        "closing_balance",
        {"difference": difference, **hint([m.amount for m in movements], off, balances)},
    )
