"""What every bank format has in common: how a file is refused, and how its values are read.

The bytes are a stranger's. Each value is checked where it is read, and a refusal says which line
and which value it was, so that somebody can look at it; nothing here raises anything but Invalid.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from domain.errors import Invalid
from domain.identifiers import compact, iban_is_valid
from domain.journal import plain_text
from domain.money import LARGEST, ZERO, cents
from domain.statements import Movement

LARGEST_FILE = 20 * 1024 * 1024
MOST_MOVEMENTS = 50_000
_ADVICE = "Export the statement again from the bank, in this or in another format."
_OVERPUNCHED = {sign: (digit, 1) for digit, sign in enumerate("{ABCDEFGHI")} | {
    sign: (digit, -1) for digit, sign in enumerate("}JKLMNOPQR")
}


def broken(format_: str, line: int, what: str) -> Invalid:
    """The refusal of a file whose line (from 1) has an unreadable `what`: amount, day, …"""
    return Invalid(
        f"Line {line} of this {format_} file has no readable {what}.",
        code="bank_file_broken",
        advice=_ADVICE,
        format=format_,
        line=line,
        what=what,
    )


def cut_short(format_: str) -> Invalid:
    return Invalid(
        f"This {format_} file ends before its statement does.",
        code="bank_file_cut",
        advice=_ADVICE,
        format=format_,
    )


def too_large() -> Invalid:
    return Invalid(
        "This file holds more than the statements of a year.",
        code="bank_file_too_large",
        advice="Export a shorter period.",
        bytes=LARGEST_FILE,
        movements=MOST_MOVEMENTS,
    )


def day(format_: str, line: int, text: str, order: str = "ymd") -> date:
    """The day of digits such as ``260331`` or ``20260331`` in an order such as ``dmy``."""
    wide = len(text) == 8
    if not re.fullmatch(r"[0-9]{6}(?:[0-9]{2})?", text):
        raise broken(format_, line, "day")
    parts, at = {}, 0
    for part in order:
        width = 4 if part == "y" and wide else 2
        parts[part] = int(text[at : at + width])
        at += width
    year = parts["y"] if wide else full_year(parts["y"])
    try:
        return date(year, parts["m"], parts["d"])
    except ValueError:
        raise broken(format_, line, "day") from None


def full_year(year: int) -> int:
    """The year of two digits: banks keep ten years and none of them before 1970."""
    return year + (1900 if year >= 70 else 2000)


def amount(format_: str, line: int, text: str) -> Decimal:
    """A machine's amount with a comma or a dot, signed, without thousands."""
    bare = text.strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})", bare):
        raise broken(format_, line, "amount")
    return in_range(format_, line, Decimal(bare.rstrip(".")))


def in_range(format_: str, line: int, value: Decimal) -> Decimal:
    """An amount in cents that the books can hold."""
    if abs(value) > LARGEST or cents(value) != value:
        raise broken(format_, line, "amount")
    return cents(value)


def overpunched(format_: str, line: int, text: str, places: int) -> Decimal:
    """Digits whose last one is punched together with the sign: ``{`` = +0, A–I = +1…+9,
    ``}`` = −0, J–R = −1…−9.
    """
    digits, last = text[:-1].strip(), text[-1:]
    if last not in _OVERPUNCHED or not re.fullmatch(r"[0-9]{0,15}", digits):
        raise broken(format_, line, "amount")
    digit, sign = _OVERPUNCHED[last]
    return in_range(format_, line, sign * Decimal(int(digits + str(digit))).scaleb(-places))


def text_of(content: bytes) -> str:
    """The text of a file of records: UTF-8 where it is that, else the code page of Windows."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def label(*parts: str) -> str:
    """What is told of a movement, each thing once, on one line."""
    said: list[str] = []
    for part in parts:
        plain = plain_text(part, 500)
        if plain and not any(plain in before for before in said):
            said.append(plain)
    return plain_text(" ".join(said), 500)


def name(text: str) -> str:
    return plain_text(text, 200)


def reference(text: str) -> str:
    """A reference, "" for those that banks write when there is none."""
    plain = plain_text(text, 140)
    return "" if plain.upper() in {"NOTPROVIDED", "NONREF", "NOTPROVIDED.", "N/A"} else plain


def iban(text: str) -> str:
    """An IBAN in its short form, "" for anything that is none."""
    short = compact(text) if len(text) <= 60 else ""
    return short if iban_is_valid(short) else ""


def currency(text: str) -> str:
    return text if re.fullmatch(r"[A-Z]{3}", text) else ""


def french_iban(bank: str, branch: str, account: str) -> str:
    """The IBAN of a French bank, branch and account number; "" when they are none."""
    bban = (bank + branch + account).upper()
    if not re.fullmatch(r"[0-9]{10}[0-9A-Z]{11}", bban):
        return ""
    # Letters of an account count as the digits of a telephone of their time.
    digits = "".join(_RIB_DIGITS.get(sign, sign) for sign in bban[10:])
    key = 97 - (89 * int(bban[:5]) + 15 * int(bban[5:10]) + 3 * int(digits)) % 97
    return with_check_digits("FR", f"{bban}{key:02d}")


_RIB_DIGITS = {
    letter: str(digit)
    for digit, letters in enumerate(
        ("AJ", "BKS", "CLT", "DMU", "ENV", "FOW", "GPX", "HQY", "IRZ"), start=1
    )
    for letter in letters
}


def belgian_iban(account: str) -> str:
    """The IBAN of twelve digits; "" when they are no account."""
    return with_check_digits("BE", account) if re.fullmatch(r"[0-9]{12}", account) else ""


def with_check_digits(country: str, bban: str) -> str:
    digits = "".join(str(int(sign, 36)) for sign in f"{bban}{country}00")
    return iban(f"{country}{98 - int(digits) % 97:02d}{bban}")


def oldest_first(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """Movements in the order they happened, whichever way the file lists them."""
    listed = tuple(movements)
    falls = sum(a.day > b.day for a, b in itertools.pairwise(listed))
    rises = sum(a.day < b.day for a, b in itertools.pairwise(listed))
    return listed[::-1] if falls > rises else listed


def split_by_details(whole: Movement, details: list[Movement]) -> list[Movement]:
    """A collective booking as its parts when they make it up to the cent, else as it is."""
    together = sum((part.amount for part in details), ZERO)
    return details if len(details) > 1 and together == whole.amount else [whole]


def period(movements: Iterable[Movement]) -> tuple[date | None, date | None]:
    """The first and the last day that something happened."""
    days = [movement.day for movement in movements]
    return (min(days), max(days)) if days else (None, None)


def near(moment: date, month: int, day_of_month: int) -> date:
    """The day of a month nearest to `moment`: formats that leave the year out mean that one.

    ValueError when there is no such day.
    """
    found = []
    for year in (moment.year - 1, moment.year, moment.year + 1):
        try:
            found.append(date(year, month, day_of_month))
        except ValueError:
            continue
    if not found:
        raise ValueError("no such day")
    return min(found, key=lambda day_: abs(day_ - moment) / timedelta(days=1))
