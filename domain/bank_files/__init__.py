"""Statements from the files that banks send, recognised by what is in them.

Each format is a module of its own and ends in `domain.statements.Statement`. The bytes are a
stranger's: whatever they are, the answer is statements or Invalid, in bounded time and memory.
Whose account it is and what is there already are left to the operation.
"""

from __future__ import annotations

from domain.bank_files import camt, cfonb, coda, mt940, ofx, reading, tables
from domain.bank_files.mappings import Mapping, guess_mapping, mapping_of
from domain.bank_files.tables import Table, look
from domain.errors import Invalid
from domain.statements import Statement

__all__ = ["Mapping", "Table", "guess_mapping", "look", "mapping_of", "read_statements"]

_OTHER_THINGS = (
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"{\\rtf",
)


def read_statements(
    name: str, content: bytes, mapping: Mapping | None = None
) -> tuple[Statement, ...]:
    """The statements of a file, in its order; Invalid, with the line and what is wrong with it,
    when it cannot be read. `mapping` tells the columns of a CSV; without one they are guessed.
    """
    if len(content) > reading.LARGEST_FILE:
        raise reading.too_large()
    if not content.strip() or content.startswith(_OTHER_THINGS):
        raise tables.unknown()
    found = _read(content, mapping)
    movements = sum(len(statement.movements) for statement in found)
    if movements > reading.MOST_MOVEMENTS:
        raise reading.too_large()
    if not found or (not movements and all(s.opening is None for s in found)):
        raise Invalid(
            f"“{name[:100]}” holds no statement.",
            code="bank_file_empty",
            advice="Choose a period with movements and export it again.",
        )
    return found


def _read(content: bytes, mapping: Mapping | None) -> tuple[Statement, ...]:
    if mapping is not None:
        return tables.read(content, mapping)
    if camt.looks_like(content):
        return camt.read(content)
    text = reading.text_of(content)
    if ofx.looks_like(text):
        return ofx.read(text)
    if coda.looks_like(text):
        return coda.read(text)
    if cfonb.looks_like(text):
        return cfonb.read(text)
    if mt940.looks_like(text):
        return mt940.read(text)
    return tables.read(content)
