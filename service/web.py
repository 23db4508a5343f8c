"""The web server: one process of granian around the application.

Its own process only listens and restarts; the application lives in the worker process it starts,
which makes its house from the environment. Several web processes are several of these.
"""

from __future__ import annotations

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from litestar import Litestar

from service.app import create_app
from service.house import open_house
from service.logs import configure
from service.settings import Settings

STOP_S = 10
"""What is being answered may end; streams of progress are cut, and their readers come again."""


def serve(settings: Settings) -> None:
    """Listen until SIGTERM."""
    Granian(
        "service.web:application",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=1,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_S,
        log_level=LogLevels.warning,
        log_access=False,  # the application logs requests itself, with their ids
        websockets=False,
    ).serve()


def application() -> Litestar:
    settings = Settings.from_environment()
    configure(settings)
    return create_app(open_house(settings))
