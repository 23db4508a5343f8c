"""Papers that are read rather than paid: contracts and articles of association."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from models.synthetic.heads import draw_head
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Pages, Paper, draw_date, draw_look, number_pages
from models.synthetic.parties import Company
from models.synthetic.sheet import Sheet
from models.synthetic.wording import words


def draw_contract(
    random: Random, one: Company, other: Company, *, layout: Layout | None = None
) -> Paper:
    """A contract between two companies, or the articles of one."""
    layout = layout or Layout(random)
    look = draw_look(random, layout, one.language, one.country)
    statutes = layout.choose("deed", ("contract", "statutes"), (4, 1)) == "statutes"
    says = words(look.language)["contract"]
    pages = Pages(look, _begin(look, one))
    if statutes:
        _statutes(look, pages, one, words(look.language)["statutes"], says["article"])
    else:
        _contract(look, pages, one, other, says)
    pages.need(100)
    day = look.locale.day(draw_date(random))
    pages.y += 10
    pages.write(says["done"].format(city=one.city, day=day), after=22)
    sheet, y = pages.sheet, pages.y
    for x, company in ((look.margin, one), (sheet.width * 0.55, other)):
        sheet.text(x, y, says["signed"].format(name=company.name), look.size, width=220)
        if random.random() < 0.5:
            sheet.text(x + 10, y + 34, company.contact, 19, hand=True, colour=(0.1, 0.15, 0.45))
    pages.y += 60
    number_pages(look, pages.sheets)
    # Articles of association are filed with contracts by some and apart by others.
    accepted = ("other",) if statutes else ()
    return Paper("contract", one.language, tuple(pages.sheets), accept_categories=accepted,
                 layout=f"contract {layout.name}")  # fmt: skip


def _begin(look: Look, one: Company) -> Any:
    headed = look.layout.choose("headed", ("no", "yes"), (2, 1)) == "yes"

    def begin(sheet: Sheet, number: int) -> float:
        if number > 1:
            return look.margin + 14
        return draw_head(look, sheet, one) + 20 if headed else 76

    return begin


def _contract(look: Look, pages: Pages, one: Company, other: Company, says: dict[str, Any]) -> None:
    random, size = look.random, look.size + 0.5
    _title(look, pages, random.choice(says["titles"]))
    intro = says["between"].format(
        one=one.name, one_at=f"{one.street}, {one.place}", other=other.name,
        other_at=f"{other.street}, {other.place}",
    )  # fmt: skip
    pages.write(intro, size=size, leading=1.4, after=12)
    articles = random.sample(
        says["articles"], random.randint(min(4, len(says["articles"])), len(says["articles"]))
    )
    further = random.sample(says["further"], len(says["further"]))
    for n, (title, body) in enumerate(articles, 1):
        _article(look, pages, says["article"].format(n=n, title=title), body)
        for _ in range(random.choice((0, 1, 2, 3))):
            if further:
                pages.write(further.pop(), size=size, leading=1.4, after=8)


def _statutes(look: Look, pages: Pages, one: Company, says: dict[str, Any], heading: str) -> None:
    capital = look.locale.amount(Decimal(look.random.choice((1000, 5000, 20000, 100000))), 0)
    pages.write(says["intro"].format(name=one.name, n=capital, at=f"{one.street}, {one.place}"),
                size=look.size + 2, bold=True, after=24)  # fmt: skip
    _title(look, pages, look.random.choice(says["titles"]))
    for n, (title, body) in enumerate(says["articles"], 1):
        _article(look, pages, heading.format(n=n, title=title), body)
        for further in look.random.sample(
            words(look.language)["contract"]["further"], look.random.randint(0, 3)
        ):
            pages.write(further, size=look.size + 0.5, leading=1.4, after=8)


def _title(look: Look, pages: Pages, title: str) -> None:
    place = look.layout.choose("title", ("centre", "left", "ruled"), (3, 1, 1))
    sheet, y = pages.sheet, pages.y
    if place == "centre":
        sheet.text(
            sheet.width / 2,
            y,
            title,
            14,
            bold=True,
            align="center",
            width=sheet.width - 2 * look.margin,
        )
    else:
        sheet.text(
            look.margin,
            y,
            title,
            14,
            bold=True,
            colour=look.shade,
            width=sheet.width - 2 * look.margin,
        )
        if place == "ruled":
            sheet.rule(look.margin, y + 6, sheet.width - look.margin, colour=look.shade)
    pages.y += 34


def _article(look: Look, pages: Pages, heading: str, body: str) -> None:
    pages.need(60)
    pages.write(heading, size=look.size + 1.2, bold=True, after=3)
    pages.write(body, size=look.size + 0.5, leading=1.4, after=8)
