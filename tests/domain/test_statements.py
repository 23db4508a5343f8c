"""A statement is held against itself: what is wrong is found, and the row that explains it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.statements import Movement, Statement, check, import_keys


def row(day: int, label: str, amount: str, balance: str | None = None) -> Movement:
    return Movement(
        date(2026, 3, day), label, Decimal(amount), balance=Decimal(balance) if balance else None
    )


MARCH = Statement(
    "paper",
    (
        row(2, "VIR SEPA RECU DUPONT", "1200.00"),
        row(5, "PRLV EDF", "-86.40"),
        row(5, "CB PAPETERIE DU PORT", "-45.72"),
        row(19, "FRAIS DE TENUE", "-8.00"),
    ),
    iban="FR7630006000011234567890189",
    start=date(2026, 3, 1),
    end=date(2026, 3, 31),
    opening=Decimal("100.00"),
    closing=Decimal("1159.88"),
)


def changed(position: int, **values: object) -> Statement:
    movements = list(MARCH.movements)
    movements[position] = replace(movements[position], **values)  # type: ignore[arg-type]
    return replace(MARCH, movements=tuple(movements))


def codes(statement: Statement, **known: object) -> list[str]:
    return [p.code for p in check(statement, **known)]  # type: ignore[arg-type]


def test_a_statement_that_closes_is_proved_and_has_no_problem() -> None:
    assert MARCH.is_proved
    assert check(MARCH, previous_closing=Decimal("100.00"), own_ibans=[MARCH.iban]) == ()


@pytest.mark.parametrize(
    ("read", "hint", "rows"),
    [
        (changed(1, amount=Decimal("86.40")), "side_misread", [1]),
        (replace(MARCH, movements=(*MARCH.movements, MARCH.movements[3])), "row_twice", [3, 4]),
        (changed(2, amount=Decimal("-47.52")), "digits_exchanged", [1, 2]),
        (replace(MARCH, movements=MARCH.movements[1:]), "row_missing", []),
    ],
    ids=["side", "double", "digits", "missing"],
)
def test_a_difference_names_the_rows_that_would_explain_it(
    read: Statement, hint: str, rows: list[int]
) -> None:
    (problem,) = check(read)
    assert (problem.code, problem.severity) == ("statement_does_not_close", "blocking")
    assert (problem.values["hint"], problem.values["rows"]) == (hint, rows)


def test_a_running_balance_that_does_not_follow_points_at_its_row() -> None:
    read = changed(2, balance=Decimal("1167.00"))
    (problem,) = check(read)
    assert (problem.code, problem.values["rows"]) == ("running_balance_wrong", [2])


def test_a_statement_is_compared_with_the_one_before_and_with_the_company() -> None:
    assert codes(MARCH, previous_closing=Decimal("99.00")) == ["statement_not_continuous"]
    assert codes(MARCH, own_ibans=["CH9300762011623852957"]) == ["statement_account_unknown"]


def test_movements_outside_the_period_or_order_are_told() -> None:
    assert codes(changed(3, day=date(2026, 4, 2))) == ["movement_outside_period"]
    assert codes(changed(0, day=date(2026, 3, 9))) == ["movements_out_of_order"]


def test_paper_without_balances_waits_and_a_file_without_them_does_not() -> None:
    bare = replace(MARCH, opening=None)
    assert [p.severity for p in check(bare)] == ["blocking"]
    assert [p.severity for p in check(replace(bare, source="csv"))] == ["info"]


def test_two_real_equal_movements_of_a_day_stay_two_and_a_second_import_finds_both() -> None:
    twice = (MARCH.movements[2], MARCH.movements[2])
    keys = import_keys(twice)
    assert len(set(keys)) == 2
    again = (replace(twice[0], label="cb  Papeterie du Port"), twice[1])
    assert import_keys(again) == keys
