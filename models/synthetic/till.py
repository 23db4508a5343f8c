"""Till receipts: narrow strips, as they are printed or laid on a scanner's glass."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from domain.money import cents
from models.synthetic import vocabulary as words
from models.synthetic.paper import Paper, draw_date, show_amount, show_rate
from models.synthetic.parties import Company, draw_digits
from models.synthetic.sheet import A4, Sheet

ARTICLES = {
    "fr": (("Baguette tradition", 130), ("Café allongé", 220), ("Menu du jour", 1690),
           ("Eau gazeuse 50 cl", 250), ("Piles AA x4", 599), ("Sans plomb 95", 6420),
           ("Parking 2 h", 480), ("Cahier A5", 345), ("Ampoule LED", 749)),
    "en": (("Flat white", 340), ("Sandwich", 525), ("Notebook", 699), ("Unleaded petrol", 5210),
           ("Batteries AA", 599), ("Car park 2h", 450)),
    "de": (("Kaffee groß", 350), ("Brötchen belegt", 420), ("Superbenzin E10", 6130),
           ("Notizblock", 299), ("Parkschein", 300)),
}  # fmt: skip
SPOKEN: dict[str, dict[str, Any]] = {
    "fr": {"total": ("TOTAL TTC", "TOTAL", "A PAYER"), "card": "CARTE BANCAIRE", "cash": "ESPECES",
           "change": "RENDU", "vat": "TVA", "net": "HT", "ticket": "Ticket n°",
           "thanks": "MERCI DE VOTRE VISITE", "sums": "Dont"},
    "en": {"total": ("TOTAL", "Total to pay"), "card": "VISA CARD", "cash": "CASH",
           "change": "CHANGE", "vat": "VAT", "net": "Net", "ticket": "Receipt no.",
           "thanks": "THANK YOU FOR YOUR VISIT", "sums": "incl."},
    "de": {"total": ("SUMME", "SUMME EUR", "Gesamt"), "card": "EC-KARTE", "cash": "BAR",
           "change": "RÜCKGELD", "vat": "MwSt", "net": "Netto", "ticket": "Bon-Nr.",
           "thanks": "VIELEN DANK FÜR IHREN EINKAUF", "sums": "enth."},
}  # fmt: skip


def draw_receipt(random: Random, shop: Company, *, on_a4: bool | None = None) -> Paper:
    """A till receipt; on a strip of its own, or lying on an A4 sheet as a scanner sees it."""
    country, says = shop.country, SPOKEN[shop.language]
    bought = [random.choice(ARTICLES[shop.language]) for _ in range(random.randint(1, 9))]
    gross = Decimal(sum(price for _, price in bought)) / 100
    rate = words.RATES[country][random.choice(("standard", "reduced"))]
    net = cents(gross / (1 + Decimal(rate) / 100))
    day, clock = draw_date(random), f"{random.randint(8, 21):02d}:{random.randint(0, 59):02d}"
    number = draw_digits(random, random.choice((4, 6, 8)))
    wide = random.choice((164.0, 227.0))
    high = 250.0 + 12 * len(bought)
    if on_a4 if on_a4 is not None else random.random() < 0.4:
        sheet = Sheet(A4, "mono")
        left, top = random.uniform(20, 595 - wide - 20), random.uniform(20, 842 - high - 20)
    else:
        sheet, left, top = Sheet((wide, high), "mono"), 0.0, 0.0
    middle, right = left + wide / 2, left + wide - 8
    start, size = left + 8, wide / 27
    y = top + 24
    for line in (shop.name.upper()[:26], shop.street, shop.place, shop.phone):
        sheet.text(middle, y, line, size, align="center", bold=y < top + 25)
        y += 11
    if shop.siret and random.random() < 0.7:
        sheet.text(middle, y, f"SIRET {shop.siret}", size - 1, align="center")
        siren = shop.siren
    else:
        siren = None
    y += 18
    year = "%Y" if random.random() < 0.7 else "%y"
    separator = "." if country in ("DE", "CH") else "/"
    sheet.text(start, y, f"{day.strftime(f'%d{separator}%m{separator}{year}')} {clock}", size)
    sheet.text(start, y + 11, f"{says['ticket']} {number}", size)
    y += 28
    for name, price in bought:
        sheet.text(start, y, name[:18], size)
        sheet.text(right, y, show_amount(Decimal(price) / 100, country), size, align="right")
        y += 12
    y += 8
    symbol = {"GB": "£", "CH": "CHF"}.get(country, "EUR")
    total = random.choice(says["total"])
    sheet.text(start, y, total, size + 1.5, bold=True)
    sheet.text(right, y, f"{symbol} {show_amount(gross, country)}", size + 1.5, bold=True,
               align="right")  # fmt: skip
    y += 16
    if random.random() < 0.6:
        sheet.text(start, y, says["card"], size)
        sheet.text(right, y, show_amount(gross, country), size, align="right")
    else:
        given = gross.quantize(Decimal(1)) + random.choice((1, 5, 10))
        sheet.text(start, y, says["cash"], size)
        sheet.text(right, y, show_amount(given, country), size, align="right")
        sheet.text(start, y + 11, says["change"], size)
        sheet.text(right, y + 11, show_amount(given - gross, country), size, align="right")
        y += 11
    y += 18
    shown = f"{says['sums']} {says['vat']} {show_rate(rate, country)} %"
    sheet.text(start, y, shown, size - 0.5)
    sheet.text(right, y, show_amount(gross - net, country), size - 0.5, align="right")
    sheet.text(start, y + 11, says["net"], size - 0.5)
    sheet.text(right, y + 11, show_amount(net, country), size - 0.5, align="right")
    sheet.text(middle, y + 32, says["thanks"], size - 0.5, align="center")
    fields = {
        "supplier_name": shop.name,
        "supplier_vat_id": None,
        "supplier_siren": siren,
        "invoice_number": number,
        "issue_date": day.isoformat(),
        "due_date": None,
        "currency": shop.currency,
        "net_total": f"{net:.2f}",
        "vat_total": f"{gross - net:.2f}",
        "gross_total": f"{gross:.2f}",
        "amount_due": None,
        "iban": None,
        "vat_lines": [
            {"rate": f"{Decimal(rate):.2f}", "base": f"{net:.2f}", "amount": f"{gross - net:.2f}"}
        ],
        "line_items": None,
    }
    return Paper("receipt", shop.language, (sheet,), fields)
