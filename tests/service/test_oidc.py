"""Signing in through an identity provider: a real one, small, that signs what a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from litestar.testing import TestClient

from service.app import create_app
from service.house import House
from service.operations import access, audit, invitations
from service.operations.audit import Wanted
from tests.service.conftest import Tenant, app_over
from tests.service.provider import CLIENT_ID, CLIENT_SECRET, Provider


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def federated(house: House, ours: Tenant, provider: Provider) -> House:
    provider.claims = {}
    settings = replace(
        house.settings,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="Annuaire",
    )
    return replace(house, settings=settings)


@pytest.fixture
def browser_at(federated: House) -> Iterator[TestClient]:
    with TestClient(app_over(federated), raise_server_exceptions=False) as client:
        yield client


def sent_back(client: TestClient, page: str = "/books") -> str:
    """Leave for the provider, agree there, and where one is sent back to."""
    left = client.get("/sign-in/oidc", params={"next": page}, follow_redirects=False)
    assert left.status_code == 303, left.text
    agreed = httpx.get(left.headers["location"])
    return str(agreed.headers["location"])


def come_back(client: TestClient, address: str) -> Any:
    where = urlsplit(address)
    return client.get(f"{where.path}?{where.query}", follow_redirects=False)


def test_a_person_signs_in_and_lands_where_they_wanted(
    browser_at: TestClient, federated: House, ours: Tenant
) -> None:
    assert "Annuaire" in browser_at.get("/sign-in").text

    answer = come_back(browser_at, sent_back(browser_at))

    assert (answer.status_code, answer.headers["location"]) == (303, "/books")
    assert browser_at.get("/api/v1/me").json()["id"] == ours.person_id
    line = audit.list_lines(federated, ours.who, Wanted(kind="person.signed_in"))["items"][0]
    assert line["details"] == {"by": "oidc"}


def test_what_is_sent_back_works_once_and_only_in_the_browser_that_left(
    browser_at: TestClient, federated: House
) -> None:
    address = sent_back(browser_at)
    with TestClient(create_app(federated)) as other:
        stolen = come_back(other, address)
    forged = come_back(browser_at, address.replace("state=", "state=x"))
    begun_again = sent_back(browser_at)
    first = come_back(browser_at, begun_again)
    again = come_back(browser_at, begun_again)

    assert [a.status_code for a in (stolen, forged, first, again)] == [401, 401, 303, 401]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"exp": 1_700_000_000},
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another"},
        {"aud": ["bannette", "another"]},
        {"azp": "another"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": ""},
        {"email": "nobody@dupont.example"},
    ],
    ids=str,
)
def test_an_answer_that_cannot_be_trusted_lets_nobody_in(
    browser_at: TestClient, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims

    answer = come_back(browser_at, sent_back(browser_at))

    assert answer.status_code == 401
    assert browser_at.get("/api/v1/me").status_code == 401


def test_a_token_of_another_key_is_refused_and_a_new_key_of_the_provider_is_fetched(
    browser_at: TestClient, provider: Provider
) -> None:
    old = provider.key
    provider.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})
    try:
        forged = come_back(browser_at, sent_back(browser_at))
        provider.published = [provider.key]
        renewed = come_back(browser_at, sent_back(browser_at))
    finally:
        provider.key, provider.published = old, [old]

    assert (forged.status_code, renewed.status_code) == (401, 303)


def test_an_invited_person_comes_in_with_what_they_were_invited_to(
    browser_at: TestClient, federated: House, ours: Tenant, provider: Provider
) -> None:
    provider.claims = {"email": "Lea@dupont.example", "name": "Léa"}
    invitations.invite(federated, ours.who, email="lea@dupont.example", role="reader")

    come_back(browser_at, sent_back(browser_at))

    lea = next(u for u in access.list_users(federated, ours.who) if u["name"] == "Léa")
    assert (lea["email"], lea["role"], lea["has_password"]) == (
        "lea@dupont.example", "reader", False
    )  # fmt: skip
    assert invitations.list_invitations(federated, ours.who) == []


def test_who_is_disabled_stays_out(
    browser_at: TestClient, federated: House, ours: Tenant, provider: Provider
) -> None:
    lea = access.add_user(federated, ours.who, email="lea@dupont.example")
    access.update_user(federated, ours.who, lea["id"], {"disabled": True})
    provider.claims = {"email": "lea@dupont.example"}

    assert come_back(browser_at, sent_back(browser_at)).status_code == 401


@pytest.mark.parametrize(("role", "status"), [("", 401), ("reader", 303), ("admin", 401)])
def test_strangers_come_in_only_with_the_role_that_is_set_and_never_as_administrators(
    federated: House, ours: Tenant, provider: Provider, role: str, status: int
) -> None:
    provider.claims = {"email": "new@dupont.example"}
    house = replace(federated, settings=replace(federated.settings, oidc_default_role=role))
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        answer = come_back(client, sent_back(client))

    assert answer.status_code == status


def test_a_provider_that_is_away_is_said(federated: House, provider: Provider) -> None:
    settings = replace(federated.settings, oidc_issuer="http://127.0.0.1:9")
    with TestClient(create_app(replace(federated, settings=settings))) as client:
        answer = client.get("/sign-in/oidc", follow_redirects=False)

    assert answer.status_code == 503
    assert CLIENT_SECRET not in repr(settings)


def test_without_a_provider_there_is_no_such_door(stranger: TestClient, ours: Tenant) -> None:
    assert stranger.get("/sign-in/oidc").status_code == 404
    assert "/sign-in/oidc" not in stranger.get("/sign-in").text
