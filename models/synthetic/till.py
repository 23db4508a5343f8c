"""Till receipts: narrow strips, as they are printed or laid on a scanner's glass.

A slip is written line by line into a list first, so that the strip is as long as it needs to be;
shops, restaurants and petrol stations differ in what they list.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from textwrap import wrap
from typing import Any

from domain.money import cents
from models.synthetic.identifiers import draw_digits
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Paper, draw_date, draw_look
from models.synthetic.parties import Company
from models.synthetic.sheet import A4, Sheet
from models.synthetic.wording import countries, words

WIDTHS = (164.0, 164.0, 204.0, 227.0)
"""Of thermal paper: 58, 72 and 80 mm."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a slip: at its left, its right, or in its middle; a rule when it says nothing."""

    left: str = ""
    right: str = ""
    centre: bool = False
    size: float = 1.0
    bold: bool = False
    gap: float = 0.0
    cells: tuple[str, ...] = ()
    """In columns that end at even distances, rather than at the edges."""


@dataclass(frozen=True, slots=True)
class Sale:
    items: tuple[tuple[str, int, Decimal, str], ...]
    """(name, how many, price of one with VAT, rate)."""
    saved: Decimal
    tip: Decimal

    @property
    def total(self) -> Decimal:
        return sum((price * n for _, n, price, _ in self.items), Decimal(0)) - self.saved

    def taxes(self) -> list[tuple[str, Decimal, Decimal]]:
        """(rate, base, VAT) by rate; what is saved comes off the largest."""
        sums: dict[str, Decimal] = {}
        for _, n, price, rate in self.items:
            sums[rate] = sums.get(rate, Decimal(0)) + price * n
        most = max(sums, key=lambda rate: sums[rate])
        sums[most] -= self.saved
        found = []
        for rate, gross in sums.items():
            base = cents(gross / (1 + Decimal(rate) / 100))
            found.append((rate, base, gross - base))
        return found


def draw_receipt(
    random: Random, shop: Company, *, on_a4: bool | None = None, layout: Layout | None = None
) -> Paper:
    """A till receipt; on a strip of its own, or lying on an A4 sheet as a scanner sees it."""
    layout = layout or Layout(random)
    face = layout.choose("face", ("mono", "sans", "space", "ubuntu-mono", "fira"),
                         (4, 2, 1, 2, 1))  # fmt: skip
    look = draw_look(random, layout, shop.language, shop.country, family=face)
    sale = _sale(random, shop)
    rows, fields = _rows(look, shop, sale)
    wide = random.choice(WIDTHS)
    size = wide / (27 if look.family in ("mono", "space", "ubuntu-mono") else 24)
    high = 36 + sum(_high(row, size) for row in rows)
    if on_a4 if on_a4 is not None else random.random() < 0.4 and high < A4[1] - 60:
        sheet = Sheet(A4, look.family)
        left = random.uniform(20, A4[0] - wide - 20)
        top = random.uniform(20, max(21, A4[1] - high - 20))
    else:
        sheet, left, top = Sheet((wide, high), look.family), 0.0, 0.0
    y = top + 24
    for row in rows:
        _write(look, sheet, row, left + 8, left + wide - 8, y, size)
        y += _high(row, size)
    unsaid = ("net_total", "vat_total") if len(sale.taxes()) > 1 else ()
    return Paper(
        "receipt",
        shop.language,
        (sheet,),
        fields,
        ignore_fields=unsaid,
        layout=f"receipt {layout.name}",
    )


def _high(row: Row, size: float) -> float:
    return size * (1.55 * row.size + row.gap)


def _write(look: Look, sheet: Sheet, row: Row, x0: float, x1: float, y: float, size: float) -> None:
    big = size * row.size
    if row.cells:
        wide = (x1 - x0) / len(row.cells)
        for n, cell in enumerate(row.cells, 1):
            sheet.text(x0 + n * wide, y, cell, big, align="right", width=wide - 3)
        return
    if not row.left and not row.right:
        kind = look.layout.choose("rule", ("dashes", "line", "stars", "none"), (3, 2, 1, 2))
        if kind == "line":
            sheet.rule(x0, y - size / 2, x1)
        elif kind in ("dashes", "stars"):
            sign = "-" if kind == "dashes" else "*"
            sheet.text((x0 + x1) / 2, y, sign * 60, size, align="center", width=x1 - x0)
        return
    if row.centre:
        sheet.text((x0 + x1) / 2, y, row.left, big, align="center", bold=row.bold, width=x1 - x0)
        return
    wide = sheet.text(x1, y, row.right, big, align="right", bold=row.bold) if row.right else 0
    sheet.text(x0, y, row.left, big, bold=row.bold, width=x1 - x0 - wide - 3)


def _sale(random: Random, shop: Company) -> Sale:
    rates = countries()[shop.country]["rates"]
    articles = words(shop.language)["articles"]
    two = random.random() < 0.35
    items = []
    for _ in range(random.choice((1, 1, 2, 3, 4, 5, 7, 9, 14))):
        name, price = random.choice(articles)
        shift = Decimal(random.randint(80, 140)) / 100
        rate = rates["reduced"] if two and random.random() < 0.5 else rates["standard"]
        count = 1 if price > 3000 else random.choice((1, 1, 1, 1, 2, 3))
        items.append((name, count, cents(Decimal(price) / 100 * shift), rate))
    total = sum((price * n for _, n, price, _ in items), Decimal(0))
    saved = cents(total / 10) if random.random() < 0.1 else Decimal(0)
    tip = cents(total * random.choice((5, 10, 12)) / 100) if random.random() < 0.06 else Decimal(0)
    return Sale(tuple(items), saved, tip)


def _rows(look: Look, shop: Company, sale: Sale) -> tuple[list[Row], dict[str, Any]]:
    random, layout, locale = look.random, look.layout, look.locale
    said = words(look.language)["till"]
    day = draw_date(random)
    clock = f"{random.randint(7, 22):02d}:{random.randint(0, 59):02d}"
    number = draw_digits(random, random.choice((3, 4, 6, 8)))
    filled = {"n": random.randint(1, 40), "name": shop.contact.split()[0], "day": locale.day(day),
              "clock": clock}  # fmt: skip
    rows = _shop_rows(look, shop)
    moment = f"{locale.day(day)} {clock}"
    ticket = f"{random.choice(said['ticket'])} {number}"
    kind = layout.choose("moment", ("above", "below", "beside"), (3, 1, 1))
    when = [Row(moment, ticket if kind == "beside" else "")]
    if kind != "beside":
        when.append(Row(ticket))
    if random.random() < 0.5:
        when.append(Row(random.choice(said["served"]).format(**filled)))
    if random.random() < 0.2:
        when.append(Row(random.choice(said["table"]).format(**filled)))
    if kind != "below":
        rows += [*when, Row()]
    rows += _item_rows(look, sale)
    rows.append(Row())
    money = (
        locale.money
        if layout.choose("money", ("currency", "plain")) == "currency"
        else locale.amount
    )
    if sale.saved or random.random() < 0.25:
        rows.append(Row(random.choice(said["subtotal"]), locale.amount(sale.total + sale.saved)))
    if sale.saved:
        rows.append(Row(random.choice(said["discount"]), locale.amount(-sale.saved)))
    grown = layout.choose("total", ("large", "bold", "plain"), (3, 2, 1))
    rows.append(Row(random.choice(said["total"]), money(sale.total), size=1.35 if grown == "large" else 1,
                    bold=grown != "plain", gap=0.4))  # fmt: skip
    taxes, paid = _tax_rows(look, sale), _paid_rows(look, sale, filled)
    rows += (
        taxes + paid if layout.choose("taxes", ("after", "before")) == "before" else paid + taxes
    )
    if kind == "below":
        rows += [Row(), *when]
    rows.append(Row(random.choice(said["thanks"]), centre=True, gap=0.5))
    if random.random() < 0.3:
        rows.append(Row(shop.web, centre=True))
    shown = any("SIRET" in row.left for row in rows)
    vat = sum((amount for _, _, amount in sale.taxes()), Decimal(0))
    lines = [
        {"rate": f"{Decimal(rate):.2f}", "base": f"{base:.2f}", "amount": f"{amount:.2f}"}
        for rate, base, amount in sale.taxes()
    ]
    fields = {
        "supplier_name": shop.name,
        "supplier_vat_id": shop.vat_id if any(shop.vat_shown() in r.left for r in rows) else None,
        "supplier_siren": shop.siren if shown else None,
        "invoice_number": number,
        "issue_date": day.isoformat(),
        "due_date": None,
        "currency": shop.currency,
        "net_total": f"{sale.total - vat:.2f}" if taxes else None,
        "vat_total": f"{vat:.2f}" if taxes else None,
        "gross_total": f"{sale.total:.2f}",
        "amount_due": None,
        "iban": None,
        "vat_lines": lines if taxes else None,
        "line_items": None,
    }
    return rows, fields


def _shop_rows(look: Look, shop: Company) -> list[Row]:
    random, layout = look.random, look.layout
    centre = layout.choose("shop", ("centre", "left"), (4, 1)) == "centre"
    name = shop.name.upper() if random.random() < 0.6 else shop.name
    rows = [Row(part, centre=centre, bold=True, size=1.15) for part in wrap(name, 17)]
    rows += [Row(line, centre=centre) for line in (shop.street, shop.place)]
    if random.random() < 0.7:
        rows.append(Row(look.say("phone", n=shop.phone), centre=centre))
    if shop.siret and random.random() < 0.6:
        rows.append(Row(f"SIRET {shop.siret}", centre=centre, size=0.9))
    if shop.vat_id and random.random() < 0.5:
        rows.append(
            Row(f"{look.label('seller_vat_id')} {shop.vat_shown()}", centre=centre, size=0.8)
        )
    return [*rows, Row(gap=0.3)]


def _item_rows(look: Look, sale: Sale) -> list[Row]:
    """One line an article, or its count and price on a line below."""
    kind = look.layout.choose("items", ("line", "counted", "below", "coded"), (3, 2, 2, 2))
    amount = look.locale.amount
    letters = {rate: "ABCD"[n] for n, (rate, _, _) in enumerate(sale.taxes())}
    rows = []
    for name, n, price, rate in sale.items:
        total = amount(price * n)
        if kind == "coded":
            total = f"{total} {letters[rate]}"
        if kind == "below" and n > 1:
            rows += [Row(name), Row(f"   {n} x {amount(price)}", total)]
        elif kind == "counted":
            rows.append(Row(f"{n} {name}", total))
        else:
            rows.append(Row(name if n == 1 else f"{n}x {name}", total))
    if look.random.random() < 0.25:
        said = look.random.choice(words(look.language)["till"]["count"])
        rows.append(Row(said.format(n=sum(n for _, n, _, _ in sale.items))))
    return rows


def _tax_rows(look: Look, sale: Sale) -> list[Row]:
    said, locale = words(look.language)["till"], look.locale
    kind = look.layout.choose("taxes-as", ("lines", "table", "none"), (3, 3, 1))
    vat = said["vat"][0]
    if kind == "none":
        return []
    if kind == "table":
        heads = (f"{vat} %", said["net"][0], vat, said["gross"][0])
        rows = [Row(cells=heads, size=0.9, gap=0.2)]
        for n, (rate, base, amount) in enumerate(sale.taxes()):
            shown = f"{'ABCD'[n]} {locale.number(Decimal(rate))}%"
            money = (locale.amount(part) for part in (base, amount, base + amount))
            rows.append(Row(cells=(shown, *money), size=0.9))
        if len(rows) > 2 and look.layout.choose("taxes-sum", ("yes", "no")) == "yes":
            base = sum((base for _, base, _ in sale.taxes()), Decimal(0))
            sums = (locale.amount(part) for part in (base, sale.total - base, sale.total))
            rows.append(Row(cells=(said["total"][0][:6], *sums), size=0.9))
        return rows
    rows = []
    for rate, base, amount in sale.taxes():
        shown = f"{said['sums'][0]} {vat} {locale.number(Decimal(rate))} %"
        rows += [
            Row(shown, locale.amount(amount), size=0.95),
            Row(said["net"][0], locale.amount(base), size=0.95),
        ]
    return rows


def _paid_rows(look: Look, sale: Sale, filled: dict[str, Any]) -> list[Row]:
    random, said, amount = look.random, words(look.language)["till"], look.locale.amount
    if random.random() < 0.35:
        note = next((n for n in (5, 10, 20, 50, 100, 200, 500, 1000) if n >= sale.total), 5000)
        given = Decimal(note)
        return [Row(random.choice(said["cash"]), amount(given)),
                Row(random.choice(said["change"]), amount(given - sale.total))]  # fmt: skip
    rows = []
    if sale.tip:
        rows.append(Row(random.choice(said["tip"]), amount(sale.tip)))
    rows.append(Row(random.choice(said["card"]), amount(sale.total + sale.tip)))
    if look.layout.choose("slip", ("no", "yes"), (3, 1)) == "yes":
        # The card terminal's own slip, printed on the same strip.
        rows.append(Row())
        rows += [Row(line.format(**filled), centre=True, size=0.95) for line in said["slip"][:4]]
        rows.append(Row(f"************{draw_digits(random, 4)}", centre=True))
        rows.append(Row(look.locale.money(sale.total + sale.tip), centre=True))
        rows += [Row(line, centre=True, size=0.95) for line in said["slip"][4:]]
    return rows
