"""A FEC as bytes: read record by record, with a fault for everything the rules of the law refuse.

`read` takes files as programs write them, so that the books in them can be taken over: whatever a
record lacks is said, and it is kept when it still tells who was posted what. `checked` asks in
addition what concerns the file as a whole. Writing one is `domain.fec`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from domain.errors import Invalid
from domain.fec import COLUMNS, MAY_BE_EMPTY
from domain.money import LARGEST, ZERO, cents

LARGEST_FILE = 50 * 1024 * 1024
MOST_RECORDS = 400_000
MOST_FAULTS = 500
_SIGNED = (*COLUMNS[:11], "Montant", "Sens", *COLUMNS[13:])
_AMOUNT = re.compile(r"[+-]?[0-9]{1,13}(?:,[0-9]{1,2})?|[0-9]{1,13}(?:,[0-9]{1,2})?[+-]")
_DAY = re.compile(r"[0-9]{8}")
_OTHER_THINGS = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff")

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something against the rules: an `error` makes the administration refuse the file, a
    `warning` is something they ask about. `line` is from 1, 0 for the file itself.
    """

    code: str
    line: int
    column: str
    severity: Severity
    message: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """One line of an entry. Days are None where they cannot be read."""

    line: int
    journal: str
    journal_label: str
    number: str
    day: date | None
    account: str
    account_label: str
    auxiliary: str
    auxiliary_label: str
    reference: str
    piece_day: date | None
    label: str
    debit: Decimal
    credit: Decimal
    letter: str
    letter_day: date | None
    valid_day: date | None


@dataclass(slots=True)
class Faults:
    """Faults as they are found: the first of them whole, the others counted."""

    found: list[Fault] = field(default_factory=list)
    number: int = 0
    errors: int = 0

    def add(
        self,
        code: str,
        line: int,
        column: str,
        message: str,
        severity: Severity = "error",
        **values: Any,
    ) -> None:
        self.number += 1
        self.errors += severity == "error"
        if len(self.found) < MOST_FAULTS:
            self.found.append(Fault(code, line, column, severity, message, values))


@dataclass(frozen=True, slots=True)
class FecFile:
    separator: str
    encoding: str
    records: tuple[Record, ...]
    faults: Faults


def looks_like(content: bytes) -> bool:
    """Whether the first line names the first column of a FEC."""
    first = content[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    return first.lstrip(b'"').lower().startswith(b"journalcode")


def read(content: bytes) -> FecFile:
    """The records of a file; Invalid when it is none, with what to do."""
    faults = Faults()
    text, encoding = text_of(content, faults)
    lines = _lines(text)
    header = next(lines, (1, ""))[1]
    separator = next((s for s in ("\t", "|") if s in header), "")
    if not separator:
        raise _no_fec("Its first line has neither tabulations nor pipes.")
    names = [name.strip().strip('"') for name in header.split(separator)]
    columns = _columns(names, faults)
    records: list[Record] = []
    for number, line in lines:
        if not line.strip():
            continue
        cells = line.split(separator)
        if len(cells) != len(names):
            faults.add(
                "fec_fields",
                number,
                "",
                f"The record has {len(cells)} fields, the header {len(names)}.",
                fields=len(cells),
                wanted=len(names),
            )
            continue
        if len(records) >= MOST_RECORDS:
            raise _too_large()
        record = _record(number, columns, cells, separator, faults)
        if record is not None:
            records.append(record)
    return FecFile(separator, encoding, tuple(records), faults)


def text_of(content: bytes, faults: Faults | None = None) -> tuple[str, str]:
    """The text of a file of records and its encoding; Invalid for what is no text."""
    if len(content) > LARGEST_FILE:
        raise _too_large()
    if not content.strip():
        raise _no_fec("The file is empty.")
    if content.startswith(_OTHER_THINGS):
        raise _no_fec("This is a document or an archive.")
    if content.startswith(_UNICODE_MARKS):
        try:
            text, encoding = content.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise _no_fec("Its characters cannot be read.") from None
        if faults is not None:
            faults.add("fec_encoding", 0, "", "The encoding is UTF-16.", encoding=encoding)
    else:
        text, encoding = _eight_bits(content, faults)
    if "\x00" in text:
        raise _no_fec("It holds characters that no text has.")
    return text, encoding


def _eight_bits(content: bytes, faults: Faults | None) -> tuple[str, str]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Windows writes has its curly quotes where ISO 8859-15 has control characters.
        if re.search(rb"[\x80-\x9f]", content):
            if faults is not None:
                faults.add(
                    "fec_encoding", 0, "", "The encoding is Windows-1252.", encoding="Windows-1252"
                )
            return content.decode("cp1252", "replace"), "Windows-1252"
        return content.decode("iso8859-15"), "ISO 8859-15"
    if content.startswith(b"\xef\xbb\xbf") and faults is not None:
        faults.add("fec_mark", 1, "", "The file begins with a byte order mark.", "warning")
    return text, "ASCII" if text.isascii() else "UTF-8"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines, whatever ends them; str.splitlines would also cut at exotic characters."""
    start = number = 0
    for end in re.finditer(r"\r\n|\n|\r", text):
        number += 1
        yield number, text[start : end.start()]
        start = end.end()
    if start < len(text):
        yield number + 1, text[start:]


def _columns(names: Sequence[str], faults: Faults) -> dict[str, int]:
    """Column → place; Invalid when what is needed to read the books is not there."""
    wanted = _SIGNED if "montant" in {n.lower() for n in names[:13]} else COLUMNS
    if [n.lower() for n in names[: len(wanted)]] != [n.lower() for n in wanted]:
        faults.add(
            "fec_columns", 1, "", "The columns are not those of the law, in their order.",
            wanted=" ".join(wanted),
        )  # fmt: skip
    places = {name.lower(): place for place, name in reversed(list(enumerate(names)))}
    found = {name: places[name.lower()] for name in (*COLUMNS, *_SIGNED) if name.lower() in places}
    amounts = {"Debit", "Credit"} <= set(found) or {"Montant", "Sens"} <= set(found)
    missing = {"JournalCode", "EcritureNum", "EcritureDate", "CompteNum"} - set(found)
    if missing or not amounts:
        lacks = sorted(missing) or ["Debit", "Credit"]
        raise Invalid(
            f"This FEC lacks the columns {', '.join(lacks)}.",
            code="fec_columns_missing",
            advice="Export the FEC from the accounting software without changing its columns.",
            missing=", ".join(lacks),
        )
    return found


def _record(
    line: int, columns: dict[str, int], cells: Sequence[str], separator: str, faults: Faults
) -> Record | None:
    """A record; None when it does not tell what was posted where."""

    def cell(name: str) -> str:
        place = columns.get(name)
        return cells[place].strip() if place is not None else ""

    for name in columns:
        if not cell(name) and name not in MAY_BE_EMPTY:
            faults.add("fec_empty", line, name, "This field may not be empty.")
    if separator == "\t" and any("|" in c for c in cells):
        faults.add("fec_pipe", line, "", "A pipe in a file with tabulations.")
    days = {
        name: _day(line, name, cell(name), faults)
        for name in ("EcritureDate", "PieceDate", "DateLet", "ValidDate")
    }
    sides = _sides(line, columns, cell, faults)
    account = cell("CompteNum").upper()
    if not re.match(r"[0-9]{3}", account):
        faults.add(
            "fec_account", line, "CompteNum", "An account begins with three digits.", "warning",
            account=account[:40],
        )  # fmt: skip
    if sides is None or not account or days["EcritureDate"] is None:
        return None
    return Record(
        line,
        cell("JournalCode"),
        cell("JournalLib"),
        cell("EcritureNum"),
        days["EcritureDate"],
        account,
        cell("CompteLib"),
        cell("CompAuxNum"),
        cell("CompAuxLib"),
        cell("PieceRef"),
        days["PieceDate"],
        cell("EcritureLib"),
        *sides,
        cell("EcritureLet"),
        days["DateLet"],
        days["ValidDate"],
    )


def _sides(
    line: int, columns: dict[str, int], cell: Callable[[str], str], faults: Faults
) -> tuple[Decimal, Decimal] | None:
    """Debit and credit, of one amount with its side too; a negative side is the other one."""
    if "Debit" in columns:
        debit, credit = (_amount(line, name, cell(name), faults) for name in ("Debit", "Credit"))
    else:
        amount, side = _amount(line, "Montant", cell("Montant"), faults), cell("Sens").upper()
        if side not in ("D", "C", "+1", "-1", "1"):
            faults.add("fec_side", line, "Sens", "A side is D or C, +1 or -1.", sens=side[:40])
            return None
        of_debit = side in ("D", "+1", "1")
        debit, credit = (amount, ZERO) if of_debit else (ZERO, amount)
    if debit is None or credit is None:
        return None
    if bool(debit) == bool(credit):
        faults.add(
            "fec_sides", line, "Debit", "A record has a debit or a credit.", "warning",
            debit=str(debit), credit=str(credit),
        )  # fmt: skip
    net = debit - credit
    if debit >= 0 and credit >= 0 and debit and credit:
        return debit, credit
    return (net, ZERO) if net > 0 else (ZERO, -net)


def _amount(line: int, name: str, text: str, faults: Faults) -> Decimal | None:
    if not text:
        return ZERO  # said already: it may not be empty
    if not _AMOUNT.fullmatch(text):
        faults.add(
            "fec_amount", line, name, "An amount has a decimal comma and nothing between digits.",
            value=text[:40],
        )  # fmt: skip
    bare = re.sub(r"[\s\u202f']", "", text).replace(",", ".")
    if bare[-1:] in "+-":
        bare = bare[-1] + bare[:-1]
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,6})?", bare) or abs(Decimal(bare)) > LARGEST:
        return None
    return cents(Decimal(bare))


def _day(line: int, name: str, text: str, faults: Faults) -> date | None:
    if not text:
        return None
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)  # noqa: TRY301 - one fault for every kind
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        faults.add("fec_day", line, name, "A day is written AAAAMMJJ.", value=text[:40])
        return None
    if not 1900 <= day.year <= 2099:
        faults.add("fec_year", line, name, "A year between 1900 and 2099.", "warning", value=text)
    return day


def _no_fec(why: str) -> Invalid:
    return Invalid(
        f"This is no FEC. {why}",
        code="fec_unreadable",
        advice="Export the FEC from the accounting software as text, with tabulations or pipes.",
        why=why,
    )


def _too_large() -> Invalid:
    return Invalid(
        "This FEC is larger than we take.",
        code="fec_too_large",
        advice="Send one financial year at a time.",
        bytes=LARGEST_FILE,
        records=MOST_RECORDS,
    )
