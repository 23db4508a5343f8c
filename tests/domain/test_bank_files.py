"""Files of banks become statements, and whatever else they hold becomes a refusal with its line."""

from __future__ import annotations

import random
import time
import tracemalloc
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bank_files import guess_mapping, look, mapping_of, read_statements
from domain.bank_files.reading import belgian_iban, french_iban, overpunched
from domain.errors import Invalid
from domain.statements import Statement, check

D = Decimal
BELGIAN = "BE68539007547034"
SWISS = "CH9300762011623852957"
FRENCH = "FR7630006000011234567890189"


def only(content: bytes, name: str = "releve") -> Statement:
    (statement,) = read_statements(name, content)
    return statement


def amounts(statement: Statement) -> list[Decimal]:
    return [movement.amount for movement in statement.movements]


# --- CAMT

ENTRY = """<Ntry><Amt Ccy="CHF">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts>{status}</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>
<AddtlNtryInf>{label}</AddtlNtryInf>{details}</Ntry>"""
DETAILS = """<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="CHF">{amount}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr>{party}</Dbtr>
<DbtrAcct><Id><IBAN>CH4431999123000889012</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"""


def entry(amount: str, side: str, label: str, **values: str) -> str:
    given_ = {"more": "", "status": "BOOK", "day": "2026-03-05", "details": ""} | values
    return ENTRY.format(amount=amount, side=side, label=label, **given_)


def balance(kind: str, amount: str, side: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='CHF'>{amount}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-03-31</Dt></Dt></Bal>"
    )


def camt(*inside: str, message: str = "053.001.08", wrap: str = "BkToCstmrStmt/Stmt") -> bytes:
    outer, inner = wrap.split("/")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}"><{outer}>'
        f"<GrpHdr><MsgId>1</MsgId></GrpHdr><{inner}><Id>S1</Id>"
        f"<FrToDt><FrDtTm>2026-03-01T00:00:00</FrDtTm><ToDtTm>2026-03-31T23:59:59</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{SWISS}</IBAN></Id><Ccy>CHF</Ccy></Acct>"
        f"{''.join(inside)}</{inner}></{outer}></Document>"
    ).encode()


QR = "210000000003139471430009017"
COLLECTIVE = entry(
    "300.00",
    "CRDT",
    "Gutschrift QR",
    details="<NtryDtls>"
    + DETAILS.format(amount="100.00", party="<Nm>Muster AG</Nm>", reference=QR)
    + DETAILS.format(amount="200.00", party="<Pty><Nm>Petit Sàrl</Nm></Pty>", reference="")
    + "</NtryDtls>",
)


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_camt_053_gives_balances_movements_and_who_paid(version: str) -> None:
    statement = only(
        camt(
            balance("OPBD", "50.00", "DBIT"),
            balance("CLBD", "235.55"),
            balance("CLAV", "999.00"),
            entry("14.45", "DBIT", "Frais de tenue"),
            COLLECTIVE,
            entry("10.00", "DBIT", "Announced", status="PDNG"),
            message=f"053.001.{version}",
        )
    )

    assert (statement.iban, statement.currency, statement.source) == (SWISS, "CHF", "camt")
    assert (statement.opening, statement.closing) == (D("-50.00"), D("235.55"))
    assert (statement.start, statement.end) == (date(2026, 3, 1), date(2026, 3, 31))
    assert statement.is_proved
    assert amounts(statement) == [D("-14.45"), D("100.00"), D("200.00")]
    paid = statement.movements[1]
    assert (paid.counterparty, paid.reference) == ("Muster AG", QR)
    assert paid.counterparty_iban == "CH4431999123000889012"
    assert statement.movements[2].counterparty == "Petit Sàrl"
    assert statement.movements[2].reference == "", "a reference that says there is none is none"


def test_details_that_do_not_make_up_their_booking_leave_it_whole() -> None:
    statement = only(camt(COLLECTIVE.replace(">300.00<", ">310.00<")))
    assert amounts(statement) == [D("310.00")]


def test_a_reversal_is_on_the_side_it_says() -> None:
    back = entry("20.00", "CRDT", "Retour", more="<RvslInd>true</RvslInd>")
    assert amounts(only(camt(back))) == [D("20.00")]


@pytest.mark.parametrize(
    ("message", "wrap"),
    [
        ("052.001.02", "BkToCstmrAcctRpt/Rpt"),
        ("052.001.13", "BkToCstmrAcctRpt/Rpt"),
        ("054.001.04", "BkToCstmrDbtCdtNtfctn/Ntfctn"),
        ("054.001.08", "BkToCstmrDbtCdtNtfctn/Ntfctn"),
    ],
)
def test_reports_and_notifications_are_read_like_statements(message: str, wrap: str) -> None:
    statement = only(camt(COLLECTIVE, message=message, wrap=wrap))
    assert amounts(statement) == [D("100.00"), D("200.00")]
    assert statement.opening is None


def test_the_status_of_newer_versions_is_a_code_of_its_own() -> None:
    announced = entry("10.00", "DBIT", "Announced", status="<Cd>PDNG</Cd>")
    booked = entry("10.00", "DBIT", "Booked", status="<Cd>BOOK</Cd>")
    assert [m.label for m in only(camt(announced, booked)).movements] == ["Booked"]


def test_xml_with_a_doctype_is_refused_before_anything_of_it_is_read() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    with pytest.raises(Invalid) as refusal:
        read_statements("camt.xml", camt(COLLECTIVE).replace(b"?><D", b"?>" + bomb + b"<D"))
    assert refusal.value.code == "xml_doctype"


def test_xml_of_endless_depth_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        read_statements("camt.xml", b"<Document><BkToCstmrStmt>" + b"<a>" * 100_000)
    assert refusal.value.details["what"] == "structure"


# --- MT940

MT940 = f"""{{1:F01BANKCHZZAXXX0000000000}}{{2:I940BANKCHZZXXXXN}}{{4:
:20:260331-1
:25:{SWISS}
:28C:3/1
:60F:C260228CHF1000,00
:61:2603020302D86,40NTRFNONREF//B1
Ordre permanent
:86:/NAME/ROMANDE ENERGIE SA/REMI/FACTURE 4711
:61:2603310401C200,NTRF{QR[:16]}//B2
:86:Versement de DUPONT {FRENCH}
:62M:C260331CHF1113,60
-}}
:20:260331-2
:25:{SWISS}
:28C:3/2
:60M:C260331CHF1113,60
:61:260331RC13,60NRTI
:86:166?00RETOUR?20EREF+E2E-17?21SVWZ+Facture ?22payee deux fois?31{BELGIAN}?32PETIT?33 SARL
:62F:C260331CHF1100,00
:64:C260331CHF1100,00
-
"""


def test_mt940_pages_are_one_statement_and_each_kind_of_narrative_is_understood() -> None:
    statement = only(MT940.encode())

    assert (statement.iban, statement.currency) == (SWISS, "CHF")
    assert (statement.opening, statement.closing) == (D("1000.00"), D("1100.00"))
    assert statement.is_proved
    energy, dupont, back = statement.movements
    assert (energy.counterparty, energy.reference) == ("ROMANDE ENERGIE SA", "")
    assert "FACTURE 4711" in energy.label
    assert (dupont.day, dupont.value_day) == (date(2026, 4, 1), date(2026, 3, 31))
    assert dupont.counterparty_iban == FRENCH
    assert back.amount == D("-13.60"), "a reversed credit takes the money back"
    assert (back.counterparty, back.counterparty_iban) == ("PETIT SARL", BELGIAN)
    assert (back.reference, back.label) == ("E2E-17", "RETOUR Facture payee deux fois PETIT SARL")


def test_the_entry_day_of_mt940_is_in_the_year_nearest_to_its_value_day() -> None:
    text = MT940.replace(":61:2603020302D", ":61:2601021230D")
    assert only(text.encode()).movements[0].day == date(2025, 12, 30)


# --- CFONB120


def cfonb(kind: str, day: str, text: str, amount: str, *, value: str = "", more: str = "") -> str:
    record = f"{kind}30006    00001EUR2 12345678901  {day}{'':2}{value:6}{text:<31}"
    return f"{record:<90}{amount:>14}{more:<16}"


CFONB = [
    cfonb("01", "280226", "", "0000000012345{"),
    cfonb("04", "020326", "VIR SEPA DUPONT", "0000000020000{", value="030326", more="REF-1"),
    f"{cfonb('05', '020326', '', '')[:45]}NPYDUPONT ET FILS{'':64}"[:120].ljust(120),
    f"{cfonb('05', '020326', '', '')[:45]}LCCFACTURE 12{'':64}"[:120].ljust(120),
    cfonb("04", "050326", "FRAIS", "0000000000855}"),
    cfonb("07", "310326", "", "0000000013490{"),
]


def test_the_overpunched_amounts_of_cfonb_are_read_as_published() -> None:
    assert overpunched("CFONB120", 1, "0000000012345{", 2) == D("1234.50")
    assert overpunched("CFONB120", 1, "0000000012345N", 2) == D("-1234.55")


@pytest.mark.parametrize("between", ["\n", "\r\n", ""], ids=["lines", "windows", "unbroken"])
def test_cfonb_is_read_with_line_breaks_and_without(between: str) -> None:
    records = [*CFONB]
    records[4] = cfonb("04", "050326", "FRAIS", "0000000020085}")
    records[5] = cfonb("07", "310326", "", "0000000012260{")
    statement = only(between.join(records).encode("cp1252"))

    assert statement.iban == french_iban("30006", "00001", "12345678901")
    assert statement.iban.startswith("FR")
    assert (statement.opening, statement.closing) == (D("1234.50"), D("1226.00"))
    assert amounts(statement) == [D("2000.00"), D("-2008.50")]
    assert statement.is_proved
    transfer = statement.movements[0]
    assert (transfer.day, transfer.value_day) == (date(2026, 3, 2), date(2026, 3, 3))
    assert transfer.label == "VIR SEPA DUPONT DUPONT ET FILS FACTURE 12"
    assert (transfer.counterparty, transfer.reference) == ("DUPONT ET FILS", "REF-1")


def test_a_cfonb_file_that_ends_too_soon_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        read_statements("releve", "\n".join(CFONB[:-1]).encode())
    assert refusal.value.code == "bank_file_cut"


def test_a_refusal_says_which_line_and_what_is_wrong_with_it() -> None:
    spoiled = [*CFONB]
    spoiled[4] = cfonb("04", "310226", "FRAIS", "0000000000855}")
    with pytest.raises(Invalid) as refusal:
        read_statements("releve", "\n".join(spoiled).encode())
    assert refusal.value.code == "bank_file_broken"
    assert (refusal.value.details["line"], refusal.value.details["what"]) == (5, "day")
    assert refusal.value.advice


# --- CODA


def line(*cells: tuple[int, str]) -> str:
    text = ""
    for at, cell in cells:
        text = text.ljust(at) + cell
    return text.ljust(128)


def coda_movement(
    number: str, detail: str, cents: str, text: str, *, sign: str = "1", kind: str = "0"
) -> str:
    return line(
        (0, f"21{number}{detail}REFBANK"),
        (31, f"{sign}{cents:>014}0"),
        (47, "03032600150000"),
        (61, f"{kind}{text}"),
        (115, "020326"),
    )


CODA = [
    line((0, "0    3103265390050000A"), (60, "KREDBEBB"), (127, "2")),
    line((0, f"12001{BELGIAN}"), (39, "EUR"), (42, "0000000001000000"), (58, "280226PETIT")),
    coda_movement("0001", "0000", "8640", "PRLV LUMINUS FACTURE"),
    line((0, "2200010000 47 11"), (63, "CLIENTREF"), (98, "KREDBEBB")),
    line((0, f"2300010000{BELGIAN}"), (44, "EUR"), (47, "LUMINUS SA")),
    coda_movement("0002", "0000", "30000", "", sign="0"),
    coda_movement("0002", "0001", "10000", "101010806817183", sign="0", kind="1"),
    coda_movement("0002", "0002", "20000", "Loyer mars", sign="0"),
    line((0, "3100030001"), (40, "Information")),
    line((0, f"8001{BELGIAN}"), (38, "EUR"), (41, "0000000001213600"), (57, "310326")),
    line((0, "9"), (16, "000010")),
]


def test_coda_gives_balances_counterparties_and_structured_communications() -> None:
    statement = only("\r\n".join(CODA).encode("cp1252"))

    assert (statement.iban, statement.currency, statement.bank) == (BELGIAN, "EUR", "KREDBEBB")
    assert (statement.opening, statement.closing) == (D("1000.00"), D("1213.60"))
    assert statement.is_proved
    assert amounts(statement) == [D("-86.40"), D("100.00"), D("200.00")]
    luminus, structured, _ = statement.movements
    assert luminus.label == "PRLV LUMINUS FACTURE 47 11 LUMINUS SA"
    assert (luminus.counterparty, luminus.counterparty_iban) == ("LUMINUS SA", BELGIAN)
    assert (luminus.day, luminus.value_day) == (date(2026, 3, 2), date(2026, 3, 3))
    assert structured.reference == "010806817183"


def test_old_account_numbers_become_ibans() -> None:
    assert belgian_iban("539007547034") == BELGIAN
    assert french_iban("30006", "00001", "12345678901") == FRENCH


# --- OFX

OFX1 = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>30006<BRANCHID>00001<ACCTID>12345678901<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260305120000[+1:CET]<TRNAMT>-45,72<FITID>2
<NAME>CB PAPETERIE<MEMO>DU PORT &amp; FILS</STMTTRN>
<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20260302<TRNAMT>-80<FITID>1<CHECKNUM>0001234<NAME>CHEQUE</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>874.28<DTASOF>20260331</LEDGERBAL>
<AVAILBAL><BALAMT>900.00<DTASOF>20260331</AVAILBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
OFX2 = (
    '<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?><OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS>'
    "<CCSTMTRS><CURDEF>CHF</CURDEF><CCACCTFROM><ACCTID>4111</ACCTID></CCACCTFROM><BANKTRANLIST>"
    "<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260305</DTPOSTED><TRNAMT>12.50</TRNAMT>"
    "<FITID>1</FITID><NAME>Remboursement</NAME></STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS>"
    "</CREDITCARDMSGSRSV1></OFX>"
)


def test_ofx_is_read_with_closing_tags_and_without() -> None:
    sgml, xml = only(OFX1.encode("cp1252")), only(OFX2.encode())

    assert (sgml.iban, sgml.currency) == (FRENCH, "EUR")
    assert sgml.closing == D("874.28"), "what is available is no balance"
    assert [(m.label, m.amount) for m in sgml.movements] == [
        ("CHEQUE 0001234", D("-80.00")),
        ("CB PAPETERIE DU PORT & FILS", D("-45.72")),
    ]
    assert (xml.currency, amounts(xml)) == ("CHF", [D("12.50")])


# --- CSV

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


# --- what is none

SAMPLES = [
    camt(balance("OPBD", "50.00"), COLLECTIVE, entry("14.45", "DBIT", "Frais")),
    MT940.encode(),
    "\n".join(CFONB).encode(),
    "".join(CFONB).encode(),
    "\n".join(CODA).encode(),
    OFX1.encode(),
    OFX2.encode(),
    UBS.encode(),
    RAIFFEISEN.encode("utf-16"),
    BELGIAN_BANK.encode("cp1252"),
]


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"%PDF-1.7", b"PK\x03\x04zip", b"hello", b"\0\1\2\3" * 99]
)
def test_what_is_no_statement_is_refused_with_advice(content: bytes) -> None:
    with pytest.raises(Invalid) as refusal:
        read_statements("x", content)
    assert refusal.value.code == "bank_file_unknown"
    assert refusal.value.advice


def fails_only_by_refusing(content: bytes) -> None:
    try:
        found = read_statements("x", content)
    except Invalid as refusal:
        assert refusal.code.startswith(("bank_", "xml_"))  # noqa: PT017 - both ways are good
    else:
        for statement in found:
            check(statement)
            for movement in statement.movements:
                assert len(movement.label) <= 500
                assert "\0" not in movement.label + movement.reference + movement.counterparty


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    fails_only_by_refusing(content)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, len(SAMPLES) - 1), st.randoms(use_true_random=False))
def test_no_spoiled_statement_does_more_than_be_refused(sample: int, chance: random.Random) -> None:
    content = bytearray(SAMPLES[sample])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        what = chance.randrange(4)
        if what == 0:
            content[at] = chance.randrange(256)
        elif what == 1:
            del content[at : at + chance.randint(1, 200)]
        elif what == 2:
            content[at:at] = content[at : at + chance.randint(1, 200)]
        else:
            content[at:at] = bytes(chance.choice(b"0123456789;,.-:/<>\"'{}\n") for _ in range(3))
        if not content:
            return
    fails_only_by_refusing(bytes(content))


@pytest.mark.parametrize(
    "content",
    [
        b"<Document><BkToCstmrStmt><Stmt>" + b"<Ntry/>" * 60_000,
        b":20:x\n:61:" + b"2" * 2_000_000,
        b":20:x\n:60F:C260301EUR1,00\n:61:2603010301C1,00NTRF\n:86:" + b"?20/A/" * 60_000,
        b":20:x\n:60F:C260301EUR1,00\n:61:2603010301C1,00NTRF\n:86:a" + b"\nb" * 200_000,
        b"<OFX><STMTRS>" + b"<STMTTRN><NAME>" * 40_000,
        b"<OFX" + b"<" * 2_000_000,
        b'Date;Montant;Libell\xe9\n"' + b"1;" * 1_000_000,
        b"Date;Montant;Label\n" + b"01.01.2026;1,00;x\n" * 60_000,
        b"1 " * 1_000_000 + b";\n" + b"'" * 1_000_000,
        b"0    " + b"0" * 2_000_000,
        b"0130006    00001" + b" " * 2_000_000,
    ],
    ids=range(11),
)
def test_a_file_of_malice_costs_seconds_at_most(content: bytes) -> None:
    began = time.process_time()
    fails_only_by_refusing(content)
    assert time.process_time() - began < 10


def test_a_year_of_movements_is_read_in_bounded_memory() -> None:
    rows = "".join(f"<x/>{entry('1.00', 'CRDT', f'Vente {n}')}" for n in range(500))
    tracemalloc.start()
    try:
        statement = only(camt(rows))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(statement.movements) == 500
    assert peak < 80 * len(rows)
