"""The desk somebody sits at: who they are, which company they look at, what was just done.

Every page of a signed-in person is shown by it, in their language, within the same frame. Refusals
that no page handles itself become a page of their own here, or problem details for our scripts.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader
from litestar import Controller, Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import HTTPException

from domain.documents import POSTABLE, Category
from domain.errors import Refused, Unauthenticated
from domain.people import Scope
from service import answers
from service.house import House
from service.operations import audit, categories, companies, documents
from service.operations.sessions import Session
from service.pages import static
from service.pages.words import Words, preferred, words_of
from service.settings import Settings

SAID, COMPANY, LANGUAGE = "bannette_said", "bannette_company", "bannette_language"
FRAGMENT = "x-fragment"
"""Header of our scripts: they want a piece of a page, and refusals as problem details."""
ALWAYS_SHOWN = (
    Category.PURCHASE_INVOICE,
    Category.CREDIT_NOTE,
    Category.RECEIPT,
    Category.BANK_STATEMENT,
)
LAST_A_YEAR = 365 * 86_400

_environment = Environment(
    loader=FileSystemLoader(static.FOLDER.parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["static"] = static.address


def render(template: str, words: Words, **context: Any) -> str:
    """A template filled in a language."""
    return _environment.get_template(template).render(
        words=words, _=words.say, n=words.count, word=words.word, **context
    )


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that the next page shows once: what was done."""

    code: str
    values: dict[str, str]

    @property
    def undo(self) -> str:
        """Where to take it back, if it can be: an address of ours."""
        address = self.values.get("undo", "")
        return address if re.fullmatch(r"(/\w+)+", address) else ""

    def cookie(self, settings: Settings) -> Cookie:
        raw = base64.urlsafe_b64encode(msgspec.json.encode([self.code, self.values])).decode()
        return _cookie(settings, SAID, raw, 120)

    @classmethod
    def of(cls, raw: str | None) -> Said | None:
        try:
            code, values = msgspec.json.decode(
                base64.urlsafe_b64decode(raw or ""), type=tuple[str, dict[str, str]]
            )
        except ValueError:
            return None
        return cls(code, values)


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    name: str
    count: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Desk:
    house: House
    session: Session
    words: Words
    path: str
    categories: list[dict[str, str]]
    companies: list[dict[str, Any]]
    company: dict[str, Any] | None
    """The one they look at; None for all."""
    said: Said | None

    @classmethod
    def of(cls, house: House, session: Session, request: Request[Any, Any, Any]) -> Desk:
        known = companies.list_companies(house, session.who)
        wanted = request.cookies.get(COMPANY)
        chosen = next((c for c in known if c["id"] == wanted), None)
        if len(known) == 1:
            chosen = known[0]
        return cls(
            house,
            session,
            words_of(session.who.language),
            request.url.path,
            categories.categories(house, session.who),
            known,
            chosen,
            Said.of(request.cookies.get(SAID)),
        )

    @property
    def company_id(self) -> str | None:
        return self.company["id"] if self.company else None

    def history(self, subject: str) -> list[dict[str, Any]]:
        """What was done to a document or an import, for `history.html`."""
        of = audit.of_document if subject.startswith("doc_") else audit.of_import
        return of(self.house, self.session.who, subject)

    def may(self, scope: str) -> bool:
        return Scope(scope) in self.session.who.scopes

    def company_name(self, company_id: str) -> str:
        return next((c["name"] for c in self.companies if c["id"] == company_id), "")

    def show(
        self, template: str, *, status_code: int = 200, here: str = "", **context: Any
    ) -> Response[str]:
        """A whole page. `here` names the tab it belongs to."""
        content = self.piece(template, here=here, tabs=self._tabs(), **context)
        cookies = [_cookie(self.house.settings, SAID, "", 0)] if self.said else []
        return Response(content, status_code=status_code, media_type="text/html", cookies=cookies)

    def piece(self, template: str, **context: Any) -> str:
        """A template with everything that those of signed-in people rely on."""
        return render(
            template,
            self.words,
            desk=self,
            may=self.may,
            csrf_token=self.session.csrf_token,
            categories=self.categories,
            category_name=self.category_name,
            postable=POSTABLE,
            **context,
        )

    def go(self, address: str, said: str = "", **values: str) -> Response[None]:
        """Go on to another page, which says what was done."""
        cookies = [Said(said, values).cookie(self.house.settings)] if said else []
        return redirect(address, cookies)

    def category_name(self, code: str) -> str:
        own = next((c["name"] for c in self.categories if c["code"] == code), "")
        return own or self.words.word("category", code)

    def _tabs(self) -> list[Tab]:
        counted = documents.counts(self.house, self.session.who, self.company_id)
        order = [*Category, *(c for c in counted if c not in set(Category))]
        return [
            Tab(
                code,
                self.words.word("tab", code, self.category_name(code)),
                sum(counted.get(code, {}).values()),
                counted.get(code, {}).get("to_post", 0),
            )
            for code in order
            if code in counted or code in ALWAYS_SHOWN
        ]


def redirect(address: str, cookies: list[Cookie] | None = None) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": address}, cookies=cookies or [])


def remember(settings: Settings, name: str, value: str) -> Cookie:
    """A choice of how to look at things; nothing depends on it but the look."""
    return _cookie(settings, name, value, LAST_A_YEAR)


def _cookie(settings: Settings, name: str, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        secure=settings.public_url.startswith("https:"),
        samesite="lax",
    )


def language_of(request: Request[Any, Any, Any]) -> Words:
    """The language of somebody who is not signed in, or of whom we do not know."""
    session: Session | None = request.scope["state"].get("session")
    if session is not None:
        return words_of(session.who.language)
    chosen = request.cookies.get(LANGUAGE)
    return words_of(chosen or preferred(request.headers.get("accept-language", "")))


def refused(request: Request[Any, Any, Any], refusal: Refused) -> Response[Any]:
    """A refusal, in words of the reader: as a page, or as problem details for a script."""
    words = language_of(request)
    fragment = FRAGMENT in request.headers
    if isinstance(refusal, Unauthenticated) and not fragment:
        asked = request.url.path if request.method == "GET" else "/"
        query = request.url.query if request.method == "GET" else ""
        back = quote(asked + (f"?{query}" if query else ""))
        return redirect("/sign-in" + (f"?next={back}" if asked != "/" else ""))
    status = answers.status_of(refusal)
    message, advice = in_words(words, refusal)
    if fragment:
        return answers.problem(status, refusal.code, message, advice)
    return refusal_page(words, status, message, advice)


def in_words(words: Words, refusal: Refused) -> tuple[str, str]:
    return (
        words.refusal(refusal.code, refusal.message, refusal.details),
        words.advice(refusal.code, refusal.advice, refusal.details),
    )


def refusal_page(words: Words, status: int, message: str, advice: str = "") -> Response[str]:
    content = render("refusal.html", words, status=status, message=message, advice=advice)
    return Response(content, status_code=status, media_type="text/html")


def http_fault(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    told = answers.http_fault(request, error)
    return _plain(request, told)


def fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    handler = next(
        (answers.HANDLERS[k] for k in type(error).__mro__ if k in answers.HANDLERS), answers.fault
    )
    return _plain(request, handler(request, error))


def _plain(request: Request[Any, Any, Any], told: Response[bytes]) -> Response[Any]:
    problem = msgspec.json.decode(told.content)
    words = language_of(request)
    message = words.refusal(problem["code"], problem["detail"], problem)
    advice = words.advice(problem["code"], problem["advice"], problem)
    if FRAGMENT in request.headers:
        return answers.problem(problem["status"], problem["code"], message, advice)
    return refusal_page(words, problem["status"], message, advice)


class PageController(Controller):
    """What all pages share: refusals are pages, and none of this is part of the API."""

    include_in_schema = False
    # Every kind that the API answers, for the nearest kind wins over the nearest controller.
    exception_handlers = {  # noqa: RUF012 - as the framework wants it
        **dict.fromkeys(answers.HANDLERS, fault),
        Refused: refused,
        HTTPException: http_fault,
    }
