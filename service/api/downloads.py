"""Bytes out of the object store: always through us, never by a link that works without a key.

What somebody uploaded is sent as an attachment that no browser opens in our name; pictures that we
drew ourselves may be shown.
"""

from __future__ import annotations

from collections.abc import Iterator

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
