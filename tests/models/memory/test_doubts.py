"""A rule stands back where the checks speak against what it says, and that is told."""

from __future__ import annotations

import datetime as dt

from domain.findings import Finding, Reading
from domain.rules import ActiveRule, Memory, Rule, Sender
from domain.suppliers import Identity
from models.extraction import Own
from models.memory import letterhead_of, new_problems, with_rules
from tests.models.extraction.paper import page

NO_ONE = Own()
PAPER = page("""
Ateliers Bonvallet Menuiserie
12 rue des Tanneurs Besançon
Compte FR76 3000 6000 0112 3456 7890 188
""")


def read(reading: Reading, *rules: Rule) -> Reading:
    sender = Sender(
        "snd_1",
        Identity("Ateliers Bonvallet"),
        letterhead_of(PAPER, NO_ONE),
        tuple(ActiveRule(f"rul_{n}", rule) for n, rule in enumerate(rules)),
    )
    return with_rules(reading, [PAPER], Memory((sender,)), own=NO_ONE, today=dt.date(2026, 11, 22))


def totals(net: str, vat: str, gross: str) -> Reading:
    values = {"net_total": net, "vat_total": vat, "gross_total": gross}
    return Reading({name: Finding(value, 0.8) for name, value in values.items()})


def always(field: str, value: str) -> Rule:
    return Rule(field, "constant", value)


def test_a_rule_that_breaks_the_sums_stands_back_and_says_so() -> None:
    found = read(totals("100.00", "20.00", "120.00"), always("gross_total", "84.00"))

    assert found.value("gross_total") == "120.00"
    (problem,) = found.problems
    assert (problem.code, problem.severity, problem.field) == (
        "rule_held_back",
        "info",
        "gross_total",
    )
    assert "84.00" in problem.message


def test_a_rule_acts_on_sums_that_did_not_close_before() -> None:
    found = read(totals("100.00", "20.00", "100.00"), always("gross_total", "121.00"))

    assert (found.value("gross_total"), found.problems) == ("121.00", ())


def test_an_account_whose_check_digits_fail_is_not_taken_from_a_rule() -> None:
    found = read(Reading({}), always("iban", "FR7630006000011234567890188"))

    assert found.value("iban") is None
    assert [problem.field for problem in found.problems] == ["iban"]


def test_a_due_date_before_the_issue_date_is_not_counted() -> None:
    issued = Reading({"issue_date": Finding("2026-03-11", 0.9)})

    found = read(issued, Rule("due_date", "days", "-3"))

    assert found.value("due_date") is None


def test_only_what_a_value_made_fail_speaks_against_it() -> None:
    wrong, also_wrong = totals("100.00", "20.00", "99.00"), totals("100.00", "20.00", "98.00")
    right = totals("100.00", "20.00", "120.00")

    assert list(new_problems(wrong, also_wrong, "purchase_invoice", None)) == []
    ((problem, changed),) = new_problems(right, wrong, "purchase_invoice", None)
    assert (problem.code, changed) == ("totals_differ", ("gross_total",))


def test_totals_that_nobody_else_read_stay_though_they_do_not_close() -> None:
    rules = [always("net_total", "100.00"), always("vat_total", "2.00")]

    found = read(Reading({"gross_total": Finding("120.00", 0.8)}), *rules)

    assert (found.value("net_total"), found.value("vat_total")) == ("100.00", "2.00")
    assert found.problems == ()
