"""/api/v1: rules people write for what purchases are posted to."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, patch, post
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.idempotency import once
from service.api.versions import required_version, versioned
from service.house import House
from service.operations import posting_rules

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class NewPostingRule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    account: str
    name: str = ""
    company_id: str | None = None
    supplier_id: str | None = None
    words: str = ""
    at_least: str | None = None
    at_most: str | None = None
    treatment: str = ""
    analytic: str = ""
    automatic: bool = False


class PostingRuleChange(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    name: str | msgspec.UnsetType = msgspec.UNSET
    supplier_id: str | msgspec.UnsetType | None = msgspec.UNSET
    words: str | msgspec.UnsetType = msgspec.UNSET
    at_least: str | msgspec.UnsetType | None = msgspec.UNSET
    at_most: str | msgspec.UnsetType | None = msgspec.UNSET
    account: str | msgspec.UnsetType = msgspec.UNSET
    treatment: str | msgspec.UnsetType = msgspec.UNSET
    analytic: str | msgspec.UnsetType = msgspec.UNSET
    automatic: bool | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET
    position: int | msgspec.UnsetType = msgspec.UNSET


class PostingRules(Controller):
    path = "/api/v1/posting-rules"
    tags = ("Books",)

    @get(sync_to_thread=True, summary="Posting rules, in the order in which they are asked")
    def list_rules(self, house: House, who: Who, company_id: str | None = None) -> dict[str, Any]:
        return {"items": posting_rules.list_rules(house, who, company_id), "next_cursor": None}

    @post(
        sync_to_thread=True,
        summary="Add a posting rule",
        description=(
            "Lines of purchases of `supplier_id` (if given) with all of the `words` (in any order, "
            "without case or accents; a comma separates alternatives) and a net amount between "
            "`at_least` and `at_most` go to `account` with the VAT `treatment`, or the one the "
            "paper speaks of. Rules that name the supplier come before what was posted for it, "
            "others after. `analytic` is the code such lines carry. `automatic` lets the machine post by it where the company's dial allows."
        ),
    )
    @once
    def add(self, house: House, who: Who, data: NewPostingRule) -> dict[str, Any]:
        return posting_rules.add(house, who, data.company_id, msgspec.to_builtins(data))

    @post(
        "/preview",
        status_code=200,
        sync_to_thread=True,
        summary="What a rule would have said of the last documents",
        description="The last 300 documents; lines that were posted otherwise come first.",
    )
    def preview(self, house: House, who: Who, data: NewPostingRule) -> dict[str, Any]:
        return posting_rules.preview(house, who, data.company_id, msgspec.to_builtins(data))

    @get("/{posting_rule_id:str}", sync_to_thread=True, summary="One posting rule")
    def get_rule(self, house: House, who: Who, posting_rule_id: str) -> Response[dict[str, Any]]:
        return versioned(posting_rules.get(house, who, posting_rule_id))

    @patch(
        "/{posting_rule_id:str}",
        sync_to_thread=True,
        summary="Change a posting rule, switch it, or move it",
        description="`active` switches it; `position` (from 1) says when it is asked.",
    )
    def change(
        self,
        house: House,
        who: Who,
        posting_rule_id: str,
        data: PostingRuleChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, None)
        return versioned(
            posting_rules.change(house, who, posting_rule_id, msgspec.to_builtins(data), version)
        )

    @delete(
        "/{posting_rule_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete a posting rule",
        description="What was posted by it stays.",
    )
    def remove(self, house: House, who: Who, posting_rule_id: str) -> dict[str, Any]:
        return posting_rules.delete(house, who, posting_rule_id)

    @post(
        "/{posting_rule_id:str}/restore",
        status_code=200,
        sync_to_thread=True,
        summary="Bring a deleted posting rule back",
    )
    def restore(self, house: House, who: Who, posting_rule_id: str) -> dict[str, Any]:
        return posting_rules.restore(house, who, posting_rule_id)


CONTROLLERS = (PostingRules,)
