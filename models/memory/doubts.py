"""What speaks against a rule, or against the correction that would make one: the checks.

Check digits, sums and dates that were in order before, and are not with a value, speak against that
value. A reading that was in doubt already is no argument: there the person knows better.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from domain import invoices
from domain.findings import Reading
from domain.problems import Problem

SUMS = ("net_total", "vat_total", "gross_total")
DATES = ("due_date", "issue_date")
SPEAKING = {
    "iban_invalid": ("iban",),
    "siren_invalid": ("supplier_siren",),
    "siret_invalid": ("supplier_siret",),
    "vat_id_invalid": ("supplier_vat_id",),
    "totals_differ": SUMS,
    "date_in_future": ("issue_date",),
    "date_long_ago": ("issue_date",),
    "due_before_issue": DATES,
    "due_too_late": DATES,
}
"""Problem → the fields it may be the fault of."""


def new_problems(
    before: Reading, after: Reading, category: str, today: dt.date | None
) -> Iterator[tuple[Problem, tuple[str, ...]]]:
    """The problems of `after` that `before` had not, with the changed fields they speak against."""
    was, now = (
        invoices.check(replace(reading, problems=()), category=category, today=today)
        for reading in (before, after)
    )
    known = {problem.code for problem in was}
    for problem in now:
        changed = tuple(
            name
            for name in SPEAKING.get(problem.code, ())
            if after.value(name) != before.value(name)
        )
        if changed and problem.code not in known:
            yield problem, changed


def held_back(before: Reading, after: Reading, category: str, today: dt.date | None) -> Reading:
    """`after`, which rules made of `before`, without the values that checks speak against; each
    of them is told as a problem.
    """
    fields, told = dict(after.fields), []
    for problem, changed in new_problems(before, after, category, today):
        for name in changed:
            if name not in fields or fields[name].source != "rule":
                continue
            if problem.code == "totals_differ" and name not in before.fields:
                continue  # one of three is wrong, and nothing better is known of this one
            found = fields.pop(name)
            if name in before.fields:
                fields[name] = before.fields[name]
            told.append(
                Problem(
                    "rule_held_back",
                    f"What was learnt of the sender says {found.value}: {problem.message}",
                    "info",
                    name,
                    {"value": found.value, "why": problem.message},
                )
            )
    return replace(after, fields=fields, problems=(*after.problems, *told)) if told else after
