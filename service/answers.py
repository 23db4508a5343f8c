"""Answers of no: every refusal and fault as RFC 9457 problem details, telling nothing of the inside.

A refusal says its own code, sentence and advice. Anything else is a fault: it goes to the log with
its trace, and the sender learns the request id to quote.
"""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from minio.error import MinioException
from sqlalchemy.exc import DBAPIError, OperationalError
from urllib3.exceptions import HTTPError as StoreUnreachable

from domain import errors
from service.uploads import UploadCut

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[errors.Refused], int] = {
    errors.NotFound: 404,
    errors.Forbidden: 403,
    errors.Unauthenticated: 401,
    errors.Invalid: 422,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unreadable: 422,
    errors.Unavailable: 503,
    UploadCut: 400,
}
STATUS_OF_CODE = {"stale": 412, "upload_idle": 408, "malformed_upload": 400}
"""Codes that HTTP has a word of its own for."""
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Media type not understood",
    422: "Cannot be",
    429: "Too many",
    500: "Fault",
    503: "Not available",
}

log = structlog.get_logger("answers")


def status_of(refusal: errors.Refused) -> int:
    if refusal.code in STATUS_OF_CODE:
        return STATUS_OF_CODE[refusal.code]
    return next((s for kind, s in STATUS.items() if isinstance(refusal, kind)), 400)


def problem(
    status: int,
    code: str,
    detail: str,
    advice: str = "",
    *,
    headers: dict[str, str] | None = None,
    details: dict[str, Any] | None = None,
) -> Response[bytes]:
    body = {
        **(details or {}),
        "type": f"urn:bannette:problem:{code}",
        "title": TITLES.get(status, "Refused"),
        "status": status,
        "code": code,
        "detail": detail,
        "advice": advice,
    }
    return Response(
        msgspec.json.encode(body, enc_hook=str),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def refused(_request: Request[Any, Any, Any], refusal: errors.Refused) -> Response[bytes]:
    status = status_of(refusal)
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in refusal.details:
        headers["Retry-After"] = str(refusal.details["retry_after"])
    return problem(
        status,
        refusal.code,
        refusal.message,
        refusal.advice,
        headers=headers,
        details=refusal.details,
    )


def http_fault(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework itself refuses: unknown paths, wrong methods, bodies of another shape."""
    if error.status_code >= 500:
        return fault(request, error)
    details: dict[str, Any] = {}
    status, code = error.status_code, "bad_request"
    if isinstance(error, ValidationException):
        status, code = 422, "invalid"
        details["fields"] = _fields(error)
        text = "Some values of this request cannot be."
    else:
        text = {
            404: "There is nothing at this address.",
            405: "This address does not take this method.",
            413: "The body of this request is too large.",
            415: "The body of this request has a type we do not read here.",
        }.get(status, "This request cannot be read.")
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(status, code)
    headers = {k: v for k, v in (error.headers or {}).items() if k.lower() == "allow"}
    return problem(status, code, text, headers=headers, details=details)


def _fields(error: ValidationException) -> list[dict[str, str]]:
    found = error.extra if isinstance(error.extra, list) else []
    return [
        {"field": str(e.get("key", "")), "message": str(e.get("message", ""))[:200]}
        for e in found
        if isinstance(e, dict)
    ]


def unavailable(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The database or the object store does not answer."""
    log.error("part.unavailable", exc_info=error)
    return problem(
        503,
        "unavailable",
        "A part of the service does not answer at the moment.",
        "Send the request again in a while, with the same Idempotency-Key.",
        headers={"Retry-After": "5"},
    )


def fault(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("request.failed", exc_info=error)
    request_id = request.scope.get("state", {}).get("request_id", "")
    return problem(
        500,
        "fault",
        "Something went wrong on our side; it was noted.",
        "Try again. If it stays, tell your administrator the request id.",
        details={"request_id": request_id},
    )


def database_fault(request: Request[Any, Any, Any], error: DBAPIError) -> Response[bytes]:
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return unavailable(request, error)
    return fault(request, error)


HANDLERS: dict[Any, Any] = {
    errors.Refused: refused,
    HTTPException: http_fault,
    DBAPIError: database_fault,
    StoreUnreachable: unavailable,
    MinioException: unavailable,
    Exception: fault,
}
