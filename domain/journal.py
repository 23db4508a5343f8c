"""Journal entries: balanced by construction, never changed, chained by hashes.

An `Entry` that does not balance cannot be built, so nothing above this module has to check again.
A posted entry is put right by its `reversal` and a new one. Numbers, ids and the database are left
to the operation that posts.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain.money import LARGEST, ZERO, cents

OPENING = "AN"
"""The journal of what a year begins with."""
LABEL_LENGTH = 300
REFERENCE_LENGTH = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ACCOUNT = re.compile(r"[0-9][0-9A-Z]{2,19}\Z")
_AUXILIARY = re.compile(r"[0-9A-Z]{1,20}\Z")


class Unbalanced(ValueError):  # noqa: N818 - it names what the entry would have been
    """An entry that may not exist: its sides differ, or it has no two sides."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an entry: an account, and an amount on exactly one side."""

    account: str
    debit: Decimal
    credit: Decimal
    label: str
    auxiliary: str | None = None
    vat_code: str | None = None
    """The VAT treatment (`domain.vat`) the line was posted with, for returns and for learning."""
    foreign_amount: Decimal | None = None
    foreign_currency: str | None = None
    """What the line is in the currency on the paper, where that is another; positive as a side is."""
    analytic: str | None = None
    """The analytic code (`domain.analytics`), where the company keeps codes and the line has one."""

    def __post_init__(self) -> None:
        if not _ACCOUNT.match(self.account):
            raise ValueError(f"not an account number: {self.account[:40]!r}")
        if self.auxiliary is not None and not _AUXILIARY.match(self.auxiliary):
            raise ValueError(f"not an auxiliary code: {self.auxiliary[:40]!r}")
        for amount in (self.debit, self.credit):
            if amount < 0 or cents(amount) != amount:
                raise ValueError(f"a side is a positive amount of whole cents: {amount}")
        if (self.debit == 0) == (self.credit == 0):
            raise Unbalanced("a line has a debit or a credit, not both and not neither")
        if (self.foreign_amount is None) != (self.foreign_currency is None):
            raise ValueError("an amount of another currency names its currency")
        if not self.label or self.label != plain_text(self.label, LABEL_LENGTH):
            raise ValueError("a line has a label of plain text")

    @property
    def signed(self) -> Decimal:
        """The amount, debits positive."""
        return self.debit - self.credit

    def turned(self) -> Line:
        """The same line on the other side."""
        return replace(self, debit=self.credit, credit=self.debit)


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry in the company's own currency; sum of debits = sum of credits > 0.

    `entry_date` is the day it counts in the books, `piece_date` the day on the paper.
    """

    journal: str
    entry_date: date
    piece_date: date
    piece_reference: str
    label: str
    currency: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if len(self.lines) < 2:
            raise Unbalanced("an entry has at least two lines")
        debit = sum((line.debit for line in self.lines), ZERO)
        credit = sum((line.credit for line in self.lines), ZERO)
        if debit != credit:
            raise Unbalanced(f"debits of {debit} against credits of {credit}")
        if not ZERO < debit <= LARGEST:
            raise Unbalanced("an entry moves an amount the books can hold")
        if not self.piece_reference or not self.label:
            raise ValueError("an entry names its document")

    @property
    def total(self) -> Decimal:
        return sum((line.debit for line in self.lines), ZERO)


def reversal(entry: Entry, entry_date: date, reason: str) -> Entry:
    """The entry that undoes `entry`: the same lines on the other side, on a day of its own.

    One that was meant to be undone from the start, such as a cut-off, needs no reason.
    """
    because = f" : {reason}" if reason else ""
    label = plain_text(f"Extourne {entry.label}{because}", LABEL_LENGTH)
    lines = tuple(replace(line.turned(), label=label) for line in entry.lines)
    return replace(entry, entry_date=entry_date, label=label, lines=lines)


def plain_text(text: str, length: int) -> str:
    """`text` on one line without control or format characters, cut to `length`.

    Labels come from paper: no line break, tabulation or right-to-left override of theirs may reach
    a file that other software reads line by line.
    """
    kept = "".join(
        " " if ch.isspace() else ch
        for ch in text
        if ch.isspace() or unicodedata.category(ch)[0] != "C"
    )
    return " ".join(kept.split())[:length].strip()


def same_content(some: Iterable[Line], others: Iterable[Line]) -> bool:
    """Whether two sets of lines post the same amounts to the same accounts and analytic codes, in
    any order.
    """

    def content(lines: Iterable[Line]) -> list[tuple[str, str, str, Decimal]]:
        return sorted(
            (line.account, line.auxiliary or "", line.analytic or "", line.signed) for line in lines
        )

    return content(some) == content(others)


def entry_id(document_id: str, document_version: int) -> str:
    """The id of the entry of one version of a document: posting twice names the same thing."""
    return _derived_id(f"{document_id}:{document_version}")


def reversal_id(reversed_entry_id: str) -> str:
    """The id of the one entry that may reverse another."""
    return _derived_id(f"{reversed_entry_id}:reversal")


def _derived_id(name: str) -> str:
    return "ent_" + hashlib.sha256(name.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry as it stands in the journal, with everything its hash covers."""

    id: str
    company_id: str
    year: int
    number: int
    entry: Entry
    document_id: str | None
    document_version: int | None
    document_sha256: str | None
    reverses_entry_id: str | None
    posted_by: str
    posted_at: datetime
    previous_hash: str


def entry_hash(posted: Posted) -> str:
    """The SHA-256 of an entry and of the hash before it in its journal and year.

    Canonical JSON of every column that has a meaning, amounts in whole cents, the moment in
    milliseconds: changing one byte of a row breaks the chain at that entry.
    """
    entry = posted.entry
    content: dict[str, Any] = {
        "id": posted.id,
        "company_id": posted.company_id,
        "journal": entry.journal,
        "year": posted.year,
        "number": posted.number,
        "entry_date": entry.entry_date.isoformat(),
        "piece_date": entry.piece_date.isoformat(),
        "piece_reference": entry.piece_reference,
        "label": entry.label,
        "currency": entry.currency,
        "document_id": posted.document_id,
        "document_version": posted.document_version,
        "document_sha256": posted.document_sha256,
        "reverses_entry_id": posted.reverses_entry_id,
        "posted_by": posted.posted_by,
        "posted_at": (posted.posted_at - _EPOCH) // timedelta(milliseconds=1),
        "lines": [
            [
                line.account,
                line.auxiliary,
                line.label,
                int(line.debit.scaleb(2)),
                int(line.credit.scaleb(2)),
                line.vat_code,
                *_foreign(line),
                *_analytic(line),
            ]
            for line in entry.lines
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(posted.previous_hash.encode() + b"\n" + text.encode()).hexdigest()


def _foreign(line: Line) -> tuple[Any, ...]:
    if line.foreign_amount is None:
        return ()
    return int(line.foreign_amount.scaleb(2)), line.foreign_currency


def _analytic(line: Line) -> tuple[Any, ...]:
    # Named, so that no line with a code is written as one without; those without are as ever.
    return () if line.analytic is None else ({"analytic": line.analytic},)
