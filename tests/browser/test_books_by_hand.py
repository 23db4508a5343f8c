"""Entries by hand, the end of a period and the return of VAT, by keyboard, in both languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from service.operations import access, manual_entries
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.bookkeeping import invoice
from tests.service.conftest import Tenant
from tests.service.test_manual_entries import written

pytestmark = pytest.mark.browser


def test_an_entry_is_written_and_reversed_by_keyboard(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    page = nadia.page
    paper = invoice(site.house, tenant.who, "FNP-77", supplier="Cabinet Durand")
    with site.house.store.transaction() as connection:
        mine = t.document.c.id == paper
        connection.execute(update(t.document).where(mine).values(search=" fnp 77 cabinet durand "))
    nadia.go("/books/new")
    page.get_by_label("Date", exact=True).fill("2026-12-31")
    page.get_by_label("Libellé", exact=True).fill("FNP Durand")
    page.get_by_label("Extourner le").fill("2027-01-01")
    page.get_by_label("Compte 1").press_sequentially("honorair")
    page.locator("#choices [role=option]", has_text="6226").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Compte 1")).to_have_value("6226 Honoraires")
    page.get_by_label("Débit 1").fill("500")
    expect(page.locator("#balance")).to_have_text("écart 500,00")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Débit 2")).to_be_focused()
    page.keyboard.type("100")
    page.get_by_label("Compte 2").fill("44586")
    page.get_by_label("Compte 3").fill("4081")
    page.keyboard.press("Alt+s")
    expect(page.get_by_label("Crédit 3")).to_have_value("600,00")
    expect(page.locator("#balance")).to_have_text("équilibrée")
    page.keyboard.press("Alt+n")
    expect(page.get_by_label("Compte 7")).to_be_focused()
    page.locator("#paper-search").press_sequentially("durand")
    page.locator("#choices [role=option]", has_text="FNP-77").wait_for()
    page.keyboard.press("Enter")

    page.get_by_label("Nom du modèle").fill("FNP")
    page.get_by_role("button", name="Enregistrer comme modèle").click()
    expect(page.locator(".message.good")).to_contain_text("Modèle enregistré")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text(
        "Écriture OD 2026-1 comptabilisée, et son extourne OD 2027-1."
    )
    expect(page.get_by_role("link", name="Ouvrir la pièce jointe")).to_be_visible()
    page.get_by_role("link", name="Copier").click()
    expect(page.get_by_label("Débit 1")).to_have_value("500,00")
    page.get_by_label("Débit 1").fill("501")
    page.get_by_label("Date", exact=True).fill("2026-12-31")
    nadia.expected.add(422)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Débit 1")).to_have_value("501,00")

    nadia.go("/books/closing")
    prepaid = page.locator(".panel", has_text="Charge constatée d’avance")
    for label, value in (
        ("Date de clôture", "2026-12-31"), ("Compte", "6161"), ("Montant HT", "1 200,00"),
        ("Du", "2026-10-01"), ("au", "2027-09-30"),
    ):  # fmt: skip
        prepaid.get_by_label(label, exact=True).fill(value)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Débit 1")).to_have_value("900,00")
    expect(page.get_by_label("Extourner le")).to_have_value("2027-01-01")


def test_vat_is_looked_at_posted_once_and_cancelled_in_english(
    visit: Callable[..., Visitor], site: Site, tenant: Tenant
) -> None:
    house, who = site.house, tenant.who
    for amounts in (
        {"411": "1200", "706": "-1000", "44571": "-200"},
        {"6226": "600", "44566": "120", "401": "-720"},
        {"411": "600", "706": "-500", "4458": "-100"},
    ):
        entry = written(amounts, entry_date="2026-10-10", label=f"Facture {amounts}"[:40])
        manual_entries.post(house, who, None, entry)
    anna = visit(site, "en-GB")
    page = anna.page
    anna.sign_in(access.list_users(house, who)[0]["email"])
    page.get_by_title("English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    anna.go("/books/vat?start=2026-10-01&end=2026-10-31")
    expect(page.locator(".vat-total")).to_have_text("2026-10 – to pay 80.00 EUR")
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(page.locator(".vat-total")).to_have_text("2026-10 – to pay 180.00 EUR")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("VAT return 2026-10 posted.")
    anna.go("/books/vat?start=2026-10-01&end=2026-10-31")
    expect(page.get_by_text("VAT of these days was declared already.")).to_be_visible()
    page.get_by_role("link", name="Open the return").click()
    page.get_by_label("Reason").fill("a sale was missing")
    page.once("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Return cancelled")
    expect(page.locator(".head")).to_contain_text("cancelled")
