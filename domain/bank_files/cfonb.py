"""CFONB120, the statement of French banks: records of 120 characters, with line breaks or without.

Record 01 opens, 04 is a movement, 05 tells more of the one before, 07 closes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.bank_files import reading
from domain.statements import Movement, Statement

NAME = "CFONB120"
LENGTH = 120
_NAMES = ("NPY", "NBE", "NPO", "NBU")
_REFERENCES = ("REF", "RCN", "RET")
_TEXTS = ("LIB", "LCC", "LC2", "LCS", "LCU")


def looks_like(text: str) -> bool:
    return bool(re.match(r"0[147][0-9]{5} {4}[0-9]{5}", text[:LENGTH].lstrip("\n\r")))


def read(text: str) -> tuple[Statement, ...]:
    found: list[Statement] = []
    now: Statement | None = None
    movements: list[Movement] = []
    for number, record in _records(text):
        kind = record[:2]
        if kind == "01":
            if now is not None:
                raise reading.cut_short(NAME)
            now, movements = _opened(number, record), []
        elif kind == "04" and now is not None:
            movements.append(_movement(number, record))
        elif kind == "05" and movements:
            movements[-1] = _completed(movements[-1], record)
        elif kind == "07" and now is not None:
            closing, end = _balance(number, record)
            ordered = reading.oldest_first(movements)
            found.append(replace(now, movements=ordered, closing=closing, end=end))
            now = None
        else:
            raise reading.broken(NAME, number, "structure")
    if now is not None:
        raise reading.cut_short(NAME)
    return tuple(found)


def _records(text: str) -> Iterator[tuple[int, str]]:
    """Number from 1 and record. Line breaks separate them where there are any; blanks at the end
    of a line may be lost.
    """
    lines = [line for line in re.split(r"[\r\n\x1a]+", text) if line.strip()]
    if len(lines) == 1:
        lines = [text[at : at + LENGTH] for at in range(0, len(text), LENGTH)]
        lines = [line for line in lines if line.strip("\r\n\x1a ")]
    for number, line in enumerate(lines, start=1):
        if len(line.rstrip()) > LENGTH:
            raise reading.broken(NAME, number, "structure")
        yield number, line.ljust(LENGTH)


def _opened(number: int, record: str) -> Statement:
    opening, start = _balance(number, record)
    return Statement(
        "cfonb",
        (),
        iban=reading.french_iban(record[2:7], record[11:16], record[21:32]),
        currency=reading.currency(record[16:19]),
        start=start,
        opening=opening,
    )


def _balance(number: int, record: str) -> tuple[Decimal, date]:
    amount = reading.overpunched(NAME, number, record[90:104], _places(number, record))
    return amount, reading.day(NAME, number, record[34:40], "dmy")


def _places(number: int, record: str) -> int:
    if record[19] not in "0123456":
        raise reading.broken(NAME, number, "number of decimals")
    return int(record[19])


def _movement(number: int, record: str) -> Movement:
    value = record[42:48]
    return Movement(
        reading.day(NAME, number, record[34:40], "dmy"),
        reading.label(record[48:79]),
        reading.overpunched(NAME, number, record[90:104], _places(number, record)),
        reading.day(NAME, number, value, "dmy") if value.strip(" 0") else None,
        reference=reading.reference(record[104:120]),
    )


def _completed(movement: Movement, record: str) -> Movement:
    kind, text = record[45:48], record[48:118].strip()
    if kind in _TEXTS:
        return replace(movement, label=reading.label(movement.label, text))
    if kind in _NAMES and not movement.counterparty:
        return replace(
            movement,
            counterparty=reading.name(text),
            label=reading.label(movement.label, text),
        )
    if kind in _REFERENCES:
        # Reference and, further on, the nature of a transfer: the first of them is what was asked.
        return replace(movement, reference=reading.reference(text[:35]) or movement.reference)
    found = reading.iban(text[:34])
    if found and not movement.counterparty_iban:
        return replace(movement, counterparty_iban=found)
    return movement
