"""How a problem of a purchase may be solved: by which value, or by which word of a person.

`ways_of` says what a page may offer and the API takes. What a person settled counts for exactly the
problem they saw: when one of its values changes, it is another problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from domain.money import parse_amount
from domain.posting import NOT_TO_OVERRIDE
from domain.problems import Problem

How = Literal["use", "fill", "accept", "same", "other", "ask_second", "confirm_iban", "write_lines"]
SETTLED_BY_WORD = frozenset({"accept", "other"})
MOST_ACCEPTED = Decimal("0.1")
"""The largest difference a person may accept, as a share of the total; more is a misreading."""

DUPLICATES = frozenset(
    {"duplicate_certain", "duplicate_probable", "duplicate_possible", "einvoice_copy"}
)
IBANS = frozenset({"iban_changed", "iban_asked", "iban_unverified"})

_TWO_VALUES = {
    # problem → the two sources that disagree, as they are named in its values
    "xml_differs_from_page": ("xml", "page"),
    "iban_differs_from_code": ("code", "page"),
    "amount_differs_from_code": ("code",),
    "figure_mended": ("value", "read"),
    "iban_changed": ("known",),
    "iban_asked": ("known",),
    "foreign_currency": ("books",),
    "deposit_open": ("difference",),
}
_SILENT = frozenset(
    {
        "difference_accepted",
        "einvoice_dead",
        "period_locked",
        "rounded",
        "lines_differ",
        "negative_total",
    }
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way out: `use` a value for a field, `fill` it in, `accept` it as it is, say that a
    duplicate is the `same` or an `other`, `confirm_iban` (or ask a second person to), or
    `write_lines`.
    """

    how: How
    field: str | None = None
    value: str | None = None
    source: str = ""
    """Where a value to use comes from: xml, page, code, sum…"""
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a person said of problems; `problems` as they stood then."""

    problems: tuple[Problem, ...]
    how: str
    reason: str
    made_by: str
    made_at: datetime

    def settles(self, problem: Problem) -> bool:
        return self.how in SETTLED_BY_WORD and any(_is(problem, p) for p in self.problems)


def is_final(problem: Problem) -> bool:
    """Whether no reason overrides it, whoever writes the lines: a new account for a large amount,
    which is for two people, and an e-invoice that is none any more.
    """
    return problem.severity == "blocking" and (
        problem.code in IBANS or problem.code == "einvoice_dead"
    )


def settlement_of(problem: Problem, settled: Sequence[Settlement]) -> Settlement | None:
    """The last word on a problem."""
    return next((s for s in reversed(settled) if s.settles(problem)), None)


def ways_of(problem: Problem, values: Mapping[str, str]) -> tuple[Way, ...]:
    """The ways to solve a problem, the likeliest first; `values` are the fields as they stand."""
    code, field = problem.code, problem.field
    blocking = problem.severity == "blocking"
    if code in _SILENT:
        return ()
    if code in DUPLICATES:
        return (Way("same"), Way("other", needs_reason=blocking))
    ways = [
        Way("use", field, str(problem.values[source]), source)
        for source in _TWO_VALUES.get(code, ())
        if problem.values.get(source)
    ]
    if code in IBANS:
        second = code == "iban_changed" and blocking
        return (Way("ask_second" if second else "confirm_iban", needs_reason=second), *ways)
    if code == "foreign_currency":
        return (Way("fill", "exchange_rate"), *ways, Way("write_lines"))
    if code in ("field_contradictory", "total_contradictory") and field and values.get(field):
        ways.append(Way("use", field, values[field], "read"))
    if code == "totals_differ":
        ways += _closing(values)
        if not _may_accept(problem, values):
            return tuple(ways)
    elif code in NOT_TO_OVERRIDE:
        return (*ways, Way("fill", "document.category" if code == "nothing_to_post" else field))
    elif field is not None and not ways:
        ways.append(Way("fill", field))
    if not code.endswith("_missing"):
        ways.append(Way("accept", field, needs_reason=blocking))
    return tuple(ways)


def _closing(values: Mapping[str, str]) -> list[Way]:
    """The one value, of each total in turn, that would make them close."""
    try:
        net, vat, gross = (parse_amount(values[f"{n}_total"]) for n in ("net", "vat", "gross"))
    except (KeyError, ValueError):
        return []
    closing = {"gross_total": net + vat, "net_total": gross - vat, "vat_total": gross - net}
    return [Way("use", name, str(value), "sum") for name, value in closing.items() if value >= 0]


def _may_accept(problem: Problem, values: Mapping[str, str]) -> bool:
    try:
        off = abs(parse_amount(str(problem.values["difference"])))
        return off <= MOST_ACCEPTED * abs(parse_amount(values["gross_total"]))
    except (KeyError, ValueError):
        return False


def _is(problem: Problem, other: Problem) -> bool:
    def said(one: Problem) -> tuple[Any, ...]:
        return one.code, one.field, {key: str(value) for key, value in one.values.items()}

    return said(problem) == said(other)
