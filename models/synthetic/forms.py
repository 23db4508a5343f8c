"""What fits no category: certificates, forms filled in by hand, reports, expense sheets."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from models.synthetic.heads import draw_head
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Paper, draw_date, draw_look
from models.synthetic.parties import Company, draw_person
from models.synthetic.sheet import GREY, Sheet
from models.synthetic.wording import words

INK = (0.1, 0.15, 0.5)


def draw_form(random: Random, issuer: Company, *, layout: Layout | None = None) -> Paper:
    layout = layout or Layout(random)
    look = draw_look(random, layout, issuer.language, issuer.country)
    title, rows = random.choice(words(look.language)["forms"])
    sheet = Sheet(family=look.family)
    person = draw_person(random, issuer.country, issuer.language)
    m, right = look.margin, sheet.width - look.margin
    headed = layout.choose("headed", ("no", "yes")) == "yes"
    y = draw_head(look, sheet, issuer) + 30 if headed else 70.0
    if layout.choose("form-title", ("centre", "left"), (2, 1)) == "centre":
        sheet.text(sheet.width / 2, y, title, 15, bold=True, align="center", width=right - m)
    else:
        sheet.text(m, y, title, 15, bold=True, colour=look.shade, width=right - m)
    sheet.text(m, y + 34, f"{person.name}, {person.street}, {person.place}", 9.5, width=right - m)
    y += 66
    for row in rows:
        y = (
            _field(look, sheet, row, y)
            if row.endswith(":")
            else sheet.paragraph(m, y, row, right - m, 10, leading=1.4) + 10
        )
    if title.startswith(("TABLEAU", "RAPPORT", "SERVICE", "ARBEIT", "WERKBON")):
        y = _schedule(look, sheet, y + 10)
    sheet.text(m, y + 24, f"{issuer.city}, {look.locale.day(draw_date(random))}", 9.5)
    if random.random() < 0.5:
        sheet.text(right - 170, y + 50, person.name, 18, hand=True, colour=INK)
    return Paper("other", issuer.language, (sheet,), accept_categories=("letter",),
                 layout=f"other {layout.name}")  # fmt: skip


def _field(look: Look, sheet: Sheet, label: str, y: float) -> float:
    """A question and, mostly, its answer in somebody's hand."""
    random, m, right = look.random, look.margin, sheet.width - look.margin
    kind = look.layout.choose("boxes", ("line", "box", "combs"), (3, 2, 1))
    sheet.text(m, y, label, 9.5, bold=True)
    x = m + 150
    if kind == "box":
        sheet.frame(x, y - 13, right, y + 6)
    elif kind == "combs":
        for n in range(int((right - x) / 14)):
            sheet.frame(x + 14 * n, y - 11, x + 14 * n + 13, y + 4, thick=0.3, colour=GREY)
    else:
        sheet.rule(x, y + 3, right, thick=0.3)
    if random.random() < 0.75:
        said = words(look.language)
        answer = random.choice(said["first_names"]) + " " + random.choice(said["streets"])
        sheet.text(x + 6, y, answer, 13, hand=True, colour=INK, width=right - x - 10)
    return y + 26


def _schedule(look: Look, sheet: Sheet, y: float) -> float:
    """Rows of dates and amounts: instalments, hours, readings."""
    m, right, amount = (
        look.margin,
        sheet.width - look.margin,
        Decimal(look.random.randint(20000, 90000)) / 100,
    )
    for n in range(look.random.randint(4, 16)):
        sheet.text(m, y, str(n + 1), 8.5)
        sheet.text(m + 60, y, look.locale.day(draw_date(look.random)), 8.5)
        sheet.text(right, y, look.locale.amount(amount), 8.5, align="right")
        sheet.rule(m, y + 4, right, thick=0.2, colour=GREY)
        y += 15
    return y
