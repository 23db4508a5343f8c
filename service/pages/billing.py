"""Sales › Contracts and billing batches: what was agreed, what is due, and the choice of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.billing import Level
from domain.contracts import ContractKind, Every
from domain.errors import Refused
from domain.money import parse_amount
from domain.sales import Nature
from service import answers
from service.house import House
from service.lists import MOST
from service.operations import batches, contracts, origins, records
from service.operations.billable import Wanted
from service.operations.sessions import Session
from service.pages.customers import to_choose
from service.pages.desk import FRAGMENT, Desk, PageController, in_words
from service.pages.typed import decimal_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Many = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
CONTRACTS, BATCHES = "/sales/contracts", "/sales/batches"
_TYPED = ("name", "kind", "every", "nature", "start", "end")
_NUMBERS = ("price", "quantity", "overage_price", "vat_rate")
_FLAGS = ("rolls_over", "in_advance", "taxable", "active")
_KINDS = ("time", "ticket", "product", "expense")


class Contracts(PageController):
    path = CONTRACTS

    @get(sync_to_thread=True)
    def list_contracts(
        self,
        house: House,
        session: Session,
        request: Asked,
        ended: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        page = contracts.list_contracts(
            house, session.who, desk.company_id, active_only=not ended, cursor=cursor
        )
        return desk.show("contracts.html", here="sales", page=page, ended=ended, cursor=cursor)

    @get("/new", sync_to_thread=True)
    def new(
        self, house: House, session: Session, request: Asked, customer_id: str = ""
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        today = house.now().date().isoformat()
        known = {"customer_id": customer_id, "start": today, "taxable": True, "active": True}
        return _contract(desk, known)

    @post("/new", status_code=200, sync_to_thread=True)
    def add(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            made = contracts.add(house, session.who, data.get("customer_id", ""), _said(data))
        except Refused as refusal:
            return _contract(desk, _again(data), refusal=refusal)
        return desk.go(f"{CONTRACTS}/{made['id']}", "contract_saved")

    @get("/{contract_id:str}", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, contract_id: str
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        view = contracts.get(house, session.who, contract_id)
        return _contract(desk, view, view)

    @post("/{contract_id:str}", status_code=200, sync_to_thread=True)
    def save(
        self, house: House, session: Session, request: Asked, contract_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        version = int(data["version"]) if data.get("version", "").isdecimal() else None
        try:
            contracts.change(house, session.who, contract_id, _said(data), version)
        except Refused as refusal:
            view = contracts.get(house, session.who, contract_id)
            return _contract(desk, {**view, **_again(data)}, view, refusal=refusal)
        return desk.go(f"{CONTRACTS}/{contract_id}", "contract_saved")

    @post("/{contract_id:str}/records", status_code=200, sync_to_thread=True)
    def record(
        self, house: House, session: Session, request: Asked, contract_id: str, data: Form
    ) -> Response[Any]:
        """Something that was done under the contract."""
        desk = Desk.of(house, session, request)
        view = contracts.get(house, session.who, contract_id)
        said = {name: data[name] for name in ("kind", "text", "ticket", "served_on")
                if data.get(name)}  # fmt: skip
        said |= {name: decimal_of(data[name]) for name in ("quantity", "unit_price")
                 if data.get(name)}  # fmt: skip
        try:
            records.add_record(
                house, session.who, view["customer_id"],
                {**said, "contract_id": contract_id, "finished": "finished" in data},
            )  # fmt: skip
        except Refused as refusal:
            return _contract(desk, view, view, refusal=refusal, typed=data)
        return desk.go(f"{CONTRACTS}/{contract_id}", "record_added")

    @post("/{contract_id:str}/records/{record_id:str}", status_code=200, sync_to_thread=True)
    def work(
        self,
        house: House,
        session: Session,
        request: Asked,
        contract_id: str,
        record_id: str,
        data: Form,
    ) -> Response[Any]:
        """Say that work is finished or not, or take it back."""
        desk = Desk.of(house, session, request)
        contracts.get(house, session.who, contract_id)
        if data.get("do") == "delete":
            records.delete_record(house, session.who, record_id)
        else:
            records.finish(house, session.who, record_id, data.get("do") == "finish")
        return desk.go(f"{CONTRACTS}/{contract_id}")


class Batches(PageController):
    path = BATCHES

    @get(sync_to_thread=True)
    def list_batches(
        self, house: House, session: Session, request: Asked, cursor: str | None = None
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        page = batches.list_batches(house, session.who, desk.company_id, cursor=cursor)
        return desk.show("batches.html", here="sales", page=page, cursor=cursor)

    @get("/new", sync_to_thread=True)
    def new(
        self,
        house: House,
        session: Session,
        request: Asked,
        kind: str = "",
        taxable: str = "",
        customer_id: str = "",
        until: date | None = None,
        least: str = "",
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        asked = {"kind": kind, "taxable": taxable, "customer_id": customer_id,
                 "until": until.isoformat() if until else "", "least": least}  # fmt: skip
        return _choose(desk, asked)

    @post("/new", status_code=200, sync_to_thread=True)
    def make(self, house: House, session: Session, request: Asked, data: Many) -> Response[Any]:
        """Make the drafts; with the header of our scripts, only the figures of the choice."""
        desk = Desk.of(house, session, request)
        wanted = _wanted(desk, data, chosen=tuple(_listed(data.get("take"))))
        if FRAGMENT in request.headers or data.get("do") == "count":
            view = batches.preview(house, session.who, wanted)
            if FRAGMENT not in request.headers:
                return _choose(desk, data, view)
            content = desk.piece("batch_panel.html", view=view)
            return Response(content, media_type="text/html")
        try:
            issued = _day(data.get("issued_on"))
            made = batches.make(
                house, session.who, wanted, name=str(data.get("name") or ""), issued_on=issued
            )
        except Refused as refusal:
            view = batches.preview(house, session.who, wanted)
            return _choose(desk, data, view, refusal)
        return desk.go(
            f"{BATCHES}/{made['id']}", "batch_made", number=str(len(made["drafts"])),
            undo=f"{BATCHES}/{made['id']}/delete",
        )  # fmt: skip

    @get("/{batch_id:str}", sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, batch_id: str) -> Response[str]:
        desk = Desk.of(house, session, request)
        return _batch(desk, batch_id)

    @post("/{batch_id:str}/delete", status_code=200, sync_to_thread=True)
    def remove(
        self, house: House, session: Session, request: Asked, batch_id: str
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            batches.delete(house, session.who, batch_id)
        except Refused as refusal:
            return _batch(desk, batch_id, refusal)
        return desk.go(BATCHES, "batch_deleted")


def _batch(desk: Desk, batch_id: str, refusal: Refused | None = None) -> Response[str]:
    house, who = desk.house, desk.session.who
    return desk.show(
        "batch.html",
        here="sales",
        view=batches.get(house, who, batch_id),
        born=origins.born(house, who, batch_id),
        refusal=_words(desk, refusal),
        status_code=answers.status_of(refusal) if refusal else 200,
    )


def _contract(
    desk: Desk,
    known: Mapping[str, Any],
    view: Mapping[str, Any] | None = None,
    *,
    refusal: Refused | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    house, who = desk.house, desk.session.who
    company_id = view["company_id"] if view else desk.company_id
    work = []
    if view:
        found = records.list_records(house, who, customer_id=view["customer_id"], limit=MOST)
        work = [one for one in found["items"] if one["contract_id"] == view["id"]]
    return desk.show(
        "contract.html",
        here="sales",
        known=known,
        view=view,
        customers=to_choose(desk, company_id, known.get("customer_id")),
        work=work,
        typed=typed or {},
        kinds=[kind.value for kind in ContractKind],
        periods=[every.value for every in Every],
        natures=[nature.value for nature in Nature],
        record_kinds=_KINDS,
        refusal=_words(desk, refusal),
        status_code=answers.status_of(refusal) if refusal else 200,
    )


def _choose(
    desk: Desk,
    asked: Mapping[str, Any],
    view: dict[str, Any] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    if desk.company_id and view is None:
        view = batches.preview(desk.house, desk.session.who, _wanted(desk, asked))
    return desk.show(
        "batch_new.html",
        here="sales",
        view=view,
        asked=asked,
        kinds=[*(kind.value for kind in ContractKind), "none"],
        levels=[level.value for level in Level],
        today=desk.house.now().date().isoformat(),
        refusal=_words(desk, refusal),
        status_code=answers.status_of(refusal) if refusal else 200,
    )


def _wanted(desk: Desk, asked: Mapping[str, Any], chosen: tuple[str, ...] | None = None) -> Wanted:
    level = str(asked.get("level") or Level.RECORD.value)
    least = decimal_of(str(asked.get("least") or ""))
    try:
        at_least = parse_amount(least) if least else None
    except ValueError:
        at_least = None
    return Wanted(
        company_id=desk.company_id,
        customer_id=str(asked.get("customer_id") or ""),
        kind=str(asked.get("kind") or ""),
        taxable={"yes": True, "no": False}.get(str(asked.get("taxable") or "")),
        until=_day(asked.get("until")),
        at_least=at_least,
        chosen=chosen,
        one_per_customer=bool(asked.get("one_per_customer")),
        level=Level(level) if level in set(Level) else Level.RECORD,
    )


def _said(data: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {name: data[name] for name in _TYPED if data.get(name)}
    said["name"] = data.get("name", "")
    said |= {name: decimal_of(data[name]) for name in _NUMBERS if data.get(name, "").strip()}
    return said | {name: name in data for name in _FLAGS}


def _again(data: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, for the form to show again."""
    return {**data, **{name: name in data for name in _FLAGS}}


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        return None


def _words(desk: Desk, refusal: Refused | None) -> Any:
    return in_words(desk.words, refusal) if refusal else None


CONTROLLERS = (Contracts, Batches)
