from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.findings import Reading
from models.extraction import extract
from models.extraction.arithmetic import closes_at, plausible_rate
from tests.models.extraction.paper import page


def read(net: str, vat: str, gross: str, source: str = "ocr") -> Reading:
    text = f"""
Facture n° A-9                  Durand SAS
Total HT                  {net}
Total TVA                 {vat}
Total TTC                 {gross}
"""
    return extract([page(text, source=source)], "purchase_invoice")


def test_one_misread_digit_of_a_scan_is_put_right_when_only_one_repair_closes() -> None:
    reading = read("1 234,56", "246,91", "1 481,97")
    gross = reading.fields["gross_total"]
    assert (gross.value, gross.state) == ("1481.47", "consistent")
    assert gross.confidence <= 0.7


@pytest.mark.parametrize(
    ("net", "vat", "gross"),
    [
        ("1 200,00", "240,00", "1 873,00"),  # more than one digit
        ("1 200,00", "240,00", "1 840,00"),  # 1 440 at 20 %, or 1 600 at 15 %: two repairs close
        ("1 200,00", "241,37", "1 451,37"),  # closes with one digit, but at no rate there is
    ],
)
def test_a_repair_that_proves_nothing_is_not_made(net: str, vat: str, gross: str) -> None:
    reading = read(net, vat, gross)
    assert reading.fields["gross_total"].state == "contradictory"
    assert reading.value("gross_total") == gross.replace(" ", "").replace(",", ".")


def test_a_text_layer_is_never_repaired() -> None:
    assert read("1 234,56", "246,91", "1 481,97", "text").value("gross_total") == "1481.97"


def test_the_gross_is_what_net_and_vat_make_whatever_stands_beside_it() -> None:
    reading = extract([page("""
Facture n° A-9                  Durand SAS
Total commande                1 500,00
Total HT                      1 200,00
TVA 20 %                        240,00
Total                         1 440,00
Total points fidélité            15,00
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("gross_total") == "1440.00"
    assert reading.fields["gross_total"].state == "proved"


@given(
    st.decimals(min_value=1, max_value=99_999, places=2),
    st.sampled_from(["20", "10", "5.5", "21", "19", "8.1", "2.6"]),
)
def test_the_tax_of_a_known_rate_is_recognised_to_the_cent(net: Decimal, rate: str) -> None:
    tax = (net * Decimal(rate) / 100).quantize(Decimal("0.01"))
    assert closes_at(net, Decimal(rate), tax)
    assert not closes_at(net, Decimal(rate), tax + Decimal("0.05"))
    if tax > 0:
        assert plausible_rate(net, tax) is not None


def test_what_was_read_is_kept_beside_its_mend() -> None:
    (problem,) = (
        p for p in read("1 234,56", "246,91", "1 481,97").problems if p.code == "figure_mended"
    )
    assert (problem.field, problem.values) == (
        "gross_total", {"read": "1481.97", "value": "1481.47"})  # fmt: skip


def test_a_decimal_point_lost_on_a_scan_is_put_back() -> None:
    assert read("1 234,50", "24690", "1 481,40").value("vat_total") == "246.90"


@pytest.mark.parametrize("rate", ["", "12,3 %"])
def test_a_sum_is_not_proved_by_a_rate_that_is_neither_printed_nor_known(rate: str) -> None:
    reading = extract([page(f"""
Facture n° A-9                  Durand SAS
Total HT                          20,00
TVA {rate:6}                         3,46
Total TTC                         23,46
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("gross_total") == "23.46"
    assert reading.fields["gross_total"].state == "consistent"


def test_goods_that_add_up_to_the_total_by_accident_are_no_net_and_no_tax() -> None:
    reading = extract([page("""
Boulangerie du Pont
Pain                    15,51
Lait                     2,54
TOTAL                   18,05
CB                      18,05
""")], "receipt")  # fmt: skip
    assert reading.value("gross_total") == "18.05"
    assert reading.value("net_total") is None
    assert reading.value("vat_total") is None


def test_one_rate_of_several_is_not_the_whole_tax() -> None:
    reading = extract([page("""
Café de la Gare
TOTAL                  114,26
ESPÈCES                200,00
MONNAIE                 85,74
TVA %          HT         TVA         TTC
5,5 %       13,90        0,76       14,66
20 %        83,00       16,60       99,60
""")], "receipt")  # fmt: skip
    assert reading.value("gross_total") == "114.26"
    assert {v.amount for v in reading.vat_lines} == {"0.76", "16.60"}


def test_a_rounding_below_the_total_is_part_of_what_is_paid() -> None:
    reading = extract([page("""
Kiosque du Lac
Total (TVA incl.)       48.16
Rounding                -0.01
Cash                    50.00
Change                   1.85
""")], "receipt")  # fmt: skip
    assert reading.value("gross_total") == "48.15"
    assert reading.fields["gross_total"].state != "proved"


def test_a_product_that_is_net_of_its_box_is_no_net_total() -> None:
    reading = extract([page("""
Invoice no 12                   Acme Ltd
Description                              Amount
Playing cards                             18.34
Cadbury tub of sweets 660 g net           55.08
Total                                     73.42
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("net_total") is None
    assert reading.value("gross_total") == "73.42"


def test_a_tax_of_nothing_leaves_the_charges_as_the_net() -> None:
    reading = extract([page("""
Invoice no 12                   Acme Ltd
Charges                                    4.11
Credits                                    0.00
Tax                                        0.00
Total due on August 3, 2014                4.11
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("net_total") == "4.11"
    assert reading.value("gross_total") == "4.11"
    assert reading.value("amount_due") is None


def test_one_rate_beside_goods_without_tax_is_never_proved_to_be_the_total() -> None:
    reading = extract([page("""
Hill Supplies LLC, Austin, TX 78701
Bitter                   6.29
Screws                   9.36
Car park 2h              5.31
Bananas                  2.49
Balance due             23.45 USD
MASTERCARD              23.45
VAT %          Net       VAT      Gross
A 0%         18.14      0.00      18.14
B 8.25%       4.91      0.40       5.31
TOTAL        23.05      0.40      23.45
""")], "receipt")  # fmt: skip
    assert reading.value("gross_total") == "23.45"


def test_the_sales_tax_of_a_town_is_known_by_its_printed_rate() -> None:
    reading = extract([page("""
Invoice no 12                   Acme Inc.
Subtotal                               $103.92
Sales tax 8.25 %                         $8.57
Total                                  $112.49
""")], "purchase_invoice")  # fmt: skip
    assert [(line.rate, line.amount) for line in reading.vat_lines] == [("8.25", "8.57")]
    assert reading.fields["gross_total"].state == "proved"


def test_a_subtotal_before_a_discount_and_no_tax_is_no_net() -> None:
    reading = extract([page("""
Invoice no 12                   Acme Ltd
Subtotal                               4,068.96
Discount 10 %                           -406.90
Total                                  3,662.06
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("net_total") is None
    assert reading.value("gross_total") == "3662.06"


def test_what_is_left_after_a_deposit_is_due_and_not_the_total() -> None:
    reading = extract([page("""
Facture n° A-9                  Durand SAS
À payer                                9 850,56
Acompte versé                         -4 925,28
À payer                                4 925,28
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("gross_total") == "9850.56"
    assert reading.value("amount_due") == "4925.28"


UNTAXED = """
Rechnung Nr. 12                 Muster AG
Calloway Group Inc.
147 Harbour View
Bezeichnung         Menge     Einzelpreis     MwSt.     Betrag
Kabel                 1            123,66       0 %     {line}

MwSt.-Satz          Netto     MwSt.-Betrag
0 %                {base}             0,00

Summe netto                                             {net}
MwSt. gesamt                                              0,00
Bruttobetrag                                            123,66
Steuerfreie Ausfuhr
"""


def test_a_single_line_without_tax_is_proved_where_it_makes_the_net() -> None:
    text = UNTAXED.format(line="123,66", base="123,66", net="123,66")
    reading = extract([page(text)], "purchase_invoice")
    totals = [reading.fields[f"{name}_total"] for name in ("net", "vat", "gross")]
    assert [(t.value, t.state) for t in totals] == [
        ("123.66", "proved"), ("0.00", "proved"), ("123.66", "proved"),
    ]  # fmt: skip
    assert [(v.rate, v.base, v.amount) for v in reading.vat_lines] == [("0", "123.66", "0.00")]


@pytest.mark.parametrize(
    ("line", "base", "net"),
    [
        ("132,66", "123,66", "123,66"),  # the line does not make it, and 0 % of anything is 0
        ("123,66", "123,66", "132,66"),  # the net is another amount
        ("132,66", "132,66", "132,66"),  # the total is
    ],
)
def test_a_tax_of_nothing_proves_nothing_by_itself(line: str, base: str, net: str) -> None:
    reading = extract([page(UNTAXED.format(line=line, base=base, net=net))], "purchase_invoice")
    assert "proved" not in {found.state for found in reading.fields.values()}


def test_a_row_without_tax_is_beside_the_others_where_they_make_the_net_together() -> None:
    reading = extract([page("""
Facture n° A-9                  Durand SAS
Taux de TVA       Base HT       Montant TVA
0 %                 50,00              0,00
20 %               100,00             20,00

Total HT                             150,00
Total TVA                             20,00
Total TTC                            170,00
""")], "purchase_invoice")  # fmt: skip
    assert [(v.rate, v.base, v.amount) for v in reading.vat_lines] == [
        ("0", "50.00", "0.00"), ("20", "100.00", "20.00"),
    ]  # fmt: skip
    assert reading.fields["gross_total"].state == "proved"
