from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.findings import Finding, LineItem, Reading, VatLine
from domain.invoices import check

TODAY = date(2026, 3, 1)
GOOD = Reading(
    fields={
        name: Finding(value, 0.9)
        for name, value in {
            "supplier_name": "Durand SARL",
            "supplier_vat_id": "FR44732829320",
            "supplier_siren": "732829320",
            "supplier_siret": "73282932000074",
            "invoice_number": "F-2026-12",
            "issue_date": "2026-02-10",
            "due_date": "2026-03-12",
            "currency": "EUR",
            "net_total": "100.00",
            "vat_total": "20.00",
            "gross_total": "120.00",
            "iban": "FR7630006000011234567890189",
        }.items()
    },
    vat_lines=(VatLine("20", "100.00", "20.00"),),
    line_items=(LineItem("Conseil", "1", "100", "20", "100.00"),),
)


def codes(reading: Reading, category: str = "purchase_invoice") -> set[str]:
    return {problem.code for problem in check(reading, category=category, today=TODAY)}


def but(**changed: str | None) -> Reading:
    fields = {k: f for k, f in GOOD.fields.items() if changed.get(k, "") is not None}
    fields |= {k: Finding(v, 0.9) for k, v in changed.items() if v is not None}
    return replace(GOOD, fields=fields)


def test_an_invoice_that_closes_has_no_problem() -> None:
    assert codes(GOOD) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"gross_total": "121.00"}, {"totals_differ"}),
        ({"gross_total": "120.02"}, set()),
        ({"gross_total": None}, {"gross_total_missing"}),
        ({"invoice_number": None}, {"invoice_number_missing"}),
        ({"issue_date": None}, {"issue_date_missing"}),
        ({"supplier_name": " "}, {"supplier_name_missing"}),
        ({"issue_date": "2026-03-02"}, set()),
        ({"issue_date": "2026-03-05"}, {"date_in_future"}),
        ({"issue_date": "2016-02-10"}, {"date_long_ago", "due_too_late"}),
        ({"due_date": "2026-02-01"}, {"due_before_issue"}),
        ({"iban": "FR7630006000011234567890188"}, {"iban_invalid"}),
        ({"supplier_siren": "732829321"}, {"siren_invalid", "siren_differs_from_vat_id",
                                           "siret_differs_from_siren"}),
        ({"supplier_vat_id": "FR00732829320"}, {"vat_id_invalid"}),
        ({"gross_total": "NaN"}, set()),
    ],
)  # fmt: skip
def test_each_fault_has_its_code(changed: dict[str, str | None], expected: set[str]) -> None:
    assert codes(but(**changed)) == expected


def test_a_rate_that_does_not_exist_in_the_country_is_a_problem() -> None:
    assert codes(replace(GOOD, vat_lines=(VatLine("21", "100.00", "21.00"),))) == {
        "vat_rate_not_allowed", "vat_table_differs"}  # fmt: skip


def test_tax_that_is_not_the_rate_of_its_base_blocks() -> None:
    wrong = replace(GOOD, vat_lines=(VatLine("10", "100.00", "20.00"),))
    assert codes(wrong) == {"vat_differs"}
    assert all(p.severity == "blocking" for p in check(wrong, category="purchase_invoice"))


def test_a_receipt_needs_neither_number_nor_supplier() -> None:
    assert codes(but(invoice_number=None, supplier_name=None), "receipt") == set()


def test_other_documents_are_not_checked() -> None:
    assert check(Reading(fields={}), category="letter", today=TODAY) == ()


def test_a_contradictory_total_blocks_even_when_the_sums_close() -> None:
    gross = replace(GOOD.fields["gross_total"], state="contradictory")
    assert codes(GOOD.with_fields(gross_total=gross)) == {"total_contradictory"}


def test_lines_that_do_not_make_the_total_are_mentioned_without_blocking() -> None:
    found = check(
        replace(GOOD, line_items=(LineItem("Conseil", net_amount="90.00"),)),
        category="purchase_invoice",
    )
    assert [(p.code, p.severity) for p in found] == [("lines_differ", "info")]
