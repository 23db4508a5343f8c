"""A site for a browser: one real web process over one house; every test brings its organisation.

`errors` of a `Visitor` holds whatever a browser complains about: a test that leaves one fails.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from service.house import House
from service.operations import access, sessions
from service.program import free_port
from service.settings import PREFIX, Settings
from service.up import own_programs
from tests.mailservers import SENDER
from tests.servers import ROOT, Servers
from tests.service.conftest import Tenant, make_tenant

PATIENCE_MS = 90_000
"""How long a page may take on a busy machine; what must be quick is measured on its own."""
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True, slots=True)
class Site:
    house: House
    address: str


@dataclass(slots=True)
class Visitor:
    """Somebody at a browser, and all that went wrong there."""

    page: Page
    site: Site
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)
    """Answers of no that the test is about; browsers log every one of them."""

    def go(self, path: str) -> None:
        self.page.goto(self.site.address + path)

    def sign_in(self, email: str) -> None:
        self.go(urlsplit(sessions.sign_in_link(self.site.house, email)).path)
        self.page.locator("button.primary").click()
        self.page.wait_for_url("**/imports")


@pytest.fixture(scope="session")
def site(embedded_servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    house = embedded_servers.house(tmp_path_factory.mktemp("site"))
    port = free_port(random.randrange(18_000, 28_000))
    settings = replace(
        house.settings,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        # E-mails wait for a worker; a test that wants them sent is one, with a server of its own.
        smtp_host="localhost",
        smtp_sender=SENDER,
    )
    environment = {
        PREFIX + f.name.upper(): str(getattr(settings, f.name)) for f in fields(Settings)
    }
    command = (sys.executable, str(ROOT / "bannette.py"))
    web = next(p for p in own_programs(settings, command) if p.name == "web")
    child = embedded_servers.supervisor.start(replace(web, environment=environment))
    embedded_servers.supervisor.wait_ready(child)
    yield Site(replace(house, settings=settings), settings.public_url)
    house.store.close()


@pytest.fixture
def tenant(site: Site) -> Tenant:
    return make_tenant(site.house, f"firm-{random.randrange(10**12)}")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Make a visitor of a site, who speaks a language; their errors fail the test at its end."""
    visitors: list[Visitor] = []

    def make(site: Site, locale: str = "fr-FR") -> Visitor:
        context = browser.new_context(locale=locale, viewport={"width": 1280, "height": 800})
        visitor = Visitor(context.new_page(), site)
        page = visitor.page
        page.set_default_timeout(PATIENCE_MS)
        _press_when_loaded(page)
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.on(
            "console",
            lambda m: (
                visitor.errors.append(m.text)
                if m.type in ("error", "warning") and not _about(m.text, visitor.expected)
                else None
            ),
        )
        page.on(
            "request",
            lambda r: (
                visitor.outside.append(r.url)
                if not r.url.startswith((site.address, "data:", "blob:"))
                else None
            ),
        )
        visitors.append(visitor)
        return visitor

    yield make
    for visitor in visitors:
        visitor.page.context.close()
    assert [error for visitor in visitors for error in visitor.errors] == []
    assert [url for visitor in visitors for url in visitor.outside] == []


@pytest.fixture
def nadia(site: Site, tenant: Tenant, visit: Callable[..., Visitor]) -> Visitor:
    """The tenant's administrator, signed in, at the list of imports, in French."""
    visitor = visit(site)
    person = next(u for u in access.list_users(site.house, tenant.who))
    visitor.sign_in(person["email"])
    return visitor


def _press_when_loaded(page: Page) -> None:
    """Keys wait for the scripts that hear them: what a page shows is there before they are."""
    keyboard = page.keyboard
    press = keyboard.press

    def patiently(key: str, **options: Any) -> None:
        page.wait_for_load_state("load")
        press(key, **options)

    keyboard.press = patiently  # type: ignore[method-assign]


def _about(text: str, expected: set[int]) -> bool:
    return any(f"status of {status}" in text for status in expected)
