"""/api/v1: the dial of a company, what the machine posted, what it would have posted."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Controller, get, patch

from domain.people import Who
from service.house import House
from service.operations import automation


class AutomationBody(msgspec.Struct, forbid_unknown_fields=True):
    dial: str | None = None
    share: str | None = None


class Automation(Controller):
    path = "/api/v1/companies/{company_id:str}/automation"
    tags = ("Books",)

    @get(
        sync_to_thread=True,
        summary="What the machine may post by itself, and what came of it",
        description=(
            "`dial` is `off`, `known` (proved documents of known suppliers) or `proved`; `share` is "
            "the percentage of sure documents that go to a person all the same. `last` counts the "
            "last 50 since it was turned on; `fell_back` tells when it stopped by itself."
        ),
    )
    def automation(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return automation.automation(house, who, company_id)

    @patch(sync_to_thread=True, summary="Turn the dial, or change the share")
    def turn(self, house: House, who: Who, company_id: str, data: AutomationBody) -> dict[str, Any]:
        return automation.turn(house, who, company_id, data.dial, data.share)

    @get(
        "/replay",
        sync_to_thread=True,
        summary="What the machine would have posted over the last 90 days",
        description=(
            "Each document as it was read, with what was known when it came: how many each place of "
            "the dial would have posted, and where people posted otherwise."
        ),
    )
    def replay(self, house: House, who: Who, company_id: str) -> dict[str, Any]:
        return automation.replay(house, who, company_id)


CONTROLLERS = (Automation,)
