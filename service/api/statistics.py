"""/api/v1/statistics: the numbers of the dashboard."""

from __future__ import annotations

from typing import Any

from litestar import Controller, get

from domain.people import Who
from service.house import House
from service.operations import companies, dashboard


class Statistics(Controller):
    path = "/api/v1/statistics"
    tags = ("Statistics",)

    @get(
        sync_to_thread=True,
        summary="Mail received and posted, how long it took, what was put right",
        description=(
            "Of the last `days` days (30; 365 at most), today included. `received` counts the "
            "pieces of mail by the day of their upload, `posted` invoices by the day of their "
            "entry. `seconds_to_post` is the time from upload to entry."
        ),
    )
    def statistics(
        self, house: House, who: Who, days: int = 30, company_id: str | None = None
    ) -> dict[str, Any]:
        if company_id:
            companies.get(house, who, company_id)
        return dashboard.statistics(house, who, days=days, company_id=company_id)


CONTROLLERS = (Statistics,)
