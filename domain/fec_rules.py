"""The rules for a FEC as a whole: its name, its entries, its sequence, its accounts.

They are the text of LPF art. A47 A-1 and what the administration's own tester asks, and beyond it
what keeps books coherent. What concerns one record is asked where it is read (`domain.fec_file`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from domain.fec_file import Faults, FecFile, Record, read
from domain.money import ZERO

_NAME = re.compile(r"([0-9]{9})FEC([0-9]{8})(?:_[0-9]{1,3})?\.txt", re.IGNORECASE)
_OPENING = frozenset({"AN", "RAN", "ANO", "AA"})
_THIRD_PARTIES = ("40", "41")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file holds and what is wrong with it."""

    file: FecFile
    debit: Decimal
    credit: Decimal
    entries: int

    @property
    def faults(self) -> Faults:
        return self.file.faults


def checked(content: bytes, name: str = "") -> Checked:
    """A file by all the rules; Invalid when it is no FEC at all. `name` "" is not looked at."""
    file = read(content)
    faults, records = file.faults, file.records
    closing = _closing(name, faults) if name else None
    entries: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        entries[record.journal, record.number].append(record)
    for lines in entries.values():
        _look_at_entry(lines, faults)
    _look_at_sequence([lines[0] for lines in entries.values()], faults)
    _look_at_order(records, faults)
    _look_at_accounts(records, faults)
    _look_at_letters(records, faults)
    _look_at_days(records, closing, faults)
    debit = sum((record.debit for record in records), ZERO)
    credit = sum((record.credit for record in records), ZERO)
    if debit != credit:
        faults.add(
            "fec_total", 0, "", "Debits and credits of the file differ.",
            debit=str(debit), credit=str(credit),
        )  # fmt: skip
    return Checked(file, debit, credit, len(entries))


def _closing(name: str, faults: Faults) -> date | None:
    """The closing day that the name of a file tells."""
    found = _NAME.fullmatch(name)
    try:
        if found is None:
            raise ValueError(name)  # noqa: TRY301 - one fault for every kind
        return date(int(found[2][:4]), int(found[2][4:6]), int(found[2][6:]))
    except ValueError:
        faults.add(
            "fec_name", 0, "", "A FEC is called SIREN, FEC, closing day and .txt.", name=name[:100]
        )
        return None


def _look_at_entry(lines: Sequence[Record], faults: Faults) -> None:
    first = lines[0]
    difference = sum((line.debit - line.credit for line in lines), ZERO)
    if difference:
        faults.add(
            "fec_unbalanced", first.line, "EcritureNum", "The entry does not balance.", "warning",
            entry=f"{first.journal} {first.number}", difference=str(difference),
        )  # fmt: skip
    if len({line.day for line in lines}) > 1:
        faults.add(
            "fec_several_days", first.line, "EcritureDate", "An entry has one day.", "warning",
            entry=f"{first.journal} {first.number}",
        )  # fmt: skip


def _look_at_sequence(firsts: Sequence[Record], faults: Faults) -> None:
    """Numbers go on without a hole: of the whole file, or of each journal."""
    by_journal: dict[tuple[str, str], list[tuple[int, Record]]] = defaultdict(list)
    plain = True
    for record in firsts:
        found = re.fullmatch(r"(.*?)([0-9]{1,18})", record.number)
        if found is None:
            continue
        plain = plain and not found[1]
        by_journal[record.journal, found[1]].append((int(found[2]), record))
    everything = [one for series in by_journal.values() for one in series]
    if plain and len({n for n, _ in everything}) == len(everything) and _goes_on(everything):
        return
    for (journal, _), series in by_journal.items():
        ordered = sorted(series, key=lambda one: one[0])
        for (before, _), (number, record) in pairwise(ordered):
            if number > before + 1:
                faults.add(
                    "fec_hole", record.line, "EcritureNum", "A number is missing before this one.",
                    "warning", journal=journal, before=before, number=number,
                )  # fmt: skip


def _goes_on(series: Iterable[tuple[int, Record]]) -> bool:
    numbers = sorted(number for number, _ in series)
    return not numbers or numbers[-1] - numbers[0] == len(numbers) - 1


def _look_at_order(records: Sequence[Record], faults: Faults) -> None:
    """Opening entries come first, and the lines of an entry together."""
    closed: set[tuple[str, str]] = set()
    current: tuple[str, str] | None = None
    others = False
    for record in records:
        entry = (record.journal, record.number)
        if entry == current:
            continue
        if entry in closed:
            faults.add(
                "fec_scattered", record.line, "EcritureNum", "The lines of an entry are apart.",
                "warning", entry=f"{record.journal} {record.number}",
            )  # fmt: skip
        closed.add(entry)
        opening = record.journal.upper() in _OPENING
        if opening and others:
            faults.add(
                "fec_opening", record.line, "JournalCode", "Opening entries come first.", "warning"
            )
        others = others or not opening
        current = entry


def _look_at_accounts(records: Sequence[Record], faults: Faults) -> None:
    """One label an account, and auxiliaries with suppliers and customers only."""
    labels: dict[str, str] = {}
    for record in records:
        known = labels.setdefault(record.account, record.account_label)
        if known != record.account_label:
            faults.add(
                "fec_labels", record.line, "CompteLib", "This account had another label.",
                "warning", account=record.account, before=known[:80],
            )  # fmt: skip
            labels[record.account] = record.account_label
        if record.auxiliary and not record.account.startswith(_THIRD_PARTIES):
            faults.add(
                "fec_auxiliary", record.line, "CompAuxNum",
                "Only accounts of suppliers and customers have auxiliaries.", "warning",
                account=record.account,
            )  # fmt: skip


def _look_at_letters(records: Sequence[Record], faults: Faults) -> None:
    """What is matched has a day, and comes out even in its account."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    firsts: dict[tuple[str, str, str], Record] = {}
    for record in records:
        if bool(record.letter) != bool(record.letter_day):
            faults.add(
                "fec_letter_day", record.line, "DateLet", "A matching letter and its day go together.",
                "warning",
            )  # fmt: skip
        if record.letter:
            key = (record.account, record.auxiliary, record.letter)
            sums[key] += record.debit - record.credit
            firsts.setdefault(key, record)
    for key, difference in sums.items():
        if difference:
            faults.add(
                "fec_letter", firsts[key].line, "EcritureLet", "What is matched does not come out even.",
                "warning", letter=key[2], difference=str(difference),
            )  # fmt: skip


def _look_at_days(records: Sequence[Record], closing: date | None, faults: Faults) -> None:
    for record in records:
        if record.day is None:
            continue
        if record.valid_day is not None and record.valid_day < record.day:
            faults.add(
                "fec_validated_before", record.line, "ValidDate",
                "The entry was validated before its day.", "warning",
            )  # fmt: skip
        if closing is not None and record.day > closing:
            faults.add(
                "fec_after_closing", record.line, "EcritureDate",
                "The entry is of a day after the closing day in the name.", "warning",
            )  # fmt: skip
