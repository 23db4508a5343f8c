"""Which bank a statement comes from: by the bank code of its IBAN, its BIC, or its name on top."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from importlib import resources

from models.extraction.rows import Row, Sheet
from models.extraction.texts import fold

_LIKE_A_BANK = re.compile(
    r"\b(bank|banque|banking|bancaire|caisse|credit union|sparkasse|volksbank|credit (agricole|mutuel))\b"
)


@dataclass(frozen=True, slots=True)
class Bank:
    name: str
    confidence: float
    row: Row
    start: int
    end: int


@functools.cache
def _known() -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    file = resources.files("models.extraction").joinpath("banks.csv")
    return tuple(
        (
            row["bank"],
            frozenset(row["rib_codes"].split("|")) - {""},
            frozenset(row["bic"].split("|")) - {""},
        )
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    )


def bank_of(sheet: Sheet, iban: str) -> Bank | None:
    if not sheet.rows:
        return None
    top = sheet.rows[0]
    code = iban[4:9] if iban.startswith("FR") else ""
    for name, codes, _ in _known():
        if code and code in codes:
            return Bank(name, 0.97, top, 0, len(top.text))
    for row in sheet.rows:
        for name, _, bics in _known():
            if any(bic in row.text for bic in bics):
                return Bank(name, 0.93, row, 0, len(row.text))
    for row in sheet.rows[:25]:
        plain = fold(row.text)
        for name, _, _ in _known():
            found = re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", plain)
            if found and len(name) > 2:
                return Bank(name, 0.85, row, 0, len(row.text))
    for row in sheet.rows[:15]:
        for start, end in row.cells():
            text = row.text[start:end]
            if _LIKE_A_BANK.search(fold(text)) and len(text) < 60 and not re.search(r"\d", text):
                return Bank(text.strip(" :"), 0.65, row, start, end)
    return None
