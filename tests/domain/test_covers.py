"""Separating sheets: what their codes say, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.covers import Separator, separator
from domain.text import Box, Code, PageText, Word

BOX = Box(0.1, 0.1, 0.4, 0.3)


def page(*codes: str, words: int = 6) -> PageText:
    return PageText(
        0, 595, 842, "ocr",
        words=(Word("feuille", BOX, 0.9, 0),) * words,
        codes=tuple(Code("QRCode", text, BOX) for text in codes),
    )  # fmt: skip


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20))
def test_a_cover_sheet_says_what_was_printed_on_it_whatever_the_name(name: str) -> None:
    said = Separator(company=name, category="bank_statement")
    assert Separator.from_code(said.to_code()) == said


@pytest.mark.parametrize("text", ["PATCHT", "Patch T", "patch-t"])
def test_a_bought_separator_parts_and_says_nothing_else(text: str) -> None:
    assert separator(page(text)) == Separator()


def test_a_cover_sheet_of_a_later_version_of_the_words_is_still_understood() -> None:
    assert Separator.from_code("BANNETTE1;colour=red;category=receipt;odd") == Separator(
        category="receipt"
    )


def test_a_cover_code_beside_a_patch_code_is_the_one_that_speaks() -> None:
    both = page("PATCHT", "BANNETTE1;company=cmp_1")
    assert separator(both) == Separator(company="cmp_1")


@pytest.mark.parametrize("text", ["", "BANNETTE", "BANNETTE2;company=a", "SPC\n0200", "PATCHTX"])
def test_other_codes_part_nothing(text: str) -> None:
    assert separator(page(text)) is None


def test_an_invoice_that_prints_a_cover_code_among_its_words_stays_a_document() -> None:
    assert separator(page("BANNETTE1;company=cmp_1", words=200)) is None


def test_a_code_that_names_something_too_long_or_unprintable_names_nothing() -> None:
    assert Separator.from_code("BANNETTE1;company=" + "x" * 500) == Separator()
    assert Separator.from_code("BANNETTE1;company=a%00b") == Separator()
