"""What customers owe, less credit notes and payments; and which VAT counts when."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.countries import country
from domain.receivables import COLUMNS, Claim, column_of, is_paid, still_open
from domain.vat_return import LedgerLine, by_treatment

D = Decimal
DAY = date(2026, 11, 22)


def test_a_credit_note_is_taken_off_its_invoice_and_what_was_paid_too_much_is_owed_back() -> None:
    invoice, note = Claim("inv", D("1200.00")), Claim("note", D("-240.00"))
    assert still_open([invoice]) == {"inv": D("1200.00")}
    assert still_open([invoice, note]) == {"inv": D("960.00"), "note": D(0)}
    paid = Claim("inv", D("1200.00"), D("1200.00"), DAY)
    assert still_open([paid, note]) == {"inv": D(0), "note": D("-240.00")}
    back = Claim("note", D("-240.00"), D("-240.00"))
    assert still_open([paid, back]) == {"inv": D(0), "note": D(0)}
    assert still_open([Claim("free", D("-50.00"))]) == {"free": D("-50.00")}


def test_only_payments_make_an_invoice_paid() -> None:
    whole = Claim("note", D("-1200.00"))
    assert not is_paid([Claim("inv", D("1200.00")), whole]), "taken back, and nobody paid"
    assert not is_paid([Claim("inv", D("1200.00"), D("300.00"), DAY)])
    assert is_paid([Claim("inv", D("1200.00"), D("300.00"), DAY), Claim("note", D("-900.00"))])


@pytest.mark.parametrize(
    ("days", "column"), [(-5, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (90, 3), (91, 4)]
)
def test_what_is_late_has_the_column_of_its_days(days: int, column: int) -> None:
    assert column_of(DAY - timedelta(days=days), DAY) == COLUMNS[column]
    assert column_of(None, DAY) == "not_due"


def test_a_sale_counts_in_the_return_when_its_vat_is_due() -> None:
    where = country("FR")
    rates = {key: one.rate for key, one in where.sales_treatments.items()}

    def line(entry: str, account: str, signed: str) -> LedgerLine:
        return LedgerLine(entry, DAY, account, "SALE_STD20", D(signed))

    service = [line("ve1", "706", "-1000.00"), line("ve1", "4458", "-200.00")]
    goods = [line("ve2", "707", "-500.00"), line("ve2", "44571", "-100.00")]
    payment = [line("bq1", "4458", "50.00"), line("bq1", "44571", "-50.00")]
    (sold,) = by_treatment(where.vat_form, [*service, *goods], "4458", rates)
    assert (sold.base, sold.due, sold.entries) == (D("-500.00"), D("100.00"), {"ve2": D("-600.00")})
    (paid,) = by_treatment(where.vat_form, payment, "4458", rates)
    assert (paid.base, paid.due, paid.entries) == (D("-250.00"), D("50.00"), {"bq1": D("-300.00")})
    both = [line("ve3", *one[1:]) for one in (("", "706", "-1000.00"), ("", "707", "-500.00"))]
    both += [line("ve3", "4458", "-200.00"), line("ve3", "44571", "-100.00")]
    (mixed,) = by_treatment(where.vat_form, both, "4458", rates)
    assert (mixed.base, mixed.due) == (D("-500.00"), D("100.00"))
