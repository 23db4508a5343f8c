"""Workbooks as people send them, made for the test that needs them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

HEADER = (
    "SIREN*",
    "Nom du client",
    "Désignation*",
    "Quantité*",
    "Prix unitaire HT*",
    "Taux de TVA*",
)
ENGLISH = ("SIREN*", "Customer name", "Item*", "Quantity*", "Unit price excl. VAT*", "VAT rate*")
DUPONT, PETIT, MARTIN = "732829320", "552100554", "443061841"
FIVE_ROWS = (
    (DUPONT, "Dupont SA", "Conseil", 2, 100, 20),
    (PETIT, "Petit", "Formation", 1, 500.5, 20),
    (DUPONT, "", "Déplacement", 1, "12,50", "10 %"),
    (MARTIN, "Martin", "Livre", 3, 10, 0.055),
    (PETIT, "Petit", "Support", -1, 50, 20),
)


def book(fill: Callable[[xlsxwriter.Workbook], None], **options: Any) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    fill(made)
    made.close()
    return out.getvalue()


def lines(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> bytes:
    """A workbook with one sheet of these rows."""

    def fill(made: xlsxwriter.Workbook) -> None:
        sheet = made.add_worksheet("Lignes")
        sheet.write_row(0, 0, header)
        for place, row in enumerate(rows, 1):
            sheet.write_row(place, 0, row)

    return book(fill)


def with_part(content: bytes, name: str, part: bytes, declared: int = 0) -> bytes:
    """A workbook with one of its parts replaced, or one more; `declared` is the size it claims."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info.filename))
        new.writestr(name, part)
        new.filelist[-1].file_size = declared or len(part)
    return out.getvalue()
