"""A client for the application over a house of its own, and two organisations that share it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from domain.people import Scope, Who
from service.app import application
from service.house import House
from service.operations import access, api_keys


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation with one company, and a key that may do everything there."""

    organisation_id: str
    company_id: str
    person_id: str
    who: Who
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}


def make_tenant(house: House, name: str) -> Tenant:
    made = access.bootstrap(house, organisation_name=name, email=f"admin@{name}.example")
    who = access.operator(made.organisation_id)
    key = api_keys.add_key(house, who, name="everything", scopes=list(Scope))["key"]
    return Tenant(made.organisation_id, made.company_id, made.person_id, who, key)


@pytest.fixture
def ours(house: House) -> Tenant:
    return make_tenant(house, "dupont")


@pytest.fixture
def theirs(house: House, ours: Tenant) -> Tenant:
    return make_tenant(house, "martin")


_here: list[House] = []


@cache
def _application() -> Litestar:
    return application(lambda: _here[-1])


def app_over(house: House) -> Litestar:
    """The application over `house`. There is one for all tests, since making one takes a second: over
    the house that asked last. Who needs two at once makes them with `create_app`.
    """
    _here[:] = [house]
    return _application()


@pytest.fixture
def stranger(house: House) -> Iterator[TestClient]:
    """Somebody without a key."""
    with TestClient(app_over(house), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(house: House, ours: Tenant) -> Iterator[TestClient]:
    with TestClient(app_over(house), raise_server_exceptions=False) as client:
        client.headers.update(ours.headers)
        yield client


@pytest.fixture
def any_tenant(any_house: House) -> Tenant:
    return make_tenant(any_house, "dupont")


@pytest.fixture
def any_client(any_house: House, any_tenant: Tenant) -> Iterator[TestClient]:
    """A client of each set in turn: embedded, and PostgreSQL."""
    with TestClient(app_over(any_house), raise_server_exceptions=False) as client:
        client.headers.update(any_tenant.headers)
        yield client
