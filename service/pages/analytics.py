"""Books › Analytic codes: those a company keeps, what was posted with each, a table of them to import."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import analytics
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME = "/books/analytics"


class Analytics(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, year: int | None = None
    ) -> Response[str]:
        return _page(Desk.of(house, session, request), year or house.now().year)

    @post(status_code=200, sync_to_thread=True)
    def add(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            made = analytics.add(house, session.who, data.get("company_id") or None, data)
        except Refused as refusal:
            return _page(desk, house.now().year, data, refusal)
        return desk.go(HOME, "analytic_added", code=made["code"])

    @post("/{analytic_code_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, analytic_code_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        doing, version = data.get("do", ""), data.get("version", "")
        values: dict[str, Any] = {"label": data.get("label")}
        if doing in ("close", "open"):
            values = {"open": doing == "open"}
        try:
            made = analytics.change(
                house,
                session.who,
                analytic_code_id,
                values,
                int(version) if version.isdecimal() else None,
            )
        except Refused as refusal:
            return _page(desk, house.now().year, {}, refusal)
        said = {"close": "analytic_closed", "open": "analytic_opened"}.get(doing)
        return desk.go(HOME, said or "analytic_changed", code=made["code"])


def _page(
    desk: Desk,
    year: int,
    typed: dict[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    if desk.company is None:
        return desk.show("choose_company.html", here="books", section="analytics")
    return desk.show(
        "analytics.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        codes=analytics.list_codes(desk.house, desk.session.who, desk.company_id, year=year)[
            "items"
        ],
        year=year,
        typed=typed or {},
        refusal=in_words(desk.words, refusal) if refusal else None,
    )


CONTROLLERS = (Analytics,)
