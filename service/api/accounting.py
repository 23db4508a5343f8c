"""/api/v1: the books. Proposed entries, posting, the journal, accounts. Files are in `exchange`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, patch, post, put
from litestar.params import HeaderParameter

from domain.errors import Invalid
from domain.people import Who
from service.api.idempotency import once
from service.api.versions import required_version, versioned
from service.house import House
from service.lists import Page
from service.operations import (
    account_choices,
    accounting,
    accounts,
    books,
    entries,
    manual_entries,
    posted,
)

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class ChoiceBody(msgspec.Struct, forbid_unknown_fields=True):
    part: int
    account: str
    treatment: str
    net: str | None = None
    analytic: str | None = None


class LineBody(msgspec.Struct, forbid_unknown_fields=True):
    account: str
    debit: str | None = None
    credit: str | None = None
    label: str | None = None
    auxiliary: str | None = None
    vat_code: str | None = None
    analytic: str | None = None


class PostBody(msgspec.Struct, forbid_unknown_fields=True):
    version: int | None = None
    lines: list[LineBody] | None = None
    choices: list[ChoiceBody] | None = None
    override_reason: str | None = None
    entry_date: date | None = None
    journal: str = ""
    label: str = ""


class EntryBody(msgspec.Struct, forbid_unknown_fields=True):
    entry_date: date
    label: str
    lines: list[LineBody]
    company_id: str | None = None
    journal: str = ""
    piece_date: date | None = None
    piece_reference: str = ""
    reverse_on: date | None = None
    document_id: str | None = None


class ReverseBody(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    entry_date: date | None = None


class LockBody(msgspec.Struct, forbid_unknown_fields=True):
    locked_until: date


class BookkeepingBody(msgspec.Struct, forbid_unknown_fields=True):
    vat_regime: str | None = None
    vat_coefficient: str | None = None
    net_tax_rate: str | None = None
    purchase_journal: str | None = None
    capitalisation_threshold: str | None = None
    vat_on_purchases: str | None = None
    second_person_from: str | None = None


class AccountBody(msgspec.Struct, forbid_unknown_fields=True):
    company_id: str
    number: str
    label_fr: str
    label_en: str | None = None


class Posting(Controller):
    path = "/api/v1/documents"
    tags = ("Books",)

    @get(
        "/{document_id:str}/proposed-entry",
        sync_to_thread=True,
        summary="The entry a document would become",
        description=(
            "Lines with totals, a suggestion with its reason for each part of the document, and "
            "the problems that stand against posting, with the ways to solve each. "
            "`?choice=0:6226:FR_STD20` (part, account, VAT treatment; may be repeated) tries "
            "another account; several for one part share it, each with its net amount "
            "(`0:6226:FR_STD20:60.00`), and an analytic code behind it (`0:6226:FR_STD20::CH-12`)."
        ),
    )
    def proposed_entry(
        self, house: House, who: Who, document_id: str, choice: list[str] | None = None
    ) -> Response[dict[str, Any]]:
        return versioned(accounting.proposed_entry(house, who, document_id, _choices(choice)))

    @get(
        "/{document_id:str}/account-choices",
        sync_to_thread=True,
        summary="Accounts for a part of a document, with reasons",
    )
    def account_choices(
        self, house: House, who: Who, document_id: str, part: int = 0, q: str = ""
    ) -> dict[str, Any]:
        return account_choices.account_choices(house, who, document_id, part, q)

    @post(
        "/{document_id:str}/post",
        status_code=200,
        sync_to_thread=True,
        summary="Post a document",
        description=(
            "As proposed, or with `choices` or `lines`. Posting again gives the entry that is "
            "there (`created` is false), or 409 when another entry was asked for. `If-Match` or "
            "`version` names what you looked at."
        ),
    )
    @once
    def post_document(
        self,
        house: House,
        who: Who,
        document_id: str,
        data: PostBody | None = None,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        body = data or PostBody()
        posted = accounting.post(
            house,
            who,
            document_id,
            lines=_builtins(body.lines),
            choices=_builtins(body.choices),
            version=required_version(if_match, body.version),
            override_reason=body.override_reason,
            entry_date=body.entry_date,
            in_journal=body.journal,
            label=body.label,
        )
        return Response(
            posted,
            status_code=201 if posted["created"] else 200,
            headers={"Location": f"/api/v1/journal-entries/{posted['id']}"},
        )


class JournalEntries(Controller):
    path = "/api/v1/journal-entries"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="Journal entries, newest first")
    def list_entries(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        document_id: str | None = None,
        analytic: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return entries.journal_entries(
            house,
            who,
            company_id=company_id,
            document_id=document_id,
            analytic=analytic,
            cursor=cursor,
            limit=limit,
        )

    @post(
        sync_to_thread=True,
        summary="Post an entry written by hand",
        description=(
            "For what comes from no document: `document_id` names a paper that explains it, and "
            "is not posted by it. With `reverse_on` its reversal is posted at once, on that day. "
            "The journal is OD unless said."
        ),
    )
    @once
    def post_entry(self, house: House, who: Who, data: EntryBody) -> dict[str, Any]:
        values = {name: getattr(data, name) for name in data.__struct_fields__}
        values["lines"] = _builtins(data.lines)
        return manual_entries.post(house, who, data.company_id, values)

    @get("/{entry_id:str}", sync_to_thread=True, summary="One journal entry")
    def get_entry(self, house: House, who: Who, entry_id: str) -> dict[str, Any]:
        return entries.journal_entry(house, who, entry_id)

    @post("/{entry_id:str}/reverse", sync_to_thread=True, summary="Reverse an entry, once")
    @once
    def reverse(self, house: House, who: Who, entry_id: str, data: ReverseBody) -> dict[str, Any]:
        return accounting.reverse(house, who, entry_id, data.reason, data.entry_date)


class Accounts(Controller):
    path = "/api/v1/accounts"
    tags = ("Books",)

    @get(
        sync_to_thread=True,
        summary="Accounts of a company",
        description="`q` searches by the beginning of a number, or by words.",
    )
    def list_accounts(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        q: str = "",
        purchases: bool = False,
    ) -> Page:
        return accounts.list_accounts(house, who, company_id, q=q, purchases=purchases)

    @post(sync_to_thread=True, summary="Add an account")
    @once
    def add_account(self, house: House, who: Who, data: AccountBody) -> dict[str, Any]:
        return accounts.add_account(house, who, data.company_id, msgspec.to_builtins(data))


class PostedDocuments(Controller):
    path = "/api/v1/posted-documents"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="Posted documents with their entries, the latest day first")
    def list_posted(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        journal: str = "",
        since: date | None = None,
        until: date | None = None,
        q: str = "",
        by: str = "",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        wanted = posted.Wanted(company_id, journal, since, until, q, by)
        return posted.posted_documents(house, who, wanted, cursor=cursor, limit=limit)


class PeriodLock(Controller):
    path = "/api/v1/companies/{company_id:str}/period-lock"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="Until when the books are locked")
    def period(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return entries.period(house, who, company_id)

    @put(sync_to_thread=True, summary="Lock the books until a day")
    def lock(self, house: House, who: Who, company_id: str, data: LockBody) -> dict[str, Any]:
        return entries.lock_period(house, who, company_id, data.locked_until)


class Bookkeeping(Controller):
    path = "/api/v1/companies/{company_id:str}/bookkeeping"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="How a company keeps its books")
    def bookkeeping(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return books.bookkeeping(house, who, company_id)

    @patch(sync_to_thread=True, summary="Change how a company keeps its books")
    def change(
        self, house: House, who: Who, company_id: str, data: BookkeepingBody
    ) -> dict[str, Any]:
        return books.change_bookkeeping(house, who, company_id, msgspec.to_builtins(data))


def _choices(raw: list[str] | None) -> list[dict[str, Any]]:
    chosen = []
    for text in raw or ():
        part, *rest = text.split(":")
        if (
            not part.isdecimal()
            or len(part) > 4
            or not 2 <= len(rest) <= 4
            or not all(rest[: 2 + (len(rest) == 3)])
        ):
            raise Invalid(
                "A choice is part:account:treatment, such as 0:6226:FR_STD20.",
                code="invalid_choice",
                fields=["choice"],
            )
        names = ("account", "treatment", "net", "analytic")
        chosen.append({"part": int(part), **dict(zip(names, rest, strict=False))})
    return chosen


def _builtins(bodies: list[Any] | None) -> list[dict[str, Any]] | None:
    return None if bodies is None else msgspec.to_builtins(bodies)


CONTROLLERS = (
    Posting,
    JournalEntries,
    PostedDocuments,
    Accounts,
    PeriodLock,
    Bookkeeping,
)
