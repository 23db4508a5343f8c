"""Numbers that stand where money stands and are something else."""

from __future__ import annotations

from datetime import date

import pytest

from domain.findings import Reading
from models.extraction import extract
from tests.models.extraction.paper import page

TODAY = date(2026, 11, 22)

HEAD = """
Primeurs Guillot SARL                                      Facture n° FA00374
102 place du Marché                                        Date : 14/03/2026
31000 Toulouse

Désignation                         Qté        PU HT       TVA         Montant HT
"""
LINES = """
Café en grains 1 kg                   5        16,12        20              80,60
Pommes Gala catégorie 1              10         3,00       5,5              30,00
Farine T55 sac 25 kg                  2        18,00       5,5              36,00
"""


def read(*texts: str, category: str = "purchase_invoice") -> Reading:
    pages = [page(text, number=number) for number, text in enumerate(texts)]
    return extract(pages, category, today=TODAY)


def totals(reading: Reading) -> list[str | None]:
    return [reading.value(f"{part}_total") for part in ("net", "vat", "gross")]


def test_taxes_of_several_rates_are_added_up_when_their_sum_is_not_printed() -> None:
    foot = """
                                               Total HT                     146,60
                                               TVA 20 %                      16,12
                                               TVA 5,5 %                      3,63
                                               Net à payer TTC              166,35 €
    """
    reading = read(HEAD + LINES + foot)
    assert totals(reading) == ["146.60", "19.75", "166.35"]
    assert reading.fields["vat_total"].state == "proved"
    assert {(v.rate, v.amount) for v in reading.vat_lines} == {("20", "16.12"), ("5.5", "3.63")}


def test_taxes_that_do_not_belong_to_the_net_are_not_proved() -> None:
    foot = """
                                               Total HT                     500,00
                                               TVA 20 %                      16,12
                                               TVA 5,5 %                      3,63
                                               Net à payer TTC              519,75 €
    """
    assert read(HEAD + LINES + foot).fields["gross_total"].state != "proved"


def test_the_article_of_a_law_is_no_tax() -> None:
    foot = """
                                               Total HT                   3 988,09
                                               Montant TTC                3 988,09 €
    TVA non applicable, art. 293 B du CGI
    """
    assert read(HEAD + LINES + foot).value("vat_total") is None


def test_ten_pieces_are_not_ten_percent() -> None:
    foot = """
                                               Total HT                     293,20
                                               TVA 20 %                      32,24
                                               TVA 5,5 %                      7,26
                                               Net à payer TTC              332,70 €
    """
    reading = read(HEAD + LINES, LINES.replace("  20  ", "kg  ") + foot)
    assert {line.rate for line in reading.vat_lines} == {"20", "5.5"}


@pytest.mark.parametrize("number", ["Page 1 sur 2", "Seite 1 von 2"])
def test_a_page_number_under_the_amounts_is_no_line(number: str) -> None:
    foot = " " * 74 + number
    reading = read(HEAD + LINES + foot, LINES.replace("30,00", "33,00"))
    assert [i.net_amount for i in reading.line_items][:3] == ["80.60", "30.00", "36.00"]
    assert {i.net_amount for i in reading.line_items} <= {"80.60", "30.00", "36.00", "33.00"}


def test_the_end_of_a_street_is_no_currency() -> None:
    foot = """
                                               Total TTC                    146,60
    Joubert SAS - 24 rue des Tanneurs - 33800 Bordeaux - SIRET 704 015 841 00056
    """
    assert read(HEAD + LINES + foot).value("currency") == "EUR"


def test_days_to_pay_are_no_amount_due() -> None:
    foot = """
                                               Total due                    146.60 €
    Please pay the amount due within 30 days.
    """
    assert read(HEAD + LINES + foot).value("amount_due") is None


def test_a_swiss_apostrophe_read_as_a_degree_parts_thousands() -> None:
    foot = """
                                               Total HT                CHF 3°667.35
                                               TVA 7.7 %               CHF   282.40
                                               Total TTC               CHF 3°949.75
    """
    assert totals(read(foot)) == ["3667.35", "282.40", "3949.75"]


def test_a_tax_against_the_sign_of_its_net_is_no_tax() -> None:
    foot = """
                                               Total HT                    -100,00
                                               TVA 10 %                      10,00
                                               Net à payer                  -90,00 €
    """
    assert read(foot).fields["gross_total"].state != "proved"


def test_the_invoice_a_credit_note_is_about_does_not_give_its_number() -> None:
    text = """
Solutions Chevalier SRL
54 boulevard Victor Hugo, 4000 Liège

FACTURE D'AVOIR
N° :            AV20251737
Le :            11/08/2025

Total TVAC                                                15 199,40 €
Avoir relatif à la facture F8842. Cette somme viendra en déduction de votre prochain règlement.
"""
    assert read(text, category="credit_note").value("invoice_number") == "AV20251737"
