"""Papers of banks: statements that close, in the shapes banks have, and bank details."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

from models.synthetic.accounts import Account, Movement, draw_account
from models.synthetic.identifiers import draw_iban, spaced
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Pages, Paper, draw_look, number_pages
from models.synthetic.parties import Company
from models.synthetic.sheet import A4, GREY, PALE, Sheet
from models.synthetic.wording import words

COLUMNS: dict[str, tuple[str, ...]] = {
    "two": ("date", "label", "value", "debit", "credit"),
    "value-second": ("date", "value", "label", "debit", "credit"),
    "no-value": ("date", "label", "debit", "credit"),
    "signed": ("date", "label", "value", "amount"),
    "label-first": ("label", "date", "amount"),
    "running": ("date", "label", "debit", "credit", "balance"),
    "running-signed": ("date", "value", "label", "amount", "balance"),
    "typed": ("date", "kind", "label", "debit", "credit"),
    "value-last": ("date", "label", "debit", "credit", "value"),
}
"""Layout → the columns of a statement, from left to right."""
WIDTHS = {
    "date": 56,
    "value": 54,
    "debit": 72,
    "credit": 72,
    "amount": 82,
    "balance": 78,
    "kind": 60,
    "again": 54,
}
NAMES = {"date": "operation_date", "value": "value_date", "label": "operation_label",
         "debit": "debit", "credit": "credit", "amount": "line_total"}  # fmt: skip
SHOWN = {"full": "{d:02}{s}{m:02}{s}{y}", "short": "{d:02}{s}{m:02}", "year": "{d:02}{s}{m:02}{s}{yy:02}",
         "words": "{d} {mon} {y}"}  # fmt: skip


def draw_statement(
    random: Random, holder: Company, movements: int | None = None, *, layout: Layout | None = None
) -> Paper:
    """A month of an account; opening and movements give the closing balance."""
    layout = layout or Layout(random)
    look = draw_look(random, layout, holder.language, holder.country)
    account = draw_account(look, holder, movements)
    sheets = Statement(look, account).draw()
    number_pages(look, sheets)
    return Paper(
        "bank_statement",
        look.language,
        tuple(sheets),
        account.truth(),
        layout=f"bank_statement {layout.name}",
    )


class Statement:
    """Lays an account out on sheets."""

    def __init__(self, look: Look, account: Account) -> None:
        self.look, self.account = look, account
        layout = look.layout
        self.columns = COLUMNS[
            layout.choose("columns", tuple(COLUMNS), (3, 3, 2, 2, 1, 1.5, 1, 1, 1))
        ]
        self.heads = {c: look.label(NAMES[c]) if c in NAMES else "" for c in self.columns}
        if "balance" in self.columns:
            self.heads["balance"] = {"fr": "Solde", "en": "Balance"}.get(look.language, "Saldo")
        if "kind" in self.columns:
            self.heads["kind"] = "Type"
        self.said = words(look.language)["statement"]
        self.separator = {"FR": "/", "BE": "/", "LU": "/", "GB": "/", "IE": "/", "US": "/", "NL": "-"}.get(
            account.holder.country, ".")  # fmt: skip
        self.shape = SHOWN[layout.choose("dates", tuple(SHOWN), (3, 2, 1, 1))]
        self.size = min(look.size, 9)

    def draw(self) -> list[Sheet]:
        look, account = self.look, self.account
        self.pages = Pages(look, self._begin, foot=60)
        detailed = look.layout.choose("detail", ("below", "none"), (2, 1)) == "below"
        opening, closing = self._words_of_balances()
        newest = self._newest_first()
        ends = [(opening, account.start, account.opening), (closing, account.end, account.closing)]
        first, last = reversed(ends) if newest else ends
        if first[0]:
            self._balance(first[0].format(day=self._long(first[1])), first[2])
        after, rows = account.opening, []
        for movement in account.movements:
            after += movement.amount
            rows.append((movement, after))
        for movement, balance in reversed(rows) if newest else rows:
            if self.pages.left < 40:
                if not newest:
                    self._balance(self.said["carried"][0], balance - movement.amount)
                self.pages.turn()
            self._row(movement, balance, detailed=detailed)
        self.pages.need(50)
        sheet, m = self.pages.sheet, look.margin
        sheet.rule(m, self.pages.y - 6, sheet.width - m, thick=0.3)
        self.pages.y += 6
        self._totals()
        if last[0]:
            self._balance(last[0].format(day=self._long(last[1])), last[2])
        return self.pages.sheets

    def _words_of_balances(self) -> tuple[str, str]:
        """What stands before the opening and the closing balance; nothing where it is not shown."""
        choose = self.look.random.choice
        return choose(self.said["opening"]), choose(self.said["closing"])

    def _newest_first(self) -> bool:
        """A bank that prints the newest first counts its running balance back from the end."""
        newest = self.look.layout.choose("order", ("oldest", "newest"), (8, 1)) == "newest"
        return newest and "balance" in self.columns

    def _long(self, day: date) -> str:
        return day.strftime(f"%d{self.separator}%m{self.separator}%Y")

    def _day(self, day: date) -> str:
        month = words(self.look.language)["months"][day.month - 1][:3]
        return self.shape.format(d=day.day, m=day.month, y=day.year, yy=day.year % 100, mon=month,
                                 s=self.separator)  # fmt: skip

    def _begin(self, sheet: Sheet, number: int) -> float:
        look, account, m = self.look, self.account, self.look.margin
        right = sheet.width - m
        title = look.random.choice(self.said["title"]) if number == 1 else self.said["title"][0]
        y = 48.0
        head = look.layout.choose("bank-head", ("left", "band", "centre", "mark"), (3, 1.5, 1, 1))
        if number > 1 and look.layout.choose("continuation", ("short", "none"), (4, 1)) == "none":
            return self._titles(sheet, 56)
        if head == "band":
            sheet.fill(0, 0, sheet.width, 50, look.shade)
            sheet.text(m, 32, account.bank, 16, bold=True, colour=(1, 1, 1))
            y = 70
        elif head == "centre":
            sheet.text(
                sheet.width / 2, y, account.bank, 15, bold=True, align="center", colour=look.shade
            )
            y += 16
        elif head == "mark":
            sheet.disc(m + 12, 40, 12, look.shade)
            sheet.text(m + 30, 45, account.bank, 13, bold=True)
            y = 68
        else:
            sheet.text(m, y, account.bank, 14 if number == 1 else 10, bold=True, colour=look.shade)
        at = m if head in ("band", "mark") else right
        align = "left" if at == m else "right"
        sheet.text(at, y + 2, title, 12 if number == 1 else 9, bold=True, align=align)
        y += 17
        period = self._period()
        sheet.text(m, y, f"IBAN {spaced(account.iban)}", self.size)
        sheet.text(right, y, period, self.size, align="right")
        if number > 1:
            return self._titles(sheet, y + 18)
        counted = look.random.choice(self.said["number"]).format(n=account.start.month)
        sheet.text(m, y + 12, counted, self.size)
        sheet.text(
            m,
            y + 24,
            f"{look.colon(self.said['holder'][0])} {account.holder.name}",
            self.size,
            width=230,
        )
        x = sheet.width * 0.56
        for n, line in enumerate(
            (account.holder.name, account.holder.street, account.holder.place)
        ):
            sheet.text(x, y + 30 + 13 * n, line, 9.5, width=right - x)
        return self._titles(sheet, y + 92)

    def _period(self) -> str:
        start, end = self.account.start, self.account.end
        period: str = self.said["period"].format(a=self._long(start), b=self._long(end))
        return period

    def _titles(self, sheet: Sheet, y: float) -> float:
        m, right = self.look.margin, sheet.width - self.look.margin
        filled = self.look.layout.choose("rows", ("rules", "frame", "bare", "zebra"), (3, 2, 2, 1))
        if filled in ("frame", "zebra"):
            sheet.fill(m, y - self.size - 3, right, y + 5, PALE)
        elif filled == "rules":
            sheet.rule(m, y + 5, right)
        for column, (x0, x1) in self._places(sheet).items():
            money = column in ("debit", "credit", "amount", "balance")
            sheet.text(x1 - 3 if money else x0, y, self.heads[column], self.size - 0.5, bold=True,
                       align="right" if money else "left", width=x1 - x0 - 4)  # fmt: skip
        return y + self.size * 2

    def _places(self, sheet: Sheet) -> dict[str, tuple[float, float]]:
        m = self.look.margin
        rest = sheet.width - 2 * m - sum(WIDTHS.get(c, 0) for c in self.columns)
        places, x = {}, m
        for column in self.columns:
            wide = rest if column == "label" else WIDTHS[column]
            places[column] = (x, x + wide)
            x += wide
        return places

    def _row(self, movement: Movement, balance: Decimal, *, detailed: bool) -> None:
        sheet, y, places = self.pages.sheet, self.pages.y, self._places(self.pages.sheet)
        texts = {"date": self._day(movement.booked), "value": self._day(movement.valued),
                 "again": self._day(movement.booked), "label": movement.label,
                 "kind": movement.label.split()[0].title()}  # fmt: skip
        for column, text in texts.items():
            if column in places:
                x0, x1 = places[column]
                sheet.text(x0, y, text, self.size, width=x1 - x0 - 4)
        self._money(places, y, movement.amount, bold=False)
        if "balance" in places:
            sheet.text(
                places["balance"][1] - 3,
                y,
                self._amount(balance),
                self.size,
                align="right",
            )
        self.pages.y += self.size * 1.5
        if movement.detail and detailed:
            sheet.text(
                places["label"][0] + 4,
                self.pages.y - 1,
                movement.detail,
                self.size - 1,
                colour=GREY,
            )
            self.pages.y += self.size * 1.2

    def _money(
        self, places: dict[str, tuple[float, float]], y: float, amount: Decimal, *, bold: bool
    ) -> None:
        sheet = self.pages.sheet
        if "amount" in places:
            sign = self._sign()
            size = self._amount(abs(amount))
            mark = "-" if amount < 0 else "+" if sign != "before" else ""
            shown = {
                "before": f"{mark}{size}",
                "behind": f"{size}{mark}",
                "spaced": f"{mark} {size}",
            }[sign]
            sheet.text(places["amount"][1] - 3, y, shown, self.size, align="right", bold=bold)
        elif "debit" in places:
            column = "debit" if amount < 0 else "credit"
            sheet.text(
                places[column][1] - 3,
                y,
                self._amount(abs(amount)),
                self.size,
                align="right",
                bold=bold,
            )

    def _sign(self) -> str:
        return self.look.layout.choose("sign", ("before", "behind", "spaced"), (3, 1, 1))

    def _amount(self, value: Decimal) -> str:
        return self.look.locale.amount(value)

    def _balance(self, label: str, amount: Decimal) -> None:
        sheet, places = self.pages.sheet, self._places(self.pages.sheet)
        sheet.text(places["label"][0], self.pages.y, label, self.size, bold=True, width=200)
        if "balance" in places:
            shown = self._amount(amount)
            sheet.text(
                places["balance"][1] - 3, self.pages.y, shown, self.size, align="right", bold=True
            )
        else:
            self._money(places, self.pages.y, amount, bold=True)
        self.pages.y += self.size * 1.9

    def _totals(self) -> None:
        shown = self.look.layout.choose("totals", ("yes", "no")) == "yes"
        if shown and "debit" in self.columns:
            self._total(self.said["totals"][0])

    def _total(self, text: str) -> None:
        sheet, places = self.pages.sheet, self._places(self.pages.sheet)
        sheet.text(places["label"][0], self.pages.y, text, self.size, width=200)
        for column, sign in (("debit", -1), ("credit", 1)):
            total = sum(
                (abs(m.amount) for m in self.account.movements if m.amount * sign > 0), Decimal(0)
            )
            sheet.text(
                places[column][1] - 3,
                self.pages.y,
                self._amount(total),
                self.size,
                align="right",
            )
        self.pages.y += self.size * 1.7


def draw_bank_details(random: Random, holder: Company, *, layout: Layout | None = None) -> Paper:
    """A *relevé d'identité bancaire*."""
    layout = layout or Layout(random)
    framed = layout.choose("details", ("plain", "framed")) == "framed"
    sheet = Sheet(A4)
    iban, bank = draw_iban(random, "FR"), random.choice(words("fr")["banks"])
    sheet.text(60, 70, bank, 15, bold=True)
    sheet.text(60, 110, "RELEVÉ D'IDENTITÉ BANCAIRE", 13, bold=True)
    y = sheet.paragraph(60, 135, "Ce relevé est destiné à être remis à vos créanciers ou "
                        "débiteurs pour vos virements et prélèvements.", 460) + 14  # fmt: skip
    parts = (("Code banque", iban[4:9]), ("Code guichet", iban[9:14]),
             ("N° de compte", iban[14:25]), ("Clé RIB", iban[25:]))  # fmt: skip
    for n, (label, value) in enumerate(parts):
        sheet.text(60 + n * 115, y, label, 8, bold=True)
        sheet.text(60 + n * 115, y + 13, value, 10)
    sheet.text(60, y + 45, f"IBAN {spaced(iban)}", 10)
    sheet.text(60, y + 62, f"BIC {holder.bic}", 10)
    sheet.text(60, y + 90, "Titulaire du compte", 8, bold=True)
    for n, line in enumerate((holder.name, holder.street, holder.place)):
        sheet.text(60, y + 104 + 12 * n, line, 10)
    if framed:
        sheet.frame(50, 90, 545, y + 150)
    return Paper("other", "fr", (sheet,), layout=f"other {layout.name}")
