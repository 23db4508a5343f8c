"""Finalised invoices: the list, the page of one with its history, and how a company sells."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from service import answers
from service.house import House
from service.operations import drafts, emails, sales_invoices, sales_settings
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import day_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
HOME = "/sales/invoices"


class Invoices(PageController):
    path = HOME

    @get(sync_to_thread=True)
    def list_invoices(
        self,
        house: House,
        session: Session,
        request: Asked,
        q: str = "",
        status: str = "",
        payment: str = "",
        cursor: str | None = None,
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        page = sales_invoices.list_invoices(
            house, session.who, desk.company_id,
            status=status, payment=payment, q=q, cursor=cursor,
        )  # fmt: skip
        return desk.show(
            "sales_invoices.html",
            here="sales",
            q=q,
            status=status,
            payment=payment,
            cursor=cursor,
            page=page,
            not_sent=emails.not_sent(house, session.who, [one["id"] for one in page["items"]]),
        )

    @get("/{invoice_id:str}", sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, invoice_id: str
    ) -> Response[str]:
        view = sales_invoices.get_invoice(house, session.who, invoice_id)
        return _page(Desk.of(house, session, request), view)

    @post("/{invoice_id:str}", status_code=200, sync_to_thread=True)
    def act(
        self, house: House, session: Session, request: Asked, invoice_id: str, data: Form
    ) -> Response[Any]:
        desk = Desk.of(house, session, request)
        view = sales_invoices.get_invoice(house, session.who, invoice_id)
        try:
            return _done(desk, invoice_id, data.get("do", ""), day_of(data.get("paid_on", "")))
        except Refused as refusal:
            return _page(desk, view, refusal)


def _done(desk: Desk, invoice_id: str, act: str, paid_on: date | None) -> Response[Any]:
    house, who = desk.house, desk.session.who
    if act == "duplicate":
        made = drafts.duplicate(house, who, invoice_id)
        return desk.go(f"/sales/drafts/{made['id']}", "draft_duplicated")
    if act == "refund":
        sales_invoices.refund(house, who, invoice_id)
        return desk.go(f"{HOME}/{invoice_id}", "invoice_refunded")
    sales_invoices.mark(house, who, invoice_id, act, paid_on if act == "paid" else None)
    return desk.go(f"{HOME}/{invoice_id}", f"invoice_{act}")


def _page(desk: Desk, view: dict[str, Any], refusal: Refused | None = None) -> Response[str]:
    return desk.show(
        "sales_invoice.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        today=desk.house.now().date(),
        books=next((c["currency"] for c in desk.companies if c["id"] == view["company_id"]), ""),
        history=sales_invoices.history(desk.house, desk.session.who, view["id"]),
        emails=emails.list_emails(desk.house, desk.session.who, invoice_id=view["id"])["items"],
        refusal=in_words(desk.words, refusal) if refusal else None,
    )


class Settings(PageController):
    path = "/sales/settings"

    @get(sync_to_thread=True)
    def show(self, house: House, session: Session, request: Asked) -> Response[str]:
        return _settings(Desk.of(house, session, request))

    @post(status_code=200, sync_to_thread=True)
    def change(self, house: House, session: Session, request: Asked, data: Form) -> Response[Any]:
        desk = Desk.of(house, session, request)
        values = {name: value for name, value in data.items() if name != "csrf_token"}
        try:
            if desk.company_id:
                sales_settings.change_settings(house, session.who, desk.company_id, values)
        except Refused as refusal:
            return _settings(desk, data, refusal)
        return desk.go("/sales/settings", "saved")


def _settings(
    desk: Desk, data: dict[str, str] | None = None, refusal: Refused | None = None
) -> Response[str]:
    kept = (
        sales_settings.get_settings(desk.house, desk.session.who, desk.company_id)
        if desk.company_id
        else None
    )
    return desk.show(
        "sales_settings.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        kept={**kept, **(data or {})} if kept else None,
        refusal=in_words(desk.words, refusal) if refusal else None,
        wrong=refusal.details.get("fields", ()) if refusal else (),
    )


CONTROLLERS = (Invoices, Settings)
