"""Letterheads: nine ways to say who writes. Each draws at the top of a sheet and returns the y below."""

from __future__ import annotations

from collections.abc import Callable

from models.synthetic.paper import Look
from models.synthetic.parties import COUNTRY_NAMES, Company
from models.synthetic.sheet import GREY, PALE, WHITE, Sheet

LOGOS = ("none", "none", "square", "disc", "triangle", "letters", "bars")


def draw_head(look: Look, sheet: Sheet, company: Company) -> float:
    """Draw the issuer's name and address where the layout puts them; return the y below."""
    head = look.layout.choose("head", tuple(HEADS), (4, 3, 2, 2, 2, 2, 1.5, 1.5, 1.5))
    return HEADS[head](look, sheet, company)


def named_in_full(look: Look) -> bool:
    """Whether the letterhead says all that the foot would."""
    return look.layout.choose("head", tuple(HEADS)) != "mark"


def identifiers(look: Look, company: Company) -> list[str]:
    """What the law wants on business paper, as phrases."""
    parts = []
    if company.siret:
        siret = company.siret
        if look.random.random() < 0.5:
            siret = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
        parts.append(f"SIRET {siret}")
    if company.siren and look.random.random() < 0.6:
        parts.append(look.say("register", city=company.city, siren=company.siren))
    elif company.country in ("DE", "AT", "GB", "IE", "NL") and look.random.random() < 0.6:
        number = str(sum(map(ord, company.name)) * 37 % 90000 + 10000)
        parts.append(look.say("register", city=company.city, siren=number))
    if company.vat_id:
        shown = company.vat_shown()
        if look.random.random() < 0.3:
            shown = company.vat_id
        parts.append(f"{look.colon(look.label('seller_vat_id'))} {shown}")
    return parts


def _details(look: Look, company: Company) -> list[str]:
    lines = [company.street, company.place]
    if look.layout.choose("abroad", ("named", "plain"), (1, 3)) == "named":
        lines.append(COUNTRY_NAMES[company.country])
    more = [
        look.say("phone", n=company.phone),
        company.email,
        company.web,
    ]
    lines += more[: look.random.randint(0, 3)]
    if look.layout.choose("legal", ("foot", "head"), (3, 1)) == "head":
        lines += identifiers(look, company)
    return lines


def _logo(look: Look, sheet: Sheet, x: float, y: float, name: str) -> float:
    """A mark of 34 points with its top left corner at (`x`, `y`); returns the room it takes."""
    kind = look.layout.choose("logo", LOGOS)
    shade = look.shade
    if kind == "square":
        sheet.fill(x, y, x + 34, y + 22, shade)
    elif kind == "disc":
        sheet.disc(x + 15, y + 15, 15, shade)
    elif kind == "triangle":
        sheet.shape([(x, y + 28), (x + 16, y), (x + 32, y + 28)], shade)
    elif kind == "letters":
        sheet.fill(x, y, x + 30, y + 30, shade)
        initials = "".join(word[0] for word in name.split()[:2]).upper()
        sheet.text(x + 15, y + 21, initials, 15, bold=True, align="center", colour=WHITE)
    elif kind == "bars":
        for n in range(4):
            sheet.fill(x + 8 * n, y + 22 - 6 * n, x + 8 * n + 5, y + 28, shade)
    return 0 if kind == "none" else 42


def _left(look: Look, sheet: Sheet, company: Company, *, right: bool = False) -> float:
    m, wide = look.margin, sheet.width * 0.55
    x = sheet.width - m if right else m
    align = "right" if right else "left"
    room = _logo(look, sheet, x - 34 if right else m, 32, company.name)
    y = 38 + room
    sheet.text(
        x, y, company.name, look.size + 5, bold=True, align=align, colour=look.shade, width=wide
    )
    y += look.size + 5
    for line in _details(look, company):
        sheet.text(x, y, line, look.size - 0.5, align=align, width=wide)
        y += look.size + 2
    return y


def _right(look: Look, sheet: Sheet, company: Company) -> float:
    return _left(look, sheet, company, right=True)


def _centre(look: Look, sheet: Sheet, company: Company) -> float:
    middle, y = sheet.width / 2, 48.0
    wide = sheet.width - 2 * look.margin
    sheet.text(middle, y, company.name, look.size + 9, bold=True, align="center", colour=look.shade,
               width=wide)  # fmt: skip
    details = _details(look, company)
    for n in range(0, len(details), 3):
        y += look.size + 4
        sheet.text(
            middle, y, " - ".join(details[n : n + 3]), look.size - 1, align="center", width=wide
        )
    sheet.rule(look.margin, y + 8, sheet.width - look.margin, colour=look.shade)
    return y + 20


def _band(look: Look, sheet: Sheet, company: Company) -> float:
    m = look.margin
    sheet.fill(0, 0, sheet.width, 62, look.shade)
    sheet.text(m, 38, company.name, 18, bold=True, colour=WHITE, width=sheet.width - 2 * m)
    details = _details(look, company)
    y = 64.0
    for n in range(0, len(details), 4):
        y += look.size + 3
        sheet.text(m, y, " · ".join(details[n : n + 4]), look.size - 1, colour=GREY,
                   width=sheet.width - 2 * m)  # fmt: skip
    return y + 14


def _split(look: Look, sheet: Sheet, company: Company) -> float:
    """The name on the left, how to reach it on the right."""
    m = look.margin
    room = _logo(look, sheet, m, 30, company.name)
    sheet.text(
        m + room, 50, company.name, look.size + 6, bold=True, width=sheet.width * 0.48 - room
    )
    y = 40.0
    for line in _details(look, company):
        sheet.text(sheet.width - m, y, line, look.size - 1, align="right", colour=GREY, width=190)
        y += look.size + 1
    y = max(y, 70)
    sheet.rule(m, y + 2, sheet.width - m, thick=1.5, colour=look.shade)
    return y + 16


def _side(look: Look, sheet: Sheet, company: Company) -> float:
    """A coloured strip down the left edge; the name stands beside it."""
    sheet.fill(0, 0, 22, sheet.height, look.shade)
    sheet.text(look.margin, 50, company.name, look.size + 8, bold=True, width=sheet.width * 0.6)
    y = 50 + look.size + 6
    details = _details(look, company)
    for n in range(0, len(details), 2):
        sheet.text(
            look.margin, y, ", ".join(details[n : n + 2]), look.size - 0.5, width=sheet.width * 0.7
        )
        y += look.size + 2
    return y + 4


def _mark(look: Look, sheet: Sheet, company: Company) -> float:
    """Only a mark and a short name: the rest stands at the foot, as large companies do it."""
    room = _logo(look, sheet, sheet.width - look.margin - 34, 30, company.name)
    short = " ".join(company.name.split()[:2]).lower()
    sheet.text(sheet.width - look.margin - room, 54, short, 17, bold=True, align="right",
               colour=look.shade)  # fmt: skip
    return 84


def _window(look: Look, sheet: Sheet, company: Company) -> float:
    """A name on top, and the sender in one small line that shows in the envelope's window."""
    m = look.margin
    room = _logo(look, sheet, sheet.width - m - 34, 28, company.name)
    sheet.text(sheet.width - m - room, 48, company.name, look.size + 5, bold=True, align="right",
               width=sheet.width - 2 * m - room)  # fmt: skip
    y = 72.0 if room else 62.0
    for line in _details(look, company)[2:]:
        sheet.text(sheet.width - m, y, line, look.size - 1, align="right", width=260)
        y += look.size + 1
    y = max(y, 96)
    small = f"{company.name} · {company.street} · {company.place}"
    wide = sheet.text(m, y, small, 6, width=280)
    sheet.rule(m, y + 2, m + wide, thick=0.3)
    return y + 2


def _boxed(look: Look, sheet: Sheet, company: Company) -> float:
    m, details = look.margin, _details(look, company)
    low = 52 + (look.size + 2) * len(details) + 4
    sheet.fill(m, 28, m + 250, low, PALE)
    sheet.frame(m, 28, m + 250, low, colour=look.shade)
    sheet.text(m + 8, 44, company.name, look.size + 3, bold=True, width=234)
    y = 44 + look.size + 5
    for line in details:
        sheet.text(m + 8, y, line, look.size - 0.5, width=234)
        y += look.size + 2
    return low + 8


HEADS: dict[str, Callable[[Look, Sheet, Company], float]] = {
    "left": _left, "right": _right, "centre": _centre, "band": _band, "split": _split,
    "side": _side, "mark": _mark, "window": _window, "boxed": _boxed,
}  # fmt: skip
