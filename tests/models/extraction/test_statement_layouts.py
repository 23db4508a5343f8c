"""Statements in the layouts of the banks of France, Belgium and beyond, drawn and read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks.statements import came_of, drawn, pdf_of
from benchmarks.understanding import read
from models.synthetic.banks import Bank, banks


@pytest.mark.parametrize("bank", banks(), ids=lambda bank: bank.name)
def test_the_statement_of_every_bank_closes_and_none_of_its_rows_is_lost(bank: Bank) -> None:
    paper = drawn(bank, 2026, 45)
    came = came_of(pdf_of(paper, Random(1), None), paper)
    assert (came.groups, came.right, came.proved) == (1, 45, True), came.problems


def test_a_page_of_straight_columns_is_read_the_way_it_lies(tmp_path: Path) -> None:
    wise = next(bank for bank in banks() if bank.name == "Wise")
    paper = drawn(wise, 2026, 100)
    page = replace(paper, sheets=paper.sheets[1:2])
    path = tmp_path / "page.pdf"
    path.write_bytes(pdf_of(page, Random(2026), "office"))
    [text] = read(path)
    assert text.turned == 0
    wide = [word for word in text.words if len(word.text) > 3]
    assert sum(w.box.y1 - w.box.y0 > w.box.x1 - w.box.x0 for w in wide) < len(wide) / 10
