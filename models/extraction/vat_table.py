"""The VAT table of a document: rows that give a rate with its base and its tax.

A row is believed when base x rate gives the tax; a row with a rate and one amount is kept when
its words speak of VAT. Lines of goods also carry rates, and ten pieces look like ten percent, so
that rows of bare numbers come last.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal

from models.extraction.amounts import VAT_WORDS, Amount
from models.extraction.labels import tokens_of
from models.extraction.numbers import Number, Style, numbers_in
from models.extraction.proof import RATES, Rated, closes_at
from models.extraction.rows import Row

_RATES = frozenset(RATES)


def find_rated(amounts: Sequence[Amount], style: Style) -> tuple[Rated, ...]:
    """The rows of the VAT table, one for each rate, in the order they stand."""
    by_row: dict[int, list[Amount]] = {}
    for amount in amounts:
        by_row.setdefault(amount.row.index, []).append(amount)
    whole: list[Rated] = []
    partial: list[Rated] = []
    bare: list[Rated] = []
    for found in by_row.values():
        row = found[0].row
        rates = [n for n in numbers_in(row.text, style) if _is_rate(n)][:8]
        if not rates:
            continue
        money = [a for a in found if a.number.is_amount and a.number not in rates]
        complete = _complete(rates, money)
        if complete is not None:
            told = any(r.percent for r in rates) or _speaks_of_vat(row, found)
            (whole if told else bare).append(complete)
        elif any(r.percent for r in rates) and _speaks_of_vat(row, found):
            tax = [a for a in found if a.number.is_amount]
            rate = next(r for r in rates if r.percent)
            if len(tax) == 1 and tax[0].value > 0 and rate.value in _RATES:
                partial.append(Rated(rate.value, None, tax[0].value, tax[0]))
    lines = _distinct(_summary(whole))
    return lines or _distinct(partial) or _distinct(_summary(bare))


def _is_rate(number: Number) -> bool:
    return number.value in _RATES and (number.percent or number.places <= 2)


def _speaks_of_vat(row: Row, found: Sequence[Amount]) -> bool:
    return bool(set(tokens_of(row.text)) & VAT_WORDS) or any(a.role("vat") >= 0.6 for a in found)


def _complete(rates: Sequence[Number], money: Sequence[Amount]) -> Rated | None:
    for rate in sorted(rates, key=lambda n: not n.percent):
        usable = [a for a in money if a.number is not rate and a.value != 0][-8:]
        for base, tax in itertools.permutations(usable, 2):
            if (
                abs(base.value) > abs(tax.value)
                and base.value * tax.value > 0
                and closes_at(base.value, rate.value, tax.value)
            ):
                if (
                    not rate.percent
                    and base.role("line") + tax.role("line") > 1.5
                    and not _vat_column(tax)
                ):
                    continue
                if abs(tax.value) < Decimal("0.30") and not rate.percent and tax.role("vat") < 0.6:
                    continue
                return Rated(rate.value, base.value, tax.value, tax)
    return None


def _vat_column(amount: Amount) -> bool:
    return bool(set(tokens_of(amount.context)) & VAT_WORDS)


def _summary(rows: Sequence[Rated]) -> list[Rated]:
    """The rows of the summary: those outside the table of lines, when there are any."""
    outside = [r for r in rows if r.where is not None and r.where.role("line") < 0.5]
    return outside or list(rows)


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
        inside = [r for r in same.values() if r.where is not None and r.where.role("line") >= 0.5]
        if len(inside) == len(same) and all(r.base is not None for r in inside):
            base = sum((r.base for r in inside if r.base is not None), Decimal(0))
            merged.append(
                Rated(rate, base, sum((r.amount for r in inside), Decimal(0)), inside[0].where)
            )
        else:
            merged.append(max(same.values(), key=lambda r: (r.closes, r.amount)))
    return tuple(merged)
