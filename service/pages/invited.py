"""Pages behind links that were handed to somebody: an invitation, a new password.

Looking at them uses nothing up: programs that look at links in mails must not.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from domain.errors import Refused
from service import answers
from service.auth import place_of, session_cookie
from service.house import House
from service.operations import invitations, sessions
from service.pages import desk
from service.pages.desk import PageController, redirect, remember, render
from service.pages.entrance import must_be_our_page
from service.pages.forms import Form
from service.pages.words import Words, words_of

Asked = Request[Any, Any, Any]


class Invited(PageController):
    path = "/invitation"

    @get("/{token:str}", sync_to_thread=True)
    def form(self, house: House, request: Asked, token: str) -> Response[str]:
        invitation = invitations.look(house, token)
        words = words_of(request.cookies.get(desk.LANGUAGE) or invitation["language"])
        return _invitation(words, token, invitation)

    @post("/{token:str}", status_code=200, sync_to_thread=True)
    def accept(self, house: House, request: Asked, token: str, data: Form) -> Response[Any]:
        must_be_our_page(request)
        language = data.get("language", "fr")
        try:
            session = invitations.accept(
                house,
                token,
                name=data.get("name", ""),
                language=language,
                password=data.get("password", ""),
                place=place_of(request),
            )
        except Refused as refusal:
            words = words_of(language)
            return _invitation(words, token, invitations.look(house, token), refusal, data)
        cookies = [
            session_cookie(house.settings, session),
            remember(house.settings, desk.LANGUAGE, language),
        ]
        return redirect("/", cookies)


class NewPassword(PageController):
    path = "/password"

    @get("/{token:str}", sync_to_thread=False)
    def form(self, request: Asked, token: str) -> Response[str]:
        return _password(desk.language_of(request), token)

    @post("/{token:str}", status_code=200, sync_to_thread=True)
    def choose(self, house: House, request: Asked, token: str, data: Form) -> Response[Any]:
        must_be_our_page(request)
        try:
            session = sessions.choose_password(
                house, token, data.get("password", ""), place_of(request)
            )
        except Refused as refusal:
            return _password(desk.language_of(request), token, refusal)
        return redirect("/", [session_cookie(house.settings, session)])


def _invitation(
    words: Words,
    token: str,
    invitation: dict[str, str],
    refusal: Refused | None = None,
    data: dict[str, str] | None = None,
) -> Response[str]:
    content = render(
        "invitation.html",
        words,
        token=token,
        invitation=invitation,
        data=data or {},
        refusal=desk.in_words(words, refusal) if refusal else None,
    )
    status = answers.status_of(refusal) if refusal else 200
    return Response(content, status_code=status, media_type="text/html")


def _password(words: Words, token: str, refusal: Refused | None = None) -> Response[str]:
    told = desk.in_words(words, refusal) if refusal else None
    status = answers.status_of(refusal) if refusal else 200
    content = render("new_password.html", words, token=token, refusal=told)
    return Response(content, status_code=status, media_type="text/html")


CONTROLLERS = (Invited, NewPassword)
