"""/api/v1/contracts and /billing-batches: what was agreed, what is due of it, drafts in batches."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.params import HeaderParameter

from domain.billing import Level
from domain.people import Who
from service.api.idempotency import once
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import batches, contracts
from service.operations.billable import Wanted

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
Number = str | int | float


class ContractChange(msgspec.Struct, forbid_unknown_fields=True):
    name: str | None = None
    kind: str | None = None
    start: date | None = None
    end: date | None = None
    every: str | None = None
    price: Number | None = None
    quantity: Number | None = None
    overage_price: Number | None = None
    rolls_over: bool | None = None
    in_advance: bool | None = None
    taxable: bool | None = None
    vat_rate: Number | None = None
    nature: str | None = None
    active: bool | None = None
    version: int | None = None


class ContractBody(ContractChange, forbid_unknown_fields=True, kw_only=True):
    customer_id: str


class ChoiceBody(msgspec.Struct, forbid_unknown_fields=True):
    company_id: str | None = None
    customer_id: str = ""
    kind: str = ""
    taxable: bool | None = None
    until: date | None = None
    at_least: Decimal | None = None
    left_out: list[str] = []
    chosen: list[str] | None = None
    one_per_customer: bool = False
    level: Level = Level.RECORD

    def wanted(self) -> Wanted:
        return Wanted(
            company_id=self.company_id,
            customer_id=self.customer_id,
            kind=self.kind,
            taxable=self.taxable,
            until=self.until,
            at_least=self.at_least,
            left_out=tuple(self.left_out),
            chosen=None if self.chosen is None else tuple(self.chosen),
            one_per_customer=self.one_per_customer,
            level=self.level,
        )


class BatchBody(ChoiceBody, forbid_unknown_fields=True, kw_only=True):
    name: str
    issued_on: date | None = None


class Contracts(Controller):
    path = "/api/v1/contracts"
    tags = ("Sales",)

    @get(sync_to_thread=True, summary="Contracts with customers")
    def list_contracts(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        customer_id: str | None = None,
        active_only: bool = True,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        return contracts.list_contracts(
            house, who, company_id,
            customer_id=customer_id, active_only=active_only, cursor=cursor, limit=limit,
        )  # fmt: skip

    @post(
        sync_to_thread=True,
        summary="Add a contract",
        description=(
            "`kind` is hourly, block_hours, block_money, retainer, device, project_hourly, "
            "project_fee or backup; `every` is month, quarter, year or on_demand. Without `end` it "
            "runs three years, without `vat_rate` it has the one that is usual for the customer."
        ),
    )
    @once
    def add(self, house: House, who: Who, data: ContractBody) -> dict[str, Any]:
        return contracts.add(house, who, data.customer_id, msgspec.to_builtins(data))

    @get(
        "/{contract_id:str}", sync_to_thread=True, summary="A contract, with the use of its blocks"
    )
    def get(self, house: House, who: Who, contract_id: str) -> Response[dict[str, Any]]:
        return versioned(contracts.get(house, who, contract_id))

    @patch("/{contract_id:str}", sync_to_thread=True, summary="Change a contract")
    def change(
        self,
        house: House,
        who: Who,
        contract_id: str,
        data: ContractChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        return versioned(
            contracts.change(house, who, contract_id, msgspec.to_builtins(data), version)
        )


class Batches(Controller):
    path = "/api/v1/billing-batches"
    tags = ("Sales",)

    @get(sync_to_thread=True, summary="Billing batches, the newest first")
    def list_batches(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return batches.list_batches(house, who, company_id, cursor=cursor, limit=limit)

    @post(
        "/preview",
        status_code=200,
        sync_to_thread=True,
        summary="What there is to invoice, and what a choice of it comes to",
        description=(
            "Without `chosen` everything that is ready is taken, less `left_out`. Filters: "
            "`customer_id`, `kind` of contract (`none`: without one), `taxable`, `until`, "
            "`at_least`. `level` is contract, ticket or record."
        ),
    )
    def preview(self, house: House, who: Who, data: ChoiceBody) -> dict[str, Any]:
        return batches.preview(house, who, data.wanted())

    @post(
        sync_to_thread=True,
        summary="Make the drafts of a choice",
        description="The same body as for the preview, with a name. All of them, or none.",
    )
    @once
    def make(self, house: House, who: Who, data: BatchBody) -> dict[str, Any]:
        return batches.make(house, who, data.wanted(), name=data.name, issued_on=data.issued_on)

    @get(
        "/{batch_id:str}",
        sync_to_thread=True,
        summary="A batch held against its sources",
        description=(
            "Of each draft: what its records came to when they were chosen, and how far it is from "
            "that now. `freed` is to be invoiced again, `elsewhere` is on other drafts."
        ),
    )
    def get(self, house: House, who: Who, batch_id: str) -> dict[str, Any]:
        return batches.get(house, who, batch_id)

    @delete(
        "/{batch_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete a batch with its drafts",
    )
    def remove(self, house: House, who: Who, batch_id: str) -> dict[str, Any]:
        return batches.delete(house, who, batch_id)


CONTROLLERS = (Contracts, Batches)
