from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.printed.dates import dates_in
from models.extraction.date_order import day_first, month_first


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("03/04/26", "2026-04-03"),
        ("1er mars 2026", "2026-03-01"),
        ("15. März 2026", "2026-03-15"),
        ("15 mrt 2026", "2026-03-15"),
        ("15 maggio 2026", "2026-05-15"),
        ("2026-03-15T10:00", "2026-03-15"),
        ("19/03/201803:43:44 PM", "2018-03-19"),
        ("19/03/1803:43", "2018-03-19"),
        ("12-Jun-2018", "2018-06-12"),
        ("JUN 12, 2018", "2018-06-12"),
        ("August 3 , 2014", "2014-08-03"),
        ("March 3rd, 2021", "2021-03-03"),
        ("le 3 février 2026", "2026-02-03"),
        ("3 déc. 2025", "2025-12-03"),
        ("12.03.24", "2024-03-12"),
        ("12 / 03 / 2018", "2018-03-12"),
        ("15. Jänner 2026", "2026-01-15"),
        ("Date : 20260815", "2026-08-15"),
        ("Date: 12022018", "2018-02-12"),
        ("27/03/2018 13:45", "2018-03-27"),
    ],
)
def test_a_date_is_read_however_it_is_written(text: str, iso: str) -> None:
    assert [d.value.isoformat() for d in dates_in(text)] == [iso]


@pytest.mark.parametrize(
    "text", ["31/02/2026", "12,50", "2026", "20260815", "192.168.1.12", "99/99/99"]
)
def test_what_cannot_be_a_date_is_none(text: str) -> None:
    assert dates_in(text) == ()


def test_an_american_document_puts_the_month_first() -> None:
    assert dates_in("03/04/26", month_first=True)[0].value.isoformat() == "2026-03-04"
    assert dates_in("25/04/26", month_first=True)[0].value.isoformat() == "2026-04-25"


def test_one_date_over_twelve_settles_the_order_for_the_document() -> None:
    assert day_first(["03/04/2026", "10/25/2026"]) is False
    assert day_first(["03/04/2026", "25/10/2026"]) is True
    assert day_first(["03/04/2026"]) is None


@pytest.mark.parametrize(
    ("texts", "american"),
    [
        (["1451 S Elm Street, Greensboro, NC  27406", "DATE 04/01/2023"], True),
        (["Phone: (858) 555-0101", "Total $12.00", "04/01/2023"], True),
        (["DE 99199 Musterhausen", "Rechnung vom 06.08.2018"], False),
        (["VAT 123 4567 89", "Total £12.00", "04/01/2023"], False),
        (["Subtotal $12.00 GST 10%", "(02) 9555-0101", "04/01/2023"], False),
        (["Issued Jan 5, 2023", "Due 02/04/2023", "Shipped 01/03/2023"], True),
        (["04/01/2023"], False),
    ],
)
def test_where_a_paper_comes_from_settles_the_order_of_its_doubtful_dates(
    texts: list[str], american: bool
) -> None:
    assert month_first(texts) is american


def test_dots_part_day_month_and_year_in_every_country() -> None:
    assert dates_in("03.04.26", month_first=True)[0].value.isoformat() == "2026-04-03"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    for date in dates_in(text):
        assert 0 <= date.start < date.end <= len(text)
