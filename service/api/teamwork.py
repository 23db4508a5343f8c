"""/api/v1/documents/{id}: several people at one document. Locks, questions, settled problems."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, delete, get, post, put
from litestar.params import HeaderParameter

from domain.people import Who
from service.api.versions import required_version, versioned
from service.house import House
from service.operations import discussion, locks, settling


class LockBody(msgspec.Struct, forbid_unknown_fields=True):
    take_over: bool = False


class CommentBody(msgspec.Struct, forbid_unknown_fields=True):
    text: str


class AssignmentBody(msgspec.Struct, forbid_unknown_fields=True):
    person_id: str | None = None
    comment: str = ""


class SettlementBody(msgspec.Struct, forbid_unknown_fields=True):
    """A problem by its code and field, and the way to settle it that the proposed entry names."""

    code: str
    how: str
    field: str | None = None
    reason: str = ""
    version: int | None = None


class Teamwork(Controller):
    path = "/api/v1/documents/{document_id:str}"
    tags = ("Documents",)

    @post("/lock", status_code=200, sync_to_thread=True, summary="Take or renew the lock")
    def take_lock(
        self, house: House, who: Who, document_id: str, data: LockBody | None = None
    ) -> dict[str, Any]:
        return locks.take(house, who, document_id, take_over=bool(data and data.take_over))

    @delete("/lock", sync_to_thread=True, summary="Give up one's lock")
    def release_lock(self, house: House, who: Who, document_id: str) -> None:
        locks.release(house, who, document_id)

    @get("/discussion", sync_to_thread=True, summary="Who was asked, and the comments")
    def discussion(self, house: House, who: Who, document_id: str) -> dict[str, Any]:
        return discussion.discussion(house, who, document_id)

    @post("/comments", sync_to_thread=True, summary="Say something about a document")
    def comment(
        self, house: House, who: Who, document_id: str, data: CommentBody
    ) -> dict[str, Any]:
        return discussion.comment(house, who, document_id, data.text)

    @put("/assignment", sync_to_thread=True, summary="Ask a colleague, or nobody any more")
    def assign(
        self, house: House, who: Who, document_id: str, data: AssignmentBody
    ) -> dict[str, Any]:
        return discussion.assign(house, who, document_id, data.person_id, data.comment)

    @post("/settle", status_code=200, sync_to_thread=True, summary="Settle a problem")
    def settle(
        self,
        house: House,
        who: Who,
        document_id: str,
        data: SettlementBody,
        if_match: Annotated[str | None, HeaderParameter(name="If-Match")] = None,
    ) -> Response[dict[str, Any]]:
        return versioned(
            settling.settle(
                house,
                who,
                document_id,
                code=data.code,
                field=data.field,
                how=data.how,
                reason=data.reason,
                version=required_version(if_match, data.version),
            )
        )

    @post("/supplier", sync_to_thread=True, summary="Make the supplier that the document names")
    def create_supplier(self, house: House, who: Who, document_id: str) -> dict[str, Any]:
        return settling.create_supplier(house, who, document_id)


class Colleagues(Controller):
    path = "/api/v1/colleagues"
    tags = ("Access",)

    @get(sync_to_thread=True, summary="The people one may ask")
    def colleagues(self, house: House, who: Who) -> dict[str, Any]:
        return {"items": discussion.colleagues(house, who), "next_cursor": None}


CONTROLLERS = (Teamwork, Colleagues)
