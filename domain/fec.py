"""The FEC, the file of accounting entries French law asks for (LPF art. A47 A-1).

Eighteen columns, one record a line, tabulations between, nothing quoted: so no text of a record may
hold a tabulation, a line break or a pipe. Amounts have a decimal comma, dates no separator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


def file_name(siren: str, closing: date) -> str:
    return f"{siren}FEC{closing:%Y%m%d}.txt"


def records(
    entries: Iterable[Posted],
    accounts: Mapping[str, str],
    auxiliaries: Mapping[str, str],
) -> Iterator[str]:
    """The lines of the file, its header first, each with its line end.

    `accounts` and `auxiliaries` give the labels of their codes. Entries come in the order they were
    posted, which is the order of their validation.
    """
    yield "\t".join(COLUMNS) + NEWLINE
    for posted in entries:
        entry = posted.entry
        # One number an entry in the whole file: journals count separately.
        number = f"{entry.journal}{posted.number:06d}"
        validated = max(posted.posted_at.date(), entry.entry_date)
        for line in entry.lines:
            auxiliary = line.auxiliary or ""
            yield (
                "\t".join(
                    (
                        cell(entry.journal),
                        cell(JOURNALS.get(entry.journal, entry.journal)),
                        number,
                        f"{entry.entry_date:%Y%m%d}",
                        line.account,
                        cell(accounts.get(line.account, line.account)),
                        auxiliary,
                        cell(auxiliaries.get(auxiliary, auxiliary)) if auxiliary else "",
                        cell(entry.piece_reference),
                        f"{entry.piece_date:%Y%m%d}",
                        cell(line.label),
                        amount(line.debit),
                        amount(line.credit),
                        "",
                        "",
                        f"{validated:%Y%m%d}",
                        "" if line.foreign_amount is None else amount(line.foreign_amount),
                        line.foreign_currency or "",
                    )
                )
                + NEWLINE
            )


def amount(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


def cell(text: str) -> str:
    """`text` as one field: no separator, and nothing a spreadsheet would take for a formula."""
    bare = plain_text(text.replace("|", " "), 300)
    return f"'{bare}" if bare.startswith(("=", "+", "-", "@")) else bare or "-"
