"""Drafts: the list with what is done to many, the page of one, and the merge as it would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.countries import country
from domain.drafts import PRICINGS, State
from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import (
    deposits,
    drafts,
    finalising,
    merges,
    origins,
    rebilling,
    sales_invoices,
)
from service.operations.sessions import Session
from service.pages.customers import to_choose
from service.pages.desk import FRAGMENT, Desk, PageController, Said, in_words
from service.pages.typed import decimal_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME, INVOICES = "/sales/drafts", "/sales/invoices"
HEAD = (
    "customer_id", "name", "title", "kind", "pricing", "mission", "issued_on", "due_on",
    "order_reference", "introduction", "closing", "currency", "exchange_rate", "language",
)  # fmt: skip
LINE = ("id", "text", "details", "quantity", "unit", "unit_price", "discount_percent", "vat_rate",
        "nature", "served_on", "account")  # fmt: skip
_NUMBERS = ("quantity", "unit_price", "discount_percent", "vat_rate")


class Drafts(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def list_drafts(
        self,
        house: House,
        session: Session,
        request: Asked,
        q: str = "",
        born_from: str | None = None,
        cursor: str | None = None,
    ) -> Response[str]:
        return _list(Desk.of(house, session, request), q=q, born_from=born_from, cursor=cursor)

    @post(status_code=200, sync_to_thread=True)
    def act(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        chosen = [name.partition(".")[2] for name in data if name.startswith("draft.")]
        act = data.get("do", "")
        if act == "merge" and len(chosen) > 1:
            return desk.go(f"{HOME}/merge?main={chosen[0]}&others={','.join(chosen[1:])}")
        if act == "finalise" and chosen:
            # The list has the newest first; numbers follow the order they were made in.
            done = finalising.finalise_many(house, session.who, sorted(chosen))
            if done["refused"]:
                return _list(desk, refused=done["refused"], done=done["done"])
            numbers = [one["number"] for one in done["done"]]
            return desk.go(INVOICES, "drafts_finalised", first=numbers[0], last=numbers[-1])
        if act == "delete" and chosen:
            for one in chosen:
                drafts.delete(house, session.who, one)
            undo = f"{HOME}/{chosen[0]}/restore" if len(chosen) == 1 else ""
            return desk.go(HOME, "drafts_deleted", number=str(len(chosen)), undo=undo)
        return desk.go(HOME, "nothing_chosen")

    @post("/finalise-all", status_code=200, sync_to_thread=True)
    def finalise_all(
        self, house: House, session: Session, request: Asked, data: Form
    ) -> Response[Any]:
        """All drafts of an import or a batch; with the header of our scripts, some of them, and
        where to go on. The script says the number the first one got.
        """
        desk, in_rounds = Desk.of(house, session, request), FRAGMENT in request.headers
        origin, cursor = data.get("born_from", ""), data.get("cursor", "")
        numbers = [data["first"]] if data.get("first") else []
        refused: list[dict[str, Any]] = []
        while True:
            some = origins.finalise_next(house, session.who, origin, after=cursor)
            numbers += [one["number"] for one in some["done"]]
            refused += some["refused"]
            cursor = some["next_cursor"] or ""
            if in_rounds or not cursor:
                break
        said = {"first": numbers[0], "last": numbers[-1]} if numbers else {}
        code = "drafts_finalised" if said else "nothing_chosen"
        if in_rounds:
            seen = {"left": some["left"], "cursor": cursor, "refused": len(refused),
                    "first": said.get("first", ""), "address": INVOICES}  # fmt: skip
            cookies = [] if cursor else [Said(code, said).cookie(house.settings)]
            return Response(seen, cookies=cookies)
        if refused:
            return _list(desk, born_from=origin, refused=refused)
        return desk.go(INVOICES, code, **said)

    @get("/new", sync_to_thread=True)
    def empty(
        self, house: House, session: Session, request: Asked, customer_id: str = ""
    ) -> Response[str]:
        return _page(Desk.of(house, session, request), None, {"customer_id": customer_id})

    @post("/new", status_code=200, sync_to_thread=True)
    def add(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            made = drafts.create(house, session.who, desk.company_id, _values(data))
        except Refused as refusal:
            return _page(desk, None, data, refusal)
        return desk.go(f"{HOME}/{made['id']}", "draft_made")

    @post("/totals", status_code=200, sync_to_thread=True)
    def totals(self, house: House, session: Session, request: Asked, data: Form) -> Response[str]:
        """What the typed lines come to, for our script: a piece of the page."""
        desk = Desk.of(house, session, request)
        seen = drafts.preview_totals(house, session.who, desk.company_id, _values(data))
        content = desk.piece("draft_totals.html", totals=seen, currency=data.get("currency", ""))
        return Response(content, media_type="text/html")

    @get("/merge", sync_to_thread=True)
    def merge_preview(
        self, house: House, session: Session, request: Asked, main: str = "", others: str = ""
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        ids = [one for one in dict.fromkeys([main, *others.split(",")]) if one]
        if len(ids) < 2:
            return desk.go(HOME, "nothing_chosen")
        return _merge_page(desk, ids)

    @post("/merge", status_code=200, sync_to_thread=True)
    def merge(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        main = data.get("main", "")
        others = [one for one in data.get("ids", "").split(",") if one and one != main]
        merges.merge(house, session.who, main, others, _version(data))
        return desk.go(f"{HOME}/{main}", "drafts_merged", undo=f"{HOME}/{main}/unmerge")

    @get("/{draft_id:str}", sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, draft_id: str) -> Response[Any]:
        desk = Desk.of(house, session, request)
        view = drafts.get(house, session.who, draft_id)
        if view["state"] != State.DRAFT:
            return desk.go(f"/sales/invoices/{draft_id}")
        return _page(desk, view)

    @post("/{draft_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, draft_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        view = drafts.get(house, session.who, draft_id)
        try:
            return _done(desk, view, data)
        except Refused as refusal:
            return _page(desk, view, data, refusal)

    @post("/{draft_id:str}/deposit", status_code=200, sync_to_thread=True)
    def ask_deposit(
        self, house: House, session: Session, request: Asked, draft_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            made = deposits.ask(
                house,
                session.who,
                draft_id,
                percent=decimal_of(data.get("percent", "")),
                amount=decimal_of(data.get("amount", "")),
            )
        except Refused as refusal:
            return _page(desk, drafts.get(house, session.who, draft_id), None, refusal)
        return desk.go(f"{HOME}/{made['id']}", "deposit_asked")

    @post("/{draft_id:str}/deposits", status_code=200, sync_to_thread=True)
    def deduct(
        self, house: House, session: Session, request: Asked, draft_id: str, data: Form
    ) -> Response[Any]:
        desk, one = Desk.of(house, session, request), data.get("deposit", "")
        try:
            deposits.deduct(house, session.who, draft_id, [one], _version(data))
        except Refused as refusal:
            return _page(desk, drafts.get(house, session.who, draft_id), None, refusal)
        return desk.go(f"{HOME}/{draft_id}", "deposit_deducted")

    @post("/{draft_id:str}/restore", status_code=200, sync_to_thread=True)
    def restore(
        self, house: House, session: Session, request: Asked, draft_id: str
    ) -> Response[Any]:
        drafts.restore(house, session.who, draft_id)
        return Desk.of(house, session, request).go(f"{HOME}/{draft_id}", "draft_restored")

    @post("/{draft_id:str}/unmerge", status_code=200, sync_to_thread=True)
    def unmerge(
        self, house: House, session: Session, request: Asked, draft_id: str
    ) -> Response[Any]:
        merges.undo(house, session.who, draft_id)
        return Desk.of(house, session, request).go(HOME, "drafts_separated")


def _done(desk: Desk, view: dict[str, Any], data: dict[str, str]) -> Response[Any]:
    """Do what was pressed on the page of a draft; what was typed is kept first."""
    house, who, draft_id = desk.house, desk.session.who, view["id"]
    act, version = data.get("do", "save"), _version(data)
    here = f"{HOME}/{draft_id}"
    if act == "delete":
        drafts.delete(house, who, draft_id, version)
        return desk.go(HOME, "drafts_deleted", number="1", undo=f"{here}/restore")
    if act == "duplicate":
        made = drafts.duplicate(house, who, draft_id)
        return desk.go(f"{HOME}/{made['id']}", "draft_duplicated")
    changed = drafts.change(house, who, draft_id, _values(data), version)
    if act == "finalise":
        done = finalising.finalise(house, who, draft_id, changed["version"])
        return desk.go(f"/sales/invoices/{draft_id}", "invoice_finalised", invoice=done["number"])
    if act.startswith("put-back "):
        rebilling.put_back(house, who, draft_id, [act.partition(" ")[2]], changed["version"])
        return desk.go(here, "line_put_back")
    return desk.go(here, "saved")


def _values(data: Mapping[str, str]) -> dict[str, Any]:
    """The form as the operations take it; rows without any text are none."""
    values: dict[str, Any] = {name: data[name] for name in HEAD if name in data}
    if "exchange_rate" in values:
        values["exchange_rate"] = decimal_of(values["exchange_rate"])
    places = sorted(
        {int(p) for name in data if (p := name.removeprefix("line.").partition(".")[0]).isdecimal()}
    )
    lines = [{column: data.get(f"line.{n}.{column}", "") for column in LINE} for n in places]
    for line in lines:
        line.update({name: decimal_of(line[name]) for name in _NUMBERS})
    values["lines"] = [line for line in lines if line["text"].strip()]
    return values


def _version(data: Mapping[str, str]) -> int | None:
    return int(data["version"]) if data.get("version", "").isdecimal() else None


def _list(
    desk: Desk,
    *,
    q: str = "",
    born_from: str | None = None,
    cursor: str | None = None,
    refused: list[dict[str, Any]] | None = None,
    done: list[dict[str, Any]] | None = None,
) -> Response[str]:
    page = drafts.list_drafts(
        desk.house, desk.session.who, desk.company_id, q=q, born_from=born_from, cursor=cursor
    )
    said = {
        one["draft_id"]: desk.words.refusal(one["code"], one["message"], {})
        for one in refused or ()
    }
    return desk.show(
        "drafts.html", here="sales", q=q, cursor=cursor, born_from=born_from, page=page,
        refused=said, done=done,
        born=origins.born(desk.house, desk.session.who, born_from) if born_from else None,
    )  # fmt: skip


def _page(
    desk: Desk,
    view: dict[str, Any] | None,
    data: dict[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    who = desk.session.who
    known: dict[str, Any] = {**(view or {}), **(data or {})}
    lines = _values(data)["lines"] if data and refusal else (view["lines"] if view else [])
    company_id = view["company_id"] if view else desk.company_id
    company = next((one for one in desk.companies if one["id"] == company_id), None)
    rates = (
        [f"{one.rate}" for one in country(company["country"]).sales_treatments.values() if one.rate]
        if company
        else []
    )
    return desk.show(
        "draft.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        known=known,
        lines=lines,
        totals=view,
        currency=(view or {}).get("currency") or (company or {}).get("currency", ""),
        customers=to_choose(desk, company_id, known.get("customer_id")),
        rates=rates,
        books=(company or {}).get("currency", ""),
        offered=_offered(desk, view),
        pricings=PRICINGS,
        history=sales_invoices.history(desk.house, who, view["id"]) if view else [],
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
    )


def _offered(desk: Desk, view: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The deposits that a draft may deduct; none of one that is not changed any more."""
    if view is None or view["deleted"] or view["merged_into_id"]:
        return []
    return deposits.offered(desk.house, desk.session.who, view["id"])


def _merge_page(desk: Desk, ids: list[str]) -> Response[str]:
    """The result of merging into the first of `ids`; refused ones are said on the page."""
    seen, refusal = None, None
    try:
        seen = merges.preview(desk.house, desk.session.who, ids[0], ids[1:])
    except Refused as found:
        refusal = found
    before = [drafts.get(desk.house, desk.session.who, one) for one in ids]
    return desk.show(
        "draft_merge.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        ids=ids,
        before=before,
        result=seen["result"] if seen else None,
        refusal=in_words(desk.words, refusal) if refusal else None,
    )


CONTROLLERS = (Drafts,)
