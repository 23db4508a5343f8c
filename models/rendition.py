"""An invoice that is only XML, drawn as pages so that a person can see what it says.

The drawing is for reading, not a legal copy: the XML stays the original, and the page says so.
Labels are in French and English; the fonts are MuPDF's own, which cover what Europe writes.
"""

# mypy: disable-error-code="no-untyped-call"
# PyMuPDF ships without annotations on most of its methods.
from __future__ import annotations

from collections.abc import Iterable

import pymupdf

from domain.documents import Category
from domain.findings import Reading
from models.extraction.einvoice import EInvoice, Party
from models.extraction.texts import clean

_WIDTH, _HEIGHT, _MARGIN = 595.0, 842.0, 48.0
_SIZE, _LEADING = 9.0, 13.0
_MOST_LINES = 2_000
_GREY = (0.4, 0.4, 0.4)
_RIGHT = _WIDTH - _MARGIN
# Right edges of the numeric columns of the line table.
_COLUMNS = {"quantity": 350.0, "price": 425.0, "rate": 470.0, "amount": _RIGHT}


def draw(einvoice: EInvoice) -> bytes:
    """A PDF of `einvoice`: parties, references, lines, VAT and totals, on as many A4 pages."""
    paper = _Paper()
    reading = einvoice.reading
    _head(paper, einvoice)
    _parties(paper, einvoice.seller, einvoice.buyer)
    _references(paper, einvoice, reading)
    _lines(paper, reading)
    _totals(paper, einvoice, reading)
    _notes(paper, einvoice)
    return paper.finish(einvoice.number)


class _Paper:
    """Pages filled from the top; a new one begins when the next line would not fit."""

    def __init__(self) -> None:
        self.document = pymupdf.open()
        self.fonts = {"normal": pymupdf.Font("helv"), "bold": pymupdf.Font("hebo")}
        self.writers: dict[bool, pymupdf.TextWriter] = {}
        self._next_page()

    def _next_page(self) -> None:
        self._write()
        self.page = self.document.new_page(width=_WIDTH, height=_HEIGHT)
        self.y = _MARGIN

    def _write(self) -> None:
        """Put what was collected on its page, at once: a writer for each string is slow."""
        for grey, writer in self.writers.items():
            writer.write_text(self.page, color=_GREY if grey else (0, 0, 0))
        self.writers = {}

    def need(self, height: float) -> bool:
        """Make room for `height`; True when that began a new page."""
        if self.y + height <= _HEIGHT - _MARGIN - 20:
            return False
        self._next_page()
        return True

    def down(self, height: float = _LEADING) -> None:
        self.y += height

    def put(
        self,
        text: str,
        x: float = _MARGIN,
        *,
        right: bool = False,
        bold: bool = False,
        size: float = _SIZE,
        width: float = 0,
        grey: bool = False,
    ) -> None:
        text = clean(text)
        font = self.fonts["bold" if bold else "normal"]
        if width:
            while len(text) > 1 and font.text_length(text, size) > width:
                text = text[:-2].rstrip() + "…"
        if not text:
            return
        if grey not in self.writers:
            self.writers[grey] = pymupdf.TextWriter(self.page.rect)
        start = x - font.text_length(text, size) if right else x
        self.writers[grey].append((start, self.y + size), text, font=font, fontsize=size)

    def rule(self) -> None:
        self.page.draw_line((_MARGIN, self.y), (_RIGHT, self.y), color=_GREY, width=0.5)
        self.y += 5

    def paragraph(self, text: str, width: float = _RIGHT - _MARGIN) -> None:
        for line in self._wrap(clean(text, 2_000), width):
            self.need(_LEADING)
            self.put(line)
            self.down()

    def _wrap(self, text: str, width: float) -> Iterable[str]:
        font, line = self.fonts["normal"], ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and font.text_length(longer, _SIZE) > width:
                yield line
                line = word
            else:
                line = longer
        if line:
            yield line

    def finish(self, title: str) -> bytes:
        self._write()
        total = len(self.document)
        for number in range(total):
            self.page, self.y = self.document[number], _HEIGHT - _MARGIN + 8
            self.put(
                "Représentation lisible d'une facture électronique ; l'original est le fichier XML."
                " / Readable copy of an e-invoice; the XML is the original.",
                size=6.5,
                grey=True,
            )
            self.put(f"{number + 1}/{total}", _RIGHT, right=True, size=6.5, grey=True)
            self._write()
        self.document.set_metadata({"title": clean(title, 100), "producer": "Bannette"})
        self.document.subset_fonts()
        data: bytes = self.document.tobytes(garbage=3, deflate=True)
        self.document.close()
        return data


def _head(paper: _Paper, einvoice: EInvoice) -> None:
    credit = einvoice.category is Category.CREDIT_NOTE
    title = "AVOIR / CREDIT NOTE" if credit else "FACTURE / INVOICE"
    paper.put(title, bold=True, size=16)
    paper.put(einvoice.number, _RIGHT, right=True, bold=True, size=12, width=240)
    paper.down(26)
    paper.rule()


def _parties(paper: _Paper, seller: Party, buyer: Party) -> None:
    top, lowest = paper.y, paper.y
    for x, title, party in (
        (_MARGIN, "Fournisseur / Seller", seller),
        (_WIDTH / 2 + 10, "Client / Buyer", buyer),
    ):
        paper.y = top
        paper.put(title, x, grey=True, size=7.5)
        paper.down()
        paper.put(party.name, x, bold=True, width=230)
        paper.down()
        details = (
            *party.address,
            f"TVA / VAT : {party.vat_id}" if party.vat_id else "",
            f"SIRET : {party.siret}" if party.siret else "",
            f"SIREN : {party.siren}" if party.siren and not party.siret else "",
            party.email,
        )
        for detail in (d for d in details if d):
            paper.put(detail, x, width=230)
            paper.down()
        lowest = max(lowest, paper.y)
    paper.y = lowest + 8


def _references(paper: _Paper, einvoice: EInvoice, reading: Reading) -> None:
    for label, value in (
        ("Date de facture / Invoice date", einvoice.issue_date),
        ("Échéance / Due date", einvoice.due_date),
        ("N° de commande / Order number", einvoice.order_number),
        ("Référence de paiement / Payment reference", einvoice.payment_reference),
        ("IBAN", reading.value("iban") or ""),
        ("BIC", einvoice.bic),
        ("Devise / Currency", einvoice.currency),
    ):
        if value:
            paper.put(label, grey=True)
            paper.put(value, 260, width=_RIGHT - 260)
            paper.down()
    paper.down(8)


def _lines(paper: _Paper, reading: Reading) -> None:
    if not reading.line_items:
        return
    _line_header(paper)
    for item in reading.line_items[:_MOST_LINES]:
        if paper.need(_LEADING):
            _line_header(paper)
        paper.put(item.description, width=_COLUMNS["quantity"] - 50 - _MARGIN)
        for column, value in (
            ("quantity", item.quantity),
            ("price", item.unit_price),
            ("rate", item.vat_rate and f"{item.vat_rate} %"),
            ("amount", item.net_amount),
        ):
            paper.put(value or "", _COLUMNS[column], right=True, width=80)
        paper.down()
    if len(reading.line_items) > _MOST_LINES:
        paper.put(f"… {len(reading.line_items) - _MOST_LINES} lignes de plus / more lines")
        paper.down()
    paper.down(4)


def _line_header(paper: _Paper) -> None:
    paper.put("Désignation / Description", grey=True, size=7.5)
    for column, label in (
        ("quantity", "Quantité"),
        ("price", "Prix unitaire"),
        ("rate", "TVA"),
        ("amount", "Montant HT / Net"),
    ):
        paper.put(label, _COLUMNS[column], right=True, grey=True, size=7.5)
    paper.down()
    paper.rule()


def _totals(paper: _Paper, einvoice: EInvoice, reading: Reading) -> None:
    paper.need(_LEADING * (len(reading.vat_lines) + 5))
    paper.rule()
    for tax in reading.vat_lines:
        amount = f"{tax.base or '?'} → {tax.amount or '?'}"
        paper.put(f"TVA / VAT {tax.rate} %", 300, grey=True)
        paper.put(amount, _RIGHT, right=True)
        paper.down()
    for label, name in (
        ("Total HT / Net total", "net_total"),
        ("Total TVA / VAT total", "vat_total"),
        ("Total TTC / Total including VAT", "gross_total"),
        ("Net à payer / Amount due", "amount_due"),
    ):
        value = reading.value(name)
        if value is not None:
            bold = name == "gross_total"
            paper.put(label, 300, bold=bold)
            paper.put(f"{value} {einvoice.currency}", _RIGHT, right=True, bold=bold)
            paper.down()
    paper.down(8)


def _notes(paper: _Paper, einvoice: EInvoice) -> None:
    for note in (einvoice.payment_terms, *einvoice.notes):
        if note:
            paper.paragraph(note)
            paper.down(4)
