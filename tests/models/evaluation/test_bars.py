"""A bar is met or missed by a number, and a line of the history holds all of them."""

from __future__ import annotations

from typing import Any

from models.evaluation import bars
from models.evaluation.judging import judge
from models.evaluation.scores import Score


def result() -> dict[str, Any]:
    fields = {"gross_total": "120.00"}
    truth = {"page_count": 2, "groups": [
        {"pages": [0], "category": "receipt", "fields": fields},
        {"pages": [1], "category": "receipt", "fields": fields},
    ]}  # fmt: skip
    read = [{"value": value, "state": "proved", "confidence": 0.99} for value in ("120.00", "12")]
    found = [
        {"pages": [n], "category": "receipt", "cut": {"probability": 0.995},
         "fields": {"gross_total": read[n]}} for n in range(2)
    ]  # fmt: skip
    score = Score()
    score.add(judge("a.pdf", "digital", found, truth))
    everything = score.result()
    return {"taken_on": "2026-01-31", "sets": {"digital": everything}, "all": everything}


def test_each_bar_is_held_against_what_was_measured() -> None:
    measured = {(bar.name, bar.on): bar for bar in bars.measured(result())}
    assert measured["boundary F1", "digital"].met
    gross = measured["gross", "digital"]
    assert (gross.value, gross.met) == (0.5, False)
    assert not measured["values marked proved", "2 claims"].met
    assert measured["cuts claimed 99 % sure", "1 claims"].met


def test_what_was_not_measured_is_neither_met_nor_a_zero() -> None:
    measured = {(bar.name, bar.on): bar for bar in bars.measured(result())}
    scanned = measured["gross", "scanned"]
    assert (scanned.value, scanned.met) == (None, False)
    assert "| gross | scanned | 92.0 % | - | - |" in bars.table(result())


def test_a_line_of_the_history_has_a_cell_for_each_heading() -> None:
    line = bars.history_line(result(), "abc1234", "real")
    assert line.startswith("| 2026-01-31 | abc1234 | real | 100.0 / - |")
    head, rule = bars.history_head().splitlines()
    assert line.count("|") == head.count("|") == rule.count("|")
