"""/api/v1: what was learnt. Rules of senders, and the versions of what documents taught."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get, patch

from domain.people import Who
from service.house import House
from service.lists import Page
from service.operations import artefacts, rules


class RuleChange(msgspec.Struct, forbid_unknown_fields=True):
    active: bool


class ArtefactChange(msgspec.Struct, forbid_unknown_fields=True):
    live: bool


class Rules(Controller):
    path = "/api/v1/rules"
    tags = ("Learning",)

    @get(
        sync_to_thread=True,
        summary="What corrections taught, newest first",
        description=(
            "Each lesson is a new version of the rule of a field of a sender; one version a field "
            "is `active`. A `refused` rule says in `reason` which confirmed document speaks "
            "against it. `q` searches the names of senders."
        ),
    )
    def list_rules(
        self,
        house: House,
        who: Who,
        q: str = "",
        status: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return rules.list_rules(house, who, q=q, status=status, cursor=cursor, limit=limit)

    @get("/{rule_id:str}", sync_to_thread=True, summary="One rule")
    def get_rule(self, house: House, who: Who, rule_id: str) -> dict[str, Any]:
        return rules.get_rule(house, who, rule_id)

    @patch(
        "/{rule_id:str}",
        sync_to_thread=True,
        summary="Switch a rule off, or bring a version back",
        description="A version that is brought back replaces the one that acts.",
    )
    def switch_rule(self, house: House, who: Who, rule_id: str, data: RuleChange) -> dict[str, Any]:
        return rules.switch(house, who, rule_id, active=data.active)


class Artefacts(Controller):
    path = "/api/v1/artefacts"
    tags = ("Learning",)

    @get(
        sync_to_thread=True,
        summary="Versions of what the organisation's documents taught, newest first",
        description=(
            "`scores` counts how often this version (`right`) and the live one of then "
            "(`live_right`) were right on the `held_out` documents. One that was not better was "
            "`rejected`."
        ),
    )
    def list_artefacts(
        self, house: House, who: Who, cursor: str | None = None, limit: int = 50
    ) -> Page:
        return artefacts.list_artefacts(house, who, cursor=cursor, limit=limit)

    @patch(
        "/{artefact_id:str}", sync_to_thread=True, summary="Bring a version back, or switch it off"
    )
    def switch_artefact(
        self, house: House, who: Who, artefact_id: str, data: ArtefactChange
    ) -> dict[str, Any]:
        return artefacts.switch(house, who, artefact_id, live=data.live)


CONTROLLERS = (Rules, Artefacts)
