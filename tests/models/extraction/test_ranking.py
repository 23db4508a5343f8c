"""Candidates compete with each other and with there being none."""

from __future__ import annotations

import pytest

from models.extraction.particulars import CHOSEN
from models.extraction.ranking import Candidate, Weights, choose, learnt
from models.extraction.rows import sheet_of
from tests.models.extraction.paper import page

ROW = sheet_of([page("F-1  F-2")]).rows[0]
WEIGHTS = Weights({"absent": 2.0, "label": 3.0, "shape": 1.0, "far": -2.0})


def candidate(value: str, **features: float) -> Candidate:
    return Candidate(value, ROW, 0, 3, features)


def test_what_most_speaks_for_is_chosen_and_says_why() -> None:
    choice = choose([candidate("F-1", shape=1.0), candidate("F-2", label=1.0, far=0.2)], WEIGHTS)
    assert choice is not None
    assert choice.candidate.value == "F-2"
    assert [name for name, _ in choice.reasons()] == ["label", "far"]


def test_nothing_is_chosen_where_too_little_speaks_for_anything() -> None:
    assert choose([candidate("F-1", shape=1.0)], WEIGHTS) is None
    assert choose([], WEIGHTS) is None


def test_a_value_that_stands_twice_is_surer_and_one_that_is_contested_less_sure() -> None:
    alone = choose([candidate("F-1", label=1.0)], WEIGHTS)
    twice = choose([candidate("F-1", label=1.0), candidate("f 1", label=1.0)], WEIGHTS)
    contested = choose([candidate("F-1", label=1.0), candidate("F-2", label=0.9)], WEIGHTS)
    assert alone is not None
    assert twice is not None
    assert contested is not None
    assert contested.chance < alone.chance < twice.chance < 1


def test_what_came_true_less_often_is_claimed_less() -> None:
    humble = Weights(WEIGHTS.features, slope=0.5, offset=-0.3)
    one, other = (choose([candidate("F-1", label=1.0)], w) for w in (WEIGHTS, humble))
    assert one is not None
    assert other is not None
    assert other.chance < one.chance


def test_a_feature_that_nobody_has_weighed_is_refused() -> None:
    with pytest.raises(KeyError):
        choose([candidate("F-1", colour=1.0)], WEIGHTS)
    with pytest.raises(KeyError):
        learnt("invoice_number", {**CHOSEN["invoice_number"], "colour": 1.0})
