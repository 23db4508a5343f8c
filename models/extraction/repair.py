"""One figure misread on a scan, put right when the arithmetic allows a single answer.

Every value is tried in the place of what was read; if two repairs close the sums, none is made. What
was read is kept beside what it became.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from models.extraction.amounts import Amount
from models.extraction.arithmetic import SLACK, ZERO, one_slip_apart, plausible_rate, rate_tells
from models.extraction.vat_table import VatTable


class Trio(NamedTuple):
    """Three amounts of which the first two make the third."""

    net: Amount
    vat: Amount
    gross: Amount


@dataclass(frozen=True, slots=True)
class Sums:
    """What totals are checked against: the VAT table and the sums of the lines."""

    table: VatTable
    lines: frozenset[Decimal]

    def checks(self, net: Decimal, vat: Decimal, gross: Decimal) -> tuple[str, ...]:
        """Which of ``rate`` (or only ``known rate``), ``vat lines`` and ``lines`` agree."""
        found = []
        rows = self.table.for_totals(net, vat)
        if len(rows) > 1 or any(row.base is not None for row in rows):
            # A single tax without its base is the tax once more.
            found.append("vat lines")
        rate = plausible_rate(net, vat, self.table.rates)
        if rate is not None and net * vat > 0:
            found.append("rate" if rate_tells(vat, rate, self.table.rates) else "known rate")
        if any(abs(s - net) <= SLACK or s == gross for s in self.lines):
            found.append("lines")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Repair:
    """Totals with one amount mended: its name, and what was read."""

    trio: Trio
    name: str
    read: Decimal
    checks: tuple[str, ...]


def repaired(parts: Sequence[Sequence[Amount]], sums: Sums) -> Repair | None:
    """The one change of one figure that closes net, VAT and gross with a rate that speaks for it.

    `parts` are the likeliest nets, taxes and totals.
    """
    good: dict[tuple[Decimal, ...], Repair] = {}
    for net, vat, gross in itertools.product(*parts):
        for name, amount, wanted in (
            ("net", net, gross.value - vat.value),
            ("vat", vat, gross.value - net.value),
            ("gross", gross, net.value + vat.value),
        ):
            if wanted <= 0 or not one_slip_apart(amount.value, wanted):
                continue
            mended = Trio(net, vat, gross)._replace(**{name: replace(amount, value=wanted)})
            values = tuple(a.value for a in mended)
            checks = sums.checks(*values)
            if values[1] > ZERO and ("rate" in checks or "known rate" in checks):
                good[values] = Repair(mended, name, amount.value, checks)
    return next(iter(good.values())) if len(good) == 1 else None
