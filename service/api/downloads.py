"""Bytes out of the object store: always through us, never by a link that works without a key.

What somebody uploaded is sent as an attachment that no browser opens in our name; pictures that we
drew ourselves may be shown.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from litestar import Response
from litestar.response import Stream

from domain.filenames import attachment_header
from service.house import House

CHUNK_BYTES = 256 * 1024
INERT = "sandbox; default-src 'none'"


def attachment(
    house: House,
    key: str,
    name: str,
    media_type: str = "application/octet-stream",
    size: int | None = None,
) -> Stream:
    headers = {
        "Content-Disposition": attachment_header(name),
        "Content-Security-Policy": INERT,
        "Cache-Control": "private, no-store",
    }
    if size is not None:
        headers["Content-Length"] = str(size)
    return Stream(_opened(house, key), media_type=media_type, headers=headers)


def picture(house: House, key: str) -> Stream:
    """A page image. Its address names content that never changes, so it may be kept for a day."""
    headers = {"Content-Security-Policy": INERT, "Cache-Control": "private, max-age=86400"}
    return Stream(_opened(house, key), media_type="image/webp", headers=headers)


def shown_pdf(content: bytes) -> Response[bytes]:
    """A PDF that we drew ourselves, for the browser to show and print."""
    headers = {
        "Content-Disposition": "inline",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


def archive(house: House, name: str, members: Sequence[tuple[str, str]]) -> Stream:
    """A ZIP of objects, (name, key) each, written while it is sent: nothing is kept beside it."""
    headers = {
        "Content-Disposition": attachment_header(name),
        "Content-Security-Policy": INERT,
        "Cache-Control": "private, no-store",
    }
    return Stream(_zipped(house, members), media_type="application/zip", headers=headers)


class _Outlet(io.RawIOBase):
    """Where `zipfile` writes to, and we take from."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written.append(bytes(data))
        return len(self._written[-1])

    def take(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken


def _zipped(house: House, members: Sequence[tuple[str, str]]) -> Iterator[bytes]:
    outlet = _Outlet()
    # PDFs are compressed already.
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as made:
        for name, key in members:
            with (
                house.objects.open(key) as source,
                made.open(name, "w", force_zip64=True) as member,
            ):
                while chunk := source.read(CHUNK_BYTES):
                    member.write(chunk)
                    yield outlet.take()
    yield outlet.take()


def _opened(house: House, key: str) -> Iterator[bytes]:
    """The object's bytes. It is opened now, so that a missing one is an answer, not a broken body."""
    source = house.objects.open(key)
    stream = source.__enter__()

    def chunks() -> Iterator[bytes]:
        try:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
        finally:
            source.__exit__(None, None, None)

    return chunks()
