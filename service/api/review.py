"""/api/v1/imports/{id}/groups: what a person puts right before validating."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, patch, post, put
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.versions import required_version, versioned
from service.house import House
from service.operations import review, validation

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
    number: int | None = None


class Groups(msgspec.Struct, forbid_unknown_fields=True):
    groups: list[Group]
    set_aside: list[PageAside] = []
    version: int | None = None


class GroupChange(msgspec.Struct, forbid_unknown_fields=True):
    category: str
    version: int | None = None


class Version(msgspec.Struct, forbid_unknown_fields=True):
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
            "keep what was read; the others are read again. Send the ETag you saw as If-Match."
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
        "/undo", status_code=200, sync_to_thread=True, summary="Take back the last change of groups"
    )
    def undo(
        self,
        house: House,
        who: Who,
        import_id: str,
        data: Version | None = None,
        if_match: IfMatch = None,
    ) -> Response[dict[str, Any]]:
        version = required_version(if_match, data.version if data else None)
        return versioned(review.undo(house, who, import_id, version))

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


CONTROLLERS = (Review,)
