"""Around every request: an id, the headers that keep browsers careful, a line in the log.

One ASGI middleware, outside everything else, so that errors have them too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from domain.ids import new_id
from service.api.idempotency import HEADER, request_key

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No inline script or style, nothing from elsewhere: what is written on paper stays text."""
HEADERS = {
    b"content-security-policy": PAGE_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
QUIET = ("/health/", "/metrics", "/static/")

Observer = Callable[[str, str | None, int, float], None]
"""Told of each answer: method, path template, status, seconds."""

log = structlog.get_logger("request")


def envelope(app: ASGIApp, *, secure: bool, observe: Observer) -> ASGIApp:
    """`app` within its envelope. `secure` says that people come over https."""
    fixed = dict(HEADERS)
    if secure:
        fixed[b"strict-transport-security"] = b"max-age=31536000"

    async def enveloped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        given = {name: value for name, value in scope["headers"]}  # noqa: C416 - names repeat
        wanted = given.get(b"x-request-id", b"").decode("latin-1")
        request_id = wanted if _ID.fullmatch(wanted) else new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        method, path = str(scope["method"]), scope["path"]
        key = given.get(HEADER.encode())
        token = request_key.set(
            (f"{method} {path}"[:200], key.decode("latin-1"))
            if key is not None and method == "POST"
            else None
        )
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message["headers"])
                present = {name.lower() for name, _ in headers}
                headers += [(n, v) for n, v in fixed.items() if n not in present]
                headers.append((b"x-request-id", request_id.encode()))
                if b"cache-control" not in present:
                    headers.append((b"cache-control", b"private, no-store"))
                message["headers"] = headers
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        finally:
            took = time.perf_counter() - began
            template = scope.get("path_template")  # not what was asked for: that may say anything
            observe(method, template, status, took)
            if not path.startswith(QUIET):
                log.info(
                    "request.answered",
                    method=method,
                    route=template,
                    status=status,
                    took_ms=round(took * 1000),
                )
            request_key.reset(token)

    return enveloped
