"""OFX 1 (SGML, tags that are never closed) and OFX 2 (XML): one reader, for it goes by the tags.

A file tells the movements and one balance, that of the day it was made.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.bank_files import reading
from domain.statements import Movement, Statement

NAME = "OFX"
_TOKEN = re.compile(r"<(/?)([A-Za-z0-9._]{1,40})>([^<]*)")
_STATEMENTS = ("STMTRS", "CCSTMTRS")


@dataclass(slots=True)
class _Block:
    """The values below a statement or a movement, the first of each name."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    movements: list[_Block] = field(default_factory=list)

    def said(self, *names: str) -> str:
        return next((self.values[name] for name in names if self.values.get(name)), "")


def looks_like(text: str) -> bool:
    start = text[:8192]
    return "OFXHEADER" in start or bool(re.search(r"<OFX\b", start, re.IGNORECASE))


def read(text: str) -> tuple[Statement, ...]:
    return tuple(_statement(block) for block in _blocks(text))


def _blocks(text: str) -> Iterator[_Block]:
    now: _Block | None = None
    row: _Block | None = None
    line, counted = 1, 0
    within = ""
    for token in _TOKEN.finditer(text):
        line += text.count("\n", counted, token.start())
        counted = token.start()
        closes, tag, value = bool(token[1]), token[2].upper(), token[3]
        if tag in _STATEMENTS:
            if closes and now is not None:
                yield now
            now, row = (None if closes else _Block(line)), None
        elif now is None:
            continue
        elif tag == "STMTTRN":
            row = None if closes else _Block(line)
            if row is not None:
                now.movements.append(row)
        elif tag in ("LEDGERBAL", "AVAILBAL", "BANKACCTTO"):
            # What is available is no balance of the account, and both write BALAMT.
            within = "" if closes else tag
        elif not closes and value.strip():
            block = row or now
            plain = html.unescape(value.strip()[:2000])
            key = f"{within}.{tag}" if within else tag
            block.values.setdefault(key, plain)
    if now is not None:
        raise reading.cut_short(NAME)


def _statement(block: _Block) -> Statement:
    movements = reading.oldest_first(_movement(row) for row in block.movements)
    first, last = reading.period(movements)
    start, end = (_day(block, name) for name in ("DTSTART", "DTEND"))
    return Statement(
        "ofx",
        movements,
        iban=_account(block),
        currency=reading.currency(block.said("CURDEF")),
        start=start or first,
        end=max(filter(None, (end, last)), default=None),
        closing=_closing(block, last),
    )


def _closing(block: _Block, last: date | None) -> Decimal | None:
    """The ledger balance, unless it is of a day before the last movement."""
    balance, day = block.said("LEDGERBAL.BALAMT"), _day(block, "LEDGERBAL.DTASOF")
    if not balance or (day is not None and last is not None and day < last):
        return None
    return reading.amount(NAME, block.line, balance)


def _movement(row: _Block) -> Movement:
    posted = _day(row, "DTPOSTED")
    if posted is None:
        raise reading.broken(NAME, row.line, "day")
    name = row.said("NAME", "PAYEE")
    return Movement(
        posted,
        reading.label(name, row.said("MEMO"), _number(row))
        or reading.label(row.said("TRNTYPE"), row.said("FITID")),
        reading.amount(NAME, row.line, row.said("TRNAMT")),
        _day(row, "DTAVAIL"),
        counterparty_iban=reading.iban(row.said("BANKACCTTO.ACCTID")),
        reference=reading.reference(row.said("REFNUM")),
    )


def _number(row: _Block) -> str:
    """The number of a cheque, which the label need not tell."""
    return row.said("CHECKNUM") if row.said("TRNTYPE") == "CHECK" else ""


def _day(block: _Block, name: str) -> date | None:
    """The day of ``20260331120000[+1:CET]``, as the bank's clock had it."""
    text = block.said(name)
    return reading.day(NAME, block.line, text[:8]) if text else None


def _account(block: _Block) -> str:
    account = block.said("ACCTID")
    return reading.iban(account) or reading.french_iban(
        block.said("BANKID"), block.said("BRANCHID"), account
    )
