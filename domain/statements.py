"""Bank statements: what one says, and whether it can be believed.

A statement, whatever it came as (paper, CSV, CAMT, …), is the same value here. `check` holds it
against itself and against what is known of its account, and says which row explains a difference;
`import_keys` tell movements apart, so that what is imported twice adds nothing. Rules and hints:
opening + movements = closing to the cent, running balances, dates inside the period, continuity.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.money import ZERO
from domain.problems import Problem
from domain.words import folded

Source = Literal["paper", "csv", "mt940", "camt", "cfonb", "ofx", "coda"]
KEPT_LABEL = 80
"""How much of a label tells movements apart: banks cut what follows in different ways."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A row of an account. `amount` is positive for money that came in.

    `balance` is the one printed beside it, when there is one; `reference` what the payer was asked
    to give (QR reference, structured communication, end-to-end id).
    """

    day: date
    label: str
    amount: Decimal
    value_day: date | None = None
    balance: Decimal | None = None
    counterparty: str = ""
    counterparty_iban: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """An account over a period; movements in their order, oldest first. Balances are negative when
    the bank is owed; None where the source says none. `currency` is ISO 4217, "" when unsaid.
    """

    source: Source
    movements: tuple[Movement, ...]
    iban: str = ""
    bank: str = ""
    currency: str = ""
    start: date | None = None
    end: date | None = None
    opening: Decimal | None = None
    closing: Decimal | None = None

    @property
    def credits(self) -> Decimal:
        return sum((m.amount for m in self.movements if m.amount > 0), ZERO)

    @property
    def debits(self) -> Decimal:
        """What went out, as a positive amount."""
        return -sum((m.amount for m in self.movements if m.amount < 0), ZERO)

    @property
    def difference(self) -> Decimal | None:
        """What is missing between the movements and the closing balance; None without balances."""
        if self.opening is None or self.closing is None:
            return None
        return self.closing - self.opening - self.credits + self.debits

    @property
    def is_proved(self) -> bool:
        return self.difference == 0


def check(
    statement: Statement,
    *,
    previous_closing: Decimal | None = None,
    own_ibans: Sequence[str] = (),
) -> tuple[Problem, ...]:
    """What speaks against a statement; nothing blocking means that it may be accepted.

    `previous_closing` is that of the statement before it on the same account, where one is known;
    `own_ibans` are the accounts of the company, compared when the statement names one.
    """
    problems = [*_closing(statement), *_running(statement), *_dates(statement)]
    if previous_closing is not None and statement.opening not in (None, previous_closing):
        values = {"opening": str(statement.opening), "closing": str(previous_closing)}
        problems.append(
            Problem(
                "statement_not_continuous",
                "The opening balance is not the closing balance of the statement before.",
                "warning",
                "opening_balance",
                values,
            )
        )
    if own_ibans and statement.iban and statement.iban not in own_ibans:
        problems.append(
            Problem(
                "statement_account_unknown",
                "The account of this statement is not one of the company's.",
                "blocking",
                "iban",
                {"iban": statement.iban},
            )
        )
    return tuple(problems)


def import_keys(movements: Sequence[Movement]) -> list[str]:
    """What a movement is known by on its account: day, amount, label, and which of its equals of
    that day it is (two real ones on a day are legal).
    """
    seen: Counter[str] = Counter()
    keys = []
    for movement in movements:
        label = folded(movement.label).strip()[:KEPT_LABEL]
        key = f"{movement.day.isoformat()}|{movement.amount:.2f}|{label}"
        seen[key] += 1
        keys.append(f"{key}|{seen[key]}")
    return keys


def _closing(statement: Statement) -> list[Problem]:
    if statement.opening is None or statement.closing is None:
        field = "opening_balance" if statement.opening is None else "closing_balance"
        message = "The statement shows no opening or no closing balance."
        # A file of movements need not carry balances; paper always does.
        severity: Literal["info", "blocking"] = (
            "blocking" if statement.source == "paper" else "info"
        )
        return [Problem("balance_missing", message, severity, field)]
    off = statement.difference
    if not off:
        return []
    return [
        Problem(
            "statement_does_not_close",
            "Opening balance and movements do not make the closing balance.",
            "blocking",
            "closing_balance",
            {"difference": str(off), **_hint(statement, off)},
        )
    ]


def _hint(statement: Statement, off: Decimal) -> dict[str, object]:
    balances = [b for b in (statement.opening, statement.closing) if b is not None]
    return hint([m.amount for m in statement.movements], off, balances)


def hint(
    amounts: Sequence[Decimal], off: Decimal, balances: Sequence[Decimal] = ()
) -> dict[str, object]:
    """The misreading that would explain a difference: `hint`, and the `rows` it may be (from 0).

    A row on the wrong side makes twice its amount, one that is there twice its own; two digits that
    changed places, in a row or in one of the `balances` (opening, closing), make a multiple of
    nine. Otherwise a row is missing, perhaps the like of one that is there.
    """
    for name, factor in (("side_misread", -2), ("row_twice", -1)):
        rows = [row for row, amount in enumerate(amounts) if factor * amount == off]
        if rows:
            return {"hint": name, "rows": rows}
    if off.scaleb(2) % 9 == 0:
        rows = [row for row, amount in enumerate(amounts) if _could_be_swapped(amount, off)]
        if rows or any(_could_be_swapped(b, sign * off) for b in balances for sign in (1, -1)):
            return {"hint": "digits_exchanged", "rows": rows}
    return {"hint": "row_missing", "rows": [n for n, amount in enumerate(amounts) if amount == off]}


def _could_be_swapped(amount: Decimal, off: Decimal) -> bool:
    """Whether two neighbouring digits of an amount, the other way round, make up for `off`."""
    digits = str(abs(int(amount.scaleb(2))))
    sign = -1 if amount < 0 else 1
    return any(
        sign * (int(digits[:n] + digits[n + 1] + digits[n] + digits[n + 2 :]) - int(digits))
        == int(off.scaleb(2))
        for n in range(len(digits) - 1)
    )


def _running(statement: Statement) -> list[Problem]:
    """Rows whose printed balance is not the one before it and the amount."""
    before, wrong = statement.opening, []
    for row, movement in enumerate(statement.movements):
        expected = None if before is None else before + movement.amount
        if movement.balance is None:
            before = expected
            continue
        if expected is not None and movement.balance != expected:
            wrong.append(row)
        before = movement.balance
    if not wrong:
        return []
    return [
        Problem(
            "running_balance_wrong",
            "The balance printed beside a movement does not follow from the one before.",
            "warning",
            "transactions",
            {"rows": wrong},
        )
    ]


def _dates(statement: Statement) -> list[Problem]:
    problems = []
    start, end = statement.start, statement.end
    outside = [
        row
        for row, m in enumerate(statement.movements)
        if (start is not None and m.day < start) or (end is not None and m.day > end)
    ]
    if outside:
        problems.append(
            Problem(
                "movement_outside_period",
                "A movement is dated outside the period of the statement.",
                "warning",
                "transactions",
                {"rows": outside},
            )
        )
    if any(a.day > b.day for a, b in itertools.pairwise(statement.movements)):
        problems.append(
            Problem(
                "movements_out_of_order",
                "The movements are not in the order of their dates.",
                "info",
                "transactions",
            )
        )
    return problems
