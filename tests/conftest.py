"""Fixtures for everybody: houses on real servers, and the shared documents when they are there.

`house` is an empty house on the embedded set; `any_house` runs a test twice, on the embedded set
and on the real one (PostgreSQL, Redis protocol over TCP, S3 by URL); `real_house` on that alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from service.house import House
from service.supervisor import Supervisor
from tests import servers
from tests.servers import Running, Servers

# A busy machine is slow now and then, and that is no failure.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

LONG = ("failures", "journeys", "browser")
"""Folders whose files take longest: begun first, or the last of them runs on while cores idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=rank)


@pytest.fixture(scope="session")
def embedded_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("embedded")
    with Supervisor(folder / "logs") as supervisor:
        yield servers.embedded(supervisor, folder)


@pytest.fixture(scope="session")
def real_servers() -> Iterator[Servers]:
    # Not below pytest's folder: for root, every new session closes that to others, and PostgreSQL,
    # which does not run as root, finds its files gone.
    with TemporaryDirectory(prefix="bannette-real-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Supervisor(folder / "logs") as supervisor:
            yield servers.real(supervisor, folder)


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.real)])
def any_servers(request: pytest.FixtureRequest) -> Servers:
    """Each set in turn."""
    found: Servers = request.getfixturevalue(f"{request.param}_servers")
    return found


@pytest.fixture
def house(embedded_servers: Servers, tmp_path: Path) -> Iterator[House]:
    yield from _opened(embedded_servers, tmp_path)


@pytest.fixture
def real_house(real_servers: Servers, tmp_path: Path) -> Iterator[House]:
    yield from _opened(real_servers, tmp_path)


@pytest.fixture
def any_house(any_servers: Servers, tmp_path: Path) -> Iterator[House]:
    yield from _opened(any_servers, tmp_path)


@pytest.fixture
def running(house: House) -> Iterator[Running]:
    """Web, relay and workers as processes on an embedded house; see `servers.running` for more."""
    with servers.running(house) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once a session; make a new page or context of it for every test."""
    installed = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        try:
            # As root, and in containers, there is no sandbox to be had.
            found = playwright.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        except PlaywrightError as error:
            pytest.skip(f"Chromium is not installed: {error}")
        yield found
        found.close()


def _opened(found: Servers, folder: Path) -> Iterator[House]:
    house = found.house(folder)
    yield house
    house.store.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real documents beside the repository; tests that want them are skipped where they are not."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The shared documents are not on this machine.")
    return folder
