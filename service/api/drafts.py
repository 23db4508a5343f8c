"""/api/v1/drafts: what is going to be invoiced, merged, put back, previewed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.idempotency import once
from service.api.versions import required_version, version_of, versioned
from service.house import House
from service.lists import Page
from service.operations import drafts, merges, rebilling

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
Number = str | int | float


class LineBody(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    id: str | None = None
    details: str = ""
    quantity: Number = "1"
    unit: str = ""
    unit_price: Number | None = None
    discount_percent: Number = "0"
    vat_rate: Number | None = None
    treatment: str = ""
    nature: str = "services"
    served_on: date | None = None
    account: str = ""


class DraftChange(msgspec.Struct, forbid_unknown_fields=True):
    customer_id: str | None = None
    lines: list[LineBody] | None = None
    kind: str | None = None
    name: str | None = None
    mission: str | None = None
    pricing: str | None = None
    template: str | None = None
    currency: str | None = None
    exchange_rate: Number | None = None
    issued_on: date | None = None
    due_on: date | None = None
    title: str | None = None
    introduction: str | None = None
    closing: str | None = None
    order_reference: str | None = None
    language: str | None = None
    version: int | None = None


class DraftBody(DraftChange, forbid_unknown_fields=True):
    company_id: str | None = None


class TotalsBody(msgspec.Struct, forbid_unknown_fields=True):
    customer_id: str
    lines: list[LineBody]
    company_id: str | None = None


class MergeBody(msgspec.Struct, forbid_unknown_fields=True):
    main_id: str
    other_ids: list[str]
    version: int | None = None


class PutBackBody(msgspec.Struct, forbid_unknown_fields=True):
    line_ids: list[str]
    version: int | None = None


class Drafts(Controller):
    path = "/api/v1/drafts"
    tags = ("Sales",)

    @get(
        sync_to_thread=True,
        summary="Drafts that wait",
        description="The newest first. `born_from` is an import of a spreadsheet or a batch.",
    )
    def list_drafts(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        customer_id: str | None = None,
        born_from: str | None = None,
        q: str = "",
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        return drafts.list_drafts(
            house, who, company_id,
            customer_id=customer_id, born_from=born_from, q=q, cursor=cursor, limit=limit,
        )  # fmt: skip

    @post(
        sync_to_thread=True,
        summary="Make a draft",
        description=(
            "Quantities and prices are numbers with a dot, as strings to be exact. A line without "
            "`vat_rate` gets what is usual for the customer; with 0 the customer's place says why. "
            "A deduction has a negative quantity."
        ),
    )
    @once
    def create(self, house: House, who: Who, data: DraftBody) -> dict[str, Any]:
        return drafts.create(house, who, data.company_id, msgspec.to_builtins(data))

    @post(
        "/totals",
        status_code=200,
        sync_to_thread=True,
        summary="What lines come to",
        description="Nothing is kept: for a page that shows totals while somebody types.",
    )
    def totals(self, house: House, who: Who, data: TotalsBody) -> dict[str, Any]:
        return drafts.preview_totals(house, who, data.company_id, msgspec.to_builtins(data))

    @post(
        "/merge-preview",
        status_code=200,
        sync_to_thread=True,
        summary="What merging drafts would leave",
    )
    def preview(self, house: House, who: Who, data: MergeBody) -> dict[str, Any]:
        return merges.preview(house, who, data.main_id, data.other_ids)

    @post(
        "/merge",
        status_code=200,
        sync_to_thread=True,
        summary="Merge drafts of one customer",
        description=(
            "The main draft keeps its type, texts and template; the lines of the others follow its "
            "own, and the others leave the list. `POST /drafts/{id}/unmerge` takes it back."
        ),
    )
    @once
    def merge(self, house: House, who: Who, data: MergeBody) -> dict[str, Any]:
        return merges.merge(house, who, data.main_id, data.other_ids, data.version)

    @get("/{draft_id:str}", sync_to_thread=True, summary="One draft")
    def draft(self, house: House, who: Who, draft_id: str) -> Response[dict[str, Any]]:
        return versioned(drafts.get(house, who, draft_id))

    @patch(
        "/{draft_id:str}",
        sync_to_thread=True,
        summary="Change a draft",
        description="`lines` replace those there are; a line with its `id` stays the same one.",
    )
    def change(
        self,
        house: House,
        who: Who,
        draft_id: str,
        data: DraftChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values = msgspec.to_builtins(data)
        version = required_version(if_match, values.pop("version"))
        return versioned(drafts.change(house, who, draft_id, values, version))

    @delete("/{draft_id:str}", status_code=200, sync_to_thread=True, summary="Delete a draft")
    def remove(
        self, house: House, who: Who, draft_id: str, if_match: IfMatch = None
    ) -> dict[str, Any]:
        return drafts.delete(house, who, draft_id, version_of(if_match))

    @post(
        "/{draft_id:str}/restore",
        status_code=200,
        sync_to_thread=True,
        summary="Bring a deleted draft back",
    )
    @once
    def restore(self, house: House, who: Who, draft_id: str) -> dict[str, Any]:
        return drafts.restore(house, who, draft_id)

    @post("/{draft_id:str}/duplicate", sync_to_thread=True, summary="Copy a draft or an invoice")
    @once
    def duplicate(self, house: House, who: Who, draft_id: str) -> dict[str, Any]:
        return drafts.duplicate(house, who, draft_id)

    @post(
        "/{draft_id:str}/unmerge",
        status_code=200,
        sync_to_thread=True,
        summary="Take the last merge back",
    )
    @once
    def unmerge(
        self, house: House, who: Who, draft_id: str, if_match: IfMatch = None
    ) -> dict[str, Any]:
        return merges.undo(house, who, draft_id, version_of(if_match))

    @post(
        "/{draft_id:str}/put-back",
        status_code=200,
        sync_to_thread=True,
        summary="Put lines back to what is to be invoiced",
    )
    @once
    def put_back(self, house: House, who: Who, draft_id: str, data: PutBackBody) -> dict[str, Any]:
        return rebilling.put_back(house, who, draft_id, data.line_ids, data.version)


CONTROLLERS = (Drafts,)
