"""Suppliers: the list with its twins, the file of one, and the merge of two as it would be."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import supplier_files, supplier_ibans, supplier_merges
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
TYPED = ("name", "siren", "vat_id", "uid", "auxiliary")


class Suppliers(PageController):
    path = "/suppliers"

    @get(sync_to_thread=True)
    def list_suppliers(
        self,
        house: House,
        session: Session,
        request: Asked,
        q: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        company = desk.company_id
        return desk.show(
            "suppliers.html",
            here="suppliers",
            q=q,
            cursor=cursor,
            page=supplier_files.list_suppliers(house, session.who, company, q=q, cursor=cursor)
            if company
            else None,
            twins=supplier_merges.list_twins(house, session.who, company) if company else [],
        )

    @post("/twins", status_code=200, sync_to_thread=True)
    def tell_apart(
        self, house: House, session: Session, request: Asked, data: Form
    ) -> Response[Any]:
        supplier_merges.tell_apart(
            house, session.who, data.get("first", ""), data.get("second", "")
        )
        return Desk.of(house, session, request).go("/suppliers", "told_apart")

    @get("/{supplier_id:str}", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, supplier_id: str
    ) -> Response[str]:
        return _page(Desk.of(house, session, request), supplier_id)

    @post("/{supplier_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, supplier_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            said = _done(desk, supplier_id, data)
        except Refused as refusal:
            return _page(desk, supplier_id, data, refusal)
        return desk.go(f"/suppliers/{supplier_id}", said)

    @get("/{supplier_id:str}/merge", sync_to_thread=True)
    def preview(
        self, house: House, session: Session, request: Asked, supplier_id: str, other: str = ""
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        if not other:  # nobody said with whom: the file says who it is
            return _page(desk, supplier_id)
        seen = supplier_merges.preview(house, session.who, supplier_id, other)
        return desk.show("supplier_merge.html", here="suppliers", seen=seen)

    @post("/{supplier_id:str}/merge", status_code=200, sync_to_thread=True)
    def merge(
        self, house: House, session: Session, request: Asked, supplier_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        other, version = data.get("other", ""), _version(data)
        supplier_merges.merge(house, session.who, supplier_id, other, version)
        undo = f"/suppliers/{other}/separate"
        return desk.go(f"/suppliers/{supplier_id}", "suppliers_merged", undo=undo)

    @post("/{supplier_id:str}/separate", status_code=200, sync_to_thread=True)
    def separate(
        self, house: House, session: Session, request: Asked, supplier_id: str
    ) -> Response[Any]:
        supplier_merges.undo(house, session.who, supplier_id)
        desk = Desk.of(house, session, request)
        return desk.go(f"/suppliers/{supplier_id}", "suppliers_separated")


def _done(desk: Desk, supplier_id: str, data: dict[str, str]) -> str:
    """Do what was pressed; the code of what to say about it."""
    house, who = desk.house, desk.session.who
    act, _, iban_id = data.get("do", "save").partition(" ")
    if act == "verify":
        how = data.get(f"how.{iban_id}", "")
        seen = supplier_ibans.verify_iban(house, who, supplier_id, iban_id, how)
        states = {iban["id"]: iban["state"] for iban in seen["ibans"]}
        return f"iban_{states[iban_id]}"
    if act == "withdraw":
        supplier_ibans.withdraw_iban(house, who, supplier_id, iban_id)
        return "iban_withdrawn"
    if act == "add":
        supplier_ibans.add_iban(house, who, supplier_id, data.get("iban", ""))
        return "iban_added"
    values = {name: data[name] for name in TYPED if name in data}
    supplier_files.change_supplier(house, who, supplier_id, values, _version(data))
    return "saved"


def _page(
    desk: Desk,
    supplier_id: str,
    data: dict[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    view = supplier_files.get_supplier(desk.house, desk.session.who, supplier_id)
    return desk.show(
        "supplier.html",
        here="suppliers",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        data=data or {},
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
    )


def _version(data: dict[str, str]) -> int | None:
    return int(data["version"]) if data.get("version", "").isdecimal() else None


CONTROLLERS = (Suppliers,)
