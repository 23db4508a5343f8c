from __future__ import annotations

import pytest

from models.extraction import extract
from tests.models.extraction.paper import page

FRENCH = """
BNP PARIBAS                               Relevé de compte du 01/12/2025 au 05/01/2026
IBAN FR76 3000 4000 0312 3456 7890 143

Date    Nature des opérations                     Valeur         Débit          Crédit
        SOLDE CREDITEUR AU 30/11/2025                                          1 000,00
02.12   VIR SEPA CLIENT MARTIN                    02.12                          500,00
15.12   PRLV SEPA EDF                             16.12          120,50
        MANDAT 12-AB
28.12   CB TOTALENERGIES LYON                     29.12           60,00
04.01   FRAIS DE TENUE DE COMPTE                  04.01            9,50
        TOTAL DES OPERATIONS                                     190,00          500,00
        SOLDE CREDITEUR AU 05/01/2026                                          1 310,00
"""


def test_a_statement_closes_to_the_cent_and_is_proved() -> None:
    reading = extract([page(FRENCH)], "bank_statement")
    assert reading.value("bank_name") == "BNP Paribas"
    assert (reading.value("opening_balance"), reading.value("closing_balance")) == (
        "1000.00",
        "1310.00",
    )
    assert reading.fields["closing_balance"].state == "proved"
    assert (reading.value("period_start"), reading.value("period_end")) == (
        "2025-12-01",
        "2026-01-05",
    )
    assert reading.problems == ()
    assert [(t.date, t.amount) for t in reading.transactions] == [
        ("2025-12-02", "500.00"),
        ("2025-12-15", "-120.50"),
        ("2025-12-28", "-60.00"),
        ("2026-01-04", "-9.50"),
    ]


def test_a_label_goes_on_over_the_next_line_and_a_shop_called_total_is_a_movement() -> None:
    transactions = extract([page(FRENCH)], "bank_statement").transactions
    assert transactions[1].description == "PRLV SEPA EDF MANDAT 12-AB"
    assert transactions[1].value_date == "2025-12-16"
    assert transactions[2].description == "CB TOTALENERGIES LYON"


@pytest.mark.parametrize(
    ("before", "after", "hint"),
    [
        (
            "15.12   PRLV SEPA EDF                             16.12          120,50\n",
            "",
            "row_missing",
        ),
        ("1 310,00", "1 250,00", "row_missing"),
        ("1 310,00", "1 301,00", "digits_exchanged"),
        ("1 310,00", "1 551,00", "side_misread"),
    ],
)
def test_a_statement_that_does_not_close_blocks_and_says_what_it_may_be(
    before: str, after: str, hint: str
) -> None:
    reading = extract([page(FRENCH.replace(before, after))], "bank_statement")
    (problem,) = reading.problems
    assert (problem.code, problem.severity, problem.values["hint"]) == (
        "statement_does_not_close", "blocking", hint)  # fmt: skip
    assert reading.fields["closing_balance"].state == "contradictory"


def test_running_balances_decide_the_side_of_unsigned_amounts() -> None:
    reading = extract([page("""
Example Bank
Statement Period: June 1, 2025 - June 30, 2025
Beginning Balance                                      3,200.00
Date          Description                    Amount        Balance
06/02/2025    Payroll                      1,200.00       4,400.00
06/03/2025    Coffee Shop                      5.75       4,394.25
06/25/2025    Rent                           900.00       3,494.25
Ending Balance                                         3,494.25
""")], "bank_statement")  # fmt: skip
    assert [t.amount for t in reading.transactions] == ["1200.00", "-5.75", "-900.00"]
    assert reading.fields["closing_balance"].state == "proved"


def test_a_table_goes_on_over_the_next_page() -> None:
    first, second = FRENCH.split("28.12", 1)
    reading = extract([page(first), page("28.12" + second, number=1)], "bank_statement")
    assert len(reading.transactions) == 4
    assert reading.fields["closing_balance"].state == "proved"
    assert reading.fields["closing_balance"].page == 1


def test_one_column_for_both_sides_leaves_the_side_to_the_sign() -> None:
    reading = extract([page("""
Example Bank
Opening balance                                         100.00
Date          Description                Withdrawals / Deposits
06/02/2026    Transport - Ridesharing                    -20.00
06/03/2026    Payroll                                     50.00
Closing balance                                         130.00
""")], "bank_statement")  # fmt: skip
    assert [t.amount for t in reading.transactions] == ["-20.00", "50.00"]
    assert reading.fields["closing_balance"].state == "proved"


def test_a_heading_goes_on_over_the_next_row() -> None:
    reading = extract([page("""
Opening balance                                         100.00
Date          Description                      Withdrawals /
                                                 Deposits
06/02/2026    Rent                                    -20.00
Closing balance                                          80.00
""")], "bank_statement")  # fmt: skip
    assert [t.amount for t in reading.transactions] == ["-20.00"]


def test_a_balance_in_the_column_of_debits_is_owed_to_the_bank() -> None:
    reading = extract([page("""
Date          Libellé                          Débit          Crédit
              Solde initial                                   100,00
02/06/2026    Loyer                           150,00
              Nouveau solde                    50,00
""")], "bank_statement")  # fmt: skip
    assert reading.value("closing_balance") == "-50.00"
    assert reading.fields["closing_balance"].state == "proved"
