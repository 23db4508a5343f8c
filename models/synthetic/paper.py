"""What a drawn document is, and what all of them share: dates, amounts, letterheads, page numbers.

The kinds of paper are drawn in `commerce` and `office`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.synthetic import vocabulary as words
from models.synthetic.layout import Layout
from models.synthetic.parties import Company, Person
from models.synthetic.sheet import GREY, Colour, Sheet

SHADES: tuple[Colour, ...] = (
    (0.12, 0.25, 0.5),
    (0.6, 0.12, 0.15),
    (0.1, 0.4, 0.3),
    (0.25, 0.25, 0.28),
    (0.75, 0.4, 0.05),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A drawn document and its truth."""

    category: str
    language: str
    sheets: tuple[Sheet, ...]
    fields: dict[str, Any] | None = None
    accept_categories: tuple[str, ...] = ()
    ignore_fields: tuple[str, ...] = ()
    """What the paper leaves to opinion."""
    layout: str = ""
    """The parts it is put together from."""


@dataclass(frozen=True, slots=True)
class Style:
    """How an issuer's papers look; drawn once per document."""

    family: str
    margin: float
    size: float
    shade: Colour
    head: str
    """``left``, ``right``, ``band`` or ``centre``: where the letterhead stands."""
    table: str
    """``rules``, ``frame`` or ``bare``."""
    number_place: str
    """``foot``, ``head`` or ``none``: where pages are numbered."""
    page_label: str
    stacked: bool
    """Labels above their values rather than beside them."""
    extra: dict[str, int] = dataclasses.field(default_factory=dict)


def draw_style(random: Random, language: str, layout: Layout) -> Style:
    return Style(
        family=random.choices(("sans", "serif", "mono"), (7, 3, 1))[0],
        margin=random.uniform(36, 62),
        size=random.choice((8.5, 9.0, 9.5, 10.0)),
        shade=random.choice(SHADES),
        head=layout.choose("head", ("left", "right", "band", "centre"), (2, 1, 1, 1)),
        table=layout.choose("rows", ("rules", "frame", "bare")),
        number_place=random.choices(("foot", "head", "none"), (5, 2, 3))[0],
        page_label=random.choice(words.LABELS[language]["page"]),
        stacked=random.random() < 0.4,
    )


def draw_date(random: Random) -> date:
    return date(2023, 1, 2) + timedelta(days=random.randint(0, 1300))


def show_date(random: Random, day: date, country: str) -> str:
    language = {"DE": "de", "GB": "en"}.get(country, "fr")
    if random.random() < 0.25:
        month = words.MONTHS[language][day.month - 1]
        dot = "." if language == "de" else ""
        return f"{day.day}{dot} {month} {day.year}"
    return day.strftime("%d.%m.%Y" if country in ("DE", "CH") else "%d/%m/%Y")


def show_amount(amount: Decimal, country: str) -> str:
    thousands, point = {"GB": (",", "."), "CH": ("'", "."), "DE": (".", ",")}.get(
        country, (" ", ",")
    )
    whole, cents = f"{amount:,.2f}".split(".")
    return whole.replace(",", thousands) + point + cents


def show_money(amount: Decimal, country: str) -> str:
    shape = {"CH": "CHF {}", "GB": "£{}"}.get(country, "{} €")
    return shape.format(show_amount(amount, country))


def show_rate(rate: str, country: str) -> str:
    return rate if country in ("GB", "CH") else rate.replace(".", ",")


def letterhead(sheet: Sheet, style: Style, company: Company) -> float:
    """Draw the issuer's name and address; return the y below."""
    m, right = style.margin, sheet.width - style.margin
    details = [company.street, company.place, f"Tél. {company.phone}", company.email]
    if company.language != "fr":
        details[2] = f"Tel. {company.phone}"
    if style.head == "band":
        sheet.fill(0, 0, sheet.width, 62, style.shade)
        sheet.text(m, 38, company.name, 18, bold=True, colour=(1, 1, 1))
        sheet.text(m, 76, " · ".join(details[:2]), 8, colour=GREY)
        return 92
    if style.head == "centre":
        middle = sheet.width / 2
        sheet.text(middle, 52, company.name, 17, bold=True, align="center", colour=style.shade)
        sheet.text(middle, 66, ", ".join(details[:2]), 8, align="center")
        sheet.text(middle, 77, " - ".join(details[2:]), 8, align="center")
        sheet.rule(m, 84, right)
        return 98
    align, x = ("right", right) if style.head == "right" else ("left", m)
    if style.extra.get("logo"):
        left = x if align == "left" else x - 34
        sheet.fill(left, 30, left + 34, 50, style.shade)
    sheet.text(x, 66, company.name, 13, bold=True, align=align, colour=style.shade)
    y = 79.0
    for line in details:
        sheet.text(x, y, line, 8.5, align=align)
        y += 11
    return y


def address(sheet: Sheet, style: Style, to: Company | Person, y: float) -> float:
    """Draw the addressee's window; return the y below."""
    x = sheet.width * (0.55 if style.head != "right" else 0.1)
    for line in (to.name, to.street, to.place):
        sheet.text(x, y, line, style.size + 0.5)
        y += 13
    return y


def legal_foot(sheet: Sheet, company: Company) -> None:
    """The small print at the foot of a sheet: identifiers of the issuer."""
    parts = [company.name, company.street, company.place]
    if company.country == "FR":
        parts += [f"SIRET {company.siret}", f"RCS {company.place.split()[-1]}"]
        if company.vat_id:
            parts.append(f"TVA intracommunautaire {company.vat_shown()}")
    elif company.vat_id:
        label = {"DE": "USt-IdNr.", "GB": "VAT Reg. No."}.get(company.country, "TVA")
        parts.append(
            company.vat_shown() if company.country == "CH" else f"{label} {company.vat_id}"
        )
    sheet.text(sheet.width / 2, sheet.height - 26, " - ".join(parts[:3]), 7, align="center")
    sheet.text(sheet.width / 2, sheet.height - 17, " - ".join(parts[3:]), 7, align="center")


def number_pages(sheets: list[Sheet], style: Style) -> None:
    """Write ``page n of m`` where the style wants it; single pages are numbered half the time."""
    if style.number_place == "none" or (len(sheets) == 1 and style.extra.get("single_unnumbered")):
        return
    for n, sheet in enumerate(sheets, 1):
        y = sheet.height - 40 if style.number_place == "foot" else 24
        shown = style.page_label.format(n=n, of=len(sheets))
        sheet.text(sheet.width - style.margin, y, shown, 7.5, align="right")
