"""/api/v1/records: hours, tickets, goods and expenses that are to be invoiced, one by one or as files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.drafts import LineBody, Number
from service.api.idempotency import once
from service.api.statements import received
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import rebilling, record_files, records
from service.spreadsheets import LARGEST_FILE

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
CSV = "text/csv; charset=utf-8"


class RecordBody(LineBody, forbid_unknown_fields=True, kw_only=True):
    customer_id: str
    kind: str = "product"
    contract_id: str | None = None
    ticket: str = ""
    finished: bool = True
    happened_at: datetime | None = None


class RecordChange(msgspec.Struct, forbid_unknown_fields=True):
    kind: str | None = None
    text: str | None = None
    details: str | None = None
    quantity: Number | None = None
    unit: str | None = None
    unit_price: Number | None = None
    discount_percent: Number | None = None
    vat_rate: Number | None = None
    treatment: str | None = None
    nature: str | None = None
    account: str | None = None
    served_on: date | None = None
    contract_id: str | None = None
    ticket: str | None = None
    finished: bool | None = None
    version: int | None = None


class RecordsBody(msgspec.Struct, forbid_unknown_fields=True):
    record_ids: list[str]
    name: str = ""


class Records(Controller):
    path = "/api/v1/records"
    tags = ("Sales",)

    @get(
        sync_to_thread=True,
        summary="What is to be invoiced",
        description=(
            "The oldest first; `state` is open, drafted or invoiced, and `locked_by` the draft or "
            "invoice that has it. `contract_id=none`: of no contract."
        ),
    )
    def list_records(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        customer_id: str | None = None,
        contract_id: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        open_only: bool = True,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        return records.list_records(
            house, who, company_id,
            customer_id=customer_id, contract_id=contract_id, kind=kind, state=status,
            open_only=open_only, cursor=cursor, limit=limit,
        )  # fmt: skip

    @post(
        sync_to_thread=True,
        summary="Add something to be invoiced",
        description=(
            "`kind` is time, ticket, product or expense. With `contract_id`, hours without a price "
            "cost what the contract says. `happened_at` gives the day it is where the books are "
            "kept. What is not `finished` waits."
        ),
    )
    @once
    def add_record(self, house: House, who: Who, data: RecordBody) -> dict[str, Any]:
        return records.add_record(house, who, data.customer_id, msgspec.to_builtins(data))

    @post("/draft", sync_to_thread=True, summary="A draft of open records of one customer")
    @once
    def draft(self, house: House, who: Who, data: RecordsBody) -> dict[str, Any]:
        return rebilling.draft_of_records(house, who, data.record_ids, data.name)

    @get("/files", sync_to_thread=True, summary="Files of records that were taken")
    def files(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return record_files.list_files(house, who, company_id, cursor=cursor, limit=limit)

    @get("/template", sync_to_thread=True, summary="An empty CSV of records to fill in")
    def template(
        self, house: House, who: Who, company_id: str | None = None, language: str = ""
    ) -> Response[bytes]:
        name, content = record_files.template_of(house, who, company_id, language)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=CSV, headers=headers)

    @post(
        "/files",
        request_max_body_size=LARGEST_FILE + 64 * 1024,
        summary="Take the records of a file",
        description=(
            "A CSV or `.xlsx` as `multipart/form-data` with `company_id` beside it, or its bytes as "
            "the body with `?name=`. All rows or none: 422 `records_faults` tells each cell that "
            "cannot be in `faults`, 409 `records_known` that this file was taken before."
        ),
    )
    async def receive(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str | None = None,
        name: str = "",
    ) -> dict[str, Any]:
        sent, content, fields = await received(request, name)
        company = fields.get("company_id") or company_id
        return await sync_to_thread(record_files.receive, house, who, company, sent, content)

    @delete(
        "/files/{record_file_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Take all records of a file back",
    )
    def undo(self, house: House, who: Who, record_file_id: str) -> dict[str, Any]:
        return record_files.undo(house, who, record_file_id)

    @get("/{record_id:str}", sync_to_thread=True, summary="A record, and what has it")
    def get(self, house: House, who: Who, record_id: str) -> Response[dict[str, Any]]:
        return versioned(records.get_record(house, who, record_id))

    @patch(
        "/{record_id:str}",
        sync_to_thread=True,
        summary="Put a record right while nothing has it",
        description="What is left out stays; an empty `contract_id` takes it out of its contract.",
    )
    def change(
        self,
        house: House,
        who: Who,
        record_id: str,
        data: RecordChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values = msgspec.to_builtins(data)
        version = required_version(if_match, values.pop("version"))
        return versioned(records.change_record(house, who, record_id, values, version))

    @delete("/{record_id:str}", status_code=200, sync_to_thread=True, summary="Take a record back")
    def remove(
        self, house: House, who: Who, record_id: str, if_match: IfMatch = None
    ) -> dict[str, Any]:
        return records.delete_record(house, who, record_id, required_version(if_match, None))

    @post(
        "/{record_id:str}/restore",
        status_code=200,
        sync_to_thread=True,
        summary="Bring back a record that was taken back",
    )
    def restore(self, house: House, who: Who, record_id: str) -> dict[str, Any]:
        return records.restore_record(house, who, record_id)


CONTROLLERS = (Records,)
