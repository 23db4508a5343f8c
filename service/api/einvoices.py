"""/api/v1/documents/{id}/einvoice-status: the life cycle of received e-invoices."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get, post

from domain.people import Who
from service.api.idempotency import once
from service.house import House
from service.operations import einvoices


class StatusBody(msgspec.Struct, forbid_unknown_fields=True):
    status: int
    reason: str = ""
    note: str = ""


class EInvoiceStatus(Controller):
    path = "/api/v1/documents/{document_id:str}/einvoice-status"
    tags = ("Documents",)

    @get(
        sync_to_thread=True,
        summary="Where an e-invoice stands in its life cycle",
        description=(
            "`status` is a code of the French reform (203 made available, 205 approved, 210 "
            "refused…); `next` names those a buyer may give now, with the reasons they need. "
            "404 for a document that came without its XML."
        ),
    )
    def life(self, house: House, who: Who, document_id: str) -> dict[str, Any]:
        return einvoices.life_of(house, who, document_id)

    @post(
        sync_to_thread=True,
        summary="Give an e-invoice a status",
        description=(
            "The buyer's (204 to 208, 210, 211) follow one another; those of the platform, the "
            "seller and third parties are kept as they come. Each is told as "
            "`einvoice.status_changed`. Posting approves (205) by itself."
        ),
    )
    @once
    def decide(self, house: House, who: Who, document_id: str, data: StatusBody) -> dict[str, Any]:
        return einvoices.decide(
            house, who, document_id, data.status, reason=data.reason, note=data.note
        )


CONTROLLERS = (EInvoiceStatus,)
