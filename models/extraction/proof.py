"""The totals of an invoice, chosen together so that its arithmetic closes.

`Total` alone means nothing: the amount that is net plus VAT is the gross. All candidates are
weighed at once, and what could be checked decides how much is believed:

    proved         net + VAT = gross from printed amounts, and the VAT or the lines confirm the net
    consistent     net + VAT = gross, or the same amount stands in two independent places
    read           printed beside its label, nothing to check it with
    contradictory  the labels are clear and the sums do not close
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from domain.findings import State, VatLine
from domain.money import CENT
from models.extraction.amounts import Amount

ZERO = Decimal(0)
RATES = tuple(
    Decimal(r)
    for r in (
        "20", "10", "5.5", "2.1", "8.5", "21", "6", "12", "19", "7", "9", "17", "8", "14", "3",
        "8.1", "2.6", "3.8", "7.7", "2.5", "3.7", "15", "5", "18", "22", "23", "4", "25", "13",
        "16", "0.9", "1.75", "1.05",
    )
)  # fmt: skip
"""Rates met in Europe and in the countries whose receipts arrive; a rate outside is no proof."""
MOST_TAX = Decimal("0.25")
"""Of a gross: 28 % on the net is the highest rate met, and a third would be something else."""
_SLACK = Decimal("0.02")
_MOST_ROUNDING = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Rated:
    """A row of a VAT table: percent, base and tax as printed, and where."""

    rate: Decimal
    base: Decimal | None
    amount: Decimal
    where: Amount | None = None

    @property
    def closes(self) -> bool:
        return self.base is not None and closes_at(self.base, self.rate, self.amount)


@dataclass(frozen=True, slots=True)
class Totals:
    """What was chosen; an amount is None when the page does not show it."""

    net: Amount | None = None
    vat: Amount | None = None
    gross: Amount | None = None
    due: Amount | None = None
    vat_lines: tuple[Rated, ...] = ()
    state: State = "read"
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()


def closes_at(base: Decimal, rate: Decimal, amount: Decimal, lines: int = 1) -> bool:
    """Whether `amount` is the tax on `base`, give or take the cents of rounding by line."""
    expected = (base * rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)
    return abs(expected - amount) <= max(_SLACK, min(Decimal("0.10"), CENT * lines))


def plausible_rate(net: Decimal, vat: Decimal) -> Decimal | None:
    """The known rate that gives this tax, if one does and the amounts are large enough to tell."""
    if net <= 0 or vat <= 0:
        return None
    return next((rate for rate in RATES if closes_at(net, rate, vat)), None)


def choose(
    amounts: Sequence[Amount],
    rated: Sequence[Rated] = (),
    line_sums: Collection[Decimal] = (),
    *,
    receipt: bool = False,
    scanned: bool = False,
) -> Totals:
    """The totals among `amounts`. On a scan one misread digit may be put right."""
    money = [a for a in amounts if a.number.is_amount or _named(a)]
    if not money:
        return Totals()
    weights = _Weights(money, receipt=receipt)
    whole = [a for a in amounts if a.number.places == 0 and a.value >= 10]
    for amount in whole:
        weights.net_values.setdefault(amount.value, amount)
    closed = _best_closure(money, weights, rated, line_sums)
    labelled = weights.best("gross")
    if closed is not None and (labelled is None or closed.score >= weights.gross(labelled) + 0.35):
        return _finish(closed.totals(), money, weights, rated, line_sums, receipt=receipt)
    totals = _unclosed(labelled, weights)
    if totals.state == "contradictory" and scanned:
        totals = repaired(totals) or totals
    return _finish(totals, money, weights, rated, line_sums, receipt=receipt)


def _named(amount: Amount) -> bool:
    """A whole number counts as money only when its words say so."""
    return (
        not amount.number.percent
        and max((amount.role(r) for r in ("gross", "net", "vat", "due")), default=0) >= 0.75
        and amount.number.places == 0
        and 0 <= amount.value < 10_000_000
    )


class _Weights:
    """How well each amount fits each part: its words, its place, its size, its twins."""

    def __init__(self, money: Sequence[Amount], *, receipt: bool) -> None:
        self.money = money
        self.receipt = receipt
        self.last = max(a.row.index for a in money) or 1
        self.count: dict[Decimal, int] = {}
        for amount in money:
            self.count[amount.value] = self.count.get(amount.value, 0) + 1
        paid = [a.value for a in money if a.role("payment") >= 1][:12]
        self.change = {a - b for a, b in itertools.permutations(paid, 2) if a > b}
        self.paid = set(paid)
        small = {abs(a.value) for a in money if a.role("rounding") >= 0.9 and a.value}
        self.roundings = sorted({r for a in small if a <= _MOST_ROUNDING for r in (a, -a)})
        self.net_values = {a.value: a for a in sorted(money, key=lambda a: a.role("net"))}
        roles: dict[Decimal, Amount] = {}
        for amount in money:
            if amount.role("vat") > (
                roles[amount.value].role("vat") if amount.value in roles else -1
            ):
                roles[amount.value] = amount
        self.vat_values = roles

    def gross(self, amount: Amount) -> float:
        score = max(amount.role("gross"), amount.role("due") * 0.7)
        if score <= 0:
            return 0.0
        score += 0.15 * amount.row.index / self.last
        score += 0.05 if amount.number.currency else 0.0
        score -= 0.3 if amount.number.places == 0 and amount.number.currency is None else 0.0
        score -= 0.5 if amount.value <= 0 else 0.0
        if amount.value in self.change:
            score += 0.5
        elif amount.value in self.paid:
            score += 0.25
        if self.count[amount.value] > 1:
            score += 0.1
        return score

    def net_of(self, value: Decimal) -> Amount | None:
        """The amount that is the net of a total, give or take the rounding that is printed."""
        found = self.net_values.get(value)
        if found is None:
            found = next(
                (
                    net
                    for rounding in self.roundings
                    if (net := self.net_values.get(value - rounding)) is not None
                    and net.role("net") >= 0.5
                ),
                None,
            )
        return found

    def best(self, part: str) -> Amount | None:
        def key(amount: Amount) -> tuple[float, Decimal, int]:
            if part == "gross":
                return (round(self.gross(amount), 2), amount.value, amount.row.index)
            place = 0.1 * amount.row.index / self.last
            return (round(amount.role(part) + place, 2), amount.value, amount.row.index)

        floor = 0.45 if part == "gross" else 0.6
        able = [
            a for a in self.money if (a.role(part) if part != "gross" else self.gross(a)) >= floor
        ]
        return max(able, key=key) if able else None


@dataclass(frozen=True, slots=True)
class _Closure:
    net: Amount
    vat: Amount | None
    gross: Amount
    score: float
    checks: tuple[str, ...]

    def totals(self) -> Totals:
        independent = len({id(self.net), id(self.vat), id(self.gross)}) == 3
        strong = independent and any(c in ("rate", "vat lines", "lines") for c in self.checks)
        return Totals(
            self.net,
            self.vat,
            self.gross,
            state="proved" if strong else "consistent",
            confidence=0.98 if strong else 0.9,
            reasons=("net + vat = gross", *self.checks),
        )


def _best_closure(
    money: Sequence[Amount],
    weights: _Weights,
    rated: Sequence[Rated],
    line_sums: Collection[Decimal],
) -> _Closure | None:
    table = _sum([r.amount for r in rated])
    by_size = sorted(money, key=lambda a: abs(a.value), reverse=True)
    grosses = sorted(money, key=weights.gross, reverse=True)[:10] + by_size[:4]
    taxes = [*weights.vat_values.values(), *_added_up(rated, table, weights)]
    best: _Closure | None = None
    for gross in {id(g): g for g in grosses}.values():
        base_score = weights.gross(gross)
        for vat in taxes:
            if (
                vat is gross
                or abs(vat.value) > abs(gross.value) * MOST_TAX
                or vat.value == 0 == gross.value
            ):
                continue
            net = weights.net_of(gross.value - vat.value)
            if net is None or net is vat or net is gross or net.value * vat.value < 0:
                continue
            if vat.value == 0 and (
                vat.role("vat") < 0.6 or net.role("net") < 0.5 or base_score < 0.5
            ):
                continue
            score = base_score + 0.8 * net.role("net") + 0.8 * vat.role("vat") + 0.2
            checks = []
            if table is not None and abs(table - vat.value) <= _SLACK:
                score += 0.6
                # A tax that is the sum of the table is no second opinion on it.
                if vat.value in weights.vat_values:
                    checks.append("vat lines")
            if (
                len(rated) > 1 and table == vat.value and _rates_give(net.value, rated)
            ) or plausible_rate(abs(net.value), abs(vat.value)):
                score += 0.35
                checks.append("rate")
            if any(abs(s - net.value) <= _SLACK or s == gross.value for s in line_sums):
                score += 0.5
                checks.append("lines")
            score -= 0.6 * max(net.role("line"), net.role("price"), net.role("count"))
            score -= 0.6 * max(vat.role("line"), vat.role("price"), vat.role("discount"))
            if len(rated) > 1 and any(r.base == net.value and r.amount == vat.value for r in rated):
                score -= 0.8  # one rate among several
            if not checks and vat.value != 0:
                # Three amounts that add up by accident are common in a long list.
                score -= 0.5
            if best is None or score > best.score:
                best = _Closure(net, vat, gross, score, tuple(checks))
    return best if best is not None and best.score >= 1.0 else None


def _added_up(rated: Sequence[Rated], table: Decimal | None, weights: _Weights) -> list[Amount]:
    """The tax of several rates together, where only its parts are printed."""
    if len(rated) < 2 or table is None or table in weights.vat_values:
        return []
    where = rated[0].where
    return [] if where is None else [replace(where, value=table, roles={"vat": 0.8})]


def _rates_give(net: Decimal, rated: Sequence[Rated]) -> bool:
    """Whether the bases that the taxes of a table imply make up the net.

    Half a cent of tax is ten cents of base at 5 %.
    """
    if any(line.rate <= 0 for line in rated):
        return False
    implied = sum((100 * line.amount / line.rate for line in rated), ZERO)
    slack = sum((Decimal("0.6") / line.rate for line in rated), _SLACK)
    return abs(implied - net) <= slack


def _unclosed(gross: Amount | None, weights: _Weights) -> Totals:
    net, vat = weights.best("net"), weights.best("vat")
    if net is not None and net is gross:
        net = None
    if gross is not None and vat is not None and abs(vat.value) * 2 > abs(gross.value):
        vat = None
    if gross is not None and net is not None and net.value > gross.value + _SLACK:
        net = net if net.role("net") >= 0.9 else None
    state: State = "read"
    confidence = 0.7
    reasons: tuple[str, ...] = ("label",)
    if gross is not None:
        if gross.value in weights.change:
            state, confidence, reasons = "consistent", 0.9, ("label", "paid - change")
        elif weights.count[gross.value] > 1:
            state, confidence, reasons = "consistent", 0.82, ("label", "printed twice")
        elif gross.role("gross") < 0.7 and gross.role("due") < 0.7:
            confidence = 0.45
        elif weights.receipt:
            confidence = 0.6  # nothing on the slip speaks for it but one label
        if (
            net is not None
            and vat is not None
            and min(net.role("net"), vat.role("vat"), gross.role("gross")) >= 0.8
            and abs(net.value + vat.value - gross.value) > _SLACK
        ):
            state, confidence, reasons = "contradictory", 0.4, ("net + vat differs from gross",)
    return Totals(net, vat, gross, state=state, confidence=confidence, reasons=reasons)


def _finish(
    totals: Totals,
    money: Sequence[Amount],
    weights: _Weights,
    rated: Sequence[Rated],
    line_sums: Collection[Decimal],
    *,
    receipt: bool,
) -> Totals:
    """The VAT table that belongs to the totals, the rounding, and a different amount due."""
    totals = _rounded(totals, money)
    vat = totals.vat.value if totals.vat else None
    lines = tuple(rated)
    if totals.net is not None and totals.vat is not None and totals.net.value > 0:
        table = _sum([r.amount for r in lines])
        if table is None or abs(table - totals.vat.value) > _SLACK:
            rate = plausible_rate(totals.net.value, totals.vat.value)
            lines = (Rated(rate, totals.net.value, totals.vat.value, totals.vat),) if rate else ()
    elif lines and vat is None and totals.gross is not None:
        table = _sum([r.amount for r in lines])
        if table is None or abs(table) * 2 > abs(totals.gross.value):
            lines = ()
    due = weights.best("due")
    if due is not None and (
        totals.gross is None or due.value == totals.gross.value or due.role("due") < 0.8 or receipt
    ):
        due = None
    if totals.gross is None and receipt:
        totals = _what_was_paid(totals, money)
    if totals.gross is None and line_sums:
        gross = next((a for a in reversed(money) if a.value in line_sums), None)
        if gross is not None:
            totals = replace(totals, gross=gross, confidence=0.6, reasons=("sum of lines",))
    return replace(totals, due=due, vat_lines=lines)


def repaired(totals: Totals) -> Totals | None:
    """The totals with one digit put right, when exactly one such change closes everything.

    Each of the three amounts is tried: it becomes what the two others ask for, if that differs
    from what was read in a single digit and gives a known VAT rate.
    """
    net, vat, gross = totals.net, totals.vat, totals.gross
    if net is None or vat is None or gross is None:
        return None
    good: list[tuple[str, Amount]] = []
    for name, amount, wanted in (
        ("net", net, gross.value - vat.value),
        ("vat", vat, gross.value - net.value),
        ("gross", gross, net.value + vat.value),
    ):
        if wanted <= 0 or not _one_digit_apart(amount.value, wanted):
            continue
        values = {"net": net.value, "vat": vat.value, name: wanted}
        if plausible_rate(values["net"], values["vat"]):
            good.append((name, replace(amount, value=wanted)))
    if len(good) != 1:
        return None
    name, amount = good[0]
    return replace(
        totals,
        net=amount if name == "net" else net,
        vat=amount if name == "vat" else vat,
        gross=amount if name == "gross" else gross,
        state="consistent",
        confidence=0.7,
        reasons=("net + vat = gross", "rate", f"one digit of {name} mended"),
        repaired=(name,),
    )


def _one_digit_apart(one: Decimal, other: Decimal) -> bool:
    a, b = (str(value.quantize(CENT)) for value in (one, other))
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


def _what_was_paid(totals: Totals, money: Sequence[Amount]) -> Totals:
    """The total of a slip that shows none: paid less change, printed somewhere; else what was paid."""
    paid = [a for a in money if a.role("payment") >= 1][:12]
    for given, back in itertools.permutations(paid, 2):
        printed = [a for a in money if a.value == given.value - back.value > 0]
        if given.value > back.value and printed:
            return replace(
                totals, gross=printed[-1], state="consistent", confidence=0.75,
                reasons=("paid - change",),
            )  # fmt: skip
    if len(paid) == 1 and paid[0].value > 0:
        return replace(totals, gross=paid[0], confidence=0.45, reasons=("paid",))
    return totals


def _rounded(totals: Totals, money: Sequence[Amount]) -> Totals:
    """The total after rounding to five cents, where one is printed below the total."""
    if totals.gross is None:
        return totals
    gross = totals.gross
    for amount in money:
        off = abs(amount.value - gross.value)
        if (
            ZERO < off <= Decimal("0.04")
            and amount.row.index > gross.row.index
            and max(amount.role("gross"), amount.role("due")) >= 0.5
        ):
            return replace(
                totals, gross=amount, state="consistent", reasons=(*totals.reasons, "rounded")
            )
    return totals


def _sum(values: Sequence[Decimal]) -> Decimal | None:
    return sum(values, ZERO) if values else None


def vat_lines_of(totals: Totals) -> tuple[VatLine, ...]:
    return tuple(
        VatLine(
            rate=_plain(line.rate),
            base=None if line.base is None else str(line.base.quantize(CENT)),
            amount=str(line.amount.quantize(CENT)),
        )
        for line in totals.vat_lines
    )


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
