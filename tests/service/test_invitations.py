"""People come in by invitation, look after their own account, and are kept out when they should be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from domain.errors import Conflict, Invalid, Unauthenticated
from domain.people import Role, Scope
from service.app import create_app
from service.house import House
from service.operations import access, companies, invitations, me, sessions
from service.operations.sessions import Place
from tests.service.conftest import Tenant
from tests.service.stack import ready_import
from tests.service.test_pages import csrf_of

PASSWORD = "une phrase facile à retenir"
HERE = Place("10.0.0.1", "Firefox")


def token_of(made: dict[str, Any]) -> str:
    return str(made["url"]).rsplit("/", 1)[1]


def accept(house: House, token: str, password: str = PASSWORD) -> sessions.Session:
    return invitations.accept(
        house, token, name="Léa Martin", language="en", password=password, place=HERE
    )


def test_an_invited_person_comes_in_once_with_their_role_and_companies(
    house: House, ours: Tenant
) -> None:
    companies.create(house, ours.who, {"name": "Autre"})
    made = invitations.invite(
        house,
        ours.who,
        email="Lea@dupont.example",
        role="accountant",
        company_ids=[ours.company_id],
    )

    looked = invitations.look(house, token_of(made))
    who = accept(house, token_of(made)).who

    assert (looked["email"], looked["organisation"]) == ("lea@dupont.example", "dupont")
    assert (who.name, who.language, who.companies) == ("Léa Martin", "en", {ours.company_id})
    assert Scope.BOOKS_WRITE in who.scopes
    assert Scope.ADMIN not in who.scopes
    with pytest.raises(Conflict, match="used already"):
        accept(house, token_of(made))
    assert sessions.sign_in(house, "lea@dupont.example", PASSWORD, HERE).who.id == who.id
    assert invitations.list_invitations(house, ours.who) == []


def test_an_invitation_expires_is_revoked_and_renewed(house: House, ours: Tenant) -> None:
    made = invitations.invite(house, ours.who, email="lea@dupont.example")
    later = replace(house, now=lambda: house.now() + timedelta(days=8))

    with pytest.raises(Conflict):
        accept(later, token_of(made))
    expired = invitations.list_invitations(later, ours.who)[0]["state"]
    revoked = invitations.revoke(house, ours.who, made["id"])["state"]
    with pytest.raises(Conflict):
        accept(house, token_of(made))
    renewed = invitations.renew(house, ours.who, made["id"])
    with pytest.raises(Conflict):
        accept(house, token_of(made))

    assert (expired, revoked, renewed["state"]) == ("expired", "revoked", "open")
    assert accept(house, token_of(renewed)).who.organisation_id == ours.organisation_id


def test_a_short_password_uses_up_no_invitation(house: House, ours: Tenant) -> None:
    token = token_of(invitations.invite(house, ours.who, email="lea@dupont.example"))

    with pytest.raises(Invalid):
        accept(house, token, "short")

    assert accept(house, token).who.name == "Léa Martin"


def test_the_second_invitation_of_an_address_ends_the_first(house: House, ours: Tenant) -> None:
    first = invitations.invite(house, ours.who, email="lea@dupont.example")
    second = invitations.invite(house, ours.who, email="lea@dupont.example")

    with pytest.raises(Conflict):
        accept(house, token_of(first))
    accept(house, token_of(second))
    with pytest.raises(Conflict):
        invitations.invite(house, ours.who, email="lea@dupont.example")


def test_a_link_for_a_new_password_ends_every_session_before(house: House, ours: Tenant) -> None:
    before = sessions.sign_in_by_link(
        house, sessions.sign_in_link(house, "admin@dupont.example").rsplit("/", 1)[1], HERE
    )
    url = access.link_for_user(house, ours.who, ours.person_id, for_password=True)
    token = url.rsplit("/", 1)[1]

    with pytest.raises(Unauthenticated):
        sessions.sign_in_by_link(house, token, HERE)
    session = sessions.choose_password(house, token, PASSWORD, HERE)

    assert "/password/" in url
    assert sessions.find(house, before.token) is None
    assert sessions.find(house, session.token) is not None
    with pytest.raises(Unauthenticated):
        sessions.choose_password(house, token, PASSWORD, HERE)


def test_ones_own_password_asks_for_the_one_before(house: House, ours: Tenant) -> None:
    access.update_user(house, ours.who, ours.person_id, {"password": PASSWORD})
    here = sessions.sign_in(house, "admin@dupont.example", PASSWORD, HERE)
    elsewhere = sessions.sign_in(house, "admin@dupont.example", PASSWORD, HERE)

    with pytest.raises(Invalid, match="not this one"):
        me.change_password(house, here.who, "guess", "another sentence", here.token)
    me.change_password(house, here.who, PASSWORD, "another sentence", here.token)

    assert sessions.find(house, here.token) is not None
    assert sessions.find(house, elsewhere.token) is None
    assert sessions.sign_in(house, "admin@dupont.example", "another sentence", HERE)


def test_ones_sessions_are_listed_and_ended(house: House, ours: Tenant) -> None:
    access.update_user(house, ours.who, ours.person_id, {"password": PASSWORD})
    here, there = (
        sessions.sign_in(house, "admin@dupont.example", PASSWORD, Place(address, "Firefox"))
        for address in ("10.0.0.1", "10.0.0.2")
    )
    listed = me.sessions_of(house, here.who, here.token)
    other = next(one for one in listed if not one["here"])

    me.end_session(house, here.who, other["id"])
    ended = sessions.find(house, there.token)
    me.sign_out_everywhere(house, here.who)

    assert {one["address"] for one in listed} == {"10.0.0.1", "10.0.0.2"}
    assert ended is None
    assert sessions.find(house, here.token) is None


@pytest.fixture
def as_role(house: House, ours: Tenant) -> Iterator[Any]:
    """A browser of somebody with a role."""
    with ExitStack() as opened:

        def sign_in(role: str) -> TestClient:
            email = f"{role}.person@dupont.example"
            access.add_user(house, ours.who, email=email, role=role)
            app = create_app(house)
            client = opened.enter_context(TestClient(app, raise_server_exceptions=False))
            client.post(f"/sign-in/{sessions.sign_in_link(house, email).rsplit('/', 1)[1]}")
            return client

        yield sign_in


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_who_does_not_administer_is_shown_and_given_no_settings_of_the_organisation(
    as_role: Any, role: Role
) -> None:
    client = as_role(role)
    token = csrf_of(client)
    account = client.get("/settings/account").text

    for page in ("people", "keys", "companies", "audit", "webhooks", "deliveries"):
        assert f'href="/settings/{page}"' not in account
        assert client.get(f"/settings/{page}").status_code == 403, page
    for page in ("invitations", "keys", "companies", "webhooks"):
        form = {"csrf_token": token, "email": "x@dupont.example", "name": "x", "role": "admin"}
        assert client.post(f"/settings/{page}", data=form).status_code == 403, page
    form = {"csrf_token": token, "role": "admin"}
    own_id = client.get("/api/v1/me").json()["id"]
    assert client.post(f"/settings/people/{own_id}", data=form).status_code == 403


def test_each_role_is_offered_what_it_may_do(as_role: Any, house: House, ours: Tenant) -> None:
    import_id = ready_import(house, ours)
    with TestClient(create_app(house)) as program:
        program.headers.update(ours.headers)
        validated = program.post(f"/api/v1/imports/{import_id}/validate").json()
    document_id = validated["documents"][0]["id"]
    offered = {}
    for role in Role:
        client = as_role(role)
        page = client.get(f"/documents/{document_id}").text
        uploading = client.get("/imports").text
        offered[role] = ('value="post"' in page, 'type="file"' in uploading)
        answer = client.post(
            f"/documents/{document_id}",
            data={"csrf_token": csrf_of(client), "field.invoice_number": "X", "shown": "{}"},
        )
        assert (answer.status_code == 403) is (role is Role.READER), role

    assert offered == {
        Role.ADMIN: (True, True),
        Role.ACCOUNTANT: (True, True),
        Role.REVIEWER: (False, True),
        Role.READER: (False, False),
    }


def test_the_page_of_an_invitation_is_filled_in(
    stranger: TestClient, house: House, ours: Tenant
) -> None:
    made = invitations.invite(house, ours.who, email="lea@dupont.example", role="reader")
    address = f"/invitation/{token_of(made)}"
    form = {"name": "<b>Léa</b>", "language": "fr", "password": "short"}

    page = stranger.get(address)
    short = stranger.post(address, data=form)
    inside = stranger.post(address, data=form | {"password": PASSWORD})
    spent = stranger.get(address)

    assert "lea@dupont.example" in page.text
    assert short.status_code == 422
    assert "&lt;b&gt;Léa&lt;/b&gt;" in short.text, "what was typed stays"
    assert inside.url.path == "/imports"
    assert re.search(r"a déjà servi", spent.text)
    assert spent.status_code == 409
