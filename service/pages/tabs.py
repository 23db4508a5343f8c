"""The tabs: what each category holds, searched, sorted, and dealt with by the handful."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.documents import POSTABLE
from domain.errors import Refused
from service.house import House
from service.operations import bulk, documents, rearranging, saved_views
from service.operations.selection import Filter
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import decimal_of

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]


class Tabs(PageController):
    path = "/categories/{category:str}"

    @get(sync_to_thread=True)
    def list_documents(
        self,
        house: House,
        session: Session,
        request: Asked,
        category: str,
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        wanted = listed(request, category=category, company_id=desk.company_id)
        page = documents.list_documents(house, session.who, wanted, cursor=cursor)
        states = ("to_post", "posted") if category in POSTABLE else ("filed",)
        return desk.show(
            "category.html",
            here=category,
            category=category,
            page=page,
            wanted=wanted,
            said=wanted.query(),
            cursor=cursor,
            context=query_of(wanted),
            sorted_by=lambda column: _sorted_by(wanted, column),
            statuses=(*states, "deleted"),
            views=saved_views.list_views(house, session.who, category),
        )

    @post("/bulk", status_code=200, sync_to_thread=True)
    def act(
        self, house: House, session: Session, request: Asked, category: str, data: Form
    ) -> Response[None]:
        """What the person chose to do to the documents they ticked."""
        desk = Desk.of(house, session, request)
        chosen = data.get("document", [])  # one alone comes as text
        ids = [chosen] if isinstance(chosen, str) else chosen
        back = f"/categories/{category}{query_of(listed(request))}"
        if data.get("do") == "join":
            return _joined(desk, ids, back)
        result = bulk.act(
            house,
            session.who,
            str(data.get("do", "")),
            ids,
            str(data.get("category", "")) or None,
        )
        done, refused = len(result["done"]), result["refused"]
        if refused:
            why = desk.words.refusal(refused[0]["code"], refused[0]["message"], {})
            return desk.go(back, "bulk_in_part", done=str(done), left=str(len(refused)), why=why)
        return desk.go(back, f"bulk_{result['action']}", done=str(done))

    @post("/views", status_code=200, sync_to_thread=True)
    def save_view(
        self, house: House, session: Session, request: Asked, category: str, data: Form
    ) -> Response[None]:
        wanted = listed(request)
        name = str(data.get("name", ""))
        saved_views.save_view(house, session.who, category, name, wanted.query())
        desk = Desk.of(house, session, request)
        return desk.go(f"/categories/{category}{query_of(wanted)}", "view_saved", name=name)

    @post("/views/{view_id:str}/delete", status_code=200, sync_to_thread=True)
    def delete_view(
        self, house: House, session: Session, request: Asked, category: str, view_id: str
    ) -> Response[None]:
        saved_views.delete_view(house, session.who, view_id)
        return Desk.of(house, session, request).go(f"/categories/{category}", "view_deleted")


def _joined(desk: Desk, document_ids: list[str], back: str) -> Response[None]:
    """One document of several; the page is that of the one."""
    try:
        made = rearranging.join(desk.house, desk.session.who, document_ids)["documents"]
    except Refused as refusal:
        why, advice = in_words(desk.words, refusal)
        return desk.go(back, "not_joined", why=f"{why} {advice}".strip())
    return desk.go(f"/documents/{made[0]['id']}", "arranged_join")


def listed(request: Asked, **known: Any) -> Filter:
    """The list that the address of a page asks for; its amounts are as people write them."""
    said = dict(request.query_params)
    for name in ("least", "most"):
        said[name] = decimal_of(said.get(name, ""))
    return Filter.of(said, **known)


def query_of(wanted: Filter) -> str:
    """The query string that shows the same list again; empty for the plain one."""
    said = wanted.query()
    return f"?{urlencode(said)}" if said else ""


def _sorted_by(wanted: Filter, column: str) -> dict[str, str]:
    """The list sorted by a column: `address`, and which way it is sorted by it now, for ARIA."""
    # People look for names from A, and for the newest and the dearest.
    first, other = (column, f"-{column}") if column == "supplier" else (f"-{column}", column)
    way = {column: "ascending", f"-{column}": "descending"}.get(wanted.sort, "none")
    said = wanted.query() | {"sort": other if wanted.sort == first else first}
    return {"address": f"?{urlencode(said)}", "way": way}


CONTROLLERS = (Tabs,)
