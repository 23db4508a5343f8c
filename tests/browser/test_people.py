"""People at a browser: invited, let in, limited, watched over; and the dashboard. Mouse and keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from service.operations import companies
from tests.browser.conftest import Site, Visitor
from tests.mailservers import MailServer
from tests.service.conftest import Tenant
from tests.service.stack import ready_import

pytestmark = pytest.mark.browser
PASSWORD = "une phrase facile à retenir"


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Go on with the Tab key until what has this name is focused."""
    for _ in range(most):
        focused = page.evaluate(
            "() => { const e = document.activeElement; if (e === document.body) return '';"
            " return e.labels?.[0]?.textContent || e.textContent || '' }"
        )
        if name in focused:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached with the Tab key")


def test_somebody_is_invited_comes_in_and_sees_what_they_may(
    nadia: Visitor, site: Site, tenant: Tenant, visit: Callable[..., Visitor]
) -> None:
    companies.create(site.house, tenant.who, {"name": "Atelier du Lac"})
    ready_import(site.house, tenant, name="courrier.pdf")
    nadia.go("/settings/people")
    page = nadia.page

    # By keyboard alone: the address, the role, one company, invite.
    tab_to(page, "E-mail")
    page.keyboard.type("lea@" + tenant.organisation_id[4:] + ".example")
    page.keyboard.press("Tab")
    page.keyboard.type("Comp")
    tab_to(page, "Atelier du Lac")
    page.keyboard.press("Space")
    tab_to(page, "Inviter")
    page.keyboard.press("Enter")
    expect(page.locator(".message")).to_contain_text("Une invitation part vers lea@")
    with MailServer() as server:
        got = server.take(site.house, "lea@" + tenant.organisation_id[4:] + ".example")
    link = next(word for word in got.text.split() if "/invitation/" in word)
    waiting = page.get_by_role("row").filter(has_text="en attente")
    expect(waiting).to_contain_text("Comptable")
    expect(waiting).to_contain_text("Atelier du Lac")

    lea = visit(site, "en-GB")
    lea.go(urlsplit(link).path)
    expect(lea.page.get_by_label("Votre nom")).to_be_focused()
    lea.page.keyboard.type("Léa Martin")
    lea.page.keyboard.press("Tab")
    lea.page.keyboard.type("Eng")
    lea.page.keyboard.press("Tab")
    lea.page.keyboard.type(PASSWORD)
    lea.page.keyboard.press("Enter")
    lea.page.wait_for_url("**/imports")
    expect(lea.page.locator("html")).to_have_attribute("lang", "en")
    expect(lea.page.locator(".company-name")).to_have_text("Atelier du Lac")
    expect(lea.page.locator("body")).not_to_contain_text("courrier.pdf")

    # Her own account, from her name: a new first page, then the password she just chose.
    lea.page.get_by_role("link", name="Léa Martin").click()
    expect(lea.page.locator(".side")).not_to_contain_text("People")
    lea.page.get_by_label("First page").select_option("dashboard")
    lea.page.get_by_role("button", name="Save", exact=True).click()
    expect(lea.page.locator("#messages")).to_contain_text("Saved.")
    lea.page.get_by_role("button", name="Sign out", exact=True).click()
    lea.page.get_by_label("E-mail").fill("lea@" + tenant.organisation_id[4:] + ".example")
    lea.page.get_by_label("Password").fill(PASSWORD)
    lea.page.keyboard.press("Enter")
    lea.page.wait_for_url("**/dashboard")
    expect(lea.page.locator("main")).to_contain_text("No mail came in this time.")

    # Nadia opens the row's menu by keyboard and disables her; Léa is out at once.
    nadia.go("/settings/people")
    page.get_by_role("row", name="Léa Martin").locator("summary").focus()
    page.keyboard.press("Enter")
    tab_to(page, "Désactiver")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name="Léa Martin")).to_contain_text("désactivé")
    lea.go("/imports")
    lea.page.wait_for_url(re.compile("/sign-in"))

    # All of it is in the audit log, which is narrowed by choosing.
    nadia.go("/settings/audit")
    page.get_by_label("Nature").select_option("person")
    page.wait_for_url("**kind=person**")
    for deed in ("a désactivé la personne", "a accepté l’invitation", "a invité"):
        expect(page.get_by_role("row").filter(has_text=deed)).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_the_dashboard_draws_and_leads_to_what_waits(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    ready_import(site.house, tenant, name="courrier.pdf")
    page = nadia.page
    page.get_by_role("link", name="Tableau de bord").click()

    bar = page.locator(".bar.received")
    expect(bar).to_have_count(1)
    expect(page.get_by_role("img", name="Courrier reçu et comptabilisé, par jour")).to_be_visible()
    assert bar.evaluate("bar => getComputedStyle(bar).fill") != "rgb(0, 0, 0)", "it has a colour"
    page.get_by_text("En tableau").click()
    expect(page.get_by_role("row").filter(has_text="2").first).to_be_visible()
    page.get_by_role("link", name="90 jours").click()
    expect(page.get_by_role("link", name="90 jours")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="courrier.pdf").click()
    page.wait_for_url("**/imports/imp_*")
