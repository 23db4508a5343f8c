"""Documents: found by tab, seen with their evidence, one after the other.

Putting them right is in `corrections`, posting in `accounting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select

from domain.errors import Conflict, NotFound
from domain.filenames import clean_filename
from domain.people import Scope, Who
from domain.rules import Rule, rule_id_of, sentence
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.imports import image_path
from service.operations.selection import Filter, beyond, chosen, ordered, seen_by
from storage import tables as t
from storage.outbox import record_action


@dataclass(frozen=True, slots=True)
class Pdf:
    name: str
    object_key: str


def list_documents(
    house: House, who: Who, filter_: Filter, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """Those that the filter lets through, in its order; `cursor` is the last one's id."""
    who.must(Scope.DOCUMENTS_READ)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        query = chosen(select(t.document), who, filter_)
        if cursor:
            after = find(connection, who, cursor).id
            query = query.where(beyond(connection, after, filter_.sort))
        rows = connection.execute(ordered(query, filter_.sort).limit(limit + 1)).all()
    return page_of([_row_json(row) for row in rows], limit)


def counts(house: House, who: Who, company_id: str | None = None) -> dict[str, dict[str, int]]:
    """How many documents each tab holds: category → status → count."""
    who.must(Scope.DOCUMENTS_READ)
    query = chosen(
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
        "learnt": _learnt(connection, row),
        "suggestion": row.suggestion,
        "supplier_id": row.supplier_id,
        "is_einvoice": row.is_einvoice,
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


def _learnt(connection: Connection, row: Row[Any]) -> dict[str, dict[str, Any]]:
    """Fields and lists whose values a learnt rule gave, with what the rule says."""
    reading = row.reading or {}
    readers = {name: found.get("reader") for name, found in reading.get("fields", {}).items()}
    readers |= reading.get("list_readers") or {}
    given = {name: rule_id for name, said in readers.items() if (rule_id := rule_id_of(said or ""))}
    rules = {
        each.id: Rule.from_json(each.rule)
        for each in connection.execute(
            select(t.rule.c.id, t.rule.c.rule).where(
                t.rule.c.organisation_id == row.organisation_id, t.rule.c.id.in_(given.values())
            )
        )
    }
    return {
        name: {
            "rule_id": rule_id,
            "says": sentence(rules[rule_id]),
            "wording": dict(zip(("code", "values"), rules[rule_id].wording, strict=True)),
        }
        for name, rule_id in given.items()
        if rule_id in rules
    }


def previous_document(
    house: House, who: Who, document_id: str, filter_: Filter
) -> dict[str, Any] | None:
    """The document before this one in the list's order; None before the first."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        here = find(connection, who, document_id)
        before = beyond(connection, here.id, filter_.sort, backwards=True)
        query = chosen(select(t.document), who, filter_).where(before)
        row = connection.execute(
            ordered(query, filter_.sort, backwards=True).limit(1)
        ).one_or_none()
    return _row_json(row) if row else None


def next_document(
    house: House, who: Who, document_id: str, filter_: Filter, *, free: bool = False
) -> dict[str, Any]:
    """The document that follows in the list's order, from the beginning again after the last;
    with `free` none that somebody else has open.

    `next` is null when no other document passes the filter; `left` counts those that do.
    """
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        here = find(connection, who, document_id)
        others = chosen(select(t.document), who, filter_).where(t.document.c.id != here.id)
        if free:
            lock = t.document_lock.c
            others = others.where(
                ~exists().where(
                    lock.document_id == t.document.c.id,
                    lock.held_by != who.id,
                    lock.expires_at > house.now(),
                )
            )
        others = ordered(others, filter_.sort).limit(1)
        after = others.where(beyond(connection, here.id, filter_.sort))
        following = (
            connection.execute(after).one_or_none() or connection.execute(others).one_or_none()
        )
        left = connection.scalar(chosen(select(func.count()).select_from(t.document), who, filter_))
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
    _note_downloads(house, who, [row])
    return Pdf(_pdf_name(row), row.pdf_key)


def pdfs(house: House, who: Who, document_ids: Sequence[str]) -> list[Pdf]:
    """The PDFs of several documents, each under a name of its own; those that are ready."""
    who.must(Scope.DOCUMENTS_READ)
    query = seen_by(select(t.document).where(t.document.c.id.in_(document_ids)), who)
    with house.store.reading() as connection:
        rows = connection.execute(ordered(query, "")).all()
    found: dict[str, Pdf] = {}
    for row in rows:
        if row.pdf_key:
            name = _pdf_name(row)
            while name in found:
                name = f"{name.removesuffix('.pdf')} {row.group_number}.pdf"
            found[name] = Pdf(name, row.pdf_key)
    if not found:
        raise NotFound("None of these documents has a PDF.")
    _note_downloads(house, who, [row for row in rows if row.pdf_key])
    return list(found.values())


def _note_downloads(house: House, who: Who, rows: Sequence[Row[Any]]) -> None:
    with house.store.transaction() as connection:
        for row in rows:
            record_action(
                connection,
                house.now(),
                who,
                "document.downloaded",
                row.id,
                company_id=row.company_id,
            )


def _pdf_name(row: Row[Any]) -> str:
    words = [row.supplier_name or row.category, row.invoice_number, row.issue_date]
    said = " ".join(str(w) for w in words if w)
    return clean_filename(said.replace("/", "-").replace("\\", "-") + ".pdf")


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
    """The row of a document that `who` may see, locked if it is to be changed."""
    query = seen_by(select(t.document).where(t.document.c.id == document_id), who)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such document.")
    return row


def stale(connection: Connection, row: Row[Any], version: int) -> Conflict:
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
        "due_date": row.due_date.isoformat() if row.due_date else None,
        "proved": row.proved,
        "assigned_to": row.assigned_to,
        "problem_count": len(severities),
        "blocking_count": severities.count("blocking"),
        "currency": row.currency,
        "gross_total": str(row.gross_total) if row.gross_total is not None else None,
        "pdf_ready": row.pdf_key is not None,
        "created_at": row.created_at.isoformat(),
    }
