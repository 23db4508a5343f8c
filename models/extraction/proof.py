"""The totals of an invoice, chosen together so that its arithmetic closes.

`Total` alone means nothing: the amount that is net plus VAT is the gross. All candidates are
weighed at once, and what could be checked decides how much is believed:

    proved         net + VAT = gross from three printed amounts whose words say so, and a printed
                   rate, the VAT table or the lines give the same
    consistent     net + VAT = gross, or the same amount stands in two independent places
    read           printed beside its label, nothing to check it with
    contradictory  the labels are clear and the sums do not close

Three amounts that add up are common in a long list, so that a sum without words proves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.findings import State, VatLine
from domain.money import CENT
from models.extraction.amounts import Amount
from models.extraction.arithmetic import SLACK, ZERO
from models.extraction.repair import Sums, Trio, repaired
from models.extraction.vat_table import Rated, VatTable, with_base
from models.extraction.weights import Weights

MOST_TAX = Decimal("0.25")
"""Of a gross: 28 % on the net is the highest rate met, and a third would be something else."""
_NO_TABLE = VatTable()


@dataclass(frozen=True, slots=True)
class Totals:
    """What was chosen; an amount is None when the page does not show it. `mended` names an amount
    that was read with one wrong figure, and says what was read.
    """

    net: Amount | None = None
    vat: Amount | None = None
    gross: Amount | None = None
    due: Amount | None = None
    vat_lines: tuple[Rated, ...] = ()
    state: State = "read"
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
    mended: tuple[str, Decimal] | None = None


def choose(
    amounts: Sequence[Amount],
    table: VatTable = _NO_TABLE,
    line_sums: Collection[Decimal] = (),
    *,
    receipt: bool = False,
    scanned: bool = False,
) -> Totals:
    """The totals among `amounts`. On a scan one misread figure may be put right.

    `line_sums` are the totals that the lines of the invoice would make.
    """
    with_cents = {a.row.index for a in amounts if a.number.is_amount}
    money = [
        a for a in amounts if a.number.is_amount or (_named(a) and a.row.index not in with_cents)
    ]
    if not money:
        return Totals()
    weights = Weights(money)
    for amount in amounts:
        if amount.number.places == 0 and amount.value >= 10 and amount.roles:
            weights.of_role["net"].setdefault(amount.value, amount)
    sums = Sums(table, frozenset(line_sums))
    closed = _best_closure(weights, sums)
    labelled = weights.best("gross")
    totals = Totals()
    if closed is not None and (
        labelled is None
        or labelled.value in (closed.trio.net.value, closed.trio.gross.value)
        or closed.score >= weights.gross(labelled) + 0.35
    ):
        totals = _of_closure(closed, weights)
    else:
        totals = _unclosed(labelled, weights, receipt=receipt)
        if scanned and totals.state != "consistent":
            totals = _mended(totals, amounts, sums) or totals
    return _finish(totals, weights, sums, receipt=receipt)


def _named(amount: Amount) -> bool:
    """A whole number counts as money only when its words say so."""
    return (
        not amount.number.percent
        and max((amount.role(r) for r in ("gross", "net", "vat", "due")), default=0) >= 0.75
        and amount.number.places == 0
        and 0 <= amount.value < 10_000_000
    )


@dataclass(frozen=True, slots=True)
class _Closure:
    trio: Trio
    score: float
    checks: tuple[str, ...]


def _of_closure(closed: _Closure, weights: Weights) -> Totals:
    net, vat, gross = closed.trio
    told = (
        vat.role("vat") >= 0.5
        and max(net.role("net"), net.role("base"), 0.5 * ("lines" in closed.checks)) >= 0.3
        and weights.gross(gross) >= 0.5
    )
    apart = len({(a.row.index, a.number.start) for a in closed.trio}) == 3
    strong = told and apart and any(c in ("rate", "vat lines", "lines") for c in closed.checks)
    return Totals(
        net,
        vat,
        gross,
        state="proved" if strong else "consistent",
        confidence=0.98 if strong else 0.9,
        reasons=("net + vat = gross", *closed.checks),
    )


def _best_closure(weights: Weights, sums: Sums) -> _Closure | None:
    best: _Closure | None = None
    for trio in _closing(weights, sums):
        score, checks = _weigh(trio, weights, sums)
        if best is None or score > best.score:
            best = _Closure(trio, score, checks)
    return best if best is not None and best.score >= 1.0 else None


def _closing(weights: Weights, sums: Sums) -> Iterator[Trio]:
    """Every net, VAT and gross that add up: from likely totals downwards, and from labelled parts
    upwards to a sum whose own words were not understood.
    """
    money = weights.money
    by_size = sorted(money, key=lambda a: abs(a.value), reverse=True)
    grosses = sorted(money, key=weights.gross, reverse=True)[:10] + by_size[:4]
    taxes = [
        vat
        for vat in (*weights.of_role["vat"].values(), *_added_up(weights, sums))
        if vat.role("payment") < 0.8
    ]
    likeliest = max(map(weights.gross, grosses))
    for gross in {id(g): g for g in grosses}.values():
        for vat in taxes:
            if vat is gross or not _may_be_tax(vat, gross):
                continue
            net = weights.net_of(gross.value - vat.value)
            if vat.value == 0:
                likely = weights.gross(gross) >= likeliest - 0.1
                net = _untaxed(vat, gross, weights) if likely else None
            if net is None or net in (vat, gross) or net.role("payment") >= 0.8:
                continue
            if net.value * vat.value >= 0:
                yield Trio(net, vat, gross)
    nets = [a for a in money if a.role("net") >= 0.6]
    for net, vat in itertools.product(nets[:12], taxes[:40]):
        over = weights.of_role["gross"].get(net.value + vat.value)
        if vat.role("vat") >= 0.7 and vat.value and over is not None and _may_be_tax(vat, over):
            yield Trio(net, vat, over)


def _may_be_tax(vat: Amount, gross: Amount) -> bool:
    return abs(vat.value) <= abs(gross.value) * MOST_TAX and not vat.value == 0 == gross.value


def _untaxed(vat: Amount, gross: Amount, weights: Weights) -> Amount | None:
    """The net before a tax of nothing: the same amount as the gross, said to be net or above it."""
    if vat.role("vat") < 0.6 or weights.gross(gross) < 0.5:
        return None
    for net in weights.money:
        above = net.row.page == vat.row.page and 0 <= vat.row.index - net.row.index <= 3
        column = abs(net.box.x1 - vat.box.x1) < 0.03
        if (
            net is not gross
            and net.value == gross.value
            and net.row.index < gross.row.index
            and (net.role("net") >= 0.5 or (above and column and vat.row.index < gross.row.index))
        ):
            return net
    return None


def _added_up(weights: Weights, sums: Sums) -> list[Amount]:
    """The tax of several rates together, where only its parts are printed."""
    likely, tax = sums.table.likely, sums.table.tax
    if len(likely) < 2 or tax is None or tax in weights.of_role["vat"]:
        return []
    where = likely[0].where
    return [] if where is None else [replace(where, value=tax, roles={"vat": 0.8})]


def _weigh(trio: Trio, weights: Weights, sums: Sums) -> tuple[float, tuple[str, ...]]:
    """What speaks for three amounts that add up, and which checks they pass."""
    net, vat, gross = trio
    score = weights.gross(gross) + 0.8 * net.role("net") + 0.8 * vat.role("vat") + 0.2
    checks = sums.checks(net.value, vat.value, gross.value)
    likely = sums.table.likely
    part = any(r.amount == vat.value != sums.table.tax for r in likely)
    if part and _is_whole(sums.table, weights):
        # One rate among several adds up as well as all of them do.
        return 0.0, ()
    if "vat lines" in checks:
        score += 0.6
        if vat.value not in weights.of_role["vat"]:
            # A tax that is the sum of the table is no second opinion on it.
            checks = tuple(c for c in checks if c != "vat lines")
    if vat.role("vat") <= 0:
        checks = tuple(c for c in checks if c != "known rate")
        if not {"rate", "vat lines"} & set(checks):
            return 0.0, ()
    score += 0.35 * ("rate" in checks or "known rate" in checks) + 0.5 * ("lines" in checks)
    score -= 0.6 * max(net.role("line"), net.role("price"), net.role("count"))
    score -= 0.6 * max(vat.role("line"), vat.role("price"), vat.role("discount"))
    clear = min(vat.role("vat"), weights.gross(gross)) >= 0.75
    if not checks and vat.value != 0 and not clear:
        # Three amounts that add up by accident are common in a long list.
        score -= 0.5
    return score, checks


def _is_whole(table: VatTable, weights: Weights) -> bool:
    """Whether the likely VAT table is all of it: its tax is printed, or makes a total."""
    if table.tax is None or table.tax in weights.of_role["vat"]:
        return table.tax is not None
    bases = [r.base for r in table.likely if r.base is not None]
    gross = weights.of_role["gross"].get(sum(bases, table.tax))
    return len(bases) == len(table.likely) and gross is not None and weights.gross(gross) >= 0.5


def _unclosed(gross: Amount | None, weights: Weights, *, receipt: bool) -> Totals:
    net, vat = weights.best("net"), weights.best("vat")
    if net is not None and net is gross:
        net = None
    if gross is not None and vat is not None and abs(vat.value) * 2 > abs(gross.value):
        vat = None
    if net is not None and gross is not None and net.role("net") < 0.8:
        # A sum on the way: of a page, or of a slip whose prices hold the tax.
        taxed = vat is not None and vat.value and net.value == gross.value
        net = None if taxed or net.row.page != gross.row.page else net
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
        elif receipt:
            confidence = 0.6  # nothing on the slip speaks for it but one label
        if (
            net is not None
            and vat is not None
            and min(net.role("net"), vat.role("vat"), gross.role("gross")) >= 0.8
            and abs(net.value + vat.value - gross.value) > SLACK
        ):
            state, confidence, reasons = "contradictory", 0.4, ("net + vat differs from gross",)
    return Totals(net, vat, gross, state=state, confidence=confidence, reasons=reasons)


def _mended(totals: Totals, amounts: Sequence[Amount], sums: Sums) -> Totals | None:
    """The totals with one figure put right, when exactly one such change closes everything."""
    parts = [[a for a in amounts if a.role(role) >= 0.7][-3:] for role in ("net", "vat", "gross")]
    found = repaired(parts, sums)
    if found is None:
        return None
    return replace(
        totals,
        net=found.trio.net,
        vat=found.trio.vat,
        gross=found.trio.gross,
        state="consistent",
        confidence=0.7,
        reasons=("net + vat = gross", *found.checks, f"one figure of {found.name} mended"),
        mended=(found.name, found.read),
    )


def _finish(totals: Totals, weights: Weights, sums: Sums, *, receipt: bool) -> Totals:
    """The VAT table that belongs to the totals, the rounding, and a different amount due."""
    money = weights.money
    net, vat = totals.net, totals.vat
    totals = _rounded(totals, weights)
    lines = sums.table.likely
    if len(lines) > 1 and totals.net is None and _is_whole(sums.table, weights):
        totals = replace(totals, vat=next(iter(_added_up(weights, sums)), vat))
    elif net is not None and vat is not None and net.value * vat.value > 0:
        lines = sums.table.for_totals(net.value, vat.value) or with_base(
            net.value, vat.value, sums.table
        )
    elif lines and vat is None and totals.gross is not None:
        tax = sums.table.tax or ZERO
        if abs(tax) * 2 > abs(totals.gross.value):
            lines = ()
    due = weights.best("due")
    if due is not None and (
        totals.gross is None or due.value == totals.gross.value or due.role("due") < 0.8 or receipt
    ):
        due = None
    if totals.gross is None:
        totals = _what_was_paid(totals, weights, receipt=receipt)
    if totals.gross is None and sums.lines:
        gross = next((a for a in reversed(money) if a.value in sums.lines), None)
        if gross is not None:
            totals = replace(totals, gross=gross, confidence=0.6, reasons=("sum of lines",))
    return replace(totals, due=due, vat_lines=lines)


def _what_was_paid(totals: Totals, weights: Weights, *, receipt: bool) -> Totals:
    """The total of a slip that shows none: paid less change, printed somewhere; else what was paid."""
    for given, back in itertools.permutations(weights.paid, 2):
        value = given.value - back.value
        printed = [a for a in weights.money if a.value == value > 0]
        if printed:
            return replace(
                totals, gross=printed[-1], state="consistent", confidence=0.75,
                reasons=("paid - change",),
            )  # fmt: skip
    if receipt and len(weights.paid) == 1 and weights.paid[0].value > 0:
        return replace(totals, gross=weights.paid[0], confidence=0.45, reasons=("paid",))
    return totals


def _rounded(totals: Totals, weights: Weights) -> Totals:
    """The total after rounding to five cents: printed below the total, or what the rounding printed
    below it makes.
    """
    if totals.gross is None:
        return totals
    gross = totals.gross
    below = [a for a in weights.money if a.row.index > gross.row.index]
    for amount in below:
        off = abs(amount.value - gross.value)
        if ZERO < off <= Decimal("0.04") and max(amount.role("gross"), amount.role("due")) >= 0.5:
            return replace(
                totals, gross=amount, state="consistent", reasons=(*totals.reasons, "rounded")
            )
    rounding = next((a for a in weights.roundings if a in below), None)
    if rounding is None or (gross.value + rounding.value) % (5 * CENT):
        return totals
    paid = gross.value + rounding.value in weights.change
    return replace(
        totals,
        gross=replace(gross, value=gross.value + rounding.value),
        state="consistent" if paid or totals.state == "proved" else totals.state,
        confidence=min(totals.confidence, 0.9),
        reasons=(*totals.reasons, "rounded"),
    )


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
