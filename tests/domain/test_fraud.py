"""Each signal of fraud, seen where it is and not where it is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.fraud import Facts, Past, signals

DAY = date(2026, 11, 4)
FACTS = Facts(
    category="purchase_invoice",
    name="Lyreco",
    number="F-120",
    issue_date=DAY,
    gross=Decimal("123.45"),
    iban="FR7630006000011234567890189",
    country="FR",
    known_names=("Lyreco France",),
    limit=Decimal(1000),
)


def past(*grosses: int, step: int = 30, first: int = 1) -> tuple[Past, ...]:
    return tuple(
        Past(f"doc_{n}", f"F-{first + n}", DAY - timedelta(step * (len(grosses) - n)), Decimal(g))
        for n, g in enumerate(grosses)
    )


NEW: dict[str, Any] = {"known_names": ()}
SIGNALS: list[tuple[str, dict[str, Any], str | None]] = [
    ("another name", {"name": "Zorglub"}, "supplier_name_differs"),
    ("a name with its town", {"name": "Lyreco Lyon"}, None),
    ("pressing, new", {**NEW, "words": frozenset({"urgent"})}, "pressing_words"),
    ("pressing, known", {"words": frozenset({"urgent"})}, None),
    (
        "pressing, paid elsewhere",
        {"iban_changed": True, "words": frozenset({"urgent"})},
        "pressing_words",
    ),
    ("another country", {"iban": "DE89370400440532013000"}, "iban_foreign"),
    ("Monaco", {"iban": "MC5811222000010123456789030"}, None),
    ("no country known", {"iban": "DE89370400440532013000", "country": None}, None),
    ("our own account", {"own_ibans": frozenset({FACTS.iban})}, "iban_own"),
    ("somebody else's account", {"iban_of": (("Autre", "doc_9"),)}, "iban_shared"),
    ("round, new", {**NEW, "gross": Decimal(800)}, "round_amount"),
    ("round, known", {"gross": Decimal(800)}, None),
    ("round and small, new", {**NEW, "gross": Decimal(100)}, None),
    ("just below", {"gross": Decimal("980.20")}, "just_below_limit"),
    ("no limit", {"gross": Decimal("980.20"), "limit": None}, None),
    ("at the limit", {"gross": Decimal(1000)}, None),
    (
        "far above",
        {"gross": Decimal(700), "past": past(100, 110, 95, 105, 100)},
        "amount_unusual",
    ),
    ("a bit above", {"gross": Decimal(140), "past": past(100, 110, 95, 105, 100)}, None),
    ("a short past", {"gross": Decimal(700), "past": past(100, 100)}, None),
    ("split", {"gross": Decimal(600), "past": past(500, step=3)}, "amount_split"),
    ("a month apart", {"gross": Decimal(600), "past": past(500)}, None),
    ("small ones", {"gross": Decimal(100), "past": past(100, step=3)}, None),
    ("on a Saturday, new", {**NEW, "issue_date": date(2026, 11, 7)}, "issued_on_weekend"),
    (
        "on a Saturday, as ever",
        {"issue_date": date(2026, 11, 7), "past": past(1, 2, 3, step=7)},
        "issued_on_weekend",
    ),
    (
        "a receipt on a Saturday",
        {**NEW, "issue_date": date(2026, 11, 7), "category": "receipt"},
        None,
    ),
    (
        "number after number",
        {"number": "F-5", "gross": Decimal(10), "past": past(10, 10, 10, 10)},
        "only_customer",
    ),
    ("numbers with gaps", {"number": "F-9", "gross": Decimal(10), "past": past(10, 10, 10)}, None),
]


@pytest.mark.parametrize(
    ("changes", "code"), [pytest.param(c, code, id=name) for name, c, code in SIGNALS]
)
def test_what_should_make_one_look(changes: dict[str, Any], code: str | None) -> None:
    found = [problem.code for problem in signals(replace(FACTS, **changes))]
    assert found == ([code] if code else [])


def test_no_signal_blocks_by_itself() -> None:
    everything = replace(
        FACTS,
        known_names=(),
        words=frozenset({"urgent"}),
        iban="DE89370400440532013000",
        iban_of=(("Autre", None),),
        gross=Decimal(950),
        issue_date=date(2026, 11, 8),
    )
    found = signals(everything)
    assert len(found) >= 5
    assert {p.severity for p in found} <= {"info", "warning"}
