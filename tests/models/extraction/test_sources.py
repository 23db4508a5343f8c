from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.findings import Reading
from domain.text import Box, Code
from models.extraction import extract
from models.extraction.codes import payment_codes
from models.extraction.einvoice import read_einvoice
from tests.models.extraction.paper import page
from tests.models.extraction.test_einvoice import CII

SWISS_LINES = (
        "SPC", "0200", "1", "CH4431999123000889012", "S", "Robert Schneider AG",
        "Rue du Lac", "1268", "2501", "Biel", "CH", "", "", "", "", "", "", "",
        "1949.75", "CHF", "S", "Pia Rutschmann", "Marktgasse", "28", "9400", "Rorschach", "CH",
        "QRR", "210000000003139471430009017", "Auftrag vom 15.06.2026", "EPD",
        "//S1/10/R-3139/11/260701/30/100155212",
    )  # fmt: skip
SWISS = "\n".join(SWISS_LINES)
EPC_LINES = ("BCD", "002", "1", "SCT", "BNPAFRPP", "Durand SAS", "FR7630006000011234567890189",
     "EUR120.00", "", "RF18539007547034", "",
)  # fmt: skip
EPC = "\n".join(EPC_LINES)
PAGE = """
Durand SARL                              Facture n° FA-2026-7
Date : 15/08/2026                        Échéance : 14/09/2026
Total HT                          100,00
TVA 20 %                           20,00
Total TTC                         120,00
IBAN FR76 3000 6000 0112 3456 7890 189
"""


def code(text: str) -> Code:
    return Code("QRCode", text, Box(0.1, 0.7, 0.3, 0.9))


def xml() -> Reading:
    return read_einvoice(CII.encode()).reading


def test_a_swiss_qr_bill_says_whom_to_pay_how_much_and_for_what() -> None:
    (found,) = payment_codes([page("x", codes=(code(SWISS),))])
    assert (found.iban, found.creditor, str(found.amount), found.currency) == (
        "CH4431999123000889012", "Robert Schneider AG", "1949.75", "CHF")  # fmt: skip
    assert found.reference == "210000000003139471430009017"
    assert (found.invoice_number, found.issue_date, found.uid) == (
        "R-3139", "2026-07-01", "CHE100155212")  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        SWISS.replace("CH4431999123000889012", "CH4431999123000889013"),
        EPC.replace("0189", "0188"),
        "SPC",
        "BCD\n002",
        "https://example.org",
        "",
    ],
)
def test_a_code_that_breaks_its_own_rules_is_not_believed(text: str) -> None:
    assert list(payment_codes([page("x", codes=(code(text),))])) == []


def test_a_code_and_the_page_that_agree_are_surer_than_either() -> None:
    reading = extract([page(PAGE, codes=(code(EPC),))], "purchase_invoice")
    assert reading.fields["iban"].source == "qr"
    assert reading.value("payment_reference") == "RF18539007547034"
    assert reading.fields["gross_total"].state == "proved"
    assert reading.problems == ()


def test_a_code_that_pays_somebody_else_blocks() -> None:
    other = EPC.replace("FR7630006000011234567890189", "DE89370400440532013000")
    reading = extract([page(PAGE, codes=(code(other),))], "purchase_invoice")
    assert ("iban_differs_from_code", "blocking") in [
        (p.code, p.severity) for p in reading.problems
    ]


def test_xml_gives_the_values_and_the_page_the_places() -> None:
    reading = extract([page(PAGE, number=3)], "purchase_invoice", einvoice=xml())
    gross = reading.fields["gross_total"]
    assert (gross.value, gross.source, gross.state, gross.page) == ("120.00", "xml", "proved", 3)
    assert gross.box is not None
    assert reading.problems == ()


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("FA-2026-7", "FA-2026-8", "invoice_number"),
        ("15/08/2026", "16/08/2026", "issue_date"),
        ("3456 7890 189", "9999 9999 999", None),
        ("FR76 3000 6000 0112 3456 7890 189", "DE89 3704 0044 0532 0130 00", "iban"),
    ],
)
def test_a_page_that_says_something_else_than_its_xml_blocks(
    before: str, after: str, field: str | None
) -> None:
    reading = extract([page(PAGE.replace(before, after))], "purchase_invoice", einvoice=xml())
    found = [p for p in reading.problems if p.code == "xml_differs_from_page"]
    if field is not None:
        assert [(p.field, p.severity) for p in found] == [(field, "blocking")]
        assert reading.fields[field].state == "contradictory"
    else:
        assert [p.field for p in found] == ["iban"]


def test_another_total_on_the_page_is_found() -> None:
    text = PAGE.replace("100,00", "200,00").replace("20,00", "40,00").replace("140,00", "240,00")
    reading = extract([page(text.replace("120,00", "240,00"))], "purchase_invoice", einvoice=xml())
    assert [p.field for p in reading.problems] == ["gross_total"]


def test_what_the_xml_leaves_out_is_taken_from_the_page() -> None:
    fields = {k: f for k, f in xml().fields.items() if k != "due_date"}
    reading = extract([page(PAGE)], "purchase_invoice", einvoice=replace(xml(), fields=fields))
    assert reading.value("due_date") == date(2026, 9, 14).isoformat()
    assert reading.fields["due_date"].source == "text"
