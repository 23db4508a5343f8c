"""Tables of banks: columns recognised, or asked for once and remembered."""

from __future__ import annotations

from datetime import date

import pytest

from domain.bank_files import guess_mapping, look, mapping_of, read_statements
from domain.errors import Invalid
from domain.statements import check
from tests.domain.test_bank_files import BELGIAN, SWISS, D, amounts, only

UBS = f"""Numéro de compte:;0240 00123456.01;
IBAN:;{SWISS};
Du:;2026-03-01;
Au:;2026-03-31;
Solde initial:;100.00;
Solde final:;1'213.60;
Évaluation en:;CHF;
Nombre de transactions dans cette période:;2;

Date de transaction;Heure de transaction;Date de comptabilisation;Date de valeur;Devise;Débit;Crédit;Sous-montant;Solde;No de transaction;Description1;Description2;Description3;Notes de bas de page
2026-03-05;10:00;2026-03-05;2026-03-06;CHF;-86.40;;;1213.60;B2;Romande Energie;Facture;;
2026-03-02;10:00;2026-03-02;2026-03-02;CHF;;1'200.00;;1300.00;B1;Dupont SA;Versement;;
"""
POSTFINANCE = """Date de début:;2026-03-01
Compte:;CH93
Monnaie:;CHF

Date;Type de transaction;Texte de notification;Crédit en CHF;Débit en CHF;Label;Catégorie
05.03.2026;Débit;ACHAT MIGROS;;-45.70;;
02.03.2026;Crédit;VERSEMENT DUPONT;1200;;;

Disclaimer:
Ce document ne fait pas foi.
"""
RAIFFEISEN = f"""IBAN;Booked At;Text;Credit/Debit Amount;Balance;Valuta Date
{SWISS};2026-03-02 00:00:00.0;Versement Dupont;1200.0;1300.0;2026-03-02 00:00:00.0
;;Facture 12;;;
{SWISS};2026-03-05 00:00:00.0;Achat;-86.4;1213.6;2026-03-05 00:00:00.0
"""
FRENCH_BANK = """Date opération;Date valeur;Libellé;Débit;Crédit
02/03/2026;03/03/2026;"VIR SEPA DUPONT; FACTURE 12";;1 200,00
05/03/2026;05/03/2026;PRLV EDF;86,40;
"""
BELGIAN_BANK = f"""Compte;Date;Montant;Devise;Contrepartie;Compte contrepartie;Communication structurée;Libellé
{BELGIAN};05/03/26;-86,40;EUR;LUMINUS SA;{BELGIAN};+++010/8068/17183+++;Domiciliation
{BELGIAN};02/03/26;1.200,00;EUR;DUPONT;;;Virement
"""


def test_ubs_puts_its_balances_before_the_header_and_the_newest_first() -> None:
    statement = only(UBS.encode())
    assert (statement.iban, statement.currency) == (SWISS, "CHF")
    assert (statement.opening, statement.closing) == (D("100.00"), D("1213.60"))
    assert check(statement) == (), "it closes, and so does every running balance"
    assert [m.label for m in statement.movements] == [
        "Dupont SA Versement",
        "Romande Energie Facture",
    ]


def test_postfinance_puts_credits_first_and_ends_with_sentences() -> None:
    statement = only(POSTFINANCE.encode("utf-8-sig"))
    assert amounts(statement) == [D("1200.00"), D("-45.70")]
    assert statement.currency == "CHF"


def test_rows_without_a_day_go_on_with_the_text_above() -> None:
    statement = only(RAIFFEISEN.encode())
    assert [m.label for m in statement.movements] == ["Versement Dupont Facture 12", "Achat"]
    assert (statement.iban, statement.opening) == (SWISS, D("100.00"))
    assert check(statement) == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_csv_is_read_in_whatever_it_was_written(encoding: str) -> None:
    statement = only(FRENCH_BANK.encode(encoding))
    assert amounts(statement) == [D("1200.00"), D("-86.40")]
    assert statement.movements[0].label == "VIR SEPA DUPONT; FACTURE 12"
    assert statement.movements[0].value_day == date(2026, 3, 3)


def test_a_belgian_csv_names_the_other_side_and_its_reference() -> None:
    statement = only(BELGIAN_BANK.encode())
    luminus = statement.movements[1]
    assert (statement.iban, luminus.counterparty_iban) == (BELGIAN, BELGIAN)
    assert (luminus.counterparty, luminus.reference) == ("LUMINUS SA", "+++010/8068/17183+++")
    assert luminus.day == date(2026, 3, 5)


def test_each_currency_of_a_table_is_a_statement() -> None:
    mixed = "Date,Description,Amount,Currency\n2026-03-02,A,1.00,EUR\n2026-03-02,B,-2.00,USD\n"
    found = read_statements("wise.csv", mixed.encode())
    assert [(s.currency, amounts(s)) for s in found] == [
        ("EUR", [D("1.00")]),
        ("USD", [D("-2.00")]),
    ]


def test_a_table_of_unknown_columns_is_read_by_what_is_in_them() -> None:
    text = "A;B;C;D\n02.03.2026;Achat de papier;12,50;112,50\n05.03.2026;Timbres;-3,00;109,50\n"
    statement = only(text.encode())
    assert amounts(statement) == [D("12.50"), D("-3.00")]
    assert statement.opening == D("100.00")


def test_a_table_without_a_header_is_read_too() -> None:
    text = "02.03.2026;Achat de papier;12,50\n05.03.2026;Timbres;-3,00\n"
    assert amounts(only(text.encode())) == [D("12.50"), D("-3.00")]


def test_a_table_that_nobody_understands_asks_for_its_columns_and_takes_them() -> None:
    content = b"Wann;Was;Wieviel\n2 mars;Papier;12\n"
    with pytest.raises(Invalid) as refusal:
        read_statements("x.csv", content)
    assert refusal.value.code == "bank_mapping_needed"
    assert refusal.value.details["header"] == ["Wann", "Was", "Wieviel"]

    said = mapping_of({"day": 0, "label": [1], "amount": 2, "decimal": ",", "date_order": "dmy"})
    (statement,) = read_statements("x.csv", content.replace(b"2 mars", b"02.03.26"), said)
    assert (statement.movements[0].day, amounts(statement)) == (date(2026, 3, 2), [D("12.00")])


@pytest.mark.parametrize(
    "said",
    [
        {"label": [1], "amount": 2},
        {"day": 0, "amount": 2, "label": []},
        {"day": 0, "label": [1], "debit": 2},
        {"day": -1, "label": [1], "amount": 2},
        {"day": 0, "label": [1], "amount": 2, "decimal": "x"},
        {"day": 0, "label": [1], "amount": 2, "surprise": 1},
        {"day": True, "label": [1], "amount": 2},
    ],
)
def test_a_mapping_that_cannot_be_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refusal:
        mapping_of(said)
    assert refusal.value.code == "bank_mapping_wrong"


def test_a_mapping_comes_back_as_it_was_sent() -> None:
    guess = look(UBS.encode()).guess
    assert guess is not None
    assert mapping_of(guess.to_json()) == guess
    assert guess_mapping(["a", "b"], [["x", "y"]]) is None


def test_the_same_header_is_recognised_however_it_is_written() -> None:
    shouted = FRENCH_BANK.replace("Libellé", "LIBELLE")
    assert look(FRENCH_BANK.encode()).fingerprint == look(shouted.encode()).fingerprint
    assert look(FRENCH_BANK.encode()).fingerprint != look(UBS.encode()).fingerprint


def test_an_american_date_is_recognised_by_a_day_after_the_twelfth() -> None:
    text = "Date,Description,Amount\n03/02/2026,A,1.00\n03/25/2026,B,2.00\n"
    assert [m.day.day for m in only(text.encode()).movements] == [2, 25]
