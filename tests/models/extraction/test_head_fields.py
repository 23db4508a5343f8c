"""Number, dates and supplier on papers of many usages, each as small as what it is about."""

from __future__ import annotations

from datetime import date

import pytest

from models.extraction import Own, extract
from tests.models.extraction.paper import page

TODAY = date(2026, 11, 22)


def heads(text: str, category: str = "purchase_invoice", source: str = "text") -> dict[str, str]:
    found = extract([page(text, source=source)], category, today=TODAY, own=Own(("Petit Four",)))
    return {name: field.value for name, field in found.fields.items()}


NUMBERS = {
    "a French sign of a number and a slash": (
        "Dupont SARL\nFacture n° F-2024/0012\nDate : 03/03/2024\n", "F-2024/0012"),
    "a Dutch compound": (
        "Bakkerij Jansen BV\nFactuurnummer   2024.118\nFactuurdatum   3 maart 2024\n", "2024.118"),
    "a Dutch label of two words": (
        "Jansen BV\nFactuur nr. 240031        Klantnr. 9917\n", "240031"),
    "a German abbreviation with hyphens": (
        "Müller GmbH\nRechnungs-Nr.: RE-24-0815     Kunden-Nr.: 10023\nDatum: 04.03.2024\n",
        "RE-24-0815"),
    "a German head of a column": (
        ("Müller GmbH\n\nRechnungs-Nr.        Kunden-Nr.       Datum\n"
        "240815               10023            04.03.2024\n"), "240815"),
    "an English head of a column": (
        ("Steel Ltd\n\nInvoice No.          Account No.      Invoice Date\n"
        "SI-10443             ACC-77           4 March 2024\n"), "SI-10443"),
    "a number beside the table": (
        ("Dupont SAS                       Client\nFacture 20240307                 Petit Four\n"
        "                                 14 rue Haute\n\n"
        "Désignation          Qté       PU HT      Total HT\nPain                  14        1,00         14,00\n"),
        "20240307"),
    "a number with spaces behind its letters": (
        "Dupont SAS\nN° de facture : FC 240117\nDate : 02/02/2024\n", "FC 240117"),
    "a value glued to its label": ("Steel Ltd\nInvoice number:55821\nDate:3/14/2024\n", "55821"),
    "a value glued to its sign": ("Steel Ltd\nINVOICE #7781\n\n10   123   Chairs   45.00\n", "7781"),
    "the references of a line, one behind the other": (
        "Steel Ltd\nTax invoice\nAccount number: K-7742 Date: 07/01/2022 No. F20222996\n",
        "F20222996"),
    "Italian of Ticino": (
        "Rusconi Caffè SA\nFattura n. 2024-118        Data: 3 marzo 2024\nOrdine n. 5571\n",
        "2024-118"),
    "a Swiss number of a document": (
        "Meier AG\nBeleg: R-01374    Belegdatum: 13.07.2023    Zahlbar bis: 23.07.2023\n", "R-01374"),
    "the number of another paper in a sentence": (
        "Dupont SAS\nAvoir A-2031 du 04/03/2024\nEn déduction de la facture n° F-1988.\n", "A-2031"),
    "a street under the title": (
        ("                                              INVOICE\nTurnpike Designs\n"
        "                                              156 University Ave\n"
        "Bill to        Invoice Number: 14\n"), "14"),
    "spaces that a scanner lost": (
        "Rohstoff AG\nHandelsrechnung Nr. 47110815vom31.10.2018\n", "47110815"),
    "a number in the shape of a date": (
        "Dupont SAS\nFACTURE N° 25-01-2082\nDu 08/01/2025\n", "25-01-2082"),
    "the reference of a payment": (
        "Müller GmbH\nRechnung 4471\nKundennummer 88123\nVerwendungszweck: 88123-4471\n", "4471"),
    "a label at the end of the line before": (
        ("Hendriks BV\nNummer INV-02434 Datum 25/09/2022 Betalingsconditie 30 dagen Leverbonnummer\n"
        "878007\n"), "INV-02434"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "number"), NUMBERS.values(), ids=NUMBERS)
def test_the_number_of_an_invoice_is_told_from_every_other(text: str, number: str) -> None:
    assert heads(text).get("invoice_number") == number


@pytest.mark.parametrize(
    "text",
    [
        "Dupont SAS\n14 rue Haute\n69003 Lyon\nFacture\nDate : 03/03/2024\nTotal TTC   14,00 €\n",
        "Steel Ltd\nInvoice\nAccount number 88123\nOrder no. 5571\nPhone 0117 9040462\n",
        "Müller GmbH\nRechnung\nKunden-Nr. 10023\nIBAN DE89 3704 0044 0532 0130 00\n",
    ],
)
def test_a_paper_without_a_number_is_given_none(text: str) -> None:
    assert "invoice_number" not in heads(text)


DATES = {
    "a town before it": ("Dupont SAS\nLyon, le 3 mars 2024\nFacture F-12\n", "2024-03-03"),
    "a Swiss town": ("Meier AG\n8001 Zürich, 3. März 2024\nRechnung 12\n", "2024-03-03"),
    "few digits": ("Meier AG\nRechnung 12 vom 3.3.24\n", "2024-03-03"),
    "the day of delivery first": (
        "Müller GmbH\nLieferdatum: 01.03.2024\nRechnungsdatum: 05.03.2024\n", "2024-03-05"),
    "a period before it": (
        "Dupont SAS\nPériode du 01/02/2024 au 29/02/2024\nDate de facture : 01/03/2024\n",
        "2024-03-01"),
    "an American order": (
        "Steel Inc\n12 Main St, Dallas, TX 75201\nInvoice date: 03/04/2024\nTotal $ 12.00\n",
        "2024-03-04"),
    "a British order": (
        "Steel Ltd\nVAT No GB123456789\nInvoice date: 03/04/2024\nTotal £12.00\n", "2024-04-03"),
    "a month in Dutch": ("Jansen BV\nFactuurdatum 12 maart 2024\n", "2024-03-12"),
    "a month in Italian": ("Rusconi SA\nLugano, 3 marzo 2024\nFattura n. 7\n", "2024-03-03"),
    "a day of the contract in a sentence": (
        ("Dupont SAS\nFacture F-12      03/03/2024\n"
        "Selon le contrat de maintenance conclu entre nous le 01/02/2019, nous facturons\n"),
        "2024-03-03"),
    "a day to pay by before it": (
        "Dupont SAS\nÀ payer avant le 30/03/2024\nDate : 01/03/2024\n", "2024-03-01"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "day"), DATES.values(), ids=DATES)
def test_the_day_of_an_invoice_is_told_from_every_other(text: str, day: str) -> None:
    assert heads(text).get("issue_date") == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Facture F-1 du 01/03/2024\nÉchéance : 31/03/2024\n", "2024-03-31"),
        ("Facture F-1 du 01/03/2024\nÀ régler avant le 31 mars 2024.\n", "2024-03-31"),
        ("Rechnung 12 vom 01.03.2024\nZahlbar bis 31.03.2024 ohne Abzug\n", "2024-03-31"),
        ("Factuur 12   Factuurdatum 01-03-2024\nTe betalen voor 31-03-2024\n", "2024-03-31"),
        ("Fattura n. 12 del 01.03.2024\nPagabile entro il 31.03.2024\n", "2024-03-31"),
        ("Invoice 12, 1 March 2024\nThis amount will be collected on 15 March 2024.\n", None),
        ("Facture F-1 du 01/03/2024\nLivraison le 28/02/2024\n", None),
    ],
)
def test_the_day_to_pay_by_is_one_that_the_paper_calls_so(text: str, day: str | None) -> None:
    assert heads("Dupont SAS\n" + text).get("due_date") == day


SUPPLIERS = {
    "a legal line at the foot": (
        "Facture F-12                                       03/03/2024\n\n\n"
        "Petit Four\n14 rue Haute\n69003 Lyon\n\nPain   14,00\n" + "\n" * 50
        + "Fournil Moreau SAS au capital de 10 000 € - RCS Lyon 732 829 320 - www.fournil-moreau.fr\n",
        "Fournil Moreau SAS"),
    "ourselves above": (
        ("Petit Four SARL\n14 rue Haute\n69003 Lyon\n\n\nBoulangerie Dupuis SAS\n2 quai Sud\n"
        "69002 Lyon\nFacture F-12\n"), "Boulangerie Dupuis SAS"),
    "a trading name and the name behind it": (
        "LE BON PAIN\nBoulangerie Dupuis SARL\n2 quai Sud\n69002 Lyon\nFacture F-12\n",
        "Boulangerie Dupuis SARL"),
    "a name and a person who sells": (
        "Müller & Söhne GmbH\nHafen 3\n20095 Hamburg\nRechnung 12\nIhr Ansprechpartner: Max Weber\n",
        "Müller & Söhne GmbH"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "name"), SUPPLIERS.values(), ids=SUPPLIERS)
def test_the_supplier_is_found_wherever_a_paper_names_it(text: str, name: str) -> None:
    assert heads(text).get("supplier_name") == name


def test_a_till_counts_what_it_prints_beside_the_time() -> None:
    text = "Patel Ltd\n109 High Street\n\n9 June 2023 12:51     Order 117259\nMuffin     3.85\n"
    assert heads(text, "receipt").get("invoice_number") == "117259"
