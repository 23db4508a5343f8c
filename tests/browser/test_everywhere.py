"""What holds on every page there is: no serious barrier, no scrolling sideways, light and dark.

The list of pages is what the application routes, so that a new page cannot be forgotten: one that
is not visited here has to be named below as no page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from service.app import create_app
from service.operations import access, companies, invitations, sessions
from tests.browser.conftest import Site, Visitor
from tests.service.conftest import Tenant
from tests.service.stack import ready_import
from tests.service.test_tenants import routes_of, things_of

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
ASPECTS = ("light", "dark")
"""In the light everything is looked at; in the dark its colours alone, for the rest is the same."""
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NO_PAGES = {
    "/": "leads on to the first page",
    "/settings": "leads on to the first of the settings",
    "/language/{language}": "leads back to signing in",
    "/sign-in/oidc": "leads on to an identity provider",
    "/sign-in/oidc/return": "comes back from there",
    "/imports/cover-sheet": "is paper",
    "/imports/rows": "is a piece of a page",
    "/imports/{import_id}/board/history": "is a piece of a page",
    "/imports/{import_id}/board/thumbnails": "is for our script",
    "/documents/{document_id}/accounts": "is for our script",
    "/books/new/accounts": "is for our script",
    "/statements/{statement_id}/open-items": "is for our script",
    "/books/new/papers": "is for our script",
    "/books/closing/entry": "is the form of a new entry, filled",
    "/sales/customers/choices": "is for our script",
    "/sales/records/contracts": "is for our script",
    "/static/{version}/{name}": "is a file",
}
FOR_STRANGERS = {"/sign-in", "/sign-in/{token}", "/invitation/{token}", "/password/{token}"}


def pages(site: Site) -> list[str]:
    """The address of every page of the application, as it is routed."""
    routed = [path for method, path in routes_of(create_app(site.house)) if method == "GET"]
    ours = [p for p in routed if not p.startswith(("/api", "/health", "/metrics"))]
    assert set(NO_PAGES) <= set(ours), "what is no page is still there"
    return [path for path in ours if path not in NO_PAGES]


def barriers(page: Page, where: str, aspect: str) -> list[str]:
    """What axe-core finds in a part of the page as it stands: rule, element, and why.

    The aspect is its structure alone, all of it in the light, or its contrast in the dark.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    options: dict[str, Any] = {"resultTypes": ["violations"], "iframes": False, "preload": False}
    if aspect == "dark":
        options |= {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    else:
        options |= {"runOnly": STANDARDS}
    if aspect == "structure":
        options |= {"rules": {"color-contrast": {"enabled": False}}}
    else:
        page.emulate_media(color_scheme=aspect)
    found = page.evaluate(
        "([where, options]) => axe.run(where, options)",
        [where, options],
    )["violations"]
    return [
        f"{page.url} {aspect} {v['id']}: {n['target'][0]} {n['failureSummary']}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for n in v["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """The widths at which the page is wider than the window."""
    wide = []
    for width in (820, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            wide.append(f"{page.url} at {width}")
    return wide


def looked_at(page: Page, dialogs: set[str], aspects: Sequence[str] = ASPECTS) -> list[str]:
    """All that is wrong with a page: at every width, all unfolded, and each dialog that no page
    before showed, for they are the same.
    """
    wrong = []
    page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    for aspect in aspects:
        wrong += barriers(page, "html", aspect)
    for name in page.evaluate("() => [...document.querySelectorAll('dialog')].map(d => d.id)"):
        if name in dialogs:
            continue
        dialogs.add(name)
        page.evaluate("name => document.getElementById(name).showModal()", name)
        for aspect in aspects:
            wrong += barriers(page, f"#{name}", aspect)
        page.evaluate("name => document.getElementById(name).close()", name)
    return wrong + sideways(page)


def must_bar_nobody(
    visitor: Visitor, addresses: list[str], aspects: Sequence[str] = ASPECTS
) -> None:
    wrong, dialogs = [], set[str]()
    for address in addresses:
        visitor.go(address)
        expect(visitor.page.locator("main")).to_be_visible()
        wrong += looked_at(visitor.page, dialogs, aspects)
    assert not wrong, "\n".join(wrong)


def test_nothing_bars_the_way_on_any_page_with_something_on_it(
    nadia: Visitor, site: Site, tenant: Tenant
) -> None:
    companies.create(site.house, tenant.who, {"name": "Établissements Vandenbroucke & Fils"})
    ready_import(site.house, tenant, name=f"{'numérisation du courrier ' * 5}.pdf")
    things = things_of(site.house, tenant)
    addresses = []
    for path in pages(site):
        if path in FOR_STRANGERS:
            continue
        # A parameter that is not known fails here: `things_of` must learn to make one.
        addresses.append(re.sub(r"{(\w+)}", lambda found: things[found[1]], path))
    addresses += ["/categories/purchase_invoice", "/categories/letter?status=deleted"]

    assert len(addresses) > 15
    must_bar_nobody(nadia, addresses)


def test_nothing_bars_the_way_where_nothing_is_yet_or_nothing_was_found(
    nadia: Visitor, site: Site
) -> None:
    nadia.expected = {404}
    addresses = [path for path in pages(site) if path not in FOR_STRANGERS and "{" not in path]

    must_bar_nobody(nadia, [*addresses, "/categories/letter", "/imports/imp_0"], ["structure"])


def test_nothing_bars_the_way_of_a_stranger(
    site: Site, tenant: Tenant, visit: Callable[..., Visitor]
) -> None:
    email = access.list_users(site.house, tenant.who)[0]["email"]
    lea = f"lea@{email.partition('@')[2]}"
    invited = invitations.invite(site.house, tenant.who, email=lea, by_email=False)
    password = access.link_for_user(site.house, tenant.who, tenant.person_id, for_password=True)
    stranger = visit(site)
    links = [sessions.sign_in_link(site.house, email), invited["url"], password]
    addresses = ["/sign-in", *(urlsplit(link).path for link in links)]
    assert len(addresses) == len(FOR_STRANGERS)

    must_bar_nobody(stranger, addresses)
    stranger.expected = {401, 404}
    stranger.go("/sign-in")
    stranger.page.get_by_label("E-mail").fill(email)
    stranger.page.get_by_label("Mot de passe").fill("not hers")
    stranger.page.keyboard.press("Enter")
    expect(stranger.page.get_by_role("alert")).to_be_visible()
    assert looked_at(stranger.page, set()) == []


def test_the_colours_are_chosen_by_key_kept_and_there_before_anything_is_drawn(
    nadia: Visitor,
) -> None:
    page = nadia.page
    page.emulate_media(color_scheme="light")

    def ground() -> str:
        return str(page.evaluate("() => getComputedStyle(document.body).backgroundColor"))

    light = ground()
    page.get_by_role("button", name="Sombre").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sombre")).to_have_attribute("aria-pressed", "true")
    dark = ground()
    assert dark != light

    # While the page is read, before its scripts that are modules run, it is dark already.
    page.add_init_script(
        "document.addEventListener('readystatechange', () => {"
        " window.early ??= document.documentElement.dataset.theme; })"
    )
    nadia.go("/dashboard")
    assert (page.evaluate("() => window.early"), ground()) == ("dark", dark)

    page.get_by_role("button", name="Comme le système").click()
    assert ground() == light
    page.emulate_media(color_scheme="dark")
    assert ground() == dark
    page.get_by_role("button", name="Clair").click()
    nadia.go("/imports")
    assert ground() == light


def test_every_picture_of_a_page_is_shown_in_the_guide_and_small() -> None:
    folder = Path(__file__).parents[2] / "docs"
    shown = set(re.findall(r"pages/([\w-]+\.webp)", (folder / "review.md").read_text("utf-8")))
    drawn = {path.name: path.stat().st_size for path in (folder / "pages").glob("*.webp")}

    assert set(drawn) == shown
    assert max(drawn.values()) <= 80_000
