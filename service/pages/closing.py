"""Books › Closing: what the end of a period asks for, worked out and put into the form of an entry.

Nothing is posted from here: each proposal opens `pages.handwritten`, where a person posts it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from litestar import Request, Response, get

from domain.countries import country
from domain.errors import Refused
from domain.people import Scope
from service import answers
from service.house import House
from service.operations import closing
from service.operations.sessions import Session
from service.pages import handwritten
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import account_of, decimal_of

Asked = Request[Any, Any, Any]
_AMOUNTS = ("amount", "vat", "booked", "foreign", "rate", "years", "months")


class Closing(PageController):
    path = "/books/closing"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked) -> Response[str]:
        session.who.must(Scope.BOOKS_WRITE)
        return _page(Desk.of(house, session, request), {})

    @get("/entry", sync_to_thread=True)
    def propose(
        self, house: House, session: Session, request: Asked, kind: str = ""
    ) -> Response[str]:
        """The form of an entry, filled with what was asked for."""
        session.who.must(Scope.BOOKS_WRITE)
        desk = Desk.of(house, session, request)
        typed = {name: text.strip() for name, text in request.query_params.items()}
        values = {name: decimal_of(t) if name in _AMOUNTS else t for name, t in typed.items()}
        values["account"] = account_of(values.get("account", ""))
        try:
            made = closing.proposed(house, session.who, desk.company_id, kind, values)
        except Refused as refusal:
            return _page(desk, typed, refusal)
        return handwritten.form(desk, made)


def _page(desk: Desk, typed: dict[str, str], refusal: Refused | None = None) -> Response[str]:
    if desk.company is None:
        return desk.show("choose_company.html", here="books", section="closing")
    today = desk.house.now().date()
    return desk.show(
        "closing.html",
        here="books",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        typed=typed,
        kinds=[
            k for k in closing.KINDS if k != "exchange" and (k != "private_share" or _shares(desk))
        ],
        # Most people close a year in the months after it.
        day=typed.get("closing") or date(today.year - (today.month < 7), 12, 31).isoformat(),
        foreign=closing.foreign_items(desk.house, desk.session.who, desk.company["id"]),
    )


def _shares(desk: Desk) -> bool:
    return desk.company is not None and (
        country(desk.company["country"]).closing.private_share is not None
    )


CONTROLLERS = (Closing,)
