"""What other tests drive in one language, in the other: merging, rules, the FEC, the dial."""

from __future__ import annotations

from playwright.sync_api import expect

from domain.fec_rules import checked
from service.operations import accounting, companies
from tests.browser.conftest import Site, Visitor
from tests.browser.test_rules_and_dial import leased
from tests.browser.test_suppliers import NEW, OLD
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant


def test_suppliers_are_merged_a_rule_is_seen_at_work_and_a_fec_downloaded_in_english(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    house, who = site.house, tenant.who
    for number, name, iban in (("A-1", "Lyreco France", OLD), ("B-1", "Lyreco", NEW)):
        accounting.post(house, who, invoice(house, who, number, supplier=name, iban=iban))
    leased(house, tenant, 1, "6135")
    companies.change(house, who, tenant.company_id, {"siren": "732829320"})
    page, key = nadia.page, nadia.page.keyboard
    nadia.go("/suppliers")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("#twins")).to_contain_text("The same supplier twice?")
    key.press("t")
    key.press("Enter")
    expect(page.get_by_role("heading", name="Merge suppliers")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1 open item (120.00)")
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Suppliers merged.")
    page.locator("#messages").get_by_role("button", name="Undo").click()
    expect(page.locator("#messages")).to_contain_text("Merge undone")

    nadia.go("/books/rules")
    key.press("n")
    page.get_by_label("The line says").fill("loyer")
    page.get_by_label("Account").fill("6122")
    expect(page.locator("#summary")).to_contain_text("1 line of the last 3 documents")
    expect(page.locator("#summary")).to_contain_text("1 posted otherwise")
    page.get_by_label("Name of the rule").fill("Car")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Rule saved.")

    nadia.go("/books/files")
    page.locator("[name=year]").fill(str(house.now().year))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the FEC").click()
    content = download.value.path().read_bytes()
    assert checked(content, download.value.suggested_filename).faults.found == []


def test_the_dial_is_turned_in_french(nadia: Visitor, site: Site, tenant: Tenant) -> None:
    for number in range(4):
        leased(site.house, tenant, number, "6135")
    page, key = nadia.page, nadia.page.keyboard
    nadia.go("/books/automation")
    expect(page.get_by_role("heading", name="Comptabilisation automatique")).to_be_visible()
    expect(page.locator(".place").nth(1)).to_contain_text("1 document")
    page.get_by_role("radio").nth(2).check()
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Niveau enregistré")
    expect(page.get_by_role("radio").nth(2)).to_be_checked()
