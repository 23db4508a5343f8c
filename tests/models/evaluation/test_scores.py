"""The counts on files small enough to count by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.judging import JudgedFile, judge, moves
from models.evaluation.scores import Score


def group(*pages: int, category: str = "letter", **more: Any) -> dict[str, Any]:
    return {"pages": list(pages), "category": category, **more}


def truth(*groups: dict[str, Any], pages: int, blank: tuple[int, ...] = ()) -> dict[str, Any]:
    return {"page_count": pages, "groups": list(groups), "blank_pages": list(blank)}


def scored(found: list[dict[str, Any]], true: dict[str, Any]) -> dict[str, Any]:
    score = Score()
    score.add(judged(found, true))
    return score.result()


def judged(found: list[dict[str, Any]], true: dict[str, Any]) -> JudgedFile:
    return judge("stack.pdf", "digital", found, true)


def read(value: str, state: str = "read", confidence: float = 0.9) -> dict[str, Any]:
    return {"value": value, "state": state, "confidence": confidence}


TRUE = truth(group(0, 1), group(2), group(3, 4), pages=5)


def test_the_truth_itself_is_perfect() -> None:
    result = scored(TRUE["groups"], TRUE)
    assert result["boundary"] == {"n": 2, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert result["exact_documents"] == result["perfect_files"] == 1.0
    assert result["category_strict"] == result["split_and_category"] == 1.0
    assert result["moves_per_100_pages"] == 0.0


def test_a_cut_too_many_costs_precision_and_one_missed_costs_recall() -> None:
    result = scored([group(0), group(1), group(2, 3, 4)], TRUE)
    # Cuts before pages 1 and 2 were made, before 2 and 3 they belong.
    assert result["boundary"]["precision"] == result["boundary"]["recall"] == 0.5
    assert result["exact_documents"] == 0.0
    assert result["perfect_files"] == 0.0


def test_blank_pages_neither_make_nor_break_a_document() -> None:
    true = truth(group(0, 2), group(3), pages=4, blank=(1,))
    for found in (
        [group(0, 1, 2), group(3)],
        [group(0, 2), group(3)],
        [group(0, 2), group(1), group(3)],
    ):
        result = scored(found, true)
        assert result["exact_documents"] == 1.0
        assert result["boundary"]["f1"] == 1.0
        assert result["perfect_files"] == 1.0


def test_pages_that_nobody_claimed_stand_alone() -> None:
    result = scored([group(2)], TRUE)
    assert result["boundary"]["recall"] == 1.0
    assert result["boundary"]["precision"] == 0.5
    assert result["exact_documents"] == pytest.approx(1 / 3, abs=1e-4)


def test_what_is_had_for_nothing_is_told_beside() -> None:
    baselines = scored(TRUE["groups"], TRUE)["baselines"]
    assert baselines["every_page_a_document"]["exact_documents"] == pytest.approx(1 / 3, abs=1e-4)
    assert baselines["every_page_a_document"]["boundary_f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert baselines["most_frequent_category"] == {"category": "letter", "share": 1.0}


def test_a_category_that_a_clerk_might_choose_counts_leniently() -> None:
    true = truth(group(0, category="quote", accept_categories=["contract"]), pages=1)
    result = scored([group(0, category="contract")], true)
    assert (result["category_strict"], result["category_lenient"]) == (0.0, 1.0)
    assert result["confusions"] == []
    wrong = scored([group(0, category="receipt")], true)
    assert wrong["confusions"] == [{"true": "quote", "found": "receipt", "n": 1}]


def test_fields_are_judged_on_exact_documents_and_end_to_end_on_all() -> None:
    fields = {"invoice_number": "F-1", "iban": None}
    true = truth(group(0, fields=fields), group(1, 2, fields=fields), pages=3)
    found = [
        group(0, fields={"invoice_number": read("F1"), "iban": read("FR76")}),
        group(1, fields={}),
        group(2, fields={}),
    ]
    number, iban = (scored(found, true)["fields"][name] for name in ("invoice_number", "iban"))
    assert (number["accuracy"], number["end_to_end"], number["n"]) == (1.0, 0.5, 2)
    assert (iban["spurious"], iban["absent"], iban["n"]) == (1.0, 1, 0)


def test_ignored_fields_are_not_scored() -> None:
    true = truth(group(0, fields={"iban": "FR76"}, ignore_fields=["iban"]), pages=1)
    assert "iban" not in scored([group(0, fields={})], true)["fields"]


def test_lines_are_right_together_or_by_share() -> None:
    lines = [{"net_amount": "10.00"}, {"net_amount": "5.00"}]
    true = truth(group(0, fields={"line_items": lines}), pages=1)
    found = [group(0, line_items=[{"net_amount": "10.00"}])]
    result = scored(found, true)["fields"]["line_items"]
    assert result["accuracy"] == 0.0
    assert result["line_f1"] == pytest.approx(2 / 3, abs=1e-4)


def test_claims_are_held_against_what_came_true() -> None:
    true = truth(group(0, fields={"iban": "FR76", "currency": "EUR"}), group(1), pages=2)
    found = [
        group(
            0,
            fields={"iban": read("FR77", "proved", 0.99), "currency": read("EUR", "proved", 0.97)},
        ),
        group(1, cut={"probability": 0.75, "reasons": ["another letterhead"]}),
    ]
    calibration = scored(found, true)["calibration"]
    assert calibration["states"] == {"proved": {"n": 2, "claimed": 0.98, "right": 0.5}}
    assert calibration["cuts"] == [{"up_to": 0.8, "n": 1, "claimed": 0.75, "right": 1.0}]


def test_what_is_claimed_without_ifs_is_counted_apart() -> None:
    true = truth(group(0, 1), group(2, category="quote"), pages=3)
    found = [
        group(0, sure=True),
        group(1, cut={"probability": 0.995}),
        group(2, cut={"probability": 0.99}, category="receipt", sure=False),
    ]
    certain = scored(found, true)["calibration"]["certain"]
    assert (certain["cuts"]["n"], certain["cuts"]["right"]) == (2, 0.5)
    assert (certain["categories to check"]["n"], certain["categories to check"]["right"]) == (1, 0)
    assert "categories" not in certain  # the sure one was about pages that are not a document


def test_documents_alone_are_scored_without_their_files() -> None:
    score = Score()
    score.add_document(judged(TRUE["groups"], TRUE).documents[0])
    result = score.result()
    assert (result["documents"], result["exact_documents"]) == (1, 1.0)
    assert result["boundary"]["n"] == 0


def test_pages_to_drag_are_counted_as_a_person_would() -> None:
    assert moves(5, [5], [5]) == 0
    assert moves(5, [2, 3], [5]) == 2  # the two pages of the first document are dragged out
    assert moves(5, [5], [1, 1, 1, 1, 1]) == 4
    assert moves(6, [3, 3], [2, 4]) == 1


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_a_perfect_split_needs_no_moves_and_no_split_needs_more_than_all(
    lengths: list[int],
) -> None:
    pages = sum(lengths)
    assert moves(pages, lengths, lengths) == 0
    assert 0 <= moves(pages, lengths, [pages]) == pages - max(lengths)
