"""Documents are cut and joined after validation, by keyboard and by mouse, and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from domain.findings import Finding, Reading
from service.house import House
from service.operations import following, validation
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def read_again(house: House) -> None:
    """What the workers do with groups that were changed."""
    found = Reading({"supplier_name": Finding("Lyreco", 0.9, "read", "ocr", 0)}).to_json()
    with house.store.transaction() as connection:
        groups = connection.scalars(select(t.group.c.id).where(t.group.c.reading.is_(None))).all()
        connection.execute(
            update(t.group).where(t.group.c.id.in_(groups)).values(reading=found, suggestion=[])
        )
        for group_id in groups:
            following.read_at_last(house, connection, group_id)


def test_a_document_is_cut_read_again_taken_back_and_joined(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    house, page = site.house, nadia.page
    import_id = ready_import(house, tenant, (("purchase_invoice", 3), ("purchase_invoice", 1)))
    first, _ = (d["id"] for d in validation.validate(house, tenant.who, import_id)["documents"])
    nadia.go(f"/documents/{first}")
    expect(page.locator("#post")).to_be_visible()

    page.keyboard.press("Alt+g")
    expect(page.get_by_role("button", name="Couper avant la page 2")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Coupée en deux")
    expect(page.locator("#being-read")).to_be_visible()
    expect(page.locator(".leaf")).to_have_count(2)
    read_again(house)
    expect(page.locator("#being-read")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lyreco")

    page.keyboard.press("Alt+g")
    expect(page.get_by_role("button", name="Annuler la coupe")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/documents/{first}**")
    expect(page.locator("#messages")).to_contain_text("Annulé")
    expect(page.locator(".leaf")).to_have_count(3)

    page.locator("#arranging summary").click()
    page.locator("#join-after").click()
    expect(page.locator("#messages")).to_contain_text("Réunies")
    expect(page.locator(".leaf")).to_have_count(4)
    # While it is read again as well, it can be taken back.
    page.locator("#arranging summary").click()
    page.locator("#take-back").click()
    page.wait_for_url(f"**/documents/{first}**")

    nadia.go("/categories/purchase_invoice")
    page.keyboard.press("a")
    page.keyboard.press("Shift+j")
    expect(page.locator("#messages")).to_contain_text("Réunies")
    expect(page.locator(".leaf")).to_have_count(4)
    nadia.go("/categories/purchase_invoice")
    page.keyboard.press("a")
    page.keyboard.press("Shift+j")
    expect(page.locator("#messages")).to_contain_text("Pas réunies")
