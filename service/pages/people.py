"""The people of an organisation, and those invited: who they are, what they may do and see.

A link is in the answer to the very request that made it, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from domain.errors import Refused
from domain.people import Role
from service.house import House
from service.operations import access, invitations
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController
from service.pages.forms import Form, chosen_companies, show_settings

Asked = Request[Any, Any, Any]


class People(PageController):
    path = "/settings/people"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _page(Desk.of(house, session, request))

    @post("/{user_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, user_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        changes: dict[str, Any] = {}
        if "disabled" in data:
            changes["disabled"] = data["disabled"] == "yes"
        if "role" in data:
            changes |= {"role": data["role"], "company_ids": chosen_companies(desk, data)}
        try:
            access.update_user(house, session.who, user_id, changes)
        except Refused as refusal:
            return _page(desk, refusal=refusal)
        return desk.go("/settings/people", "person_changed")

    @post("/{user_id:str}/link", status_code=200, sync_to_thread=True)
    def link(self, house: House, session: Session, request: Asked, user_id: str) -> Response[str]:
        url = access.link_for_user(house, session.who, user_id)
        return _page(Desk.of(house, session, request), link=url)

    @post("/{user_id:str}/password-link", status_code=200, sync_to_thread=True)
    def password_link(
        self, house: House, session: Session, request: Asked, user_id: str
    ) -> Response[str]:
        url = access.link_for_user(house, session.who, user_id, for_password=True)
        return _page(Desk.of(house, session, request), password_link=url)


class Invitations(PageController):
    path = "/settings/invitations"

    @post(status_code=200, sync_to_thread=True)
    def invite(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            made = invitations.invite(
                house,
                session.who,
                email=data.get("email", ""),
                role=data.get("role", ""),
                company_ids=chosen_companies(desk, data),
                language=data.get("language", "fr"),
            )
        except Refused as refusal:
            return _page(desk, refusal=refusal, data=data)
        return _page(desk, invitation=made)

    @post("/{invitation_id:str}/renew", status_code=200, sync_to_thread=True)
    def renew(
        self, house: House, session: Session, request: Asked, invitation_id: str, data: Form
    ) -> Response[Any]:
        made = invitations.renew(
            house, session.who, invitation_id, by_email=data.get("show") != "link"
        )
        return _page(Desk.of(house, session, request), invitation=made)

    @post("/{invitation_id:str}/revoke", status_code=200, sync_to_thread=True)
    def revoke(
        self, house: House, session: Session, request: Asked, invitation_id: str
    ) -> Response[None]:
        invitations.revoke(house, session.who, invitation_id)
        return Desk.of(house, session, request).go("/settings/people", "invitation_revoked")


def _page(desk: Desk, **told: Any) -> Response[str]:
    house, who = desk.house, desk.session.who
    return show_settings(
        desk,
        "settings_people.html",
        told,
        people=access.list_users(house, who),
        invitations=invitations.list_invitations(house, who),
        roles=list(Role),
    )


CONTROLLERS = (People, Invitations)
