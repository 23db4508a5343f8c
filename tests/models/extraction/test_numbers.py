from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.printed.numbers import Style, numbers_in, read_number, style_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1\u2009234,56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1’234.56", "1234.56"),
        ("1 234.56", "1234.56"),
        ("1.234.567,89", "1234567.89"),
        ("1.234", "1234"),
        ("0,1952", "0.1952"),
        ("-12,00", "-12.00"),
        ("12,00-", "-12.00"),
        ("(12,00)", "-12.00"),
        ("\u2212 12,00", "-12.00"),
        ("12,00 €", "12.00"),
        ("€12.00", "12.00"),
        ("EUR 12,00", "12.00"),
        ("-$12.00", "-12.00"),
        ("12€50", "12.50"),
        ("RM 12.50", "12.50"),
        ("Total:16.00EUR", "16.00"),
        ("9.90A", "9.90"),
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str, value: str) -> None:
    assert [n.value for n in numbers_in(text)] == [Decimal(value)]


@pytest.mark.parametrize(
    "text", ["12/03/2024", "F2024-001", "10:30", "A1", "12.5.2024", "N°12A", "a@b.12x"]
)
def test_dates_times_and_references_are_not_numbers(text: str) -> None:
    assert numbers_in(text) == ()


def test_cells_apart_do_not_become_a_thousand() -> None:
    assert [n.value for n in numbers_in("2  500,00")] == [Decimal(2), Decimal("500.00")]


def test_three_digits_after_one_separator_follow_the_page() -> None:
    assert read_number("1.234") == (Decimal(1234), 0)
    assert read_number("1.234", Style(".")) == (Decimal("1.234"), 3)
    assert style_of(["Total 12,50", "TVA 2,08"]) == Style(",")
    assert style_of(["Total 1,312.50"]) == Style(".")


def test_percent_and_currency_are_told() -> None:
    rate, amount = numbers_in("TVA 20 % 12,00 CHF")
    assert rate.percent
    assert amount.currency == "CHF"


@given(st.decimals(min_value=0, max_value=9_999_999, places=2))
def test_french_and_swiss_writing_of_any_amount_is_read_back(value: Decimal) -> None:
    grouped = f"{value:,.2f}"
    french = grouped.replace(",", " ").replace(".", ",")
    swiss = grouped.replace(",", "'")
    for written in (french, swiss, grouped):
        assert [n.value for n in numbers_in(f"Total  {written}")] == [value]


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_numbers(text: str) -> None:
    for number in numbers_in(text):
        assert 0 <= number.start < number.end <= len(text)
