"""A purchase as the books see it: amounts instead of strings, in parts that each take one account.

Strings from paper become amounts here or nowhere: NaN, infinity, an exponent or four hundred digits
are a problem, and the amount is missing. What accounts the parts go to is left to `domain.posting`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from domain.currencies import Quote, rate_of
from domain.documents import Category
from domain.findings import Reading
from domain.money import CENT, ZERO, cents, parse_amount
from domain.problems import Problem

NEAR = Decimal("0.02")
"""Printed sums that differ by no more agree."""
MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class Part:
    """A portion of an invoice that goes to one account with one VAT treatment.

    `vat` is the VAT printed for it, its share where the paper prints one amount a rate. `unit` is
    the net price of one piece where known: it decides between an expense and a fixed asset.
    """

    index: int
    kind: Literal["item", "rate", "total", "deposit"]
    description: str
    net: Decimal
    vat: Decimal
    rate: Decimal | None
    unit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a purchase is in the currency on its paper; `owed` is what its supplier is paid."""

    currency: str
    gross: Decimal
    owed: Decimal


@dataclass(frozen=True, slots=True)
class Purchase:
    """An invoice, credit note or receipt. Amounts are positive whatever the paper's sign."""

    category: str
    supplier_name: str
    number: str
    issue_date: date | None
    currency: str | None
    gross: Decimal | None
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...] = ()
    deposit: Decimal = ZERO
    """What earlier deposit invoices asked for, VAT included, and this one deducts."""
    paid_by: str = ""
    """`domain.countries.PaidBy` where somebody paid at once, as a person said."""
    vat_due_on: str = ""
    """invoice or payment, where a person said when its VAT may be deducted."""
    exchange_rate: Decimal | None = None
    foreign: Foreign | None = None
    """Set once the amounts are in the currency of the books (`converted`)."""

    @property
    def owed(self) -> Decimal | None:
        return None if self.gross is None else self.gross - self.deposit

    @property
    def printed_gross(self) -> Decimal | None:
        """The total in the currency of the paper, by which copies are recognised."""
        return self.gross if self.foreign is None else self.foreign.gross

    @property
    def is_credit(self) -> bool:
        return self.category == Category.CREDIT_NOTE


def purchase_of(reading: Reading, category: str) -> Purchase:
    """The purchase that was read, with a problem for everything that is missing or cannot be."""
    problems: list[Problem] = []
    net = _amount(reading.value("net_total"), "net_total", problems)
    vat = _amount(reading.value("vat_total"), "vat_total", problems)
    gross = _amount(reading.value("gross_total"), "gross_total", problems)
    vat = vat if vat is not None else _of_table(reading, "amount")
    net = net if net is not None else _of_table(reading, "base")
    if gross is None and net is not None and vat is not None:
        gross = net + vat
    if net is None and gross is not None and vat is not None:
        net = gross - vat
    if vat is None and net is not None and gross is not None and net != gross:
        vat = gross - net
        problems.append(
            Problem(
                "vat_not_printed",
                "The VAT is not printed; the difference between the totals was taken for it.",
                "blocking",
                "vat_total",
                {"difference": str(vat)},
            )
        )
    parts = _parts(reading, net, vat, gross, problems)
    if gross is None:
        problems.append(_missing("gross_total", "The total is missing."))
    elif gross == 0:
        problems.append(
            Problem("nothing_to_post", "The total is zero: there is nothing to post.", "blocking")
        )
    elif gross < 0:
        gross = -gross
        parts = [replace(p, net=-p.net, vat=-p.vat) for p in parts]
        if category != Category.CREDIT_NOTE:
            category = Category.CREDIT_NOTE
            problems.append(
                Problem("negative_total", "The total is negative: taken for a credit note.")
            )
    issue_date = _date(reading.value("issue_date"))
    if issue_date is None:
        problems.append(_missing("issue_date", "The date of the document is missing."))
    number = reading.value("invoice_number") or ""
    if not number.strip() and category != Category.RECEIPT:
        problems.append(_missing("invoice_number", "The number of the document is missing."))
    deposit = _amount(reading.value("deposit_total"), "deposit_total", problems) or ZERO
    if deposit and gross and 0 < deposit <= gross:
        parts.append(_deducted(len(parts), deposit, gross, parts))
    elif deposit:
        deposit = ZERO
        problems.append(
            Problem(
                "deposit_exceeds",
                "The deposit to deduct is more than the document asks for.",
                "blocking",
                "deposit_total",
            )
        )
    name = reading.value("supplier_name") or ""
    if not name.strip() and category != Category.RECEIPT:
        problems.append(_missing("supplier_name", "The supplier is missing."))
    return Purchase(
        category=category,
        supplier_name=name,
        number=number,
        issue_date=issue_date,
        currency=reading.value("currency"),
        gross=gross,
        parts=tuple(parts),
        problems=tuple(problems),
        deposit=deposit,
        paid_by=reading.value("paid_by") or "",
        vat_due_on=reading.value("vat_due_on") or "",
        exchange_rate=rate_of(reading.value("exchange_rate")),
    )


def _deducted(index: int, deposit: Decimal, gross: Decimal, parts: Sequence[Part]) -> Part:
    """A deposit as a negative part: the share of VAT, and the rate, that the purchase itself has."""
    vat = sum((part.vat for part in parts), ZERO)
    share = cents(deposit * vat / gross)
    rates = {part.rate for part in parts if part.vat}
    rate = next(iter(rates)) if len(rates) == 1 else _implied_rate(deposit - share, share)
    return Part(index, "deposit", "", share - deposit, -share, rate)


def converted(purchase: Purchase, currency: str, *, in_ours: bool) -> Purchase:
    """`purchase` in the currency of the books, at its own exchange rate; itself when that is its
    currency already or nobody gave a rate. `in_ours` says which way round rates are told.

    What adds up on the paper adds up afterwards: net is what gross leaves beside the VAT.
    """
    paper, rate = purchase.currency, purchase.exchange_rate
    if not paper or paper == currency or rate is None or purchase.gross is None:
        return purchase
    try:
        return _at(Quote(rate, in_ours), purchase, purchase.gross, paper, currency)
    except ValueError:  # a rate that makes more of it than books can hold
        return purchase


def _at(quote: Quote, purchase: Purchase, printed: Decimal, paper: str, currency: str) -> Purchase:
    bought = [part for part in purchase.parts if part.kind != "deposit"]
    net = sum((part.net for part in bought), ZERO)
    vat = sum((part.vat for part in bought), ZERO)
    residual = printed - net - vat
    gross, vat_of_it = quote.ours(printed), quote.ours(vat)
    nets = spread_cents(gross - vat_of_it - quote.ours(residual), [part.net for part in bought])
    vats = spread_cents(vat_of_it, [part.vat for part in bought])
    parts = [
        replace(part, net=ours, vat=tax, unit=None if part.unit is None else quote.ours(part.unit))
        for part, ours, tax in zip(bought, nets, vats, strict=True)
    ]
    deposit = quote.ours(purchase.deposit)
    if deposit:
        parts.append(_deducted(len(parts), deposit, gross, parts))
    return replace(
        purchase,
        currency=currency,
        gross=gross,
        deposit=deposit,
        parts=tuple(parts),
        foreign=Foreign(paper, printed, printed - purchase.deposit),
    )


def _of_table(reading: Reading, column: Literal["base", "amount"]) -> Decimal | None:
    """The sum of a column of the VAT table, when each of its cells is there."""
    cells = [_quiet_amount(getattr(line, column)) for line in reading.vat_lines]
    if not cells or any(cell is None for cell in cells):
        return None
    return sum((cell for cell in cells if cell is not None), ZERO)


def _parts(
    reading: Reading,
    net: Decimal | None,
    vat: Decimal | None,
    gross: Decimal | None,
    problems: list[Problem],
) -> list[Part]:
    """Parts by line item where the lines add up to the totals, else by rate, else one for all."""
    table = _vat_table(reading, net, vat, problems)
    total = net if net is not None else sum((base for _, base, _ in table), ZERO) or None
    items = _items(reading, table, total)
    if items:
        return _share_vat(items, table, vat)
    wording = " · ".join(item.description for item in reading.line_items)[:2000]
    if table and (total is None or abs(sum((b for _, b, _ in table), ZERO) - total) <= NEAR):
        return [
            Part(index, "rate", wording, base, amount, rate)
            for index, (rate, base, amount) in enumerate(table)
        ]
    if net is not None:
        return [Part(0, "total", wording, net, vat or ZERO, _implied_rate(net, vat))]
    if gross is not None:
        return [Part(0, "total", wording, gross, ZERO, None)]
    return []


_Table = list[tuple[Decimal, Decimal, Decimal]]


def _vat_table(
    reading: Reading, net: Decimal | None, vat: Decimal | None, problems: list[Problem]
) -> _Table:
    """The VAT table as (rate, base, amount); empty when a cell cannot be had."""
    rates = [_rate(line.rate) for line in reading.vat_lines]
    bases = [_amount(line.base, "vat_lines", problems) for line in reading.vat_lines]
    amounts = [_amount(line.amount, "vat_lines", problems) for line in reading.vat_lines]
    if len(rates) == 1:
        bases, amounts = (
            [bases[0] if bases[0] is not None else net],
            [amounts[0] if amounts[0] is not None else vat],
        )
    table: _Table = []
    for rate, base, amount in zip(rates, _filled(bases, amounts, rates, net), amounts, strict=True):
        vat_of_it = ZERO if amount is None and rate == 0 else amount
        if rate is None or base is None or vat_of_it is None:
            return []
        if base or vat_of_it:
            table.append((rate, base, vat_of_it))
    return table


def _filled(
    bases: list[Decimal | None],
    amounts: Sequence[Decimal | None],
    rates: Sequence[Decimal | None],
    net: Decimal | None,
) -> list[Decimal | None]:
    """The bases of a VAT table, those that are not printed counted from their tax.

    A tax in whole cents tells its base to half a cent over the rate; what they miss of the net for
    that is put on the largest. Where they miss more, nothing is counted.
    """
    missing = [index for index, base in enumerate(bases) if base is None]
    if not missing or net is None:
        return bases
    filled, slack = list(bases), ZERO
    for index in missing:
        rate, amount = rates[index], amounts[index]
        if not rate or amount is None:
            return bases
        filled[index] = cents(amount * 100 / rate)
        slack += CENT / 2 * 100 / rate + CENT
    off = net - sum((base for base in filled if base is not None), ZERO)
    if abs(off) > slack:
        return bases
    largest = max(missing, key=lambda index: abs(filled[index] or ZERO))
    filled[largest] = (filled[largest] or ZERO) + off
    return filled


def _items(reading: Reading, table: _Table, total: Decimal | None) -> list[Part]:
    """The line items as parts, if they and the totals say the same; none otherwise."""
    rates = {rate for rate, _, _ in table}
    only = next(iter(rates)) if len(rates) == 1 else None
    parts: list[Part] = []
    for item in reading.line_items:
        net = _quiet_amount(item.net_amount)
        rate = _rate(item.vat_rate) if item.vat_rate is not None else only
        if net is None or (rate is None and len(rates) > 1):
            return []
        if net:
            unit = _quiet_amount(item.unit_price)
            parts.append(Part(len(parts), "item", item.description, net, ZERO, rate, unit))
    if not parts or len(parts) > MOST_PARTS or total is None:
        return []
    if abs(sum((p.net for p in parts), ZERO) - total) > NEAR:
        return []
    for rate, base, _ in table:
        if abs(sum((p.net for p in parts if p.rate == rate), ZERO) - base) > NEAR:
            return []
    return parts


def _share_vat(parts: list[Part], table: _Table, vat: Decimal | None) -> list[Part]:
    """The parts with the printed VAT of each rate spread over them by net amount, to the cent."""
    amounts = {rate: amount for rate, _, amount in table}
    if not table:
        spread = dict(enumerate(spread_cents(vat or ZERO, [p.net for p in parts])))
        rate = _implied_rate(sum((p.net for p in parts), ZERO), vat)
        return [replace(p, vat=spread[p.index], rate=p.rate or rate) for p in parts]
    shared = {}
    for rate, amount in amounts.items():
        mine = [p for p in parts if p.rate == rate]
        for part, cell in zip(mine, spread_cents(amount, [p.net for p in mine]), strict=True):
            shared[part.index] = cell
    return [replace(p, vat=shared.get(p.index, ZERO)) for p in parts]


def divided(part: Part, nets: Sequence[Decimal]) -> list[Part]:
    """`part` in shares of so much net each, its VAT spread with them; ValueError unless they are
    whole cents that add up to it.
    """
    if sum(nets, ZERO) != part.net or any(cents(net) != net or not net for net in nets):
        raise ValueError(f"the shares of {part.net} are {', '.join(map(str, nets))}")
    vats = spread_cents(part.vat, nets)
    return [replace(part, net=net, vat=vat) for net, vat in zip(nets, vats, strict=True)]


def spread_cents(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` in as many whole-cent shares as `weights`, which add up to it exactly."""
    total = sum(weights, ZERO)
    if not weights:
        return []
    if total == 0:
        return [amount, *(ZERO for _ in weights[1:])]
    exact = [amount * weight / total for weight in weights]
    rounded = [cents(share) for share in exact]
    rest = amount - sum(rounded, ZERO)
    step = CENT if rest > 0 else -CENT
    # The cents rounding lost or won go to the shares that were furthest from their exact value.
    order = sorted(range(len(weights)), key=lambda i: (exact[i] - rounded[i]) * step, reverse=True)
    for i in order[: int(abs(rest) / CENT)]:
        rounded[i] += step
    return rounded


def _implied_rate(net: Decimal, vat: Decimal | None) -> Decimal | None:
    """The rate that two amounts speak of, to a tenth of a percent; 0 when there is no VAT."""
    if not vat or not net:
        return Decimal(0) if vat is not None else None
    return (vat / net * 100).quantize(Decimal("0.1"))


def _amount(text: str | None, field: str, problems: list[Problem]) -> Decimal | None:
    if text is None or not text.strip():
        return None
    try:
        return parse_amount(text.strip())
    except ValueError:
        problem = Problem(
            "amount_unreadable",
            "An amount on the document cannot be an amount.",
            "blocking",
            field,
            {"text": text[:40]},
        )
        if problem not in problems:
            problems.append(problem)
        return None


def _quiet_amount(text: str | None) -> Decimal | None:
    return _amount(text, "", [])


def _rate(text: str | None) -> Decimal | None:
    """A rate in percent without needless zeros, so that 20, 20.0 and 20.00 are one."""
    value = _quiet_amount(text)
    if value is None or not 0 <= value < 100:
        return None
    return Decimal(int(value)) if value == int(value) else value.normalize()


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def _missing(field: str, message: str) -> Problem:
    return Problem(f"{field}_missing", message, "blocking", field)


def by_severity(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, each once, the blocking ones first."""
    seen: dict[tuple[str, str | None], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.field), problem)
    order = {"blocking": 0, "warning": 1, "info": 2}
    return tuple(sorted(seen.values(), key=lambda p: order[p.severity]))
