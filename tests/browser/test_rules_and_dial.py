"""A posting rule is written beside what it would have said; the dial is turned beside its replay."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from service.house import House
from service.operations import accounting, automation, posting_rules, validation
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def leased(house: House, tenant: Tenant, number: int, account: str | None = None) -> str:
    """A monthly rent for a car, posted to an account if one is given."""
    net, vat, gross = f"{400 + number}.00", f"{80 + number * 0.2:.2f}", f"{480 + number * 1.2:.2f}"
    document_id = invoice(
        house,
        tenant.who,
        f"L{number}",
        supplier="Arval <b>",
        net=net,
        vat=vat,
        gross=gross,
        items=(("Loyer mensuel véhicule", net),),
        states={"gross_total": "proved"},
        issued=house.now().date(),
        account=None,
    )
    with house.store.transaction() as connection:
        connection.execute(
            update(t.document).where(t.document.c.id == document_id).values(created_at=house.now())
        )
    if account:
        choice = {"part": 0, "account": account, "treatment": "FR_STD20"}
        accounting.post(house, tenant.who, document_id, choices=[choice])
    return document_id


def with_paper(house: House, tenant: Tenant, document_id: str) -> str:
    """The same document, of an import that has a page."""
    import_id = ready_import(house, tenant, (("purchase_invoice", 1),), blank=0)
    validation.validate(house, tenant.who, import_id)
    c = t.document.c
    with house.store.transaction() as connection:
        reading = connection.scalar(select(c.reading).where(c.id == document_id))
        connection.execute(update(t.document).where(c.id == document_id).values(status="deleted"))
        return str(
            connection.scalar(
                update(t.document)
                .where(c.import_id == import_id)
                .values(reading=reading)
                .returning(c.id)
            )
        )


def test_a_rule_is_made_of_a_line_by_keys_and_taken_back_by_mouse(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    for number, account in enumerate(("6135", "6135", "6122")):
        leased(site.house, tenant, number, account)
    waiting = with_paper(site.house, tenant, leased(site.house, tenant, 3))
    page, key = nadia.page, nadia.page.keyboard
    nadia.go(f"/documents/{waiting}")
    page.locator("#all-account, [id='row.0.account']").first.fill("6135")
    page.get_by_role("link", name="En faire une règle").focus()
    key.press("Enter")
    expect(page.get_by_label("Fournisseur")).to_have_value(re.compile("^sup_"))
    page.get_by_label("Compte").fill("6122")
    expect(page.locator("#summary")).to_contain_text("2 autrement")
    expect(page.locator("#preview tbody tr").first).to_contain_text("6135")
    page.get_by_label("La ligne contient").fill("parking")
    expect(page.locator("#summary")).to_contain_text("0 ligne")
    page.get_by_label("La ligne contient").fill("VEHICULE loyer")
    expect(page.locator("#summary")).to_contain_text("4 lignes")
    expect(page.locator("#preview b", has_text="Arval")).to_have_count(0)  # as text
    page.get_by_label("Compte").fill("401")
    expect(page.locator("#preview")).to_contain_text("pas ouvert aux achats")
    nadia.expected = {422}
    key.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("pas ouvert aux achats")
    expect(page.get_by_label("La ligne contient")).to_have_value("VEHICULE loyer")
    page.get_by_label("Compte").fill("6122")
    page.get_by_label("Nom de la règle").fill("Voiture")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("Règle enregistrée")
    nadia.go(f"/documents/{waiting}")
    expect(page.locator("#books .why")).to_contain_text("Règle «\u00a0Voiture\u00a0»")
    expect(page.locator("[id='row.0.account']")).to_have_value("6122")

    nadia.go("/books/rules")
    page.get_by_role("button", name="Désactiver").click()
    expect(page.locator("#rules .badge.disabled")).to_have_text("inactive")
    page.get_by_role("button", name="Supprimer").click()
    expect(page.locator("#rules")).to_have_count(0)
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("#rules tbody tr")).to_have_count(1)
    key.press("n")
    expect(page.get_by_role("heading", name="Nouvelle règle")).to_be_visible()
    assert [r["name"] for r in posting_rules.list_rules(site.house, tenant.who)] == ["Voiture"]


def test_the_dial_is_turned_by_keys_beside_what_it_would_have_done(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    for number, account in enumerate(("6135",) * 5 + ("6122",)):
        leased(site.house, tenant, number, account)
    page, key = nadia.page, nadia.page.keyboard
    nadia.go("/books/automation")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_role("heading", name="Automatic posting")).to_be_visible()
    expect(page.locator(".place").nth(1)).to_contain_text("3 documents")
    expect(page.locator(".place").nth(1)).to_contain_text("1 posted otherwise")
    otherwise = page.locator("#replay tbody tr").first
    expect(otherwise).to_contain_text("L5")
    expect(otherwise).to_contain_text("6122")
    page.get_by_role("radio").first.focus()
    key.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    page.get_by_label("Share of them").fill("101")
    nadia.expected = {422}
    key.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("0 to 100")
    page.get_by_role("radio").nth(1).check()
    page.get_by_label("Share of them").fill("7,5")
    key.press("Control+s")
    expect(page.locator("#messages")).to_contain_text("The dial was turned")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    told = automation.automation(site.house, tenant.who, tenant.company_id)
    assert (told["dial"], told["share"]) == ("known", "7.50")
    nadia.go("/books/documents?by=machine")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
