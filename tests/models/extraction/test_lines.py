from __future__ import annotations

from models.extraction import extract
from tests.models.extraction.paper import page

HEADER = "Désignation                         Qté        PU HT            Montant HT"
FIRST = f"""
Facture n° F-12                         Durand SAS
{HEADER}
Porte                                  2        450,00            900,00
Pose                                   1        300,00            300,00
"""


def amounts(*texts: str) -> list[str | None]:
    pages = [page(text, number=number) for number, text in enumerate(texts)]
    return [i.net_amount for i in extract(pages, "purchase_invoice").line_items]


def test_lines_go_on_over_pages_with_and_without_their_heading() -> None:
    total = "Total HT                                              1 250,00"
    assert amounts(FIRST, f"{HEADER}\nVis                           1         50,00             50,00\n{total}") == [
        "900.00", "300.00", "50.00"]  # fmt: skip
    assert amounts(FIRST, f"Vis                                    1         50,00             50,00\n{total}") == [
        "900.00", "300.00", "50.00"]  # fmt: skip


def test_a_description_goes_on_over_rows_without_an_amount() -> None:
    text = FIRST.replace("Pose  ", "en chêne massif\nPose  ")
    items = extract([page(text)], "purchase_invoice").line_items
    assert items[0].description == "Porte en chêne massif"


def test_carried_over_sums_and_totals_are_no_lines() -> None:
    text = (
        FIRST
        + """
Report                                                          1 200,00
Total HT                                                        1 200,00
"""
    )
    assert amounts(text) == ["900.00", "300.00"]


def test_rows_that_prove_themselves_are_lines_without_any_heading() -> None:
    assert amounts("""
Facture n° F-12                         Durand SAS
Conseil juridique        3        120,00        360,00
Déplacement              2         45,50         91,00
""") == ["360.00", "91.00"]


def test_a_line_keeps_its_quantity_price_and_rate() -> None:
    (item,) = extract([page("""
Facture n° F-12                         Durand SAS
Désignation                Qté        PU HT       TVA         Montant HT
Electricité               1 250       0,1952      5,5 %            244,00
""")], "purchase_invoice").line_items  # fmt: skip
    assert (item.quantity, item.unit_price, item.vat_rate, item.net_amount) == (
        "1250", "0.1952", "5.5", "244.00")  # fmt: skip


def test_an_allowance_below_the_lines_is_no_line() -> None:
    text = f"""{FIRST}
Remise commerciale                                                -120,00
Total HT                                                         1 080,00
"""
    assert amounts(text) == ["900.00", "300.00"]


def test_lines_go_on_after_the_sum_of_a_part() -> None:
    text = f"""{FIRST}
Sous-total                                                       1 200,00
Vis                                    3         10,00             30,00
Total HT                                                         1 230,00
"""
    assert amounts(text) == ["900.00", "300.00", "30.00"]


def test_the_table_of_payments_below_the_totals_has_no_lines() -> None:
    text = f"""{FIRST}
Total HT                                                         1 200,00

Date            Description            Référence                  Montant
01/02/2026      Carte bancaire         8812                      -200,00
"""
    assert amounts(text) == ["900.00", "300.00"]


def test_a_column_with_an_unknown_heading_takes_no_number_from_its_neighbours() -> None:
    assert amounts("""
Rechnung Nr. 7                          Muster GmbH
Pos   Beschreibung            Menge     Einzelpreis      Gebinde      Zeilenbetrag
1     Schrauben                  4            2,50           12             10,00
2     Dübel                     10            0,30            6              3,00
Summe netto                                                                 13,00
""") == ["10.00", "3.00"]


def test_of_two_readings_of_a_table_the_one_that_adds_up_is_taken() -> None:
    assert amounts("""
Invoice no 12                           Acme Ltd
Description                Qty        Price           Amount
Paper                        2        10,00            20,00
Ink                          1        30,00            30,00
Held until paid                                         5,00
Total net                                              50,00
""") == ["20.00", "30.00"]


def test_lines_go_on_after_a_sum_carried_over_to_the_next_page() -> None:
    head = "Désignation                Qté        PU HT         Montant HT"
    pages = [
        page(f"""
Facture n° F-12                         Durand SAS
{head}
Vis                          3        10,00              30,00
Sous-total à reporter                                    30,00
"""),
        page(
            f"""
{head}
Report                                                   30,00
Clous                        2         4,00               8,00
Total HT                                                 38,00
""",
            number=1,
        ),
    ]
    items = extract(pages, "purchase_invoice").line_items
    assert [item.net_amount for item in items] == ["30.00", "8.00"]


def test_a_discount_and_a_rate_are_no_price_and_no_amount() -> None:
    (item,) = extract([page("""
Facture n° F-12                         Durand SAS
Désignation           Qté     PU HT     Remise     TVA      Montant HT
Câble réseau          2      195,88       5 %     10 %          372,17
Total HT                                                        372,17
TVA 10 %                                                         37,22
Total TTC                                                       409,39
""")], "purchase_invoice").line_items  # fmt: skip
    assert (item.quantity, item.unit_price, item.vat_rate, item.net_amount) == (
        "2", "195.88", "10", "372.17")  # fmt: skip
