"""Pages as the object store keeps them: what was read, and pictures for people.

Keys are made of the file's SHA-256 and the page's number, so that a page that was read once is
never read again, whoever sends the same bytes to the same organisation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, overload

from sqlalchemy import Connection, Row, select, update

from domain.documents import SetAside
from domain.text import PageText
from models.reading import PageRead
from models.understanding import is_lost
from storage import tables as t
from storage.objects import Objects

WEBP = "image/webp"


def page_key(organisation_id: str, sha256: str, number: int, ending: str) -> str:
    """Where a page's ``json``, ``strong.json``, ``webp`` or ``small.webp`` is kept."""
    return f"{organisation_id}/pages/{sha256}/{number}.{ending}"


def put_text(objects: Objects, key: str, text: PageText) -> None:
    content = json.dumps(text.to_json(), ensure_ascii=False, separators=(",", ":"))
    objects.put_bytes(key, content.encode(), "application/json")


def get_text(objects: Objects, key: str) -> PageText:
    return PageText.from_json(json.loads(objects.get(key)))


class StoredPages(Sequence[PageText]):
    """The texts of a file's pages, fetched when looked at and soon forgotten.

    A thousand pages of words are hundreds of megabytes; whoever walks through them in order holds
    a few at a time.
    """

    def __init__(self, objects: Objects, keys: Sequence[str], keep: int = 8) -> None:
        self._keys = keys
        self._get = lru_cache(keep)(lambda key: get_text(objects, key))

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, index: int) -> PageText: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[PageText]: ...
    def __getitem__(self, index: int | slice) -> PageText | Sequence[PageText]:
        if isinstance(index, slice):
            return [self._get(key) for key in self._keys[index]]
        return self._get(self._keys[index])

    def __iter__(self) -> Iterator[PageText]:
        return (self._get(key) for key in self._keys)


FileRow = Row[Any]
"""A row of the file table."""


@dataclass(frozen=True, slots=True)
class Written:
    """Keys of what was stored of a page; None for a picture that could not be drawn."""

    text_key: str
    image_key: str | None
    thumbnail_key: str | None


def unreadable(number: int, problem: str) -> PageText:
    """A page of which nothing could be had."""
    return PageText(number=number, width=595, height=842, source="ocr", problem=problem)


def store(objects: Objects, file: FileRow, page: PageRead) -> Written:
    """Put the words and the pictures of a page into the object store."""
    key = partial(page_key, file.organisation_id, file.sha256, page.text.number)
    put_text(objects, key("json"), page.text)
    image = thumbnail = None
    if page.image is not None:
        image = objects.put_bytes(key("webp"), page.image, WEBP).key
    if page.thumbnail is not None:
        thumbnail = objects.put_bytes(key("small.webp"), page.thumbnail, WEBP).key
    return Written(key("json"), image, thumbnail)


def store_strong(objects: Objects, organisation_id: str, sha256: str, text: PageText) -> str:
    """Put a better reading of a page beside its first; the key to write down."""
    key = page_key(organisation_id, sha256, text.number, "strong.json")
    put_text(objects, key, text)
    return key


def mark_read(connection: Connection, file_id: str, text: PageText, written: Written) -> None:
    """Write down that a page was read, once; a page with nothing on it to read is set aside."""
    changed = connection.execute(
        update(t.page)
        .where(
            t.page.c.file_id == file_id,
            t.page.c.number == text.number,
            t.page.c.status == "waiting",
        )
        .values(
            status="read",
            width=text.width,
            height=text.height,
            turned=text.turned,
            source=text.source,
            problem=text.problem,
            text_key=written.text_key,
            image_key=written.image_key,
            thumbnail_key=written.thumbnail_key,
            set_aside=SetAside.UNREADABLE if is_lost(text) else None,
        )
    ).rowcount
    if changed:
        connection.execute(
            update(t.file).where(t.file.c.id == file_id).values(pages_done=t.file.c.pages_done + 1)
        )


def unread(connection: Connection, file_id: str, first: int, last: int) -> list[int]:
    """The numbers of the pages of a range that wait to be read."""
    return list(
        connection.scalars(
            select(t.page.c.number)
            .where(
                t.page.c.file_id == file_id,
                t.page.c.number >= first,
                t.page.c.number < last,
                t.page.c.status == "waiting",
            )
            .order_by(t.page.c.number)
        )
    )


def known(connection: Connection, file: FileRow, numbers: Sequence[int]) -> dict[int, Row[Any]]:
    """Which of these pages the same organisation has had read before, in the same bytes."""
    other = t.file.alias()
    rows = connection.execute(
        select(t.page)
        .join(other, other.c.id == t.page.c.file_id)
        .where(
            other.c.organisation_id == file.organisation_id,
            other.c.sha256 == file.sha256,
            other.c.id != file.id,
            t.page.c.number.in_(numbers),
            t.page.c.status == "read",
            t.page.c.problem.is_(None),
        )
    )
    return {row.number: row for row in rows}


def copy(connection: Connection, file_id: str, number: int, row: Row[Any]) -> None:
    """Take over what was read of the same page before."""
    text = PageText(
        number=number,
        width=row.width,
        height=row.height,
        source=row.source,
        turned=row.turned,
    )
    mark_read(connection, file_id, text, Written(row.text_key, row.image_key, row.thumbnail_key))


def readable(connection: Connection, file_id: str) -> dict[int, str]:
    """Page number → key of its words, for the pages of a file that are not set aside."""
    rows = connection.execute(
        select(t.page.c.number, t.page.c.text_key)
        .where(t.page.c.file_id == file_id, t.page.c.set_aside.is_(None))
        .order_by(t.page.c.number)
    )
    return {row.number: row.text_key for row in rows}
