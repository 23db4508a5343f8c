"""Papers to break things with: cheap to draw, cheap to read, each different from all others."""

from __future__ import annotations

from itertools import count

import pymupdf

_numbers = count(1)


def invoice(word: str = "", pages: int = 1) -> bytes:
    """An invoice of some pages in one PDF; `word` stands on the first."""
    number = next(_numbers)
    with pymupdf.open() as pdf:
        for page_number in range(1, pages + 1):
            page = pdf.new_page()
            first = page_number == 1
            lines = [
                "Papeterie Hulot SARL - 12 rue des Lilas, 69003 Lyon - SIREN 732 829 320",
                f"FACTURE F-2026-{number:04}",
                "Date : 14/03/2026",
                f"Page {page_number}/{pages}",
                "Total HT 100,00 EUR   TVA 20 % 20,00 EUR   Total TTC 120,00 EUR",
                "Payable sous 30 jours par virement. Merci de votre confiance.",
                word if first else "",
            ]
            page.insert_text((72, 90), lines, fontsize=11)
        return bytes(pdf.tobytes())


def mail(pages: int) -> bytes:
    """A stack of one-page invoices in one PDF."""
    with pymupdf.open() as stack:
        for _ in range(pages):
            with pymupdf.open(stream=invoice(), filetype="pdf") as one:
                stack.insert_pdf(one)
        return bytes(stack.tobytes())
