"""Statements in the layouts of the banks of France, Belgium and beyond: one table, drawn eighteen ways."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from models.extraction import extract
from tests.models.extraction.paper import page

MONTHS = ("", "January", "February", "March", "April", "May", "June", "July", "August")
OPENING = Decimal("12410.55")
MOVEMENTS = (
    (date(2026, 5, 4), "VIR SEPA RECU MARTIN SARL", "2500.00", "REF FACTURE 2026-118"),
    (date(2026, 5, 6), "PRLV SEPA EDF", "-1120.50", ""),
    (date(2026, 5, 11), "CB TOTALENERGIES LYON", "-60.00", ""),
    (date(2026, 5, 18), "CHEQUE 4017283", "-84.20", ""),
    (date(2026, 5, 29), "VIREMENT EMIS LOYER", "-1300.00", "MAI 2026"),
)
CLOSING = OPENING + sum(Decimal(amount) for _, _, amount, _ in MOVEMENTS)
TOTALS = ("3264.70", "2500.00")

# Bank, headings with their kinds, date, opening, closing, total, thousands and decimal mark, period.
LAYOUTS = (
    ("BNP PARIBAS", "Date:date Nature_des_opérations:text Valeur:value Débit:debit Crédit:credit",
     "%d.%m", "SOLDE CREDITEUR AU 30.04.2026", "SOLDE CREDITEUR AU 31.05.2026",
     "TOTAL DES OPERATIONS", " ,", "du 01.05.2026 au 31.05.2026"),
    ("SOCIETE GENERALE", "Date:date Valeur:value Nature_de_l'opération:text Débit:debit Crédit:credit",
     "%d/%m/%Y", "SOLDE PRÉCÉDENT AU 30/04/2026", "NOUVEAU SOLDE AU 31/05/2026",
     "TOTAUX DES MOUVEMENTS", ".,", "du 01/05/2026 au 31/05/2026"),
    ("CREDIT AGRICOLE", "Date_opé.:date Date_valeur:value Libellé_des_opérations:text Débit:debit Crédit:credit",
     "%d.%m", "Ancien solde créditeur au 30.04.2026", "Nouveau solde créditeur au 31.05.2026",
     "Total des opérations", " ,", "Date d'arrêté : 31 mai 2026"),
    ("LCL", "DATE:date LIBELLE:text VALEUR:value DEBIT:debit CREDIT:credit",
     "%d.%m", "ANCIEN SOLDE", "SOLDE EN EUROS", "TOTAUX", " ,", "du 01.05.2026 au 31.05.2026"),
    ("CIC", "Date:date Date_valeur:value Opération:text Débit_EUROS:debit Crédit_EUROS:credit",
     "%d/%m/%Y", "SOLDE CREDITEUR AU 30/04/2026", "SOLDE CREDITEUR AU 31/05/2026",
     "Total des mouvements", ".,", "31 mai 2026"),
    ("BANQUE POPULAIRE",
     "DATE_COMPTA:date LIBELLE/REFERENCE:text DATE_OPERATION:again DATE_VALEUR:value MONTANT:amount",
     "%d/%m", "SOLDE CREDITEUR AU 30/04/2026", "SOLDE CREDITEUR AU 31/05/2026",
     "TOTAL DES MOUVEMENTS", " ,", "RELEVE DU 01/05/2026 AU 31/05/2026"),
    ("CAISSE D'EPARGNE", "Date:date Détail_des_opérations:text Débit:debit Crédit:credit",
     "%d/%m/%Y", "SOLDE PRECEDENT AU 30/04/2026", "NOUVEAU SOLDE AU 31/05/2026", "TOTAL", " ,", ""),
    ("LA BANQUE POSTALE", "Date:date Opérations:text Débit_(EUR):debit Crédit_(EUR):credit",
     "%d/%m", "Ancien solde au 30/04/2026", "Nouveau solde au 31/05/2026", "Total des opérations", " ,",
     "Relevé édité le 1 juin 2026"),
    ("BOURSOBANK", "Date_opération:date Libellé:text Valeur:value Débit:debit Crédit:credit",
     "%d/%m/%Y", "SOLDE AU : 30/04/2026", "Nouveau solde en EUR :", "Total", ".,", ""),
    ("CCF", "Date:date Détail_des_opérations:text Valeur:value Débit:debit Crédit:credit",
     "%d.%m", "SOLDE DE DEBUT DE PERIODE", "SOLDE DE FIN DE PERIODE", "TOTAL DES MOUVEMENTS", " ,",
     "du 1 mai 2026 au 31 mai 2026"),
    ("QONTO", "Date_de_valeur:date Transactions:text Débit:debit Crédit:credit",
     "%d/%m", "Solde au 01/05/2026", "Solde au 31/05/2026", "", " .", "Du 01/05/2026 au 31/05/2026"),
    ("SHINE", "Date:date Type:kind Opération:text Débit_(EURO):debit Crédit_(EURO):credit",
     "%d/%m/%Y", "Solde précédent", "Nouveau solde", "Total des mouvements", " ,",
     "De 01/05/2026 à 31/05/2026"),
    ("Revolut Business", "Date:date Description:text Money_out:debit Money_in:credit Balance:balance",
     "%e %b %Y", "Opening balance", "Closing balance", "", ",.", "1 May 2026 - 31 May 2026"),
    ("N26", "Description:text Date:date Amount:amount",
     "%d.%m.%Y", "Previous balance", "Your new balance", "", ".,", "01.05.2026 - 31.05.2026"),
    ("Wise", "Description:text Incoming:credit Outgoing:debit Amount:balance",
     "%e %B %Y", "", "EUR balance on 31 May 2026", "", ",.", "1 May 2026 - 31 May 2026"),
    ("KBC", "Datum:date Omschrijving:text Valuta:value Bedrag:trailing",
     "%d-%m", "Vorig saldo", "Nieuw saldo", "", ".,", "01-05-2026 tot 31-05-2026"),
    ("BNP Paribas Fortis", "Datum:date Omschrijving:text Valuta:value Bedrag:amount",
     "%d-%m-%Y", "Vorig saldo", "Nieuw saldo", "", ".,", ""),
    ("Belfius", "Datum:date Omschrijving:text Valuta:value Bedrag:amount",
     "%d/%m/%Y", "Saldo vorige", "Nieuw saldo", "", ".,", ""),
)  # fmt: skip
WIDTHS = {
    "text": 36,
    "kind": 10,
    "debit": 15,
    "credit": 15,
    "amount": 15,
    "trailing": 15,
    "balance": 15,
}
MONEY = frozenset({"debit", "credit", "amount", "trailing", "balance"})


def written(value: Decimal, marks: str) -> str:
    whole = f"{abs(value):,.2f}"
    return whole.replace(",", "T").replace(".", marks[1]).replace("T", marks[0])


def drawn(layout: tuple[str, ...]) -> str:
    bank, headings, day, opening, closing, total, marks, period = layout
    columns = [heading.split(":") for heading in headings.split()]
    last = columns[-1][1]

    def line(cells: dict[str, str]) -> str:
        text = ""
        for _, kind in columns:
            width = WIDTHS.get(kind, 14)
            cell = cells.get(kind, "")
            text += (cell.rjust(width - 2) + "  ") if kind in MONEY else cell.ljust(width)
        return text

    def balance(words: str, value: Decimal) -> str:
        where = "credit" if "credit" in headings and last != "balance" else last
        return line({columns[0][1]: "", "text": words, where: written(value, marks)})

    rows = [line({kind: name.replace("_", " ") for name, kind in columns})]
    if opening:
        rows.append(balance(opening, OPENING))
    before, moved = OPENING, []
    for when, text, money, more in MOVEMENTS:
        amount = Decimal(money)
        before += amount
        sign = "-" if amount < 0 else "+"
        stamp = when.strftime(day).strip()
        cells = {
            "date": stamp, "value": stamp, "again": stamp, "text": text, "kind": "Virement",
            "debit" if amount < 0 else "credit": written(amount, marks),
            "amount": ("-" if amount < 0 else "") + written(amount, marks),
            "trailing": written(amount, marks) + sign,
            "balance": written(before, marks),
        }  # fmt: skip
        dated = any(kind == "date" for _, kind in columns)
        below = more if dated else stamp
        block = [line(cells)]
        if below:
            block.append(line({"text": below}))
        moved.append(block)
    if bank == "Wise":
        moved.reverse()
    rows.extend(row for block in moved for row in block)
    if total:
        rows.append(line({"text": total, "debit": written(Decimal(TOTALS[0]), marks),
                          "credit": written(Decimal(TOTALS[1]), marks)}))  # fmt: skip
    rows.append(balance(closing, CLOSING))
    if bank == "Wise":
        rows.insert(0, rows.pop())
    return "\n".join([bank, f"Relevé de compte  {period}", "", *rows])


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout[0])
def test_the_statement_of_every_bank_closes_and_none_of_its_rows_is_lost(
    layout: tuple[str, ...],
) -> None:
    reading = extract([page(drawn(layout))], "bank_statement")
    assert [(t.date, t.amount) for t in reading.transactions] == sorted(
        ((when.isoformat(), money) for when, _, money, _ in MOVEMENTS),
        reverse=layout[0] == "Wise",
    )
    assert (reading.value("opening_balance"), reading.value("closing_balance")) == (
        str(OPENING),
        str(CLOSING),
    )
    assert reading.problems == ()
