"""Who is asking, as the web sees it: a Bearer key, or a session cookie with a CSRF token.

A request with an Authorization header is judged by it alone; its cookies are not looked at. A
cookie alone is enough to look; to change something the request must also carry the session's CSRF
token, in the header `X-CSRF-Token` or the form field `csrf_token`, which another site cannot know.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from typing import Any

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie

from domain.errors import Forbidden, Unauthenticated
from domain.people import Who
from service.house import House
from service.operations import api_keys, sessions
from service.operations.sessions import Place, Session
from service.settings import Settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
STREAMED = "streamed"
"""Key of a handler's `opt`: its body is read by the handler alone, so the token is in the header."""


def cookie_name(settings: Settings) -> str:
    """`__Host-` makes the browser insist on https and on this very host."""
    return "__Host-bannette" if settings.public_url.startswith("https:") else "bannette"


def session_cookie(settings: Settings, session: Session | None) -> Cookie:
    """The cookie of a session; of None, one that takes the cookie away."""
    return Cookie(
        key=cookie_name(settings),
        value=session.token if session else "",
        max_age=settings.session_days * 86_400 if session else 0,
        path="/",
        httponly=True,
        secure=settings.public_url.startswith("https:"),
        samesite="lax",
    )


async def authenticate(house: House, request: Request[Any, Any, Any], asked: set[str]) -> None:
    """Find out who is asking before anything else of the request is looked at.

    `asked` are the names of the handler's parameters: `who` wants a person or a key, `session` a
    person at a page. What is found waits in the request's state for `provide_who` and its like.
    """
    state = request.scope["state"]
    header = request.headers.get("authorization")
    if "session" in asked or ("who" in asked and header is None):
        session = await _session(house, request)
        state["session"], state["who"] = session, session.who
    elif "who" in asked and header is not None:
        kind, _, key = header.partition(" ")
        if kind.lower() != "bearer":
            raise Unauthenticated("Only Bearer keys are understood.", code="invalid_key")
        who = await sync_to_thread(api_keys.who_has_key, house, key.strip())
        state["who"] = _asking(who, request)


def place_of(request: Request[Any, Any, Any]) -> Place:
    """Where a request comes from, as far as the server sees."""
    address = request.client.host if request.client else "unknown"
    return Place(address, request.headers.get("user-agent", "")[:300])


def _asking(who: Who, request: Request[Any, Any, Any]) -> Who:
    return replace(who, address=place_of(request).address)


def provide_who(request: Request[Any, Any, Any]) -> Who:
    """The person or key behind this request."""
    who: Who = request.scope["state"]["who"]
    return who


def provide_session(request: Request[Any, Any, Any]) -> Session:
    """The person's session; pages show its CSRF token."""
    session: Session = request.scope["state"]["session"]
    return session


async def find_session(house: House, request: Request[Any, Any, Any]) -> Session | None:
    """The session of the cookie, if there is one; for pages that are there for everybody."""
    token = request.cookies.get(cookie_name(house.settings), "")
    return await sync_to_thread(sessions.find, house, token) if token else None


async def _session(house: House, request: Request[Any, Any, Any]) -> Session:
    session = await find_session(house, request)
    if session is None:
        raise Unauthenticated(
            "Nobody is signed in.",
            advice="Sign in, or send `Authorization: Bearer` with a key.",
        )
    session = replace(session, who=_asking(session.who, request))
    if request.method not in SAFE:
        await _check_csrf(request, session)
    return session


async def _check_csrf(request: Request[Any, Any, Any], session: Session) -> None:
    given = request.headers.get(CSRF_HEADER)
    if given is None and not request.route_handler.opt.get(STREAMED):
        kind = request.content_type[0]
        if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            value = (await request.form()).get(CSRF_FIELD)
            given = value if isinstance(value, str) else None
    if given is None or not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise Forbidden(
            "This request does not come from a page of ours, or the page is old.",
            code="csrf",
            advice="Load the page again and repeat what you did.",
        )
