"""/api/v1/imports/{id}/groups: what a person puts right before validating."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get, patch, post, put
from litestar.params import HeaderParameter

from domain.board import Do
from domain.people import Who
from service.api.versions import required_version, versioned
from service.house import House
from service.operations import alternatives, history, reopening, review, validation

IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]


class PagePlace(msgspec.Struct, forbid_unknown_fields=True):
    """A page by its id, or by its file and its 0-based number there."""

    id: str | None = None
    file_id: str | None = None
    page: int | None = None


class PageAside(PagePlace, forbid_unknown_fields=True):
    reason: str = "person"


class Group(msgspec.Struct, forbid_unknown_fields=True):
    pages: list[str | PagePlace]
    category: str | None = None


class Groups(msgspec.Struct, forbid_unknown_fields=True):
    groups: list[Group]
    set_aside: list[PageAside] = []
    version: int | None = None


class GroupChange(msgspec.Struct, forbid_unknown_fields=True):
    category: str
    version: int | None = None


class Version(msgspec.Struct, forbid_unknown_fields=True):
    version: int | None = None


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """`do` and the ids of the pages it is done to; the rest where it says more."""

    do: Do
    pages: list[str] = []
    onto: str | None = None
    before: str | None = None
    joins: list[str] = []
    category: str | None = None
    reason: str | None = None
    degrees: int | None = None


class Changes(msgspec.Struct, forbid_unknown_fields=True):
    changes: list[Change]
    version: int | None = None


class Undoing(msgspec.Struct, forbid_unknown_fields=True):
    change: int | None = None
    """The version of the change to take back; one's own last when left out."""
    version: int | None = None


class Review(Controller):
    path = "/api/v1/imports/{import_id:str}"
    tags = ("Review",)

    @put(
        "/groups",
        sync_to_thread=True,
        summary="Regroup all pages",
        description=(
            "Every page of the import is in exactly one group or set aside with a reason "
            "(blank, separator, duplicate, unreadable, person). Groups whose pages did not change "
            "keep what was read; the others are read again. Groups are numbered as they lie in the "
            "stack. Send the ETag you saw as If-Match."
        ),
    )
    def regroup(
        self, house: House, who: Who, import_id: str, data: Groups, if_match: IfMatch = None
    ) -> Response[dict[str, Any]]:
        body = msgspec.to_builtins(data)
        return versioned(
            review.regroup(
                house,
                who,
                import_id,
                body["groups"],
                body["set_aside"],
                required_version(if_match, data.version),
            )
        )

    @patch("/groups/{number:int}", sync_to_thread=True, summary="Say what a group is")
    def recategorise(
        self,
        house: House,
        who: Who,
        import_id: str,
        number: int,
        data: GroupChange,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        return versioned(review.recategorise(house, who, import_id, number, data.category, version))

    @post(
        "/changes",
        status_code=200,
        sync_to_thread=True,
        summary="Change groups, one thing after the other",
        description=(
            "`cut`: a document begins at each of `pages`. `join`: their groups go on the group of "
            "`onto`, or the one before. `recut`: cut at `pages`, join at `joins`. `move`: into the "
            "group of `onto`, `before` a page of it or in their place in the stack. `new`: a group "
            "of their own. `aside`: set aside for a `reason`. `category`: their groups are of "
            "`category`. `turn`: by `degrees` clockwise. `order`: `pages` are one document in "
            "this order. `as_fed`: they lie as they were fed, neighbours together. `keep_cut`, "
            "`keep_category`: it is right as it is. Changes made on an older version are made on the present one where nobody "
            "else touched the same groups; otherwise all are refused (412) with who did what."
        ),
    )
    def change(
        self, house: House, who: Who, import_id: str, data: Changes, if_match: IfMatch = None
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version)
        changes = msgspec.to_builtins(data.changes)
        return versioned(review.change(house, who, import_id, changes, version))

    @post(
        "/undo",
        status_code=200,
        sync_to_thread=True,
        summary="Take back one's last change of groups, or one of the history",
    )
    def undo(
        self, house: House, who: Who, import_id: str, data: Undoing | None = None
    ) -> Response[dict[str, Any]]:
        return versioned(review.undo(house, who, import_id, data.change if data else None))

    @post(
        "/redo", status_code=200, sync_to_thread=True, summary="Make again what one took back last"
    )
    def redo(self, house: House, who: Who, import_id: str) -> Response[dict[str, Any]]:
        return versioned(review.redo(house, who, import_id))

    @get("/changes", sync_to_thread=True, summary="Who changed the groups, newest first")
    def made(self, house: House, who: Who, import_id: str) -> dict[str, Any]:
        return history.history(house, who, import_id)

    @get(
        "/alternatives",
        sync_to_thread=True,
        summary="The next best ways to cut the files, and what they would change",
    )
    def alternatives(self, house: House, who: Who, import_id: str) -> dict[str, Any]:
        return {"items": alternatives.alternatives(house, who, import_id)}

    @post(
        "/validate",
        status_code=200,
        sync_to_thread=True,
        summary="Turn the groups into documents; twice is as once",
    )
    def validate(
        self,
        house: House,
        who: Who,
        import_id: str,
        data: Version | None = None,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version if data else None)
        return versioned(validation.validate(house, who, import_id, version))

    @post(
        "/reopen",
        status_code=200,
        sync_to_thread=True,
        summary="Take the validation back, while nothing of it is posted; twice is as once",
    )
    def reopen(self, house: House, who: Who, import_id: str) -> Response[dict[str, Any]]:
        return versioned(reopening.reopen(house, who, import_id))


CONTROLLERS = (Review,)
