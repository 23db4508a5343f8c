"""Uploads: from the network to the object store, a few megabytes in memory at a time.

Nothing touches the disk and no file is ever held whole. Multipart is parsed as it comes; every part
that is a file flows through a `Pipe` into a thread that stores and hashes it. Limits are counted
on the bytes that really come, whatever the headers say. This is one of the two places where the
service is not synchronous; what the files mean is `operations.intake`'s business.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from domain.errors import Invalid, Refused, TooLarge
from domain.filenames import clean_filename
from domain.ids import new_id
from service.house import House
from service.operations.intake import Arrived
from service.pipe import Closed, Pipe
from storage.objects import Stored

PIECE_BYTES = 256 * 1024
"""Small network reads are joined to this before they cross to the thread."""
FIELD_BYTES = 4_096
FIELDS = 20
STREAMS = 64
"""Files that are being stored at once, in one web process."""

_EXTENDED_NAME = re.compile(r"filename\*\s*=\s*utf-8''([^;\s]+)", re.IGNORECASE)

log = structlog.get_logger("uploads")
_threads = ThreadPoolExecutor(STREAMS, thread_name_prefix="upload")


class UploadCut(Refused):
    """The sender went quiet, went away, or sent less than announced."""

    code = "upload_cut"


@dataclass(slots=True)
class Upload:
    """What came in one request: the files, and the small fields beside them."""

    files: list[Arrived] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    """Every object written, kept or not."""


class _TooLargeFile(Exception):  # noqa: N818 - a signal to the storing thread
    pass


class _Incoming:
    """One file on its way. Its thread starts with the first full piece: a sender who drips bytes
    holds no thread.
    """

    def __init__(self, house: House, organisation_id: str, name: str, fallback: str) -> None:
        self.house = house
        self.id = new_id("fil")
        self.named = bool(name)  # a form's file field left empty comes without name and bytes
        self.name = clean_filename(name, fallback)
        self.key = f"{organisation_id}/files/{self.id}"
        self.size = 0
        self.too_large = False
        self._held = bytearray()
        self._pipe: Pipe | None = None
        self._stored: Future[Stored] | None = None

    async def add(self, chunk: bytes, *, alone: bool = False) -> None:
        """Take a chunk. Over the limit the rest is let pass, unless the file is `alone`."""
        self.size += len(chunk)
        if self.size > self.house.settings.file_bytes:
            if alone:
                raise _over(self.house.settings.file_bytes)
            self.too_large = True
            self.stop(_TooLargeFile())
            return
        self._held += chunk
        if len(self._held) >= PIECE_BYTES:
            await self._flush()

    async def finish(self) -> Arrived:
        """Wait until the object is stored, or say why the file is not taken."""
        if self.too_large:
            await self._settled()
            most = self.house.settings.file_bytes // (1024 * 1024)
            return self._refused(
                "file_too_large",
                f"{self.name} is larger than {most} MB.",
                "Scan in grey at 300 dpi or less, or send it in several parts.",
            )
        if self.size == 0:
            return self._refused(
                "file_empty", f"{self.name} is empty.", "Check the file and send it again."
            )
        if self._held:
            await self._flush()
        assert self._pipe is not None
        assert self._stored is not None
        self._pipe.end()
        stored = await asyncio.wrap_future(self._stored)
        return Arrived(self.id, self.name, stored.bytes, stored.sha256, stored.key)

    def stop(self, reason: BaseException) -> None:
        """Give the file up; its thread removes what it had stored so far."""
        self._held.clear()
        if self._pipe is not None:
            self._pipe.end(reason)

    async def give_up(self, reason: BaseException) -> None:
        self.stop(reason)
        await self._settled()

    async def _flush(self) -> None:
        if self._pipe is None:
            self._pipe = Pipe()
            self._stored = _threads.submit(self._store, self._pipe)
        piece = bytes(self._held)
        self._held.clear()
        try:
            await self._pipe.write(piece)
        except Closed:
            assert self._stored is not None
            await asyncio.wrap_future(self._stored)  # raises what stopped it
            raise

    def _store(self, pipe: Pipe) -> Stored:
        try:
            return self.house.objects.put(self.key, pipe)
        finally:
            pipe.abandon()

    async def _settled(self) -> None:
        """Wait until the thread is done, however it ended."""
        if self._stored is not None:
            stored = asyncio.wrap_future(self._stored)
            await asyncio.wait([stored])
            if not stored.cancelled():
                stored.exception()

    def _refused(self, code: str, message: str, advice: str) -> Arrived:
        problem = {"code": code, "message": message, "advice": advice}
        return Arrived(self.id, self.name, self.size, "", "", problem)


async def take(
    house: House, organisation_id: str, request: Request[Any, Any, Any], raw_name: str
) -> Upload:
    """Store every file of the request. Whatever it raises, nothing of it stays stored."""
    upload = Upload()
    limit = house.settings.upload_bytes
    announced = request.content_length
    if announced is not None and announced > limit:
        raise _over(limit)
    kind, options = request.content_type
    body = _received(request, limit, house.settings.upload_idle_seconds, announced)
    try:
        if kind == "multipart/form-data":
            await _take_multipart(house, organisation_id, options.get("boundary", ""), body, upload)
        else:
            await _take_raw(house, organisation_id, raw_name, body, upload)
    except BaseException:
        forget(house, upload.keys)
        raise
    return upload


def name_of_raw(request: Request[Any, Any, Any], name: str) -> str:
    """What a raw body is called: its Content-Disposition, or the `name` of the query."""
    header = request.headers.get("content-disposition", "")
    extended = _EXTENDED_NAME.search(header[:2_000])
    if extended:
        return unquote(extended[1])
    _, options = parse_options_header(header[:2_000])
    return str(options.get("filename") or name)


def forget(house: House, keys: list[str]) -> None:
    """Remove objects that no row points at, in the background; one left over harms nobody."""
    for key in keys:
        _threads.submit(_delete, house, key)


def _delete(house: House, key: str) -> None:
    try:
        house.objects.delete(key)
    except Exception:
        log.warning("object.left_over", object_key=key, exc_info=True)


async def _received(
    request: Request[Any, Any, Any], limit: int, idle_seconds: int, announced: int | None
) -> AsyncIterator[bytes]:
    """The body, counted, cut when nothing comes for a while, and as long as was announced."""
    total = 0
    stream: AsyncGenerator[bytes, None] = request.stream()
    while True:
        try:
            chunk = await asyncio.wait_for(anext(stream), idle_seconds)
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise UploadCut(
                f"Nothing came for {idle_seconds} seconds.",
                code="upload_idle",
                advice="Send it again with the same Idempotency-Key.",
            ) from None
        except HTTPException:  # how the framework tells that the sender hung up
            raise _cut_short() from None
        total += len(chunk)
        if total > limit:
            raise _over(limit)
        if chunk:
            yield chunk
    if announced is not None and total != announced:
        raise _cut_short()


def _over(limit: int) -> TooLarge:
    return TooLarge(
        f"An upload may have {limit // (1024 * 1024)} MB in all.",
        code="upload_too_large",
        advice="Send the files in several requests.",
        limit_bytes=limit,
    )


def _cut_short() -> UploadCut:
    return UploadCut(
        "The upload ended before it was complete.",
        advice="Send it again with the same Idempotency-Key.",
    )


async def _take_raw(
    house: House, organisation_id: str, name: str, body: AsyncIterator[bytes], upload: Upload
) -> None:
    incoming = _Incoming(house, organisation_id, name, "upload")
    upload.keys.append(incoming.key)
    try:
        async for chunk in body:
            await incoming.add(chunk, alone=True)
        upload.files.append(await incoming.finish())
    except BaseException as error:
        await incoming.give_up(error)
        raise


async def _take_multipart(
    house: House,
    organisation_id: str,
    boundary: str,
    body: AsyncIterator[bytes],
    upload: Upload,
) -> None:
    parts = _Parts(house, organisation_id, upload)
    most = house.settings.files_per_import + FIELDS
    try:
        with PushMultipartParser(boundary, max_segment_count=most) as parser:
            async for chunk in body:
                for event in parser.parse(chunk):
                    await parts.take(event)
    except BaseException as error:
        await parts.give_up(error)
        if isinstance(error, ParserLimitReached):
            raise _too_many_files(house) from None
        if isinstance(error, MultipartError):
            raise _malformed("its parts are not separated as its Content-Type says") from None
        raise


class _Parts:
    """The parts of a multipart body, one after the other: small fields, and files."""

    def __init__(self, house: House, organisation_id: str, upload: Upload) -> None:
        self.house = house
        self.organisation_id = organisation_id
        self.upload = upload
        self._file: _Incoming | None = None
        self._field = ""
        self._value = bytearray()

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        """The beginning of a part, a piece of it, or (None) its end."""
        if event is None:
            await self._end()
        elif not isinstance(event, bytes | bytearray):
            self._begin(event)
        elif self._file is not None:
            await self._file.add(bytes(event))
        else:
            self._value += event
            if len(self._value) > FIELD_BYTES:
                raise _malformed(f"the field {clean_filename(self._field)} is too long")

    async def give_up(self, reason: BaseException) -> None:
        if self._file is not None:
            await self._file.give_up(reason)

    def _begin(self, part: MultipartSegment) -> None:
        upload = self.upload
        if part.filename is None:
            if len(upload.fields) >= FIELDS:
                raise _malformed("it has too many fields")
            self._field, self._value = part.name, bytearray()
            return
        if len(upload.files) >= self.house.settings.files_per_import:
            raise _too_many_files(self.house)
        fallback = f"file-{len(upload.files) + 1}"
        self._file = _Incoming(self.house, self.organisation_id, part.filename, fallback)
        upload.keys.append(self._file.key)

    async def _end(self) -> None:
        if self._file is None:
            self.upload.fields[self._field] = self._value.decode("utf-8", "replace").strip()
            return
        if self._file.size or self._file.named:
            self.upload.files.append(await self._file.finish())
        self._file = None


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"This is not a complete multipart/form-data body: {why}.",
        code="malformed_upload",
        advice="Let your HTTP library write the multipart body, or send one file as the raw body.",
    )


def _too_many_files(house: House) -> TooLarge:
    most = house.settings.files_per_import
    return TooLarge(
        f"An upload may have {most} files.",
        code="too_many_files",
        advice="Send them in several requests, or as a ZIP.",
        limit_files=most,
    )
