"""What people do at the pages, in a real browser: see, put right, validate, correct, post."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from service.operations import access, imports
from storage import tables as t
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser


def layout(site: Site, tenant: Tenant, import_id: str) -> list[int]:
    """How many pages each group has, in order."""
    view = imports.get(site.house, tenant.who, import_id)
    groups = [group for file in view["files"] for group in file["groups"]]
    return [len(g["page_list"]) for g in sorted(groups, key=lambda g: g["number"])]


def test_every_button_works_without_scripts(site: Site, tenant: Tenant, nadia: Visitor) -> None:
    import_id = ready_import(site.house, tenant, (("purchase_invoice", 2), ("letter", 1)))
    context = nadia.page.context.browser.new_context(java_script_enabled=False, locale="fr-FR")
    context.add_cookies(nadia.page.context.cookies())
    page = context.new_page()
    page.goto(f"{site.address}/imports/{import_id}")

    page.get_by_label("Groupe de la page 2").fill("2")
    page.get_by_label("Groupe de la page 4").fill("3")
    page.get_by_role("button", name="Appliquer les numéros").click()
    assert layout(site, tenant, import_id) == [1, 2, 1]

    page.get_by_role("button", name="Annuler").click()
    assert layout(site, tenant, import_id) == [2, 1]

    page.get_by_role("button", name="Valider").click()
    expect(page.locator("#messages")).to_contain_text("2 documents sont dans leurs onglets")
    page.get_by_role("link", name="Achats").click()
    page.get_by_role("link", name="Papeterie Générale SARL").click()
    page.get_by_label("N° de facture").fill("F-2026-99")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré.")
    expect(page.get_by_label("N° de facture")).to_have_value("F-2026-99")
    context.close()


@pytest.mark.parametrize(
    ("language", "post", "posted", "last"),
    [
        ("fr", "Comptabiliser", "Voici la suivante", "Plus rien à comptabiliser"),
        ("en", "Post", "Here is the next one", "Nothing is left to post"),
    ],
)
def test_invoices_are_corrected_and_posted_one_after_the_other(
    language: str,
    post: str,
    posted: str,
    last: str,
    site: Site,
    tenant: Tenant,
    nadia: Visitor,
) -> None:
    page = nadia.page
    if language == "en":
        page.get_by_role("button", name="EN").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    import_id = ready_import(
        site.house, tenant, (("purchase_invoice", 1), ("letter", 1), ("purchase_invoice", 2))
    )
    nadia.go(f"/imports/{import_id}")
    page.locator("#validate").dblclick()
    expect(page.locator(".badge.validated")).to_be_visible()
    nadia.go("/categories/purchase_invoice?status=to_post")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("tbody a").first.click()

    number = page.locator("[data-field=invoice_number]").first
    number.fill("F-2026-77")
    page.locator("[name='row.0.account']").fill("6064")
    page.locator("[name='row.0.account']").press("Tab")
    expect(page.locator("#books")).to_contain_text("6064")
    expect(page.locator("#bar-balance.even")).to_be_visible()
    page.keyboard.press("Control+Enter")

    expect(page.locator("#messages")).to_contain_text(posted)
    # The twin has the number of the first as the machine read it: it is not the same any more.
    page.locator("[name='row.0.account']").fill("6064")
    page.get_by_role("button", name=re.compile(f"^{post}")).dblclick()
    expect(page.locator("#messages")).to_contain_text(last)

    with site.house.store.reading() as connection:
        count = connection.scalar(
            select(func.count()).where(t.journal_entry.c.organisation_id == tenant.organisation_id)
        )
    assert count == 2
    nadia.go("/books")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("F-2026-77")


def test_what_was_typed_stays_when_it_cannot_be_kept(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant)
    page = nadia.page
    nadia.go(f"/imports/{import_id}")
    page.locator("#validate").click()
    page.get_by_role("link", name="Ouvrir le document").first.click()
    page.get_by_label("Total TTC").fill("cent vingt")
    page.get_by_text("Autres champs").click()
    page.get_by_label("IBAN").fill("FR76 1111")
    nadia.expected.add(422)

    page.get_by_role("button", name="Enregistrer").click()

    expect(page.get_by_role("alert")).to_contain_text("Une valeur n’est pas possible ici.")
    expect(page.get_by_label("Total TTC")).to_have_value("cent vingt")
    expect(page.get_by_label("Total TTC")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("IBAN")).to_have_value("FR76 1111")

    page.get_by_label("Total TTC").fill("1 120,00")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré.")
    expect(page.locator(".problems")).to_contain_text("Les totaux ne concordent pas")
    expect(page.locator(".field", has=page.get_by_label("Total TTC"))).to_contain_text("corrigé")


def test_somebody_elses_correction_is_told_and_not_overwritten(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant)
    page = nadia.page
    nadia.go(f"/imports/{import_id}")
    page.locator("#validate").click()
    page.get_by_role("link", name="Ouvrir le document").first.click()
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_text("Autres champs").click()
    other.get_by_label("N° de commande").fill("CDE-1")
    other.get_by_role("button", name="Enregistrer").click()
    expect(other.locator("#messages")).to_contain_text("Enregistré.")

    page.get_by_label("Échéance").fill("2026-04-30")
    nadia.expected.add(412)
    page.get_by_role("button", name="Enregistrer").click()

    expect(page.get_by_role("alert")).to_contain_text("CDE-1")
    expect(page.get_by_label("N° de commande")).to_have_value("CDE-1")
    expect(page.get_by_label("Échéance")).to_have_value("2026-04-30")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#messages")).to_contain_text("Enregistré.")
    expect(page.get_by_label("N° de commande")).to_have_value("CDE-1")
    expect(page.get_by_label("Échéance")).to_have_value("2026-04-30")


def test_an_entry_is_reversed_once_with_a_reason(
    site: Site, tenant: Tenant, nadia: Visitor
) -> None:
    import_id = ready_import(site.house, tenant)
    page = nadia.page
    nadia.go(f"/imports/{import_id}")
    page.locator("#validate").click()
    page.get_by_role("link", name="Ouvrir le document").first.click()
    page.locator("[name='row.0.account']").fill("6064")
    page.locator("#post").click()
    page.wait_for_url("**/categories/**")
    nadia.go("/books")
    page.locator("tbody a").first.click()
    page.on("dialog", lambda dialog: dialog.accept())

    page.get_by_label("Motif").fill("Mauvais compte")
    page.locator("#reverse").dblclick()

    expect(page.locator("#messages")).to_contain_text("Extournée par l’écriture")
    expect(page.locator("#reverse")).to_have_count(0)
    nadia.go("/books")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_a_reader_sees_everything_and_is_offered_nothing_to_change(
    site: Site, tenant: Tenant, visit: Callable[..., Visitor]
) -> None:
    import_id = ready_import(site.house, tenant)
    email = f"reader@{tenant.organisation_id[-12:]}.example"
    access.add_user(site.house, tenant.who, email=email, role="reader", language="en")
    reader = visit(site)
    reader.sign_in(email)

    reader.go(f"/imports/{import_id}")
    expect(reader.page.locator("[data-page]")).to_have_count(4)
    expect(reader.page.locator("#validate, [data-act], .group-number")).to_have_count(0)
    expect(reader.page.locator("a[href='/settings']")).to_have_count(0)
    reader.expected.add(403)
    reader.go("/settings/people")
    expect(reader.page.get_by_role("heading")).to_have_text("Your role does not allow this.")


def test_a_reviewer_corrects_and_is_not_offered_to_post(
    site: Site, tenant: Tenant, visit: Callable[..., Visitor]
) -> None:
    import_id = ready_import(site.house, tenant)
    email = f"reviewer@{tenant.organisation_id[-12:]}.example"
    access.add_user(site.house, tenant.who, email=email, role="reviewer", language="fr")
    reviewer = visit(site)
    page = reviewer.page
    reviewer.sign_in(email)
    reviewer.go(f"/imports/{import_id}")
    page.keyboard.press("v")
    expect(page.locator(".badge.validated")).to_be_visible()
    expect(page.locator("#start-posting")).to_have_count(0)

    page.get_by_role("link", name="Ouvrir le document").first.click()
    page.wait_for_url("**/documents/**")
    expect(page.locator("#save")).to_be_visible()
    expect(page.locator("#post")).to_have_count(0)
    page.keyboard.press("2")
    expect(page.locator("[id='field.invoice_number']")).to_be_focused()
    page.keyboard.type("F-2026-98")
    page.keyboard.press("Control+Enter")  # what posts for others saves here

    expect(page.locator("#messages")).to_contain_text("Enregistré.")
    expect(page.locator("[id='field.invoice_number']")).to_have_value("F-2026-98")
    expect(page.locator(".badge.to_post")).to_be_visible()
