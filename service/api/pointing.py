"""/api/v1/documents/{id}: what a person points at on the paper."""

from __future__ import annotations

from typing import Any

from litestar import Controller, get

from domain.people import Who
from service.house import House
from service.operations import pointing


class Pointing(Controller):
    path = "/api/v1/documents/{document_id:str}"
    tags = ("Documents",)

    @get("/words/{number:int}", sync_to_thread=True, summary="The words of a page, from 0")
    def words(self, house: House, who: Who, document_id: str, number: int) -> dict[str, Any]:
        return pointing.words(house, who, document_id, number)

    @get(
        "/candidates",
        sync_to_thread=True,
        summary="Every value on the pages that a field may have",
        description="For cells of tables, `field` is amount, date, figure or description.",
    )
    def candidates(
        self, house: House, who: Who, document_id: str, field: str = ""
    ) -> dict[str, Any]:
        return pointing.candidates(house, who, document_id, field)

    @get(
        "/pointed",
        sync_to_thread=True,
        summary="What stands in a box of a page, as a field would have it",
        description=(
            "`box` is `x0,y0,x1,y1` in fractions of page `number` (from 0). A box on a part of a "
            "date, an amount or an IBAN means the whole of it. Send the answer's value, page and "
            "box with PATCH: it teaches most."
        ),
    )
    def pointed(
        self,
        house: House,
        who: Who,
        document_id: str,
        field: str = "",
        number: int = 0,
        box: str = "",
    ) -> dict[str, Any]:
        return pointing.pointed(house, who, document_id, field, number, box.split(",")[:5])


CONTROLLERS = (Pointing,)
