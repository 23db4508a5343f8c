"""Commercial papers: invoices, credit notes, quotes, orders and delivery notes.

One drawer for all: they are the same paper with another title, other columns and another ending.
The parts stand in `heads`, `blocks`, `tables`, `totals`, `payment` and `feet`; what is said, in `content`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from models.synthetic.blocks import draw_address, draw_references, draw_title
from models.synthetic.content import Content, draw_content
from models.synthetic.feet import draw_feet
from models.synthetic.heads import draw_head
from models.synthetic.layout import Layout
from models.synthetic.paper import Look, Pages, Paper, draw_date, draw_look, number_pages
from models.synthetic.parties import Company
from models.synthetic.payment import draw_payment
from models.synthetic.sheet import Sheet
from models.synthetic.tables import Table, choose_columns, columns_for
from models.synthetic.totals import draw_totals
from models.synthetic.wording import words

CATEGORIES = ("purchase_invoice", "credit_note", "quote", "purchase_order", "delivery_note")
NUMBERED = {
    "purchase_invoice": "invoice_number",
    "credit_note": "credit_note_number",
    "quote": "quote_number",
    "purchase_order": "order_number",
    "delivery_note": "delivery_note_number",
}
LONG = frozenset({"energy", "telecom", "rent", "cleaning"})
"""Trades that bill by the month and may draw the money themselves."""


def draw_commercial(
    random: Random,
    category: str,
    seller: Company,
    buyer: Company,
    lines: int | None = None,
    *,
    layout: Layout | None = None,
) -> Paper:
    """A commercial paper of `seller` for `buyer`; an order is written by the buyer."""
    layout = layout or Layout(random)
    issuer, other = (buyer, seller) if category == "purchase_order" else (seller, buyer)
    currency = None
    if category == "purchase_invoice" and random.random() < 0.04:
        currency = random.choice(("USD", "EUR", "CHF", "GBP"))
    look = draw_look(random, layout, issuer.language, issuer.country, currency=currency)
    chosen = choose_columns(look)
    content = draw_content(look, category, seller, buyer, discounts=chosen == "reduced",
                           includes_vat=chosen == "inclusive", count=lines)  # fmt: skip
    shown = columns_for(look, category)
    pages = _opened(look, issuer, other, content)
    Table(look, pages, content, tuple(shown)).draw()
    said: set[str] = set()
    iban, due = None, content.shows_due
    if category == "delivery_note":
        _reception(look, pages)
    else:
        said = draw_totals(look, pages, content)
        iban, says_due = _ended(look, pages, issuer, other, content)
        due = due or says_due
    if category in ("purchase_invoice", "quote") and random.random() < 0.04:
        _annex(look, pages)
    behind = (
        iban is not None and look.layout.choose("account-in-foot", ("no", "yes"), (3, 1)) == "yes"
    )
    draw_feet(look, pages.sheets, issuer, iban=behind and iban == issuer.iban)
    spoken = "contract" in words(look.language)
    if spoken and category != "delivery_note" and random.random() < 0.09:
        pages.sheets.append(draw_terms(look))
    number_pages(look, pages.sheets)
    known = category in ("purchase_invoice", "credit_note")
    return Paper(
        category,
        issuer.language,
        tuple(pages.sheets),
        _truth(look, seller, buyer, content, shown, iban, said, due=due) if known else None,
        ignore_fields=_opinions(content),
        layout=f"{category} {layout.name}",
    )


def _opened(look: Look, issuer: Company, other: Company, content: Content) -> Pages:
    """The sheets of a paper, of which the first has its head, addressee and references."""
    title = look.random.choice(words(look.language)["titles"][content.category])
    pairs = _pairs(look, content, numbered="{number}" not in title)
    again = look.layout.choose("continuation", ("short", "head", "bare"), (3, 1, 1))

    def begin(sheet: Sheet, number: int) -> float:
        if number == 1:
            y = draw_head(look, sheet, issuer) + look.random.uniform(6, 20)
            y, drawn = draw_address(look, sheet, y, issuer, other, pairs)
            y = draw_title(
                look, sheet, y + look.random.uniform(4, 20), title.format(number=content.number)
            )
            if not drawn:
                y = draw_references(look, sheet, y, pairs)
            if (
                look.layout.choose("intro", ("no", "yes"), (4, 1)) == "yes"
                and content.category == "purchase_invoice"
            ):
                y = sheet.paragraph(
                    look.margin, y + 14, look.say("intro"), sheet.width - 2 * look.margin, look.size
                )
            return y + 6
        if again == "head":
            return draw_head(look, sheet, issuer) + 6
        if again == "short":
            sheet.text(look.margin, 44, issuer.name, look.size, bold=True, width=250)
            shown = f"{look.colon(look.label(NUMBERED[content.category]))} {content.number}"
            sheet.text(sheet.width - look.margin, 44, shown, look.size, align="right", width=220)
            return 58
        return 48

    return Pages(look, begin)


def _pairs(look: Look, content: Content, *, numbered: bool) -> list[tuple[str, str]]:
    """The references a paper carries: number and date first or nearly, others now and then."""
    random, day = look.random, look.locale.day
    pairs = [(look.label("issue_date"), day(content.issued))]
    if numbered or random.random() < 0.25:
        pairs.insert(
            random.choice((0, 0, 1)), (look.label(NUMBERED[content.category]), content.number)
        )
    if content.shows_due:
        pairs.append((look.label("due_date"), day(content.due)))
    if content.category == "quote" and random.random() < 0.5:
        pairs.append((look.label("validity_date"), day(content.due)))
    others = [
        (look.label("customer_number"), content.customer),
        (look.label("supply_date"), day(content.supplied)),
        (look.label("payment_terms"), f"{content.days} {_days(look.language)}"),
    ]
    if content.category != "purchase_order":
        others.append((look.label("order_number"), content.order))
    if content.category == "purchase_invoice":
        start = content.supplied - timedelta(days=30)
        others.append((look.label("service_period"),
                       look.say("period", a=day(start), b=day(content.supplied))))  # fmt: skip
        others.append((look.label("delivery_note_number"), content.customer[::-1] + "7"))
    if content.category == "credit_note":
        pairs.append((look.label("original_invoice_number"), content.original))
    for pair in random.sample(others, random.choice((0, 0, 1, 2, 3))):
        pairs.insert(random.randint(0, len(pairs)), pair)
    return pairs


def _days(language: str) -> str:
    return {"fr": "jours", "de": "Tage", "nl": "dagen", "it": "giorni"}.get(language, "days")


def _ended(
    look: Look, pages: Pages, issuer: Company, other: Company, content: Content
) -> tuple[str | None, bool]:
    """What stands below the totals; returns the IBAN that was printed, and whether the day was on
    which money is due.
    """
    random, size = look.random, look.size
    filled = {"days": content.days, "due": look.locale.day(content.due)}
    pages.y += size
    if content.treatment != "normal":
        pages.write(look.say(content.treatment))
    if content.category == "quote":
        pages.need(90)
        pages.write(look.say("quote", **filled))
        if random.random() < 0.6:
            m = look.margin
            pages.sheet.frame(m, pages.y, m + 220, pages.y + 55)
        return None, False
    if content.category == "purchase_order":
        pages.write(look.say("order_end", **filled))
        return None, False
    if content.category == "credit_note":
        pages.write(look.say("credit", number=content.original))
        return None, False
    direct = issuer.trade in LONG and random.random() < 0.4
    terms = ""
    if direct:
        terms = look.say("debit", **filled)
    elif random.random() < 0.8:
        terms = look.say("terms", **filled)
    if terms:
        pages.write(terms)
    if random.random() < 0.5:
        pages.write(look.say("late"), size=size - 1.5)
    if random.random() < 0.3:
        pages.write(look.say("thanks"))
    due = str(filled["due"]) in terms
    if direct:
        return None, due
    return draw_payment(look, pages, issuer, other, content), due


def _reception(look: Look, pages: Pages) -> None:
    pages.need(110)
    pages.y += 16
    if look.random.random() < 0.5:
        pages.write(
            look.say("parcels", n=look.random.randint(1, 14), weight=look.random.randint(3, 900))
        )
    pages.write(look.say("received"))
    m, y = look.margin, pages.y
    pages.sheet.frame(m, y, m + 240, y + 55)
    if look.random.random() < 0.4:
        pages.sheet.text(m + 20, y + 35, "~" + look.random.choice(("M. L.", "P. Durand", "jb", "A.K.")), 16,
                         hand=True, colour=(0.1, 0.15, 0.5))  # fmt: skip
    pages.y = y + 60


def _annex(look: Look, pages: Pages) -> None:
    """A sheet of details behind the paper: hours, calls, readings."""
    pages.turn()
    pages.y += 16
    pages.write(look.say("annex"), size=look.size + 3, bold=True, after=10)
    right = pages.sheet.width - look.margin
    for _ in range(look.random.randint(6, 26)):
        hours = Decimal(look.random.randint(2, 32)) / 4
        pages.sheet.text(look.margin, pages.y, look.locale.day(draw_date(look.random)), look.size)
        pages.sheet.text(
            look.margin + 110,
            pages.y,
            look.random.choice(words(look.language)["surnames"]),
            look.size,
        )
        pages.sheet.text(right, pages.y, f"{look.locale.number(hours)} h", look.size, align="right")
        pages.y += look.size * 1.7


def draw_terms(look: Look) -> Sheet:
    """General conditions in small print, as they stand on the back of a paper."""
    says, sheet = words(look.language)["contract"], Sheet(family=look.family)
    title = look.random.choice(words(look.language)["terms"])
    sheet.text(look.margin, 60, title, look.size + 2, bold=True)
    columns = look.layout.choose("terms", ("one", "two"), (1, 1))
    wide = sheet.width - 2 * look.margin
    x, y, size = look.margin, 84.0, 6.5
    if columns == "two":
        wide = wide / 2 - 8
    articles = look.random.sample(says["articles"], len(says["articles"]))
    for n, (heading, body) in enumerate(articles * 2, 1):
        if columns == "two" and n == len(articles) + 1:
            x, y = look.margin + wide + 16, 84.0
        elif columns == "one" and n > len(articles):
            break
        sheet.text(x, y, says["article"].format(n=n, title=heading), 7, bold=True, width=wide)
        part = f"{body} {look.random.choice(says['further'])}"
        y = sheet.paragraph(x, y + 9, part, wide, size) + 6
    return sheet


def _opinions(content: Content) -> tuple[str, ...]:
    """What clerks would write down differently: sums nobody printed, lines with VAT in them."""
    unsaid = ("vat_total",) if len(content.vat) > 1 else ()
    return (*unsaid, "line_items") if content.includes_vat else unsaid


def _truth(
    look: Look,
    seller: Company,
    buyer: Company,
    content: Content,
    columns: Any,
    iban: str | None,
    said: set[str],
    *,
    due: bool,
) -> dict[str, Any]:
    vat = content.vat
    return {
        "supplier_name": seller.name,
        "supplier_vat_id": seller.vat_id,
        "supplier_siren": seller.siren,
        "invoice_number": content.number,
        "issue_date": content.issued.isoformat(),
        "due_date": content.due.isoformat() if due else None,
        "currency": look.locale.currency,
        "net_total": f"{content.net:.2f}" if "net" in said else None,
        "vat_total": f"{content.vat_total:.2f}" if vat or "zero" in said else None,
        "gross_total": f"{content.gross:.2f}",
        "amount_due": f"{content.due_amount:.2f}" if content.paid else None,
        "iban": iban,
        "customer_name": buyer.name,
        "vat_lines": [
            {"rate": f"{Decimal(rate):.2f}", "base": f"{base:.2f}", "amount": f"{amount:.2f}"}
            for rate, base, amount in vat
        ],
        "line_items": [
            {
                "description": line.description,
                "quantity": f"{line.quantity.normalize():f}" if "quantity" in columns else None,
                "unit_price": f"{line.price}" if "price" in columns else None,
                "vat_rate": line.rate if vat and "rate" in columns else None,
                "net_amount": f"{line.amount:.2f}",
            }
            for line in content.lines
        ],
    }
