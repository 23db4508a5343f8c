"""What the label of a movement says it is, by country: banks word charges, cash and taxes alike.

A country's table is product data, in the order it is asked; what a means of payment alone says (a
transfer, a card) comes last and has no account, for an invoice is expected there.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from domain.accounts import listed
from domain.statements import Movement
from domain.words import folded, holds

Side = Literal["in", "out", ""]
OF_THE_BANK = frozenset({"charges", "overdraft", "interest_in"})
"""What only the bank itself books, so never with another party."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: `words` of which one stands in the label, at its start or anywhere, and one of
    `also` too where there are any. Without an `account` something else is expected: an invoice, a
    schedule of payments, a settlement.
    """

    code: str
    side: Side
    account: str
    at_start: bool
    words: tuple[str, ...]
    also: tuple[str, ...]

    def is_said(self, movement: Movement, label: str) -> bool:
        """Whether a folded label says so."""
        if self.side and self.side != side_of(movement):
            return False
        if self.code in OF_THE_BANK and (movement.counterparty or movement.counterparty_iban):
            return False
        place = begins if self.at_start else holds
        said = any(place(label, words) for words in self.words)
        return said and (not self.also or any(holds(label, word) for word in self.also))


@dataclass(frozen=True, slots=True)
class Banking:
    """The accounts of a country that the bank journal uses, and what labels mean there."""

    bank: str
    receivable: str
    suspense: str
    transfers: str
    meanings: tuple[Meaning, ...]

    def meaning_of(self, movement: Movement) -> Meaning | None:
        label = folded(movement.label)
        return next((m for m in self.meanings if m.is_said(movement, label)), None)


def side_of(movement: Movement) -> Side:
    return "in" if movement.amount > 0 else "out"


def begins(label: str, words: str) -> bool:
    """Whether folded words, the last perhaps in the plural, begin a folded label."""
    bare = words.rstrip()
    return label.startswith((words, f"{bare}s ", f"{bare}x "))


def read_banking(path: Path) -> Banking:
    """The table of a CSV file in this package's shape; its `role` rows give the accounts."""
    roles: Mapping[str, str]
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    roles = {row["meaning"]: row["account"] for row in rows if row["place"] == "role"}
    return Banking(
        roles["bank"],
        roles["receivable"],
        roles["suspense"],
        roles["transfers"],
        tuple(
            Meaning(
                row["meaning"],
                "in" if row["side"] == "in" else "out" if row["side"] == "out" else "",
                row["account"],
                row["place"] == "starts",
                tuple(folded(words) for words in listed(row["words"])),
                tuple(folded(words) for words in listed(row["also"])),
            )
            for row in rows
            if row["place"] != "role"
        ),
    )
