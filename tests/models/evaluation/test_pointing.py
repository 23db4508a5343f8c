"""The true value is found on the page however the paper writes it."""

from __future__ import annotations

import pytest

from domain.text import Box, PageText, Word
from models.evaluation.pointing import spots_of

LINES = (
    "Menuiserie Bernard S.A.R.L. Paris",
    "Facture du 3 mars 2026 échéance 02/04/2026",
    "Total TTC 1 234,56 €",
    "IBAN FR76 3000 6000 0112 3456 7890 189",
)


def page() -> PageText:
    words = [
        Word(text, Box(place / 10, line / 10, (place + 1) / 10, (line + 1) / 10), 1.0, line)
        for line, said in enumerate(LINES)
        for place, text in enumerate(said.split())
    ]
    return PageText(7, 595, 842, "text", tuple(words))


@pytest.mark.parametrize(
    ("field", "value", "line", "first", "length"),
    [
        ("gross_total", "1234.56", 2, 2, 2),
        ("issue_date", "2026-03-03", 1, 2, 3),
        ("due_date", "2026-04-02", 1, 6, 1),
        ("iban", "FR7630006000011234567890189", 3, 1, 7),
        ("supplier_name", "MENUISERIE BERNARD SARL", 0, 0, 3),
    ],
)
def test_a_value_is_found_where_it_is_spelt(
    field: str, value: str, line: int, first: int, length: int
) -> None:
    (spot,) = spots_of(field, value, [page()])
    assert spot.page == 7
    where = (first / 10, line / 10, (first + length) / 10, (line + 1) / 10)
    assert tuple(spot.box.as_list()) == pytest.approx(where, abs=1e-3)


def test_a_value_that_was_not_read_is_found_nowhere() -> None:
    assert spots_of("gross_total", "1234.65", [page()]) == []
    assert spots_of("invoice_number", "F-17", [page()]) == []
