"""Entries: what may not exist, what a reversal is, what the hash covers."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from domain.journal import (
    Entry,
    Line,
    Posted,
    Unbalanced,
    entry_hash,
    entry_id,
    plain_text,
    reversal,
    same_content,
)
from domain.money import ZERO

D = Decimal


def line(account: str, debit: str = "0", credit: str = "0", **others: str) -> Line:
    return Line(account, D(debit), D(credit), others.pop("label", "Lyreco 17"), **others)


LINES = (line("6064", "100"), line("44566", "20"), line("401", credit="120", auxiliary="FLYRECO"))


def entry(*lines: Line) -> Entry:
    return Entry(
        "AC", date(2026, 11, 2), date(2026, 11, 2), "17", "Lyreco 17", "EUR", lines or LINES
    )


@pytest.mark.parametrize(
    "lines",
    [
        (line("6064", "100"), line("401", credit="100.01")),
        (line("6064", "100"),),
        (line("6064", "100"), line("6063", "100")),
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_built(lines: tuple[Line, ...]) -> None:
    with pytest.raises(Unbalanced):
        entry(*lines)


def test_an_entry_without_lines_cannot_be_built() -> None:
    with pytest.raises(Unbalanced):
        replace(entry(), lines=())


@pytest.mark.parametrize(
    ("account", "debit", "credit"),
    [
        ("6064", "100", "100"),
        ("6064", "0", "0"),
        ("6064", "-1", "0"),
        ("6064", "0.001", "0"),
        ("6064", "NaN", "0"),
        ("6064", "Infinity", "0"),
        ("6064", "1e308", "0"),
        ("6064", "9" * 400, "0"),
        ("", "1", "0"),
        ("abc", "1", "0"),
        ("60", "1", "0"),
        ("6064\n", "1", "0"),
        ("6" * 21, "1", "0"),
    ],
)
def test_a_line_is_an_account_and_one_positive_amount_of_whole_cents(
    account: str, debit: str, credit: str
) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        line(account, debit, credit)


@pytest.mark.parametrize("label", ["", "a\tb", "a\nb", " a", "a\u202eb", "x" * 301])
def test_a_label_is_one_line_of_plain_text(label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        line("6064", "1", label=label)


def test_plain_text_keeps_what_people_wrote_and_drops_what_they_cannot_see() -> None:
    assert plain_text("  Café\u00a0&\r\nCie\x00\u202e\u200b|é ", 40) == "Café & Cie|é"
    assert plain_text("abcdef", 3) == "abc"


def test_a_reversal_is_the_entry_on_the_other_side() -> None:
    undone = reversal(entry(), date(2026, 12, 1), "Mauvais compte")
    assert undone.entry_date == date(2026, 12, 1)
    assert undone.piece_date == entry().piece_date
    assert [(a.debit, a.credit) for a in undone.lines] == [(b.credit, b.debit) for b in LINES]
    assert sum((a.signed + b.signed for a, b in zip(undone.lines, LINES, strict=True)), ZERO) == 0


def test_the_same_content_is_recognised_in_any_order() -> None:
    assert same_content(LINES, LINES[::-1])
    assert not same_content(LINES, (*LINES[:2], line("401", credit="120")))
    assert not same_content(LINES, LINES[:2])


def test_one_version_of_a_document_has_one_entry_id() -> None:
    assert entry_id("doc_1", 1) == entry_id("doc_1", 1)
    assert len({entry_id("doc_1", 1), entry_id("doc_1", 2), entry_id("doc_11", 1)}) == 3
    assert len(entry_id("doc_1", 1)) <= 40


POSTED = Posted(
    id="ent_1",
    company_id="cmp_1",
    year=2026,
    number=7,
    entry=entry(),
    document_id="doc_1",
    document_version=1,
    document_sha256="0" * 64,
    reverses_entry_id=None,
    posted_by="usr_1",
    posted_at=datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC),
    previous_hash="a" * 64,
)


def test_the_hash_covers_every_column_of_an_entry_and_its_lines() -> None:
    others = {
        "id": "ent_2",
        "company_id": "cmp_2",
        "year": 2025,
        "number": 8,
        "document_id": None,
        "document_version": 2,
        "document_sha256": None,
        "reverses_entry_id": "ent_0",
        "posted_by": "usr_2",
        "posted_at": datetime(2026, 11, 22, 9, 30, 0, 124456, tzinfo=UTC),
        "previous_hash": "b" * 64,
    }
    of_entry = {
        "journal": "OD",
        "entry_date": date(2026, 11, 3),
        "piece_date": date(2026, 11, 3),
        "piece_reference": "18",
        "label": "x",
        "currency": "CHF",
    }
    of_line = {"account": "6063", "label": "x", "auxiliary": "F", "vat_code": "FR_STD20"}
    spoiled = [replace(POSTED, **{k: v}) for k, v in others.items()]
    spoiled += [replace(POSTED, entry=replace(POSTED.entry, **{k: v})) for k, v in of_entry.items()]
    spoiled += [
        replace(POSTED, entry=entry(replace(LINES[0], **{k: v}), *LINES[1:]))
        for k, v in of_line.items()
    ]
    spoiled.append(replace(POSTED, entry=entry(LINES[1], LINES[0], LINES[2])))
    spoiled.append(replace(POSTED, entry=entry(line("6064", "101"), line("44566", "19"), LINES[2])))
    hashes = {entry_hash(POSTED), *(entry_hash(p) for p in spoiled)}
    assert len(hashes) == len(spoiled) + 1


def test_the_hash_does_not_know_what_the_store_forgets() -> None:
    to_the_millisecond = POSTED.posted_at.replace(microsecond=123000)
    assert entry_hash(POSTED) == entry_hash(replace(POSTED, posted_at=to_the_millisecond))


LEDGER = (
    "domain/money.py",
    "domain/journal.py",
    "domain/purchases.py",
    "domain/posting.py",
    "domain/vat.py",
    "domain/fec.py",
    "domain/countries/__init__.py",
    "storage/journal.py",
    "service/operations/accounting.py",
    "service/operations/acceptance.py",
    "service/operations/written_lines.py",
    "service/operations/entries.py",
    "service/operations/exports.py",
)


@pytest.mark.parametrize("path", LEDGER)
def test_there_is_no_float_in_the_ledger(path: str) -> None:
    tree = ast.parse((Path(__file__).parents[2] / path).read_text("utf-8"))
    floats = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id in ("float", "Float"))
    ]
    assert floats == []
