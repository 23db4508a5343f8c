"""What papers of many trades and countries owe: each written down as such papers are laid out."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from models.extraction import extract
from tests.models.extraction.paper import page


class Paper(NamedTuple):
    """A paper, and what it owes: values by field, ``vat`` as `rate: tax`, amounts of its lines."""

    name: str
    text: str
    net: str | None = None
    vat_total: str | None = None
    gross: str | None = None
    due: str | None = None
    currency: str = "EUR"
    vat: dict[str, str] | None = None
    items: tuple[str, ...] | None = None
    category: str = "purchase_invoice"


PAPERS = (
    Paper("electricity with two rates and taxes that are no VAT", """
Énergies du Rhône SA                                   Facture n° 2025-88123 du 04/03/2025
Votre consommation du 01/01/2025 au 28/02/2025
                                                 Quantité      Prix HT        Montant HT   TVA
Abonnement électricité 9 kVA                       2 mois        12,10             24,20   5,5 %
Consommation heures pleines                       420 kWh       0,1580             66,36    20 %
Consommation heures creuses                       260 kWh       0,1210             31,46    20 %
Contribution au service public (CSPE)             680 kWh       0,0225             15,30    20 %
Contribution tarifaire d'acheminement                                               5,28   5,5 %

Total hors TVA                                                                    142,60 €
TVA à 5,5 % sur 29,48 €                                                             1,62 €
TVA à 20 % sur 113,12 €                                                            22,62 €
Total TTC                                                                         166,84 €
Montant prélevé le 20/03/2025                                                     166,84 €
""", "142.60", "24.24", "166.84", None, vat={"5.5": "1.62", "20": "22.62"}),
    Paper("water with its distribution, its sewage and its agencies", """
Compagnie des Eaux du Val                                           Facture N° E-2024-7781
SIRET 552 100 554 00025
                                            m3       Prix HT €     Montant HT €     TVA %
Distribution de l'eau
Abonnement                                                                 21,40       5,5
Consommation                                48          1,4200             68,16       5,5
Collecte et traitement des eaux usées
Consommation                                48          1,6100             77,28        10
Organismes publics
Lutte contre la pollution                   48          0,2900             13,92       5,5

Montant total HT                                                          180,76
TVA 5,5 %                                  103,48                           5,69
TVA 10 %                                    77,28                           7,73
Montant total TTC                                                         194,18
""", "180.76", "13.42", "194.18", vat={"5.5": "5.69", "10": "7.73"}),
    Paper("telephone with an old balance", """
Téléphonie Ouest                                       Votre facture du 12 mai 2025
N° de facture : 70012345
Vos abonnements                                                             49,90
Vos consommations hors forfait                                               3,25
Total de la facture HT                                                      53,15
TVA 20,00 %                                                                 10,63
Total de la facture TTC                                                     63,78 €
Solde antérieur                                                             20,00 €
Total à payer                                                               83,78 €
""", "53.15", "10.63", "63.78", "83.78", vat={"20": "10.63"}),
    Paper("restaurant bill with two rates", """
AUBERGE DU PUITS
12 rue Haute 37000 Tours
Table 12   Couverts 4     le 14/06/2025 13:42
4 Menu du jour               78,00
1 Bouteille Chinon           24,00
4 Café                       10,00
TOTAL TTC                   112,00
Taux     HT       TVA       TTC
10,00%   80,00     8,00     88,00
20,00%   20,00     4,00     24,00
CARTE BANCAIRE              112,00
""", "100.00", "12.00", "112.00", vat={"10": "8.00", "20": "4.00"}, category="receipt"),
    Paper("hotel with a tourist tax outside VAT", """
Hôtel des Arènes SARL                                             FACTURE N° H-4512
Nuitée chambre double          2      110,00      220,00
Petit déjeuner                 4       14,00       56,00
Taxe de séjour                 4        1,65        6,60

Total HT                                          250,91
TVA 10 %                                           25,09
Taxe de séjour (non soumise)                        6,60
Total TTC                                         282,60 €
Payé par carte                                    282,60 €
""", None, "25.09", "282.60", vat={"10": "25.09"}),
    Paper("freight with duties advanced", """
Transit Maritime SAS                                            Facture 24/55012
Désignation                                                     Montant HT      TVA
Fret maritime Shanghai - Le Havre                                 1 850,00    0,00%
Manutention portuaire                                               320,00   20,00%
Droits de douane (débours)                                          415,30    0,00%
Honoraires de dédouanement                                           95,00   20,00%

Base HT taxable                                                     415,00
TVA 20,00%                                                           83,00
Non soumis                                                        2 265,30
Total HT                                                          2 680,30
Total TTC                                                         2 763,30 EUR
""", "2680.30", "83.00", "2763.30", vat={"20": "83.00"},
          items=("1850.00", "320.00", "415.30", "95.00")),
    Paper("software in dollars with reverse charge", """
Nimbus Labs Inc.                                                Invoice NL-20391
548 Market Street, San Francisco, CA 94104
Description                              Qty        Unit price           Amount
Team plan (monthly)                        5            $12.00           $60.00
Extra storage                              2             $4.50            $9.00

Subtotal                                                                 $69.00
VAT - France (0%)                                                         $0.00
Total                                                                    $69.00
Amount due                                                           $69.00 USD
Tax to be paid on reverse charge basis
""", "69.00", "0.00", "69.00", None, "USD", items=("60.00", "9.00")),
    Paper("Swiss invoice rounded to five centimes", """
Menuiserie Favre Sàrl, 1950 Sion                                  Facture 2025-104
CHE-107.787.577 TVA
Désignation                        Quantité          Prix        Montant
Porte chêne massif                        1      1'480.00       1'480.00
Pose                                    6.5         95.00         617.50

Total hors TVA CHF                                              2'097.50
TVA 8.1 %                                                         169.90
Arrondi                                                            -0.00
Total TVA incluse CHF                                           2'267.40
""", "2097.50", "169.90", "2267.40", None, "CHF", {"8.1": "169.90"}, ("1480.00", "617.50")),
    Paper("Swiss hotel with three rates, the tax inside", """
Hotel Bellevue AG, 3920 Zermatt                                   Rechnung Nr. 88110
CHE-116.281.710 MWST
Übernachtung                     3 x 180.00        540.00
Restaurant                                         124.50
Kurtaxe                                             18.00
Total CHF                                          682.50
MWST-Satz          Netto        MWST        Brutto
3.8 %             520.23       19.77        540.00
8.1 %             115.17        9.33        124.50
""", None, None, "682.50", None, "CHF", {"3.8": "19.77", "8.1": "9.33"}),
    Paper("Belgian builder at six and twenty-one percent", """
Bouw & Zoon BVBA                                                Factuur 2025/0231
BTW BE 0417.497.106
Omschrijving                           Aantal       Prijs        Bedrag     BTW
Renovatie badkamer                          1    3.200,00      3.200,00      6%
Opritverharding                            40       55,00      2.200,00     21%

Maatstaf van heffing       BTW %           BTW
3.200,00                      6%        192,00
2.200,00                     21%        462,00
Totaal excl. BTW                                               5.400,00
Totaal BTW                                                       654,00
Te betalen                                                  € 6.054,00
""", "5400.00", "654.00", "6054.00", vat={"6": "192.00", "21": "462.00"},
          items=("3200.00", "2200.00")),
    Paper("German slip with its tax inside", """
BÜCHER KAISER GMBH
Hauptstr. 4, 76133 Karlsruhe
Roman "Herbst"                      12,99 B
Kalender                             9,90 A
Kaffee groß                          3,90 A
SUMME EUR                           26,79
girocard                            26,79
MwSt        Netto       MwSt-Betr.      Brutto
A 19,0%     11,60             2,20       13,80
B  7,0%     12,14             0,85       12,99
""", None, None, "26.79", vat={"19": "2.20", "7": "0.85"}, category="receipt"),
    Paper("German invoice that only says what tax it holds", """
Malerbetrieb Winter                                           Rechnung Nr. 2025-17
Anstrich Treppenhaus pauschal                                           1.190,00 €
Gesamtbetrag                                                            1.190,00 €
Im Gesamtbetrag enthaltene MwSt. 19 %                                     190,00 €
""", None, "190.00", "1190.00", vat={"19": "190.00"}),
    Paper("a small trader without VAT", """
Julie Martin, graphiste                                             Facture F-2025-011
SIRET 812 345 678 00014
Prestation                           Qté           PU          Total
Création de logo                       1       450,00         450,00
Déclinaison carte de visite            2        60,00         120,00
Total                                                         570,00 €
TVA non applicable, art. 293 B du CGI
Acompte versé                                                -200,00 €
Reste à payer                                                 370,00 €
""", None, None, "570.00", "370.00", items=("450.00", "120.00")),
    Paper("building works with earlier bills and a guarantee kept back", """
Gros Œuvre Breton SAS                                         SITUATION N° 3 - Facture 25-0311
Travaux réalisés à ce jour HT                                             48 000,00
Situations précédentes HT                                                -30 000,00
Montant HT de la situation                                                18 000,00
TVA 20 %                                                                   3 600,00
Montant TTC                                                               21 600,00
Retenue de garantie 5 %                                                   -1 080,00
Net à payer                                                               20 520,00
""", "18000.00", "3600.00", "21600.00", "20520.00", vat={"20": "3600.00"}),
    Paper("a discount before the tax", """
Papeterie Centrale SARL                                               Facture n° 55102
Ramette A4                             50        4,20        210,00
Cartouche                               4       31,00        124,00
Total brut HT                                               334,00
Remise 10 %                                                 -33,40
Total net HT                                                300,60
TVA 20 %                                                     60,12
Total TTC                                                   360,72
""", "300.60", "60.12", "360.72", vat={"20": "60.12"}, items=("210.00", "124.00")),
    Paper("eco-participation and carriage before the tax", """
Électro Discount SAS                                             Facture n° ED-90817
Désignation                         Qté        P.U. HT      Montant HT
Lave-linge 8 kg                       1         332,50          332,50
dont éco-participation 8,33

Sous-total HT                                                   332,50
Frais de port HT                                                 24,17
Éco-participation                                                 8,33
Total HT                                                        365,00
TVA 20 %                                                         73,00
Total TTC                                                       438,00 €
""", "365.00", "73.00", "438.00", vat={"20": "73.00"}, items=("332.50",)),
    Paper("deposits on bottles, outside VAT", """
Brasserie du Canal SA                                           Facture n° BC-2207
Bière blonde 24 x 25 cl              10        14,40        144,00
Eau minérale 12 x 1 l                 5         6,20         31,00
Total HT                                                    175,00
TVA 20 % sur 144,00                                          28,80
TVA 5,5 % sur 31,00                                           1,71
Total TTC marchandises                                      205,51
Consignes                                                    42,00
Net à payer                                                 247,51
""", "175.00", "30.51", "205.51", "247.51", vat={"20": "28.80", "5.5": "1.71"}),
    Paper("a credit note with negative sums", """
Fournitures Pro SAS                                               AVOIR N° AV-3301
Retour chaise visiteur                 -2        85,00       -170,00
Total HT                                                    -170,00
TVA 20 %                                                     -34,00
Total TTC                                                   -204,00
""", "170.00", "34.00", "204.00", vat={"20": "-34.00"}, category="credit_note"),
    Paper("a credit note with positive sums", """
Fournitures Pro SAS                                               AVOIR N° AV-3302
Retour chaise visiteur                  2        85,00        170,00
Total HT                                                     170,00
TVA 20 %                                                      34,00
Total TTC en votre faveur                                    204,00
""", "170.00", "34.00", "204.00", vat={"20": "34.00"}, category="credit_note"),
    Paper("totals side by side under their headings", """
Grossiste Alimentaire SA                                         Facture 771920
Article                     Qté        Prix       Montant
Huile 5 l                    12       11,50        138,00
Farine T55                   20        8,10        162,00

Base HT      Taux      Montant TVA      Total HT      Total TVA      Total TTC
300,00       5,50 %          16,50        300,00          16,50         316,50
""", "300.00", "16.50", "316.50", vat={"5.5": "16.50"}, items=("138.00", "162.00")),
    Paper("totals in two columns beside the conditions", """
Imprimerie Lenoir                                                Facture n° 2024/871
Dépliants 3 volets          5000      0,0840          420,00
Règlement : virement à 30 jours                  Total HT             420,00 €
Pénalités de retard : 10 %                       TVA 20,00 %           84,00 €
Indemnité forfaitaire : 40,00 €                  TOTAL TTC            504,00 €
""", "420.00", "84.00", "504.00", vat={"20": "84.00"}),
    Paper("cash discount offered is no sum of the invoice", """
Werkzeug Huber KG                                                  Rechnung 100234
Bohrmaschine                     1        249,00         249,00
Nettobetrag                                              249,00
MwSt. 19 %                                                47,31
Rechnungsbetrag                                          296,31
Bei Zahlung innerhalb 10 Tagen 2 % Skonto: 5,93 € = 290,38 €
""", "249.00", "47.31", "296.31", vat={"19": "47.31"}),
    Paper("insurance with a tax of its own", """
Assurances du Midi                                     Avis d'échéance n° 4410098
Cotisation nette                                                         812,00
Frais                                                                     15,00
Taxes                                                                     94,12
Cotisation totale TTC                                                    921,12 €
""", None, "94.12", "921.12"),
    Paper("rent with charges and no tax", """
SCI Les Tilleuls                                     Facture de loyer n° 2025-03
Loyer mars 2025                                                        1 150,00
Provision pour charges                                                   120,00
Total à payer                                                          1 270,00 €
""", None, None, "1270.00"),
    Paper("fuel whose price holds the tax", """
STATION DU PORT
ROUTE DE CAEN 14000
POMPE 3   GAZOLE
VOLUME        42,15 L
PRIX/L         1,729 EUR
TOTAL TTC     72,88 EUR
TVA 20,00%    12,15
HT            60,73
CB            72,88
""", "60.73", "12.15", "72.88", vat={"20": "12.15"}, category="receipt"),
    Paper("Luxembourg at seventeen and three percent", """
Librairie Ernster SA                                             Facture 25-00981
N° TVA LU 12345613
Livres scolaires                     4        18,00        72,00
Agenda                               2        15,00        30,00
Total HTVA                                                102,00
TVA 3 %      72,00                                          2,16
TVA 17 %     30,00                                          5,10
Total TVAC                                                109,26
""", "102.00", "7.26", "109.26", vat={"3": "2.16", "17": "5.10"}),
    Paper("Italian supplier", """
Ceramiche Rossi S.r.l.                                            Fattura n. 118/2025
P. IVA IT 00743110157
Descrizione                    Quantità       Prezzo       Importo
Piastrelle 60x60                    120        18,50      2.220,00
Trasporto                             1       180,00        180,00
Imponibile                                                2.400,00
IVA 22 %                                                    528,00
Totale fattura                                            2.928,00 €
""", "2400.00", "528.00", "2928.00", vat={"22": "528.00"}, items=("2220.00", "180.00")),
    Paper("intra-community delivery without tax", """
Stahlhandel Krause GmbH                                           Rechnung 55-901
USt-IdNr. DE136695976
Pos  Bezeichnung            Menge      Einzelpreis        Gesamt
1    Träger HEB 200             8           310,00      2.480,00
2    Flachstahl                20            12,40        248,00
Summe netto                                             2.728,00
Umsatzsteuer 0 %                                            0,00
Gesamtbetrag                                            2.728,00 EUR
Steuerfreie innergemeinschaftliche Lieferung
""", "2728.00", "0.00", "2728.00", items=("2480.00", "248.00")),
)  # fmt: skip


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_what_is_owed_is_read_from_papers_of_every_trade(paper: Paper) -> None:
    reading = extract([page(paper.text)], paper.category)
    wanted = {
        "net_total": paper.net,
        "vat_total": paper.vat_total,
        "gross_total": paper.gross,
        "amount_due": paper.due,
        "currency": paper.currency,
    }
    if paper.net is None:  # whoever reads it may say it or not
        del wanted["net_total"]
    if paper.vat_total is None and paper.vat:
        del wanted["vat_total"]
    assert {name: reading.value(name) for name in wanted} == wanted
    if paper.vat is not None:
        assert {line.rate: line.amount for line in reading.vat_lines} == paper.vat
    if paper.items is not None:
        assert tuple(item.net_amount for item in reading.line_items) == paper.items
