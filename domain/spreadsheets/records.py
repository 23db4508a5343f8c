"""Rows of a sheet that say what was done: hours, tickets, goods and expenses to be invoiced.

The cells are read like those of invoice lines (`rows`); what else a record says is here. Which
customer and which contract a row means is looked up by who knows them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.delimited import delimiter_of, text_of
from domain.errors import Invalid, TooLarge
from domain.spreadsheets.cells import Cell, Wrong, is_empty, words_of
from domain.spreadsheets.columns import (
    LINES,
    MOST_COLUMNS,
    Layout,
    Vocabulary,
    layout_of,
    template_headers,
)
from domain.spreadsheets.rows import CellFault, Reader, Repair, Sheet, Terms, filled
from domain.words import folded

MOST_ROWS = 20_000
_OF_LINES = ("customer_id", "customer_name", "text", "details", "quantity", "unit", "unit_price",
             "vat_rate", "discount_percent", "nature", "served_on")  # fmt: skip
_OWN: Mapping[str, tuple[str, ...]] = {
    "kind": ("genre", "categorie", "type", "type d element", "kind", "category", "art", "typ"),
    "contract": ("contrat", "nom du contrat", "contract", "contract name", "vertrag"),
    "ticket": ("ticket", "n de ticket", "no de ticket", "numero de ticket", "ticket number",
               "ticket id", "intervention", "dossier"),
    "finished": ("termine", "fini", "clos", "cloture", "finished", "done", "closed", "erledigt",
                 "abgeschlossen"),
}  # fmt: skip
RECORDS = Vocabulary(
    {name: tuple(w for w in LINES.synonyms[name] if w not in _OWN["kind"]) for name in _OF_LINES}
    | dict(_OWN),
    ("text",),
)
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "fr": ("Nom du client", "Désignation*", "Description", "Quantité", "Unité",
           "Prix unitaire HT", "Taux de TVA", "Remise (%)", "Bien/Service", "Date",
           "Genre", "Contrat", "Ticket", "Terminé"),
    "en": ("Customer name", "Item*", "Description", "Quantity", "Unit", "Unit price excl. VAT",
           "VAT rate", "Discount (%)", "Goods/Service", "Date",
           "Kind", "Contract", "Ticket", "Finished"),
}  # fmt: skip
_KINDS = {
    **dict.fromkeys(("temps", "heure", "heures", "time", "hour", "hours", "zeit", "stunden"),
                    "time"),
    **dict.fromkeys(("ticket", "tickets", "intervention"), "ticket"),
    **dict.fromkeys(("produit", "article", "marchandise", "product", "item", "produkt", "artikel"),
                    "product"),
    **dict.fromkeys(("frais", "depense", "debours", "note de frais", "expense", "expenses",
                     "auslage", "spesen"), "expense"),
}  # fmt: skip
_YES = frozenset(("oui", "o", "yes", "y", "ja", "x", "1", "vrai", "true", "wahr", "termine"))
_NO = frozenset(("non", "n", "no", "nein", "0", "faux", "false", "falsch", "ouvert", "open"))


def headers_of(language: str, country: str) -> tuple[str, ...]:
    """The headers of our template, in French unless English is asked for."""
    language = language if language in _HEADERS else "fr"
    number = template_headers(language, country)["customer_id"].rstrip("*")
    return number, *_HEADERS[language]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A row that is a record: whose it is as it was written, and its values by their names."""

    number: int
    legal_id: str
    customer_name: str
    contract: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedRecords:
    rows: tuple[RecordRow, ...]
    faults: tuple[CellFault, ...]
    repairs: tuple[Repair, ...]


def records_of(sheet: Sheet, terms: Terms) -> CheckedRecords:
    """Every row as a record, or its faults. Invalid for a sheet without the columns it needs."""
    layout = layout_of(sheet.rows, words=RECORDS)
    _must_have(layout)
    found = filled(sheet, layout, of=("customer_id", "customer_name"))
    reader = _RecordReader(terms, found, sheet.from_1904)
    rows = [row for n, cells in found.cells.items() if (row := reader.row(n, cells)) is not None]
    return CheckedRecords(tuple(rows), tuple(reader.faults), tuple(reader.repairs))


def _must_have(layout: Layout) -> None:
    missing = [name for name in RECORDS.required if name not in layout.columns]
    if not {"customer_id", "customer_name"} & set(layout.columns):
        missing.insert(0, "customer_name")
    if missing:
        raise Invalid(
            "Some columns that are needed are not there.",
            code="records_columns",
            advice="Download the template: its first line names the columns.",
            fields=missing,
            headers=list(layout.headers),
        )


class _RecordReader(Reader):
    fields = RECORDS.fields
    required = RECORDS.required

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.readers |= {"kind": _kind, "finished": _finished}

    def row(self, number: int, cells: Mapping[str, Cell]) -> RecordRow | None:
        values = self.values(number, cells)
        if values is None:
            return None
        if is_empty(cells.get("customer_id")) and is_empty(cells.get("customer_name")):
            self.fault(
                number, "customer_name", cells, Wrong("required", "This cell must be filled in.")
            )
            return None
        kind = values["kind"] or "product"
        if values["unit_price"] is None and not (values["contract"] and kind == "time"):
            self.fault(
                number, "unit_price", cells, Wrong("required", "This cell must be filled in.")
            )
            return None
        named = {
            name: values[name] for name in (*_OF_LINES[2:], "ticket") if values[name] is not None
        }
        finished = True if values["finished"] is None else values["finished"]
        return RecordRow(
            number,
            values["customer_id"] or "",
            values["customer_name"] or "",
            values["contract"] or "",
            named | {"kind": kind, "finished": finished},
        )


def _kind(_: int, cell: Cell) -> str:
    found = _KINDS.get(folded(words_of(cell, 60)).strip())
    if found is None:
        raise Wrong("kind_wrong", "This is none of hours, ticket, product and expense.")
    return found


def _finished(_: int, cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    said = folded(words_of(cell, 20)).strip()
    if said in _YES or said in _NO:
        return said in _YES
    raise Wrong("yes_or_no", "This is neither yes nor no.")


def sheet_of_text(content: bytes, name: str) -> Sheet:
    """The sheet that a CSV is. Invalid for bytes that are none."""
    text = text_of(content)
    rows: list[tuple[Cell, ...]] = []
    try:
        cut = csv.reader(io.StringIO(text or "", newline=""), delimiter=delimiter_of(text or ""))
        for cells in cut:
            rows.append(tuple(cells[:MOST_COLUMNS]))
            if len(rows) > MOST_ROWS + 1:
                raise TooLarge(
                    "This sheet has too many rows.",
                    code="spreadsheet_rows",
                    advice="Split it into several files.",
                    most=MOST_ROWS,
                )
    except csv.Error:
        rows = []
    if not any(len(row) > 1 for row in rows):
        raise Invalid(
            "This is no table of records.",
            code="records_file",
            advice="Send a CSV or an .xlsx with a line of headers, as the template has it.",
        )
    return Sheet(name, rows)
