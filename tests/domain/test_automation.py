"""What the machine may post by itself: every doubt is a reason against, and errors stop it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.automation import (
    KNOWN_AFTER,
    MOST_ERRORS,
    WINDOW,
    Dial,
    against,
    allows,
    goes_to_a_person,
    must_stop,
)
from domain.findings import Finding, Reading
from domain.problems import Problem
from domain.suggestions import AccountSuggestion, Reason

PROVED = Reading(
    {
        name: Finding(value, 0.95, "proved" if name == "gross_total" else "read")
        for name, value in (
            ("gross_total", "120.00"),
            ("invoice_number", "F1"),
            ("issue_date", "2026-11-02"),
            ("supplier_name", "Lyreco"),
        )
    }
)
SURE = AccountSuggestion(
    0, "papier", "6064", "FR_STD20", 0.98, "history", Reason("posted_before", ""), "rate", True
)
RULE = replace(SURE, source="rule", reason=Reason("posting_rule", "", {"rule_id": "pru_1"}))


def reasons(
    reading: Reading = PROVED,
    category: str = "purchase_invoice",
    *suggestions: AccountSuggestion,
    problems: tuple[Problem, ...] = (),
    rules: frozenset[str] = frozenset(),
    days: int = 3,
) -> tuple[str, ...]:
    return against(reading, category, suggestions or (SURE,), problems, rules, timedelta(days))


def without(name: str, **values: Any) -> Reading:
    return PROVED.with_fields(**{name: replace(PROVED.fields[name], **values)})


def test_what_is_proved_and_sure_has_nothing_against_it() -> None:
    assert reasons() == ()
    assert reasons(PROVED, "purchase_invoice", RULE, rules=frozenset({"pru_1"})) == ()
    assert reasons(problems=(Problem("negative_total", "", "info"),)) == ()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (reasons(without("gross_total", state="consistent")), "not_proved"),
        (reasons(without("issue_date", confidence=0.6)), "not_read_well"),
        (reasons(PROVED, "receipt"), "not_an_invoice"),
        (reasons(days=121), "not_recent"),
        (reasons(PROVED, "purchase_invoice", replace(SURE, confidence=0.96)), "account_unsure"),
        (reasons(PROVED, "purchase_invoice", SURE, replace(SURE, account=None)), "account_unsure"),
        (reasons(PROVED, "purchase_invoice", replace(SURE, source="learned")), "account_unsure"),
        (reasons(PROVED, "purchase_invoice", replace(SURE, treatment_sure=False)), "vat_unsure"),
        (reasons(PROVED, "purchase_invoice", RULE), "rule_not_automatic"),
        (reasons(problems=(Problem("iban_changed", "", "warning"),)), "problems"),
    ],
)
def test_each_doubt_is_a_reason_against(found: tuple[str, ...], reason: str) -> None:
    assert found == (reason,)
    assert not any(allows(dial, found, 100) for dial in Dial)


def test_the_dial_goes_from_nothing_to_all_that_is_proved() -> None:
    told = {
        dial: [n for n in (0, KNOWN_AFTER - 1, KNOWN_AFTER) if allows(dial, (), n)] for dial in Dial
    }
    assert told == {Dial.OFF: [], Dial.KNOWN: [KNOWN_AFTER], Dial.PROVED: [0, 2, 3]}


def test_the_share_that_goes_to_a_person_is_as_large_as_said_and_always_the_same() -> None:
    ids = [f"doc_{number}" for number in range(4_000)]
    drawn = {
        share: {i for i in ids if goes_to_a_person(i, Decimal(share))} for share in (0, 5, 100)
    }
    assert (len(drawn[0]), len(drawn[100])) == (0, 4_000)
    assert 150 < len(drawn[5]) < 250
    assert drawn[5] == {i for i in ids if goes_to_a_person(i, Decimal(5))}


def test_it_stops_when_more_is_wrong_than_allowed_among_the_last_ones() -> None:
    wrong, right = [False] * MOST_ERRORS, [True] * (WINDOW - MOST_ERRORS)
    assert not must_stop([*wrong, *right])
    assert must_stop([False, *wrong, *right])
    assert not must_stop([*wrong, *right, False])  # long ago
    assert not must_stop([*wrong, *[None] * 30])
