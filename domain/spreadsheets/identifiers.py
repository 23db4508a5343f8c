"""The number that names a customer in a cell of a spreadsheet."""

from __future__ import annotations

from decimal import Decimal

from domain import legal_ids
from domain.identifiers import compact
from domain.spreadsheets.cells import Cell, Wrong, words_of


def legal_id_of(cell: Cell, country: str) -> tuple[str, bool]:
    """The identifier that companies of `country` have, as a customer keeps it, and whether it had
    to be repaired: SIREN (FR), UID as ``CHE123456789`` (CH), enterprise number in ten digits (BE).
    """
    if isinstance(cell, Decimal) and cell != cell.to_integral_value():
        raise Wrong("number_instead", "This is a number, not an identifier.")
    text = str(int(cell)) if isinstance(cell, Decimal) else words_of(cell, 60)
    try:
        found = legal_ids.legal_id_of(country, text)
    except legal_ids.WrongLegalId as wrong:
        raise Wrong(wrong.code, wrong.message, **wrong.values) from None
    if not found:
        raise Wrong("required", "This cell must be filled in.")
    return found, found != compact(text)
