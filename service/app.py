"""The application: every door of the service, and what stands around them.

The wiring is all here: controllers by noun, who is asking, answers of no, headers, limits. What a
door does is in `service.operations`.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.handlers import BaseRouteHandler

from service import answers, api, pages
from service.auth import authenticate, provide_session, provide_who
from service.description import openapi_config
from service.envelope import envelope
from service.house import House, open_house
from service.metrics import count_request
from service.pages import desk
from service.settings import Settings

JSON_BYTES = 10 * 1024 * 1024
"""Largest body of any request but an upload; a regrouping of thousands of pages is the longest."""


def create_app(house: House | None = None) -> Litestar:
    """The application over `house`; over the one of the environment when none is given."""
    opened = house or open_house(Settings.from_environment())
    return application(lambda: opened, secure=opened.settings.public_url.startswith("https:"))


def application(house: Callable[[], House], *, secure: bool = False) -> Litestar:
    """The application over whatever house there is when a request comes. `secure` says that people
    come over https.
    """
    with warnings.catch_warnings():
        # Litestar 3 will want a marker on every parameter; we are on 2, whose inference is exact.
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        return _application(house, secure)


def _application(house: Callable[[], House], secure: bool) -> Litestar:
    def close() -> None:
        house().store.close()

    app = Litestar(
        route_handlers=[*controllers()],
        dependencies={
            "house": Provide(house, sync_to_thread=False),
            "who": Provide(provide_who, sync_to_thread=False),
            "session": Provide(provide_session, sync_to_thread=False),
        },
        guards=[partial(_guard, house)],
        exception_handlers={**answers.HANDLERS, HTTPException: _http_fault},
        request_max_body_size=JSON_BYTES,
        openapi_config=openapi_config(),
        logging_config=None,
        on_shutdown=[close],
    )
    # Around the router too, so that an address that is not there is answered like any other.
    app.asgi_handler = envelope(
        app.asgi_handler,
        secure=secure,
        observe=count_request,
    )
    return app


def _http_fault(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """An address that is no door of ours: a person at a browser reads it on a page."""
    at_a_page = "text/html" in request.headers.get("accept", "")
    if at_a_page and not request.url.path.startswith("/api/"):
        return desk.http_fault(request, error)
    return answers.http_fault(request, error)


async def _guard(
    house: Callable[[], House],
    request: ASGIConnection[Any, Any, Any, Any],
    handler: BaseRouteHandler,
) -> None:
    """Who may not come in learns nothing of what a door takes."""
    assert isinstance(request, Request)
    await authenticate(house(), request, set(handler.parsed_fn_signature.parameters))


def controllers() -> list[Any]:
    """The CONTROLLERS of every module of `service.api`, and of the pages."""
    found: list[Any] = []
    for package in (api, pages):
        for module in sorted(m.name for m in pkgutil.iter_modules(package.__path__)):
            loaded = importlib.import_module(f"{package.__name__}.{module}")
            found += getattr(loaded, "CONTROLLERS", ())
    return found
