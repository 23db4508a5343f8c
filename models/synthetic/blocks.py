"""Who it is for, what it is called and its references: what stands between letterhead and table."""

from __future__ import annotations

from collections.abc import Sequence

from models.synthetic.paper import Look
from models.synthetic.parties import COUNTRY_NAMES, Company, Person
from models.synthetic.sheet import GREY, PALE, WHITE, Sheet

Pairs = Sequence[tuple[str, str]]


def lines_of(look: Look, to: Company | Person, *, abroad: bool = False) -> list[str]:
    lines = [to.name]
    if isinstance(to, Company) and look.random.random() < 0.25:
        lines.append(to.contact)
    lines += [to.street, to.place]
    if abroad and isinstance(to, Company):
        lines.append(COUNTRY_NAMES[to.country])
    return lines


def draw_address(
    look: Look, sheet: Sheet, y: float, issuer: Company, to: Company | Person, pairs: Pairs = ()
) -> tuple[float, bool]:
    """Draw the addressee below `y`. Some layouts set the references `pairs` beside it.

    Returns the y below, and whether the references were drawn.
    """
    options = ("right", "left", "labelled", "pair", "boxed", "facing", "parties")
    weights = (4, 3, 3, 1.5, 1.5, 3, 2) if pairs else (4, 3, 0, 0, 1, 0, 0)
    place = look.layout.choose("address", options, weights)
    if place in ("pair", "facing") and not pairs:
        place = "right"
    step, m, size = look.size + 3, look.margin, look.size + 0.5
    right = sheet.width * 0.55
    abroad = isinstance(to, Company) and to.country != issuer.country
    lines = lines_of(look, to, abroad=abroad)
    if isinstance(to, Company) and to.vat_id and look.random.random() < 0.3:
        lines.append(f"{look.colon(look.label('buyer_vat_id'))} {to.vat_shown()}")

    def column(x: float, found: Sequence[str], label: str | None = None) -> float:
        low = y + 12
        if label:
            sheet.text(x, low, label, look.size - 1, bold=True, colour=look.shade, width=200)
            low += step
        for line in found:
            sheet.text(x, low, line, size, width=sheet.width - x - m)
            low += step
        return low

    if place == "boxed":
        low = column(right + 8, lines)
        sheet.frame(right, y - 2, sheet.width - m + 4, low - 4)
        return low + 6, False
    if place == "labelled":
        return column(m, lines, look.colon(look.label("buyer_name"))) + 4, False
    if place == "pair":
        low = column(m, lines, look.label("buyer_name"))
        other = column(right, lines_of(look, to), look.label("delivery_address"))
        return max(low, other) + 4, False
    if place == "parties":
        # The issuer once more, as a party: what programs print that know no letterhead.
        seller = [issuer.name, issuer.street, issuer.place, issuer.email]
        low = column(m, seller, look.say("from"))
        return max(low, column(right, lines, look.label("buyer_name"))) + 4, False
    if place == "facing":
        low = column(m, lines)
        return max(low, _list(look, sheet, right, y + 12, pairs, sheet.width - m)) + 4, True
    return column(right if place == "right" else m, lines) + 4, False


def draw_title(look: Look, sheet: Sheet, y: float, title: str) -> float:
    kind = look.layout.choose(
        "title", ("left", "right", "centre", "ruled", "filled"), (5, 2, 2, 1.5, 1)
    )
    m, right, size = look.margin, sheet.width - look.margin, look.size + 6
    y += size + 4
    if kind == "right":
        sheet.text(right, y, title, size, bold=True, align="right", colour=look.shade)
    elif kind == "centre":
        sheet.text(sheet.width / 2, y, title, size, bold=True, align="center")
    elif kind == "ruled":
        sheet.text(m, y, title, size, bold=True)
        sheet.rule(m, y + 5, right, thick=1.2, colour=look.shade)
        y += 4
    elif kind == "filled":
        sheet.fill(m, y - size, right, y + 6, look.shade)
        sheet.text(m + 6, y, title, size, bold=True, colour=WHITE)
        y += 4
    else:
        sheet.text(m, y, title, size, bold=True, colour=look.shade)
    return y + 6


def draw_references(look: Look, sheet: Sheet, y: float, pairs: Pairs) -> float:
    """Draw numbers and dates with their labels below `y`; return the y below."""
    kind = look.layout.choose(
        "references", ("beside", "stacked", "box", "grid", "line", "right"), (4, 3, 1.5, 2, 1, 2)
    )
    m, right = look.margin, sheet.width - look.margin
    if kind == "beside":
        return _list(look, sheet, m, y + 10, pairs, m + 330)
    if kind == "right":
        return _list(look, sheet, sheet.width * 0.52, y + 6, pairs, right)
    if kind == "box":
        low = y + 12 + (look.size + 4) * len(pairs)
        sheet.fill(right - 240, y + 2, right, low, PALE)
        _list(look, sheet, right - 234, y + 14, pairs, right - 6)
        return low + 6
    if kind == "line":
        said = "   ".join(f"{look.colon(label)} {value}" for label, value in pairs)
        return sheet.paragraph(m, y + 12, said, right - m, look.size) + 4
    return _table(look, sheet, y, pairs, ruled=kind == "grid")


def _list(look: Look, sheet: Sheet, x: float, y: float, pairs: Pairs, right: float) -> float:
    """Labels with their values at their right, one pair a line."""
    how = look.layout.choose("values", ("column", "edge", "close"), (3, 1, 1))
    for label, value in pairs:
        shown = look.colon(label)
        half = (right - x) * 0.55
        wide = sheet.text(x, y, shown, look.size, width=half - 6)
        if how == "edge":
            sheet.text(right, y, value, look.size, align="right", width=right - x - half)
        else:
            start = x + half if how == "column" else x + wide + 4
            sheet.text(start, y, value, look.size, bold=how == "close", width=right - start)
        y += look.size + 4
    return y


def _table(look: Look, sheet: Sheet, y: float, pairs: Pairs, *, ruled: bool) -> float:
    """Labels over their values, side by side, four to a row."""
    m, right, step = look.margin, sheet.width - look.margin, look.size + 3
    for start in range(0, len(pairs), 4):
        row = pairs[start : start + 4]
        wide = (right - m) / max(3, len(row))
        for n, (label, value) in enumerate(row):
            x = m + n * wide
            if ruled:
                sheet.fill(x, y + 4, x + wide, y + 8 + step, PALE)
                sheet.frame(x, y + 4, x + wide, y + 10 + 2 * step, colour=GREY)
            sheet.text(x + 4, y + 4 + step, label, look.size - 1, bold=True, width=wide - 8)
            sheet.text(x + 4, y + 6 + 2 * step, value, look.size, width=wide - 8)
        y += 2 * step + 10
    return y + 4
