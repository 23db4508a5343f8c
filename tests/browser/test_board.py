"""The page board in a real browser: every change of pages by keyboard and by mouse, taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.board import press, settled, sheet
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def test_everything_on_the_board_is_done_by_keyboard_and_undone_after_a_reload(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant, (("purchase_invoice", 3), ("letter", 2)))
    page = nadia.page

    def now(*groups: list[int]) -> None:
        settled(site, tenant, import_id, page, [*groups])

    nadia.go(f"/imports/{import_id}")
    expect(sheet(page, 1)).to_be_focused()
    press(page, "ArrowRight", "s")
    now([1], [2, 3], [4, 5])
    expect(sheet(page, 2)).to_be_focused()
    press(page, "x")
    now([1, 2, 3], [4, 5])
    press(page, "j", "n")
    now([1, 2], [3], [4, 5])
    press(page, "k", "Shift+ArrowRight", "a")
    now([1], [4, 5])
    expect(page.locator("#aside [data-page]")).to_have_count(3)
    press(page, "a")
    now([1, 2, 3], [4, 5])
    press(page, "Escape", "End", "ArrowUp", "2", "Enter")
    now([1, 2, 3], [4, 5])
    press(page, "Home", "2", "Enter")
    now([1, 4, 5], [2, 3])
    expect(sheet(page, 1)).to_have_attribute("aria-label", "Page 1, groupe 1, Courrier")
    press(page, "Alt+ArrowRight")
    now([4, 1, 5], [2, 3])
    press(page, "Alt+ArrowDown")
    now([1, 2, 3], [4, 5])
    press(page, "r")
    expect(sheet(page, 1)).to_have_class(re.compile("r90"))
    press(page, "Control+a", "c")
    page.keyboard.type("fac")
    press(page, "Enter")
    expect(page.locator(".group").first.locator(".category")).to_have_text("Facture d’achat")
    press(page, "Escape", "ArrowDown", "c", "4")
    expect(page.locator(".group").nth(1).locator(".category")).to_have_text("Relevé bancaire")
    now([1, 2, 3], [4, 5])

    # Two at once, faster than answers come.
    press(page, "End", "ArrowUp", "ArrowRight", "s", "Home", "ArrowRight", "s")
    now([1], [2, 3], [4], [5])
    page.reload()
    expect(page.locator("#undo")).to_be_enabled()
    for groups in ([[1, 2, 3], [4], [5]], [[1, 2, 3], [4, 5]]):
        press(page, "z")
        expect(page.locator(".group")).to_have_count(len(groups))
        now(*groups)
    press(page, "Shift+z")
    expect(page.locator(".group")).to_have_count(3)
    now([1, 2, 3], [4], [5])
    press(page, "h")
    expect(page.locator("#history li")).to_have_count(16)
    expect(page.locator("#history li").nth(3)).to_contain_text("coupé avant la page 2")
    press(page, "Escape", "?")
    expect(page.locator("dialog#keys")).to_contain_text("Couper avant la page")


def test_everything_on_the_board_is_done_by_mouse(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant, (("purchase_invoice", 3), ("letter", 2)))
    page = nadia.page

    def now(*groups: list[int]) -> None:
        settled(site, tenant, import_id, page, [*groups])

    nadia.go(f"/imports/{import_id}")
    sheet(page, 2).hover()
    page.get_by_label("Couper avant la page 2").click()
    now([1], [2, 3], [4, 5])
    page.locator(".group").nth(1).get_by_title("Réunir avec").click()
    now([1, 2, 3], [4, 5])
    sheet(page, 2).locator(".thumb").click()
    sheet(page, 4).locator(".thumb").click(modifiers=["Control"])
    expect(page.locator("#selected")).to_have_text("Sélection : 2")
    page.locator("[data-tool=new]").click()
    now([1, 3], [2, 4], [5])
    sheet(page, 5).locator("input").fill("1")
    sheet(page, 5).locator("input").press("Enter")
    now([1, 3, 5], [2, 4])
    sheet(page, 2).locator(".thumb").click()
    page.locator("[data-tool=aside]").click()
    now([1, 3, 5], [4])
    expect(page.locator("#state .receipt")).to_contain_text("1 écartée")
    sheet(page, 2).locator(".thumb").click()
    page.locator("[data-tool=aside]").click()
    now([1, 2, 3, 5], [4])
    sheet(page, 5).locator(".thumb").drag_to(page.locator(".group").nth(1).locator(".group-head"))
    now([1, 2, 3], [4, 5])
    sheet(page, 1).locator(".thumb").click()
    sheet(page, 2).locator(".thumb").click(modifiers=["Shift"])
    sheet(page, 1).locator(".thumb").drag_to(sheet(page, 5).locator(".thumb"))
    now([4, 1, 2, 5], [3])
    sheet(page, 3).locator(".thumb").click()
    page.locator("[data-tool=turn]").click()
    expect(sheet(page, 3)).to_have_class(re.compile("r90"))
    page.locator(".group").nth(1).locator(".category").click()
    page.locator("#category-list").get_by_text("Contrat").click()
    expect(page.locator(".group").nth(1).locator(".category")).to_have_text("Contrat")
    for _ in range(10):
        page.locator("#undo").click()
    expect(page.locator("#undo")).to_be_disabled()
    now([1, 2, 3], [4, 5])
    page.locator("#redo").click()
    now([1], [2, 3], [4, 5])
    page.locator("#history-button").click()
    page.locator("#history").get_by_role("button", name="Annuler").first.click()
    expect(page.locator(".group")).to_have_count(2)
