"""Commercial papers: invoices, credit notes, quotes, orders and delivery notes.

One drawer for all: they are the same paper with another title, other columns and another ending.
The amounts close: the lines add up to the net total, the rates give the VAT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from domain.money import cents
from models.synthetic import sentences
from models.synthetic import vocabulary as words
from models.synthetic.layout import Layout
from models.synthetic.paper import (
    Paper,
    Style,
    address,
    draw_date,
    draw_style,
    legal_foot,
    letterhead,
    number_pages,
    show_amount,
    show_date,
    show_money,
    show_rate,
)
from models.synthetic.parties import Company, spaced
from models.synthetic.payment_part import draw_payment_part
from models.synthetic.sheet import A4, Sheet

CATEGORIES = ("purchase_invoice", "credit_note", "quote", "purchase_order", "delivery_note")
PREFIXES = {
    "purchase_invoice": ("F", "FA", "FAC-", "", "INV-", "2024-"),
    "credit_note": ("AV", "A", "CN-"),
    "quote": ("D", "DEV-", "Q"),
    "purchase_order": ("CDE-", "PO", "BC"),
    "delivery_note": ("BL", "BL-", "L"),
}


@dataclass(frozen=True, slots=True)
class Line:
    description: str
    quantity: int
    unit: str
    price: Decimal
    rate: str

    @property
    def net(self) -> Decimal:
        return cents(self.price * self.quantity)


@dataclass(frozen=True, slots=True)
class Content:
    """What the paper says, before it is laid out."""

    category: str
    number: str
    issued: date
    due: date | None
    lines: tuple[Line, ...]
    vat: tuple[tuple[str, Decimal, Decimal], ...]
    """(rate, base, amount); empty when no VAT is charged."""
    net: Decimal
    gross: Decimal
    labels: dict[str, str]


def draw_commercial(
    random: Random,
    category: str,
    seller: Company,
    buyer: Company,
    lines: int | None = None,
    *,
    layout: Layout | None = None,
) -> Paper:
    """A commercial paper of `seller` for `buyer`; an order is written by the buyer."""
    issuer, other = (buyer, seller) if category == "purchase_order" else (seller, buyer)
    layout = layout or Layout(random)
    style = draw_style(random, issuer.language, layout)
    style.extra["logo"] = random.random() < 0.5
    style.extra["single_unnumbered"] = random.random() < 0.5
    content = _content(random, category, seller, issuer.language, lines)
    sheets = _lay_out(random, style, issuer, other, content)
    if category != "delivery_note" and random.random() < 0.1:
        sheets.append(_terms(random, style, issuer))
    number_pages(sheets, style)
    fields = _truth(seller, content) if category in ("purchase_invoice", "credit_note") else None
    return Paper(category, issuer.language, tuple(sheets), fields, layout=layout.name)


def _content(
    random: Random, category: str, seller: Company, language: str, count: int | None
) -> Content:
    trade = words.TRADES[seller.language][seller.trade]
    rates = words.RATES[seller.country]
    count = count or random.choice((1, 2, 3, 4, 5, 6, 8, 11, 15, 19, 26, 45, 60))
    charges = seller.vat_id is not None
    lines = []
    goods = random.sample(trade.goods, min(count, len(trade.goods)))
    goods += random.choices(trade.goods, k=count - len(goods))
    for description, price, unit in goods:
        rate = rates[trade.rate if random.random() < 0.9 else "standard"] if charges else "0"
        shift = Decimal(random.randint(80, 130)) / 100
        quantity = random.choice((1, 1, 1, 2, 3, 4, 5, 10, 12, 24))
        if price > 30000:
            quantity = random.choice((1, 1, 1, 2, 3))
        lines.append(Line(description, quantity, unit, cents(Decimal(price) / 100 * shift), rate))
    bases: dict[str, Decimal] = {}
    for line in lines:
        bases[line.rate] = bases.get(line.rate, Decimal(0)) + line.net
    vat = tuple(
        (rate, base, cents(base * Decimal(rate) / 100)) for rate, base in sorted(bases.items())
    )
    net = sum(bases.values(), Decimal(0))
    if not charges:
        vat = ()
    issued = draw_date(random)
    prefix = random.choice(PREFIXES[category])
    shape = random.choice(("{y}{n:04d}", "{n:05d}", "{y}-{n:03d}", "{m:02d}{y}/{n:03d}", "{n}"))
    serial = shape.format(y=issued.year, m=issued.month, n=random.randint(3, 2999))
    labels = {key: random.choice(options) for key, options in words.LABELS[language].items()}
    return Content(
        category=category,
        number=prefix + serial,
        issued=issued,
        due=issued + timedelta(days=30)
        if category == "purchase_invoice" and random.random() < 0.8
        else None,
        lines=tuple(lines),
        vat=vat,
        net=net,
        gross=net + sum((amount for _, _, amount in vat), Decimal(0)),
        labels=labels,
    )


def _lay_out(
    random: Random, style: Style, issuer: Company, other: Company, content: Content
) -> list[Sheet]:
    labels, country = content.labels, issuer.country
    sheet = Sheet(A4, style.family)
    sheets = [sheet]
    y = letterhead(sheet, style, issuer) + random.uniform(8, 24)
    if style.stacked:
        sheet.text(sheet.width * (0.55 if style.head != "right" else 0.1), y,
                   labels["billed_to"], 7.5)  # fmt: skip
        y += 12
    y = address(sheet, style, other, y) + random.uniform(16, 36)
    y = _title(random, sheet, style, content, country, y) + 16
    repeated_head = random.random() < 0.7
    priced = content.category != "delivery_note"
    carried, running = random.random() < 0.4 and priced, Decimal(0)
    y = _head_row(sheet, style, labels, y, priced=priced)
    step = style.size * random.uniform(1.7, 2.3)
    for n, line in enumerate(content.lines):
        if y > sheet.height - 100:
            if carried:
                _amount_row(sheet, style, labels["carried"], show_amount(running, country), y)
            _close(sheet, style, issuer)
            sheet = Sheet(A4, style.family)
            sheets.append(sheet)
            y = style.margin + 20
            if repeated_head:
                sheet.text(style.margin, y - 10, issuer.name, 8)
                sheet.text(sheet.width / 2, y - 10,
                           f"{labels['number']} {content.number}", 8)  # fmt: skip
                y += 12
            y = _head_row(sheet, style, labels, y, priced=priced)
            if carried:
                _amount_row(sheet, style, labels["brought"], show_amount(running, country), y)
                y += step
        _line_row(sheet, style, line, country, y, priced=priced)
        if style.table == "rules" and n % 2:
            sheet.rule(style.margin, y + 4, sheet.width - style.margin, thick=0.2)
        running += line.net
        y += step
    if y > sheet.height - 230:
        _close(sheet, style, issuer)
        sheet = Sheet(A4, style.family)
        sheets.append(sheet)
        y = style.margin + 30
    _ending(random, sheet, style, issuer, content, y + 10)
    _close(sheet, style, issuer)
    return sheets


def _title(
    random: Random, sheet: Sheet, style: Style, content: Content, country: str, y: float
) -> float:
    language = "de" if country == "DE" else "en" if country == "GB" else "fr"
    title = random.choice(words.TITLES[content.category][language])
    sheet.text(style.margin, y, title.format(number=content.number), style.size + 6, bold=True,
               colour=style.shade)  # fmt: skip
    labels = content.labels
    pairs = [(labels["date"], show_date(random, content.issued, country))]
    if "{number}" not in title:
        pairs.insert(0, (labels["number"], content.number))
    if content.due:
        pairs.append((labels["due"], show_date(random, content.due, country)))
    if random.random() < 0.4:
        pairs.append((labels["customer"], f"C{random.randint(100, 9999)}"))
    y += style.size * 2.2
    if style.stacked:
        for n, (label, value) in enumerate(pairs):
            x = style.margin + n * 125
            sheet.text(x, y, label, style.size - 1, bold=True)
            sheet.text(x, y + style.size * 1.4, value, style.size)
        return y + style.size * 2.8
    for label, value in pairs:
        sheet.text(style.margin, y, f"{label} :" if language == "fr" else f"{label}:", style.size)
        sheet.text(style.margin + 120, y, value, style.size)
        y += style.size * 1.4
    return y


def _columns(sheet: Sheet, style: Style) -> dict[str, float]:
    right = sheet.width - style.margin
    return {
        "description": style.margin + 3,
        "quantity": right - 228,
        "unit": right - 215,
        "price": right - 125,
        "vat": right - 78,
        "net": right - 3,
    }


def _head_row(
    sheet: Sheet, style: Style, labels: dict[str, str], y: float, *, priced: bool
) -> float:
    at, right = _columns(sheet, style), sheet.width - style.margin
    colour = (0.0, 0.0, 0.0)
    if style.table == "frame":
        sheet.fill(style.margin, y - style.size - 3, right, y + 5, style.shade)
        colour = (1.0, 1.0, 1.0)
    for key, x in at.items():
        if key in ("price", "vat", "net") and not priced:
            continue
        align = "left" if key in ("description", "unit") else "right"
        sheet.text(x, y, labels[key], style.size - 1, bold=True, align=align, colour=colour)
    if style.table == "rules":
        sheet.rule(style.margin, y + 5, right)
    return y + style.size * 2


def _line_row(
    sheet: Sheet, style: Style, line: Line, country: str, y: float, *, priced: bool
) -> None:
    at = _columns(sheet, style)
    size = style.size
    sheet.text(at["description"], y, line.description[:52], size)
    sheet.text(at["quantity"], y, str(line.quantity), size, align="right")
    sheet.text(at["unit"], y, line.unit, size)
    if priced:
        sheet.text(at["price"], y, show_amount(line.price, country), size, align="right")
        sheet.text(at["vat"], y, show_rate(line.rate, country), size, align="right")
        sheet.text(at["net"], y, show_amount(line.net, country), size, align="right")


def _amount_row(
    sheet: Sheet, style: Style, label: str, amount: str, y: float, *, bold: bool = False
) -> None:
    right = sheet.width - style.margin - 3
    sheet.text(right - 90, y, label, style.size, align="right", bold=bold)
    sheet.text(right, y, amount, style.size, align="right", bold=bold)


def _ending(
    random: Random, sheet: Sheet, style: Style, issuer: Company, content: Content, y: float
) -> None:
    labels, country, category = content.labels, issuer.country, content.category
    m, language = style.margin, issuer.language
    step = style.size * 1.7
    if category == "delivery_note":
        received = {
            "fr": "Reçu en bon état, nom et signature du réceptionnaire :",
            "en": "Goods received in good condition. Signature:",
            "de": "Ware vollständig erhalten. Unterschrift:",
        }[language]
        sheet.text(m, y + 20, received, style.size)
        sheet.frame(m, y + 30, m + 240, y + 90)
        return
    _amount_row(sheet, style, labels["net_total"], show_money(content.net, country), y)
    for rate, _, amount in content.vat:
        y += step
        label = words.LABELS[language]["vat_total"][0].format(rate=show_rate(rate, country))
        _amount_row(sheet, style, label, show_money(amount, country), y)
    y += step
    _amount_row(sheet, style, labels["gross_total"], show_money(content.gross, country), y,
                bold=True)  # fmt: skip
    y += step * 1.6
    if not content.vat:
        sheet.text(m, y, labels["exempt"], style.size)
        y += step
    if category == "quote":
        agreed = {
            "fr": "Devis valable 30 jours. Bon pour accord, date et signature précédées de la "
            "mention « lu et approuvé » :",
            "en": "This quotation is valid for 30 days. Accepted by (signature):",
            "de": "An dieses Angebot halten wir uns 30 Tage gebunden. Unterschrift:",
        }[language]
        sheet.paragraph(m, y, agreed, 300, style.size)
    elif category == "purchase_order":
        wanted = {
            "fr": "Merci de livrer à l'adresse ci-dessus et de rappeler ce numéro de commande sur "
            "vos bons de livraison et factures.",
            "en": "Please quote this order number on your delivery note and invoice.",
            "de": "Bitte geben Sie die Bestellnummer auf Lieferschein und Rechnung an.",
        }[language]
        sheet.paragraph(m, y, wanted, 300, style.size)
    else:
        if category == "purchase_invoice":
            y = sheet.paragraph(m, y, labels["payment"], sheet.width - 2 * m, style.size - 1)
            if issuer.country == "CH" and y < sheet.height - 330:
                draw_payment_part(sheet, issuer, content.gross, content.number)
        else:
            about = {
                "fr": "Avoir relatif à la facture {n}. Cette somme viendra en déduction de votre "
                "prochain règlement.",
                "en": "Credit against invoice {n}.",
                "de": "Gutschrift zur Rechnung {n}.",
            }[language].format(n=f"F{random.randint(1000, 9999)}")
            y = sheet.paragraph(m, y, about, sheet.width - 2 * m, style.size)
        if issuer.country != "GB":
            sheet.text(m, y + 6, f"IBAN : {spaced(issuer.iban)}", style.size)


def _terms(random: Random, style: Style, issuer: Company) -> Sheet:
    """General conditions in small print, as they stand on the back of a paper."""
    says, sheet = sentences.CONTRACT[issuer.language], Sheet(A4, style.family)
    sheet.text(style.margin, 60, sentences.TERMS[issuer.language], style.size + 2, bold=True)
    y = 84.0
    for n, (title, body) in enumerate(random.sample(says["articles"], len(says["articles"])), 1):
        sheet.text(style.margin, y, says["article"].format(n=n, title=title), 7, bold=True)
        part = f"{body} {random.choice(says['further'])}"
        y = sheet.paragraph(style.margin, y + 9, part, sheet.width - 2 * style.margin, 6.5) + 6
    return sheet


def _close(sheet: Sheet, style: Style, issuer: Company) -> None:
    if style.table == "frame":
        sheet.rule(style.margin, sheet.height - 60, sheet.width - style.margin, thick=0.3)
    legal_foot(sheet, issuer)


def _truth(seller: Company, content: Content) -> dict[str, Any]:
    return {
        "supplier_name": seller.name,
        "supplier_vat_id": seller.vat_id,
        "supplier_siren": seller.siren,
        "invoice_number": content.number,
        "issue_date": content.issued.isoformat(),
        "due_date": content.due.isoformat() if content.due else None,
        "currency": seller.currency,
        "net_total": f"{content.net:.2f}",
        "vat_total": f"{content.gross - content.net:.2f}" if content.vat else None,
        "gross_total": f"{content.gross:.2f}",
        "amount_due": None,
        "iban": seller.iban if seller.country != "GB" else None,
        "vat_lines": [
            {"rate": f"{Decimal(rate):.2f}", "base": f"{base:.2f}", "amount": f"{amount:.2f}"}
            for rate, base, amount in content.vat
        ],
        "line_items": [
            {
                "description": line.description,
                "quantity": str(line.quantity),
                "unit_price": f"{line.price:.2f}",
                "vat_rate": line.rate if content.vat else None,
                "net_amount": f"{line.net:.2f}",
            }
            for line in content.lines
        ],
    }
