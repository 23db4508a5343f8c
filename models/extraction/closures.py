"""Net, VAT and gross that add up: every three of them, and what speaks for each three.

`Total` alone means nothing: the amount that is net plus VAT is the gross. Three amounts that add up by
accident are common in a long list, so that words and other sums weigh with them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from models.extraction.amounts import Amount
from models.extraction.arithmetic import ZERO
from models.extraction.labels import tokens_of
from models.extraction.repair import Sums, Trio
from models.extraction.roles import VAT_WORDS
from models.extraction.vat_table import VatTable
from models.extraction.weights import Weights

MOST_TAX = Decimal("0.25")
"""Of a gross: 28 % on the net is the highest rate met, and a third would be something else."""


@dataclass(frozen=True, slots=True)
class Closure:
    """Three amounts that add up, what speaks for them, and the checks they pass."""

    trio: Trio
    score: float
    checks: tuple[str, ...]


def best_closure(weights: Weights, sums: Sums) -> Closure | None:
    """The three amounts that add up best, if any do well enough to be believed."""
    best: Closure | None = None
    for trio in _closing(weights, sums):
        score, checks = _weigh(trio, weights, sums)
        if best is None or score > best.score:
            best = Closure(trio, score, checks)
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
        for vat in (*weights.of_role["vat"].values(), *added_up(weights, sums))
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
        if (
            vat.role("vat") >= 0.7
            and net.value * vat.value > 0
            and over is not None
            and _may_be_tax(vat, over)
        ):
            yield Trio(net, vat, over)
    yield from _of_table(weights, sums)


def _of_table(weights: Weights, sums: Sums) -> Iterator[Trio]:
    """The sums of a VAT table of several rates, where they make a total and are not printed."""
    rows, tax = sums.table.likely, sums.table.tax
    bases = [row.base for row in rows if row.base is not None]
    where = rows[0].where if rows else None
    if where is None or tax is None or not 1 < len(rows) == len(bases):
        return
    base = sum(bases, ZERO)
    gross = weights.of_role["gross"].get(base + tax)
    if gross is not None and weights.gross(gross) >= 0.5:
        net = weights.of_role["net"].get(base) or replace(where, value=base, roles={"base": 0.8})
        vat = weights.of_role["vat"].get(tax) or replace(where, value=tax, roles={"vat": 0.8})
        yield Trio(net, vat, gross)


def _may_be_tax(vat: Amount, gross: Amount) -> bool:
    return abs(vat.value) <= abs(gross.value) * MOST_TAX and not vat.value == 0 == gross.value


def _untaxed(vat: Amount, gross: Amount, weights: Weights) -> Amount | None:
    """The net before a tax of nothing: the same amount as the gross, said to be net or above it."""
    if vat.role("vat") < 0.6 or weights.gross(gross) < 0.5:
        return None
    found = []
    for net in weights.money:
        above = net.row.page == vat.row.page and 0 <= vat.row.index - net.row.index <= 3
        column = abs(net.box.x1 - vat.box.x1) < 0.03
        if (
            net is not gross
            and net.value == gross.value
            and net.row.index < gross.row.index
            and (net.role("net") >= 0.5 or (above and column and vat.row.index < gross.row.index))
        ):
            found.append(net)
    # Where one line makes the whole, its amount stands above the total as well; and another amount
    # that is more clearly the net says that this is none.
    best = max(found, key=lambda net: net.role("net"), default=None)
    clearest = max(net.role("net") for net in weights.money)
    return None if best is None or best.role("net") < clearest >= 0.9 else best


def added_up(weights: Weights, sums: Sums) -> list[Amount]:
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
    if (part and is_whole(sums.table, weights)) or _is_part(trio, weights, sums):
        # One rate among several adds up as well as all of them do.
        return 0.0, ()
    if "vat lines" in checks:
        score += 0.6
        if vat.value not in weights.of_role["vat"]:
            # A tax that is the sum of the table is no second opinion on it.
            checks = tuple(c for c in checks if c != "vat lines")
    if vat.role("vat") <= 0 and weights.gross(gross) < 0.45:
        return 0.0, ()  # nothing names the tax or the total
    if vat.role("vat") <= 0:
        checks = tuple(c for c in checks if c != "known rate")
        clear = min(net.role("net"), gross.role("gross")) >= 0.8
        told = clear and VAT_WORDS.intersection(tokens_of(vat.context))
        if not told and not {"rate", "vat lines"} & set(checks):
            return 0.0, ()
    score += 0.35 * ("rate" in checks or "known rate" in checks) + 0.5 * ("lines" in checks)
    score -= 0.6 * max(net.role("line"), net.role("price"), net.role("count"))
    score -= 0.6 * max(vat.role("line"), vat.role("price"), vat.role("discount"))
    clear = min(vat.role("vat"), weights.gross(gross)) >= 0.75
    if not checks and vat.value != 0 and not clear:
        # Three amounts that add up by accident are common in a long list.
        score -= 0.5
    return score, checks


def _is_part(trio: Trio, weights: Weights, sums: Sums) -> bool:
    """Whether these are a row of a VAT table, below a total that is clear and confirmed or beside
    rows of other rates.
    """
    parts = [r for r in sums.table.likely if trio.net.row.index in sums.table.parts]
    if any(r.base == trio.net.value and r.amount == trio.vat.value for r in parts):
        return True
    if weights.stand_together(trio) and any(
        max(a.role("gross"), a.role("due")) >= 0.75 and abs(a.value) > abs(trio.gross.value)
        for a in weights.money
    ):
        return True
    total = weights.best("gross")
    if total is None or abs(total.value) <= abs(trio.gross.value):
        return False
    if total is weights.settled.get(trio.gross.value):
        return False
    several = len(sums.table.likely) > 1
    return several and weights.gross(trio.gross) <= 0 and weights.is_confirmed(total)


def is_whole(table: VatTable, weights: Weights) -> bool:
    """Whether the likely VAT table is all of it: its tax is printed, or makes a total."""
    if table.tax is None or table.tax in weights.of_role["vat"]:
        return table.tax is not None
    bases = [r.base for r in table.likely if r.base is not None]
    gross = weights.of_role["gross"].get(sum(bases, table.tax))
    return len(bases) == len(table.likely) and gross is not None and weights.gross(gross) >= 0.5
