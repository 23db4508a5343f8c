"""The totals of an invoice, chosen together so that its arithmetic closes.

`closures` finds the three amounts that belong together; here it is decided how much they are believed:

    proved         net + VAT = gross from three printed amounts whose words say so, and a printed
                   rate, the VAT table or the lines give the same
    consistent     net + VAT = gross, or the same amount stands in two independent places
    read           printed beside its label, nothing to check it with
    contradictory  the labels are clear and the sums do not close

Three amounts that add up are common in a long list, so that a sum without words proves nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.findings import State, VatLine
from domain.money import CENT
from models.extraction.amounts import Amount
from models.extraction.arithmetic import SLACK, ZERO, plausible_rate
from models.extraction.closures import Closure, added_up, best_closure, is_whole
from models.extraction.repair import Sums, repaired
from models.extraction.vat_table import Rated, VatTable, with_base
from models.extraction.weights import Weights

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
    weights = Weights(money, table.parts)
    for amount in amounts:
        if amount.number.places == 0 and amount.value >= 10 and amount.roles:
            weights.of_role["net"].setdefault(amount.value, amount)
    sums = Sums(table, frozenset(line_sums))
    closed = best_closure(weights, sums)
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


def _of_closure(closed: Closure, weights: Weights) -> Totals:
    net, vat, gross = closed.trio
    untold = 0.5 * ("lines" in closed.checks and vat.value != 0)
    told = (
        vat.role("vat") >= 0.5
        and max(net.role("net"), net.role("base"), untold) >= 0.3
        and weights.gross(gross) >= 0.5
    )
    apart = len({(a.row.index, a.number.start) for a in closed.trio}) == 3
    checked = any(c in ("rate", "vat lines", "lines") for c in closed.checks)
    strong = told and apart and checked and not _is_topped(gross, weights)
    return Totals(
        net,
        vat,
        gross,
        state="proved" if strong else "consistent",
        confidence=0.98 if strong else 0.9,
        reasons=("net + vat = gross", *closed.checks),
    )


def _is_topped(gross: Amount, weights: Weights) -> bool:
    """Whether a larger amount is as clearly the total, and nothing says how it comes about."""
    return any(
        max(a.role("gross"), a.role("due")) >= 0.9
        and abs(a.value) > abs(gross.value)
        and (a.value not in weights.settled or weights.settled[a.value].value != gross.value)
        for a in weights.money
    )


def _unclosed(gross: Amount | None, weights: Weights, *, receipt: bool) -> Totals:
    net, vat = weights.best("net"), weights.best("vat")
    if net is not None and net is gross:
        net = None
    if gross is not None and vat is not None and abs(vat.value) * 2 > abs(gross.value):
        vat = None
    if net is not None and gross is not None and net.role("net") < 0.8:
        net = None if _is_on_the_way(net, vat, gross, receipt=receipt) else net
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


def _is_on_the_way(net: Amount, vat: Amount | None, gross: Amount, *, receipt: bool) -> bool:
    """Whether a subtotal is one of a page or of a part, of a slip whose prices hold the tax, or
    before a discount or charges and no tax, rather than the net.
    """
    if net.row.page != gross.row.page:
        return True
    taxed = vat is not None and vat.value != 0
    if net.value == gross.value:
        return taxed or receipt
    added = gross.value - net.value
    return not taxed and (added <= 0 or plausible_rate(net.value, added) is None)


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
    if len(lines) > 1 and totals.net is None and is_whole(sums.table, weights):
        totals = replace(totals, vat=next(iter(added_up(weights, sums)), vat))
    elif net is not None and vat is not None and net.value * vat.value > 0:
        lines = sums.table.for_totals(net.value, vat.value) or with_base(
            net.value, vat.value, sums.table
        )
    elif totals.state == "proved" and vat is not None and vat.value == 0:
        lines = ()
    elif lines and vat is None and totals.gross is not None:
        tax = sums.table.tax or ZERO
        if abs(tax) * 2 > abs(totals.gross.value):
            lines = ()
    if net is not None and vat is not None:
        lines = sums.table.with_untaxed(lines, net.value)
    due = weights.left_of(totals.gross) or weights.best("due")
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
