"""The whole journey at the pages with the real workers: drop a stack, watch, review, post."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from models.synthetic.stacks import draw_stack
from service.operations import access
from tests.browser.conftest import Site, Visitor
from tests.servers import Running
from tests.service.conftest import make_tenant

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_stack_that_is_dropped_becomes_documents_live(
    running: Running, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    tenant = make_tenant(running.house, "journey")
    drawn = draw_stack(7, documents=3)
    stack, broken = tmp_path / "courrier.pdf", tmp_path / "abîmé.pdf"
    stack.write_bytes(drawn.pdf)
    broken.write_bytes(b"%PDF-1.7 and nothing more")
    nadia = visit(Site(running.house, running.address))
    nadia.sign_in(access.list_users(running.house, tenant.who)[0]["email"])
    page = nadia.page

    expect(page.get_by_role("heading", name="Rien n’est encore arrivé")).to_be_visible()
    page.locator("#files").set_input_files([stack, broken])
    expect(page.locator("#sending li")).to_have_count(2)
    # Nobody reloads: the row comes and changes by itself.
    expect(page.locator("tbody .badge.ready")).to_be_visible()
    expect(page.locator(".trouble")).to_contain_text("abîmé.pdf")
    expect(page.locator(".trouble")).to_contain_text("Le fichier est endommagé.")
    expect(page.locator("tbody .receipt")).to_contain_text(f"{drawn.truth['page_count']} pages =")
    page.get_by_role("link", name="Réviser").click()

    sheet = page.locator(".sheet").first
    image = sheet.locator(".thumb img")
    expect(image).to_have_js_property("complete", value=True)
    small = image.evaluate("image => image.naturalWidth")
    assert small > 50
    sheet.locator(".thumb").hover()
    larger = page.locator("#preview-paper svg image, #preview-paper img").first
    expect(larger).to_be_visible()
    page.mouse.move(5, 5)
    groups = page.locator("[data-group]")
    there = groups.count()
    groups.nth(1).locator("[data-act=join]").click()
    expect(groups).to_have_count(there - 1)
    page.locator("#undo").click()
    expect(groups).to_have_count(there)
    page.locator("#validate").click()
    anyway = page.locator("#sure[open] [data-sure=yes]")
    expect(anyway.or_(page.locator(".badge.validated"))).to_be_visible()
    if anyway.is_visible():
        anyway.click()
    # What was joined and taken apart again is read again by the workers, and only then validated.
    expect(page.locator(".badge.validated")).to_be_visible()
    expect(page.get_by_role("link", name="Ouvrir le document")).to_have_count(there)

    # Two of them are one after all: the workers read it again, and the page shows it by itself.
    page.get_by_role("link", name="Ouvrir le document").first.click()
    page.wait_for_url("**/documents/**")
    leaves = page.locator(".leaf").count()
    page.locator("#arranging summary").click()
    page.locator("#join-after").click()
    expect(page.locator("#messages")).to_contain_text("Réunies")
    assert page.locator(".leaf").count() > leaves
    expect(page.locator(".badge.to_post, .badge.filed").first).to_be_visible()
