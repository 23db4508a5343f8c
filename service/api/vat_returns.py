"""/api/v1: returns of VAT."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from litestar import Controller, get, post

from domain.people import Who
from service.api.idempotency import once
from service.house import House
from service.lists import Page
from service.operations import vat_returns
from service.operations.vat_returns import Wanted


class ReturnBody(msgspec.Struct, forbid_unknown_fields=True):
    start: date
    end: date
    import_base: str = ""
    import_pct: str = ""
    released: list[str] = []
    owed: str | None = None


class CancelBody(msgspec.Struct, forbid_unknown_fields=True):
    reason: str


class CompanyVatReturns(Controller):
    path = "/api/v1/companies/{company_id:str}/vat-returns"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="Returns of VAT, the latest period first")
    def list_returns(self, house: House, who: Who, company_id: str) -> Page:
        return vat_returns.list_returns(house, who, company_id)

    @get(
        "/preview",
        sync_to_thread=True,
        summary="What the return of a period would be",
        description=(
            "Of the period after the last one when no days are said. The boxes with the entries behind them, by treatment; the balances of the accounts of "
            "VAT, with what was posted before the period and never declared; the VAT that waits "
            "for payments; and the entries that posting it would make. `import_base` is what to "
            "declare of imports, duties included (where customs do not levy it themselves); "
            "`released` names entries whose payment has been made."
        ),
    )
    def preview(
        self,
        house: House,
        who: Who,
        company_id: str,
        start: date | None = None,
        end: date | None = None,
        import_base: str = "",
        import_pct: str = "",
        released: list[str] | None = None,
    ) -> dict[str, Any]:
        following = vat_returns.next_period(house, who, company_id)
        wanted = Wanted(
            start or following.start,
            end or following.end,
            import_base,
            import_pct,
            released or (),
        )
        return vat_returns.preview(house, who, company_id, wanted)

    @post(
        sync_to_thread=True,
        summary="Post the return of a period, once",
        description="`owed` is what you looked at: 409 when the books say something else by now.",
    )
    @once
    def post_return(
        self, house: House, who: Who, company_id: str, data: ReturnBody
    ) -> dict[str, Any]:
        wanted = Wanted(data.start, data.end, data.import_base, data.import_pct, data.released)
        return vat_returns.post(house, who, company_id, wanted, data.owed)


class VatReturns(Controller):
    path = "/api/v1/vat-returns"
    tags = ("Books",)

    @get("/{vat_return_id:str}", sync_to_thread=True, summary="One return of VAT, as declared")
    def get_return(self, house: House, who: Who, vat_return_id: str) -> dict[str, Any]:
        return vat_returns.get(house, who, vat_return_id)

    @post(
        "/{vat_return_id:str}/cancel",
        sync_to_thread=True,
        summary="Cancel the latest return of VAT: its entries are reversed",
    )
    @once
    def cancel(
        self, house: House, who: Who, vat_return_id: str, data: CancelBody
    ) -> dict[str, Any]:
        return vat_returns.cancel(house, who, vat_return_id, data.reason)


CONTROLLERS = (CompanyVatReturns, VatReturns)
