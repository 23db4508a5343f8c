"""Codes are looked for where something drawn has their size and density, and nowhere else."""

from __future__ import annotations

from models.inside.drawn import Rect, code_places

PAGE = (0.0, 0.0, 595.0, 842.0)


def barcode(left: float, top: float) -> list[Rect]:
    return [(left + 3 * n, top, left + 3 * n + 1.5, top + 40) for n in range(30)]


def test_the_bars_of_a_barcode_are_one_place() -> None:
    ((x0, y0, x1, y1),) = code_places([], barcode(100, 700), PAGE)
    assert x0 < 100
    assert y0 < 700
    assert x1 > 188
    assert y1 > 740


def test_the_rules_of_a_table_are_no_place_and_do_not_hide_a_code() -> None:
    across = [(50.0, 100 + 12.0 * n, 250.0, 100.5 + 12 * n) for n in range(40)]
    down = [(50 + 20.0 * n, 100.0, 50.5 + 20 * n, 340.0) for n in range(11)]
    dots = [(50 + 4.0 * n, 600.0, 51 + 4.0 * n, 601.0) for n in range(100)]
    assert code_places([], across + down + dots, PAGE) == ()
    assert len(code_places([], across + down + dots + barcode(300, 700), PAGE)) == 1


def test_pictures_too_small_for_a_code_are_no_place() -> None:
    icon, rule, logo = (10.0, 10.0, 26.0, 26.0), (0.0, 90.0, 595.0, 92.0), (50.0, 50.0, 150.0, 90.0)
    assert code_places([icon, rule], [], PAGE) == ()
    assert code_places([icon, rule, logo], [], PAGE) == ((44.0, 44.0, 156.0, 96.0),)


def test_a_page_of_very_many_pictures_is_one_place() -> None:
    pictures = [(50.0 * n, 20.0, 50.0 * n + 40, 60.0) for n in range(11)]
    pictures += [(50.0 * n, 120.0, 50.0 * n + 40, 160.0) for n in range(11)]
    assert code_places(pictures, [], PAGE) == (PAGE,)
