"""A page of the board seen large: turned, enlarged, with its words."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from domain.text import Box, PageText, Word
from storage import tables as t
from tests.browser.board import draw, press, sheet
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def test_a_page_is_seen_large_with_its_words_and_turned(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant, (("purchase_invoice", 2), ("letter", 1)))
    draw(site, import_id)
    words = (Word("Facture", Box(0.1, 0.1, 0.3, 0.12), 0.9, 0),)
    text = PageText(0, 595, 842, "ocr", words=words)
    site.house.objects.put_bytes(f"text-{import_id}", json.dumps(text.to_json()).encode())
    with site.house.store.transaction() as connection:
        connection.execute(
            update(t.page)
            .where(t.page.c.import_id == import_id, t.page.c.number == 0)
            .values(text_key=f"text-{import_id}")
        )
    page = nadia.page
    nadia.go(f"/imports/{import_id}")
    sheet(page, 3).locator(".thumb").hover()
    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#preview-title")).to_have_text("Page 3, groupe 2, Courrier")
    page.mouse.move(5, 5)
    expect(page.locator("#preview")).to_be_hidden()

    press(page, "Enter")
    expect(page.locator("#preview-paper text")).to_have_text("Facture ")
    press(page, "+", "+")
    assert page.locator("#preview-paper svg").evaluate("s => s.style.width") == "180%"
    press(page, "f", "t")
    expect(page.locator("#preview-text")).to_have_text("Facture")
    press(page, "t", "ArrowRight")
    expect(page.locator("#preview-title")).to_have_text("Page 2, groupe 1, Facture d’achat")
    press(page, "r")
    expect(page.locator("#preview-paper svg")).to_have_attribute("viewBox", "0 0 842 595")
    press(page, "Escape")
    expect(page.locator("#preview")).to_be_hidden()
