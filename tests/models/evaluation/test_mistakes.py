"""What went wrong is told with its evidence, the gravest first."""

from __future__ import annotations

from typing import Any

from models.evaluation.judging import judge
from models.evaluation.mistakes import Kind, Mistake, mistakes_in


def mistakes(found: list[dict[str, Any]], true: list[dict[str, Any]], pages: int) -> list[Mistake]:
    truth = {"page_count": pages, "groups": true}
    return mistakes_in([judge("stack.pdf", "digital", found, truth)])


def group(*pages: int, category: str = "letter", **more: Any) -> dict[str, Any]:
    return {"pages": list(pages), "category": category, **more}


def test_a_mistake_names_what_was_read_and_what_is_true() -> None:
    found = [group(0, fields={"iban": {"value": "FR77", "state": "read"}})]
    (mistake,) = mistakes(found, [group(0, fields={"iban": "FR76"})], 1)
    assert (mistake.what, mistake.true, mistake.found) == ("iban", "FR76", "FR77")
    assert "stack.pdf" in str(mistake)
    assert mistake.kind is Kind.FIELD


def test_what_was_claimed_as_certain_comes_first() -> None:
    found = [
        group(0, fields={"currency": {"value": "CHF", "state": "read"},
                         "iban": {"value": "FR77", "state": "proved"}}),
        group(1, category="receipt", sure=True, cut={"probability": 0.9}),
        group(2, cut={"probability": 0.992, "reasons": ["page 1 of 1"]}),
        group(3, cut={"probability": 0.6}),
    ]  # fmt: skip
    true = [group(0, fields={"currency": "EUR", "iban": "FR76"}), group(1), group(2, 3)]
    kinds = [mistake.kind for mistake in mistakes([*found[:2], group(2), found[3]], true, 4)]
    assert kinds == [Kind.PROVED, Kind.SURE_CATEGORY, Kind.CUT, Kind.FIELD]
    first, second, *_ = mistakes(found, [*true[:1], group(1, 2), group(3)], 4)
    assert (first.kind, second.kind) == (Kind.PROVED, Kind.CERTAIN_CUT)
    assert second.cut is not None
    assert second.cut.reasons == ("page 1 of 1",)
    assert (second.pages, second.true) == ((1, 2), "one document")


def test_a_missed_cut_is_a_mistake_without_a_claim() -> None:
    (mistake,) = mistakes([group(0, 1)], [group(0), group(1)], 2)
    assert (mistake.kind, mistake.found) == (Kind.CUT, "one document")
    assert mistake.cut is not None
    assert mistake.cut.probability is None


def test_a_value_where_the_paper_has_none_is_a_mistake() -> None:
    found = [group(0, fields={"due_date": {"value": "2026-01-31", "state": "read"}})]
    (mistake,) = mistakes(found, [group(0, fields={"due_date": None, "iban": None})], 1)
    assert (mistake.what, mistake.true, mistake.found) == ("due_date", "", "2026-01-31")
