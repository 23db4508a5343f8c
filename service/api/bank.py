"""/api/v1: the bank. Its accounts, rules for movements, files of banks, and posting movements."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from litestar import Controller, Request, delete, get, patch, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile

from domain.bank_files.reading import LARGEST_FILE
from domain.errors import Invalid
from domain.people import Who
from service import uploads
from service.api.idempotency import once
from service.house import House
from service.operations import bank_accounts, bank_files, bank_rules, movements

_LARGEST_BODY = LARGEST_FILE + 64 * 1024


class BankAccountChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str | None = None
    iban: str | None = None
    currency: str | None = None
    account: str | None = None
    journal: str | None = None
    closed: bool | None = None


class NewBankAccount(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    company_id: str | None = None
    iban: str | None = None
    currency: str | None = None
    account: str | None = None
    journal: str | None = None


class BankRuleBody(msgspec.Struct, forbid_unknown_fields=True):
    words: str
    account: str
    company_id: str | None = None
    side: str = ""
    auxiliary: str | None = None


class MatchBody(msgspec.Struct, forbid_unknown_fields=True):
    document_id: str
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


class BankAccounts(Controller):
    path = "/api/v1/bank-accounts"
    tags = ("Bank",)

    @get(sync_to_thread=True, summary="Bank accounts")
    def list_accounts(
        self, house: House, who: Who, company_id: str | None = None
    ) -> dict[str, Any]:
        return {"items": bank_accounts.list_accounts(house, who, company_id), "next_cursor": None}

    @post(
        sync_to_thread=True,
        summary="Add a bank account",
        description=(
            "`account` of the chart and `journal` are the next free ones unless given; an account "
            "that is not in the books yet is added to them."
        ),
    )
    @once
    def add(self, house: House, who: Who, data: NewBankAccount) -> dict[str, Any]:
        return bank_accounts.add(house, who, data.company_id, msgspec.to_builtins(data))

    @patch(
        "/{bank_account_id:str}",
        sync_to_thread=True,
        summary="Change or close a bank account",
        description="Once movements were posted, its currency, account and journal stay.",
    )
    def change(
        self, house: House, who: Who, bank_account_id: str, data: BankAccountChange
    ) -> dict[str, Any]:
        return bank_accounts.change(house, who, bank_account_id, msgspec.to_builtins(data))


class BankRules(Controller):
    path = "/api/v1/bank-rules"
    tags = ("Bank",)

    @get(sync_to_thread=True, summary="Rules for movements")
    def list_rules(self, house: House, who: Who, company_id: str | None = None) -> dict[str, Any]:
        return {"items": bank_rules.list_rules(house, who, company_id), "next_cursor": None}

    @post(
        sync_to_thread=True,
        summary="Add a rule for movements",
        description=(
            "Movements on the `side` (in, out, or both when empty) whose label has the `words` are "
            "posted to `account`. Of several that fit, the one with most words wins."
        ),
    )
    @once
    def add(self, house: House, who: Who, data: BankRuleBody) -> dict[str, Any]:
        return bank_rules.add(house, who, data.company_id, msgspec.to_builtins(data))

    @post(
        "/preview",
        status_code=200,
        sync_to_thread=True,
        summary="Which past movements a rule would have spoken of",
    )
    def preview(self, house: House, who: Who, data: BankRuleBody) -> dict[str, Any]:
        return bank_rules.preview(house, who, data.company_id, msgspec.to_builtins(data))

    @delete(
        "/{bank_rule_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Retire a rule",
        description="It acts no more; what it posted stays.",
    )
    def retire(self, house: House, who: Who, bank_rule_id: str) -> dict[str, Any]:
        return bank_rules.retire(house, who, bank_rule_id)


class BankFiles(Controller):
    path = "/api/v1/bank-statements"
    tags = ("Bank",)

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


CONTROLLERS = (BankAccounts, BankRules, BankFiles)
