"""Two ways to write the same value are the same, and nothing else is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.evaluation.comparing import agreement, amount, rows, same


@pytest.mark.parametrize(
    "text", ["1 234,56 €", "1.234,56", "1,234.56", "1234.56", "CHF 1'234.56", "1 234,56", 1234.56]
)
def test_an_amount_is_the_same_however_it_is_written(text: str | float) -> None:
    assert amount(text) == Decimal("1234.56")


@pytest.mark.parametrize("text", ["-12,00", "(12.00)", "12,00-"])
def test_a_minus_is_seen_wherever_it_stands(text: str) -> None:
    assert amount(text) == Decimal(-12)


def test_a_comma_before_three_digits_separates_thousands() -> None:
    assert amount("1,234") == Decimal(1234)
    assert amount("1.234.567") == Decimal(1234567)


def test_nothing_is_no_amount() -> None:
    assert amount("") is amount(None) is amount("abc") is None
    assert not same("net_total", None, "0.00")


def test_the_sign_is_forgiven_on_credit_notes_alone() -> None:
    assert same("gross_total", "-120.00", "120.00", unsigned=True)
    assert not same("gross_total", "-120.00", "120.00")


def test_fields_are_compared_as_what_they_are() -> None:
    assert same("issue_date", "31.1.2024", "2024-01-31")
    assert not same("issue_date", "2024-01-30", "2024-01-31")
    assert same("supplier_siren", "732 829 320 00074", "732829320")
    assert same("iban", "FR76 3000 6000 0112", "FR7630006000 0112")
    assert same("currency", "€", "EUR")
    assert same("supplier_name", "BERNARD Menuiserie S.A.R.L.", "Menuiserie Bernard")
    assert not same("supplier_name", "Menuiserie Bernard", "Papeterie Dubois")


def test_the_order_of_lines_says_nothing_but_their_number_does() -> None:
    one = [{"net_amount": "10.00"}, {"net_amount": "5.00"}]
    assert rows(one, "net_amount", unsigned=False) == rows(one[::-1], "net_amount", unsigned=False)
    twice = [*one, {"net_amount": "5.00"}]
    assert rows(one, "net_amount", unsigned=False) != rows(twice, "net_amount", unsigned=False)


def test_a_rate_without_tax_may_be_shown_or_not() -> None:
    lines = [{"rate": "20", "amount": "4.00"}, {"rate": "0", "amount": "0.00"}]
    assert len(rows(lines, "amount", unsigned=False, rated=True)) == 1


def test_agreement_is_zero_and_no_fault_when_there_is_nothing() -> None:
    assert agreement(0, 0, 0) == (0.0, 0.0, 0.0)
    assert agreement(3, 1, 0) == (0.75, 1.0, pytest.approx(6 / 7))
