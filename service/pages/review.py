"""The review page: a person sees the stack in groups, puts it right and validates it.

A browser without scripts sends forms and gets the whole page again. Our script changes the page
itself, sends the same changes as the API takes them, and is told what is different then.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from domain.errors import Conflict, NotFound
from service.answers import status_of
from service.api.review import Change
from service.house import House
from service.operations import imports, reopening, review, validation
from service.operations.sessions import Session
from service.pages.boards import context, piece, sentence
from service.pages.desk import Desk, PageController, in_words, redirect
from service.pages.stacks import by_numbers, stack_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Asked = Request[Any, Any, Any]
MOST_READING = 2_000
MOST_THUMBNAILS = 50
"""In one answer; `board-pictures.js` asks for as many."""


class Seen(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the browser shows: of which version, in which status, and which groups (ids) it shows as
    being read.
    """

    since: int
    status: str
    reading: Annotated[list[str], msgspec.Meta(max_length=MOST_READING)] = []


class Changed(Seen, forbid_unknown_fields=True, kw_only=True):
    """`version` is the newest that the browser knows of; `since` the one that it shows."""

    version: int
    changes: list[Change]


class TakenBack(Seen, forbid_unknown_fields=True, kw_only=True):
    change: int | None = None
    """The version of the change to undo; one's own last when left out."""


class Review(PageController):
    path = "/imports/{import_id:str}"

    @get(sync_to_thread=True)
    def page(self, house: House, session: Session, request: Asked, import_id: str) -> Response[str]:
        desk = Desk.of(house, session, request)
        view = imports.get(house, session.who, import_id)
        return desk.show("review.html", here="imports", **context(desk, view))

    @post("/board", status_code=200, sync_to_thread=True)
    def board(
        self, house: House, session: Session, request: Asked, import_id: str, data: Seen
    ) -> Response[Any]:
        """What is different now; nothing (204) when nothing is."""
        now = imports.progress(house, session.who, import_id)
        still = now["version"] == data.since and now["status"] == data.status
        if still and now["settled"] and not data.reading:
            return Response(None, status_code=204)
        view = imports.get(house, session.who, import_id)
        return _told(Desk.of(house, session, request), view, data)

    @post("/board/changes", status_code=200, sync_to_thread=True)
    def changes(
        self, house: House, session: Session, request: Asked, import_id: str, data: Changed
    ) -> Response[Any]:
        changes = msgspec.to_builtins(data.changes)
        return _done(
            Desk.of(house, session, request),
            data,
            lambda: review.change(house, session.who, import_id, changes, data.version),
        )

    @post("/board/undo", status_code=200, sync_to_thread=True)
    def undo(
        self, house: House, session: Session, request: Asked, import_id: str, data: TakenBack
    ) -> Response[Any]:
        return _done(
            Desk.of(house, session, request),
            data,
            lambda: review.undo(house, session.who, import_id, data.change),
        )

    @post("/board/redo", status_code=200, sync_to_thread=True)
    def redo(
        self, house: House, session: Session, request: Asked, import_id: str, data: Seen
    ) -> Response[Any]:
        return _done(
            Desk.of(house, session, request),
            data,
            lambda: review.redo(house, session.who, import_id),
        )

    @get("/board/history", sync_to_thread=True)
    def history(
        self, house: House, session: Session, request: Asked, import_id: str
    ) -> Response[str]:
        """Who changed what, as a list to take things back from."""
        desk = Desk.of(house, session, request)
        view = imports.get(house, session.who, import_id)
        content = desk.piece("review_history.html", **context(desk, view))
        return Response(content, media_type="text/html")

    @get("/board/thumbnails", sync_to_thread=True)
    def thumbnails(
        self, house: House, session: Session, import_id: str, pages: str = ""
    ) -> Response[bytes]:
        """The small pictures of pages (their ids, between commas) in one answer, each behind its
        length in four bytes: asking for each alone costs ten times as much.
        """
        keys = imports.thumbnails(house, session.who, import_id, pages.split(",")[:MOST_THUMBNAILS])
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(partial(_picture, house), keys))
        content = b"".join(len(one).to_bytes(4, "big") + one for one in found)
        kept = {"Cache-Control": "private, max-age=86400"} if all(found) else {}
        return Response(content, media_type="application/octet-stream", headers=kept)

    @post("/numbers", status_code=200, sync_to_thread=True)
    def numbers(
        self, house: House, session: Session, request: Asked, import_id: str, data: Form
    ) -> Response[None]:
        """The whole regrouping, by the number typed under each page."""
        stack = stack_of(imports.get(house, session.who, import_id))
        groups, aside = by_numbers(stack, data)
        review.regroup(house, session.who, import_id, groups, aside, _version(data))
        return redirect(f"/imports/{import_id}")

    @post("/category", status_code=200, sync_to_thread=True)
    def category(
        self, house: House, session: Session, import_id: str, data: Form
    ) -> Response[None]:
        number = int(data["number"]) if data.get("number", "").isdecimal() else 0
        category = data.get("category", "")
        review.recategorise(house, session.who, import_id, number, category, _version(data))
        return redirect(f"/imports/{import_id}")

    @post("/undo", status_code=200, sync_to_thread=True)
    def undo_form(self, house: House, session: Session, import_id: str) -> Response[None]:
        review.undo(house, session.who, import_id)
        return redirect(f"/imports/{import_id}")

    @post("/redo", status_code=200, sync_to_thread=True)
    def redo_form(self, house: House, session: Session, import_id: str) -> Response[None]:
        review.redo(house, session.who, import_id)
        return redirect(f"/imports/{import_id}")

    @post("/validate", status_code=200, sync_to_thread=True)
    def validate(
        self, house: House, session: Session, request: Asked, import_id: str, data: Form
    ) -> Response[None]:
        view = validation.validate(house, session.who, import_id, _version(data))
        return Desk.of(house, session, request).go(
            f"/imports/{import_id}", "validated", documents=str(len(view["documents"]))
        )

    @post("/reopen", status_code=200, sync_to_thread=True)
    def reopen(
        self, house: House, session: Session, request: Asked, import_id: str
    ) -> Response[None]:
        reopening.reopen(house, session.who, import_id)
        return Desk.of(house, session, request).go(f"/imports/{import_id}", "reopened")


def _picture(house: House, key: str | None) -> bytes:
    try:
        return house.objects.get(key) if key else b""
    except NotFound:
        return b""


def _version(data: dict[str, str]) -> int | None:
    text = data.get("version", "")
    return int(text) if text.isdecimal() else None


def _done(desk: Desk, seen: Seen, doing: Callable[[], dict[str, Any]]) -> Response[Any]:
    """What is different after doing something; or, if others were faster, who did what."""
    try:
        view = doing()
    except Conflict as refusal:
        message, advice = in_words(desk.words, refusal)
        told = {
            "code": refusal.code,
            "detail": message,
            "advice": advice,
            "changes": [sentence(desk, item) for item in refusal.details.get("changes", ())],
        }
        return Response(told, status_code=status_of(refusal))
    return _told(desk, view, seen)


def _told(desk: Desk, view: dict[str, Any], seen: Seen) -> Response[dict[str, Any]]:
    return Response(
        piece(desk, view, since=seen.since, status=seen.status, reading=set(seen.reading))
    )


CONTROLLERS = (Review,)
