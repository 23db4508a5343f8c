"""One installation a module: starting a dozen processes is the dear part of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installation import Installation, installation
from tests.servers import Servers

POISON = Path(__file__).parent / "poison"


@dataclass(frozen=True, slots=True)
class Gate:
    """Pages that say POISON-GATE are not read while it is closed."""

    path: Path

    def close(self) -> None:
        self.path.touch()

    def open(self) -> None:
        self.path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Gate:
    return Gate(tmp_path_factory.mktemp("gate") / "closed")


@pytest.fixture(scope="module")
def poison(gate: Gate) -> Iterator[None]:
    """Processes started from here on fall over certain words; see `poison/sitecustomize.py`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(POISON))
        patch.setenv("POISON_GATE", str(gate.path))
        yield


@pytest.fixture(scope="module")
def there(
    embedded_servers: Servers, tmp_path_factory: pytest.TempPathFactory, poison: None
) -> Iterator[Installation]:
    """Two readers on the embedded set."""
    folder = tmp_path_factory.mktemp("there")
    with installation(embedded_servers, folder, readers=2, page_seconds=5, open_seconds=5) as found:
        yield found


@pytest.fixture(scope="module")
def large(
    real_servers: Servers, tmp_path_factory: pytest.TempPathFactory, poison: None
) -> Iterator[Installation]:
    """Two readers on PostgreSQL, Redis protocol over TCP and S3 by URL."""
    folder = tmp_path_factory.mktemp("large")
    with installation(real_servers, folder, readers=2, page_seconds=5, open_seconds=5) as found:
        yield found
