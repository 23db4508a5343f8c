from __future__ import annotations

import time

import pytest

from domain.text import Box, PageText, Word
from models.extraction import extract


def crowded(words: list[str], in_a_row: int) -> PageText:
    return PageText(
        0, 600, 800, "ocr",
        tuple(
            Word(text, Box.clipped((n % in_a_row) / in_a_row, n // in_a_row / 800,
                                   (n % in_a_row + 0.9) / in_a_row, n // in_a_row / 800 + 0.001),
                 0.5, n // in_a_row)
            for n, text in enumerate(words)
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    "page",
    [
        crowded(["1" * 200] * 3_000, 3_000),
        crowded(["123,456.78"] * 8_000, 40),
        crowded(["FR76", "3000", "IBAN"] * 1_000, 300),
        crowded(["a." * 90 + "@"] * 500, 10),
        crowded(["CASH", "12.00"] * 400, 2),
    ],
    ids=["digits", "amounts", "accounts", "addresses", "payments"],
)
@pytest.mark.parametrize("category", ["purchase_invoice", "receipt", "bank_statement"])
def test_a_page_made_to_exhaust_us_is_done_with_soon(page: PageText, category: str) -> None:
    begun = time.process_time()
    extract([page], category)
    assert time.process_time() - begun < 10
