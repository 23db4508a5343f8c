"""/api/v1: the analytic codes of companies, for those that keep any."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.idempotency import once
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import analytics

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class NewAnalyticCode(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    label: str
    company_id: str | None = None


class AnalyticCodeChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    label: str | None = None
    open: bool | None = None


class AnalyticCodes(Controller):
    path = "/api/v1/analytic-codes"
    tags = ("Books",)

    @get(
        sync_to_thread=True,
        summary="Analytic codes of a company, with what was posted with each",
        description="`year` counts that year's entries alone. A company without codes keeps none.",
    )
    def list_codes(
        self, house: House, who: Who, company_id: str | None = None, year: int | None = None
    ) -> Page:
        return analytics.list_codes(house, who, company_id, year=year)

    @post(
        sync_to_thread=True,
        summary="Add an analytic code",
        description="Many at once come as a CSV: see the takeovers of a company.",
    )
    @once
    def add(self, house: House, who: Who, data: NewAnalyticCode) -> dict[str, Any]:
        return analytics.add(house, who, data.company_id, msgspec.to_builtins(data))

    @patch(
        "/{analytic_code_id:str}",
        sync_to_thread=True,
        summary="Give an analytic code another label, close it, or open it again",
        description="A closed code is no longer suggested or posted; what carries it stays.",
    )
    def change(
        self,
        house: House,
        who: Who,
        analytic_code_id: str,
        data: AnalyticCodeChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, None)
        values = msgspec.to_builtins(data)
        return versioned(analytics.change(house, who, analytic_code_id, values, version))


CONTROLLERS = (AnalyticCodes,)
