"""Charts of accounts, suppliers and analytic codes as CSV, the way other programs export them.

Which table it is and what its columns are is told by the header. A row that cannot be is a fault
with its line and what is wrong; the others are taken. Adding them to a company's books is left to
the operation.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.analytics import is_code
from domain.errors import Invalid
from domain.fec_file import Faults, text_of
from domain.identifiers import compact, iban_is_valid
from domain.journal import plain_text
from domain.words import folded

MOST_ROWS = 50_000
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("compte", "numero", "n compte", "numero de compte", "numero compte", "comptenum",
               "compte general", "account", "account number", "number", "konto", "kontonummer"),
    "label": ("libelle", "intitule", "libelle du compte", "intitule du compte", "comptelib",
              "libelle analytique",
              "designation", "label", "account name", "bezeichnung", "description"),
    "analytic": ("code analytique", "section analytique", "section", "centre de cout",
                 "centre de couts", "centre de frais", "analytic code", "cost centre", "cost center",
                 "kostenstelle", "kostenstellen"),
    "auxiliary": ("code", "code fournisseur", "compte auxiliaire", "auxiliaire", "code auxiliaire",
                  "compauxnum", "compte tiers", "code tiers", "supplier code", "lieferantennummer"),
    "name": ("nom", "raison sociale", "fournisseur", "nom du fournisseur", "denomination",
             "compauxlib", "name", "supplier", "supplier name", "firma", "lieferant"),
    "siren": ("siren", "n siren", "numero siren"),
    "siret": ("siret", "n siret", "numero siret"),
    "vat_id": ("tva", "n tva", "numero de tva", "numero tva", "tva intracommunautaire",
               "n tva intracommunautaire", "tva intracom", "vat", "vat id", "vat number", "btw"),
    "uid": ("ide", "uid", "numero ide", "uid nummer"),
    "iban": ("iban", "compte bancaire", "bank account"),
}  # fmt: skip
"""Column → the headers it goes by, folded."""
_OF_SUPPLIERS = frozenset({"name", "auxiliary", "siren", "siret", "vat_id", "uid", "iban"})

Kind = Literal["accounts", "suppliers", "analytic_codes"]


@dataclass(frozen=True, slots=True)
class AccountRow:
    line: int
    number: str
    label: str


@dataclass(frozen=True, slots=True)
class CodeRow:
    line: int
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class SupplierRow:
    line: int
    name: str
    auxiliary: str = ""
    siren: str = ""
    vat_id: str = ""
    uid: str = ""
    iban: str = ""


@dataclass(frozen=True, slots=True)
class BookTable:
    kind: Kind
    accounts: tuple[AccountRow, ...]
    suppliers: tuple[SupplierRow, ...]
    faults: Faults
    codes: tuple[CodeRow, ...] = ()


def read_table(content: bytes) -> BookTable:
    """The accounts, suppliers or analytic codes of a file; Invalid when it is none, with what to do."""
    text, _ = text_of(content)
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(";\t,|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [plain_text(cell, 300) for cell in cells]))
            if len(rows) > MOST_ROWS:
                raise _unknown(f"It has more than {MOST_ROWS} rows.")
    except csv.Error as error:
        raise _unknown(f"Line {reader.line_num + 1}: {error}.") from None
    if len(rows) < 2:
        raise _unknown("It has a header and no rows." if rows else "It is empty.")
    columns = _columns(rows[0][1])
    faults = Faults()
    if {"analytic", "label"} <= set(columns) and not {"number", "name"} & set(columns):
        codes = _codes(rows[1:], columns, faults)
        return BookTable("analytic_codes", (), (), faults, codes)
    if {"number", "label"} <= set(columns) and not set(columns) & (_OF_SUPPLIERS - {"auxiliary"}):
        return BookTable("accounts", _accounts(rows[1:], columns, faults), (), faults)
    if "label" in columns and "name" not in columns:
        columns["name"] = columns["label"]
    if "name" in columns and len(columns) > 1:
        return BookTable("suppliers", (), _suppliers(rows[1:], columns, faults), faults)
    raise _unknown(f"Its columns are {', '.join(rows[0][1])[:200]}.")


def _columns(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, title in enumerate(header):
        said = " ".join(folded(title).split())
        for column, names in _COLUMNS.items():
            if said in names:
                found.setdefault(column, place)
    return found


def _accounts(
    rows: Sequence[tuple[int, list[str]]], columns: Mapping[str, int], faults: Faults
) -> tuple[AccountRow, ...]:
    found: dict[str, AccountRow] = {}
    for line, cells in rows:
        number, label = _cell(cells, columns, "number"), _cell(cells, columns, "label")
        number = number.replace(" ", "").upper()
        if not is_account(number):
            faults.add(
                "account_number", line, "number", "This is no account number.", value=number[:40]
            )
        elif not label:
            faults.add("account_label", line, "label", "An account has a label.", value=number)
        else:
            found.setdefault(number, AccountRow(line, number, label))
    return tuple(found.values())


def _codes(
    rows: Sequence[tuple[int, list[str]]], columns: Mapping[str, int], faults: Faults
) -> tuple[CodeRow, ...]:
    found: dict[str, CodeRow] = {}
    for line, cells in rows:
        code, label = _cell(cells, columns, "analytic").upper(), _cell(cells, columns, "label")
        if not is_code(code):
            faults.add(
                "analytic_code", line, "analytic", "This is no analytic code.", value=code[:40]
            )
        else:
            found.setdefault(code, CodeRow(line, code, label or code))
    return tuple(found.values())


def _suppliers(
    rows: Sequence[tuple[int, list[str]]], columns: Mapping[str, int], faults: Faults
) -> tuple[SupplierRow, ...]:
    found = []
    for line, cells in rows:
        name = _cell(cells, columns, "name")[:200]
        if not name:
            faults.add("supplier_name", line, "name", "A supplier has a name.")
            continue
        siren = compact(_cell(cells, columns, "siren") or _cell(cells, columns, "siret"))[:9]
        if siren and not re.fullmatch(r"[0-9]{9}", siren):
            faults.add("supplier_siren", line, "siren", "This is no SIREN.", value=siren[:40])
            siren = ""
        iban = compact(_cell(cells, columns, "iban"))
        if iban and not iban_is_valid(iban):
            faults.add("supplier_iban", line, "iban", "This IBAN cannot be right.", value=iban[:40])
            iban = ""
        found.append(
            SupplierRow(
                line,
                name,
                auxiliary_of(_cell(cells, columns, "auxiliary")),
                siren,
                compact(_cell(cells, columns, "vat_id"))[:20],
                compact(_cell(cells, columns, "uid"))[:20],
                iban,
            )
        )
    return tuple(found)


def is_account(number: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{2}[0-9A-Z]{0,17}", number) is not None


def auxiliary_of(text: str) -> str:
    """An auxiliary code as books here write it: capitals and digits, at most 20."""
    return re.sub(r"[^0-9A-Z]", "", folded(text).upper())[:20]


def _cell(cells: Sequence[str], columns: Mapping[str, int], name: str) -> str:
    place = columns.get(name)
    return cells[place] if place is not None and place < len(cells) else ""


def _unknown(why: str) -> Invalid:
    return Invalid(
        f"This is neither a FEC nor a table of accounts, suppliers or analytic codes. {why}",
        code="books_file_unknown",
        advice="Accounts have the columns “Compte” and “Libellé”; suppliers “Nom” and at least one "
        "of “Code”, “SIREN”, “TVA”, “IBAN”; analytic codes “Code analytique” and “Libellé”.",
        why=why,
    )
