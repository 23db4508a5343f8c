"""Papers of banks: statements that close, and bank details."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.synthetic import vocabulary as words
from models.synthetic.layout import Layout
from models.synthetic.paper import (
    Paper,
    draw_date,
    draw_style,
    number_pages,
    show_amount,
)
from models.synthetic.parties import Company, draw_iban, spaced
from models.synthetic.sheet import A4, Sheet

MOVEMENTS = {
    "fr": (("VIR SEPA RECU {name}", 1), ("PRLV SEPA {name}", -1), ("CARTE {day} {name}", -1),
           ("CHEQUE N° {number}", -1), ("REMISE DE CHEQUES {number}", 1), ("FRAIS DE TENUE", -1),
           ("VIREMENT EMIS {name}", -1)),
    "en": (("Direct debit {name}", -1), ("Card payment {name}", -1), ("Transfer from {name}", 1),
           ("Cheque {number}", -1), ("Bank charges", -1)),
    "de": (("SEPA-Lastschrift {name}", -1), ("Gutschrift {name}", 1), ("Überweisung {name}", -1),
           ("Kartenzahlung {name}", -1), ("Kontoführungsentgelt", -1)),
}  # fmt: skip
SPOKEN: dict[str, dict[str, Any]] = {
    "fr": {"title": ("RELEVÉ DE COMPTE", "Extrait de compte", "Relevé de compte courant"),
           "opening": "Ancien solde au", "closing": "Nouveau solde au", "period": "du {a} au {b}",
           "heads": ("Date", "Valeur", "Libellé", "Débit", "Crédit"), "totals": "Total des mouvements",
           "carried": "Solde à reporter"},
    "en": {"title": ("Statement of account", "Current account statement"),
           "opening": "Opening balance on", "closing": "Closing balance on",
           "period": "Statement period {a} to {b}",
           "heads": ("Date", "Value date", "Details", "Paid out", "Paid in"),
           "totals": "Total movements", "carried": "Balance carried forward"},
    "de": {"title": ("Kontoauszug", "KONTOAUSZUG"), "opening": "Alter Kontostand vom",
           "closing": "Neuer Kontostand vom", "period": "vom {a} bis {b}",
           "heads": ("Buchung", "Wert", "Verwendungszweck", "Soll", "Haben"),
           "totals": "Summe der Umsätze", "carried": "Übertrag"},
}  # fmt: skip


def draw_statement(
    random: Random, holder: Company, movements: int | None = None, *, layout: Layout | None = None
) -> Paper:
    """A month of an account; opening and movements give the closing balance."""
    language = holder.language
    says, bank = SPOKEN[language], random.choice(words.BANKS[language])
    layout = layout or Layout(random)
    style = draw_style(random, language, layout)
    iban = draw_iban(random, "DE" if holder.country == "GB" else holder.country)
    start = draw_date(random).replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    country = holder.country
    pattern = "%d.%m.%Y" if country in ("DE", "CH") else "%d/%m/%Y"
    balance = opening = Decimal(random.randint(-50000, 3000000)) / 100
    count = movements or random.choice((4, 9, 18, 30, 48, 75))
    days = sorted(random.randint(0, (end - start).days) for _ in range(count))
    title = random.choice(says["title"])
    repeats_head = random.random() < 0.8
    sheets: list[Sheet] = []

    def begin() -> float:
        sheet = Sheet(A4, style.family)
        first = not sheets
        sheets.append(sheet)
        m = style.margin
        y = 54.0
        if first or repeats_head:
            sheet.text(m, y, bank, 14 if first else 10, bold=True, colour=style.shade)
            sheet.text(sheet.width - m, y, title, 12 if first else 9, bold=first, align="right")
            y += 16
            sheet.text(m, y, f"IBAN {spaced(iban)}", 8.5)
            shown = says["period"].format(a=start.strftime(pattern), b=end.strftime(pattern))
            sheet.text(sheet.width - m, y, shown, 8.5, align="right")
            y += 14
        if first:
            for line in (holder.name, holder.street, holder.place):
                sheet.text(sheet.width * 0.56, y + 18, line, 9.5)
                y += 13
            y += 44
        for label, x, align in zip(says["heads"], _columns(sheet, style.margin), ALIGN,
                                   strict=True):  # fmt: skip
            sheet.text(x, y, label, 8.5, bold=True, align=align)
        sheet.rule(m, y + 4, sheet.width - m)
        return y + 17

    y = begin()
    at = _columns(sheets[-1], style.margin)
    _balance(sheets[-1], at, y, f"{says['opening']} {start.strftime(pattern)}", opening, country)
    y += 15
    transactions = []
    for offset in days:
        if y > 842 - 90:
            _balance(sheets[-1], at, y, says["carried"], balance, country)
            y = begin()
        day = start + timedelta(days=offset)
        label, sign = random.choice(MOVEMENTS[language])
        text = label.format(
            name=random.choice(words.SURNAMES[language]).upper(),
            number=random.randint(1000000, 9999999),
            day=day.strftime("%d/%m"),
        )
        amount = sign * Decimal(random.randint(300, 250000)) / 100
        balance += amount
        sheet = sheets[-1]
        sheet.text(at[0], y, day.strftime(pattern[:5]), 8.5)
        sheet.text(at[1], y, day.strftime(pattern[:5]), 8.5)
        sheet.text(at[2], y, text, 8.5)
        sheet.text(at[3 if amount < 0 else 4], y, show_amount(abs(amount), country), 8.5,
                   align="right")  # fmt: skip
        transactions.append(
            {"date": day.isoformat(), "value_date": day.isoformat(), "description": text,
             "amount": f"{amount:.2f}"}
        )  # fmt: skip
        y += 13
    sheets[-1].rule(style.margin, y - 6, sheets[-1].width - style.margin, thick=0.3)
    _balance(sheets[-1], at, y + 8, f"{says['closing']} {end.strftime(pattern)}", balance, country)
    number_pages(sheets, style)
    return Paper(
        "bank_statement",
        language,
        tuple(sheets),
        _truth(bank, iban, holder.currency, start, end, opening, balance, transactions),
        layout=layout.name,
    )


ALIGN = ("left", "left", "left", "right", "right")


def _columns(sheet: Sheet, margin: float) -> tuple[float, ...]:
    right = sheet.width - margin
    return (margin, margin + 55, margin + 110, right - 85, right - 3)


def _balance(
    sheet: Sheet, at: tuple[float, ...], y: float, label: str, amount: Decimal, country: str
) -> None:
    sheet.text(at[2], y, label, 8.5, bold=True)
    sheet.text(at[3 if amount < 0 else 4], y, show_amount(abs(amount), country), 8.5, bold=True,
               align="right")  # fmt: skip


def _truth(
    bank: str,
    iban: str,
    currency: str,
    start: date,
    end: date,
    opening: Decimal,
    closing: Decimal,
    transactions: list[dict[str, str]],
) -> dict[str, object]:
    return {
        "bank_name": bank,
        "iban": iban,
        "currency": currency,
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "opening_balance": f"{opening:.2f}",
        "closing_balance": f"{closing:.2f}",
        "transactions": transactions,
    }


def draw_bank_details(random: Random, holder: Company) -> Paper:
    """A *relevé d'identité bancaire*."""
    sheet = Sheet(A4)
    iban, bank = draw_iban(random, "FR"), random.choice(words.BANKS["fr"])
    sheet.text(60, 70, bank, 15, bold=True)
    sheet.text(60, 110, "RELEVÉ D'IDENTITÉ BANCAIRE", 13, bold=True)
    y = sheet.paragraph(60, 135, "Ce relevé est destiné à être remis à vos créanciers ou "
                        "débiteurs pour vos virements et prélèvements.", 460) + 14  # fmt: skip
    parts = (("Code banque", iban[4:9]), ("Code guichet", iban[9:14]),
             ("N° de compte", iban[14:25]), ("Clé RIB", iban[25:]))  # fmt: skip
    for n, (label, value) in enumerate(parts):
        sheet.text(60 + n * 115, y, label, 8, bold=True)
        sheet.text(60 + n * 115, y + 13, value, 10)
    sheet.text(60, y + 45, f"IBAN {spaced(iban)}", 10)
    sheet.text(60, y + 62, "BIC BDRHFRPPXXX", 10)
    sheet.text(60, y + 90, "Titulaire du compte", 8, bold=True)
    for n, line in enumerate((holder.name, holder.street, holder.place)):
        sheet.text(60, y + 104 + 12 * n, line, 10)
    return Paper("other", "fr", (sheet,))
