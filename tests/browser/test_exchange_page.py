"""Books at a browser: taken over from another program, checked, downloaded, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from domain.fec_rules import checked
from service.operations import accounting, companies
from tests.browser.conftest import Site, Visitor
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.test_takeover import PAST

pytestmark = pytest.mark.browser


def send(page: Page, section: str, name: str, content: bytes) -> None:
    """Choose a file and press Enter on the button beside it."""
    form = page.locator(f"#{section} form")
    form.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )
    form.locator("button").focus()
    page.keyboard.press("Enter")


def test_books_are_taken_over_and_the_fec_of_what_is_posted_is_downloaded(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    page = nadia.page
    nadia.go("/books")
    page.get_by_role("link", name="Reprise et exports").click()
    send(page, "takeover", "2025.txt", PAST)
    taken = page.locator("#taken")
    expect(taken).to_contain_text("Fournisseurs : 2 ajoutés")
    expect(taken).to_contain_text("Achats passés : 2 ajoutés")
    send(page, "takeover", "2025.txt", PAST)
    expect(taken).to_contain_text("Achats passés : 0 ajouté, 2 déjà là")

    nadia.expected.add(422)
    send(page, "takeover", "photo.pdf", b"%PDF-1.7")
    expect(page.get_by_role("alert")).to_contain_text("n’est pas un FEC lisible")

    document_id = invoice(site.house, tenant.who, account=None, supplier="Cabinet Durand")
    (part,) = accounting.proposed_entry(site.house, tenant.who, document_id)["parts"]
    assert part["account"] == "622610"
    companies.change(site.house, tenant.who, tenant.company_id, {"siren": "732829320"})
    accounting.post(site.house, tenant.who, document_id)
    nadia.go("/books/files")
    page.locator("[name=year]").fill("2026")
    with page.expect_download() as download:
        page.get_by_role("button", name="Télécharger le FEC").click()
    content = download.value.path().read_bytes()
    assert download.value.suggested_filename == "732829320FEC20261231.txt"
    assert checked(content, download.value.suggested_filename).faults.found == []


def test_a_fec_is_checked_in_english(nadia: Visitor) -> None:
    page = nadia.page
    nadia.go("/books/files")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_role("heading", name="Check a FEC")).to_be_visible()
    send(page, "check", "732829320FEC20251231.txt", PAST)
    expect(page.locator("#checked")).to_contain_text("No rule is broken.")
    send(page, "check", "fec.txt", PAST.replace(b"100,00|0,00", b"100.00|0,00", 1))
    expect(page.locator("#checked")).to_contain_text("2 errors")
    row = page.locator(".faults tbody tr").filter(has_text="decimal comma")
    expect(row).to_contain_text("100.00")
    expect(row.locator("td").first).to_have_text("2")
    page.get_by_label("Purchase journal").fill("HA")
    page.get_by_label("A changed IBAN needs two people").fill("")
    page.locator("#bookkeeping").get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("Saved.")
    expect(page.get_by_label("Purchase journal")).to_have_value("HA")
    expect(page.get_by_label("A changed IBAN needs two people")).to_have_value("")
