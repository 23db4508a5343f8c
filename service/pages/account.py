"""One's own account: everybody may look at it, whatever their role."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from domain.errors import Refused
from service.auth import session_cookie
from service.house import House
from service.operations import me
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, redirect
from service.pages.forms import Form, show_settings

Asked = Request[Any, Any, Any]


# In this order: most browsers name several others as well.
_NAMES = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Chrome/", "Chrome"),
          ("Safari/", "Safari"))  # fmt: skip
_ON = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
       ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


class Account(PageController):
    path = "/settings/account"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _page(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def change(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        wanted = {name: data.get(name) for name in ("name", "language", "first_page")}
        try:
            me.change(house, session.who, wanted)
        except Refused as refusal:
            return _page(desk, refusal=refusal, data=data)
        return desk.go("/settings/account", "account_changed")

    @post("/password", status_code=200, sync_to_thread=True)
    def password(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        current, new = data.get("current", ""), data.get("password", "")
        try:
            me.change_password(house, session.who, current, new, session.token)
        except Refused as refusal:
            return _page(desk, refusal=refusal)
        return desk.go("/settings/account", "password_changed")

    @post("/sessions/{session_id:str}/end", status_code=200, sync_to_thread=True)
    def end_session(
        self, house: House, session: Session, request: Asked, session_id: str
    ) -> Response[None]:
        me.end_session(house, session.who, session_id)
        return Desk.of(house, session, request).go("/settings/account", "session_ended")

    @post("/sign-out-everywhere", status_code=200, sync_to_thread=True)
    def sign_out_everywhere(self, house: House, session: Session) -> Response[None]:
        me.sign_out_everywhere(house, session.who)
        return redirect("/sign-in", [session_cookie(house.settings, None)])


def _page(desk: Desk, **told: Any) -> Response[str]:
    house, who, token = desk.house, desk.session.who, desk.session.token
    return show_settings(
        desk,
        "settings_account.html",
        told,
        me=me.own(house, who),
        sessions=me.sessions_of(house, who, token),
        pages=me.PAGES,
        browser_name=_browser_name,
    )


def _browser_name(agent: str) -> str:
    """What people call a browser, out of what it calls itself: `Firefox, Windows`."""
    names = [next((name for mark, name in marks if mark in agent), "") for marks in (_NAMES, _ON)]
    return ", ".join(name for name in names if name) or agent[:40] or "–"


CONTROLLERS = (Account,)
