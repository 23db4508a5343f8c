"""Papers of the office that are not commercial: payslips, contracts, letters, notices, forms."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from domain.money import cents
from models.synthetic import sentences
from models.synthetic import vocabulary as words
from models.synthetic.layout import Layout
from models.synthetic.paper import (
    Paper,
    address,
    draw_date,
    draw_style,
    legal_foot,
    letterhead,
    number_pages,
    show_amount,
    show_date,
)
from models.synthetic.parties import Company, Person, draw_digits, draw_person
from models.synthetic.sheet import A4, GREY, LETTER, Sheet


def draw_payslip(random: Random, employer: Company) -> Paper:
    person = draw_person(random, employer.country)
    says = sentences.PAYSLIP[employer.language]
    sheet = Sheet(A4, random.choice(("sans", "sans", "mono")))
    m, right, country = 40.0, 555.0, employer.country
    day = draw_date(random)
    month = f"{words.MONTHS[employer.language][day.month - 1]} {day.year}"
    sheet.text(m, 50, employer.name, 12, bold=True)
    sheet.text(m, 63, f"{employer.street}, {employer.place}", 8.5)
    if employer.siret:
        sheet.text(m, 75, f"SIRET {employer.siret}  Code APE 6201Z  URSSAF Rhône-Alpes", 8)
    sheet.text(right, 50, says["title"], 14, bold=True, align="right")
    sheet.text(right, 66, f"{says['period']} {month}", 9, align="right")
    for n, line in enumerate((person.name, person.street, person.place)):
        sheet.text(330, 110 + 12 * n, line, 10)
    sheet.text(m, 110, f"{says['number']} {draw_digits(random, 5)}", 9)
    sheet.text(m, 122, f"{says['insured']} 1 {draw_digits(random, 12)}", 9)
    sheet.text(m, 134, random.choice(says["jobs"]), 9)
    gross = Decimal(random.randint(180000, 520000)) / 100
    y = 175.0
    sheet.fill(m, y - 11, right, y + 4, (0.88, 0.88, 0.9))
    for label, x in zip(says["heads"], (m + 3, 330, 400, 475, right - 3), strict=True):
        sheet.text(x, y, label, 8, bold=True, align="left" if x < 100 else "right")
    y += 18
    sheet.text(m + 3, y, says["gross"], 9, bold=True)
    sheet.text(475, y, show_amount(gross, country), 9, align="right")
    y += 16
    withheld = Decimal(0)
    for label in says["contributions"]:
        rate = Decimal(random.randint(40, 900)) / 100
        part = cents(gross * rate / 100)
        withheld += part
        sheet.text(m + 3, y, label, 8.5)
        sheet.text(330, y, show_amount(gross, country), 8.5, align="right")
        sheet.text(400, y, f"{rate:.3f}".replace(".", ","), 8.5, align="right")
        sheet.text(right - 3, y, show_amount(part, country), 8.5, align="right")
        y += 13.5
    y += 10
    net = gross - withheld
    for label, amount in ((says["withheld"], withheld), (says["social"], net), (says["net"], net)):
        sheet.text(m + 3, y, label, 9.5, bold=True)
        sheet.text(right - 3, y, show_amount(amount, country), 9.5, align="right", bold=True)
        y += 17
    sheet.text(m, 800, says["keep"], 7.5, colour=GREY)
    return Paper("payslip", employer.language, (sheet,))


def draw_letter(
    random: Random, sender: Company, to: Company, *, layout: Layout | None = None
) -> Paper:
    """A letter of one page or two: a reminder, a notice, an answer."""
    layout = layout or Layout(random)
    style = draw_style(random, sender.language, layout)
    says = sentences.LETTER[sender.language]
    sheet = Sheet(LETTER if sender.country == "GB" and random.random() < 0.3 else A4, style.family)
    sheets = [sheet]
    y = address(sheet, style, to, letterhead(sheet, style, sender) + 22) + 26
    day = show_date(random, draw_date(random), sender.country)
    city = sender.place.split(maxsplit=1)[-1]
    sheet.text(sheet.width * 0.55, y, says["placed"].format(city=city, day=day), style.size + 0.5)
    subject, bodies = random.choice(says["subjects"])
    y = sheet.paragraph(style.margin, y + 34, f"{says['subject']} : {subject}",
                        sheet.width - 2 * style.margin, style.size + 0.5, bold=True) + 16  # fmt: skip
    sheet.text(style.margin, y, random.choice(says["salutations"]), style.size + 0.5)
    y += 24
    parts = [*bodies, *random.sample(says["padding"], random.choice((0, 1, 1, 4)))]
    for part in [*parts, random.choice(says["closings"])]:
        if y > sheet.height - 290:
            legal_foot(sheet, sender)
            sheet = Sheet((sheet.width, sheet.height), style.family)
            sheets.append(sheet)
            y = style.margin + 24
        shown = part.format(amount=show_amount(Decimal(random.randint(9000, 400000)) / 100,
                                               sender.country), number=random.randint(1000, 9999),
                            day=day)  # fmt: skip
        y = sheet.paragraph(style.margin, y, shown, sheet.width - 2 * style.margin,
                            style.size + 1.5, leading=1.5) + 12  # fmt: skip
    sheet.text(sheet.width * 0.55, y + 24, draw_person(random, sender.country).name, style.size + 1)
    legal_foot(sheet, sender)
    number_pages(sheets, style)
    return Paper("letter", sender.language, tuple(sheets), layout=layout.name)


def draw_contract(
    random: Random, one: Company, other: Company, *, layout: Layout | None = None
) -> Paper:
    layout = layout or Layout(random)
    style = draw_style(random, one.language, layout)
    says = sentences.CONTRACT[one.language]
    sheet = Sheet(A4, style.family)
    sheets = [sheet]
    wide = sheet.width - 2 * style.margin
    y = 80.0
    sheet.text(sheet.width / 2, y, random.choice(says["titles"]), 14, bold=True, align="center")
    intro = says["between"].format(
        one=one.name, one_at=f"{one.street}, {one.place}", other=other.name,
        other_at=f"{other.street}, {other.place}",
    )  # fmt: skip
    y = sheet.paragraph(style.margin, y + 36, intro, wide, style.size + 0.5, leading=1.4) + 12
    articles = random.sample(says["articles"], random.randint(4, len(says["articles"])))
    further = random.sample(says["further"], len(says["further"]))
    for n, (title, body) in enumerate(articles, 1):
        if y > sheet.height - 210:
            sheet = Sheet(A4, style.family)
            sheets.append(sheet)
            y = style.margin + 24
        sheet.text(style.margin, y, says["article"].format(n=n, title=title), style.size + 1.5,
                   bold=True)  # fmt: skip
        for part in (body, *(further.pop() for _ in range(random.randint(0, 2)) if further)):
            y = sheet.paragraph(style.margin, y + 16, part, wide, style.size + 0.5, leading=1.4)
        y += 14
    if y > sheet.height - 160:
        sheet = Sheet(A4, style.family)
        sheets.append(sheet)
        y = style.margin + 24
    day = show_date(random, draw_date(random), one.country)
    sheet.text(style.margin, y + 12, says["done"].format(city=one.place.split()[-1], day=day),
               style.size + 0.5)  # fmt: skip
    sheet.text(style.margin, y + 40, says["signed"].format(name=one.name), style.size)
    sheet.text(sheet.width * 0.55, y + 40, says["signed"].format(name=other.name), style.size)
    number_pages(sheets, style)
    return Paper("contract", one.language, tuple(sheets), layout=layout.name)


def draw_tax_notice(random: Random, payer: Company, country: str) -> Paper:
    """A notice of the tax office of `country` to `payer`."""
    language = {"DE": "de", "GB": "en"}.get(country, "fr")
    says = sentences.TAX[language]
    sheet = Sheet(A4)
    levied = draw_date(random)
    year = levied.year
    sheet.text(45, 50, says["office"], 11, bold=True)
    sheet.text(45, 63, says["service"], 8.5)
    for n, line in enumerate((payer.name, payer.street, payer.place)):
        sheet.text(340, 105 + 12 * n, line, 10)
    sheet.text(45, 175, random.choice(says["titles"]).format(year=year), 14, bold=True)
    amount = Decimal(random.randint(180, 9000))
    y = 205.0
    for label, value in (
        (says["reference"], f"{year % 100} {draw_digits(random, 4)} {draw_digits(random, 6)} 27"),
        (says["payer"], " ".join(draw_digits(random, 3) for _ in range(3))),
        (says["levied"], show_date(random, levied, country)),
        (says["due"], show_date(random, levied + timedelta(days=45), country)),
    ):
        sheet.text(45, y, label, 9)
        sheet.text(260, y, value, 9, bold=True)
        y += 15
    y += 14
    for label, share in ((says["base"], 4), (says["tax"], 1), (says["fees"], 0)):
        sheet.text(45, y, label, 9)
        sheet.text(540, y, show_amount(amount * share, country), 9, align="right")
        y += 15
    sheet.frame(45, y, 545, y + 34)
    sheet.text(55, y + 21, says["to_pay"], 12, bold=True)
    sheet.text(535, y + 21, show_amount(amount, country), 12, align="right", bold=True)
    sheet.paragraph(45, y + 66, says["means"], 500)
    return Paper("tax_notice", language, (sheet,))


def draw_form(random: Random, issuer: Company) -> Paper:
    """What fits no category: a certificate, a curriculum vitae, an application form."""
    language = issuer.language
    title, rows = random.choice(sentences.FORMS[language])
    sheet = Sheet(A4, random.choice(("sans", "serif")))
    person: Person = draw_person(random, issuer.country)
    sheet.text(297, 70, title, 15, bold=True, align="center")
    sheet.text(50, 105, f"{person.name}, {person.street}, {person.place}", 9.5)
    y = 140.0
    for row in rows:
        if row.endswith(":"):
            sheet.text(50, y, row, 9.5, bold=True)
            sheet.rule(200, y + 2, 540, thick=0.3)
            y += 22
        else:
            y = sheet.paragraph(50, y, row, 490, 10, leading=1.4) + 10
    sheet.text(50, y + 20, show_date(random, draw_date(random), issuer.country), 9.5)
    return Paper("other", language, (sheet,), accept_categories=("letter",))
