"""The PDF of a validated document, made of its pages, and the words it is found by.

A document that is the whole of one PDF keeps the bytes as they came: an electronic invoice must not
be rewritten, and a signature stays good.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select, update

from domain.errors import NotFound
from domain.words import folded
from models.pdf import assemble
from models.sandbox import Sandbox
from service.house import House
from storage import tables as t
from storage.objects import Stored
from workers.cache import local_copy
from workers.pages import StoredPages

MOST_CHARACTERS = 20_000
"""Words of a document that a search looks through: some thirty dense pages; more is rarely new."""


def make_pdf(house: House, sandbox: Sandbox, document_id: str, folder: Path) -> Stored:
    """The document's PDF, in the object store."""
    with house.store.reading() as connection:
        rows = connection.execute(
            select(
                t.page.c.number,
                ((t.page.c.turned + t.page.c.rotation) % 360).label("turned"),
                t.file.c.id.label("file_id"),
                t.file.c.pages,
                t.file.c.kind,
                t.file.c.sha256,
                t.file.c.bytes,
                t.file.c.pdf_key,
                t.file.c.organisation_id,
            )
            .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
            .join(t.file, t.file.c.id == t.page.c.file_id)
            .where(t.document_page.c.document_id == document_id)
            .order_by(t.document_page.c.position)
        ).all()
    if not rows:
        raise NotFound("The document has no pages.")
    first = rows[0]
    whole = [(row.file_id, row.number) for row in rows] == [
        (first.file_id, number) for number in range(first.pages)
    ]
    if whole and first.kind == "pdf" and not any(row.turned for row in rows):
        return Stored(first.pdf_key, first.bytes, first.sha256)
    parts: list[tuple[Path, list[int], dict[int, int]]] = []
    last_file = None
    for row in rows:
        if row.file_id != last_file:
            parts.append((local_copy(house.objects, row.pdf_key), [], {}))
            last_file = row.file_id
        parts[-1][1].append(row.number)
        if row.turned:
            parts[-1][2][row.number] = row.turned
    made = folder / "document.pdf"
    assemble(sandbox, parts, made)
    key = f"{first.organisation_id}/documents/{document_id}.pdf"
    return house.objects.put_file(key, made, "application/pdf")


def words_of(house: House, document_id: str) -> str:
    """The words of the document's pages, folded and each once, for a search to look through."""
    with house.store.reading() as connection:
        keys = connection.scalars(
            select(t.page.c.text_key)
            .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
            .where(t.document_page.c.document_id == document_id, t.page.c.text_key.is_not(None))
            .order_by(t.document_page.c.position)
        ).all()
    words: dict[str, None] = {}
    length = 0
    for page in StoredPages(house.objects, list(keys), keep=1):
        for word in folded(page.text()).split():
            if len(word) > 1 and word not in words:
                words[word] = None
                length += len(word) + 1
        if length > MOST_CHARACTERS:
            break
    return " ".join(words)[:MOST_CHARACTERS]


def keep(connection: Connection, document_id: str, made: Stored, words: str) -> None:
    connection.execute(
        update(t.document)
        .where(t.document.c.id == document_id, t.document.c.pdf_key.is_(None))
        .values(pdf_key=made.key, pdf_sha256=made.sha256, words=words)
    )
