"""Payslips of several countries: who is paid, what is withheld, what is left."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from domain.money import cents
from models.synthetic.heads import identifiers
from models.synthetic.identifiers import draw_digits
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Paper, draw_date, draw_look
from models.synthetic.parties import Company, Person, draw_person
from models.synthetic.sheet import BLACK, GREY, PALE, WHITE, Sheet
from models.synthetic.wording import words

SWISS = ("AVS/AI/APG", "Assurance chômage AC", "LPP part employé", "Assurance accidents LAA",
         "Impôt à la source", "Indemnité journalière maladie")  # fmt: skip
BELGIAN = ("Cotisation ONSS travailleur", "Précompte professionnel", "Cotisation spéciale sécurité sociale",
           "Retenue chèques-repas")  # fmt: skip


def draw_payslip(random: Random, employer: Company, *, layout: Layout | None = None) -> Paper:
    layout = layout or Layout(random)
    look = draw_look(random, layout, employer.language, employer.country)
    says = words(look.language)["payslip"]
    sheet = Sheet(family=look.family)
    person = draw_person(random, employer.country, employer.language)
    day = draw_date(random)
    month = f"{words(look.language)['months'][day.month - 1]} {day.year}"
    y = _opening(look, sheet, employer, person, says["title"], f"{says['period']} {month}")
    m, right = look.margin, sheet.width - look.margin
    for line in (f"{says['number']} {draw_digits(random, 5)}",
                 f"{says['insured']} {random.randint(1, 2)} {draw_digits(random, 12)}",
                 random.choice(says["jobs"])):  # fmt: skip
        sheet.text(m, y, line, look.size)
        y += look.size + 4
    y = _lines(look, sheet, y + 14, employer)
    sheet.text(m, sheet.height - 32, says["keep"], 7, colour=GREY, width=right - m)
    return Paper("payslip", employer.language, (sheet,), layout=f"payslip {layout.name}")


def _opening(
    look: Look, sheet: Sheet, employer: Company, person: Person, title: str, period: str
) -> float:
    m, right = look.margin, sheet.width - look.margin
    kind = look.layout.choose("payslip-head", ("split", "band", "centre", "boxes"))
    names = [
        employer.name,
        f"{employer.street}, {employer.place}",
        *identifiers(look, employer)[:2],
    ]
    top = 50.0
    if kind == "band":
        sheet.fill(0, 0, sheet.width, 44, look.shade)
        sheet.text(m, 28, title, 14, bold=True, colour=WHITE)
        sheet.text(right, 28, period, 10, align="right", colour=WHITE)
        top = 66.0
    elif kind == "centre":
        sheet.text(sheet.width / 2, 40, title, 14, bold=True, align="center")
        sheet.text(sheet.width / 2, 56, period, 9, align="center")
        top = 84.0
    else:
        sheet.text(right, 50, title, 14, bold=True, align="right", width=250)
        sheet.text(right, 66, period, 9, align="right", width=250)
    for n, line in enumerate(names):
        sheet.text(
            m, top + 12 * n, line, 10 if n == 0 else 8.5, bold=n == 0, width=sheet.width * 0.48
        )
    x, low = sheet.width * 0.56, top + 54
    if kind == "boxes":
        sheet.frame(x - 8, low - 14, right, low + 34)
        sheet.frame(m - 4, 38, m + sheet.width * 0.46, top + 12 * len(names))
    for n, line in enumerate((person.name, person.street, person.place)):
        sheet.text(x, low + 12 * n, line, 10, width=right - x - 4)
    return low + (54 if kind in ("boxes", "band") else 6)


def _lines(look: Look, sheet: Sheet, y: float, employer: Company) -> float:
    random, locale, says = look.random, look.locale, words(look.language)["payslip"]
    m, right, size = look.margin, sheet.width - look.margin, min(look.size, 9)
    at = (m + 3, right - 225, right - 160, right - 85, right - 3)
    kind = look.layout.choose("rows", ("frame", "rules", "bare", "grid"), (2, 2, 1, 1))
    top, colour = y - size - 3, BLACK
    if kind == "frame":
        sheet.fill(m, top, right, y + 5, look.shade)
        colour = WHITE
    else:
        sheet.fill(m, top, right, y + 5, PALE)
    for label, x in zip(says["heads"], at, strict=True):
        sheet.text(x, y, label, size - 0.5, bold=True, align="left" if x == at[0] else "right", colour=colour,
                   width=right - m - 230 if x == at[0] else 62)  # fmt: skip
    gross = Decimal(random.randint(180000, 720000)) / 100
    names = list(says["contributions"])
    if look.language == "fr" and employer.country in ("CH", "BE"):
        names = list(SWISS if employer.country == "CH" else BELGIAN)
    y += size * 2
    sheet.text(at[0], y, says["gross"], size, bold=True)
    sheet.text(at[3], y, locale.amount(gross), size, align="right")
    withheld = Decimal(0)
    for name in random.sample(names, random.randint(min(3, len(names)), len(names))):
        y += size * 1.7
        rate = Decimal(random.randint(40, 900)) / 100
        part = cents(gross * rate / 100)
        withheld += part
        cells = (name, locale.amount(gross), locale.amount(rate, 3), None, locale.amount(part))
        for text, x in zip(cells, at, strict=True):
            if text:
                sheet.text(x, y, text, size, align="left" if x == at[0] else "right")
        if kind == "rules":
            sheet.rule(m, y + 4, right, thick=0.2, colour=GREY)
    if kind == "grid":
        for x in (m, *(a + 4 for a in at[1:])):
            sheet.stroke(x, top, x, y + 6, thick=0.4)
        sheet.rule(m, y + 6, right)
    y += size * 2.6
    net = gross - withheld
    for label, amount in ((says["withheld"], withheld), (says["social"], net), (says["net"], net)):
        last = label == says["net"]
        if last and look.layout.choose("net", ("boxed", "plain")) == "boxed":
            sheet.frame(right - 260, y - size - 4, right, y + 7, thick=1.2)
        sheet.text(right - 250, y, label, size + 0.5, bold=True, width=165)
        shown = locale.money(amount) if last else locale.amount(amount)
        sheet.text(right - 5, y, shown, size + 0.5, align="right", bold=True)
        y += size * 2.2
    return y
