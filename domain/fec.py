"""The FEC, the file of accounting entries French law asks for (LPF art. A47 A-1).

Eighteen columns, one record a line, tabulations between, nothing quoted: so no text of a record may
hold a tabulation, a line break or a pipe. Amounts have a decimal comma, dates no separator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.journal import Posted, plain_text

COLUMNS = (
    "JournalCode",
    "JournalLib",
    "EcritureNum",
    "EcritureDate",
    "CompteNum",
    "CompteLib",
    "CompAuxNum",
    "CompAuxLib",
    "PieceRef",
    "PieceDate",
    "EcritureLib",
    "Debit",
    "Credit",
    "EcritureLet",
    "DateLet",
    "ValidDate",
    "Montantdevise",
    "Idevise",
)
JOURNALS = {
    "AC": "Achats",
    "HA": "Achats",
    "ACH": "Achats",
    "VE": "Ventes",
    "BQ": "Banque",
    "CA": "Caisse",
    "OD": "Opérations diverses",
    "AN": "À nouveaux",
}
NEWLINE = "\r\n"
MAY_BE_EMPTY = frozenset(
    {"CompAuxNum", "CompAuxLib", "EcritureLet", "DateLet", "Montantdevise", "Idevise"}
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What says that lines of a third party even out: the same code, and the day they did."""

    code: str
    day: date


NO_LETTERS: Mapping[tuple[str, int], Letter] = {}


def letter_code(number: int) -> str:
    """The letter of the nth matching (from 0): A to Z, AA, AB…"""
    code = ""
    number += 1
    while number:
        number, place = divmod(number - 1, 26)
        code = chr(ord("A") + place) + code
    return code


def file_name(siren: str, closing: date) -> str:
    return f"{siren}FEC{closing:%Y%m%d}.txt"


def records(
    entries: Iterable[Posted],
    accounts: Mapping[str, str],
    auxiliaries: Mapping[str, str],
    letters: Mapping[tuple[str, int], Letter] = NO_LETTERS,
    *,
    account_length: int = 0,
) -> Iterator[str]:
    """The lines of the file, its header first, each with its line end.

    `accounts` and `auxiliaries` give the labels of their codes, `letters` what is matched: (entry,
    place of the line) → letter and day. Entries come in the order of their validation. Accounts are
    padded with zeros to `account_length`, as the company's other program has them.
    """
    yield "\t".join(COLUMNS) + NEWLINE
    for posted in entries:
        entry = posted.entry
        # One number an entry in the whole file: journals count separately.
        number = f"{entry.journal}{posted.number:06d}"
        validated = max(posted.posted_at.date(), entry.entry_date)
        for place, line in enumerate(entry.lines):
            letter = letters.get((posted.id, place))
            auxiliary = line.auxiliary or ""
            yield (
                "\t".join(
                    (
                        cell(entry.journal),
                        cell(JOURNALS.get(entry.journal, entry.journal)),
                        number,
                        f"{entry.entry_date:%Y%m%d}",
                        padded(line.account, account_length),
                        cell(accounts.get(line.account, line.account)),
                        auxiliary,
                        cell(auxiliaries.get(auxiliary, auxiliary)) if auxiliary else "",
                        cell(entry.piece_reference),
                        f"{entry.piece_date:%Y%m%d}",
                        cell(line.label),
                        amount(line.debit),
                        amount(line.credit),
                        letter.code if letter else "",
                        f"{letter.day:%Y%m%d}" if letter else "",
                        f"{validated:%Y%m%d}",
                        "" if line.foreign_amount is None else amount(line.foreign_amount),
                        line.foreign_currency or "",
                    )
                )
                + NEWLINE
            )


def padded(account: str, length: int) -> str:
    """An account with the zeros a firm writes behind it; numbers with letters stay as they are."""
    return account.ljust(length, "0") if account.isdigit() else account


def amount(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


def cell(text: str) -> str:
    """`text` as one field: no separator, and nothing a spreadsheet would take for a formula."""
    bare = plain_text(text.replace("|", " "), 300)
    return f"'{bare}" if bare.startswith(("=", "+", "-", "@")) else bare or "-"
