"""Effort follows proof: which pages are read again, and which of two readings is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.findings import Finding, Reading, State
from domain.problems import Problem
from domain.text import Box, PageText, Word
from models.strong import rules
from models.understanding import as_it_is, clarify, read_group_twice

BOX = Box(0.1, 0.1, 0.2, 0.12)
SLIP = (
    ("CAFE", "DU", "PORT"),
    ("Le", "12.03.2024", "14:05"),
    ("Menu", "du", "jour", "18.50"),
    ("Vin", "blanc", "6.00"),
    ("Total", "CHF", "24.50"),
)


def page(*lines: tuple[str, ...], sure: float = 0.95, **values: object) -> PageText:
    words = tuple(
        Word(text, Box(0.1 + 0.2 * i, 0.1 * n, 0.25 + 0.2 * i, 0.1 * n + 0.04), sure, n)
        for n, line in enumerate(lines, 1)
        for i, text in enumerate(line)
    )
    made = PageText(0, 200, 400, "ocr", words=words, reader="tesserocr-5", ink=0.1)
    return replace(made, **values)  # type: ignore[arg-type]


def mixed(doubtful: int, sure: int) -> PageText:
    words = [Word("mot", BOX, 0.5, 0)] * doubtful + [Word("mot", BOX, 0.95, 0)] * sure
    return page(words=tuple(words))


def reading(state: State, *problems: str, source: str = "ocr") -> Reading:
    total = Finding("24.50", 0.8, state, source)  # type: ignore[arg-type]
    day = Finding("2026-03-02", 0.8, "read", source)  # type: ignore[arg-type]
    fields = {"gross_total": total, "issue_date": day}
    return Reading(fields, problems=tuple(Problem(c, c) for c in problems))


@pytest.mark.parametrize(("doubtful", "sure", "again"), [(4, 6, True), (2, 8, False)])
def test_a_heap_of_doubtful_words_is_read_again(doubtful: int, sure: int, again: bool) -> None:
    assert rules.doubtful(mixed(doubtful, sure)) is again


@pytest.mark.parametrize(("ink", "again"), [(0.03, True), (0.002, False)])
def test_hardly_a_word_where_much_is_printed_is_read_again(ink: float, again: bool) -> None:
    assert rules.doubtful(replace(mixed(0, 1), ink=ink)) is again


@pytest.mark.parametrize(
    "values", [{"source": "text"}, {"blank": True}, {"reader": "rapidocr-3.10.0"}]
)
def test_text_layers_blank_pages_and_what_was_read_again_are_left_alone(
    values: dict[str, object],
) -> None:
    assert not rules.doubtful(replace(mixed(8, 2), **values))  # type: ignore[arg-type]
    assert rules.worth_another([replace(mixed(8, 2), **values)]) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "category", "again"),
    [
        (reading("proved"), "purchase_invoice", False),
        (reading("consistent"), "receipt", False),
        (reading("read"), "receipt", True),
        (reading("contradictory"), "purchase_invoice", True),
        (reading("proved", "lines_differ"), "purchase_invoice", True),
        (reading("proved", "date_long_ago"), "purchase_invoice", False),
        (reading("read", source="text"), "purchase_invoice", False),
        (Reading({}), "receipt", True),
        (Reading({"gross_total": reading("proved").fields["gross_total"]}), "receipt", True),
        (Reading({}), "letter", False),
    ],
)
def test_a_document_is_read_again_when_its_sums_prove_nothing(
    found: Reading, category: str, again: bool
) -> None:
    assert rules.unproved(found, category) is again


def test_of_a_long_document_the_first_and_last_pages_are_read_again() -> None:
    places = rules.worth_another([mixed(0, 9)] * 40)
    assert places == [*range(6), *range(34, 40)]


def test_a_strong_reading_that_found_hardly_anything_is_not_believed() -> None:
    first = page(*SLIP)
    assert rules.fuse(first, page(("Total",), reader="rapidocr-3")) is first


def test_a_total_that_was_misread_is_found_by_reading_again() -> None:
    misread = page(*SLIP[:-1], ("Tatal", "CHE", "2A.5O"))
    found, pages = read_group_twice(
        [misread], "receipt", lambda _: page(*SLIP, reader="rapidocr-3")
    )
    assert found.value("gross_total") == "24.50"
    assert pages[0].reader == "rapidocr-3"


def test_a_second_reading_that_proves_less_is_forgotten() -> None:
    unproved = page(*SLIP)
    found, pages = read_group_twice([unproved], "receipt", lambda _: page(*SLIP[:-1]))
    assert found.value("gross_total") == "24.50"
    assert pages == [unproved]


def test_without_a_strong_reader_a_page_stays_as_it_was_read() -> None:
    hardly_legible = mixed(9, 1)
    assert clarify(hardly_legible, as_it_is) is hardly_legible
