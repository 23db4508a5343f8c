"""The dashboard: numbers and pictures of the last days, for the company looked at or for all."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from service.house import House
from service.operations import dashboard
from service.operations.sessions import Session
from service.pages.charts import columns
from service.pages.desk import Desk, PageController


class Dashboard(PageController):
    path = "/dashboard"

    @get(sync_to_thread=True)
    def page(
        self, house: House, session: Session, request: Request[Any, Any, Any], days: int = 30
    ) -> Response[str]:
        desk = Desk.of(house, session, request)
        found = dashboard.statistics(house, session.who, days=days, company_id=desk.company_id)
        per_day = found["per_day"]
        labels = [desk.words.day_and_month(day["day"]) for day in per_day]
        mail = [(name, [day[name] for day in per_day]) for name in ("received", "posted")]
        return desk.show(
            "dashboard.html",
            here="dashboard",
            found=found,
            periods=dashboard.PERIODS,
            mail=columns(labels, mail),
            pages=columns(labels, [("pages", [day["pages"] for day in per_day])]),
            empty=not (found["received"] or found["posted"] or found["pages"]),
        )


CONTROLLERS = (Dashboard,)
