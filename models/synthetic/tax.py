"""Papers from and for tax offices: notices to pay, and returns of value added tax."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from models.synthetic.identifiers import draw_digits
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Paper, draw_date, draw_look
from models.synthetic.parties import Company
from models.synthetic.sheet import PALE, WHITE, Sheet
from models.synthetic.wording import words


def draw_tax_notice(
    random: Random, payer: Company, language: str, country: str, *, layout: Layout | None = None
) -> Paper:
    """A notice of the tax office of `country` to `payer`, or the payer's return to it."""
    layout = layout or Layout(random)
    look = draw_look(random, layout, language, country)
    sheet = Sheet(family=look.family)
    office = random.choice(words(language)["tax"]["offices"])
    if layout.choose("tax", ("notice", "return"), (3, 1)) == "return":
        _vat_return(look, sheet, payer, office)
        sheets = [sheet]
    else:
        _notice(look, sheet, payer, office)
        sheets = [sheet]
        if random.random() < 0.25:
            sheets.append(_behind(look, language))
    return Paper("tax_notice", language, tuple(sheets), layout=f"tax_notice {layout.name}")


def _office(look: Look, sheet: Sheet, office: str) -> float:
    says, m = words(look.language)["tax"], look.margin
    kind = look.layout.choose("office", ("left", "centre", "band"), (3, 1, 1))
    if kind == "band":
        sheet.fill(0, 0, sheet.width, 46, look.shade)
        sheet.text(m, 30, office, 12, bold=True, colour=WHITE)
        sheet.text(m, 60, says["service"], 8.5)
        return 70
    if kind == "centre":
        sheet.text(sheet.width / 2, 46, office, 12, bold=True, align="center")
        sheet.text(sheet.width / 2, 60, says["service"], 8.5, align="center")
        return 72
    sheet.text(m, 50, office, 11, bold=True)
    sheet.text(m, 63, says["service"], 8.5)
    return 72


def _notice(look: Look, sheet: Sheet, payer: Company, office: str) -> None:
    random, says, locale = look.random, words(look.language)["tax"], look.locale
    m, right, levied = look.margin, sheet.width - look.margin, draw_date(look.random)
    y = _office(look, sheet, office) + 32
    x = (
        sheet.width * 0.56
        if look.layout.choose("address", ("right", "left"), (3, 1)) == "right"
        else m
    )
    for line in (payer.name, payer.street, payer.place):
        sheet.text(x, y, line, 10, width=right - x)
        y += 12
    y += 40
    sheet.text(
        m, y, random.choice(says["titles"]).format(year=levied.year), 13, bold=True, width=right - m
    )
    y += 30
    amount = Decimal(random.randint(180, 9000))
    pairs = (
        (
            says["reference"],
            f"{levied.year % 100} {draw_digits(random, 4)} {draw_digits(random, 6)} 27",
        ),
        (says["payer"], " ".join(draw_digits(random, 3) for _ in range(3))),
        (says["levied"], locale.day(levied)),
        (says["due"], locale.day(levied + timedelta(days=45))),
    )
    boxed = look.layout.choose("references", ("list", "boxes"), (2, 1)) == "boxes"
    for n, (label, value) in enumerate(pairs):
        if boxed:
            at = m + n * (right - m) / 4
            sheet.frame(at, y - 12, at + (right - m) / 4, y + 22)
            sheet.text(at + 4, y, label, 7.5, width=(right - m) / 4 - 8)
            sheet.text(at + 4, y + 14, value, 8.5, bold=True, width=(right - m) / 4 - 8)
        else:
            sheet.text(m, y, label, 9)
            sheet.text(m + 215, y, value, 9, bold=True)
            y += 15
    y += 44 if boxed else 16
    for label, share in ((says["base"], 4), (says["tax"], 1), (says["fees"], 0)):
        sheet.text(m, y, label, 9)
        sheet.text(right - 5, y, locale.amount(amount * share), 9, align="right")
        y += 15
    sheet.frame(m, y, right, y + 34)
    sheet.text(m + 10, y + 21, says["to_pay"], 12, bold=True)
    sheet.text(right - 10, y + 21, locale.money(amount), 12, align="right", bold=True)
    sheet.paragraph(m, y + 66, says["means"], right - m)


def _vat_return(look: Look, sheet: Sheet, payer: Company, office: str) -> None:
    """A form with numbered lines, as it is filed."""
    random, says, locale = look.random, words(look.language)["vat_return"], look.locale
    m, right, day = look.margin, sheet.width - look.margin, draw_date(look.random)
    y = _office(look, sheet, office) + 24
    sheet.text(m, y, random.choice(says["title"]), 14, bold=True)
    month = f"{words(look.language)['months'][day.month - 1]} {day.year}"
    sheet.text(right, y, f"{says['period']} : {month}", 10, align="right")
    y += 22
    for line in (
        payer.name,
        f"{payer.street}, {payer.place}",
        payer.vat_shown() or payer.siren or "",
    ):
        sheet.text(m, y, line, 9)
        y += 13
    y += 14
    for n, row in enumerate(says["rows"], 1):
        sheet.frame(m, y - 12, right, y + 6)
        if n % 2:
            sheet.fill(m + 1, y - 11, m + 26, y + 5, PALE)
        sheet.text(m + 6, y, f"{n:02d}", 8, bold=True)
        sheet.text(m + 34, y, row, 9, width=right - m - 140)
        sheet.text(
            right - 6, y, locale.amount(Decimal(random.randint(0, 90000)), 0), 9, align="right"
        )
        y += 18
    sheet.fill(m, y - 12, right, y + 8, PALE)
    sheet.text(m + 34, y + 2, says["total"], 10, bold=True)
    sheet.text(
        right - 6,
        y + 2,
        locale.amount(Decimal(random.randint(100, 9000)), 0),
        10,
        bold=True,
        align="right",
    )
    sheet.text(m, y + 50, locale.day(day), 9)
    sheet.text(right - 150, y + 54, payer.contact, 18, hand=True, colour=(0.1, 0.15, 0.45))


def _behind(look: Look, language: str) -> Sheet:
    """The back of a notice: how to pay, in small print."""
    sheet = Sheet(family=look.family)
    y = 60.0
    for _ in range(3):
        y = (
            sheet.paragraph(
                look.margin, y, words(language)["tax"]["means"], sheet.width - 2 * look.margin, 8
            )
            + 8
        )
    return sheet
