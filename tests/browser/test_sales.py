"""Sales at a browser, by keys: a customer, drafts with live totals, merged, finalised, credited."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from service.operations import (
    companies,
    customers,
    drafts,
    finalising,
    sales_papers,
    sales_settings,
)
from tests.browser.conftest import Site, Visitor
from tests.mailservers import MailServer
from tests.service.conftest import Tenant
from tests.service.selling import SAID

pytestmark = pytest.mark.browser


def may_sell(site: Site, tenant: Tenant) -> None:
    companies.change(site.house, tenant.who, tenant.company_id, {"siren": "732829320"})
    sales_settings.change_settings(site.house, tenant.who, tenant.company_id, SAID)


def test_drafts_are_made_merged_finalised_and_credited_by_keys(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    may_sell(site, tenant)
    page, key = nadia.page, nadia.page.keyboard
    nadia.go("/sales/customers")
    key.press("n")
    expect(page.get_by_label("Nom", exact=True)).to_be_focused()
    key.type("Atelier Martin")
    page.locator("[name=legal_id]").fill("552 100 554")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Client ajouté")
    page.get_by_role("link", name="Nouveau brouillon").click()
    expect(page.locator("[name=customer_id]")).to_have_value(page.url.rpartition("=")[2])

    first = page.locator("#lines tbody tr").nth(0)
    first.get_by_label("Désignation").fill("Conseil")
    first.get_by_label("Prix unitaire HT").fill("1 000,50")
    expect(page.locator("#gross")).to_contain_text("1 200,60")
    key.press("Alt+Enter")
    expect(page.locator("#lines tbody tr").nth(1).get_by_label("Désignation")).to_be_focused()
    key.type("Frais")
    page.locator("#lines tbody tr").nth(1).get_by_label("Prix unitaire HT").fill("10")
    expect(page.locator("#gross")).to_contain_text("1 212,60")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Brouillon enregistré")
    page.get_by_role("button", name="Dupliquer").click()
    expect(page.locator("#messages")).to_contain_text("Voici la copie")

    nadia.go("/sales/drafts")
    expect(page.locator("#rows tbody tr")).to_have_count(2)
    key.press("j")
    key.press("x")
    key.press("a")
    key.press("m")
    expect(page.locator("#result tbody tr").nth(3)).to_contain_text("Frais")
    expect(page.locator("#result #gross")).to_contain_text("2 425,20")
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Brouillons fusionnés")
    expect(page.locator("#history")).to_contain_text("a fusionné des brouillons")
    page.locator("#messages").get_by_role("button", name="Annuler").click()
    expect(page.locator("#messages")).to_contain_text("Fusion défaite")
    expect(page.locator("#rows tbody tr")).to_have_count(2)

    page.on("dialog", lambda dialog: dialog.accept())
    key.press("j")
    expect(page.locator("#rows td.name a").first).to_be_focused()
    key.press("Enter")
    expect(page.locator("#draft")).to_be_visible()
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("finalisée et comptabilisée")
    expect(page.get_by_role("heading", level=1)).to_contain_text("-0001")
    expect(page.locator(".head")).to_contain_text("À venir")
    page.locator("#credit").click()
    expect(page.locator("#gross")).to_contain_text("1 212,60")
    second = page.locator("#lines tbody tr").nth(1)
    second.get_by_role("checkbox").uncheck()
    expect(page.locator("#gross")).to_contain_text("1 200,60")
    second.get_by_role("checkbox").check()
    second.get_by_label("ou montant HT").fill("10,01")
    nadia.expected = {409, 422}
    key.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("avoir")
    page.locator("#lines tbody tr").nth(1).get_by_label("ou montant HT").fill("10")
    expect(page.locator("#gross")).to_contain_text("1 212,60")
    key.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Avoir AV")
    nadia.go("/sales/invoices")
    expect(page.locator("#rows tbody tr").nth(1)).to_contain_text("Annulée par avoir")


def test_settings_and_payment_in_english(nadia: Visitor, site: Site, tenant: Tenant) -> None:
    house, who = site.house, tenant.who
    buyer = customers.add_customer(house, who, tenant.company_id, {"name": "Acme <b>Ltd</b>"})["id"]
    lines = [{"text": "Audit", "unit_price": "100", "vat_rate": "20"}]
    draft = drafts.create(house, who, tenant.company_id, {"customer_id": buyer, "lines": lines})[
        "id"
    ]
    page, key = nadia.page, nadia.page.keyboard
    nadia.expected = {422}
    nadia.go(f"/sales/drafts/{draft}")
    page.locator("button[lang=en]").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Percent").fill("30")
    page.get_by_role("button", name="Ask for a deposit").click()
    expect(page.locator("#messages")).to_contain_text("Deposit invoice prepared")
    expect(page.locator("#gross")).to_contain_text("36.00")
    page.locator("#deposits a").click()
    expect(page.locator("#deposits")).to_contain_text("36.00")
    key.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text(
        "Compulsory mentions of your company are missing"
    )
    companies.change(house, who, tenant.company_id, {"siren": "732829320"})
    nadia.go("/sales/settings")
    page.get_by_label("Street").fill("3 rue du Bac")
    page.get_by_label("Postcode").fill("69002")
    page.get_by_label("City").fill("Lyon")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Saved")
    finalising.finalise(house, who, draft)
    nadia.go("/sales/invoices")
    expect(page.locator("#rows tbody tr")).to_contain_text("Acme <b>Ltd</b>")
    key.press("j")
    expect(page.locator("#rows td.name a")).to_be_focused()
    key.press("Enter")
    expect(page.locator("#to-send")).to_be_visible()
    key.press("e")
    expect(page.get_by_label("Recipient")).to_be_focused()
    key.type("buyer@acme.example")
    expect(page.get_by_label("Subject")).to_have_value(re.compile("Facture F.*-0001 – firm-"))
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("It will be sent")
    expect(page.locator("#emails")).to_contain_text("queued")
    sales_papers.keep(house, tenant.organisation_id, draft, lambda *_: [])
    with MailServer(at_rcpt=lambda _: "550 nobody here") as server:
        with pytest.raises(StopIteration):
            server.take(house, "buyer@acme.example")
        page.reload()
        expect(page.locator("#not-sent")).to_contain_text("buyer@acme.example: nobody here")
        nadia.go("/sales/invoices")
        expect(page.locator("#rows tbody tr")).to_contain_text("not sent")
        page.go_back()
        page.locator("#not-sent").get_by_role("button", name="Try again").click()
        expect(page.locator("#emails")).to_contain_text("queued")
        server.at_rcpt = lambda _: None
        (paper,) = server.take(house, "buyer@acme.example").message.iter_attachments()
    page.reload()
    expect(page.locator("#history")).to_contain_text("Bannette sent an invoice")
    assert paper.get_content() == sales_papers.paper_of(house, who, draft).content
    page.locator("#paid").click()
    expect(page.locator("#messages")).to_contain_text("Marked as paid")
    expect(page.locator("#open")).to_contain_text("as somebody said")
    page.locator("#unpaid").click()
    expect(page.locator("#messages")).to_contain_text("not paid after all")
    nadia.go("/sales/invoices?payment=unpaid")
    expect(page.locator("#open")).to_contain_text("120.00 EUR")
    page.get_by_role("link", name="Aged balance of customers").click()
    expect(page.locator("#rows tfoot")).to_contain_text("120.00")
    page.locator("#rows td.name a").click()
    page.locator("#invoices td a").click()
    page.locator("#paid").click()
    expect(page.locator("#messages")).to_contain_text("Marked as paid")
    page.get_by_role("button", name="Refund").click()
    expect(page.locator("#messages")).to_contain_text("credit note issued")
    expect(page.locator("#history")).to_contain_text("refunded an invoice")
