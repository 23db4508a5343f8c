"""Documents: found by tab, seen with their evidence, corrected by a person, one after the other.

What the machine read is never changed: a correction is a row beside it, and the reading that stands
says which values are a person's. Posting is in `accounting`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from domain import invoices
from domain.corrections import Correction, correct
from domain.documents import DocumentStatus
from domain.errors import Conflict, NotFound
from domain.findings import Reading
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.imports import image_path
from service.operations.intake import windows
from service.operations.review import check_own_category
from service.operations.validation import columns_of, first_status, search_text
from storage import tables as t
from storage import tasks
from storage.outbox import record_event


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
            query = query.where(_after(_find(connection, who, cursor)))
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
    row = _find(connection, who, document_id)
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
        here = _find(connection, who, document_id)
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
        here = _find(connection, who, document_id)
        others = _filtered(select(t.document), who, filter_).where(t.document.c.id != here.id)
        following = (
            connection.execute(_ordered(others.where(_after(here))).limit(1)).one_or_none()
            or connection.execute(_ordered(others).limit(1)).one_or_none()
        )
        left = connection.scalar(
            _filtered(select(func.count()).select_from(t.document), who, filter_)
        )
    return {"next": _row_json(following) if following else None, "left": left}


def correct_document(
    house: House, who: Who, document_id: str, changes: dict[str, Any], version: int | None
) -> dict[str, Any]:
    """Change fields, VAT lines, line items or the category, as `changes` names them."""
    who.must(Scope.DOCUMENTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        row = _find(connection, who, document_id, lock=True)
        if version is not None and row.version != version:
            raise _stale(connection, row, version)
        if row.status == DocumentStatus.POSTED:
            raise Conflict(
                "This document is posted.",
                code="already_posted",
                advice="Reverse its entry first; the document then waits to be posted again.",
            )
        category = row.category
        if changes.get("category"):
            category = check_own_category(connection, who, changes["category"])
        old = Reading.from_json(row.reading) if row.reading else Reading(fields={})
        reading, made = correct(
            old,
            fields=changes.get("fields"),
            vat_lines=changes.get("vat_lines"),
            line_items=changes.get("line_items"),
            places=changes.get("places"),
        )
        if category != row.category:
            made = (*made, Correction("category", row.category, category))
        if not made:
            return view(connection, who, document_id)
        reading = _checked_again(old, row.category, reading, category, now.date())
        values = columns_of(reading, _import_name(connection, row))
        if category != row.category:
            values["status"] = first_status(category)
        connection.execute(
            update(t.document)
            .where(t.document.c.id == row.id)
            .values(category=category, reading=reading.to_json(), version=row.version + 1, **values)
        )
        for correction in made:
            connection.execute(
                insert(t.correction).values(
                    id=new_id("cor"),
                    organisation_id=who.organisation_id,
                    document_id=row.id,
                    field=correction.field,
                    before=correction.before,
                    after=correction.after,
                    proposed=correction.proposed,
                    place=correction.place,
                    made_by=who.id,
                    created_at=now,
                )
            )
        if category != row.category:
            _tell_category(connection, now, who, row, category)
        _teach(house, connection, who, row)
        return view(connection, who, document_id)


def _teach(house: House, connection: Connection, who: Who, row: Row[Any]) -> None:
    """Have the document learnt from, soon."""
    now = house.now()
    tasks.add(
        connection,
        now,
        organisation_id=who.organisation_id,
        import_id=row.import_id,
        subject=row.id,
        step="learn",
    )
    tasks.promote(connection, now, row.import_id, windows(house))


def pdf(house: House, who: Who, document_id: str) -> Pdf:
    """The document's own PDF; Conflict while it is being made."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        row = _find(connection, who, document_id)
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
        _find(connection, who, document_id)
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


def _find(connection: Connection, who: Who, document_id: str, *, lock: bool = False) -> Row[Any]:
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


def _checked_again(old: Reading, was: str, new: Reading, category: str, today: date) -> Reading:
    """`new` with the problems it has now: what the checks found of `old` they look for anew; what
    others found, such as a difference between XML and page, stands until its field is corrected.
    """
    found = invoices.check(replace(old, problems=()), category=was, today=today)
    stale = {(p.code, p.field) for p in found}
    kept = tuple(p for p in new.problems if (p.code, p.field) not in stale)
    new = replace(new, problems=kept)
    return replace(new, problems=(*kept, *invoices.check(new, category=category, today=today)))


def _import_name(connection: Connection, row: Row[Any]) -> str:
    return str(connection.scalar(select(t.imports.c.name).where(t.imports.c.id == row.import_id)))


def _stale(connection: Connection, row: Row[Any], version: int) -> Conflict:
    """What the others changed is not known by version, but the last changes say enough."""
    changes = connection.execute(
        select(t.correction)
        .where(t.correction.c.document_id == row.id)
        .order_by(t.correction.c.created_at.desc())
        .limit(20)
    ).all()
    return Conflict(
        "This document was changed in the meantime.",
        code="stale",
        advice="Load it again and repeat your change.",
        version=row.version,
        your_version=version,
        changes=[
            {
                "field": c.field,
                "after": c.after,
                "made_by": c.made_by,
                "at": c.created_at.isoformat(),
            }
            for c in changes
        ],
    )


def _tell_category(
    connection: Connection, now: Any, who: Who, row: Row[Any], category: str
) -> None:
    types = ["document.recategorised"]
    if first_status(category) is DocumentStatus.TO_POST and row.status != DocumentStatus.TO_POST:
        types.append("invoice.to_post")
    for type_ in types:
        record_event(
            connection,
            now,
            organisation_id=who.organisation_id,
            company_id=row.company_id,
            type_=type_,
            subject=row.id,
            data={
                "document_id": row.id,
                "import_id": row.import_id,
                "category": category,
                "was": row.category,
            },
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
