"""Books › VAT: the return of a period as the books have it, the entries behind it, and its posting.

What a person adds (imports, payments of what waited) is part of the address, so that looking again
is a plain link; posting sends the same fields and what was seen to be owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import vat_returns
from service.operations.sessions import Session
from service.operations.vat_returns import Wanted
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import decimal_of

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]


class Vat(PageController):
    path = "/books/vat"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        said: dict[str, Any] = dict(request.query_params)
        said["released"] = request.query_params.getall("released", [])
        return _page(Desk.of(house, session, request), said)

    @post(status_code=200, sync_to_thread=True)
    def act(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        company_id = str(data.get("company_id") or "")
        try:
            wanted = _wanted(data)
            if wanted is None:
                return _page(desk, data)
            made = vat_returns.post(house, session.who, company_id, wanted, data.get("owed"))
        except Refused as refusal:
            return _page(desk, data, refusal)
        return desk.go(f"/books/vat/{made['id']}", "vat_return_posted", name=made["name"])

    @get("/{vat_return_id:str}", sync_to_thread=True)
    def declared(
        self, house: House, session: Session, request: Asked, vat_return_id: str
    ) -> Response[str]:
        return _declared(Desk.of(house, session, request), vat_return_id)

    @post("/{vat_return_id:str}/cancel", status_code=200, sync_to_thread=True)
    def cancel(
        self, house: House, session: Session, request: Asked, vat_return_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            vat_returns.cancel(house, session.who, vat_return_id, str(data.get("reason", "")))
        except Refused as refusal:
            return _declared(desk, vat_return_id, refusal)
        return desk.go(f"/books/vat/{vat_return_id}", "vat_return_cancelled")


def _page(desk: Desk, said: Mapping[str, Any], refusal: Refused | None = None) -> Response[str]:
    if desk.company is None:
        return desk.show("choose_company.html", here="books", section="vat")
    house, who, company_id = desk.house, desk.session.who, desk.company["id"]
    returns = vat_returns.list_returns(house, who, company_id)["items"]
    following = vat_returns.next_period(house, who, company_id)
    found = None
    wanted = None
    try:
        wanted = _wanted(said) or following
        found = vat_returns.preview(house, who, company_id, wanted)
    except Refused as error:
        refusal = refusal or error
        wanted = wanted or following
    return desk.show(
        "vat.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        returns=returns,
        found=found,
        wanted=wanted,
    )


def _declared(desk: Desk, vat_return_id: str, refusal: Refused | None = None) -> Response[str]:
    found = vat_returns.get(desk.house, desk.session.who, vat_return_id)
    return desk.show(
        "vat_return.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        found=found,
    )


def _wanted(said: Mapping[str, Any]) -> Wanted | None:
    """What is asked for; None while no period is said."""
    try:
        start = date.fromisoformat(str(said.get("start", "")))
        end = date.fromisoformat(str(said.get("end", "")))
    except ValueError:
        return None
    chosen = said.get("released") or []
    return Wanted(
        start,
        end,
        decimal_of(str(said.get("import_base", ""))),
        decimal_of(str(said.get("import_pct", ""))),
        [chosen] if isinstance(chosen, str) else chosen,
    )


CONTROLLERS = (Vat,)
