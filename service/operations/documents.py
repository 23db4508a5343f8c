"""Documents: found by tab, seen with their evidence, one after the other.

Putting them right is in `corrections`, posting in `accounting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from domain.errors import Conflict, NotFound
from domain.people import Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.imports import image_path
from service.operations.validation import search_text
from storage import tables as t


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents: all that is given must hold."""

    category: str | None = None
    status: str | None = None
    company_id: str | None = None
    import_id: str | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class Pdf:
    name: str
    object_key: str


def list_documents(
    house: House, who: Who, filter_: Filter, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Newest import first, and within it in the order of the stack."""
    who.must(Scope.DOCUMENTS_READ)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        query = _filtered(select(t.document), who, filter_)
        if cursor:
            query = query.where(_after(find(connection, who, cursor)))
        rows = connection.execute(_ordered(query).limit(limit + 1)).all()
    return page_of([_row_json(row) for row in rows], limit)


def counts(house: House, who: Who, company_id: str | None = None) -> dict[str, dict[str, int]]:
    """How many documents each tab holds: category → status → count."""
    who.must(Scope.DOCUMENTS_READ)
    query = _filtered(
        select(t.document.c.category, t.document.c.status, func.count()),
        who,
        Filter(company_id=company_id),
    )
    found: dict[str, dict[str, int]] = {}
    with house.store.reading() as connection:
        for category, status, count in connection.execute(
            query.group_by(t.document.c.category, t.document.c.status)
        ):
            found.setdefault(category, {})[status] = count
    return found


def get(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """A document with its fields, where they stand on its pages, and what people changed."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        return view(connection, who, document_id)


def view(connection: Connection, who: Who, document_id: str) -> dict[str, Any]:
    row = find(connection, who, document_id)
    pages = connection.execute(
        select(
            t.page.c.id,
            t.page.c.file_id,
            t.page.c.number,
            t.page.c.width,
            t.page.c.height,
            t.page.c.problem,
            t.page.c.import_id,
            t.page.c.image_key,
        )
        .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
        .where(t.document_page.c.document_id == document_id)
        .order_by(t.document_page.c.position)
    ).all()
    corrections = connection.execute(
        select(t.correction)
        .where(t.correction.c.document_id == document_id)
        .order_by(t.correction.c.created_at, t.correction.c.id)
    ).all()
    entry_id = connection.scalar(
        select(t.journal_entry.c.id)
        .where(
            t.journal_entry.c.document_id == document_id,
            t.journal_entry.c.document_version == row.version,
        )
        .limit(1)
    )
    reading = row.reading or {}
    return {
        **_row_json(row),
        "fields": reading.get("fields", {}),
        "vat_lines": reading.get("vat_lines", []),
        "line_items": reading.get("line_items", []),
        "transactions": reading.get("transactions", []),
        "problems": reading.get("problems", []),
        "machine_fields": (row.machine_reading or {}).get("fields", {}),
        "suggestion": row.suggestion,
        "supplier_id": row.supplier_id,
        "entry_id": entry_id,
        "page_list": [
            {
                "number": position,
                "page": page.number,
                "page_id": page.id,
                "file_id": page.file_id,
                "width": page.width,
                "height": page.height,
                "problem": page.problem,
                "image": image_path(page.import_id, page.id) if page.image_key else None,
            }
            for position, page in enumerate(pages)
        ],
        "corrections": [
            {
                "field": c.field,
                "before": c.before,
                "after": c.after,
                "made_by": c.made_by,
                "made_at": c.created_at.isoformat(),
            }
            for c in corrections
        ],
    }


def previous_document(
    house: House, who: Who, document_id: str, filter_: Filter
) -> dict[str, Any] | None:
    """The document before this one in the list's order; None before the first."""
    who.must(Scope.DOCUMENTS_READ)
    c = t.document.c
    with house.store.reading() as connection:
        here = find(connection, who, document_id)
        before = or_(
            c.import_id > here.import_id,
            and_(c.import_id == here.import_id, c.group_number < here.group_number),
        )
        row = connection.execute(
            _filtered(select(t.document), who, filter_)
            .where(before)
            .order_by(c.import_id, c.group_number.desc())
            .limit(1)
        ).one_or_none()
    return _row_json(row) if row else None


def next_document(house: House, who: Who, document_id: str, filter_: Filter) -> dict[str, Any]:
    """The document that follows in the list's order, from the beginning again after the last.

    `next` is null when no other document passes the filter; `left` counts those that do.
    """
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        here = find(connection, who, document_id)
        others = _filtered(select(t.document), who, filter_).where(t.document.c.id != here.id)
        following = (
            connection.execute(_ordered(others.where(_after(here))).limit(1)).one_or_none()
            or connection.execute(_ordered(others).limit(1)).one_or_none()
        )
        left = connection.scalar(
            _filtered(select(func.count()).select_from(t.document), who, filter_)
        )
    return {"next": _row_json(following) if following else None, "left": left}


def pdf(house: House, who: Who, document_id: str) -> Pdf:
    """The document's own PDF; Conflict while it is being made."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, document_id)
    if not row.pdf_key:
        raise Conflict(
            "The PDF of this document is being prepared.",
            code="pdf_being_prepared",
            advice="Ask again in a few seconds.",
            retry_after=2,
        )
    words = [row.supplier_name or row.category, row.invoice_number, row.issue_date]
    return Pdf(" ".join(str(w) for w in words if w) + ".pdf", row.pdf_key)


def page_image(
    house: House, who: Who, document_id: str, number: int, *, thumbnail: bool = False
) -> str:
    """The object key of the picture of the document's page `number`, from 0."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        find(connection, who, document_id)
        row = connection.execute(
            select(t.page.c.image_key, t.page.c.thumbnail_key)
            .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
            .where(
                t.document_page.c.document_id == document_id,
                t.document_page.c.position == number,
            )
        ).one_or_none()
    key = None if row is None else (row.thumbnail_key if thumbnail else row.image_key)
    if not key:
        raise NotFound("There is no picture of this page.")
    return str(key)


def find(connection: Connection, who: Who, document_id: str, *, lock: bool = False) -> Row[Any]:
    """The row of a document of `who`'s organisation, locked if it is to be changed."""
    query = select(t.document).where(
        t.document.c.id == document_id, t.document.c.organisation_id == who.organisation_id
    )
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such document.")
    return row


def _filtered(query: Select[Any], who: Who, filter_: Filter) -> Select[Any]:
    c = t.document.c
    query = query.where(c.organisation_id == who.organisation_id)
    for name in ("category", "status", "company_id", "import_id"):
        value = getattr(filter_, name)
        if value:
            query = query.where(c[name] == value)
    for word in search_text(filter_.q or "").split()[:10]:
        query = query.where(c.search.contains(word, autoescape=True))
    return query


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(t.document.c.import_id.desc(), t.document.c.group_number)


def _after(row: Row[Any]) -> Any:
    c = t.document.c
    return or_(
        c.import_id < row.import_id,
        and_(c.import_id == row.import_id, c.group_number > row.group_number),
    )


def _row_json(row: Row[Any]) -> dict[str, Any]:
    reading = row.reading or {}
    severities = [problem["severity"] for problem in reading.get("problems", [])]
    return {
        "id": row.id,
        "company_id": row.company_id,
        "import_id": row.import_id,
        "number": row.group_number,
        "category": row.category,
        "status": row.status,
        "version": row.version,
        "pages": row.pages,
        "supplier_name": row.supplier_name,
        "invoice_number": row.invoice_number,
        "issue_date": row.issue_date.isoformat() if row.issue_date else None,
        "due_date": reading.get("fields", {}).get("due_date", {}).get("value"),
        "problem_count": len(severities),
        "blocking_count": severities.count("blocking"),
        "currency": row.currency,
        "gross_total": str(row.gross_total) if row.gross_total is not None else None,
        "pdf_ready": row.pdf_key is not None,
        "created_at": row.created_at.isoformat(),
    }
