"""Pages written by hand, for tests of splitting and sorting."""

from __future__ import annotations

from collections.abc import Sequence

from domain.text import Box, Code, PageText, Word


def a_page(
    number: int, lines: Sequence[str], *, width: float = 595, height: float = 842, code: str = ""
) -> PageText:
    """Lines spread down a page; one that begins with `#` is set in larger letters."""
    words = []
    for row, line in enumerate(lines):
        size = 0.03 if line.startswith("#") else 0.012
        top = 0.04 + row * 0.9 / max(len(lines), 30)
        at = 0.08
        for token in line.lstrip("# ").split():
            end = min(at + 0.009 * len(token), 1.0)
            words.append(Word(token, Box.clipped(at, top, end, top + size), 0.95, row))
            at = min(end + 0.01, 0.99)
    codes = (Code("QRCode", code, Box(0.4, 0.4, 0.6, 0.6)),) if code else ()
    return PageText(
        number, width, height, "text", tuple(words), codes, ink=0.05, blank=not (words or codes)
    )


def blank(number: int) -> PageText:
    return PageText(number, 595, 842, "ocr", (), blank=True)


def an_invoice(number: int, name: str, siret: str, reference: str) -> PageText:
    return a_page(
        number,
        [
            name,
            f"SIRET {siret} – 12 rue de la Gare, 35000 Rennes – Tél. 02 99 00 00 00",
            f"# FACTURE n° {reference}",
            "Désignation Quantité Prix Total",
            "Papier 2 10,00 20,00",
            "Encre 1 30,00 30,00",
            "Total HT 50,00",
            "TVA 20 % 10,00",
            "Total TTC 60,00",
        ],
    )


def of_two(number: int, name: str, reference: str, page: int) -> PageText:
    """A page of an invoice of two pages, which names the invoice and its place in it."""
    rows = ["Papier 2 10,00 20,00"] if page == 1 else ["Encre 1 30,00 30,00", "Total TTC 60,00"]
    return a_page(
        number,
        [name, f"contact@{name.lower().replace(' ', '-')}.fr", f"# FACTURE n° {reference}", *rows,
         f"Page {page}/2"],
    )  # fmt: skip
