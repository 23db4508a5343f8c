"""How well each amount of a document fits each part: by its words, its place, its size, its twins."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from decimal import Decimal

from models.extraction.amounts import Amount

MOST_ROUNDING = Decimal("0.05")
_MOST_PAID = 12


class Weights:
    """The amounts of one document that can be money, and what speaks for each.

    `change` are the differences of what was paid and what was given back; `roundings` the sums by
    which a total may have been rounded, both ways. `parts` are the rows of one rate among several.
    """

    def __init__(self, money: Sequence[Amount], parts: Collection[int] = ()) -> None:
        self.money = money
        self._parts = parts
        self._last = max(a.row.index for a in money) or 1
        self.count: dict[Decimal, int] = {}
        for amount in money:
            self.count[amount.value] = self.count.get(amount.value, 0) + 1
        self._on_row: dict[int, set[Decimal]] = {}
        for amount in money:
            self._on_row.setdefault(amount.row.index, set()).add(amount.value)
        self.paid = [a for a in money if max(a.role("payment"), a.role("paid")) >= 0.8][:_MOST_PAID]
        paid = [a.value for a in self.paid]
        self.change = {a - b for a, b in itertools.permutations(paid, 2) if a > b}
        self.roundings = [
            a for a in money if a.role("rounding") >= 0.9 and 0 < abs(a.value) <= MOST_ROUNDING
        ]
        self.of_role = {role: self._by_value(role) for role in ("net", "vat", "gross")}
        self.settled = self._settled()

    def _by_value(self, role: str) -> dict[Decimal, Amount]:
        """One amount for each value, the one that fits the role best."""
        return {a.value: a for a in sorted(self.money, key=lambda a: a.role(role))}

    def _settled(self) -> dict[Decimal, Amount]:
        """What is due once what was paid before is taken off a total, or an old debt is added to
        it → that total.
        """
        before = [a for a in self.money if a.role("paid") >= 0.8 and a.value][:_MOST_PAID]
        before += [a for a in self.money if a.role("previous") >= 0.8 and a.value][:_MOST_PAID]
        due = {a.value: a for a in self.money if max(a.role("due"), a.role("gross")) >= 0.5}
        found: dict[Decimal, Amount] = {}
        for total in self.money:
            if max(total.role("gross"), total.role("due")) < 0.45 or total.value <= 0:
                continue
            for other in before:
                owed = other.role("previous") >= 0.8
                rest = due.get(total.value + (other.value if owed else -abs(other.value)))
                if rest is not None and total.row.index < rest.row.index >= other.row.index:
                    found[rest.value] = total
        return found

    def stand_together(self, amounts: Sequence[Amount]) -> bool:
        """Whether such amounts stand on one row, as the net, the tax and the sum at one rate do."""
        return any({a.value for a in amounts} <= values for values in self._on_row.values())

    def left_of(self, gross: Amount | None) -> Amount | None:
        """What is due of a total after what was paid before or added to it, where that is printed."""
        if gross is None:
            return None
        return next(
            (
                a
                for a in reversed(self.money)
                if a.role("due") >= 0.8
                and a.value in self.settled
                and self.settled[a.value].value == gross.value
            ),
            None,
        )

    def is_confirmed(self, amount: Amount) -> bool:
        """Whether a total stands in two places, or is what was paid less what was given back."""
        return self.count[amount.value] > 1 or amount.value in self.change

    def gross(self, amount: Amount) -> float:
        """What speaks for an amount being the total to pay; 0 when nothing does."""
        score = max(amount.role("gross"), amount.role("due") * 0.7)
        if score <= 0 and amount.value not in self.change:
            return 0.0
        score += 0.15 * amount.row.index / self._last
        score += 0.05 if amount.number.currency else 0.0
        score -= 0.3 if amount.number.places == 0 and amount.number.currency is None else 0.0
        score -= 0.5 if amount.value == 0 else 0.25 if amount.value < 0 else 0.0
        score -= 0.6 if amount.value in self.settled else 0.0
        score -= 0.6 if amount.row.index in self._parts else 0.0
        if amount.value in self.change:
            score += 0.5
        elif any(amount.value == a.value for a in self.paid):
            score += 0.25
        if self.count[amount.value] > 1:
            score += 0.1
        return score

    def net_of(self, value: Decimal) -> Amount | None:
        """The amount that is the net of a total, give or take the rounding that is printed."""
        nets = self.of_role["net"]
        if value in nets:
            return nets[value]
        for rounding in sorted(abs(a.value) for a in self.roundings):
            for sign in (-1, 1):
                net = nets.get(value + sign * rounding)
                if net is not None and max(net.role("net"), net.role("base")) >= 0.5:
                    return net
        return None

    def best(self, part: str) -> Amount | None:
        """The amount that fits a part best, if one does at all."""

        def key(amount: Amount) -> tuple[float, Decimal, int]:
            if part == "gross":
                return (round(self.gross(amount), 2), amount.value, amount.row.index)
            place = 0.1 * amount.row.index / self._last
            return (round(amount.role(part) + place, 2), amount.value, amount.row.index)

        floor = 0.45 if part == "gross" else 0.6
        able = [
            a
            for a in self.money
            if (self.gross(a) if part == "gross" else a.role(part)) >= floor
            and (part == "gross" or a.row.index not in self._parts)
        ]
        return max(able, key=key) if able else None
