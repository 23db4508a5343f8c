"""Analytic codes: how they are written, which one is suggested, and that the chain keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.analytics import CodeSuggestion, is_code, suggested_code
from domain.book_tables import read_table
from domain.errors import Invalid
from domain.journal import Entry, Line, Posted, entry_hash, reversal, same_content
from domain.posting_rules import PostingRule
from domain.purchases import Part
from domain.suggestions import History, PastPosting
from domain.suppliers import Identity, Supplier

CODES = {"CH-12": "Chantier 12", "CH-14": "Chantier 14"}


def past(
    *codes: str, text: str = "Location nacelle", account: str = "6135"
) -> tuple[PastPosting, ...]:
    """Postings of one supplier, the newest first."""
    return tuple(
        PastPosting(account, None, text, "sup_1", f"ent_{n}", "Loxam", f"F{n}", analytic=code)
        for n, code in enumerate(codes)
    )


def suggested(
    *postings: PastPosting,
    rule: PostingRule | None = None,
    text: str = "Location nacelle",
    account: str | None = "6135",
) -> CodeSuggestion | None:
    part = Part(0, "item", text, Decimal(100), Decimal(20), Decimal(20))
    history = History(Supplier("sup_1", Identity("Loxam"), "FLOXAM"), postings)
    return suggested_code(part, account, history, rule, CODES)


@pytest.mark.parametrize(
    ("text", "good"),
    [("CH-12", True), ("7", True), ("A/B.C_D", True), ("ch-12", False), ("CH 12", False),
     ("-12", False), ("12-", False), ("", False), ("A" * 21, False), ("=1+1", False)],
)  # fmt: skip
def test_a_code_is_capitals_and_digits_with_signs_inside(text: str, good: bool) -> None:
    assert is_code(text) is good


def test_what_was_posted_for_the_supplier_to_the_account_is_suggested_and_cited() -> None:
    said = suggested(*past("CH-12", "CH-12"))
    assert said is not None
    assert (said.code, said.source) == ("CH-12", "history")
    assert said.reason.code == "analytic_before"
    assert said.reason.values["reference"] == "F0"
    assert (said.reason.values["times"], said.reason.values["of"]) == (2, 2)
    assert suggested(*past("CH-12"), account="6064") is None  # nothing is known of that account
    assert suggested(*past("CH-12"), account=None) is None


def test_mixed_evidence_gives_no_code_and_says_which_there_are() -> None:
    said = suggested(*past("CH-12", "CH-14", "CH-12", "CH-14"))
    assert said is not None
    assert (said.code, said.source, said.reason.code) == (None, "none", "analytic_mixed")
    assert said.reason.values["codes"] == "CH-12, CH-14"


def test_words_tell_codes_apart() -> None:
    north = past("CH-12", "CH-12", text="Nacelle chantier Nord")
    south = past("CH-14", "CH-14", text="Nacelle chantier Sud")
    said = suggested(*north, *south, text="Nacelle chantier Sud")
    assert said is not None
    assert said.code == "CH-14"


def test_what_was_posted_before_there_were_codes_says_nothing_and_later_it_says_none() -> None:
    said = suggested(*past("CH-12", "", "", "", ""))
    assert said is not None
    assert said.code == "CH-12"
    stopped = suggested(*past("", "", "", "", "", "CH-12"))
    assert stopped is not None
    assert (stopped.code, stopped.source) == (None, "history")
    assert suggested(*past("", "")) is None
    assert suggested(*past("OLD", "OLD")) is None  # closed in the meantime


def test_a_rule_of_the_supplier_comes_before_history_and_one_of_words_after() -> None:
    words = PostingRule("pru_1", "Nacelles", "6135", words="nacelle", analytic="CH-14")
    named = replace(words, supplier_id="sup_1")
    for rule, postings, code in (
        (named, past("CH-12", "CH-12"), "CH-14"),
        (words, past("CH-12", "CH-12"), "CH-12"),
        (words, (), "CH-14"),
        (words, past("CH-12", "CH-14"), "CH-14"),  # history does not know
        (replace(named, account="6064"), past("CH-12"), "CH-12"),  # of another account
        (replace(named, analytic="OLD"), past("CH-12"), "CH-12"),  # its code was closed
    ):
        said = suggested(*postings, rule=rule)
        assert said is not None
        assert said.code == code


def posted(lines: tuple[Line, ...]) -> Posted:
    day = date(2026, 3, 1)
    entry = Entry("AC", day, day, "F1", "Loxam F1", "EUR", lines)
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return Posted("ent_1", "cmp_1", 2026, 1, entry, None, None, None, None, "usr_1", moment, "")


def test_the_chain_covers_codes_and_is_what_it_was_for_entries_without() -> None:
    cost = Line("6135", Decimal("100.00"), Decimal(0), "Nacelle")
    owed = Line("401", Decimal(0), Decimal("100.00"), "Nacelle")
    without = entry_hash(posted((cost, owed)))
    assert without == "2bbf47f2f8ff0479b481b7f2b0fe927c93fb30ea16d483167b6bb97c772332ae"
    coded = replace(cost, analytic="CH-12")
    assert (
        len({without, *(entry_hash(posted((replace(cost, analytic=c), owed))) for c in CODES)}) == 3
    )
    assert not same_content((cost, owed), (coded, owed))
    undone = reversal(posted((coded, owed)).entry, date(2026, 3, 2), "wrong")
    assert [line.analytic for line in undone.lines] == ["CH-12", None]


def test_a_table_of_codes_is_told_by_its_header() -> None:
    table = read_table(
        "Code analytique;Libellé\nch-12;Chantier 12\nCH 14;Non\nCH-12;Deux fois\n".encode()
    )
    assert table.kind == "analytic_codes"
    assert [(row.code, row.label) for row in table.codes] == [("CH-12", "Chantier 12")]
    assert [(fault.code, fault.line) for fault in table.faults.found] == [("analytic_code", 3)]
    with pytest.raises(Invalid):
        read_table(b"Section;Rien\nA;B\n")
