"""/health and /metrics, for whoever keeps the service running; they tell nothing of tenants."""

from __future__ import annotations

from typing import Any

from litestar import Controller, Response, get

from service import health, metrics
from service.house import House


class Running(Controller):
    path = "/"
    include_in_schema = False

    @get("/health/live", sync_to_thread=False)
    def live(self) -> dict[str, str]:
        return health.live()

    @get("/health/ready", sync_to_thread=True)
    def ready(self, house: House) -> Response[dict[str, Any]]:
        found = health.ready(house)
        return Response(found.to_json(), status_code=found.status_code)

    @get("/metrics", sync_to_thread=True)
    def metrics(self, house: House) -> Response[bytes]:
        return Response(metrics.render(house), headers={"Content-Type": metrics.CONTENT_TYPE})


CONTROLLERS = (Running,)
