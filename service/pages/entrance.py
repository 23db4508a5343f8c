"""The entrance: signing in with a password, by a one-time link or through an identity provider;
signing out, language, company.
"""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Forbidden, NotFound, Refused
from service import answers, oidc
from service.auth import find_session, place_of, session_cookie
from service.house import House
from service.operations import companies, identities, me, sessions
from service.operations.sessions import Session
from service.pages import desk
from service.pages.desk import PageController, redirect, remember, render
from service.pages.words import LANGUAGES
from service.settings import Settings

FLOW = "bannette_oidc"
Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


def inside(address: str) -> str:
    """`address` if it is a page of ours, the first page otherwise."""
    ours = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return address[:500] if ours and address.isprintable() else "/"


class Entrance(PageController):
    path = "/"

    @get("/", sync_to_thread=True)
    def home(self, house: House, session: Session) -> Response[None]:
        return redirect("/" + str(me.own(house, session.who)["first_page"]))

    @get("/sign-in")
    async def form(
        self,
        house: House,
        request: Request[Any, Any, Any],
        next: str = "/",  # noqa: A002 - the name of the query parameter
    ) -> Response[Any]:
        if await find_session(house, request) is not None:
            return redirect(inside(next))
        return self._form(house, request, inside(next))

    @post("/sign-in", status_code=200)
    async def sign_in(
        self, house: House, request: Request[Any, Any, Any], data: Form
    ) -> Response[Any]:
        must_be_our_page(request)
        back = inside(data.get("next", "/"))
        email = data.get("email", "")
        try:
            session = await sync_to_thread(
                sessions.sign_in, house, email, data.get("password", ""), place_of(request)
            )
        except Refused as refusal:
            return self._form(house, request, back, email, refusal)
        return redirect(back, [session_cookie(house.settings, session)])

    @get("/sign-in/oidc", sync_to_thread=True)
    def leave(
        self,
        house: House,
        next: str = "/",  # noqa: A002 - the name of the query parameter
    ) -> Response[None]:
        """To the identity provider; what must come back with them waits in a cookie."""
        if not oidc.is_configured(house.settings):
            raise NotFound("There is nothing at this address.")
        address, sealed = oidc.begin(house.settings, inside(next))
        return redirect(address, [_flow_cookie(house.settings, sealed)])

    @get("/sign-in/oidc/return", sync_to_thread=True)
    def come_back(self, house: House, request: Request[Any, Any, Any]) -> Response[Any]:
        sealed, answered = request.cookies.get(FLOW, ""), dict(request.query_params.items())
        if not oidc.is_configured(house.settings):
            raise NotFound("There is nothing at this address.")
        try:
            identity, back = oidc.finish(house.settings, sealed, answered)
            session = identities.sign_in(house, identity, place_of(request))
        except Refused as refusal:
            answer = self._form(house, request, "/", "", refusal)
            answer.set_cookie(_flow_cookie(house.settings, ""))
            return answer
        cookies = [session_cookie(house.settings, session), _flow_cookie(house.settings, "")]
        return redirect(inside(back), cookies)

    @get("/sign-in/{token:str}", sync_to_thread=False)
    def link(self, request: Request[Any, Any, Any], token: str) -> Response[str]:
        """Only a button: programs that look at links in mails must not use them up."""
        words = desk.language_of(request)
        return Response(render("link.html", words, token=token), media_type="text/html")

    @post("/sign-in/{token:str}", status_code=200)
    async def sign_in_by_link(
        self, house: House, request: Request[Any, Any, Any], token: str
    ) -> Response[Any]:
        must_be_our_page(request)
        try:
            session = await sync_to_thread(
                sessions.sign_in_by_link, house, token, place_of(request)
            )
        except Refused as refusal:
            # A second click on the same link, by somebody who is in: no reason to stop them.
            if await find_session(house, request) is not None:
                return redirect("/")
            return self._form(house, request, "/", "", refusal)
        return redirect("/", [session_cookie(house.settings, session)])

    @post("/sign-out", status_code=200, sync_to_thread=True)
    def sign_out(self, house: House, session: Session) -> Response[None]:
        sessions.sign_out(house, session)
        return redirect("/sign-in", [session_cookie(house.settings, None)])

    @post("/language", status_code=200, sync_to_thread=True)
    def language(self, house: House, session: Session, data: Form) -> Response[None]:
        wanted = data.get("language", "")
        me.change(house, session.who, {"language": wanted})
        cookie = remember(house.settings, desk.LANGUAGE, wanted)
        return redirect(inside(data.get("next", "/")), [cookie])

    @get("/language/{language:str}", sync_to_thread=False)
    def language_of_stranger(self, house: House, language: str) -> Response[None]:
        """For the page of signing in, before anybody is known."""
        if language not in LANGUAGES:
            raise NotFound("There is nothing at this address.")
        return redirect("/sign-in", [remember(house.settings, desk.LANGUAGE, language)])

    @post("/company", status_code=200, sync_to_thread=True)
    def company(self, house: House, session: Session, data: Form) -> Response[None]:
        wanted = data.get("company_id", "")
        if wanted:
            companies.get(house, session.who, wanted)
        # A document belongs to one company: after a change the list is the place to be.
        return redirect(
            inside(data.get("next", "/")), [remember(house.settings, desk.COMPANY, wanted)]
        )

    def _form(
        self,
        house: House,
        request: Request[Any, Any, Any],
        back: str,
        email: str = "",
        refusal: Refused | None = None,
    ) -> Response[str]:
        words = desk.language_of(request)
        told = desk.in_words(words, refusal) if refusal else None
        content = render(
            "sign_in.html",
            words,
            email=email,
            next=back,
            refusal=told,
            provider=house.settings.oidc_name if oidc.is_configured(house.settings) else None,
        )
        status = answers.status_of(refusal) if refusal else 200
        return Response(content, status_code=status, media_type="text/html")


def _flow_cookie(settings: Settings, sealed: str) -> Cookie:
    """Lax, as it must come back with somebody whom another site sends to us."""
    return Cookie(
        key=FLOW,
        value=sealed,
        max_age=oidc.FLOW_LASTS_SECONDS if sealed else 0,
        path="/sign-in/oidc",
        httponly=True,
        secure=settings.public_url.startswith("https:"),
        samesite="lax",
    )


def must_be_our_page(request: Request[Any, Any, Any]) -> None:
    """Nobody signs a visitor of another site in here: browsers say where a form comes from."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This request does not come from a page of ours.", code="csrf")


CONTROLLERS = (Entrance,)
