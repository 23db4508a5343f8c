"""The audit log for people: filtered, a page at a time, each line leading to its thing."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response, get

from domain.errors import Invalid
from service.house import House
from service.operations import access, api_keys, audit
from service.operations.audit import Wanted
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController

PAGES = {"imp": "/imports/", "doc": "/documents/", "ent": "/books/", "dlv": "/settings/deliveries/"}


class Audit(PageController):
    path = "/settings/audit"

    @get(sync_to_thread=True)
    def page(
        self,
        house: House,
        session: Session,
        request: Request[Any, Any, Any],
        person: str = "",
        kind: str = "",
        subject: str = "",
        since: str = "",
        until: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        who, desk = session.who, Desk.of(house, session, request)
        asked: dict[str, Any] = {
            "person": person,
            "kind": kind,
            "subject": subject.strip(),
            "company_id": desk.company_id if len(desk.companies) > 1 else None,
            "since": _day(since),
            "until": _day(until),
        }
        wanted = Wanted(**{name: value or None for name, value in asked.items()})
        given = {name: str(value) for name, value in asked.items() if value}
        return desk.show(
            "settings_audit.html",
            here="settings",
            page=audit.list_lines(house, who, wanted, cursor=cursor),
            people=[*access.list_users(house, who), *api_keys.list_keys(house, who)],
            kinds=audit.KINDS,
            wanted=wanted,
            context=f"?{urlencode(given)}" if given else "",
            addresses=_page_of,
        )


def _page_of(subject: str) -> str:
    """Where a thing is shown, if it has a page of its own."""
    page = PAGES.get(subject.partition("_")[0])
    return page + subject if page else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("This is not a day.", code="invalid_day", fields=["since", "until"]) from None


CONTROLLERS = (Audit,)
