"""The review page: a person sees the stack in groups, puts it right and validates it.

Every change gives the groups as they are then: as a whole page to a browser without scripts, as the
piece of it that changed to our own.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.documents import SetAside
from service.house import House
from service.operations import imports, review, validation
from service.operations.sessions import Session
from service.pages.desk import FRAGMENT, Desk, PageController
from service.pages.stacks import Stack, by_numbers, stack_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]


class Aside(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    reason: str = "person"


class WantedGroup(msgspec.Struct, forbid_unknown_fields=True):
    pages: list[str]


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """Groups in their order; they are numbered from 1."""

    groups: list[WantedGroup]
    set_aside: list[Aside]
    version: int


class Review(PageController):
    path = "/imports/{import_id:str}"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, import_id: str) -> Response[str]:
        desk = Desk.of(house, session, request)
        stack = stack_of(imports.get(house, session.who, import_id))
        return desk.show("review.html", here="imports", **_context(desk, stack))

    @get("/groups", sync_to_thread=True)
    def groups(
        self, house: House, session: Session, request: Asked, import_id: str
    ) -> Response[str]:
        return _piece(Desk.of(house, session, request), imports.get(house, session.who, import_id))

    @put("/groups", sync_to_thread=True)
    def regroup(
        self, house: House, session: Session, request: Asked, import_id: str, data: Wanted
    ) -> Response[str]:
        wanted = msgspec.to_builtins(data)
        view = review.regroup(
            house, session.who, import_id, wanted["groups"], wanted["set_aside"], data.version
        )
        return _piece(Desk.of(house, session, request), view)

    @post("/numbers", status_code=200, sync_to_thread=True)
    def numbers(
        self, house: House, session: Session, request: Asked, import_id: str, data: Form
    ) -> Response[Any]:
        """The whole regrouping, by the number typed under each page."""
        stack = stack_of(imports.get(house, session.who, import_id))
        groups, aside = by_numbers(stack, data)
        review.regroup(house, session.who, import_id, groups, aside, _version(data))
        return _answer(house, session, request, import_id)

    @post("/category", status_code=200, sync_to_thread=True)
    def category(
        self, house: House, session: Session, request: Asked, import_id: str, data: Form
    ) -> Response[Any]:
        number = int(data["number"]) if data.get("number", "").isdecimal() else 0
        category = data.get("category", "")
        review.recategorise(house, session.who, import_id, number, category, _version(data))
        return _answer(house, session, request, import_id)

    @post("/undo", status_code=200, sync_to_thread=True)
    def undo(
        self, house: House, session: Session, request: Asked, import_id: str, data: Form
    ) -> Response[Any]:
        review.undo(house, session.who, import_id, _version(data))
        return _answer(house, session, request, import_id)

    @post("/validate", status_code=200, sync_to_thread=True)
    def validate(
        self, house: House, session: Session, request: Asked, import_id: str, data: Form
    ) -> Response[None]:
        view = validation.validate(house, session.who, import_id, _version(data))
        return Desk.of(house, session, request).go(
            f"/imports/{import_id}", "validated", documents=str(len(view["documents"]))
        )


def _version(data: dict[str, str]) -> int | None:
    text = data.get("version", "")
    return int(text) if text.isdecimal() else None


def _answer(house: House, session: Session, request: Asked, import_id: str) -> Response[Any]:
    desk = Desk.of(house, session, request)
    if FRAGMENT in request.headers:
        return _piece(desk, imports.get(house, session.who, import_id))
    return desk.go(f"/imports/{import_id}")


def _piece(desk: Desk, view: dict[str, Any]) -> Response[str]:
    content = desk.piece("review_groups.html", **_context(desk, stack_of(view)))
    return Response(content, media_type="text/html")


def _context(desk: Desk, stack: Stack) -> dict[str, Any]:
    view = stack.view
    by_number = {document["number"]: document for document in view["documents"]}
    return {
        "stack": stack,
        "view": view,
        "documents": by_number,
        "reasons": [reason.value for reason in SetAside],
        "editable": view["status"] == "ready" and desk.may("imports:write"),
        "can_undo": review.can_undo(desk.house, desk.session.who, view["id"]),
    }


CONTROLLERS = (Review,)
