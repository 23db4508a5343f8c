"""Accounts of a chart, and what a chart knows about buying.

A chart is product data of its country (`domain.countries`); a company starts from it and then owns
its accounts (they may be renamed, added, closed), which the store keeps.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

COST_ROLES = frozenset({"expense", "asset", "payroll", "financial"})
"""Accounts that a purchase may be debited to. A few third-party ones (deposits, packaging) may be
chosen by a person, but are never suggested."""


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """An account as the country's chart has it, with the words and names that point to it.

    `suggested` accounts may be proposed for a purchase; `vat` is the VAT treatment such a purchase
    usually has; `asset_alternative` are the accounts of a thing dear enough to be capitalised.
    """

    number: str
    label_fr: str
    label_en: str
    role: str
    suggested: bool = False
    vat: str = ""
    asset_alternative: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    supplier_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """The accounts of one country, by number."""

    accounts: Mapping[str, ChartAccount]

    def __iter__(self) -> Iterator[ChartAccount]:
        return iter(self.accounts.values())

    def get(self, number: str) -> ChartAccount | None:
        """The account of `number`, or the closest one above it: firms pad and subdivide."""
        for length in range(len(number), 1, -1):
            account = self.accounts.get(number[:length])
            if account is not None:
                return account
        return None

    @classmethod
    def of(cls, accounts: Iterable[ChartAccount]) -> Chart:
        return cls(MappingProxyType({account.number: account for account in accounts}))


def read_chart(path: Path) -> Chart:
    """The chart of a CSV file in this package's shape; lists inside a cell are separated by |."""
    with path.open(encoding="utf-8", newline="") as file:
        return Chart.of(
            ChartAccount(
                number=row["number"],
                label_fr=row["label_fr"],
                label_en=row["label_en"],
                role=row["role"],
                suggested=row["suggested"] == "1",
                vat=row["vat"],
                asset_alternative=listed(row["asset_alternative"]),
                keywords=listed(
                    "|".join((row["keywords_fr"], row["keywords_en"], row["keywords_de"]))
                ),
                supplier_names=listed(row["supplier_names"]),
            )
            for row in csv.DictReader(file)
        )


def listed(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds a list; each once, in order."""
    return tuple(dict.fromkeys(part.strip() for part in cell.split("|") if part.strip()))
