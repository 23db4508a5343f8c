"""Files of banks become statements, and whatever else they hold becomes a refusal with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from domain.bank_files import read_statements
from domain.bank_files.reading import belgian_iban, french_iban, overpunched
from domain.errors import Invalid
from domain.statements import Statement

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
