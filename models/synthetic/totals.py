"""The end of a table of goods: sums, taxes by rate, what was paid, what is due."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from models.synthetic.content import Content
from models.synthetic.paper import Look, Pages
from models.synthetic.sheet import BLACK, GREY, PALE, WHITE, Sheet


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    amount: Decimal
    strong: bool = False
    name: str = ""


def draw_totals(look: Look, pages: Pages, content: Content) -> set[str]:
    """Draw the totals below what stands on `pages`; tells which of ``net`` and ``zero`` VAT it said."""
    kind = look.layout.choose("totals", ("right", "box", "recap", "spread", "left", "lined"),
                              (4, 3, 3, 2, 1, 2))  # fmt: skip
    entries = _entries(look, content)
    said = {entry.name for entry in entries}
    step = look.size * 1.7
    rows = len(content.vat)
    pages.need(step * (len(entries) + (rows + 2 if kind in ("recap", "spread") else 0)) + 30)
    pages.y += 8
    sheet, top = pages.sheet, pages.y
    if kind == "spread" and content.vat:
        pages.y = _spread(look, sheet, top, content)
        rest = [e for e in entries if e.name not in ("net", "vat")]
        pages.y = _list(look, sheet, pages.y + 4, rest, kind="right")
        return said | {"net"}
    pages.y = _list(look, sheet, top, entries, kind=kind)
    if kind == "recap" and content.vat:
        pages.y = max(pages.y, _recap(look, sheet, top, content))
        said.add("net")
    return said


def _entries(look: Look, content: Content) -> list[Entry]:
    locale, entries = look.locale, []
    vat_word = look.say("vat_word") if locale.country != "US" else "Sales tax"
    if content.extras:
        goods = sum((line.amount for line in content.lines), Decimal(0))
        entries.append(Entry(look.say("article_total"), goods))
        entries += [Entry(extra.label, extra.amount) for extra in content.extras]
    shows_net = (bool(content.vat) and not content.includes_vat) or look.random.random() < 0.5
    total = look.label("total_incl_vat")
    if content.vat or content.treatment == "normal":
        if content.includes_vat:
            entries.append(Entry(total, content.gross, strong=True))
        if shows_net:
            entries.append(Entry(look.label("total_excl_vat"), content.net, name="net"))
        shape = look.layout.choose("vat-label", ("word", "rate", "full"), (1, 3, 2))
        for rate, base, amount in content.vat:
            shown = locale.number(Decimal(rate))
            label = (
                vat_word if shape == "word" and len(content.vat) == 1 else f"{vat_word} {shown} %"
            )
            if shape == "full":
                label = f"{vat_word} {shown}% ({locale.amount(base)})"
            entries.append(Entry(label, amount, name="vat"))
        if len(content.vat) > 1 and look.random.random() < 0.5:
            entries.append(Entry(look.label("total_vat"), content.vat_total))
    else:
        if shows_net:
            entries.append(Entry(look.label("total_excl_vat"), content.net, name="net"))
        if content.treatment in ("reverse", "intra", "export") and look.random.random() < 0.5:
            entries.append(Entry(f"{vat_word} 0 %", Decimal(0), name="zero"))
        total = look.label("amount_due") if look.random.random() < 0.3 else total
    if content.rounding:
        entries.append(
            Entry(
                {"de": "Rundung", "it": "Arrotondamento"}.get(look.language, "Arrondi"),
                content.rounding,
            )
        )
    if not content.includes_vat:
        entries.append(Entry(total, content.gross, strong=True))
    if content.paid:
        entries.append(Entry(look.say("deposit", number=content.original), -content.paid))
        entries.append(Entry(look.label("amount_due"), content.due_amount, strong=True))
    return entries


def _list(look: Look, sheet: Sheet, y: float, entries: list[Entry], kind: str) -> float:
    """Labels and amounts, one entry a line, at the right edge or the left."""
    size, step, m = look.size, look.size * 1.7, look.margin
    right = m + 250 if kind == "left" else sheet.width - m - 4
    wide = 215
    money = look.layout.choose("money", ("currency", "plain"), (3, 1)) == "currency"
    if kind == "box":
        sheet.frame(right - wide, y, right + 4, y + step * len(entries) + 6)
    y += size + 2
    for entry in entries:
        colour = BLACK
        if entry.strong and kind in ("box", "recap"):
            sheet.fill(right - wide, y - size - 1, right + 4, y + 5, look.shade)
            colour = WHITE
        elif entry.strong and kind == "right":
            sheet.rule(right - wide, y - size - 1, right + 4, thick=1)
        bold = entry.strong
        amount = (
            look.locale.money(entry.amount)
            if money or entry.strong
            else look.locale.amount(entry.amount)
        )
        sheet.text(
            right - wide + 6, y, entry.label, size, bold=bold, colour=colour, width=wide - 90
        )
        sheet.text(right, y, amount, size, align="right", bold=bold, colour=colour)
        if kind == "lined":
            sheet.rule(right - wide, y + 4, right + 4, thick=0.3, colour=GREY)
        y += step
    return y + 4


def _recap(look: Look, sheet: Sheet, y: float, content: Content) -> float:
    """A table of the taxes: rate, base, amount, at the left."""
    size, step, m = look.size, look.size * 1.6, look.margin
    at = (m + 50, m + 140, m + 220)
    y += size + 2
    sheet.fill(m, y - size - 2, m + 224, y + 4, PALE)
    heads = (look.label("vat_rate"), look.label("vat_base"), look.label("total_vat"))
    for x, head in zip(at, heads, strict=True):
        sheet.text(x, y, head, size - 1, bold=True, align="right", width=74 if x > at[0] else 48)
    for rate, base, amount in content.vat:
        y += step
        shown = (
            f"{look.locale.number(Decimal(rate))} %",
            look.locale.amount(base),
            look.locale.amount(amount),
        )
        for x, text in zip(at, shown, strict=True):
            sheet.text(x, y, text, size, align="right")
    return y + step


def _spread(look: Look, sheet: Sheet, y: float, content: Content) -> float:
    """Sums across the sheet, each under its head; the last cell is what to pay."""
    m, right, size, step = look.margin, sheet.width - look.margin, look.size, look.size * 1.7
    heads = ("vat_base", "vat_rate", "total_vat", "total_excl_vat", "total_incl_vat")
    wide = (right - m) / len(heads)
    low = y + step * (1 + len(content.vat)) + 6
    for n, head in enumerate(heads):
        x = m + n * wide
        sheet.fill(x, y, x + wide, y + step, PALE)
        sheet.frame(x, y, x + wide, low, thick=0.5)
        sheet.text(x + wide / 2, y + size + 2, look.label(head), size - 1, bold=True, align="center",
                   width=wide - 6)  # fmt: skip
    locale = look.locale
    y += step
    for n, (rate, base, amount) in enumerate(content.vat):
        y += step
        cells = [locale.amount(base), f"{locale.number(Decimal(rate))} %", locale.amount(amount)]
        if n == 0:
            cells += [locale.amount(content.net), locale.money(content.gross)]
        for k, text in enumerate(cells):
            sheet.text(
                m + (k + 1) * wide - 6,
                y - 3,
                text,
                size,
                align="right",
                bold=k == 4,
                width=wide - 8,
            )
    return low + 4
