"""A board of 500 pages: there soon, answers at once, and shows no page without its picture.

How long things take is printed and not asserted closely, for tests share their machine; what makes
them quick is: few requests for pictures, and none of the large ones.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import draw, sheet
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser

PAGES, AT_ONCE = 500, 50
GENEROUS_MS = 20_000
KEYS = ("ArrowRight", "s", "ArrowDown", "x", "r", "z")
SEEN_EMPTY = """[...document.querySelectorAll(".thumb img")].filter(image => {
    const box = image.closest(".thumb").getBoundingClientRect();
    const seen = box.bottom > 0 && box.top < innerHeight;
    return seen && !(image.complete && image.naturalWidth);
}).length"""
ASKED = "performance.getEntriesByType('resource').map(one => one.name)"


def took_ms(page: Page, key: str) -> float:
    """From a key pressed to the page drawn anew."""
    return float(
        page.evaluate(
            """async key => {
                const began = performance.now();
                const pressed = {key, bubbles: true, cancelable: true};
                document.activeElement.dispatchEvent(new KeyboardEvent("keydown", pressed));
                await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
                return performance.now() - began;
            }""",
            key,
        )
    )


def test_a_board_of_500_pages_is_there_soon_and_answers_at_once(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    kinds = ("purchase_invoice", "letter", "receipt", "bank_statement")
    import_id = ready_import(
        site.house, tenant, tuple((kinds[n % 4], 1 + n % 4) for n in range(200)), blank=0
    )
    draw(site, import_id)
    page = nadia.page
    nadia.go(f"/imports/{import_id}")  # once, for caches and the database to be warm
    expect(sheet(page, 1)).to_be_focused()

    nadia.go(f"/imports/{import_id}")
    expect(sheet(page, 1)).to_be_focused()
    there_ms = page.evaluate(
        "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    )
    expect(page.locator("[data-page]")).to_have_count(PAGES)
    keys_ms = [took_ms(page, key) for key in KEYS]

    # Whoever scrolls on sees pictures: they come before they are asked for, and many in one answer.
    empty = 0
    height = page.evaluate("document.documentElement.scrollHeight")
    for y in range(0, height, 600):
        page.evaluate("y => window.scrollTo(0, y)", y)
        empty += page.evaluate(SEEN_EMPTY) > 0
        page.wait_for_function(f"() => {SEEN_EMPTY} === 0")
    expect(page.locator(".thumb img.come")).to_have_count(PAGES)
    asked = page.evaluate(ASKED)
    assert len([one for one in asked if "/board/thumbnails" in one]) == PAGES / AT_ONCE
    assert [one for one in asked if ".webp" in one] == []

    print(
        f"500 pages: there after {there_ms:.0f} ms, keys {[round(ms) for ms in keys_ms]} ms, "
        f"{empty} of {height // 600 + 1} screens were waited for"
    )
    assert there_ms < GENEROUS_MS
    assert max(keys_ms) < GENEROUS_MS
