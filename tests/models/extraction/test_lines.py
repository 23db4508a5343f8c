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
