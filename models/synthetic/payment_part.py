"""The payment part of a Swiss QR-bill, with its receipt: what the payer's bank reads."""

from __future__ import annotations

from decimal import Decimal

from models.synthetic.paper import show_amount
from models.synthetic.parties import Company, spaced
from models.synthetic.sheet import Sheet


def draw_payment_part(sheet: Sheet, payee: Company, amount: Decimal, message: str) -> None:
    """Draw it at the foot of an A4 sheet; `message` is the additional information."""
    top = sheet.height - 297
    sheet.rule(0, top, sheet.width, thick=0.3)
    lines = ["SPC", "0200", "1", payee.iban, "S", payee.name, payee.street, "",
             *payee.place.split(" ", 1), "CH", "", "", "", "", "", "", "",
             f"{amount:.2f}", "CHF", "", "", "", "", "", "", "", "NON", "", message,
             "EPD"]  # fmt: skip
    sheet.text(16, top + 20, "Récépissé", 11, bold=True)
    sheet.text(16, top + 40, "Compte / Payable à", 6, bold=True)
    sheet.text(16, top + 50, spaced(payee.iban), 8)
    sheet.text(16, top + 60, payee.name, 8)
    sheet.text(190, top + 20, "Section paiement", 11, bold=True)
    sheet.qr_code(190, top + 34, 130, "\n".join(lines))
    sheet.text(190, top + 190, "Monnaie", 6, bold=True)
    sheet.text(240, top + 190, "Montant", 6, bold=True)
    sheet.text(190, top + 202, "CHF", 10)
    sheet.text(240, top + 202, show_amount(amount, "CH"), 10)
    sheet.text(340, top + 20, "Compte / Payable à", 8, bold=True)
    sheet.text(340, top + 32, spaced(payee.iban), 10)
    sheet.text(340, top + 44, payee.name, 10)
    sheet.text(340, top + 56, payee.street, 10)
    sheet.text(340, top + 68, payee.place, 10)
    sheet.text(340, top + 90, "Informations supplémentaires", 8, bold=True)
    sheet.text(340, top + 102, message, 10)
