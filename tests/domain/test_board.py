"""The board: what people do with pages, taken back in any order, and what they should look at."""

from __future__ import annotations

import pytest

from domain.board import Board, Change, Do, Group, changed, recut_to
from domain.documents import SetAside
from domain.doubts import doubts
from domain.errors import Conflict, Invalid
from domain.regrouping import difference, reverted


def board(*groups: str, aside: str = "", order: str = "abcdefgh") -> Board:
    """Groups of pages; each letter is a page."""
    return Board(
        tuple(order),
        tuple(Group(tuple(group), "letter") for group in groups),
        dict.fromkeys(aside, SetAside.BLANK),
    )


def shape(board: Board) -> str:
    said = " ".join("".join(group.pages) for group in board.groups)
    return said + (f" | {''.join(sorted(board.aside))}" if board.aside else "")


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (Change(Do.CUT, ("b",)), "a b cde fg | h"),
        (Change(Do.CUT, ("a",)), "ab cde fg | h"),
        (Change(Do.JOIN, ("c",)), "abcde fg | h"),
        (Change(Do.JOIN, ("f",), onto="a"), "abfg cde | h"),
        (Change(Do.JOIN, ("a",)), "ab cde fg | h"),
        (Change(Do.RECUT, ("d",), joins=("c",)), "abc de fg | h"),
        (Change(Do.MOVE, ("d",), onto="a"), "abd ce fg | h"),
        (Change(Do.MOVE, ("g", "a"), onto="d"), "acdeg b f | h"),
        (Change(Do.MOVE, ("e",), onto="c", before="c"), "ab ecd fg | h"),
        (Change(Do.MOVE, ("h",), onto="f"), "ab cde fgh"),
        (Change(Do.MOVE, ("f", "g"), onto="b"), "abfg cde | h"),
        (Change(Do.NEW, ("e", "b")), "a eb cd fg | h"),
        (Change(Do.ASIDE, ("f", "g")), "ab cde | fgh"),
        (Change(Do.ORDER, ("d", "b")), "a db ce fg | h"),
        (Change(Do.ORDER, ("c", "d", "e")), "ab cde fg | h"),
        (Change(Do.AS_FED, ("g", "a", "b")), "ab cde f g | h"),
        (Change(Do.AS_FED, ("e", "d")), "ab c de fg | h"),
    ],
)
def test_a_change_of_pages_gives_the_groups_a_person_expects(change: Change, after: str) -> None:
    before = board("ab", "cde", "fg", aside="h")

    assert shape(changed(before, change)) == after


def test_a_category_is_kept_by_the_first_half_and_guessed_for_the_second() -> None:
    said = changed(board("abc"), Change(Do.CATEGORY, ("b",), category="quote"))

    halves = changed(said, Change(Do.CUT, ("b",))).groups

    assert [(g.category, g.said) for g in halves] == [("quote", True), ("quote", False)]


def test_pages_are_turned_on_and_on() -> None:
    turned = board("ab")
    for _ in range(3):
        turned = changed(turned, Change(Do.TURN, ("b",)))
    assert turned.rotation == {"b": 270}
    assert changed(turned, Change(Do.TURN, ("b",))).rotation == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (Change(Do.CUT, ("z",)), "pages_misplaced"),
        (Change(Do.CUT, ()), "pages_misplaced"),
        (Change(Do.CUT, ("h",)), "page_set_aside"),
        (Change(Do.MOVE, ("a",)), "invalid_change"),
        (Change(Do.MOVE, ("a",), onto="c", before="f"), "invalid_change"),
        (Change(Do.CATEGORY, ("a",)), "invalid_change"),
        (Change(Do.TURN, ("a",), degrees=45), "invalid_change"),
    ],
)
def test_what_makes_no_sense_is_refused(change: Change, code: str) -> None:
    with pytest.raises((Invalid, Conflict)) as refusal:
        changed(board("ab", "cde", "fg", aside="h"), change)
    assert refusal.value.code == code


def test_changes_are_taken_back_in_any_order_as_long_as_their_pages_were_left_alone() -> None:
    start = board("ab", "cde", "fg", aside="h")
    one = changed(start, Change(Do.CUT, ("b",)))
    two = changed(one, Change(Do.ASIDE, ("f",)))
    three = changed(two, Change(Do.NEW, ("b", "c")))

    then, now = difference(one, two)
    without_two = reverted(three, now, then)
    assert shape(without_two) == "a bc de fg | h"

    then, now = difference(start, one)
    with pytest.raises(Conflict, match="changed since"):
        reverted(three, now, then)
    assert shape(reverted(two, now, then)) == "ab cde g | fh"


def test_taking_back_forgets_what_was_decided_and_turned() -> None:
    start = board("ab")
    after = changed(changed(start, Change(Do.KEEP_CUT, ("b",))), Change(Do.TURN, ("a",)))
    assert (after.begins, after.rotation) == ({"b": False}, {"a": 90})

    then, now = difference(start, after)

    assert reverted(after, now, then) == start


def test_another_way_to_cut_is_told_as_cuts_and_joins() -> None:
    now = board("ab", "cd", "ef", aside="g")

    assert recut_to(now, "abcdefg", "ad") == (["d"], ["c", "e"])
    assert recut_to(now, "abcdefg", "ace") == ([], [])


def asked(board: Board, cuts: dict[str, float], sure: bool = True) -> list[tuple[str, str, bool]]:
    guesses = {group.pages: sure for group in board.groups}
    return [(d.about, d.page, d.settled) for d in doubts(board, cuts, guesses)]


def test_unsure_cuts_and_missing_cuts_are_doubts_until_somebody_decides() -> None:
    now = board("ab", "cd")
    cuts = {"a": 1.0, "b": 0.3, "c": 0.6, "d": 0.05}

    assert asked(now, cuts) == [("no_cut", "b", False), ("cut", "c", False)]
    now = changed(now, Change(Do.KEEP_CUT, ("b",)))
    assert asked(now, cuts) == [("no_cut", "b", True), ("cut", "c", False)]
    now = changed(now, Change(Do.JOIN, ("c",)))
    assert asked(now, cuts) == [("no_cut", "b", True), ("no_cut", "c", True)]


def test_unsure_categories_come_after_the_cut_they_follow() -> None:
    now = board("ab", "cd")
    cuts = {"c": 0.6, "d": 0.2}

    assert [d[:2] for d in asked(now, cuts, sure=False)] == [
        ("category", "a"),
        ("cut", "c"),
        ("category", "c"),
        ("no_cut", "d"),
    ]
    kept = changed(now, Change(Do.KEEP_CATEGORY, ("a",)))
    assert asked(kept, {}, sure=False) == [("category", "a", True), ("category", "c", False)]


def test_the_order_of_pages_is_asked_about_until_somebody_decides() -> None:
    def about(now: Board) -> list[tuple[str, str, bool]]:
        found = doubts(now, {}, {}, {"b": ("b", "e"), "g": ("g", "h")})
        return [(d.about, d.page, d.settled) for d in found]

    now = board("a", "be", "cd", "fg", aside="h")
    assert about(now) == [("order", "b", False)]
    fed = changed(now, Change(Do.AS_FED, ("b", "e")))
    assert about(fed) == [("no_order", "b", True)]
    assert about(changed(now, Change(Do.KEEP_CUT, ("b", "e")))) == [("order", "b", True)]
    assert about(changed(now, Change(Do.CUT, ("e",)))) == [("no_order", "b", False)]


def test_a_page_that_was_moved_raises_no_doubt_about_its_cut() -> None:
    moved = changed(board("ab", "cd"), Change(Do.MOVE, ("d",), onto="a"))

    assert asked(moved, {"d": 0.5}) == []
