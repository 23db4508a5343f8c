"""What the tests of the page board share: what it shows beside what the service has."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select, update

from service.operations import imports
from storage import tables as t
from tests.browser.conftest import Site
from tests.service.conftest import Tenant


def stored(site: Site, tenant: Tenant, import_id: str) -> list[list[int]]:
    """The pages of each group as the service has them, from 1."""
    view = imports.get(site.house, tenant.who, import_id)
    groups = [group for file in view["files"] for group in file["groups"]]
    groups.sort(key=lambda g: g["number"])
    return [[p["page"] + 1 for p in g["page_list"]] for g in groups]


def shown(page: Page) -> list[list[int]]:
    """The same as the page shows them."""
    return page.eval_on_selector_all(
        "[data-page]",
        """sheets => sheets.filter(s => s.closest('.group')).reduce((groups, s) => {
            const row = s.closest('.group');
            if (groups.row !== row) { groups.row = row; groups.found.push([]); }
            groups.found.at(-1).push(Number(s.dataset.order) + 1);
            return groups;
        }, {row: null, found: []}).found""",
    )


def settled(site: Site, tenant: Tenant, import_id: str, page: Page, groups: list) -> None:
    """The page shows these groups at once, and soon the service has them as well."""
    assert shown(page) == groups
    expect(page.locator(".group:not([data-group])")).to_have_count(0)
    for _ in range(100):
        if stored(site, tenant, import_id) == groups:
            return
        page.wait_for_timeout(30)
    assert stored(site, tenant, import_id) == groups


def read_again(site: Site) -> None:
    """What workers would do to groups that were changed."""
    with site.house.store.transaction() as connection:
        connection.execute(
            update(t.group)
            .where(t.group.c.reading.is_(None))
            .values(reading={"fields": {}, "vat_lines": [], "line_items": []})
        )


def sheet(page: Page, number: int) -> Locator:
    return page.locator(f"[data-order='{number - 1}']")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (160, 226), 245).save(buffer, "WEBP")
    return buffer.getvalue()


def draw(site: Site, import_id: str) -> None:
    """Give the pages a picture that can be shown, the same for all."""
    with site.house.store.transaction() as connection:
        key = connection.scalar(
            select(t.page.c.image_key).where(t.page.c.import_id == import_id).limit(1)
        )
    site.house.objects.put_bytes(str(key), picture(), "image/webp")
