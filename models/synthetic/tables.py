"""Tables of goods: which columns there are, and how their rows are set off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.synthetic.content import Content, Line
from models.synthetic.paper import Look, Pages
from models.synthetic.sheet import BLACK, GREY, PALE, WHITE, Sheet

COLUMNS: dict[str, tuple[str, ...]] = {
    "plain": ("description", "quantity", "price", "amount"),
    "unit": ("description", "quantity", "unit", "price", "amount"),
    "rated": ("description", "quantity", "unit", "price", "rate", "amount"),
    "coded": ("code", "description", "quantity", "price", "rate", "amount"),
    "counted": ("position", "description", "quantity", "unit", "price", "amount"),
    "quantity-first": ("quantity", "unit", "description", "price", "amount"),
    "reduced": ("code", "description", "quantity", "price", "discount", "amount"),
    "short": ("description", "amount"),
    "rate-first": ("rate", "description", "quantity", "price", "amount"),
    "inclusive": ("description", "quantity", "price", "rate", "amount"),
    "dated": ("date", "description", "quantity", "price", "amount"),
}
"""Layout → its columns from left to right; ``inclusive`` says prices with VAT."""
UNPRICED = {
    "plain": ("code", "description", "quantity", "unit"),
    "counted": ("position", "description", "quantity"),
}
WIDTHS = {"date": 62, "position": 26, "code": 56, "quantity": 48, "unit": 36, "price": 62, "rate": 42,
          "discount": 44, "amount": 72}  # fmt: skip
"""In points at a size of nine; the description has what is left."""
NUMBERS = frozenset({"quantity", "price", "rate", "discount", "amount", "position"})
FIELDS = {"date": "operation_date", "description": "line_description", "code": "line_item_code", "quantity": "quantity",
          "unit": "unit", "price": "unit_price", "rate": "vat_rate", "discount": "discount",
          "amount": "line_total"}  # fmt: skip

SECTION = 4
"""Rows between two titles."""
HEADS = {
    "position": {"fr": "N°", "de": "Pos.", "nl": "Pos.", "it": "Pos.", "en": "#"},
    "date": {"de": "Datum", "nl": "Datum", "it": "Data", "en": "Date"},
}
"""Heads of columns that are no field."""


def choose_columns(look: Look) -> str:
    return look.layout.choose("columns", tuple(COLUMNS), (3, 3, 3, 3, 2, 2, 2, 1, 1, 1, 1.5))


@dataclass(frozen=True, slots=True)
class Table:
    """A table of `content` on `pages`."""

    look: Look
    pages: Pages
    content: Content
    columns: tuple[str, ...]

    def draw(self) -> None:
        """Draw every row, over as many sheets as it takes, with sums carried over on some."""
        look, pages = self.look, self.pages
        carries = look.layout.choose("carried", ("no", "sums"), (2, 1)) == "sums"
        sections = look.layout.choose("sections", ("none", "titles", "sums"), (6, 1, 1))
        running, since = Decimal(0), Decimal(0)
        lot = look.say("lot", n="{n}", name="{name}")
        self._head()
        last = len(self.content.lines) - 1
        for n, line in enumerate(self.content.lines):
            high = self._height(line)
            # The last row goes with the totals, so that no sheet has a total alone.
            wanted = high + (24 if carries else 0) + (60 if n == last else 0)
            wanted += 3.8 * look.size if sections != "none" and n % SECTION == 0 else 0
            if pages.left < wanted and n:
                if carries and "amount" in self.columns:
                    self._sum(look.say("carried"), running)
                pages.turn()
                self._head()
                if carries and "amount" in self.columns:
                    self._sum(look.say("brought", n=len(pages.sheets) - 1), running)
            if sections != "none" and n % SECTION == 0 and last >= SECTION:
                if sections == "sums" and n and "amount" in self.columns:
                    self._sum(look.say("article_total"), since)
                self._section(lot, n // SECTION + 1)
                since = Decimal(0)
            self._row(n, line, high)
            running, since = running + line.amount, since + line.amount
        m, right = look.margin, pages.sheet.width - look.margin
        if self._style() not in ("bare", "zebra"):
            pages.sheet.rule(m, pages.y - self.look.size, right, thick=0.8)

    def _style(self) -> str:
        return self.look.layout.choose(
            "rows", ("rules", "frame", "bare", "grid", "zebra", "dotted"), (3, 3, 2, 2, 2, 1)
        )

    def _places(self, sheet: Sheet) -> dict[str, tuple[float, float]]:
        """Column → (left, right)."""
        m, scale = self.look.margin, self.look.size / 9
        fixed = sum(WIDTHS.get(c, 0) * scale for c in self.columns)
        rest = sheet.width - 2 * m - fixed
        places, x = {}, m
        for column in self.columns:
            wide = rest if column == "description" else WIDTHS[column] * scale
            places[column] = (x, x + wide)
            x += wide
        return places

    def _cell(
        self, sheet: Sheet, place: tuple[float, float], y: float, text: str, *, number: bool,
        bold: bool = False, size: float | None = None, colour: tuple[float, float, float] = BLACK,
    ) -> None:  # fmt: skip
        x = place[1] - 4 if number else place[0] + 4
        sheet.text(x, y, text, size or self.look.size, bold=bold, colour=colour,
                   align="right" if number else "left", width=place[1] - place[0] - 5)  # fmt: skip

    def _head(self) -> None:
        look, sheet, style = self.look, self.pages.sheet, self._style()
        m, right, size = look.margin, sheet.width - look.margin, look.size
        self.pages.y += size + 6
        y, colour = self.pages.y, BLACK
        if style in ("frame", "zebra"):
            sheet.fill(m, y - size - 3, right, y + 5, look.shade)
            colour = WHITE
        elif style == "grid":
            sheet.fill(m, y - size - 3, right, y + 5, PALE)
            for left, end in self._places(sheet).values():
                sheet.frame(left, y - size - 3, end, y + 5)
        elif style == "rules":
            sheet.rule(m, y + 5, right, thick=0.9)
        elif style == "dotted":
            sheet.rule(m, y - size - 3, right)
            sheet.rule(m, y + 5, right)
        for column, place in self._places(sheet).items():
            self._cell(sheet, place, y, self._title(column), number=column in NUMBERS, bold=True,
                       size=size - 0.7, colour=colour)  # fmt: skip
        self.pages.y += size * 1.9

    def _title(self, column: str) -> str:
        if column in HEADS:
            return HEADS[column].get(self.look.language, HEADS[column]["en"])
        title = self.look.label(FIELDS[column])
        if self.content.includes_vat and column in ("price", "amount"):
            title = f"{title.removesuffix(' HT')} {self.look.say('incl')}"
        return title

    def _broken(self, line: Line) -> list[str]:
        left, right = self._places(self.pages.sheet)["description"]
        return self.pages.sheet.broken(line.description, right - left - 8, self.look.size)

    def _height(self, line: Line) -> float:
        size = self.look.size
        more = len(self._broken(line)) - 1 + (0.9 if line.detail else 0)
        loose = (
            1.5
            if self.look.layout.choose("density", ("tight", "loose"), (2, 1)) == "tight"
            else 2.1
        )
        return size * (loose + 1.2 * more)

    def _row(self, n: int, line: Line, high: float) -> None:
        look, sheet, style, y = self.look, self.pages.sheet, self._style(), self.pages.y
        m, right, top = look.margin, sheet.width - look.margin, y - look.size - 2
        if style == "zebra" and n % 2:
            sheet.fill(m, top, right, top + high, PALE)
        for column, place in self._places(sheet).items():
            if column == "description":
                low = y
                for part in self._broken(line):
                    sheet.text(place[0] + 4, low, part, look.size)
                    low += look.size * 1.2
                if line.detail:
                    sheet.text(place[0] + 4, low - 1, line.detail, look.size - 1.5, colour=GREY)
            else:
                self._cell(sheet, place, y, self._value(column, n, line), number=column in NUMBERS)
            if style == "grid":
                sheet.frame(*(place[0], top, place[1], top + high), thick=0.4)
        if style in ("rules", "dotted"):
            sheet.stroke(
                m, top + high, right, top + high, thick=0.3, colour=GREY, dashed=style == "dotted"
            )
        self.pages.y += high

    def _section(self, title: str, number: int) -> None:
        """A title between rows, such as the trades of a building site have."""
        good = self.look.random.choice(self.content.lines).description
        shown = title.format(n=number, name=" ".join(good.split()[:3]))
        sheet = self.pages.sheet
        sheet.text(self.look.margin + 4, self.pages.y, shown, self.look.size, bold=True)
        self.pages.y += self.look.size * 1.9

    def _value(self, column: str, n: int, line: Line) -> str:
        locale = self.look.locale
        if column == "position":
            return str(n + 1)
        if column == "code":
            return line.code
        if column == "date":
            return locale.day(line.day)
        if column == "unit":
            return line.unit
        if column == "quantity":
            return locale.number(line.quantity)
        if column == "rate":
            return (
                ""
                if self.content.treatment != "normal"
                else locale.number(Decimal(line.rate)) + self._percent()
            )
        if column == "discount":
            return f"{line.discount} %" if line.discount else ""
        if column == "price":
            exponent = line.price.as_tuple().exponent
            return locale.amount(line.price, -int(exponent))
        kind = self.look.layout.choose("symbols", ("plain", "money"), (4, 1))
        return locale.money(line.amount) if kind == "money" else locale.amount(line.amount)

    def _percent(self) -> str:
        return {"bare": "", "sign": "%", "spaced": " %"}[
            self.look.layout.choose("percent", ("sign", "bare", "spaced"))
        ]

    def _sum(self, label: str, amount: Decimal) -> None:
        sheet, right = self.pages.sheet, self.pages.sheet.width - self.look.margin - 4
        sheet.text(right - 90, self.pages.y, label, self.look.size, align="right", bold=True)
        sheet.text(
            right,
            self.pages.y,
            self.look.locale.amount(amount),
            self.look.size,
            align="right",
            bold=True,
        )
        self.pages.y += self.look.size * 1.9


def columns_for(look: Look, category: str) -> Sequence[str]:
    """The columns of a paper of `category`: a delivery note has no prices."""
    chosen = choose_columns(look)
    if category == "delivery_note":
        return UNPRICED["counted" if "position" in COLUMNS[chosen] else "plain"]
    return COLUMNS[chosen]
