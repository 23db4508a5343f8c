"""Who comes in: keys, passwords, links, sessions, and what a page of another site cannot do."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from litestar.testing import TestClient
from sqlalchemy import select, update

from domain.errors import TooMany, Unauthenticated
from domain.people import Scope
from service.app import create_app
from service.house import House
from service.operations import access, api_keys, patience, sessions
from service.operations.sessions import Place
from storage import tables as t
from tests.service.conftest import Tenant

PASSWORD = "une phrase facile à retenir"


@pytest.fixture
def signed_in(house: House, ours: Tenant, stranger: TestClient) -> TestClient:
    """A browser of the administrator."""
    access.update_user(house, ours.who, ours.person_id, {"password": PASSWORD})
    answer = stranger.post(
        "/api/v1/sign-in", json={"email": "admin@dupont.example", "password": PASSWORD}
    )
    assert answer.status_code == 201, answer.text
    stranger.headers["X-Test-Token"] = answer.json()["csrf_token"]
    return stranger


def test_nobody_gets_in_without_a_key(stranger: TestClient) -> None:
    answer = stranger.get("/api/v1/imports")

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "x", "bnt_abc_def", "bnt_" + "a" * 10 + "_" + "b" * 43, "é"])
def test_a_key_that_is_not_one_is_refused_alike(stranger: TestClient, key: str) -> None:
    answer = stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {key}".encode()})

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_key")


def test_a_key_is_shown_once_and_kept_as_a_hash(
    client: TestClient, house: House, ours: Tenant
) -> None:
    made = client.post("/api/v1/keys", json={"name": "scanner", "scopes": ["imports:write"]})
    listed = client.get("/api/v1/keys")

    secret = made.json()["key"].split("_", 2)[2]
    assert made.json()["key"].startswith(made.json()["prefix"])
    assert secret not in listed.text
    with house.store.reading() as connection:
        rows = connection.execute(select(t.api_key)).all()
    assert not any(secret in str(row) for row in rows)


def test_a_revoked_key_does_nothing_from_then_on(client: TestClient, stranger: TestClient) -> None:
    made = client.post("/api/v1/keys", json={"name": "old", "scopes": ["imports:read"]}).json()
    use = {"Authorization": f"Bearer {made['key']}"}
    before = stranger.get("/api/v1/imports", headers=use)

    client.delete(f"/api/v1/keys/{made['id']}")
    after = stranger.get("/api/v1/imports", headers=use)

    assert (before.status_code, after.status_code) == (200, 401)


def test_a_key_does_no_more_than_its_scopes(client: TestClient, stranger: TestClient) -> None:
    made = client.post("/api/v1/keys", json={"name": "reader", "scopes": ["imports:read"]}).json()
    use = {"Authorization": f"Bearer {made['key']}"}

    answer = stranger.post("/api/v1/imports", headers=use, files={"file": b"%PDF"})

    assert (answer.status_code, answer.json()["scope"]) == (403, "imports:write")


def test_a_key_cannot_make_a_stronger_key(client: TestClient, stranger: TestClient) -> None:
    weak = client.post("/api/v1/keys", json={"name": "admin", "scopes": ["admin"]}).json()

    answer = stranger.post(
        "/api/v1/keys",
        json={"name": "more", "scopes": ["admin", "books:write"]},
        headers={"Authorization": f"Bearer {weak['key']}"},
    )

    assert answer.status_code == 403


def test_last_use_is_written_at_most_once_a_minute(house: House, ours: Tenant) -> None:
    began = house.now()

    def used_at(after: timedelta) -> object:
        api_keys.who_has_key(replace(house, now=lambda: began + after), ours.key)
        return api_keys.list_keys(house, ours.who)[0]["last_used_at"]

    first = used_at(timedelta(0))
    assert used_at(timedelta(seconds=59)) == first
    assert used_at(timedelta(seconds=61)) != first


def test_a_cookie_alone_may_look_but_not_change(signed_in: TestClient) -> None:
    look = signed_in.get("/api/v1/companies")
    change = signed_in.post("/api/v1/companies", json={"name": "Autre"})
    forged = signed_in.post(
        "/api/v1/companies", json={"name": "Autre"}, headers={"X-CSRF-Token": "guess"}
    )
    meant = signed_in.post(
        "/api/v1/companies",
        json={"name": "Autre"},
        headers={"X-CSRF-Token": signed_in.headers["X-Test-Token"]},
    )

    assert look.status_code == 200
    assert [change.status_code, forged.status_code] == [403, 403]
    assert change.json()["code"] == "csrf"
    assert meant.status_code == 201


def test_an_upload_with_a_cookie_needs_the_token_too(signed_in: TestClient) -> None:
    without = signed_in.post("/api/v1/imports", files={"file": ("a.pdf", b"%PDF")})
    within = signed_in.post(
        "/api/v1/imports",
        files={"file": ("a.pdf", b"%PDF")},
        headers={"X-CSRF-Token": signed_in.headers["X-Test-Token"]},
    )

    assert (without.status_code, within.status_code) == (403, 202)


def test_a_request_with_a_key_is_not_helped_by_a_cookie(signed_in: TestClient) -> None:
    answer = signed_in.get("/api/v1/companies", headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("public_url", "name", "secure"),
    [("https://bannette.example", "__Host-bannette", True), ("http://x", "bannette", False)],
)
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    house: House, ours: Tenant, public_url: str, name: str, secure: bool
) -> None:
    house = replace(house, settings=replace(house.settings, public_url=public_url))
    token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]

    with TestClient(create_app(house)) as client:
        cookie = client.post("/api/v1/sign-in", json={"token": token}).headers["set-cookie"]

    assert cookie.startswith(f"{name}=")
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert "path=/" in cookie.lower()
    assert "domain" not in cookie.lower()
    assert ("secure" in cookie.lower()) is secure


def test_a_link_signs_in_once(house: House, ours: Tenant) -> None:
    token = sessions.sign_in_link(house, "Admin@Dupont.example ").rsplit("/", 1)[1]

    session = sessions.sign_in_by_link(house, token, Place("10.0.0.1"))

    assert session.who.id == ours.person_id
    with pytest.raises(Unauthenticated):
        sessions.sign_in_by_link(house, token, Place("10.0.0.1"))


def test_a_link_is_good_for_a_day(house: House, ours: Tenant) -> None:
    token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]
    later = house.now() + timedelta(hours=25)

    with pytest.raises(Unauthenticated):
        sessions.sign_in_by_link(replace(house, now=lambda: later), token, Place("10.0.0.1"))


def test_guessing_a_password_is_slowed_down_and_forgotten_after_a_while(
    house: House, ours: Tenant
) -> None:
    access.update_user(house, ours.who, ours.person_id, {"password": PASSWORD})
    email = "admin@dupont.example"
    for attempt in range(patience.TRIES_OF_ACCOUNT):
        with pytest.raises(Unauthenticated):
            sessions.sign_in(house, email, f"guess {attempt}", Place(f"10.0.0.{attempt}"))

    with pytest.raises(TooMany) as refusal:
        sessions.sign_in(house, email, PASSWORD, Place("10.0.0.99"))
    later = house.now() + patience.WINDOW + timedelta(seconds=1)
    session = sessions.sign_in(
        replace(house, now=lambda: later), email, PASSWORD, Place("10.0.0.99")
    )

    assert 0 < refusal.value.details["retry_after"] <= 900
    assert session.who.organisation_id == ours.organisation_id


def test_an_address_that_tries_many_accounts_is_stopped(house: House) -> None:
    def guess(attempt: int) -> None:
        sessions.sign_in(house, f"somebody{attempt}@example.org", "guess", Place("10.0.0.1"))

    for attempt in range(patience.TRIES_OF_ADDRESS):
        with pytest.raises(Unauthenticated):
            guess(attempt)

    with pytest.raises(TooMany):
        guess(99)


def test_who_is_disabled_or_signs_out_is_out(
    client: TestClient, signed_in: TestClient, house: House, ours: Tenant
) -> None:
    user = client.post(
        "/api/v1/users", json={"email": "b@dupont.example", "password": PASSWORD}
    ).json()
    theirs = sessions.sign_in(house, "b@dupont.example", PASSWORD, Place("10.0.0.1")).token

    client.patch(f"/api/v1/users/{user['id']}", json={"disabled": True})
    signed_in.post("/api/v1/sign-out", headers={"X-CSRF-Token": signed_in.headers["X-Test-Token"]})

    assert sessions.find(house, theirs) is None
    assert signed_in.get("/api/v1/companies").status_code == 401


def test_the_last_administrator_stays(client: TestClient, ours: Tenant) -> None:
    demoted = client.patch(f"/api/v1/users/{ours.person_id}", json={"role": "reader"})
    disabled = client.patch(f"/api/v1/users/{ours.person_id}", json={"disabled": True})

    assert [demoted.json()["code"], disabled.json()["code"]] == ["last_admin", "last_admin"]


def test_a_session_ends_after_its_days(house: House, ours: Tenant) -> None:
    token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]
    session = sessions.sign_in_by_link(house, token, Place("10.0.0.1"))

    later = house.now() + timedelta(days=house.settings.session_days, seconds=1)

    assert sessions.find(house, session.token) is not None
    assert sessions.find(replace(house, now=lambda: later), session.token) is None


def test_no_secret_is_kept_readable(house: House, ours: Tenant) -> None:
    access.update_user(house, ours.who, ours.person_id, {"password": PASSWORD})
    session = sessions.sign_in(house, "admin@dupont.example", PASSWORD, Place("10.0.0.1"))
    link = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]
    kept = io.StringIO()
    with house.store.reading() as connection:
        for table in (t.user, t.session, t.sign_in_link, t.api_key):
            kept.write(str(connection.execute(select(table)).all()))

    for secret in (PASSWORD, session.token, link, ours.key.split("_", 2)[2]):
        assert secret not in kept.getvalue()
    assert re.search(r"\$argon2id\$", kept.getvalue())


def test_a_reviewer_corrects_but_does_not_post_and_a_reader_looks(
    house: House, ours: Tenant
) -> None:
    with house.store.transaction() as connection:
        connection.execute(update(t.user).values(role="reviewer"))
    token = sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1]

    who = sessions.sign_in_by_link(house, token, Place("10.0.0.1")).who

    assert Scope.DOCUMENTS_WRITE in who.scopes
    assert Scope.BOOKS_WRITE not in who.scopes
    assert Scope.ADMIN not in who.scopes
