"""Letters: a head, an addressee, a subject, paragraphs, a closing; reminders list what is unpaid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from models.synthetic.blocks import draw_address
from models.synthetic.feet import draw_feet
from models.synthetic.heads import draw_head
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Pages, Paper, draw_date, draw_look, number_pages
from models.synthetic.parties import Company
from models.synthetic.sheet import A4, LETTER, Sheet
from models.synthetic.wording import words


def draw_letter(
    random: Random, sender: Company, to: Company, *, layout: Layout | None = None
) -> Paper:
    """A letter of one page or two: a reminder, a notice, an answer."""
    layout = layout or Layout(random)
    look = draw_look(random, layout, sender.language, sender.country)
    says = words(look.language)["letter"]
    day = look.locale.day(draw_date(random))
    subject, bodies = random.choice(says["subjects"])

    def begin(sheet: Sheet, number: int) -> float:
        if number > 1:
            return look.margin + 20
        y, _ = draw_address(look, sheet, draw_head(look, sheet, sender) + 18, sender, to)
        placed = says["placed"].format(city=sender.city, day=day)
        if layout.choose("dated", ("right", "left"), (2, 1)) == "right":
            sheet.text(sheet.width - look.margin, y + 24, placed, look.size + 0.5, align="right")
        else:
            sheet.text(look.margin, y + 24, placed, look.size + 0.5)
        return y + 54

    small = sender.country in ("GB", "US") and random.random() < 0.4
    pages = Pages(look, begin, size=LETTER if small else A4)
    size = look.size + layout.random.choice((0.5, 1.5, 2))
    filled = {"day": day, "number": random.randint(1000, 9999),
              "amount": look.locale.amount(Decimal(random.randint(9000, 400000)) / 100)}  # fmt: skip
    named = layout.choose("subject", ("named", "bare", "none"), (3, 2, 1))
    if named != "none":
        shown = f"{says['subject']} : {subject}" if named == "named" else subject.capitalize()
        pages.write(shown, size=size, bold=True, after=14)
    if random.random() < 0.3:
        pages.write(
            f"{look.colon(look.label('payment_reference'))} {random.randint(10**5, 10**7)}",
            after=10,
        )
    pages.write(random.choice(says["salutations"]), size=size, after=10)
    padding = random.sample(
        says["padding"], min(len(says["padding"]), random.choice((0, 1, 1, 2, 4)))
    )
    for part in bodies:
        pages.write(part.format(**filled), size=size, leading=1.5, after=10)
    if "{number}" in bodies[0] and "{amount}" in bodies[0] and random.random() < 0.5:
        _owed(look, pages)
    for part in padding:
        pages.write(part.format(**filled), size=size, leading=1.5, after=10)
    pages.need(80)
    pages.write(random.choice(says["closings"]), size=size, leading=1.5, after=24)
    x = (
        look.margin
        if layout.choose("signed", ("right", "left")) == "left"
        else pages.sheet.width * 0.55
    )
    if random.random() < 0.5:
        pages.sheet.text(x, pages.y, sender.contact, 17, hand=True, colour=(0.1, 0.15, 0.45))
        pages.y += 18
    pages.sheet.text(x, pages.y, sender.contact, look.size + 1)
    draw_feet(look, pages.sheets, sender)
    number_pages(look, pages.sheets)
    return Paper("letter", sender.language, tuple(pages.sheets), layout=f"letter {layout.name}")


def _owed(look: Look, pages: Pages) -> None:
    """The unpaid invoices of a reminder."""
    random, m = look.random, look.margin
    right, total = pages.sheet.width - m, Decimal(0)
    heads = (
        look.label("invoice_number"),
        look.label("issue_date"),
        look.label("due_date"),
        look.label("amount_due"),
    )
    places = (m, m + 130, m + 250, right)
    pages.need(90)
    for x, head in zip(places, heads, strict=True):
        pages.sheet.text(
            x,
            pages.y,
            head,
            look.size - 0.5,
            bold=True,
            align="right" if x == right else "left",
            width=115,
        )
    pages.sheet.rule(m, pages.y + 4, right)
    for _ in range(random.randint(1, 4)):
        pages.y += look.size * 1.7
        day, amount = draw_date(random), Decimal(random.randint(3000, 300000)) / 100
        total += amount
        row = (f"F{random.randint(1000, 99999)}", look.locale.day(day),
               look.locale.day(day + timedelta(days=30)), look.locale.amount(amount))  # fmt: skip
        for x, text in zip(places, row, strict=True):
            pages.sheet.text(x, pages.y, text, look.size, align="right" if x == right else "left")
    pages.y += look.size * 1.9
    pages.sheet.text(right, pages.y, look.locale.money(total), look.size, bold=True, align="right")
    pages.y += look.size * 2.4
