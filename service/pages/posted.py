"""Books › Documents: what is posted, with its entry and its paper."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from service.house import House
from service.operations import posted
from service.operations.posted import Wanted
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController

Asked = Request[Any, Any, Any]


class PostedDocuments(PageController):
    path = "/books/documents"

    @get(sync_to_thread=True)
    def list_posted(
        self,
        house: House,
        session: Session,
        request: Asked,
        q: str = "",
        journal: str = "",
        since: str = "",
        until: str = "",
        by: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        wanted = Wanted(desk.company_id, journal, _day(since), _day(until), q, by)
        given = {"q": q, "journal": journal, "since": since, "until": until, "by": by}
        return desk.show(
            "posted.html",
            here="books",
            page=posted.posted_documents(house, session.who, wanted, cursor=cursor),
            journals=posted.journals(house, session.who, desk.company_id),
            given=given,
            query=urlencode({name: value for name, value in given.items() if value}),
            cursor=cursor,
        )


def _day(text: str) -> date | None:
    """A day of the form; what is none narrows nothing."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


CONTROLLERS = (PostedDocuments,)
