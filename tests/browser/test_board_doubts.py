"""What the machine is not sure of, walked on the board with one key each."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from storage import tables as t
from tests.browser.board import press, settled, sheet
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def in_doubt(site: Site, import_id: str, **cuts: float) -> None:
    """Make the machine unsure of cuts, by page, and of the category of letters."""
    with site.house.store.transaction() as connection:
        for name, probability in cuts.items():
            connection.execute(
                update(t.page)
                .where(t.page.c.import_id == import_id, t.page.c.number == int(name[1:]) - 1)
                .values(cut={"probability": probability, "reasons": ["page number 1"]})
            )
        connection.execute(
            update(t.group)
            .where(t.group.c.import_id == import_id, t.group.c.category == "letter")
            .values(guess={"category": "letter", "sure": False, "runner_up": "quote"}, sure=False)
        )


def test_what_is_in_doubt_is_walked_with_one_key_each(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(
        site.house, tenant, (("purchase_invoice", 3), ("receipt", 1), ("letter", 1))
    )
    in_doubt(site, import_id, p2=0.4, p3=0.3, p4=0.6)
    with site.house.store.transaction() as connection:
        connection.execute(
            update(t.file)
            .where(t.file.c.import_id == import_id)
            .values(alternatives=[{"starts": [0, 2, 3, 4], "probability": 0.2}])
        )
    page = nadia.page
    nadia.go(f"/imports/{import_id}")

    expect(sheet(page, 2)).to_be_focused()
    expect(page.locator("#walk-left")).to_have_text("4 à vérifier · 0 sur 4 vérifiés")
    expect(page.locator("#ask")).to_contain_text("numéro de page 1")
    press(page, "Space")
    expect(sheet(page, 3)).to_be_focused()
    press(page, "s")
    expect(sheet(page, 4)).to_be_focused()
    expect(page.locator("#walk-left")).to_have_text("2 à vérifier · 2 sur 4 vérifiés")
    press(page, "v")
    expect(page.locator("dialog#sure")).to_be_visible()
    page.get_by_role("button", name="Regarder").click()
    expect(sheet(page, 4)).to_be_focused()
    press(page, "x")
    expect(sheet(page, 5)).to_be_focused()
    expect(page.locator("#ask")).to_contain_text("Groupe 3 : Courrier ? ou Devis ?")
    press(page, "Space")
    expect(page.locator("#walk-left")).to_have_text("Tout est vérifié (4)")
    settled(site, tenant, import_id, page, [[1, 2], [3, 4], [5]])
    page.reload()
    expect(page.locator("#walk-left")).to_have_text("Tout est vérifié (4)")

    press(page, "b")
    expect(page.locator("#ask-words")).to_have_text(
        "Autre découpage 1 sur 1 (20 %) : couper avant 4"
    )
    expect(sheet(page, 4)).to_have_class(re.compile("would-cut"))
    press(page, "Escape", "Shift+b", "Enter")
    settled(site, tenant, import_id, page, [[1, 2], [3], [4], [5]])


def test_pages_that_were_fed_out_of_order_are_put_right_or_back_with_one_key(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(
        site.house, tenant, (("purchase_invoice", 1), ("letter", 2), ("purchase_invoice", 2))
    )
    with site.house.store.transaction() as connection:
        connection.execute(
            update(t.file)
            .where(t.file.c.import_id == import_id)
            .values(
                reorderings=[{"pages": [0, 2], "made": False}, {"pages": [4, 3], "made": True}],
            )
        )
        connection.execute(
            update(t.page)
            .where(t.page.c.import_id == import_id, t.page.c.number.in_((3, 4)))
            .values(position=4 - t.page.c.number)
        )
    page = nadia.page
    asked = page.locator("#ask")
    nadia.go(f"/imports/{import_id}")

    expect(sheet(page, 1)).to_be_focused()
    expect(page.locator("#walk-left")).to_have_text("2 à vérifier · 0 sur 2 vérifiés")
    expect(asked).to_contain_text("Les pages 1, 3 sont numérotées comme un seul document")
    expect(page.locator(".asked")).to_have_count(2)
    press(page, "o")
    settled(site, tenant, import_id, page, [[1, 3], [2], [5, 4]])
    expect(sheet(page, 5)).to_be_focused()
    expect(asked).to_contain_text("Les pages 5, 4 ont été réunies dans cet ordre")
    asked.get_by_role("button", name="Comme numérisé").click()
    settled(site, tenant, import_id, page, [[1, 3], [2], [4, 5]])
    expect(page.locator("#walk-left")).to_have_text("Tout est vérifié (2)")

    press(page, "z", "z")
    settled(site, tenant, import_id, page, [[1], [2, 3], [5, 4]])
    expect(page.locator("#walk-left")).to_have_text("2 à vérifier · 0 sur 2 vérifiés")
    press(page, "Home", "Space", "Space")
    expect(page.locator("#walk-left")).to_have_text("Tout est vérifié (2)")
    page.reload()  # at once: the second answer still waits for the first
    expect(page.locator("#walk-left")).to_have_text("Tout est vérifié (2)")
    settled(site, tenant, import_id, page, [[1], [2, 3], [5, 4]])
