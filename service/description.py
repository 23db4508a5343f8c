"""The description of the API: OpenAPI 3.1 with examples, and the same as a page to read.

The framework writes down what it knows of every door; here is added what it cannot know: examples
(`examples.json`, kept true by a test), how errors look, and which requests may be sent twice.
Nothing comes from another server.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Tag

from service.api.imports import UPLOAD_BODY

EXAMPLES = Path(__file__).with_name("examples.json")
METHODS = ("get", "post", "put", "patch", "delete")
OPEN = frozenset({"/api/v1/sign-in", "/api/v1/sign-out", "/api/v1/invitations/accept"})
TAGS = (
    ("Intake", "Files in, live progress, what each file holds."),
    ("Review", "Put the groups of pages right, and validate them into documents."),
    ("Documents", "What the stack became; corrections stand beside what was read."),
    ("Learning", "What corrections taught; switched off and brought back."),
    ("Books", "Proposed entries, posting, journal, exports."),
    ("Suppliers", "Who invoices come from, the accounts they are paid to, twins made one."),
    ("Sales", "Customers, drafts and invoices: made, merged, numbered, corrected."),
    ("Bank", "Accounts, statements from files, rules, what each movement is."),
    ("Webhooks", "Who is told of what, and what became of telling them."),
    ("Companies", "Sets of books."),
    ("Access", "People, invitations and keys."),
    ("Audit", "Who did what, when, from where."),
    ("Statistics", "Mail received and posted, how long it took, what was put right."),
)
ABOUT = """\
Send `Authorization: Bearer bnt_…`. Amounts are strings with a dot, dates ISO 8601, moments UTC.

Lists answer `{"items": [...], "next_cursor": null}` and take `cursor` and `limit` (200 at most).
What two people may edit carries an `ETag`; send it back as `If-Match` and a stale change is
refused with 412 and what changed. POSTs that create take an `Idempotency-Key`: the same request
again gets the same answer. A refusal is `application/problem+json` (RFC 9457) with a stable
`code`, a sentence in `detail` and what to do next in `advice`.
"""
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, the request is carried out once.",
    "schema": {"type": "string", "maxLength": 255},
    "example": "5f0c7a52-2f0e-4c59-9d1c-0d6b4f1f9f7e",
}
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code", "detail", "advice"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; decide by this."},
        "detail": {"type": "string", "description": "What is refused, in a sentence."},
        "advice": {"type": "string", "description": "What to do next."},
    },
}
PROBLEM_EXAMPLE = {
    "type": "urn:bannette:problem:stale",
    "title": "Changed in the meantime",
    "status": 412,
    "code": "stale",
    "detail": "The groups were changed in the meantime.",
    "advice": "Load the import again and repeat your change.",
    "version": 4,
}


class Published(OpenAPIRenderPlugin):
    """The description for programs."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return msgspec.json.encode(_completed(request, openapi_schema))


class Readable(OpenAPIRenderPlugin):
    """The description for people: plain HTML, no script."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return _page(_completed(request, openapi_schema)).encode()


def openapi_config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Bannette",
        version="1",
        summary="A stack of mail in, posted entries out.",
        description=ABOUT,
        license=License(name="AGPL-3.0-or-later", identifier="AGPL-3.0-or-later"),
        path="/api",
        render_plugins=[Readable(), Published()],
        tags=[Tag(name, description) for name, description in TAGS],
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"key": []}],
        use_handler_docstrings=True,
    )


@cache
def examples() -> dict[str, dict[str, Any]]:
    """``METHOD /path`` → request and response, as they were once asked and answered."""
    found: dict[str, dict[str, Any]] = json.loads(EXAMPLES.read_text("utf-8"))
    return found


_complete: dict[int, dict[str, Any]] = {}


def _completed(request: Request[Any, Any, Any], schema: dict[str, Any]) -> dict[str, Any]:
    app = request.app
    if id(app) not in _complete:
        idempotent = {
            f"{method} {route.path_format}"
            for route in app.routes
            for method, (handler, _) in getattr(route, "route_handler_map", {}).items()
            # A synchronous function is wrapped to run in a thread; ours is inside.
            if getattr(getattr(handler.fn, "func", handler.fn), "idempotent", False)
        }
        _complete.clear()
        _complete[id(app)] = complete(schema, idempotent)
    return _complete[id(app)]


def complete(schema: dict[str, Any], idempotent: set[str]) -> dict[str, Any]:
    """`schema` with examples, errors, and the keys of requests that may be sent twice."""
    schema = json.loads(msgspec.json.encode(schema))
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                name = f"{method.upper()} {path}"
                _complete_operation(item[method], path, name, name in idempotent)
    upload = schema["paths"]["/api/v1/imports"]["post"]
    upload["requestBody"] = UPLOAD_BODY.to_schema()
    schema["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    return dict(schema)


def _complete_operation(operation: dict[str, Any], path: str, name: str, idempotent: bool) -> None:
    if path in OPEN:
        operation["security"] = []
    if idempotent:
        operation.setdefault("parameters", []).append(KEY_PARAMETER)
    responses = operation.setdefault("responses", {})
    for status in [s for s in responses if s >= "400"]:
        del responses[status]  # the framework's own idea of an error
    responses["default"] = {
        "description": "A refusal: what, why, and what to do next.",
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": PROBLEM_EXAMPLE,
            }
        },
    }
    example = examples().get(name, {})
    if "request" in example:
        content = operation.setdefault("requestBody", {}).setdefault("content", {})
        content.setdefault("application/json", {})["example"] = example["request"]
    if "response" in example:
        for status, response in responses.items():
            if status.startswith("2"):
                body = response.setdefault("content", {}).setdefault("application/json", {})
                body["example"] = example["response"]


def _page(schema: dict[str, Any]) -> str:
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>Bannette API</title>",
        '<meta name=viewport content="width=device-width, initial-scale=1"></head><body>',
        '<h1>Bannette API</h1><p><a href="/api/openapi.json">openapi.json</a></p>',
        f"<p>{escape(ABOUT)}</p>",
    ]
    for tag in schema.get("tags", []):
        title, text = escape(tag["name"]), escape(tag["description"])
        parts.append(f"<h2>{title}</h2><p>{text}</p>")
        for path, item in schema["paths"].items():
            parts += [
                _section(method, path, item[method])
                for method in METHODS
                if method in item and tag["name"] in item[method].get("tags", [])
            ]
    return "".join([*parts, "</body></html>"])


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    text = [
        f"<details><summary><code>{method.upper()} {escape(path)}</code> ",
        f"{escape(operation.get('summary', ''))}</summary>",
        f"<p>{escape(operation.get('description', ''))}</p>",
    ]
    text += [
        f"<p><code>{escape(parameter['name'])}</code> ({escape(parameter['in'])}) "
        f"{escape(parameter.get('description', ''))}</p>"
        for parameter in operation.get("parameters", [])
    ]
    example = examples().get(f"{method.upper()} {path}", {})
    for side in ("request", "response"):
        if side in example:
            shown = json.dumps(example[side], indent=2, ensure_ascii=False)
            text.append(f"<p>{side.capitalize()}</p><pre>{escape(shown)}</pre>")
    return "".join([*text, "</details>"])
