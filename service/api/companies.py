"""/api/v1/companies: the sets of books."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get, patch, post

from domain.people import Who
from service.api.idempotency import once
from service.house import House
from service.operations import companies


class CompanyChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str | None = None
    currency: str | None = None
    siren: str | None = None
    vat_id: str | None = None
    uid: str | None = None
    ibans: list[str] | None = None
    own_names: list[str] | None = None


class NewCompany(CompanyChange, forbid_unknown_fields=True, omit_defaults=True):
    country: str | None = None


class Companies(Controller):
    path = "/api/v1/companies"
    tags = ("Companies",)

    @get(sync_to_thread=True, summary="Your companies")
    def list_companies(self, house: House, who: Who) -> dict[str, Any]:
        return {"items": companies.list_companies(house, who), "next_cursor": None}

    @post(sync_to_thread=True, summary="Create a company with its chart of accounts")
    @once
    def create(self, house: House, who: Who, data: NewCompany) -> dict[str, Any]:
        return companies.create(house, who, msgspec.to_builtins(data))

    @get("/{company_id:str}", sync_to_thread=True, summary="One company")
    def get_company(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return companies.get(house, who, company_id)

    @patch("/{company_id:str}", sync_to_thread=True, summary="Change a company")
    def change(
        self, house: House, who: Who, company_id: str, data: CompanyChange
    ) -> dict[str, Any]:
        return companies.change(house, who, company_id, msgspec.to_builtins(data))


CONTROLLERS = (Companies,)
