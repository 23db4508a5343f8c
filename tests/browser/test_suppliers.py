"""Suppliers at a browser: twins made one and two again by keys, a new account confirmed by two people,
an e-invoice decided about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from service.operations import access, accounting, books, einvoices, locks, supplier_files
from tests.browser.conftest import Site, Visitor
from tests.browser.test_invoice_page import waiting
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.test_einvoices import with_xml

pytestmark = pytest.mark.browser

OLD, NEW = "FR7630006000011234567890189", "FR7610107001011234567890129"


def test_twins_become_one_by_keys_and_two_again(nadia: Visitor, site: Site, tenant: Tenant) -> None:
    house, who = site.house, tenant.who
    for number, name, iban in (("A-1", "Lyreco France", OLD), ("B-1", "Lyreco", NEW)):
        accounting.post(house, who, invoice(house, who, number, supplier=name, iban=iban))
    page, key = nadia.page, nadia.page.keyboard
    nadia.go("/suppliers")
    expect(page.locator("#suppliers tbody tr")).to_have_count(2)
    expect(page.locator("#twins")).to_contain_text("noms proches")
    key.press("j")
    expect(page.locator("#suppliers td.name > a").nth(0)).to_be_focused()
    key.press("t")
    expect(page.locator("#twins a.button")).to_be_focused()
    key.press("Enter")
    expect(page.get_by_role("heading", name="Fusionner deux fournisseurs")).to_be_visible()
    kept = page.locator("table.list tbody tr").first.locator("td").first
    before = kept.inner_text()
    page.locator("#swap").click()
    expect(kept).not_to_have_text(before)
    if kept.inner_text() != "Lyreco France":
        page.locator("#swap").click()
    expect(kept).to_have_text("Lyreco France")
    expect(page.locator("main")).to_contain_text("1 facture ouverte (120,00)")
    expect(page.locator("main")).to_contain_text("1 écriture comptabilisée, telle quelle (FLYRECO)")
    key.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("Fournisseurs fusionnés")
    expect(page.get_by_role("heading", name="Lyreco France")).to_be_visible()
    expect(page.locator("table.list tbody tr")).to_have_count(2)
    expect(page.locator("#ibans tbody tr")).to_have_count(2)

    page.locator("#messages").get_by_role("button", name="Annuler").click()
    expect(page.locator("#messages")).to_contain_text("Fusion annulée")
    expect(page.get_by_role("heading", name="Lyreco", exact=True)).to_be_visible()
    expect(page.locator("table.list tbody tr")).to_have_count(1)

    # What entries have is fixed; the rest is put right, and a second account named and asked for.
    expect(page.get_by_label("Compte auxiliaire")).not_to_be_editable()
    page.get_by_label("SIREN").fill("552 081 317")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Enregistré")
    expect(page.get_by_label("SIREN")).to_have_value("552081317")
    key.press("v")
    key.type("Rappelé au 01 02 03 04 05")
    key.press("Enter")
    expect(page.locator("#messages")).to_contain_text("IBAN vérifié")
    expect(page.locator("#ibans tbody")).to_contain_text("Rappelé au 01 02 03 04 05")
    nadia.expected = {422}
    page.get_by_label("Autre IBAN").fill("FR7630006000011234567890188")
    page.locator("#add-iban").click()
    expect(page.get_by_role("alert")).to_contain_text("La clé de cet IBAN est fausse")

    nadia.go("/suppliers")
    page.get_by_role("button", name="Ce sont deux fournisseurs").click()
    expect(page.locator("#messages")).to_contain_text("ne seront plus rapprochés")
    expect(page.locator("#twins")).to_have_count(0)


def test_a_new_account_for_a_large_amount_is_confirmed_by_a_second_person(
    nadia: Visitor, site: Site, tenant: Tenant, visit: Callable[..., Visitor]
) -> None:
    house, who = site.house, tenant.who
    books.change_bookkeeping(house, who, tenant.company_id, {"second_person_from": "100"})
    first, large = waiting(site, tenant, 2, {1: {"iban": OLD}, 2: {"iban": NEW}})
    accounting.post(house, who, first)
    email = f"lea@{tenant.organisation_id}.example"
    access.add_user(house, who, email=email, name="Léa", role="accountant", language="en")
    page, key = nadia.page, nadia.page.keyboard
    nadia.go(f"/documents/{large}")
    changed = page.locator("#problems li.blocking").filter(has_text=NEW)
    changed.get_by_text("Comparer").click()
    expect(changed.locator("tr.differs").filter(has_text="IBAN")).to_contain_text(OLD)
    changed.get_by_text("Demander une seconde personne…").click()
    changed.get_by_label("Motif").fill("Appelé au numéro du contrat")
    key.press("Enter")
    asked = page.locator("#problems li.blocking").filter(has_text="une seconde personne doit")
    expect(asked).to_be_visible()
    expect(asked.get_by_role("button", name="Confirmer le nouvel IBAN")).to_have_count(0)

    nadia.go("/suppliers")  # and leaves the document to her colleague
    locks.release(house, replace(who, id=tenant.person_id), large)
    lea = visit(site, "en-GB")
    lea.sign_in(email)
    lea.go(f"/documents/{large}")
    button = lea.page.get_by_role("button", name="Confirm the new IBAN")
    button.focus()
    lea.page.keyboard.press("Enter")
    expect(lea.page.locator("#messages")).to_contain_text("Settled")
    expect(lea.page.locator("#problems li.blocking")).to_have_count(0)
    lea.page.keyboard.press("Control+Enter")
    expect(lea.page.locator("#messages")).to_contain_text("osted")
    (supplier,) = supplier_files.list_suppliers(house, who)["items"]
    assert (supplier["iban"], supplier["iban_state"]) == (NEW, "verified")
    lea.go(f"/suppliers/{supplier['id']}")
    expect(lea.page.locator("#ibans tbody tr").nth(1)).to_contain_text("verified by Léa")


def test_an_einvoice_is_refused_with_a_reason_and_posted_no_more(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    house, who = site.house, tenant.who
    (document_id,) = waiting(site, tenant, 1)
    with_xml(house, document_id)
    page = nadia.page
    nadia.go(f"/documents/{document_id}")
    panel = page.locator("#einvoice")
    expect(panel).to_contain_text("203 · Mise à disposition")
    panel.get_by_label("Décider").select_option("204")
    panel.get_by_role("button", name="Décider").click()
    expect(panel).to_contain_text("204 · Prise en charge")
    panel.get_by_label("Décider").select_option(label="Refusée – en double")
    panel.get_by_label("Note").fill("Reçue le 3 octobre")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("210 · Refusée")
    expect(panel).to_contain_text("Reçue le 3 octobre")
    expect(page.locator("#problems")).to_contain_text("elle ne se comptabilise pas")
    assert einvoices.life_of(house, who, document_id)["status"] == 210
