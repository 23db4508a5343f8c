"""What customers owe: the aged balance, and the credit note that is made of a part of an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Refused
from domain.receivables import COLUMNS
from service import answers
from service.house import House
from service.operations import receivables, sales_invoices
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController, in_words
from service.pages.typed import decimal_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
INVOICES = "/sales/invoices"


class Balance(PageController):
    path = "/sales/balance"

    @get(sync_to_thread=True)
    def aged(self, house: House, session: Session, request: Asked) -> Response[str]:
        desk = Desk.of(house, session, request)
        return desk.show(
            "sales_balance.html",
            here="sales",
            columns=(*COLUMNS, "total"),
            balance=receivables.aged(house, session.who, desk.company_id)
            if desk.company_id
            else None,
        )


class Credit(PageController):
    path = INVOICES + "/{invoice_id:str}/credit"

    @get(sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Asked, invoice_id: str
    ) -> Response[str]:
        return _credit(Desk.of(house, session, request), invoice_id)

    @post(status_code=200, sync_to_thread=True)
    def make(
        self, house: House, session: Session, request: Asked, invoice_id: str, data: Form
    ) -> Response[Any]:
        desk, finalise = Desk.of(house, session, request), data.get("do") == "finalise"
        try:
            made = sales_invoices.credit_note(
                house, session.who, invoice_id, _chosen(data), finalise=finalise
            )
        except Refused as refusal:
            return _credit(desk, invoice_id, data, refusal)
        if finalise:
            return desk.go(f"{INVOICES}/{made['id']}", "invoice_finalised", invoice=made["number"])
        return desk.go(f"/sales/drafts/{made['id']}", "credit_note_made")

    @post("/totals", status_code=200, sync_to_thread=True)
    def totals(
        self, house: House, session: Session, request: Asked, invoice_id: str, data: Form
    ) -> Response[str]:
        """What the chosen lines come to, for our script: a piece of the page."""
        desk = Desk.of(house, session, request)
        seen = sales_invoices.credit_preview(house, session.who, invoice_id, _chosen(data))
        content = desk.piece("draft_totals.html", totals=seen, currency=data.get("currency", ""))
        return Response(content, media_type="text/html")


def _chosen(data: Mapping[str, str]) -> list[dict[str, str]]:
    """The lines that are ticked: a net amount where one is typed, else a quantity."""
    found = []
    for name, line_id in data.items():
        kind, _, place = name.partition(".")
        if kind == "take":
            net = decimal_of(data.get(f"net.{place}", ""))
            quantity = decimal_of(data.get(f"quantity.{place}", ""))
            said = {"net": net} if net else {"quantity": quantity} if quantity else {}
            found.append({"line_id": line_id, **said})
    return found


def _credit(
    desk: Desk,
    invoice_id: str,
    data: Mapping[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response[str]:
    view = sales_invoices.get_invoice(desk.house, desk.session.who, invoice_id)
    seen = sales_invoices.credit_preview(desk.house, desk.session.who, invoice_id)
    return desk.show(
        "sales_credit.html",
        here="sales",
        status_code=answers.status_of(refusal) if refusal else 200,
        view=view,
        left=seen["left"],
        untouched=seen["left"] == view["gross_total"],
        totals=seen if seen["left"] == view["gross_total"] else None,
        typed=data,
        refusal=in_words(desk.words, refusal) if refusal else None,
    )


CONTROLLERS = (Balance, Credit)
