"""How a paper is put together: the parts that were chosen for it, and the parts held out for tests.

A layout is a choice of parts (a letterhead, a place for the addressee, a way to write the rows of a
table…), never one of a list, so that thousands of them exist. What is trained on drawn paper has to
be tested on paper that is put together otherwise: some parts are held out of training, and papers
drawn to test take the held-out one wherever there is one. The two share no layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

Layouts = Literal["train", "test"]

HELD_OUT: dict[str, frozenset[str]] = {
    # commercial papers and letters
    "head": frozenset({"band", "side"}),
    "address": frozenset({"boxed", "labelled"}),
    "title": frozenset({"filled", "ruled"}),
    "references": frozenset({"box", "line", "boxes"}),
    "columns": frozenset({"quantity-first", "rate-first", "reduced", "typed", "label-first"}),
    "rows": frozenset({"dotted", "grid"}),
    "totals": frozenset({"lined", "left"}),
    "foot": frozenset({"ruled"}),
    # slips
    "items": frozenset({"below"}),
    "moment": frozenset({"beside"}),
    # bank, pay, taxes, forms
    "bank-head": frozenset({"band", "mark"}),
    "payslip-head": frozenset({"centre"}),
    "office": frozenset({"band"}),
    "form-title": frozenset({"left"}),
    "details": frozenset({"framed"}),
}
"""By part: what only papers drawn to test are made of."""


class Layout:
    """Chooses the parts of one paper and remembers them; `layouts` says for which purpose."""

    def __init__(self, random: Random, layouts: Layouts | None = None) -> None:
        self.random = random
        self._layouts = layouts
        self._chosen: dict[str, str] = {}

    def choose(self, part: str, options: Sequence[str], weights: Sequence[float] = ()) -> str:
        """One of `options` for `part`; the second time, what was chosen the first time."""
        if part not in self._chosen:
            shares = dict(zip(options, weights or [1.0] * len(options), strict=True))
            held = HELD_OUT.get(part, frozenset())
            if self._layouts == "train":
                shares = {option: share for option, share in shares.items() if option not in held}
            elif self._layouts == "test" and held & shares.keys():
                shares = {option: share for option, share in shares.items() if option in held}
            self._chosen[part] = self.random.choices(list(shares), list(shares.values()))[0]
        return self._chosen[part]

    @property
    def name(self) -> str:
        """What was chosen, such as ``head=band rows=frame``."""
        return " ".join(f"{part}={chosen}" for part, chosen in self._chosen.items())
