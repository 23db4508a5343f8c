"""How the payer is told where to pay: an account, a box, a code to scan, a slip to tear off."""

from __future__ import annotations

from decimal import Decimal

from models.synthetic.content import Content
from models.synthetic.identifiers import (
    draw_qr_iban,
    draw_qr_reference,
    draw_structured_message,
    spaced,
)
from models.synthetic.paper import Look, Pages
from models.synthetic.parties import Company
from models.synthetic.sheet import GREY, PALE, Sheet

SWISS = {
    "fr": ("Récépissé", "Section paiement", "Compte / Payable à", "Référence", "Payable par",
           "Monnaie", "Montant", "Informations supplémentaires", "Point de dépôt"),
    "de": ("Empfangsschein", "Zahlteil", "Konto / Zahlbar an", "Referenz", "Zahlbar durch",
           "Währung", "Betrag", "Zusätzliche Informationen", "Annahmestelle"),
    "it": ("Ricevuta", "Sezione pagamento", "Conto / Pagabile a", "Riferimento", "Pagabile da",
           "Valuta", "Importo", "Informazioni supplementari", "Punto di accettazione"),
}  # fmt: skip
SLIP = 300.0
"""The height of a Swiss payment part, with some air."""


def draw_payment(
    look: Look, pages: Pages, payee: Company, payer: Company, content: Content
) -> str | None:
    """Draw how to pay below what stands on `pages`; returns the IBAN that was printed, if any."""
    kind = look.layout.choose("payment", ("line", "box", "code", "slip", "none", "list"),
                              (4, 2, 2, 2, 1.5, 2))  # fmt: skip
    iban = payee.iban
    if iban is None or kind == "none":
        return None
    if payee.country == "CH" and kind in ("code", "slip") and content.due_amount > 0:
        return _swiss(look, pages, payee, payer, content)
    if kind == "slip":
        _tear_off(look, pages, payee, content)
        return iban
    if kind == "code" and look.locale.currency == "EUR":
        _transfer_code(look, pages, payee, content)
        return iban
    if payee.country in ("GB", "IE") and look.random.random() < 0.6:
        digits = iban[8:]
        sort = f"{digits[:2]}-{digits[2:4]}-{digits[4:6]}"
        pages.write(f"{look.say('payto')}: {payee.bank}, sort code {sort}, account {digits[6:]}")
        return None
    lines = [(look.label("iban"), spaced(iban)), ("BIC", payee.bic)]
    if look.random.random() < 0.4:
        lines.insert(
            0,
            ({"fr": "Banque", "nl": "Bank", "it": "Banca"}.get(look.language, "Bank"), payee.bank),
        )
    if payee.country == "BE" and look.random.random() < 0.5:
        lines.append((look.label("payment_reference"), draw_structured_message(look.random)))
    if kind == "line":
        pages.need(30)
        pages.write(" - ".join(f"{look.colon(a)} {b}" for a, b in lines))
        return iban
    _list(look, pages, lines, boxed=kind == "box")
    return iban


def _list(look: Look, pages: Pages, lines: list[tuple[str, str]], *, boxed: bool) -> None:
    step = look.size * 1.5
    pages.need(step * (len(lines) + 2))
    sheet, m, y = pages.sheet, look.margin, pages.y + 6
    if boxed:
        sheet.fill(m, y, m + 300, y + step * (len(lines) + 1) + 6, PALE)
    y += step
    sheet.text(m + 6, y, look.say("payto"), look.size, bold=True)
    for label, value in lines:
        y += step
        sheet.text(m + 6, y, look.colon(label), look.size, width=110)
        sheet.text(m + 120, y, value, look.size, width=178)
    pages.y = y + step


def _transfer_code(look: Look, pages: Pages, payee: Company, content: Content) -> None:
    """A code for a European transfer, with the account beside it."""
    pages.need(90)
    y, m = pages.y + 4, look.margin
    lines = ["BCD", "002", "1", "SCT", payee.bic, payee.name[:70], payee.iban or "",
             f"EUR{content.due_amount:.2f}", "", "", content.number]  # fmt: skip
    pages.sheet.qr_code(m, y, 70, "\n".join(lines))
    for n, line in enumerate((look.say("payto"), payee.name, f"IBAN {spaced(payee.iban or '')}",
                              f"BIC {payee.bic}", content.number)):  # fmt: skip
        pages.sheet.text(
            m + 82, y + 12 + n * (look.size + 4), line, look.size, bold=n == 0, width=280
        )
    pages.y = y + 84


def _tear_off(look: Look, pages: Pages, payee: Company, content: Content) -> None:
    """A slip at the foot, to be cut off and sent with a cheque."""
    pages.need(110)
    sheet, m = pages.sheet, look.margin
    y = max(pages.y, sheet.height - 175)
    right = sheet.width - m
    sheet.stroke(0, y, sheet.width, y, dashed=True, colour=GREY)
    sheet.text(m, y + 16, look.say("slip"), look.size, bold=True)
    pairs = [(look.label("invoice_number"), content.number),
             (look.label("amount_due"), look.locale.money(content.due_amount)),
             (look.label("customer_number"), content.customer)]  # fmt: skip
    for n, (label, value) in enumerate(pairs):
        sheet.text(m, y + 34 + n * 14, look.colon(label), look.size - 0.5, width=120)
        sheet.text(m + 130, y + 34 + n * 14, value, look.size - 0.5, bold=True)
    sheet.frame(right - 230, y + 22, right, y + 76)
    for n, line in enumerate((payee.name, f"IBAN {spaced(payee.iban or '')}", payee.bic)):
        sheet.text(right - 222, y + 38 + n * 14, line, look.size - 0.5, width=215)
    pages.y = y + 92


def _swiss(look: Look, pages: Pages, payee: Company, payer: Company, content: Content) -> str:
    """The payment part of a QR-bill, at the very foot of the last sheet or on one of its own."""
    if pages.sheet.height - pages.y < SLIP:
        pages.turn()
    reference = draw_qr_reference(look.random) if look.random.random() < 0.5 else None
    iban = draw_qr_iban(look.random) if reference else payee.iban or ""
    draw_payment_part(pages.sheet, payee, payer, content.due_amount, content.number,
                      iban=iban, reference=reference, language=look.language)  # fmt: skip
    pages.y = pages.sheet.height
    return iban


def draw_payment_part(
    sheet: Sheet,
    payee: Company,
    payer: Company,
    amount: Decimal,
    message: str,
    *,
    iban: str,
    reference: str | None,
    language: str,
) -> None:
    """Draw it at the foot of an A4 sheet; `message` is the additional information."""
    receipt, part, account, ref, by, currency, value, more, office = SWISS[language]
    top = sheet.height - 297
    sheet.stroke(0, top, sheet.width, top, thick=0.4)
    sheet.stroke(176, top, 176, sheet.height, thick=0.4)
    sheet.fill(0, top + 0.5, sheet.width, sheet.height, (1, 1, 1))
    sheet.stroke(176, top, 176, sheet.height, thick=0.4)
    shown = f"{amount:,.2f}".replace(",", " ")
    kind = "QRR" if reference else "NON"
    where, to = payee.place.split(" ", 1), payer.place.split(" ", 1)
    lines = ["SPC", "0200", "1", iban, "S", payee.name[:70], payee.street, "", where[0], where[-1],
             "CH", "", "", "", "", "", "", "", f"{amount:.2f}", "CHF", "S", payer.name[:70],
             payer.street, "", to[0], to[-1], payer.country, kind, reference or "", message,
             "EPD"]  # fmt: skip
    spelt = (
        " ".join(reference[max(0, n - 5) : n] for n in (2, 7, 12, 17, 22, 27)) if reference else ""
    )
    for x, wide, small, size, title in ((16, 155, 6, 7.5, receipt), (370, 215, 7, 9, None)):
        y = top + 22
        if title:
            sheet.text(x, y, title, 11, bold=True)
            y += 18
        blocks = [(account, [spaced(iban), payee.name, payee.street, payee.place])]
        if reference:
            blocks.append((ref, [spelt]))
        if not title:
            blocks.append((more, [message]))
        blocks.append((by, [payer.name, payer.street, payer.place]))
        for head, body in blocks:
            sheet.text(x, y, head, small, bold=True)
            for said in body:
                y += size + 1.5
                sheet.text(x, y, said, size, width=wide)
            y += size + 5
    sheet.text(190, top + 22, part, 11, bold=True)
    sheet.qr_code(190, top + 36, 130, "\n".join(lines))
    for x, size in ((16, 7.5), (190, 10)):
        low = top + 215
        for shift, head, figure in ((0, currency, "CHF"), (46, value, shown)):
            sheet.text(x + shift, low, head, size - 2, bold=True)
            sheet.text(x + shift, low + size + 3, figure, size)
    sheet.text(120, top + 262, office, 6, bold=True)
