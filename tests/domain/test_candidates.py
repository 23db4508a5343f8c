"""What a person may choose for a field, and what they mean by a place they point at."""

from __future__ import annotations

import pytest

from domain.printed.candidates import candidates, pointed_at
from domain.text import Box, PageText, Word

LINES = (
    "Papeterie Générale SARL",
    "Facture n° F-2026/12 du 2 mars 2026",
    "Échéance : 01/04/2026   Client 4411",
    "Ramettes A4   12   83,50   1 002,00",
    "Total HT   1 002,00",
    "TVA 20 %   200,40",
    "Total TTC   1 202,40 EUR",
    "IBAN FR76 3000 6000 0112 3456 7890 189   TVA FR 83 404 833 048",
    "SIRET 404 833 048 00022",
)


def paper(*lines: str) -> PageText:
    """A page of 600 x 800 points; three spaces make a wide gap."""
    words: list[Word] = []
    for number, line in enumerate(lines):
        x, top = 0.05, 0.05 + 0.03 * number
        for cell in line.split("   "):
            for text in cell.split(" "):
                width = 0.008 * len(text)
                words.append(Word(text, Box(x, top, x + width, top + 0.015), 0.99, number))
                x += width + 0.006
            x += 0.1
    return PageText(3, 600, 800, "text", tuple(words))


PAGE = paper(*LINES)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("issue_date", ["2026-03-02", "2026-04-01"]),
        ("gross_total", ["1202.40", "1002.00", "200.40", "83.50"]),
        ("iban", ["FR7630006000011234567890189"]),
        ("supplier_vat_id", ["FR83404833048"]),
        ("supplier_siren", ["404833048"]),
        ("supplier_siret", ["40483304800022"]),
        ("currency", ["EUR"]),
    ],
)
def test_a_field_may_be_every_value_of_its_kind_on_the_page(field: str, values: list[str]) -> None:
    assert [c.value for c in candidates(field, [PAGE])] == values


def test_numbers_beside_their_name_come_first_and_names_are_whole_cells() -> None:
    assert candidates("invoice_number", [PAGE])[0].value == "F-2026/12"
    assert candidates("supplier_name", [PAGE])[0].value == "Papeterie Générale SARL"
    assert all(c.page == 3 for c in candidates("supplier_name", [PAGE]))


def test_pointing_at_a_part_of_a_value_means_the_whole_of_it() -> None:
    month = next(w for w in PAGE.words if w.text == "mars").box
    thousand = next(w for w in PAGE.words if w.text == "202,40").box

    day, total = pointed_at("issue_date", PAGE, month), pointed_at("gross_total", PAGE, thousand)

    assert day is not None
    assert total is not None
    assert (day.value, day.text) == ("2026-03-02", "2 mars 2026")
    assert total.value == "1202.40"
    assert total.box.x0 < thousand.x0, "the thousands belong to it"


def test_text_is_what_stands_in_the_box_and_nothing_is_none() -> None:
    first = [w.box for w in PAGE.words if w.text in ("Papeterie", "Générale")]

    name = pointed_at("supplier_name", PAGE, Box.around(first))

    assert name is not None
    assert name.value == "Papeterie Générale"
    assert pointed_at("supplier_name", PAGE, Box(0.9, 0.9, 0.95, 0.95)) is None


def test_an_amount_never_runs_over_a_wide_gap() -> None:
    row = paper("Ramettes   12   345,00")

    assert [c.value for c in candidates("net_total", [row])] == ["345.00"]
