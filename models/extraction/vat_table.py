"""The VAT table of a document: rows that give a rate with its base and its tax.

A row is believed when base x rate gives the tax; a row with a rate and one amount is kept when
its words speak of VAT. Lines of goods also carry rates, and ten pieces look like ten percent: which
of the rows make the table is decided by the tax and the net they must add up to, where those are
known, and by their words otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.printed.numbers import Number, Style, numbers_in
from models.extraction.amounts import Amount
from models.extraction.arithmetic import RATES, SLACK, ZERO, closes_at, plausible_rate
from models.extraction.labels import tokens_of
from models.extraction.roles import VAT_WORDS
from models.extraction.rows import Row

_RATES = frozenset(RATES)
_MOST_ROWS = 10
_MOST_RATES = 4
_MOST_WAYS = 3
_HIGHEST_RATE = 30


@dataclass(frozen=True, slots=True)
class Rated:
    """A row of a VAT table: percent, base and tax as printed, and where."""

    rate: Decimal
    base: Decimal | None
    amount: Decimal
    where: Amount | None = None
    told: bool = True
    """Whether it says that it is about VAT, by a percent sign or in words."""

    @property
    def among_goods(self) -> bool:
        return self.where is not None and self.where.role("line") >= 0.5


@dataclass(frozen=True, slots=True)
class VatTable:
    """What may be the VAT table: the rows `likely` by their words, and all `ways` to choose rows of
    different rates, each with its tax; and the `rates` that are printed anywhere.
    """

    likely: tuple[Rated, ...] = ()
    ways: tuple[tuple[Decimal, tuple[Rated, ...]], ...] = ()
    rates: frozenset[Decimal] = frozenset()
    says_rates: bool = False
    """Whether a rate stands beside words of VAT."""
    untaxed: tuple[Rated, ...] = ()
    """The rows of 0 %. They prove nothing, for no tax fits any base."""

    @property
    def parts(self) -> frozenset[int]:
        """The rows that are one rate among several: what they sum up is never the whole."""
        rows = frozenset(r.where.row.index for r in self.likely if r.where is not None)
        return rows if len(rows) > 1 else frozenset()

    @property
    def tax(self) -> Decimal | None:
        return sum((r.amount for r in self.likely), ZERO) if self.likely else None

    def for_totals(self, net: Decimal, vat: Decimal) -> tuple[Rated, ...]:
        """The rows that add up to this tax, on bases that are no more than the net; none if no
        rows do.
        """
        best = max(
            ((self._weight(rows, net), rows) for tax, rows in self.ways if abs(tax - vat) <= SLACK),
            key=lambda pair: pair[0],
            default=((-1.0, 0), ()),
        )
        return best[1] if best[0][0] > 0 else ()

    def with_untaxed(self, rows: tuple[Rated, ...], net: Decimal) -> tuple[Rated, ...]:
        """`rows` and the one of 0 % where its base is what they leave of the net."""
        bases = [r.base for r in rows if r.base is not None]
        rest = net - sum(bases, ZERO)
        found = next((r for r in self.untaxed if r.base == rest != 0), None)
        if found is None or len(bases) < len(rows):
            return rows
        return tuple(sorted((*rows, found), key=_place))

    def _weight(self, rows: tuple[Rated, ...], net: Decimal) -> tuple[float, int]:
        bases = [r.base for r in rows]
        weight = 1.0 if rows == self.likely else 0.5
        if None not in bases:
            base = sum((b for b in bases if b is not None), ZERO)
            if abs(base - net) <= SLACK * len(rows):
                weight += 2.0
            elif abs(base) > abs(net) + SLACK * len(rows):
                return (0.2 if rows == self.likely else 0.0), 0
            else:
                weight += 0.5  # a part of the net is exempt
        elif len(rows) > 1 and _imply(rows, net):
            weight += 1.5
        weight -= 0.4 * sum(not r.told for r in rows) + 0.2 * any(r.among_goods for r in rows)
        return weight, -len(rows)


def _place(row: Rated) -> int:
    return -1 if row.where is None else row.where.row.index


def _imply(rows: Sequence[Rated], net: Decimal) -> bool:
    """Whether the bases that the taxes of a table imply make up the net.

    Half a cent of tax is ten cents of base at 5 %.
    """
    if any(row.rate <= 0 for row in rows):
        return False
    implied = sum((100 * row.amount / row.rate for row in rows), ZERO)
    return abs(implied - net) <= sum((Decimal("0.6") / row.rate for row in rows), SLACK)


def with_base(net: Decimal, vat: Decimal, table: VatTable) -> tuple[Rated, ...]:
    """The table of one rate that the totals make, where no row says more."""
    rate = plausible_rate(net, vat, table.rates)
    if rate is None or (table.says_rates and rate not in table.rates):
        return ()  # a part is exempt
    return (Rated(rate, net, vat),)


def find_vat_table(amounts: Sequence[Amount], style: Style) -> VatTable:
    """The rows that may be of the VAT table, in the order they stand."""
    by_row: dict[int, list[Amount]] = {}
    for amount in amounts:
        by_row.setdefault(amount.row.index, []).append(amount)
    bases = _alone(by_row)
    whole: list[Rated] = []
    partial: list[Rated] = []
    bare: list[Rated] = []
    others: list[Rated] = []
    untaxed: list[Rated] = []
    printed: set[Decimal] = set()
    says_rates = False
    for found in by_row.values():
        row = found[0].row
        numbers = numbers_in(row.text, style)
        untaxed.extend(_untaxed(numbers, found))
        rates = [n for n in numbers if _is_rate(n)][:8]
        rates = [n for n in rates if n.percent] or rates
        if not rates:
            continue
        speaks = _speaks_of_vat(row, found)
        printed.update(n.value for n in rates if n.percent and (speaks or n.value in _RATES))
        says_rates = says_rates or (speaks and any(n.percent for n in rates))
        money = [a for a in found if a.number.is_amount and not _is_allowance(a)]
        complete = _complete(rates, money)
        if complete:
            told = any(r.percent for r in rates) or speaks
            (whole if told else bare).append(complete[0])
            others.extend(replace(r, told=told) for r in complete[1:])
        elif speaks and any(r.percent for r in rates):
            row_of_tax = _without_base(rates, found, bases)
            if row_of_tax is not None:
                partial.append(row_of_tax)
    bare = [replace(r, told=False) for r in bare]
    likely = _distinct(_summary(whole)) or _distinct(partial) or _distinct(_summary(bare))
    rows = list(
        {(r.rate, r.base, r.amount): r for r in (*whole, *partial, *bare, *others)}.values()
    )
    rows.sort(key=lambda r: (not r.told, r.among_goods))
    printed.update(r.rate for r in likely)
    ways = tuple(_ways(likely, rows[:_MOST_ROWS]))
    return VatTable(likely, ways, frozenset(printed), says_rates, tuple(untaxed))


def _ways(
    likely: tuple[Rated, ...], rows: Sequence[Rated]
) -> Iterator[tuple[Decimal, tuple[Rated, ...]]]:
    if likely:
        yield sum((r.amount for r in likely), ZERO), likely
    for size in range(1, min(len(rows), _MOST_RATES) + 1):
        for way in itertools.combinations(rows, size):
            if len({r.rate for r in way}) == size:
                yield sum((r.amount for r in way), ZERO), way


def _is_rate(number: Number) -> bool:
    """A known rate, or any that is printed with its sign: sales taxes differ from town to town."""
    if number.percent:
        return 0 < number.value <= _HIGHEST_RATE
    return number.value in _RATES and number.places <= 2


def _untaxed(numbers: Sequence[Number], found: Sequence[Amount]) -> Iterator[Rated]:
    """A row of 0 %, its base and a tax of 0.00, each said to be that by the head of its column."""
    rate = next((n for n in numbers if n.percent and n.value == 0), None)
    if rate is None or any(n.percent and n.value != 0 for n in numbers):
        return
    bases = [a for a in found if max(a.role("base"), a.role("net")) >= 0.5 and a.value != 0]
    taxes = [a for a in found if a.role("vat") >= 0.6 and a.value == 0]
    if bases and taxes and bases[0].number.end <= taxes[0].number.start:
        yield Rated(rate.value, bases[0].value, taxes[0].value, taxes[0])


def _without_base(
    rates: Sequence[Number], found: Sequence[Amount], bases: Mapping[int, Amount]
) -> Rated | None:
    """A row that gives a rate and one tax; its base may stand on the next row."""
    money = [a for a in found if a.number.is_amount]
    taxes = [a for a in money if a.role("vat") >= 0.6] or money
    if len(taxes) != 1 or taxes[0].value == 0 or taxes[0].role("gross") >= 0.6:
        return None
    tax = taxes[0]
    before = [r.value for r in rates if r.percent and r.end <= tax.number.start]
    rate = before[-1] if before else next(r.value for r in rates if r.percent)
    return Rated(rate, _base_beside(tax, rate, bases), tax.value, tax)


def _alone(by_row: Mapping[int, Sequence[Amount]]) -> dict[int, Amount]:
    """The amounts that stand alone on their row and are said to be net, by row."""
    return {
        index: found[0]
        for index, found in by_row.items()
        if len(found) == 1 and max(found[0].role("net"), found[0].role("base")) >= 0.6
    }


def _base_beside(tax: Amount, rate: Decimal, bases: Mapping[int, Amount]) -> Decimal | None:
    """The base of a tax on the row below or above it: `dont TVA 20 %  2,69`, then `HT  13,43`."""
    for index in (tax.row.index + 1, tax.row.index - 1):
        base = bases.get(index)
        if (
            base is not None
            and base.row.page == tax.row.page
            and abs(base.value) > abs(tax.value)
            and closes_at(base.value, rate, tax.value)
        ):
            return base.value
    return None


def _is_allowance(amount: Amount) -> bool:
    """`Frais 2 % sur 100,00 : 2,00` is no tax."""
    return max(amount.role("discount"), amount.role("charge"), amount.role("paid")) >= 0.9


def _speaks_of_vat(row: Row, found: Sequence[Amount]) -> bool:
    return bool(set(tokens_of(row.text)) & VAT_WORDS) or any(a.role("vat") >= 0.6 for a in found)


def _complete(rates: Sequence[Number], money: Sequence[Amount]) -> list[Rated]:
    """The ways to see a base and its tax among the amounts of a row, the likeliest first."""
    found: list[Rated] = []
    for rate in sorted(rates, key=lambda n: not n.percent):
        usable = [a for a in money if a.number is not rate and a.value != 0][-8:]
        for base, tax in itertools.permutations(usable, 2):
            if (
                abs(base.value) <= abs(tax.value)
                or base.value * tax.value <= 0
                or not closes_at(base.value, rate.value, tax.value)
            ):
                continue
            goods = base.role("line") + tax.role("line") > 1.5 and not _vat_column(tax)
            small = abs(tax.value) < Decimal("0.30") and tax.role("vat") < 0.6
            if rate.percent or not (goods or small):
                found.append(Rated(rate.value, base.value, tax.value, tax))
    return found[:_MOST_WAYS]


def _vat_column(amount: Amount) -> bool:
    return bool(set(tokens_of(amount.context)) & VAT_WORDS)


def _summary(rows: Sequence[Rated]) -> list[Rated]:
    """The rows of the summary: those outside the table of lines, when there are any."""
    return [r for r in rows if not r.among_goods] or list(rows)


def _distinct(rows: Sequence[Rated]) -> tuple[Rated, ...]:
    """One row for a rate. Rows at one rate with different amounts are the lines of goods: they
    are added up.
    """
    seen: dict[Decimal, dict[Decimal, Rated]] = {}
    for row in rows:
        seen.setdefault(row.rate, {}).setdefault(row.amount, row)
    merged: list[Rated] = []
    for rate, same in seen.items():
        if len(same) == 1:
            merged.append(next(iter(same.values())))
            continue
        inside = [r for r in same.values() if r.among_goods]
        if len(inside) == len(same) and all(r.base is not None for r in inside):
            base = sum((r.base for r in inside if r.base is not None), ZERO)
            merged.append(Rated(rate, base, sum((r.amount for r in inside), ZERO), inside[0].where))
        else:
            merged.append(max(same.values(), key=lambda r: (r.base is not None, r.amount)))
    return tuple(merged)
