"""Books of other programs: what their files tell of accounts, suppliers and purchases."""

from __future__ import annotations

import pytest

from domain import fec_file
from domain.book_tables import read_table
from domain.countries import country
from domain.errors import Invalid
from domain.past_books import PastBooks, past_books
from tests.domain.test_fec import HEAD

FRANCE = country("FR")


def fec_of(*lines: str) -> PastBooks:
    """Books of ``journal number day account label auxiliary label debit credit text`` lines."""
    text = HEAD
    for line in lines:
        journal, number, day, account, label, aux, aux_label, debit, credit, words = (
            part.strip() for part in line.split(";")
        )
        text += f"{journal}|J|{number}|{day}|{account}|{label}|{aux}|{aux_label}|F{number}|{day}|{words}|{debit}|{credit}|||{day}||\n"
    return past_books(fec_file.read(text.encode()).records, FRANCE)


PURCHASE = (
    "AC;1;20250310;606400;Fournitures;;;100,00;0,00;LYRECO F1 papier et toner",
    "AC;1;20250310;445660;TVA;;;20,00;0,00;LYRECO F1",
    "AC;1;20250310;401000;Fournisseurs;0LYRECO;LYRECO SAS;0,00;120,00;LYRECO F1",
)


def test_a_purchase_tells_the_account_the_treatment_and_the_words_of_its_supplier():
    books = fec_of(*PURCHASE)
    (line,) = books.lines
    assert (line.account, line.auxiliary, line.treatment) == ("606400", "0LYRECO", "FR_STD20")
    assert line.text == "papier et toner"
    assert [(s.auxiliary, s.name) for s in books.suppliers] == [("0LYRECO", "LYRECO SAS")]
    assert [a.number for a in books.accounts] == ["606400", "445660", "401000"]
    assert books.account_length == 6


@pytest.mark.parametrize(
    "lines",
    [
        # a payment with its fee, two suppliers, an entry that does not balance, one without any
        (
            "BQ;1;20250310;401000;F;0LYRECO;L;119,00;0,00;x",
            "BQ;1;20250310;627000;Frais;;;1,00;0,00;x",
            "BQ;1;20250310;512000;Banque;;;0,00;120,00;x",
        ),
        (PURCHASE[0], PURCHASE[1], "AC;1;20250310;401000;F;A;A;0,00;60,00;x", "AC;1;20250310;401000;F;B;B;0,00;60,00;x"),
        (PURCHASE[0], PURCHASE[2]),
        ("OD;1;20250310;606400;F;;;5,00;0,00;x", "OD;1;20250310;471000;A;;;0,00;5,00;x"),
    ],
)  # fmt: skip
def test_what_is_no_plain_purchase_of_one_supplier_teaches_nothing(lines: tuple[str, ...]):
    assert fec_of(*lines).lines == ()


def test_a_treatment_is_said_only_where_the_amounts_leave_one():
    no_vat = ("AC;1;20250310;616100;A;;;120,00;0,00;x", PURCHASE[2])
    self_assessed = (
        "AC;1;20250310;651100;L;;;120,00;0,00;x",
        "AC;1;20250310;445660;T;;;24,00;0,00;x",
        "AC;1;20250310;445200;T;;;0,00;24,00;x",
        PURCHASE[2],
    )
    fuel = (
        "AC;1;20250310;606140;C;;;104,00;0,00;x",
        "AC;1;20250310;445660;T;;;16,00;0,00;x",
        PURCHASE[2],
    )
    for lines in (no_vat, self_assessed, fuel):
        assert [line.treatment for line in fec_of(*lines).lines] == [None]


def test_suppliers_may_have_accounts_of_their_own_instead_of_auxiliaries():
    books = fec_of(PURCHASE[0], PURCHASE[1], "AC;1;20250310;401EDF;EDF;;;0,00;120,00;EDF")
    assert [(s.auxiliary, s.name) for s in books.suppliers] == [("401EDF", "EDF")]
    assert "401EDF" not in [a.number for a in books.accounts]
    assert books.lines[0].auxiliary == "401EDF"


def test_lines_alike_in_one_entry_have_keys_of_their_own_and_the_same_each_time():
    twice = (PURCHASE[0], PURCHASE[0], "AC;1;20250310;401000;F;0LYRECO;L;0,00;200,00;x")
    keys = [line.key for line in fec_of(*twice).lines]
    assert len(set(keys)) == 2
    assert keys == [line.key for line in fec_of(*twice).lines]


def test_a_chart_is_read_in_the_shapes_programs_write():
    for text in (
        "Compte;Libellé\n606400;Fournitures admin.\nabc;Rien\n607;\n",
        'N° compte,"Intitulé du compte"\n606400,"Fournitures admin."\nabc,Rien\n607,\n',
        "Account\tLabel\r\n606400\tFournitures admin.\r\nabc\tRien\r\n607\t\r\n",
    ):
        table = read_table(text.encode("cp1252"))
        assert table.kind == "accounts"
        assert [(a.number, a.label) for a in table.accounts] == [("606400", "Fournitures admin.")]
        faults = [(fault.code, fault.line) for fault in table.faults.found]
        assert faults == [("account_number", 3), ("account_label", 4)]


def test_suppliers_are_read_with_what_identifies_them_and_without_what_cannot():
    text = (
        "Code;Nom;SIRET;N° TVA;IBAN\n"
        "0EDF;EDF;552 081 317 66522;FR03552081317;FR76 3000 6000 0112 3456 7890 189\n"
        "0X;Xavier & Fils;12;;FR7600\n"
        ";;;;\n"
        "0Y;;;;\n"
    )
    table = read_table(text.encode())
    edf, xavier = table.suppliers
    assert (edf.auxiliary, edf.siren, edf.iban) == (
        "0EDF",
        "552081317",
        "FR7630006000011234567890189",
    )
    assert (xavier.name, xavier.siren, xavier.iban) == ("Xavier & Fils", "", "")
    assert [(fault.code, fault.line) for fault in table.faults.found] == [
        ("supplier_siren", 3),
        ("supplier_iban", 3),
        ("supplier_name", 5),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"a;b\n1;2",
        b"Compte;Libelle\n",
        b"\x00\x01",
        b"%PDF",
        b"Nom\nEDF",
        'Compte;Libellé\n"606400;x'.encode() + b"x" * 200_000,
    ],
)
def test_what_is_no_table_of_books_is_refused_with_what_to_do(content: bytes):
    with pytest.raises(Invalid) as refused:
        read_table(content)
    assert refused.value.code in ("books_file_unknown", "fec_unreadable")
    assert refused.value.advice
