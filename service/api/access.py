"""/api/v1/users, /invitations, /keys, /sign-in, /me: who may come in."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.concurrency import sync_to_thread

from domain.errors import Invalid
from domain.people import Scope, Who
from service.api.idempotency import once
from service.auth import place_of, session_cookie
from service.house import House
from service.operations import access, api_keys, invitations, me, sessions
from service.operations.sessions import Session


class NewUser(msgspec.Struct, forbid_unknown_fields=True):
    email: str
    name: str = ""
    role: str = "reviewer"
    language: str = "fr"
    password: str | None = None
    company_ids: list[str] = []


class UserChange(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    role: str | None = None
    language: str | None = None
    password: str | None = None
    disabled: bool | None = None
    company_ids: list[str] | None = None


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    scopes: list[str]
    company_ids: list[str] = []


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    email: str | None = None
    password: str | None = None
    token: str | None = None


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True):
    email: str
    role: str = "reviewer"
    company_ids: list[str] = []
    language: str = "fr"
    by_email: bool = True
    """Where a mail server is set. Otherwise the link is in the answer, this once."""


class Renewal(msgspec.Struct, forbid_unknown_fields=True):
    by_email: bool = True


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    token: str
    """The end of the link."""
    name: str
    password: str
    language: str = "fr"


class Users(Controller):
    path = "/api/v1/users"
    tags = ("Access",)

    @get(sync_to_thread=True, summary="People of your organisation")
    def list_users(self, house: House, who: Who) -> dict[str, Any]:
        return {"items": access.list_users(house, who), "next_cursor": None}

    @post(sync_to_thread=True, summary="Add a person")
    @once
    def create(self, house: House, who: Who, data: NewUser) -> dict[str, Any]:
        return access.add_user(house, who, **msgspec.to_builtins(data))

    @patch("/{user_id:str}", sync_to_thread=True, summary="Change or disable a person")
    def change(self, house: House, who: Who, user_id: str, data: UserChange) -> dict[str, Any]:
        return access.update_user(house, who, user_id, msgspec.to_builtins(data))

    @post(
        "/{user_id:str}/sign-in-link",
        sync_to_thread=True,
        summary="A one-time link that signs a person in",
    )
    def link(self, house: House, who: Who, user_id: str) -> dict[str, str]:
        return {"url": access.link_for_user(house, who, user_id)}

    @post(
        "/{user_id:str}/password-link",
        sync_to_thread=True,
        summary="A one-time link by which a person chooses a new password",
    )
    def password_link(self, house: House, who: Who, user_id: str) -> dict[str, str]:
        return {"url": access.link_for_user(house, who, user_id, for_password=True)}


class Invitations(Controller):
    path = "/api/v1/invitations"
    tags = ("Access",)

    @get(sync_to_thread=True, summary="Invitations that nobody accepted yet")
    def list_invitations(self, house: House, who: Who) -> dict[str, Any]:
        return {"items": invitations.list_invitations(house, who), "next_cursor": None}

    @post(
        sync_to_thread=True,
        summary="Invite a person",
        description=(
            "By e-mail where a mail server is set: `email_id` says what becomes of it. Otherwise, or "
            "with `by_email` false, `url` is the link, shown this once."
        ),
    )
    def invite(self, house: House, who: Who, data: NewInvitation) -> dict[str, Any]:
        # Not `once`: to answer a repeat we would have to keep the link.
        return invitations.invite(house, who, **msgspec.to_builtins(data))

    @post("/{invitation_id:str}/renew", sync_to_thread=True, summary="A new link for a week")
    def renew(
        self, house: House, who: Who, invitation_id: str, data: Renewal | None = None
    ) -> dict[str, Any]:
        return invitations.renew(house, who, invitation_id, by_email=data is None or data.by_email)

    @delete("/{invitation_id:str}", status_code=200, sync_to_thread=True, summary="Revoke one")
    def revoke(self, house: House, who: Who, invitation_id: str) -> dict[str, Any]:
        return invitations.revoke(house, who, invitation_id)

    @post("/accept", summary="Come in by an invitation: begins a session")
    async def accept(
        self, house: House, request: Request[Any, Any, Any], data: Acceptance
    ) -> Response[dict[str, Any]]:
        session = await sync_to_thread(
            partial(invitations.accept, house, place=place_of(request), **msgspec.to_builtins(data))
        )
        return _begun(house, session)


class Keys(Controller):
    path = "/api/v1/keys"
    tags = ("Access",)

    @get(sync_to_thread=True, summary="API keys, without their secrets")
    def list_keys(self, house: House, who: Who) -> dict[str, Any]:
        return {"items": api_keys.list_keys(house, who), "next_cursor": None}

    @post(sync_to_thread=True, summary="Make a key; it is shown this once")
    def create(self, house: House, who: Who, data: NewKey) -> dict[str, Any]:
        # Not `once`: to answer a repeat we would have to keep the secret.
        return api_keys.add_key(house, who, **msgspec.to_builtins(data))

    @delete("/{key_id:str}", status_code=200, sync_to_thread=True, summary="Revoke a key at once")
    def revoke(self, house: House, who: Who, key_id: str) -> dict[str, Any]:
        return api_keys.revoke_key(house, who, key_id)


class SignIns(Controller):
    path = "/api/v1"
    tags = ("Access",)

    @post("/sign-in", summary="Begin a session, with a password or a one-time token")
    async def sign_in(
        self, house: House, request: Request[Any, Any, Any], data: SignIn
    ) -> Response[dict[str, Any]]:
        place = place_of(request)
        if data.token:
            session = await sync_to_thread(sessions.sign_in_by_link, house, data.token, place)
        elif data.email and data.password:
            session = await sync_to_thread(
                sessions.sign_in, house, data.email, data.password, place
            )
        else:
            raise Invalid("Send email and password, or token.", fields=["email", "password"])
        return _begun(house, session)

    @post("/sign-out", status_code=200, summary="End the session")
    async def sign_out(self, house: House, session: Session) -> Response[dict[str, Any]]:
        await sync_to_thread(sessions.sign_out, house, session)
        answer: Response[dict[str, Any]] = Response({"signed_out": True})
        answer.set_cookie(session_cookie(house.settings, None))
        return answer


class MyChange(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    language: str | None = None
    first_page: str | None = None


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    password: str
    current: str = ""


class MyAccount(Controller):
    """Who one is; and, for people with their session, what they choose: a key has no account."""

    path = "/api/v1/me"
    tags = ("Access",)

    @get(sync_to_thread=True, summary="Who this key or session is")
    def who_is_asking(self, who: Who) -> dict[str, Any]:
        return {
            "id": who.id,
            "organisation_id": who.organisation_id,
            "name": who.name,
            "scopes": sorted(who.scopes),
            "all_scopes": sorted(Scope),
            "language": who.language,
            "company_ids": sorted(who.companies or ()),
        }

    @patch(sync_to_thread=True, summary="Change your name, language or first page")
    def change(self, house: House, session: Session, data: MyChange) -> dict[str, Any]:
        me.change(house, session.who, msgspec.to_builtins(data))
        return me.own(house, session.who)

    @post("/password", status_code=200, sync_to_thread=True, summary="Choose a new password")
    def password(self, house: House, session: Session, data: NewPassword) -> dict[str, Any]:
        me.change_password(house, session.who, data.current, data.password, session.token)
        return me.own(house, session.who)

    @get("/sessions", sync_to_thread=True, summary="Where you are signed in")
    def sessions(self, house: House, session: Session) -> dict[str, Any]:
        return {"items": me.sessions_of(house, session.who, session.token), "next_cursor": None}

    @delete("/sessions", sync_to_thread=True, summary="Sign out everywhere")
    def sign_out_everywhere(self, house: House, session: Session) -> None:
        me.sign_out_everywhere(house, session.who)

    @delete("/sessions/{session_id:str}", sync_to_thread=True, summary="End one of your sessions")
    def end_session(self, house: House, session: Session, session_id: str) -> None:
        me.end_session(house, session.who, session_id)


def _begun(house: House, session: Session) -> Response[dict[str, Any]]:
    return Response(
        {"csrf_token": session.csrf_token, "expires_at": session.expires_at.isoformat()},
        cookies=[session_cookie(house.settings, session)],
    )


CONTROLLERS = (Users, Invitations, Keys, SignIns, MyAccount)
