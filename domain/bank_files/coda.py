"""CODA, the statement of Belgian banks (Febelfin, version 2): lines of 128 characters.

Line 0 heads a statement, 1 opens it, 2x are a movement and what is told of it, 3x and 4 more to
read, 8 closes, 9 ends. Details of a collective booking have a detail number of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.bank_files import reading
from domain.statements import Movement, Statement

NAME = "CODA"
LENGTH = 128
_STRUCTURED = ("101", "102")
"""Types of structured communication that hold the twelve digits a payer was given."""


@dataclass(slots=True)
class _Booked:
    """A movement as it is being read, and the details that make it up."""

    sequence: str
    movement: Movement
    details: list[Movement] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A statement as it is being read."""

    bank: str
    statement: Statement | None = None
    booked: list[_Booked] = field(default_factory=list)
    in_detail: bool = False

    def last(self) -> Movement | None:
        if not self.booked:
            return None
        return self.booked[-1].details[-1] if self.in_detail else self.booked[-1].movement

    def put(self, movement: Movement) -> None:
        if self.in_detail:
            self.booked[-1].details[-1] = movement
        else:
            self.booked[-1].movement = movement


def looks_like(text: str) -> bool:
    first = text[:LENGTH].split("\n", 1)[0]
    return bool(re.match(r"0 {4}[0-9]{9}", first)) and len(first.rstrip()) >= 100


def read(text: str) -> tuple[Statement, ...]:
    found: list[Statement] = []
    now: _Open | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        if not raw.strip("\x1a "):
            continue
        if len(raw.rstrip()) > LENGTH:
            raise reading.broken(NAME, number, "structure")
        line = raw.ljust(LENGTH)
        kind = line[0] if line[0] in "01489" else line[:2]
        if kind == "0" and now is None:
            now = _Open(reading.name(line[60:71]))
        elif kind == "9" and now is None:
            continue
        elif now is None:
            raise reading.broken(NAME, number, "structure")
        elif kind == "8" and now.statement is not None:
            found.append(_closed(number, line, now, now.statement))
            now = None
        elif kind == "1":
            now.statement = _opened(number, line, now.bank)
        elif kind == "21":
            _begin(number, line, now)
        elif kind in ("22", "23"):
            _go_on(line, kind, now)
        elif kind not in ("4", "31", "32", "33"):
            raise reading.broken(NAME, number, "structure")
    if now is not None:
        raise reading.cut_short(NAME)
    return tuple(found)


def _opened(number: int, line: str, bank: str) -> Statement:
    return Statement(
        "coda",
        (),
        iban=_account(line[1], line[5:42]),
        bank=bank,
        currency=_currency(line[1], line[5:42]),
        start=reading.day(NAME, number, line[58:64], "dmy"),
        opening=_signed(number, line[42], line[43:58]),
    )


def _closed(number: int, line: str, now: _Open, statement: Statement) -> Statement:
    movements = [
        m for b in now.booked for m in reading.split_by_details(b.movement, b.details or [])
    ]
    return replace(
        statement,
        movements=reading.oldest_first(movements),
        closing=_signed(number, line[41], line[42:57]),
        end=reading.day(NAME, number, line[57:63], "dmy"),
    )


def _begin(number: int, line: str, now: _Open) -> None:
    day = reading.day(NAME, number, line[115:121], "dmy")
    value = line[47:53]
    text, reference = line[62:115], ""
    if line[61] == "1":
        structured = text[3:15] if text[:3] in _STRUCTURED else ""
        reference = structured if re.fullmatch(r"[0-9]{12}", structured) else ""
        text = reference or text[3:]
    movement = Movement(
        day,
        reading.label(text),
        _signed(number, line[31], line[32:47]),
        reading.day(NAME, number, value, "dmy") if value.strip(" 0") else None,
        reference=reference,
    )
    sequence, now.in_detail = line[2:6], line[6:10] != "0000"
    if not now.in_detail:
        now.booked.append(_Booked(sequence, movement))
    elif now.booked and now.booked[-1].sequence == sequence:
        now.booked[-1].details.append(movement)
    else:
        raise reading.broken(NAME, number, "structure")


def _go_on(line: str, kind: str, now: _Open) -> None:
    movement = now.last()
    if movement is None:
        return
    if kind == "22":
        movement = replace(
            movement,
            # A word may be cut by the end of the line before.
            label=reading.label(movement.label + _joint(movement.label) + line[10:63]),
            reference=movement.reference or reading.reference(line[63:98]),
        )
    else:
        name = reading.name(line[47:82])
        movement = replace(
            movement,
            label=reading.label(movement.label, line[82:125], name),
            counterparty=name,
            counterparty_iban=reading.iban(line[10:44].split(" ", maxsplit=1)[0])
            or reading.belgian_iban(line[10:22]),
        )
    now.put(movement)


def _joint(label: str) -> str:
    return "" if len(label) == 53 else " "


def _account(structure: str, text: str) -> str:
    if structure == "0":
        return reading.belgian_iban(text[:12])
    return reading.iban(text[:34].split(" ", maxsplit=1)[0]) if structure in "23" else ""


def _currency(structure: str, text: str) -> str:
    return reading.currency(text[13:16] if structure == "0" else text[34:37])


def _signed(number: int, sign: str, text: str) -> Decimal:
    """An amount in thousandths; sign 0 is a credit."""
    if sign not in "01" or not re.fullmatch(r"[0-9]{15}", text):
        raise reading.broken(NAME, number, "amount")
    value = reading.in_range(NAME, number, Decimal(int(text)).scaleb(-3))
    return value if sign == "0" else -value
