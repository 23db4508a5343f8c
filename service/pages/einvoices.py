"""What a person decides about an e-invoice, on the page of its document."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from service.house import House
from service.operations import einvoices
from service.operations.sessions import Session
from service.pages.desk import Desk, PageController

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]


class EInvoices(PageController):
    path = "/documents/{document_id:str}/einvoice"

    @post(status_code=200, sync_to_thread=True)
    def decide(
        self, house: House, session: Session, request: Asked, document_id: str, data: Form
    ) -> Response[Any]:
        code, _, reason = data.get("decision", "").partition(" ")
        status = int(code) if code.isdecimal() and len(code) < 5 else 0
        note = data.get("note", "")
        einvoices.decide(house, session.who, document_id, status, reason=reason, note=note)
        return Desk.of(house, session, request).go(f"/documents/{document_id}", "einvoice_decided")


CONTROLLERS = (EInvoices,)
