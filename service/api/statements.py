"""/api/v1/bank-statements: imported, put right row by row, accepted, their movements posted."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.params import HeaderParameter
from msgspec import UNSET, UnsetType

from domain.bank_files.reading import LARGEST_FILE
from domain.errors import Invalid
from domain.people import Who
from service import uploads
from service.api.idempotency import once
from service.api.versions import required_version, version_of, versioned
from service.house import House
from service.lists import Page
from service.operations import (
    bank_files,
    movements,
    statement_acceptance,
    statement_changes,
    statements,
)

_LARGEST_BODY = LARGEST_FILE + 64 * 1024
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class StatementChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is there is changed; null makes it unknown."""

    bank_account_id: str | UnsetType | None = UNSET
    iban: str | UnsetType | None = UNSET
    bank: str | UnsetType | None = UNSET
    currency: str | UnsetType | None = UNSET
    start: str | UnsetType | None = UNSET
    end: str | UnsetType | None = UNSET
    opening: str | UnsetType | None = UNSET
    closing: str | UnsetType | None = UNSET
    version: int | UnsetType = UNSET


class MovementChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is there is changed; `position`, from 0, moves the movement."""

    day: str | UnsetType = UNSET
    value_day: str | UnsetType | None = UNSET
    label: str | UnsetType = UNSET
    amount: str | UnsetType = UNSET
    balance: str | UnsetType | None = UNSET
    counterparty: str | UnsetType = UNSET
    counterparty_iban: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    position: int | UnsetType = UNSET
    version: int | UnsetType = UNSET


class Acceptance(msgspec.Struct, forbid_unknown_fields=True):
    override_reason: str = ""
    version: int | None = None


class MatchBody(msgspec.Struct, forbid_unknown_fields=True):
    document_id: str | None = None
    invoice_id: str | None = None
    amount: str | None = None


class MovementLine(msgspec.Struct, forbid_unknown_fields=True):
    account: str
    amount: str
    auxiliary: str | None = None
    label: str = ""


class DecisionBody(msgspec.Struct, forbid_unknown_fields=True):
    movement_id: str
    matches: list[MatchBody] = []
    lines: list[MovementLine] = []


class PostMovements(msgspec.Struct, forbid_unknown_fields=True):
    decisions: list[DecisionBody] = []
    only_decided: bool = False


class Statements(Controller):
    path = "/api/v1/bank-statements"
    tags = ("Bank",)

    @get(
        sync_to_thread=True,
        summary="Bank statements",
        description="The newest first; `status` is to_check or accepted.",
    )
    def list_statements(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        bank_account_id: str | None = None,
        status: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return statements.list_statements(
            house,
            who,
            company_id=company_id,
            bank_account_id=bank_account_id,
            status=status,
            cursor=cursor,
            limit=limit,
        )

    @get(
        "/{statement_id:str}",
        sync_to_thread=True,
        summary="A bank statement with its rows and what speaks against it",
        description=(
            "`difference` is what is missing between the movements and the closing balance; "
            "`running` the balance computed beside the printed `balance`; `repairs` are changes of "
            "which each alone would make the statement close. A row that its account has from "
            "another statement is `skipped`. While no bank account is known, `proposed_account` is "
            "what a new one would get."
        ),
    )
    def get_statement(self, house: House, who: Who, statement_id: str) -> Response[dict[str, Any]]:
        return versioned(statements.get(house, who, statement_id))

    @patch(
        "/{statement_id:str}",
        sync_to_thread=True,
        summary="Put the head of a statement right",
        description="Its bank account, IBAN, bank, currency, period and balances.",
    )
    def change(
        self,
        house: House,
        who: Who,
        statement_id: str,
        data: StatementChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values, version = _said(data, if_match)
        return versioned(statement_changes.change(house, who, statement_id, values, version))

    @post(
        "/{statement_id:str}/movements",
        sync_to_thread=True,
        summary="Add a movement to a statement",
        description="`day` and `amount` must be there; the last one unless `position` is said.",
    )
    def add_row(
        self,
        house: House,
        who: Who,
        statement_id: str,
        data: MovementChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values, version = _said(data, if_match)
        made = statement_changes.add_row(house, who, statement_id, values, version)
        return versioned(made, 201)

    @patch(
        "/{statement_id:str}/movements/{movement_id:str}",
        sync_to_thread=True,
        summary="Change or move a movement of a statement",
    )
    def change_row(
        self,
        house: House,
        who: Who,
        statement_id: str,
        movement_id: str,
        data: MovementChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        values, version = _said(data, if_match)
        return versioned(
            statement_changes.change_row(house, who, statement_id, movement_id, values, version)
        )

    @delete(
        "/{statement_id:str}/movements/{movement_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Take a movement out of a statement",
        description="Adding it again at its position takes that back.",
    )
    def delete_row(
        self,
        house: House,
        who: Who,
        statement_id: str,
        movement_id: str,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = version_of(if_match)
        return versioned(
            statement_changes.delete_row(house, who, statement_id, movement_id, version)
        )

    @post(
        "/{statement_id:str}/accept",
        status_code=200,
        sync_to_thread=True,
        summary="Accept a statement",
        description=(
            "Refused with its problems (409 `statement_blocked`) while one blocks. A reason "
            "overrides a balance that the paper does not show and an IBAN that is not the "
            "company's; movements that do not make the closing balance are never accepted. Its "
            "movements may be posted then."
        ),
    )
    def accept(
        self,
        house: House,
        who: Who,
        statement_id: str,
        data: Acceptance | None = None,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        body = data or Acceptance()
        version = required_version(if_match, body.version)
        return versioned(
            statement_acceptance.accept(house, who, statement_id, version, body.override_reason)
        )

    @post(
        "/{statement_id:str}/reopen",
        status_code=200,
        sync_to_thread=True,
        summary="Take the acceptance of a statement back",
        description="As long as none of its movements is posted.",
    )
    def reopen(
        self, house: House, who: Who, statement_id: str, if_match: IfMatch = None
    ) -> Response[dict[str, Any]]:
        version = version_of(if_match)
        return versioned(statement_acceptance.reopen(house, who, statement_id, version))

    @post(
        request_max_body_size=_LARGEST_BODY,
        summary="Import a bank's file",
        description=(
            "CAMT.052/053/054, MT940, CFONB120, CODA, OFX or CSV, recognised by content: "
            "`multipart/form-data` with one file and, beside it, `company_id`, `bank_account_id`, "
            "`mapping`; or the bytes as the body, with `?name=`. Movements that the account has "
            "already are `skipped`; the very same file is 409 `bank_file_known`. A CSV whose "
            "columns are not known is 422 `bank_mapping_needed`; `mapping` (JSON) then says which "
            "column is what, and is kept for the next file of that bank."
        ),
    )
    async def import_file(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str | None = None,
        bank_account_id: str | None = None,
        name: str = "",
    ) -> dict[str, Any]:
        sent, content, fields = await received(request, name)
        return await sync_to_thread(
            bank_files.import_file,
            house,
            who,
            fields.get("company_id") or company_id,
            fields.get("bank_account_id") or bank_account_id,
            sent,
            content,
            _mapping(fields.get("mapping", "")),
        )

    @post(
        "/preview",
        status_code=200,
        request_max_body_size=_LARGEST_BODY,
        summary="Look at a CSV before it is imported",
        description="Its header, its first rows and the mapping that would be used.",
    )
    async def preview(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str | None = None,
    ) -> dict[str, Any]:
        _, content, fields = await received(request, "")
        chosen = fields.get("company_id") or company_id
        return await sync_to_thread(bank_files.preview_table, house, who, chosen, content)

    @get(
        "/{statement_id:str}/proposals",
        sync_to_thread=True,
        summary="Where each movement would go, and what it may pay",
        description=(
            "`source` says by what it would be posted: a sure match, an own account (internal), a "
            "rule, the meaning of its label, or suspense. One that `waits` may be a match that is "
            "not sure: a person decides."
        ),
    )
    def proposals(self, house: House, who: Who, statement_id: str) -> dict[str, Any]:
        return movements.proposals(house, who, statement_id)

    @get(
        "/{statement_id:str}/open-items",
        sync_to_thread=True,
        summary="Open documents that a movement may pay",
        description="By number, name or amount; `amount` is of the movement, with its sign.",
    )
    def open_items(
        self, house: House, who: Who, statement_id: str, q: str = "", amount: str = ""
    ) -> Page:
        return movements.open_items_of(house, who, statement_id, q, amount)

    @post(
        "/{statement_id:str}/post",
        status_code=200,
        sync_to_thread=True,
        summary="Post the movements of an accepted statement",
        description=(
            "One entry a movement, once. `decisions` say what a person chose: `matches` with "
            "documents, `lines` (account and amount with the movement's sign), both, or neither "
            "for suspense."
        ),
    )
    @once
    def post_movements(
        self, house: House, who: Who, statement_id: str, data: PostMovements | None = None
    ) -> dict[str, Any]:
        body = data or PostMovements()
        return movements.post_movements(
            house,
            who,
            statement_id,
            msgspec.to_builtins(body.decisions),
            only_decided=body.only_decided,
        )


async def received(request: Request[Any, Any, Any], name: str) -> tuple[str, bytes, dict[str, str]]:
    """The file of a request: its name, its bytes, and the fields beside it."""
    if request.content_type[0] != "multipart/form-data":
        return uploads.name_of_raw(request, name), await request.body(), {}
    form = await request.form()
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if len(files) != 1:
        raise Invalid("Send one file.", code="bank_file_missing", fields=["file"])
    return files[0].filename, await files[0].read(), fields


def _mapping(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        found = json.loads(text[:10_000])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid("The mapping is no JSON object.", code="bank_mapping_wrong", field="mapping")
    return found


def _said(
    data: StatementChange | MovementChange, if_match: str | None
) -> tuple[dict[str, Any], int | None]:
    """What was said, without what was left out, and the version it was said of."""
    values = msgspec.to_builtins(data)
    return values, required_version(if_match, values.pop("version", None))


CONTROLLERS = (Statements,)
