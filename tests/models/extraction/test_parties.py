from __future__ import annotations

import pytest

from domain.text import PageText, Word
from models.extraction import Own, extract
from tests.models.extraction.paper import page


def supplier(sheet: PageText, **options: object) -> str | None:
    return extract([sheet], "purchase_invoice", **options).value("supplier_name")  # type: ignore[arg-type]


def test_the_addressee_in_the_window_is_not_the_sender_even_without_a_label() -> None:
    assert supplier(page("""
   Annonces en ligne
                                                          Facture 2026-118





                                                          ALEXINUX
                                                          27 rue Henri Rolland
                                                          69100 Villeurbanne

Désignation             Nombre      P.U. HT      Montant HT
Annonce                      1        45,93           45,93
                                   Total HT           45,93
Virement - Titulaire du compte : NETPRESSE


""" + "\n" * 40 + """
    Siège social : 16 rue Mollien - 92100 BOULOGNE - Tel : 01 71 17 61 67
""")) == "NETPRESSE"  # fmt: skip


def test_the_letterhead_of_a_company_weighs_more_than_the_person_who_holds_its_account() -> None:
    assert supplier(page("""
Bei Spiel GmbH
Ecke 12
12345 Stadthausen
info@bei-spiel.de

Rechnung RE-2026-502 vom 03.07.2026
Summe inkl. USt: 571,04 €
Kontoinhaber: Max Mustermann
""")) == "Bei Spiel GmbH"  # fmt: skip


def test_the_legal_name_above_the_address_is_the_supplier_not_the_street_or_the_town() -> None:
    assert supplier(page("""
161 Market Street, Springfield
INVOICE                                            Invoice no: 4471
Hardware Supplies Ltd
East Tamfort
Phone: (858)-555-0101
Total   $147.05
""")) == "Hardware Supplies Ltd"  # fmt: skip


@pytest.mark.parametrize(
    ("role", "name"),
    [("Verkäufer:", "Rohstoff AG"), ("Fournisseur :", "Acier SAS"), ("Sold by:", "Steel Ltd")],
)
def test_the_name_below_a_heading_that_says_seller_is_the_supplier(role: str, name: str) -> None:
    text = (
        f"Client :\nGrossmarkt GmbH\nHafen 3\n20095 Hamburg\n\n{role}\nNummer : 12\n{name}\nWeg 3\n"
    )
    assert supplier(page(text)) == name


def test_our_own_company_is_never_the_supplier() -> None:
    text = "Dupont SARL\n3 rue des Lilas\n75001 Paris\n\n\nMartin SAS\n8 rue Haute\n69001 Lyon\n"
    assert supplier(page(text)) == "Dupont SARL"
    assert supplier(page(text), own=Own(names=("Dupont",))) == "Martin SAS"


def test_what_a_scanner_made_of_a_logo_is_no_part_of_the_name() -> None:
    sheet = page("ai Turnpike Designs\n156 University Ave\nPhone 416-555-1212\n", source="ocr")
    noisy = Word("ai", sheet.words[0].box, 0.4, 0)
    scan = PageText(0, sheet.width, sheet.height, "ocr", (noisy, *sheet.words[1:]))
    assert supplier(scan) == "Turnpike Designs"


def test_words_of_a_typewriter_face_stay_one_name() -> None:
    words = []
    for row, line in enumerate(["Rohstoff Handel GmbH"] + ["wir liefern gute Ware jeden Tag"] * 4):
        for order, text in enumerate(line.split()):
            box = page("x").words[0].box
            x0 = 0.1 + 0.13 * order
            words.append(
                Word(text, type(box)(x0, 0.1 + row / 50, x0 + 0.118, 0.107 + row / 50), 0.9, row)
            )
    assert supplier(PageText(0, 595, 842, "ocr", tuple(words))) == "Rohstoff Handel GmbH"
