"""Where the proof of a document fails, its pages are read again, and the better words are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Row, select

from domain.findings import Reading
from domain.text import PageText
from models.understanding import as_it_is
from service.house import House
from storage import tables as t
from tests.models.extraction.paper import page
from tests.service.conftest import Tenant, make_tenant
from tests.workers.mail import arrive
from workers import grouping, pages, parsers

SLIP = """
CAFE DU PORT
12.03.2024  14:05
Menu du jour      18.50
Vin blanc         6.00
Total CHF         24.50
"""
MISREAD = page(SLIP.replace("Total CHF         24.50", "Tatal CHE  2A.5O"), source="ocr")
READ_AGAIN = replace(page(SLIP, source="ocr"), reader="rapidocr-3.10.0")


@pytest.fixture
def ours(house: House) -> Tenant:
    return make_tenant(house, "dupont")


def group_and_page(house: House, import_id: str) -> tuple[Row[tuple[str]], Row[tuple[str, str]]]:
    with house.store.reading() as connection:
        return (
            connection.execute(
                select(t.group.c.id, t.group.c.reading).where(t.group.c.import_id == import_id)
            ).one(),
            connection.execute(
                select(t.page.c.id, t.page.c.text_key).where(t.page.c.import_id == import_id)
            ).one(),
        )


def understand(house: House, import_id: str) -> grouping.Understood:
    group, _ = group_and_page(house, import_id)
    understood = grouping.understand(house, group.id, twice=True)
    with house.store.transaction() as connection:
        grouping.keep(connection, group.id, understood)
    return understood


def test_a_page_that_proves_nothing_is_read_again_and_its_first_reading_stays(
    house: House, ours: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsers, "strengthen", lambda _house, _key: lambda _page: READ_AGAIN)
    import_id = arrive(house, ours, MISREAD, category="receipt")
    _, before = group_and_page(house, import_id)

    understand(house, import_id)

    group, after = group_and_page(house, import_id)
    assert Reading.from_json(group.reading).value("gross_total") == "24.50"
    assert after.text_key != before.text_key
    assert pages.get_text(house.objects, before.text_key).text() == MISREAD.text()
    assert pages.get_text(house.objects, after.text_key).text() == READ_AGAIN.text()

    def never(_house: House, _key: str) -> PageText:
        pytest.fail("a page is read strongly once")

    monkeypatch.setattr(parsers, "strengthen", never)
    assert understand(house, import_id).better == {}


def test_a_page_that_cannot_be_read_again_changes_nothing(
    house: House, ours: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsers, "strengthen", lambda _house, _key: as_it_is)
    import_id = arrive(house, ours, MISREAD, category="receipt")
    before = group_and_page(house, import_id)
    assert understand(house, import_id).better == {}
    assert group_and_page(house, import_id) == before


def test_nothing_is_read_again_where_the_strong_reader_is_switched_off(house: House) -> None:
    without = replace(house, settings=replace(house.settings, strong_reader=False))
    assert parsers.strengthen(without, "any") is as_it_is
