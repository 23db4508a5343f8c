"""Others on the same board, and what comes after it: validating, and taking that back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from service.operations import access
from tests.browser.board import press, read_again, settled, sheet, stored
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def test_two_people_see_each_other_and_lose_nothing(
    site: Site, tenant: Tenant, nadia: Visitor, visit: Callable[..., Visitor]
) -> None:
    import_id = ready_import(
        site.house, tenant, (("purchase_invoice", 2), ("letter", 1), ("letter", 2))
    )
    email = f"paul@{tenant.organisation_id[-12:]}.example"
    access.add_user(
        site.house, tenant.who, email=email, name="Paul", role="reviewer", language="fr"
    )
    paul = visit(site)
    paul.sign_in(email)
    for visitor in (nadia, paul):
        visitor.go(f"/imports/{import_id}")
        expect(sheet(visitor.page, 1)).to_be_focused()

    # Other groups: both changes are made, and each sees the other's.
    press(nadia.page, "ArrowRight", "s")
    press(paul.page, "End", "ArrowUp", "ArrowRight", "s")
    expect(paul.page.locator(".group")).to_have_count(5)
    settled(site, tenant, import_id, paul.page, [[1], [2], [3], [4], [5]])
    expect(nadia.page.locator(".group")).to_have_count(5)
    expect(nadia.page.locator("#messages")).to_contain_text("Paul – coupé avant la page 5")

    # The same group: the second is told, and may make the change again.
    paul.page.route(
        "**/board", lambda route: route.fulfill(status=204)
    )  # hears of nothing for a while
    press(nadia.page, "Home", "a")
    settled(site, tenant, import_id, nadia.page, [[2], [3], [4], [5]])
    paul.page.unroute("**/board")
    paul.expected.add(412)
    press(paul.page, "Home", "ArrowRight", "x")
    expect(paul.page.locator("#messages")).to_contain_text("page 1 écartée")
    expect(paul.page.locator(".group")).to_have_count(4)
    assert stored(site, tenant, import_id) == [[2], [3], [4], [5]]
    # Undo is one's own.
    press(paul.page, "z")
    expect(paul.page.locator(".group")).to_have_count(3)
    settled(site, tenant, import_id, paul.page, [[2], [3], [4, 5]])


def test_a_validation_waits_for_reading_and_is_taken_back_until_something_is_posted(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant, (("purchase_invoice", 2), ("letter", 1)))
    page = nadia.page
    nadia.go(f"/imports/{import_id}")
    press(page, "ArrowDown", "c", "6")
    press(page, "v")
    expect(page.locator("#messages")).to_contain_text("dès que tout est relu")
    read_again(site)
    expect(page.locator(".badge.validated")).to_be_visible()
    expect(page.locator("[data-tool], .group-number")).to_have_count(0)

    press(page, "z")
    expect(page.locator("#messages")).to_contain_text("La validation est annulée")
    expect(page.locator(".group").nth(1).locator(".category")).to_have_text("Contrat")
    press(page, "z")
    expect(page.locator(".group").nth(1).locator(".category")).to_have_text("Courrier")
    read_again(site)
    expect(page.locator(".group[data-reading]")).to_have_count(0)
    page.locator("#validate").click()
    page.get_by_role("link", name="Ouvrir le document").first.click()
    page.locator("[name='row.0.account']").fill("6064")
    page.locator("#post").click()
    page.wait_for_url("**/categories/**")
    nadia.go(f"/imports/{import_id}")
    expect(page.locator("#state")).to_contain_text("la validation reste")
    expect(page.locator("#reopen")).to_have_count(0)
