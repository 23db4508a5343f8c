"""The papers: bytes are where rows say, pages are all there, each in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, and_, exists, func, or_, select

from domain.documents import FileStatus
from domain.errors import NotFound
from storage import tables as t
from storage.invariants.violation import Violation, rows
from storage.objects import Objects


def papers_are_there(connection: Connection, objects: Objects | None) -> Iterator[Violation]:
    """The document of every entry, with the bytes it was posted from; the bytes of every file."""
    entry, document = t.journal_entry.c, t.document.c
    for row in rows(
        connection,
        select(
            entry.id,
            entry.document_sha256,
            document.id.label("document_id"),
            document.pdf_sha256,
            document.pdf_key,
        )
        .outerjoin(t.document, document.id == entry.document_id)
        .where(entry.document_id.is_not(None))
        .order_by(entry.id),
    ):
        if row.document_id is None:
            yield Violation(3, "its document is not there", row.id)
        elif row.document_sha256 is None:
            continue  # posted before its PDF was made
        elif row.pdf_sha256 != row.document_sha256:
            yield Violation(3, "its document is not the one that was posted", row.id)
        elif objects is not None and row.pdf_key is not None:
            found = _sha256(objects, row.pdf_key)
            if found != row.document_sha256:
                what = "is not in the object store" if found is None else "was changed"
                yield Violation(3, f"the PDF of its document {what}", row.id)
    if objects is None:
        return
    for row in rows(
        connection,
        select(t.file.c.id, t.file.c.object_key, t.file.c.bytes)
        .join(t.imports, t.imports.c.id == t.file.c.import_id)
        .where(t.file.c.object_key != "", t.imports.c.deleted_at.is_(None))
        .order_by(t.file.c.id),
    ):
        size = objects.size(row.object_key)
        if size != row.bytes:
            what = "nothing" if size is None else f"{size} bytes"
            yield Violation(3, f"{row.bytes} bytes were received, {what} is stored", row.id)
    sale = t.sales_invoice.c
    for row in rows(
        connection,
        select(sale.id, sale.pdf_key, sale.pdf_sha256)
        .where(sale.pdf_key.is_not(None))
        .order_by(sale.id),
    ):
        found = _sha256(objects, row.pdf_key)
        if found != row.pdf_sha256:
            what = "is not in the object store" if found is None else "was changed"
            yield Violation(3, f"the paper of this invoice {what}", row.id)


def _sha256(objects: Objects, key: str) -> str | None:
    digest = hashlib.sha256()
    try:
        with objects.open(key) as source:
            while chunk := source.read(1024 * 1024):
                digest.update(chunk)
    except NotFound:
        return None
    return digest.hexdigest()


def pages_are_in_one_place(connection: Connection) -> Iterator[Violation]:
    """In a group of their own import, or set aside; pages of a file under way may be pending."""
    page, group = t.page.c, t.group.c
    for row in rows(
        connection,
        select(page.id, page.group_id, page.set_aside).where(
            page.group_id.is_not(None), page.set_aside.is_not(None)
        ),
    ):
        yield Violation(11, f"in a group and set aside as {row.set_aside}", row.id)
    for page_id in connection.scalars(
        select(page.id)
        .join(t.file, t.file.c.id == page.file_id)
        .where(
            page.group_id.is_(None),
            page.set_aside.is_(None),
            t.file.c.status == FileStatus.READY,
        )
    ):
        yield Violation(11, "in no group and not set aside, though its file is ready", page_id)
    for page_id in connection.scalars(
        select(page.id)
        .join(t.group, group.id == page.group_id)
        .where(group.import_id != page.import_id)
    ):
        yield Violation(11, "in a group of another import", page_id)
    for row in rows(
        connection,
        select(page.group_id, page.position, func.count().label("pages"))
        .where(page.group_id.is_not(None))
        .group_by(page.group_id, page.position)
        .having(func.count() > 1),
    ):
        yield Violation(11, f"{row.pages} pages at position {row.position}", row.group_id)


def no_page_is_lost(connection: Connection) -> Iterator[Violation]:
    """A file has as many page rows as it had pages, numbered from 0."""
    page, file = t.page.c, t.file.c
    there = (
        select(
            page.file_id,
            func.count().label("pages"),
            func.min(page.number).label("lowest"),
            func.max(page.number).label("highest"),
            func.count().filter(page.status == "read").label("read"),
        )
        .group_by(page.file_id)
        .subquery()
    )
    pages = func.coalesce(there.c.pages, 0)
    for row in rows(
        connection,
        select(file.id, file.pages, pages.label("rows"), file.pages_done, there.c.read)
        .outerjoin(there, there.c.file_id == file.id)
        .where(
            or_(
                pages != file.pages,
                and_(pages > 0, there.c.lowest != 0),
                and_(pages > 0, there.c.highest != pages - 1),
            )
        ),
    ):
        yield Violation(12, f"{row.pages} pages were counted, {row.rows} are there", row.id)
    for row in rows(
        connection,
        select(file.id, pages.label("rows"), there.c.read)
        .join(there, there.c.file_id == file.id)
        .where(file.status == FileStatus.READY, there.c.read != there.c.pages),
    ):
        yield Violation(12, f"ready, though {row.read} of {row.rows} pages were read", row.id)
    for row in rows(
        connection,
        select(t.imports.c.id, t.imports.c.files, func.count(file.id).label("rows"))
        .outerjoin(t.file, file.import_id == t.imports.c.id)
        .group_by(t.imports.c.id, t.imports.c.files)
        .having(func.count(file.id) != t.imports.c.files),
    ):
        yield Violation(
            12,
            f"{row.files} files were received, {row.rows} are there",
            row.id,
        )


def documents_have_their_groups_pages(connection: Connection) -> Iterator[Violation]:
    page, document, kept = t.page.c, t.document.c, t.document_page.c
    for row in rows(
        connection,
        select(document.id, document.pages, func.count(kept.page_id).label("rows"))
        .outerjoin(t.document_page, kept.document_id == document.id)
        .where(document.withdrawn_at.is_(None))
        .group_by(document.id, document.pages)
        .having(func.count(kept.page_id) != document.pages),
    ):
        yield Violation(13, f"{row.pages} pages were validated, {row.rows} are there", row.id)
    of_group = and_(
        t.group.c.import_id == document.import_id, t.group.c.number == document.group_number
    )
    for document_id in connection.scalars(
        select(document.id)
        .where(document.withdrawn_at.is_(None), ~exists().where(of_group))
        .order_by(document.id)
    ):
        yield Violation(13, "its group is not there", document_id)
    for row in rows(
        connection,
        select(document.id, page.id.label("page_id"))
        .join(t.group, of_group)
        .join(t.page, page.group_id == t.group.c.id)
        .where(~exists().where(kept.document_id == document.id, kept.page_id == page.id)),
    ):
        yield Violation(13, f"page {row.page_id} of its group is not in it", row.id)
    for row in rows(
        connection,
        select(document.id, kept.page_id)
        .join(t.document_page, kept.document_id == document.id)
        .join(t.page, page.id == kept.page_id)
        .where(
            document.withdrawn_at.is_(None),
            ~exists().where(of_group, t.group.c.id == page.group_id).correlate(t.document, t.page),
        ),
    ):
        yield Violation(13, f"page {row.page_id} in it is not in its group", row.id)
