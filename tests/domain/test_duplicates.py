"""The same invoice twice: certain, probable, or only alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.duplicates import Mark, duplicates, plain_number

FIRST = Mark(
    "doc_1",
    "purchase_invoice",
    "sup_1",
    "EDF",
    "FA-0017",
    date(2026, 11, 2),
    Decimal(120),
    iban="FR76",
)
SECOND = replace(FIRST, document_id="doc_2")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "duplicate_certain"),
        ({"number": "fa 17"}, "duplicate_certain"),
        ({"number": "FACTURE N° 0017", "gross": Decimal(99)}, None),
        ({"supplier_id": None, "supplier_name": "EDF SA"}, "duplicate_certain"),
        ({"number": ""}, "duplicate_probable"),
        ({"number": "18"}, "duplicate_probable"),
        ({"number": "18", "issue_date": date(2026, 12, 2)}, None),  # a subscription
        ({"category": "credit_note"}, None),
        ({"supplier_id": "sup_2"}, "duplicate_possible"),  # one sender, known by two names
        ({"supplier_id": "sup_2", "iban": None}, "duplicate_possible"),  # the very same number
        ({"supplier_id": "sup_2", "number": "99"}, "duplicate_possible"),  # the very same account
        # Two rents of one day; two coffees.
        ({"supplier_id": "sup_2", "number": "99", "iban": "FR99"}, None),
        ({"supplier_id": "sup_2", "number": "", "iban": None, "category": "receipt"}, None),
        ({"number": "18", "issue_date": date(2026, 11, 9)}, "duplicate_possible"),
        ({"supplier_id": "sup_2", "iban": None, "issue_date": date(2026, 11, 9)}, None),
        (
            {"supplier_id": "sup_2", "iban": "FR76", "issue_date": date(2026, 11, 9)},
            "duplicate_possible",
        ),
        ({"company_id": "cmp_2"}, "duplicate_elsewhere"),
        ({"company_id": "cmp_2", "gross": Decimal(99)}, None),
        ({"issue_date": date(2025, 11, 2)}, None),  # short numbers begin again each year
        ({"number": "18", "gross": Decimal(121)}, None),
    ],
)
def test_what_makes_two_documents_one(changes: dict[str, object], code: str | None) -> None:
    found = duplicates(replace(SECOND, **changes), [FIRST])  # type: ignore[arg-type]
    assert [p.code for p in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("ours", "theirs", "code"),
    [
        ({}, {"is_einvoice": True}, "einvoice_copy"),  # paper of an e-invoice
        ({"is_einvoice": True}, {}, None),  # the paper that came first is the copy
        ({"is_einvoice": True}, {"is_posted": True}, "duplicate_certain"),
        ({"is_einvoice": True}, {"is_einvoice": True}, "duplicate_certain"),
        ({"is_posted": True}, {"is_einvoice": True}, "duplicate_certain"),
    ],
)
def test_of_an_einvoice_and_its_paper_the_paper_is_the_copy(
    ours: dict[str, bool], theirs: dict[str, bool], code: str | None
) -> None:
    found = duplicates(replace(SECOND, **ours), [replace(FIRST, **theirs)])
    assert [p.code for p in found] == ([code] if code else [])


def test_a_sender_is_recognised_by_the_strongest_number_on_both() -> None:
    first = replace(FIRST, supplier_id=None, sender_key="siren:552081317")
    same = replace(SECOND, supplier_id=None, sender_key="siren:552081317", supplier_name="E.D.F.")
    other = replace(same, sender_key="siren:732829320", supplier_name="EDF")
    assert [p.code for p in duplicates(same, [first])] == ["duplicate_certain"]
    assert [p.code for p in duplicates(other, [first])] == ["duplicate_possible"]


def test_a_long_number_is_the_same_in_any_year() -> None:
    long = replace(FIRST, number="2026110017")
    other = replace(SECOND, number="2026110017", issue_date=date(2025, 1, 1))
    assert [p.code for p in duplicates(other, [long])] == ["duplicate_certain"]


def test_a_document_is_no_duplicate_of_itself() -> None:
    assert duplicates(FIRST, [FIRST]) == ()


def test_numbers_are_compared_without_prefix_zeros_and_marks() -> None:
    same = {plain_number(n) for n in ("FA-0017", "fa 17", "17", "Inv. 017", "No 17", "FACT/17")}
    assert same == {"17"}
    assert plain_number("F2026-17") != plain_number("2026-17")
    assert plain_number("NAVY-1") == "NAVY1"
