"""Posted entries as files that other programs read, beside the FEC: a plain CSV, Banana, Crésus.

Only shapes that their makers publish or that we saw written; what is known from one implementation
alone is left out, and the FEC does in its place. All are written while they are sent.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.fec import amount, cell, padded
from domain.journal import Line, Posted

CSV_COLUMNS = (
    "journal",
    "numero",
    "date",
    "date_piece",
    "piece",
    "compte",
    "libelle_compte",
    "auxiliaire",
    "libelle_auxiliaire",
    "libelle",
    "debit",
    "credit",
    "code_tva",
    "montant_devise",
    "devise",
    "document",
    "ecriture",
    "empreinte",
    "code_analytique",
)
_BANANA = ("Date", "Doc", "Description", "AccountDebit", "AccountCredit", "Amount")
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Names:
    """The labels of accounts and auxiliaries, and the digits that accounts are padded to."""

    accounts: Mapping[str, str]
    auxiliaries: Mapping[str, str]
    account_length: int = 0

    def account(self, line: Line) -> str:
        return padded(line.account, self.account_length)


Entries = Iterable[tuple[Posted, str]]
"""Entries with their hashes."""
Writer = Callable[[Entries, Names], Iterator[str]]


def plain(entries: Entries, names: Names) -> Iterator[str]:
    """CSV as spreadsheets of this language take it: semicolons, decimal commas, a byte order mark."""
    yield _MARK + _row(CSV_COLUMNS)
    for posted, digest in entries:
        entry = posted.entry
        for line in entry.lines:
            auxiliary = line.auxiliary or ""
            yield _row(
                (
                    cell(entry.journal),
                    str(posted.number),
                    entry.entry_date.isoformat(),
                    entry.piece_date.isoformat(),
                    cell(entry.piece_reference),
                    names.account(line),
                    cell(names.accounts.get(line.account, line.account)),
                    auxiliary,
                    cell(names.auxiliaries.get(auxiliary, auxiliary)) if auxiliary else "",
                    cell(line.label),
                    amount(line.debit),
                    amount(line.credit),
                    line.vat_code or "",
                    "" if line.foreign_amount is None else amount(line.foreign_amount),
                    line.foreign_currency or "",
                    posted.document_id or "",
                    posted.id,
                    digest,
                    line.analytic or "",
                )
            )


def banana(entries: Entries, names: Names) -> Iterator[str]:
    """Banana's text import: tabulations, its English column names, one account a line."""
    yield "\t".join(_BANANA) + "\r\n"
    for posted, _ in entries:
        for line in posted.entry.lines:
            account = names.account(line)
            yield (
                "\t".join(
                    (
                        posted.entry.entry_date.isoformat(),
                        cell(posted.entry.piece_reference),
                        cell(line.label),
                        account if line.debit else "",
                        account if line.credit else "",
                        str(_side(line)),
                    )
                )
                + "\r\n"
            )


def cresus(entries: Entries, names: Names) -> Iterator[str]:
    """Crésus Comptabilité: tabulations, no header, three points for the account on the other side."""
    for posted, _ in entries:
        for line in posted.entry.lines:
            account = names.account(line)
            yield (
                "\t".join(
                    (
                        f"{posted.entry.entry_date:%d.%m.%Y}",
                        account if line.debit else "...",
                        account if line.credit else "...",
                        cell(posted.entry.piece_reference),
                        cell(line.label),
                        str(_side(line)),
                    )
                )
                + "\r\n"
            )


WRITERS: Mapping[str, Writer] = {"csv": plain, "banana": banana, "cresus": cresus}
ENDINGS: Mapping[str, str] = {"csv": "csv", "banana": "txt", "cresus": "txt"}


def _side(line: Line) -> Decimal:
    return line.debit or line.credit


def _row(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
