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
