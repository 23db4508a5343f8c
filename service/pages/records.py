"""Sales › To invoice: what was done and waits for its invoice, one by one or from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from domain.sales import Nature
from service import answers
from service.house import House
from service.lists import MOST
from service.operations import contracts, rebilling, record_files, records
from service.operations.sessions import Session
from service.pages.customers import to_choose
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import decimal_of
from service.spreadsheets import LARGEST_FILE

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Sent = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
Asked = Request[Any, Any, Any]
HOME = "/sales/records"
_TYPED = ("kind", "text", "details", "unit", "nature", "served_on", "ticket", "contract_id")
_NUMBERS = ("quantity", "unit_price", "discount_percent", "vat_rate")
_SHOWN_FILES = 5


class Records(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def list_records(
        self,
        house: House,
        session: Session,
        request: Asked,
        customer_id: str = "",
        contract_id: str = "",
        kind: str = "",
        status: str = records.OPEN,
        cursor: str | None = None,
    ) -> Response[str]:
        asked = {
            "customer_id": customer_id,
            "contract_id": contract_id,
            "kind": kind,
            "status": status,
        }
        return _list(Desk.of(house, session, request), asked, cursor)

    @post(status_code=200, sync_to_thread=True)
    def chosen(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        """A draft of what is chosen, or all of it taken back."""
        desk = Desk.of(house, session, request)
        ids = [name.removeprefix("record.") for name in data if name.startswith("record.")]
        try:
            if data.get("do") == "delete":
                for one in ids:
                    records.delete_record(house, session.who, one)
                return desk.go(HOME, "record_deleted")
            made = rebilling.draft_of_records(house, session.who, ids)
        except Refused as refusal:
            return _list(desk, {"status": records.OPEN}, None, refusal)
        return desk.go(f"/sales/drafts/{made['id']}", "draft_added")

    @post("/files", status_code=200, request_max_body_size=LARGEST_FILE + 64 * 1024)
    async def receive(
        self, house: House, session: Session, request: Asked, data: Sent
    ) -> Response[Any]:
        sent = data.get("file")
        name, content = "", b""
        if isinstance(sent, UploadFile):
            name, content = sent.filename, await sent.read()
        company_id = str(data.get("company_id") or "") or None

        def act() -> Response[Any]:
            desk = Desk.of(house, session, request)
            try:
                made = record_files.receive(
                    house, session.who, company_id or desk.company_id, name, content
                )
            except Refused as refusal:
                return _list(desk, {"status": records.OPEN}, None, refusal)
            return desk.go(
                HOME, "records_taken", number=str(made["records"]),
                undo=f"{HOME}/files/{made['id']}/undo",
            )  # fmt: skip

        return await sync_to_thread(act)

    @post("/files/{record_file_id:str}/undo", status_code=200, sync_to_thread=True)
    def undo(
        self, house: House, session: Session, request: Asked, record_file_id: str
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            record_files.undo(house, session.who, record_file_id)
        except Refused as refusal:
            if answers.status_of(refusal) == 404:
                raise
            return _list(desk, {"status": records.OPEN}, None, refusal)
        return desk.go(HOME, "records_undone")

    @get("/contracts", sync_to_thread=True)
    def contract_options(
        self,
        house: House,
        session: Session,
        request: Asked,
        customer_id: str = "",
        without: str = "",
    ) -> Response[str]:
        """The contracts of a customer, for the list of a form."""
        desk = Desk.of(house, session, request)
        found = _contracts(desk, desk.company_id, customer_id)
        content = desk.piece("contract_options.html", contracts=found, chosen="", without=without)
        return Response(content, media_type="text/html")

    @get("/new", sync_to_thread=True)
    def new(
        self,
        house: House,
        session: Session,
        request: Asked,
        customer_id: str = "",
        contract_id: str = "",
    ) -> Response[str]:
        today = house.now().date().isoformat()
        known = {"customer_id": customer_id, "contract_id": contract_id, "served_on": today,
                 "nature": Nature.SERVICES.value, "finished": True}  # fmt: skip
        return _page(Desk.of(house, session, request), None, known)

    @post("/new", status_code=200, sync_to_thread=True)
    def add(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            said = {name: value for name, value in _said(data).items() if value != ""}
            records.add_record(house, session.who, data.get("customer_id", ""), said)
        except Refused as refusal:
            return _page(desk, None, {**data, "finished": "finished" in data}, refusal)
        if data.get("do") == "another":
            return desk.go(f"{HOME}/new?customer_id={data['customer_id']}", "record_added")
        return desk.go(HOME, "record_added")

    @get("/{record_id:str}", sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, record_id: str) -> Response[str]:
        view = records.get_record(house, session.who, record_id)
        return _page(Desk.of(house, session, request), view, view)

    @post("/{record_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, record_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        version = int(data["version"]) if data.get("version", "").isdecimal() else None
        try:
            if data.get("do") == "delete":
                records.delete_record(house, session.who, record_id, version)
                return desk.go(HOME, "record_deleted", undo=f"{HOME}/{record_id}/restore")
            records.change_record(house, session.who, record_id, _said(data), version)
        except Refused as refusal:
            view = records.get_record(house, session.who, record_id)
            return _page(desk, view, {**view, **data, "finished": "finished" in data}, refusal)
        return desk.go(HOME, "saved")

    @post("/{record_id:str}/restore", status_code=200, sync_to_thread=True)
    def restore(
        self, house: House, session: Session, request: Asked, record_id: str
    ) -> Response[Any]:
        records.restore_record(house, session.who, record_id)
        return Desk.of(house, session, request).go(HOME, "record_restored")


def _list(
    desk: Desk,
    asked: Mapping[str, str],
    cursor: str | None,
    refusal: Refused | None = None,
) -> Response[str]:
    house, who, company = desk.house, desk.session.who, desk.company_id
    status = asked.get("status", "")
    page = company and records.list_records(
        house, who, company,
        customer_id=asked.get("customer_id"), contract_id=asked.get("contract_id"),
        kind=asked.get("kind"), state=status if status in records.STATES else None,
        open_only=False, newest_first=True, cursor=cursor,
    )  # fmt: skip
    return desk.show(
        "records.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        faults=refusal.details.get("faults", ()) if refusal else (),
        page=page,
        asked=asked,
        cursor=cursor,
        kinds=(*records.KINDS, "fee", "overage"),
        states=records.STATES,
        customers=to_choose(desk, company, asked.get("customer_id")),
        contracts=_contracts(desk, company, asked.get("customer_id")),
        files=record_files.list_files(house, who, company, limit=_SHOWN_FILES)["items"]
        if company
        else [],
    )


def _page(
    desk: Desk,
    view: Mapping[str, Any] | None,
    known: Mapping[str, Any],
    refusal: Refused | None = None,
) -> Response[str]:
    company_id = view["company_id"] if view else desk.company_id
    return desk.show(
        "record.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
        view=view,
        known=known,
        customers=[] if view else to_choose(desk, company_id, known.get("customer_id")),
        contracts=_contracts(
            desk, company_id, view["customer_id"] if view else known.get("customer_id")
        ),
        kinds=records.KINDS,
        natures=[nature.value for nature in Nature],
    )


def _contracts(desk: Desk, company_id: str | None, customer_id: str | None) -> list[dict[str, Any]]:
    """The contracts that can be chosen: those of the customer who is."""
    if not company_id or not customer_id:
        return []
    return contracts.list_contracts(
        desk.house, desk.session.who, company_id, customer_id=customer_id, limit=MOST
    )["items"]


def _said(data: Mapping[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {name: data[name] for name in _TYPED if name in data}
    said |= {name: decimal_of(data[name]) for name in _NUMBERS if name in data}
    return said | {"finished": "finished" in data}


CONTROLLERS = (Records,)
