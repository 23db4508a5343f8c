"""What a commercial paper says, before it is laid out: goods, prices, taxes, terms.

The amounts close: the lines and what is added to them make the net total, the rates give the VAT.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from domain.money import cents
from models.synthetic.identifiers import draw_digits
from models.synthetic.paper import Look, draw_date
from models.synthetic.parties import EUROPE, Company
from models.synthetic.wording import Good, countries, trades

Treatment = Literal["normal", "exempt", "reverse", "intra", "export"]
SHAPES = (
    "{y}{n:04d}", "{n:05d}", "{y}-{n:03d}", "{m:02d}{y}/{n:03d}", "{n}", "{yy:02d}{n:04d}",
    "{y}/{m:02d}/{n}", "{n:07d}", "{y}.{n:03d}", "{yy:02d}-{m:02d}-{n:03d}", "{long}",
)  # fmt: skip
PREFIXES = {
    "purchase_invoice": ("F", "FA", "FAC-", "", "", "INV-", "RE", "R-", "VF", "FC/"),
    "credit_note": ("AV", "A", "CN-", "GS", "", "C"),
    "quote": ("D", "DEV-", "Q", "AN", "OFF-", ""),
    "purchase_order": ("CDE-", "PO", "BC", "B-", ""),
    "delivery_note": ("BL", "BL-", "L", "LS", "DN", ""),
}
COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 11, 15, 19, 26, 45, 60)
MEASURED = frozenset({"kWh", "l", "h", "Std", "hour", "uur", "ore", "kg", "m²", "ml", "m"})
"""Units that are counted in fractions."""


@dataclass(frozen=True, slots=True)
class Line:
    code: str
    day: date
    """When it was delivered or done."""
    description: str
    detail: str
    """Small print below the description; may be empty."""
    quantity: Decimal
    unit: str
    price: Decimal
    discount: int
    """Per cent off the price."""
    rate: str

    @property
    def amount(self) -> Decimal:
        return cents(self.price * self.quantity * (100 - self.discount) / 100)


@dataclass(frozen=True, slots=True)
class Extra:
    """Added to the lines, or taken off when negative: shipping, a rebate."""

    label: str
    amount: Decimal
    rate: str


@dataclass(frozen=True, slots=True)
class Content:
    category: str
    number: str
    issued: date
    due: date
    shows_due: bool
    days: int
    supplied: date
    lines: tuple[Line, ...]
    extras: tuple[Extra, ...]
    treatment: Treatment
    includes_vat: bool
    """Prices and lines are said with VAT included, as to private customers."""
    vat: tuple[tuple[str, Decimal, Decimal], ...]
    """(rate, base, amount), by rate; empty when no VAT is charged."""
    net: Decimal
    rounding: Decimal
    paid: Decimal
    order: str
    customer: str
    original: str
    """The invoice that a credit note is about."""

    @property
    def vat_total(self) -> Decimal:
        return sum((amount for _, _, amount in self.vat), Decimal(0))

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat_total + self.rounding

    @property
    def due_amount(self) -> Decimal:
        return self.gross - self.paid


def draw_content(
    look: Look,
    category: str,
    seller: Company,
    buyer: Company,
    *,
    discounts: bool = False,
    includes_vat: bool = False,
    count: int | None = None,
) -> Content:
    random = look.random
    treatment = _treatment(random, seller, buyer)
    includes_vat = includes_vat and treatment == "normal"
    issued, days = draw_date(random), random.choice((8, 10, 14, 15, 30, 30, 30, 45, 60))
    lines = _lines(random, seller, treatment, discounts, count, issued)
    extras = () if includes_vat else _extras(look, seller, lines)
    vat, net = _taxed(lines, extras, treatment, includes_vat=includes_vat)
    gross = net + sum((amount for _, _, amount in vat), Decimal(0))
    rounding = Decimal(0)
    if look.locale.currency == "CHF" and random.random() < 0.35:
        rounding = cents((gross * 20).quantize(Decimal(1)) / 20) - gross
    paid = Decimal(0)
    if category == "purchase_invoice" and gross > 200 and random.random() < 0.08:
        paid = cents(gross * random.choice((20, 30, 50)) / 100)
    return Content(
        category=category,
        number=random.choice(PREFIXES[category]) + _serial(random, issued),
        issued=issued,
        due=issued + timedelta(days=days),
        shows_due=category == "purchase_invoice" and random.random() < 0.7,
        days=days,
        supplied=issued - timedelta(days=random.randint(0, 25)),
        lines=lines,
        extras=extras,
        treatment=treatment,
        includes_vat=includes_vat,
        vat=vat,
        net=net,
        rounding=rounding,
        paid=paid,
        order=random.choice(("PO-", "CDE", "", "4500", "AB/")) + draw_digits(random, 6),
        customer=random.choice(("C", "", "K-", "411")) + draw_digits(random, random.randint(3, 6)),
        original=random.choice(PREFIXES["purchase_invoice"]) + _serial(random, issued),
    )


def _treatment(random: Random, seller: Company, buyer: Company) -> Treatment:
    if seller.vat_id is None and seller.country != "US":
        return "exempt"
    if seller.country != buyer.country:
        if {seller.country, buyer.country} <= EUROPE:
            return "intra" if random.random() < 0.8 else "normal"
        return "export" if random.random() < 0.75 else "normal"
    return "reverse" if random.random() < 0.03 else "normal"


def _lines(
    random: Random,
    seller: Company,
    treatment: Treatment,
    discounts: bool,
    count: int | None,
    issued: date,
) -> tuple[Line, ...]:
    trade, rates = trades(seller.language)[seller.trade], countries()[seller.country]["rates"]
    count = count or random.choice(COUNTS)
    goods: list[Good] = random.sample(trade.goods, min(count, len(trade.goods)))
    goods += random.choices(trade.goods, k=count - len(goods))
    mixed = random.random() < 0.25
    lines = []
    for good in goods:
        rate = trade.rate
        if mixed and random.random() < 0.4:
            rate = random.choice(("standard", "reduced", "middle"))
        price = cents(Decimal(good.cents) / 100 * random.randint(80, 130) / 100)
        if good.cents < 400 and good.unit in MEASURED:
            price = (Decimal(good.cents) / 100 * random.randint(80, 130) / 100).quantize(
                Decimal("0.0001")
            )
        lines.append(
            Line(
                code=random.choice(("", "", "A", "REF", "X-"))
                + draw_digits(random, random.choice((4, 5, 6))),
                day=issued - timedelta(days=random.randint(0, 28)),
                description=good.description,
                detail=_detail(random, look_language=seller.language)
                if random.random() < 0.12
                else "",
                quantity=_quantity(random, good),
                unit=good.unit,
                price=price,
                discount=random.choice((5, 10, 15, 20))
                if discounts and random.random() < 0.5
                else 0,
                rate=rates[rate] if treatment == "normal" else "0",
            )
        )
    return tuple(lines)


def _quantity(random: Random, good: Good) -> Decimal:
    if good.unit == "kWh":
        return Decimal(random.randint(80, 4000))
    if good.unit in MEASURED and random.random() < 0.5:
        places = 2 if good.unit in ("l", "kg") else random.choice((1, 2))
        return Decimal(random.randint(5, 1200)).scaleb(-places) + 1
    if good.cents > 30000:
        return Decimal(random.choice((1, 1, 1, 2, 3)))
    return Decimal(random.choice((1, 1, 1, 2, 3, 4, 5, 8, 10, 12, 24, 100)))


def _detail(random: Random, look_language: str) -> str:
    serial = draw_digits(random, 7)
    said = {
        "fr": ("N° de série {n}", "Réf. chantier {n}", "Livré le 12, bon {n}", "Lot {n}"),
        "en": ("Serial no. {n}", "Site ref. {n}", "Batch {n}"),
        "de": ("Serien-Nr. {n}", "Charge {n}", "Objekt {n}"),
        "nl": ("Serienummer {n}", "Partij {n}", "Werf {n}"),
        "it": ("N. di serie {n}", "Lotto {n}"),
    }[look_language]
    return random.choice(said).format(n=serial)


def _extras(look: Look, seller: Company, lines: tuple[Line, ...]) -> tuple[Extra, ...]:
    random, extras = look.random, []
    total = sum((line.amount for line in lines), Decimal(0))
    # What concerns the whole paper is taxed as its first line is: clear while there is one rate.
    if len({line.rate for line in lines}) > 1 or seller.trade in ("energy", "telecom", "rent"):
        return ()
    rate = lines[0].rate
    if random.random() < 0.1:
        share = random.choice((2, 3, 5, 10))
        extras.append(
            Extra(f"{look.label('discount')} {share} %", -cents(total * share / 100), rate)
        )
    if random.random() < 0.12:
        extras.append(Extra(look.label("shipping"), Decimal(random.randint(450, 4900)) / 100, rate))
    if seller.trade in ("office", "hardware") and random.random() < 0.05:
        extras.append(Extra(look.label("eco_tax"), Decimal(random.randint(10, 400)) / 100, rate))
    return tuple(extras)


def _taxed(
    lines: tuple[Line, ...], extras: tuple[Extra, ...], treatment: Treatment, *, includes_vat: bool
) -> tuple[tuple[tuple[str, Decimal, Decimal], ...], Decimal]:
    sums: dict[str, Decimal] = {}
    parts: tuple[Line | Extra, ...] = (*lines, *extras)
    for part in parts:
        sums[part.rate] = sums.get(part.rate, Decimal(0)) + part.amount
    if treatment != "normal":
        return (), sum(sums.values(), Decimal(0))
    vat = []
    for rate, found in sorted(sums.items(), key=lambda pair: -Decimal(pair[0])):
        base = cents(found / (1 + Decimal(rate) / 100)) if includes_vat else found
        vat.append(
            (rate, base, found - base if includes_vat else cents(base * Decimal(rate) / 100))
        )
    return tuple(vat), sum((base for _, base, _ in vat), Decimal(0))


def _serial(random: Random, issued: date) -> str:
    return random.choice(SHAPES).format(
        y=issued.year, yy=issued.year % 100, m=issued.month, n=random.randint(3, 2999),
        long=draw_digits(random, random.randint(8, 11)),
    )  # fmt: skip
