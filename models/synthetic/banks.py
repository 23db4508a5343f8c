"""Statements as known banks print them: their columns, words, days and numbers in the drawn frame.

What is drawn otherwise is left to chance as for any statement. The banks are in `words/banks.csv`:
columns from left to right, the words of the balances, how days and amounts are written.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from models.synthetic.accounts import Account, Movement, draw_account
from models.synthetic.bank import Statement
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Paper, draw_look, number_pages
from models.synthetic.parties import Company

_TABLE = Path(__file__).parent / "words" / "banks.csv"


@dataclass(frozen=True, slots=True)
class Bank:
    """How a bank prints. `columns` are pairs of kind and heading; `day` and `long_day` formats of
    `strftime`; `opening`, `closing` and `total` may be empty: not shown; two words parted by `;` are
    for a balance of the holder and for one of the bank. `sign` is where the sign of an amount stands
    when one column holds both sides.
    """

    name: str
    country: str
    language: str
    columns: tuple[tuple[str, str], ...]
    day: str
    long_day: str
    opening: str
    closing: str
    total: str
    thousands: str
    decimal: str
    sign: str
    order: str
    period: str


@cache
def banks() -> tuple[Bank, ...]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Bank(
                **row
                | {
                    "columns": tuple(
                        (kind, head)
                        for kind, _, head in (c.partition("=") for c in row["columns"].split("|"))
                    )
                }
            )
            for row in csv.DictReader(file)
        )


def draw_statement_of(
    random: Random, bank: Bank, holder: Company, movements: int | None = None
) -> Paper:
    """A month of an account at `bank`; opening and movements give the closing balance."""
    look = draw_look(random, Layout(random), bank.language, bank.country)
    return print_statement_of(look, bank, draw_account(look, holder, movements))


def print_statement_of(look: Look, bank: Bank, account: Account) -> Paper:
    """The statement of an account that is known, as `bank` prints it."""
    account = replace(account, bank=bank.name)
    sheets = _Printed(look, account, bank).draw()
    number_pages(look, sheets)
    return Paper("bank_statement", look.language, tuple(sheets), account.truth(), layout=bank.name)


class _Printed(Statement):
    """A statement with a bank's own words and columns."""

    def __init__(self, look: Look, account: Account, bank: Bank) -> None:
        self.bank = bank
        super().__init__(look, account)
        self.columns = tuple(kind for kind, _ in bank.columns)
        self.heads = dict(bank.columns)

    def _words_of_balances(self) -> tuple[str, str]:
        opening, closing = (
            words.split(";")[-1 if balance < 0 else 0]
            for words, balance in (
                (self.bank.opening, self.account.opening),
                (self.bank.closing, self.account.closing),
            )
        )
        return opening, closing

    def _newest_first(self) -> bool:
        return self.bank.order == "newest"

    def _long(self, day: date) -> str:
        return _written(day, self.bank.long_day)

    def _day(self, day: date) -> str:
        return _written(day, self.bank.day)

    def _period(self) -> str:
        start, end = self._long(self.account.start), self._long(self.account.end)
        return self.bank.period.format(a=start, b=end)

    def _sign(self) -> str:
        return self.bank.sign

    def _amount(self, value: Decimal) -> str:
        plain = f"{value:,.2f}".replace(",", "T").replace(".", self.bank.decimal)
        return plain.replace("T", self.bank.thousands)

    def _row(self, movement: Movement, balance: Decimal, *, detailed: bool) -> None:
        if "date" not in self.columns:  # below the label then, in place of details
            movement, detailed = replace(movement, detail=self._day(movement.booked)), True
        super()._row(movement, balance, detailed=detailed)

    def _totals(self) -> None:
        if self.bank.total:
            self._total(self.bank.total)


def _written(day: date, shape: str) -> str:
    return day.strftime(shape).lstrip("0") if shape.startswith("%e") else day.strftime(shape)
