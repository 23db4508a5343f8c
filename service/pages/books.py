"""The books: journal entries as they were posted, and their reversal."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import accounting, analytics, entries
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]


class Books(PageController):
    path = "/books"

    @get(sync_to_thread=True)
    def list_entries(
        self,
        house: House,
        session: Session,
        request: Asked,
        cursor: str | None = None,
        analytic: str = "",
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        page = entries.journal_entries(
            house,
            session.who,
            company_id=desk.company_id,
            analytic=analytic or None,
            cursor=cursor,
        )
        locked = entries.period(house, session.who, desk.company_id) if desk.company_id else None
        codes: list[dict[str, Any]] = []
        if desk.company_id and analytic:
            codes = analytics.list_codes(house, session.who, desk.company_id)["items"]
        elif desk.company_id:
            codes = analytics.list_names(house, session.who, desk.company_id)
        return desk.show(
            "books.html",
            here="books",
            page=page,
            cursor=cursor,
            locked=locked,
            codes=codes,
            analytic=analytic,
        )

    @get("/{entry_id:str}", sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, entry_id: str) -> Response[str]:
        return _page(Desk.of(house, session, request), entry_id)

    @post("/{entry_id:str}/reverse", status_code=200, sync_to_thread=True)
    def reverse(
        self, house: House, session: Session, request: Asked, entry_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        reason = data.get("reason", "")
        try:
            reversal = accounting.reverse(house, session.who, entry_id, reason)
        except Refused as refusal:
            return _page(desk, entry_id, reason, refusal)
        name = f"{reversal['journal']} {reversal['year']}-{reversal['number']}"
        return desk.go(f"/books/{entry_id}", "reversed", entry=name)


def _page(
    desk: Desk, entry_id: str, reason: str = "", refusal: Refused | None = None
) -> Response[str]:
    entry = entries.journal_entry(desk.house, desk.session.who, entry_id)
    return desk.show(
        "entry.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        entry=entry,
        reason=reason,
        refusal=in_words(desk.words, refusal) if refusal else None,
        reversible=desk.may("books:write")
        and not entry["reversed_by_entry_id"]
        and not entry["reverses_entry_id"]
        and not entry["vat_return_id"],
    )


CONTROLLERS = (Books,)
