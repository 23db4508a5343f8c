from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.extraction import Own, extract
from tests.models.extraction.paper import page

TODAY = date(2026, 11, 22)

FRENCH = """
MENUISERIE BERNARD SARL                                    FACTURE
12 rue des Lilas                                           N° : F-2026-0117
69003 Lyon                                                 Date : 12/03/2026
contact@menuiserie-bernard.fr                              Échéance : 11/04/2026

                                                           Client :
                                                           Boulangerie Petit SAS
                                                           3 place du Marché
                                                           N° TVA : FR83404833048

Désignation                         Qté        PU HT       TVA         Montant HT
Porte en chêne massif                2        450,00       20 %            900,00
Pose et finitions                    1        300,00       10 %            300,00

                                               Total HT                  1 200,00
                                               TVA 20 %                    180,00
                                               TVA 10 %                     30,00
                                               Total TVA                   210,00
                                               Total TTC                 1 410,00 €

SIRET 732 829 320 00074 - TVA FR44 732829320
IBAN FR76 3000 6000 0112 3456 7890 189
"""


def values(text: str, category: str = "purchase_invoice", **options: object) -> dict[str, str]:
    reading = extract([page(text)], category, today=TODAY, **options)  # type: ignore[arg-type]
    return {name: found.value for name, found in reading.fields.items()}


def test_a_french_invoice_is_read_whole_and_proved() -> None:
    reading = extract([page(FRENCH)], "purchase_invoice", today=TODAY)
    assert {k: f.value for k, f in reading.fields.items()} == {
        "supplier_name": "MENUISERIE BERNARD SARL",
        "supplier_vat_id": "FR44732829320",
        "supplier_siren": "732829320",
        "supplier_siret": "73282932000074",
        "invoice_number": "F-2026-0117",
        "issue_date": "2026-03-12",
        "due_date": "2026-04-11",
        "currency": "EUR",
        "net_total": "1200.00",
        "vat_total": "210.00",
        "gross_total": "1410.00",
        "customer_vat_id": "FR83404833048",
        "iban": "FR7630006000011234567890189",
    }
    assert reading.fields["gross_total"].state == "proved"
    assert [(i.description, i.quantity, i.net_amount) for i in reading.line_items] == [
        ("Porte en chêne massif", "2", "900.00"),
        ("Pose et finitions", "1", "300.00"),
    ]
    assert {(v.rate, v.amount) for v in reading.vat_lines} == {("20", "180.00"), ("10", "30.00")}


def test_every_value_points_at_the_words_it_was_read_from() -> None:
    sheet = page(FRENCH, number=7)
    reading = extract([sheet], "purchase_invoice", today=TODAY)
    found = reading.fields["gross_total"]
    assert found.page == 7
    assert found.box is not None
    under = [w.text for w in sheet.words if abs(w.box.middle - found.box.middle) < 0.003
             and w.box.x1 > found.box.x0 and w.box.x0 < found.box.x1]  # fmt: skip
    assert "1" in under
    assert "410,00" in under


def test_our_own_company_is_never_the_supplier() -> None:
    own = Own(names=("Menuiserie Bernard",), identifiers=frozenset({"FR44732829320", "732829320"}))
    found = values(FRENCH, own=own)
    assert "Bernard" not in found.get("supplier_name", "").title()
    assert found.get("supplier_vat_id") != "FR44732829320"
    assert "supplier_siren" not in found


def test_a_german_invoice_is_read() -> None:
    found = values("""
Lieferant GmbH                                   RECHNUNG
Hauptstraße 20                                   Rechnungsnummer     471102
80333 München                                    Rechnungsdatum      05.03.2026
                                                 Bestell-Datum       01.02.2026

Beschreibung                Menge      Einzelpreis        Gesamtpreis
Trennblätter A4             20             9,90              198,00

Rechnungssumme Netto (exkl. USt.)                            198,00
zzgl. Umsatzsteuer 19%                                        37,62
Rechnungssumme Brutto (inkl. USt.)                           235,62
Zahlbar innerhalb 30 Tagen netto bis 04.04.2026, 3% Skonto bis 15.03.2026
USt-IdNr. DE136695976   IBAN DE89 3704 0044 0532 0130 00
""")
    assert found["invoice_number"] == "471102"
    assert (found["issue_date"], found["due_date"]) == ("2026-03-05", "2026-04-04")
    assert (found["net_total"], found["vat_total"], found["gross_total"]) == (
        "198.00", "37.62", "235.62")  # fmt: skip
    assert found["supplier_vat_id"] == "DE136695976"


def test_totals_under_their_headings_are_read() -> None:
    found = values("""
Facture n° 2026-55                      Durand SAS
Date : 02/02/2026

                                   TOTAL HT      TOTAL TVA     TOTAL TTC
                                     100,00          20,00        120,00
""")
    assert (found["net_total"], found["vat_total"], found["gross_total"]) == (
        "100.00", "20.00", "120.00")  # fmt: skip


def test_an_amount_due_that_differs_from_the_total_is_told_apart() -> None:
    found = values("""
Facture n° A-9                  Durand SAS
Date : 02/02/2026
Total HT                          100,00
TVA 20 %                           20,00
Total TTC                         120,00
Acompte versé                     -50,00
Net à payer                        70,00 €
""")
    assert (found["gross_total"], found["amount_due"]) == ("120.00", "70.00")


def test_sums_that_do_not_close_are_contradictory_and_little_believed() -> None:
    reading = extract([page("""
Facture n° A-9                  Durand SAS
Date : 02/02/2026
Total HT                          100,00
Total TVA                          20,00
Total TTC                         130,00
""")], "purchase_invoice", today=TODAY)  # fmt: skip
    gross = reading.fields["gross_total"]
    assert (gross.value, gross.state) == ("130.00", "contradictory")
    assert gross.confidence < 0.5


def test_a_receipt_is_read_by_what_was_paid_and_given_back() -> None:
    found = values(
        """
        BOULANGERIE DU PORT
        4 quai Branly 75007 PARIS
        12/05/2026 08:41

        2 CROISSANT           2,60
        1 CAFE                1,80
        TOTAL                 4,40
        ESPECES              10,00
        RENDU                 5,60
        MERCI DE VOTRE VISITE
""",
        "receipt",
    )
    assert found["supplier_name"] == "BOULANGERIE DU PORT"
    assert found["issue_date"] == "2026-05-12"
    assert found["gross_total"] == "4.40"


def test_a_rounded_receipt_gives_the_total_after_rounding() -> None:
    found = values(
        """
        TASTE OF THE WORLD SDN BHD
        JALAN KENARI 5, 47170 PUCHONG, SELANGOR
        Date : 05/03/2018
        Total Sales (Incl GST 6%)      64.13
        Rounding Adjustment             0.02
        TOTAL                 RM       64.15
        CASH                  RM      100.00
        CHANGE                RM       35.85
""",
        "receipt",
    )
    assert found["gross_total"] == "64.15"
    assert found["currency"] == "MYR"


def test_a_credit_note_is_given_without_its_sign() -> None:
    found = values(
        """
Durand SAS                             AVOIR N° AV-31
Date : 02/02/2026
Total HT                               -100,00
TVA 20 %                                -20,00
Total TTC                              -120,00
""",
        "credit_note",
    )
    assert (found["net_total"], found["gross_total"]) == ("100.00", "120.00")
    assert found["invoice_number"] == "AV-31"


def test_kinds_without_fields_give_none() -> None:
    assert extract([page(FRENCH)], "letter").fields == {}
    assert extract([], "purchase_invoice").fields == {}


def test_hostile_strings_come_out_on_one_line_without_control_characters() -> None:
    found = values("Fournisseur : Ev\u202eil\u0007 <script> SARL\nFacture n° 12\u200b34")
    assert all(c.isprintable() for value in found.values() for c in value)


_MONEY = st.decimals(min_value=1, max_value=99_999, places=2)


@settings(max_examples=60)
@given(_MONEY, _MONEY, _MONEY)
def test_what_is_marked_proved_satisfies_its_arithmetic(
    net: Decimal, vat: Decimal, gross: Decimal
) -> None:
    reading = extract([page(f"""
Facture n° A-9                  Durand SAS
Total HT                  {net}
TVA 20 %                  {vat}
Total TTC                 {gross}
""")], "purchase_invoice")  # fmt: skip
    fields = reading.fields
    if any(
        fields[f].state == "proved"
        for f in ("net_total", "vat_total", "gross_total")
        if f in fields
    ):
        found = [Decimal(fields[f].value) for f in ("net_total", "vat_total", "gross_total")]
        assert abs(found[0] + found[1] - found[2]) <= Decimal("0.04")


@settings(max_examples=40)
@given(_MONEY, st.sampled_from(["20", "10", "5.5", "2.1"]))
def test_totals_that_close_are_always_proved(net: Decimal, rate: str) -> None:
    vat = (net * Decimal(rate) / 100).quantize(Decimal("0.01"))
    if vat < Decimal("0.05"):
        return
    reading = extract([page(f"""
Facture n° A-9                  Durand SAS
Total HT                  {net}
TVA {rate} %              {vat}
Total TTC                 {net + vat}
""")], "purchase_invoice")  # fmt: skip
    assert reading.value("gross_total") == str(net + vat)
    assert reading.fields["gross_total"].state == "proved"


@pytest.mark.parametrize(
    ("text", "number", "issued"),
    [
        ("FACTURE N° 25-01-2082\nDu 08/01/2025\nÉchéance 18/01/2025", "25-01-2082", "2025-01-08"),
        ("Avoir n° 02922\nDate : 03/02/2026\nEn déduction de la facture n° 107.", "02922",
         "2026-02-03"),
        ("Facture F-12\nDate   15 juillet 2026\nPayable au plus tard le 25 juillet 2026.", "F-12",
         "2026-07-15"),
        ("Receipt # No.: 9876\nDate: 9/10/2020", "9876", "2020-10-09"),
        (("Onderstaand vindt u onze verkopen van deze maand  Betaaloverzichtnummer:\n3906541086\n"
          "Datum 12-03-2026"), "3906541086", "2026-03-12"),
    ],
)  # fmt: skip
def test_a_number_and_a_date_are_told_from_those_of_other_papers_and_other_days(
    text: str, number: str, issued: str
) -> None:
    found = values(text)
    assert (found.get("invoice_number"), found.get("issue_date")) == (number, issued)
