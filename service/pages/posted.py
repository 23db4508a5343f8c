"""Books › Documents: what is posted, with its entry and its paper."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from service.house import House
from service.operations import posted
from service.operations.posted import Wanted
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController
from service.pages.typed import day_of

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
        wanted = Wanted(desk.company_id, journal, day_of(since), day_of(until), q, by)
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


CONTROLLERS = (PostedDocuments,)
