"""Customers: the list, and the file of one."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import NotFound, Refused
from service import answers
from service.house import House
from service.lists import MOST
from service.operations import customers, sales_invoices
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME = "/sales/customers"
_MOST_INVOICES = 50
_TYPED = (
    "name", "legal_id", "vat_id", "street", "more", "postcode", "city", "country",
    "email", "electronic_address", "days", "language",
)  # fmt: skip


_MOST_CHOICES = 12
_MOST_LISTED = 25
"""Customers up to which a list is as quick as a search."""


@dataclass(frozen=True, slots=True)
class ToChoose:
    """The customers of a field that chooses one. `search`: there are more than a list shows well."""

    company_id: str
    shown: Sequence[dict[str, Any]]
    search: bool


def to_choose(desk: Desk, company_id: str | None, chosen: str | None) -> ToChoose:
    """The customers of a company and the one that is chosen, who may be put away."""
    if not company_id:
        return ToChoose("", (), False)
    house, who = desk.house, desk.session.who
    shown = customers.list_customers(house, who, company_id, limit=MOST)["items"]
    if chosen and chosen not in {one["id"] for one in shown}:
        with contextlib.suppress(NotFound):
            shown = [*shown, customers.get_customer(house, who, chosen)]
    return ToChoose(company_id, shown, len(shown) > _MOST_LISTED)


class Customers(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def list_customers(
        self,
        house: House,
        session: Session,
        request: Asked,
        q: str = "",
        archived: bool = False,
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        return desk.show(
            "customers.html",
            here="sales",
            q=q,
            archived=archived,
            cursor=cursor,
            page=customers.list_customers(
                house, session.who, desk.company_id, q=q, archived=archived, cursor=cursor
            )
            if desk.company_id
            else None,
        )

    @get("/choices", sync_to_thread=True)
    def choices(
        self, house: House, session: Session, request: Asked, q: str = "", company_id: str = ""
    ) -> Response[str]:
        """The customers that words speak of, for the search that stands for their list."""
        desk = Desk.of(house, session, request)
        company = company_id or desk.company_id
        found = (
            customers.list_customers(house, session.who, company, q=q, limit=_MOST_CHOICES)
            if company
            else None
        )
        content = desk.piece("customer_options.html", customers=found["items"] if found else [])
        return Response(content, media_type="text/html")

    @get("/new", sync_to_thread=True)
    def empty(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _page(Desk.of(house, session, request), None)

    @post("/new", status_code=200, sync_to_thread=True)
    def add(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        try:
            made = customers.add_customer(house, session.who, desk.company_id, _values(data))
        except Refused as refusal:
            return _page(desk, None, data, refusal)
        return desk.go(f"{HOME}/{made['id']}", "customer_added")

    @get("/{customer_id:str}", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, customer_id: str
    ) -> Response[str]:
        view = customers.get_customer(house, session.who, customer_id)
        return _page(Desk.of(house, session, request), view)

    @post("/{customer_id:str}", status_code=200, sync_to_thread=True)
    def change(
        self, house: House, session: Session, request: Asked, customer_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        act = data.get("do", "save")
        if act in ("archive", "restore"):
            customers.archive_customer(house, session.who, customer_id, act == "archive")
            return desk.go(f"{HOME}/{customer_id}", f"customer_{act}d")
        view = customers.get_customer(house, session.who, customer_id)
        version = int(data["version"]) if data.get("version", "").isdecimal() else None
        try:
            customers.change_customer(house, session.who, customer_id, _values(data), version)
        except Refused as refusal:
            return _page(desk, view, data, refusal)
        return desk.go(f"{HOME}/{customer_id}", "saved")


def _values(data: dict[str, str]) -> dict[str, Any]:
    return {
        **{name: data[name] for name in _TYPED if name in data},
        "end_of_month": "end_of_month" in data,
    }


def _page(
    desk: Desk,
    view: dict[str, Any] | None,
    data: dict[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    known: dict[str, Any] = {
        **({**view, **view["address"], **view["terms"]} if view else {"country": _country(desk)}),
        **(data or {}),
    }
    if data is not None:
        known["end_of_month"] = "end_of_month" in data
    return desk.show(
        "customer.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        sales=sales_invoices.list_invoices(
            desk.house, desk.session.who, customer_id=view["id"], limit=_MOST_INVOICES
        )
        if view
        else None,
        known=known,
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
    )


def _country(desk: Desk) -> str:
    return str(desk.company["country"]) if desk.company else "FR"


CONTROLLERS = (Customers,)
