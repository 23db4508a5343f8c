"""/api/v1: what helps to write entries by hand. Models of entries, and what a closing asks for."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, delete, get, post

from domain.people import Who
from service.api.accounting import LineBody
from service.api.idempotency import once
from service.house import House
from service.lists import Page
from service.operations import closing, entry_models


class ModelBody(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    lines: list[LineBody]
    company_id: str | None = None
    journal: str = ""
    label: str = ""
    piece_reference: str = ""


class ClosingBody(msgspec.Struct, forbid_unknown_fields=True):
    """Which of these a kind needs is said in the description of the door."""

    kind: str
    closing: str
    company_id: str | None = None
    label: str = ""
    account: str = ""
    auxiliary: str = ""
    amount: str = ""
    vat: str = ""
    start: str = ""
    end: str = ""
    by: str = ""
    booked: str = ""
    foreign: str = ""
    rate: str = ""
    years: str = ""
    months: str = ""
    previous_closing: str = ""


class EntryModels(Controller):
    path = "/api/v1/entry-models"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="Models of entries")
    def list_models(self, house: House, who: Who, company_id: str | None = None) -> Page:
        return entry_models.list_models(house, who, company_id)

    @post(
        sync_to_thread=True,
        summary="Save a model of an entry",
        description="In place of the company's model of the same name. A line needs no amount.",
    )
    @once
    def save(self, house: House, who: Who, data: ModelBody) -> dict[str, Any]:
        return entry_models.save(house, who, data.company_id, msgspec.to_builtins(data))

    @get("/{entry_model_id:str}", sync_to_thread=True, summary="One model of an entry")
    def get_model(self, house: House, who: Who, entry_model_id: str) -> dict[str, Any]:
        return entry_models.model(house, who, entry_model_id)

    @delete("/{entry_model_id:str}", sync_to_thread=True, summary="Delete a model of an entry")
    def remove(self, house: House, who: Who, entry_model_id: str) -> None:
        entry_models.remove(house, who, entry_model_id)


class ClosingProposals(Controller):
    path = "/api/v1/closing-proposals"
    tags = ("Books",)

    @get(
        "/foreign-items",
        sync_to_thread=True,
        summary="Open documents in other currencies",
        description="What `exchange` takes; those of which a part is paid are left to a person.",
    )
    def foreign_items(self, house: House, who: Who, company_id: str | None = None) -> Page:
        return {"items": closing.foreign_items(house, who, company_id), "next_cursor": None}

    @post(
        status_code=200,
        sync_to_thread=True,
        summary="Work out an entry of the end of a period",
        description=(
            "Nothing is posted: the answer is what `POST /journal-entries` takes. `closing` is the "
            "last day of the period. Kinds: `prepaid` and `deferred_income` (account, amount, "
            "start, end, by months or days), `not_received` (account, amount, vat), `exchange` "
            "(account, booked and foreign amount, negative for debts, rate), `depreciation` "
            "(account of the asset, amount, start, years, by), `private_share` (amount: the price "
            "of the car, months)."
        ),
    )
    def proposal(self, house: House, who: Who, data: ClosingBody) -> dict[str, Any]:
        values = msgspec.to_builtins(data)
        return closing.proposed(house, who, data.company_id, data.kind, values)


CONTROLLERS = (EntryModels, ClosingProposals)
