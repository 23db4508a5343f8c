"""Looks into a PDF: may it be read, how large are its pages, which invoices does it carry.

Never used here, because they hang or crash on ordinary files: tables, links, scrubbing.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pymupdf

from domain.errors import Unreadable
from models.inside import einvoices
from models.limits import Limits

A4 = (595.0, 842.0)
LARGEST_SIDE_PT = 14_400.0

DAMAGED_ADVICE = "Open it and print it to a new PDF, or ask the sender for another copy."


def damaged(message: str = "The file is damaged or cut short.") -> Unreadable:
    return Unreadable(message, code="damaged", advice=DAMAGED_ADVICE)


def open_pdf(path: Path) -> pymupdf.Document:
    """The document, if it truly is a readable PDF; refuses what is encrypted or broken."""
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(path, filetype="pdf")
    except Exception as error:
        if "malloc" in str(error).lower():
            raise
        raise damaged() from error
    if not document.is_pdf:
        raise Unreadable(
            "The file says it is a PDF but is something else.",
            code="unknown_type",
            advice="Print it to a PDF and send that.",
        )
    if document.needs_pass and not document.authenticate(""):
        raise Unreadable(
            "The file is encrypted.", code="encrypted", advice="Send it without its password."
        )
    return document


def look(path: Path, limits: Limits) -> dict[str, Any]:
    """Page sizes as displayed, e-invoice, problems; the caller adds what kind of file it was."""
    document = open_pdf(path)
    try:
        count = document.page_count
    except Exception as error:
        raise damaged() from error
    if count > limits.pages:
        raise Unreadable(
            f"The file has {count} pages; {limits.pages} are allowed.",
            code="too_many_pages",
            advice="Split it and send the parts.",
            pages=count,
            limit=limits.pages,
        )
    if count <= 0:
        raise Unreadable(
            "The file has no pages.", code="no_pages", advice="Ask the sender for another copy."
        )
    problems: list[dict[str, Any]] = []
    sizes: list[tuple[float, float]] = []
    broken: list[int] = []
    filled = 0
    for number in range(count):
        try:
            page = document.load_page(number)
            sizes.append(size_of(page))
            filled += bool(page.get_contents() or page.first_annot)
        except Exception as error:  # whatever MuPDF says, the others go on
            if isinstance(error, MemoryError):
                raise
            sizes.append(A4)
            broken.append(number)
    if len(broken) == count:
        raise damaged("None of the pages of the file can be opened.")
    if filled < count and _guesses_its_key(document):
        raise Unreadable(
            "The file is encrypted, and pages come out empty.",
            code="encrypted",
            advice="Send it without its password.",
        )
    if document.is_repaired:
        if not filled:
            raise damaged("The file is damaged: nothing is left on its pages.")
        problems.append(
            {"code": "pdf_repaired", "message": "The file was damaged and has been repaired.",
             "severity": "info"}
        )  # fmt: skip
    if broken:
        problems.append(
            {"code": "pages_broken", "message": "Some pages cannot be opened.",
             "severity": "warning", "values": {"pages": broken[:100]}}
        )  # fmt: skip
    invoice, attached = einvoices.attached_to(document, limits)
    return {
        "pages": sizes,
        "problems": problems + attached,
        **({"einvoice": invoice} if invoice else {}),
    }


def _guesses_its_key(document: pymupdf.Document) -> bool:
    """Encrypted, but without the identifier that the key is made from."""
    encrypted = bool((document.metadata or {}).get("encryption"))
    return encrypted and document.xref_get_key(-1, "ID")[0] == "null"


def size_of(page: pymupdf.Page) -> tuple[float, float]:
    """Width and height in points, turned as the page says, whatever the file claims."""
    rect = page.rect
    width, height = float(rect.width), float(rect.height)
    if not (math.isfinite(width) and math.isfinite(height)) or width <= 0 or height <= 0:
        return A4
    return min(width, LARGEST_SIDE_PT), min(height, LARGEST_SIDE_PT)
