"""/api/v1/imports: uploads in, what became of them out, live while it happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.spec import OpenAPIMediaType, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import HeaderParameter
from litestar.response import Stream

from domain.errors import NotFound, Refused
from domain.people import Who
from service import uploads
from service.api.downloads import attachment, picture
from service.api.idempotency import HEADER, alone, check_key
from service.api.versions import versioned
from service.auth import STREAMED
from service.house import House
from service.lists import Page
from service.operations import imports, intake, page_words

POLL_S = 0.5
HEARTBEAT_S = 10.0
LONGEST_S = 3_600.0
"""A stream of events ends after this; browsers reconnect by themselves."""


class Retry(msgspec.Struct, forbid_unknown_fields=True):
    file_ids: list[str] | None = None


class Imports(Controller):
    path = "/api/v1/imports"
    tags = ("Intake",)

    @post(
        status_code=202,
        opt={STREAMED: True},
        request_max_body_size=None,
        summary="Upload files",
        description=(
            "Send `multipart/form-data` with any number of files and, beside them, `company_id`, "
            "`name`, `allow_duplicates`; or the bytes of one file as the body, with `?name=`. "
            "The answer comes when everything is stored; reading goes on afterwards. "
            "A file that cannot be taken is listed with its problem and harms no other."
        ),
    )
    async def create(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str | None = None,
        name: str = "",
        allow_duplicates: bool = False,
        idempotency_key: Annotated[str | None, HeaderParameter(name=HEADER)] = None,
    ) -> Response[dict[str, Any]]:
        await sync_to_thread(intake.may_upload, house, who, company_id, request.content_length or 0)
        if idempotency_key is None:
            import_id = await self._receive(
                house, who, request, company_id, name, allow_duplicates, None
            )
        else:
            with alone(who, "POST /api/v1/imports", check_key(idempotency_key)):
                import_id = await self._receive(
                    house, who, request, company_id, name, allow_duplicates, idempotency_key
                )
        answer = versioned(await sync_to_thread(imports.get_own, house, who, import_id), 202)
        answer.headers["Location"] = f"/api/v1/imports/{import_id}"
        return answer

    async def _receive(
        self,
        house: House,
        who: Who,
        request: Request[Any, Any, Any],
        company_id: str | None,
        name: str,
        allow_duplicates: bool,
        idempotency_key: str | None,
    ) -> str:
        raw_name = uploads.name_of_raw(request, name)
        upload = await uploads.take(house, who.organisation_id, request, raw_name)
        given = upload.fields
        try:
            received = await sync_to_thread(
                intake.receive,
                house,
                who,
                upload.files,
                company_id=given.get("company_id") or company_id,
                name=given.get("name") or name,
                allow_duplicates=allow_duplicates
                or given.get("allow_duplicates", "").lower() in ("1", "true", "on", "yes"),
                idempotency_key=idempotency_key,
            )
        except Refused:
            # A fault is another matter: the commit may have happened although we did not hear.
            uploads.forget(house, upload.keys)
            raise
        uploads.forget(house, [key for key in upload.keys if key not in received.kept])
        return received.import_id

    @get(sync_to_thread=True, summary="Imports, newest first")
    def list_imports(
        self,
        house: House,
        who: Who,
        company_id: str | None = None,
        status: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        return imports.list_imports(
            house, who, company_id=company_id, status=status, cursor=cursor, limit=limit
        )

    @get("/{import_id:str}", sync_to_thread=True, summary="One import with its groups and receipt")
    def get_import(self, house: House, who: Who, import_id: str) -> Response[dict[str, Any]]:
        return versioned(imports.get(house, who, import_id))

    @get(
        "/{import_id:str}/events",
        media_type="text/event-stream",
        summary="Progress, live (server-sent events)",
    )
    async def events(self, house: House, who: Who, import_id: str) -> Stream:
        # Asked once before the stream begins, so that a wrong id is an answer and not an event.
        first = await sync_to_thread(imports.progress, house, who, import_id)
        return Stream(
            _events(house, who, import_id, first),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @post(
        "/{import_id:str}/retry",
        status_code=202,
        sync_to_thread=True,
        summary="Read failed and rejected files again",
    )
    def retry(
        self, house: House, who: Who, import_id: str, data: Retry | None = None
    ) -> Response[dict[str, Any]]:
        intake.retry(house, who, import_id, data.file_ids if data else None)
        return versioned(imports.get(house, who, import_id), 202)

    @post(
        "/{import_id:str}/files/{file_id:str}/import-anyway",
        status_code=202,
        sync_to_thread=True,
        summary="Read a duplicate file after all",
    )
    def import_anyway(
        self, house: House, who: Who, import_id: str, file_id: str
    ) -> Response[dict[str, Any]]:
        intake.import_anyway(house, who, import_id, file_id)
        return versioned(imports.get(house, who, import_id), 202)

    @delete("/{import_id:str}", sync_to_thread=True, summary="Delete an import")
    def delete_import(self, house: House, who: Who, import_id: str) -> None:
        intake.delete(house, who, import_id)

    @post(
        "/{import_id:str}/restore",
        status_code=200,
        sync_to_thread=True,
        summary="Bring a deleted import back",
    )
    def restore(self, house: House, who: Who, import_id: str) -> Response[dict[str, Any]]:
        intake.restore(house, who, import_id)
        return versioned(imports.get(house, who, import_id))

    @get(
        "/{import_id:str}/files/{file_id:str}/original",
        sync_to_thread=True,
        summary="A file as it was uploaded",
    )
    def original(self, house: House, who: Who, import_id: str, file_id: str) -> Stream:
        found = imports.original(house, who, import_id, file_id)
        return attachment(house, found.object_key, found.name, size=found.bytes)

    @get(
        "/{import_id:str}/pages/{image:str}",
        sync_to_thread=True,
        summary="The picture of a page: {page_id}.webp, ?size=thumbnail for the small one",
    )
    def page_image(
        self, house: House, who: Who, import_id: str, image: str, size: str = "full"
    ) -> Stream:
        page_id, dot, extension = image.partition(".")
        if dot and extension != "webp":
            raise NotFound("Pictures of pages are .webp.")
        key = imports.page_image(house, who, import_id, page_id, thumbnail=size == "thumbnail")
        return picture(house, key)

    @get(
        "/{import_id:str}/pages/{page_id:str}/words",
        sync_to_thread=True,
        summary="The words of a page, with their places",
    )
    def page_words(self, house: House, who: Who, import_id: str, page_id: str) -> dict[str, Any]:
        return page_words.page_words(house, who, import_id, page_id)


async def _events(
    house: House, who: Who, import_id: str, first: dict[str, Any]
) -> AsyncIterator[bytes]:
    """An event whenever the numbers change, a comment when they do not, and `end` at the end."""
    yield b"retry: 2000\n\n"
    began = heard = time.monotonic()
    last = None
    now: dict[str, Any] = first
    while True:
        if now != last:
            yield _event("progress", now)
            last, heard = now, time.monotonic()
        elif time.monotonic() - heard > HEARTBEAT_S:
            yield b": still here\n\n"
            heard = time.monotonic()
        if now["settled"]:
            yield _event("end", {"status": now["status"]})
            return
        if time.monotonic() - began > LONGEST_S:
            return
        await asyncio.sleep(POLL_S)
        try:
            now = await sync_to_thread(imports.progress, house, who, import_id)
        except NotFound:
            yield _event("end", {"status": "deleted"})
            return


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


UPLOAD_BODY = RequestBody(
    required=True,
    description="Files as multipart/form-data, or the bytes of one file.",
    content={
        "multipart/form-data": OpenAPIMediaType(
            schema=Schema(
                type=OpenAPIType.OBJECT,
                properties={
                    "file": Schema(
                        type=OpenAPIType.ARRAY,
                        items=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY),
                    ),
                    "company_id": Schema(type=OpenAPIType.STRING),
                    "name": Schema(type=OpenAPIType.STRING),
                    "allow_duplicates": Schema(type=OpenAPIType.BOOLEAN),
                },
            )
        ),
        "application/octet-stream": OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        ),
    },
)
"""Told to OpenAPI by `service.api.description`: the handler reads its body itself."""

CONTROLLERS = (Imports,)
