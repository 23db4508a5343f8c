"""Statements in the layouts of the banks of France, Belgium and beyond, drawn and read."""

from __future__ import annotations

from random import Random

import pytest

from benchmarks.statements import came_of, drawn, pdf_of
from models.synthetic.banks import Bank, banks


@pytest.mark.parametrize("bank", banks(), ids=lambda bank: bank.name)
def test_the_statement_of_every_bank_closes_and_none_of_its_rows_is_lost(bank: Bank) -> None:
    paper = drawn(bank, 2026, 45)
    came = came_of(pdf_of(paper, Random(1), None), paper)
    assert (came.groups, came.right, came.proved) == (1, 45, True), came.problems
