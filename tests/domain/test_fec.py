"""A FEC is what the law says: what we write passes every rule, and each rule refuses what it is for."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import fec, fec_file
from domain.errors import Invalid
from domain.fec_rules import checked
from domain.journal import Entry, Line, Posted, reversal

D = Decimal
SHARED = Path(__file__).parents[3] / "shared" / "knowledge"
NAME = "732829320FEC20261231.txt"
MINIMAL = """\
JournalCode|JournalLib|EcritureNum|EcritureDate|CompteNum|CompteLib|CompAuxNum|CompAuxLib|PieceRef|PieceDate|EcritureLib|Debit|Credit|EcritureLet|DateLet|ValidDate|Montantdevise|Idevise
AC|Achats|1|20260115|606400|Fournitures administratives|||F2026-17|20260115|LYRECO F2026-17|100,00|0,00|||20260116||
AC|Achats|1|20260115|445660|TVA déductible|||F2026-17|20260115|LYRECO F2026-17|20,00|0,00|||20260116||
AC|Achats|1|20260115|401000|Fournisseurs|FLYRECO|LYRECO|F2026-17|20260115|LYRECO F2026-17|0,00|120,00|||20260116||
"""


def codes(text: str | bytes, name: str = NAME) -> set[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return {fault.code for fault in checked(content, name).faults.found}


def ledger() -> list[Posted]:
    """A year: what it opens with, purchases, one reversed, payments, in several journals."""
    posted: list[Posted] = []
    numbers: dict[str, int] = {}

    def post(journal: str, day: date, *lines: Line, label: str = "Pièce") -> Posted:
        return add(Entry(journal, day, day, f"P{len(posted)}", label, "EUR", lines))

    def add(entry: Entry) -> Posted:
        numbers[entry.journal] = numbers.get(entry.journal, 0) + 1
        number = numbers[entry.journal]
        moment = datetime(2026, 1, 2, 9, tzinfo=UTC) + timedelta(days=len(posted))
        one = Posted(
            f"ent_{len(posted)}", "cmp", 2026, number, entry, None, None, None, None, "usr", moment, ""
        )  # fmt: skip
        posted.append(one)
        return one

    def debit(account: str, amount: str, auxiliary: str | None = None) -> Line:
        return Line(account, D(amount), D("0.00"), "Libellé; \"avec\" 'signes'", auxiliary)

    def credit(account: str, amount: str, auxiliary: str | None = None) -> Line:
        return Line(account, D("0.00"), D(amount), "=Libellé", auxiliary)

    post("AN", date(2026, 1, 1), debit("512001", "1000.00"), credit("108", "1000.00"))
    for month in range(1, 13):
        day = date(2026, month, 15)
        bought = post(
            "AC",
            day,
            debit("6064", "100.00"),
            debit("44566", "20.00"),
            credit("401", "120.00", "FLYRECO"),
        )
        if month == 6:
            add(reversal(bought.entry, day, "double"))
        else:
            post("BQ", day, debit("401", "120.00", "FLYRECO"), credit("512001", "120.00"))
    dollars = Line("401", D("0.00"), D("909.09"), "USD", "FACME", None, D("1000.00"), "USD")
    post("AC", date(2026, 12, 31), debit("6511", "909.09"), dollars)
    return posted


LABELS = {"6064": "Fournitures\t|\r\nadministratives", "401": "Fournisseurs"}


def written(**more: object) -> str:
    letters = {("ent_1", 2): fec.Letter("A", date(2026, 1, 15)), ("ent_2", 0): fec.Letter("A", date(2026, 1, 15))}  # fmt: skip
    return "".join(fec.records(ledger(), LABELS, {"FLYRECO": "Lyreco"}, letters, **more))  # type: ignore[arg-type]


def test_what_we_write_passes_every_rule():
    found = checked(written().encode(), NAME)
    assert found.faults.found == []
    assert found.entries == 26
    assert found.debit == found.credit == D("4789.09")
    assert (found.file.separator, found.file.encoding) == ("\t", "UTF-8")


def test_accounts_are_padded_as_the_other_program_has_them():
    accounts = {
        record.account for record in checked(written(account_length=6).encode()).file.records
    }
    assert accounts == {"512001", "108000", "606400", "445660", "401000", "651100"}


def test_the_file_of_the_law_passes_in_every_encoding_and_line_end_it_allows():
    for encoding in ("utf-8", "iso8859-15"):
        for end in ("\n", "\r\n", "\r"):
            assert codes(MINIMAL.replace("\n", end).encode(encoding)) == set()
    assert codes(MINIMAL.replace("é", "e").encode("ascii")) == set()


def test_amount_and_side_may_stand_for_debit_and_credit():
    text = MINIMAL.replace("Debit|Credit", "Montant|Sens")
    for debit, credit in (("D", "C"), ("+1", "-1")):
        signed = text.replace("|100,00|0,00|", f"|100,00|{debit}|")
        signed = signed.replace("|20,00|0,00|", f"|20,00|{debit}|")
        signed = signed.replace("|0,00|120,00|", f"|120,00|{credit}|")
        assert codes(signed) == set()


def spoilt(before: str, after: str) -> Callable[[], str]:
    def text() -> str:
        assert before in MINIMAL
        return MINIMAL.replace(before, after, 1)

    return text


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (spoilt("JournalLib|EcritureNum", "EcritureNum|JournalLib"), "fec_columns"),
        (spoilt("|LYRECO F2026-17|100,00", "|LYRECO|F2026-17|100,00"), "fec_fields"),
        (spoilt("|Achats|1|", "||1|"), "fec_empty"),
        (spoilt("|100,00|", "|100.00|"), "fec_amount"),
        (spoilt("|100,00|", "|1 00,00|"), "fec_amount"),
        (spoilt("|100,00|", "|100,00 €|"), "fec_amount"),
        (spoilt("20260115", "20260231"), "fec_day"),
        (spoilt("20260115", "15/01/2026"), "fec_day"),
        (spoilt("20260116", "18260116"), "fec_year"),
        (spoilt("|606400|", "|A6064|"), "fec_account"),
        (spoilt("|100,00|0,00|", "|100,00|5,00|"), "fec_sides"),
        (spoilt("|100,00|0,00|", "|0,00|0,00|"), "fec_sides"),
        (spoilt("|100,00|", "|101,00|"), "fec_unbalanced"),
        (spoilt("|100,00|", "|101,00|"), "fec_total"),
        (spoilt("1|20260115|606400", "1|20260116|606400"), "fec_several_days"),
        (spoilt("20260116||\n", "20260101||\n"), "fec_validated_before"),
        (
            spoilt("606400|Fournitures administratives||", "606400|Fournitures|FX|X"),
            "fec_auxiliary",
        ),
        (spoilt("|445660|TVA déductible|", "|606400|TVA déductible|"), "fec_labels"),
        (spoilt("0,00|120,00||", "0,00|120,00|A|"), "fec_letter_day"),
        (spoilt("0,00|120,00||", "0,00|120,00|A|20260120"), "fec_letter"),
    ],
)
def test_each_rule_refuses_what_it_is_for(spoil: Callable[[], str], code: str):
    assert code in codes(spoil())


def entry(journal: str, number: str, day: str = "20260115") -> str:
    body = MINIMAL.split("\n", 1)[1]
    return body.replace("AC|Achats|1|20260115", f"{journal}|Journal|{number}|{day}")


HEAD = MINIMAL.split("\n", 1)[0] + "\n"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ((entry("AC", "1"), entry("AC", "3")), "fec_hole"),
        ((entry("AC", "AC001"), entry("AC", "AC003")), "fec_hole"),
        ((entry("AC", "1"), entry("AN", "2")), "fec_opening"),
        ((entry("AC", "1"), entry("AC", "2"), entry("AC", "1")), "fec_scattered"),
        ((entry("AC", "1", "20270101"),), "fec_after_closing"),
    ],
)
def test_each_rule_over_entries_refuses_what_it_is_for(entries: tuple[str, ...], code: str):
    assert code in codes(HEAD + "".join(entries))


def test_numbers_go_on_in_the_whole_file_or_in_each_journal():
    whole = (entry("AC", "1"), entry("BQ", "2"), entry("AC", "3"))
    each = (entry("AC", "1"), entry("BQ", "1"), entry("AC", "2"))
    for entries in (whole, each):
        assert "fec_hole" not in codes(HEAD + "".join(entries))


@pytest.mark.parametrize(
    "name", ["FEC.txt", "732829320FEC20261332.txt", "732829320FEC20261231.csv"]
)
def test_a_file_of_another_name_is_not_a_fec_of_the_law(name: str):
    assert codes(MINIMAL, name) == {"fec_name"}


def test_encodings_that_are_not_allowed_are_read_and_named():
    curly = MINIMAL.replace("TVA déductible", "TVA d’achat")
    assert codes(curly.encode("cp1252")) == {"fec_encoding"}
    assert codes(MINIMAL.encode("utf-16")) == {"fec_encoding"}
    assert codes(b"\xef\xbb\xbf" + MINIMAL.encode()) == {"fec_mark"}
    assert codes(MINIMAL.replace("|", "\t").replace("LYRECO F", "LYRECO|F")) == {"fec_pipe"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"  \n",
        b"%PDF-1.7 JournalCode",
        b"PK\x03\x04",
        HEAD.encode() + b"\x00\x00\x00",
        b"JournalCode;JournalLib;EcritureNum",
        b"\xff\xfe\x00",
        b"a" * 100,
    ],
)
def test_what_is_no_fec_is_refused_with_what_to_do(content: bytes):
    with pytest.raises(Invalid) as refused:
        checked(content)
    assert refused.value.code == "fec_unreadable"
    assert refused.value.advice


def test_a_fec_without_the_columns_that_tell_who_was_posted_what_says_which():
    with pytest.raises(Invalid) as refused:
        checked(b"JournalCode|JournalLib|EcritureNum|EcritureDate\nAC|Achats|1|20260101")
    assert refused.value.code == "fec_columns_missing"
    assert refused.value.details["missing"] == "CompteNum"


def test_a_file_larger_than_a_year_of_books_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fec_file, "MOST_RECORDS", 2)
    with pytest.raises(Invalid) as refused:
        checked(MINIMAL.encode())
    assert refused.value.code == "fec_too_large"


def test_faults_without_end_are_counted_and_the_first_of_them_kept():
    content = HEAD + "x|y\n" * 2_000
    faults = checked(content.encode()).faults
    assert (faults.number, len(faults.found)) == (2_000, fec_file.MOST_FAULTS)


@settings(max_examples=200)
@given(st.binary(max_size=300), st.integers(0, 700))
def test_no_bytes_do_worse_than_be_refused(noise: bytes, place: int):
    content = MINIMAL.encode()
    for hostile in (noise, content[:place] + noise + content[place:]):
        try:
            checked(hostile, "x")
        except Invalid:
            continue


def test_the_letters_of_matchings_go_on_after_z():
    assert [fec.letter_code(n) for n in (0, 25, 26, 27, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AB",
        "ZZ",
        "AAA",
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="the table of columns is not there")
def test_the_columns_are_those_of_the_law():
    with (SHARED / "fec_columns.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(row["name"] for row in rows) == fec.COLUMNS
    optional = {row["name"] for row in rows if row["value_required"].startswith("blank")}
    assert optional == fec.MAY_BE_EMPTY


def test_a_posted_entry_with_a_line_break_in_a_label_cannot_break_the_file():
    first = ledger()[0]
    hostile = replace(first.entry, label="x", piece_reference="a\tb|c\r\nd")
    records = list(fec.records([replace(first, entry=hostile)], {}, {}))
    assert all(record.count("\t") == 17 and record.endswith("\r\n") for record in records)
