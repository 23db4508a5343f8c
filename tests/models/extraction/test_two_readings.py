"""A statement read twice: sums choose between the readings, and what they leave open is marked."""

from __future__ import annotations

from decimal import Decimal

from domain.findings import Finding, Reading, Transaction
from domain.problems import Problem
from domain.text import Box
from models.extraction.two_readings import of_both

OPEN = Problem("statement_does_not_close", "It does not close.", "blocking", "closing_balance")
RIGHT = ("-25.77", "120.00", "-8.00", "-310.40")


def read(*amounts: str | None, opening: str = "1000.00", closing: str = "775.83") -> Reading:
    """Rows one below the other; None: the row was not seen."""
    rows = tuple(
        Transaction("2026-05-04", None, f"ROW {n}", amount, None, 0, Box(0.1, n / 20, 0.9, n / 20 + 0.01))
        for n, amount in enumerate(amounts, 1)
        if amount is not None
    )  # fmt: skip
    closes = Decimal(opening) + sum(Decimal(row.amount) for row in rows) == Decimal(closing)
    state = "proved" if closes else "contradictory"
    return Reading(
        {
            "opening_balance": Finding(opening, 0.9, state),
            "closing_balance": Finding(closing, 0.9, state),
        },
        transactions=rows,
        problems=() if closes else (OPEN,),
    )


def amounts(reading: Reading) -> list[str]:
    return [row.amount for row in reading.transactions]


def test_a_reading_that_closes_is_left_alone() -> None:
    proved = read(*RIGHT)
    assert of_both(proved, read("-28.77", *RIGHT[1:])) is proved


def test_the_row_that_makes_it_close_is_taken_from_the_other_reading() -> None:
    # The first misread a digit, the second lost a sign: neither closes, one row of each is wrong.
    found = of_both(read("-28.77", *RIGHT[1:]), read(*RIGHT[:2], "8.00", RIGHT[3]))
    assert amounts(found) == list(RIGHT)
    assert found.fields["closing_balance"].state == "proved"
    assert found.problems == ()


def test_a_row_that_only_the_other_reading_has_comes_back_to_its_place() -> None:
    found = of_both(read(RIGHT[0], None, *RIGHT[2:]), read(*RIGHT[:2], "-80.00", RIGHT[3]))
    assert amounts(found) == list(RIGHT)


def test_a_balance_is_chosen_like_a_row() -> None:
    found = of_both(read(*RIGHT, closing="776.83"), read("-28.77", *RIGHT[1:]))
    assert found.value("closing_balance") == "775.83"
    assert amounts(found) == list(RIGHT)


def test_what_no_sum_settles_keeps_both_readings_for_a_person() -> None:
    found = of_both(read("-28.77", "12.00", *RIGHT[2:]), read("-23.77", "12.00", *RIGHT[2:]))
    assert amounts(found)[0] == "-28.77"
    assert [row.read_as for row in found.transactions] == ["-23.77", None, None, None]
    assert found.problems == (OPEN,)


def test_two_ways_to_close_are_none() -> None:
    # One of two equal rows too many, or the closing balance misread by as much.
    found = of_both(read(*RIGHT, "-5.00", "-5.00"), read(*RIGHT, closing="770.83"))
    assert amounts(found) == [*RIGHT, "-5.00", "-5.00"]
    assert [row.read_as for row in found.transactions[4:]] == ["0.00", "0.00"]
