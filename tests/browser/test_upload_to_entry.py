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
    expect(page.locator("tbody .badge.ready")).to_be_visible(timeout=90_000)
    expect(page.locator(".trouble")).to_contain_text("abîmé.pdf")
    expect(page.locator(".trouble")).to_contain_text("Le fichier est endommagé.")
    expect(page.locator("tbody .receipt")).to_contain_text(f"{drawn.truth['page_count']} pages =")
    page.get_by_role("link", name="Réviser").click()

    image = page.locator(".thumb img").first
    expect(image).to_be_visible()
    expect(image).to_have_js_property("complete", value=True)
    small = image.evaluate("image => image.naturalWidth")
    assert small > 50
    page.locator(".thumb").first.click()
    expect(page.locator("#larger")).to_be_visible()
    larger = page.locator("#larger-image")
    expect(larger).to_have_js_property("complete", value=True)
    assert larger.evaluate("image => image.naturalWidth") > small
    page.keyboard.press("Escape")
    groups = page.locator("[data-group]").count()
    page.locator("[data-group='2'] [data-act=join]").click()
    expect(page.locator("[data-group]")).to_have_count(groups - 1)
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("[data-group]")).to_have_count(groups)
    expect(page.locator("#validate")).to_be_enabled(timeout=60_000)
    page.locator("#validate").click()
    expect(page.locator("#messages")).to_contain_text(f"{groups} documents")
