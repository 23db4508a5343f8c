"""Validation: a person says the groups are right, and they become documents in their tabs.

Saying it twice, or from two windows, gives the documents of the first time. After a validation was
taken back (`reopening`), a group that is the same gets its document back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from domain.documents import POSTABLE, Category, DocumentStatus, ImportStatus
from domain.errors import Conflict
from domain.findings import Reading
from domain.ids import new_id
from domain.money import parse_amount
from domain.people import Scope, Who
from domain.suppliers import identity_of, keys_of
from domain.words import folded
from service.house import House
from service.operations import statement_papers
from service.operations.imports import view
from service.operations.intake import find, windows
from service.operations.reopening import give_up, pages_held, withdrawn
from service.operations.review import stale
from storage import tables as t
from storage import tasks
from storage.outbox import record_document_event, record_event


def validate(house: House, who: Who, import_id: str, version: int | None = None) -> dict[str, Any]:
    """Turn the groups of an import into documents; the import as it then is."""
    who.must(Scope.IMPORTS_WRITE)
    now = house.now()
    with house.store.transaction() as connection:
        row = find(connection, who, import_id, lock=True)
        if row.status == ImportStatus.VALIDATED:
            return view(connection, who, import_id)
        if row.status != ImportStatus.READY:
            raise Conflict(
                "This import cannot be validated yet.",
                code="import_not_ready",
                advice="Wait until its status is ready."
                if row.status != ImportStatus.FAILED
                else "None of its files could be read; see their problems.",
                import_status=row.status,
            )
        if version is not None and row.version != version:
            raise stale(connection, who, row, version)
        groups = connection.execute(
            select(t.group).where(t.group.c.import_id == import_id).order_by(t.group.c.number)
        ).all()
        pages = pages_of_groups(connection, import_id)
        _must_be_read(groups)
        waiting = withdrawn(connection, import_id)
        held = pages_held(connection, import_id)
        given_back = {
            group.id: document
            for group in groups
            if (document := waiting.get(tuple(pages[group.id]))) is not None
            and document.category == group.category
        }
        back = {document.id for document in given_back.values()}
        give_up(connection, {id_: ids for id_, ids in held.items() if id_ not in back})
        for group in groups:
            if group.id in given_back:
                give_back(connection, now, who, given_back[group.id], group, pages[group.id])
            else:
                add_document(connection, now, who, row, group, pages[group.id])
        tasks.add(
            connection,
            now,
            organisation_id=who.organisation_id,
            import_id=import_id,
            step="learn",
        )
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == import_id)
            .values(
                status=ImportStatus.VALIDATED,
                validated_at=now,
                validated_by=who.id,
                version=row.version + 1,
            )
        )
        after = view(connection, who, import_id)
        record_event(
            connection,
            now,
            organisation_id=who.organisation_id,
            who=who,
            company_id=row.company_id,
            type_="import.validated",
            subject=import_id,
            data={
                "import_id": import_id,
                "documents": len(groups),
                "by_category": dict(Counter(group.category for group in groups)),
                "receipt": after["receipt"],
                "validated_by": who.id,
            },
        )
        tasks.promote(connection, now, import_id, windows(house))
        return after


def pages_of_groups(connection: Connection, import_id: str) -> dict[str, list[str]]:
    """Group → its pages, in order."""
    found: dict[str, list[str]] = {}
    for page_id, group_id in connection.execute(
        select(t.page.c.id, t.page.c.group_id)
        .where(t.page.c.import_id == import_id, t.page.c.group_id.is_not(None))
        .order_by(t.page.c.group_id, t.page.c.position)
    ):
        found.setdefault(group_id, []).append(page_id)
    return found


def _must_be_read(groups: Sequence[Row[Any]]) -> None:
    unread = [group.number for group in groups if group.reading is None]
    if unread:
        raise Conflict(
            "Groups that you changed are still being read again.",
            code="groups_being_read",
            advice="Wait a few seconds and validate again.",
            groups=unread,
        )


def give_back(
    connection: Connection,
    now: datetime,
    who: Who,
    document: Row[Any],
    group: Row[Any],
    page_ids: Sequence[str],
) -> None:
    """A withdrawn document is in its tab again; its PDF is made anew, for pages may be turned."""
    connection.execute(delete(t.document_page).where(t.document_page.c.document_id == document.id))
    _put_pages(connection, document.id, page_ids)
    connection.execute(
        update(t.document)
        .where(t.document.c.id == document.id)
        .values(
            withdrawn_at=None,
            former_pages=None,
            status=first_status(document.category),
            group_number=group.number,
            version=document.version + 1,
            pdf_key=None,
            pdf_sha256=None,
        )
    )
    _assemble(connection, now, document)
    record_document_event(connection, now, who, document, "document.restored", number=group.number)


def add_document(
    connection: Connection,
    now: datetime,
    who: Who,
    import_row: Row[Any],
    group: Row[Any],
    page_ids: Sequence[str],
    **known: Any,
) -> None:
    """A group becomes a document; `known` are values it begins with. The world is told when it
    has been read.
    """
    document_id = known.setdefault("id", new_id("doc"))
    guessed = (group.guess or {}).get("category")
    corrected = bool(guessed) and guessed != group.category
    values: dict[str, Any] = {
        "organisation_id": who.organisation_id,
        "company_id": import_row.company_id,
        "import_id": import_row.id,
        "group_number": group.number,
        "category": group.category,
        "status": first_status(group.category) if group.reading else DocumentStatus.BEING_READ,
        "reading": group.reading,
        "machine_reading": group.reading,
        "suggestion": group.suggestion,
        "pages": len(page_ids),
        "received_at": import_row.created_at,
        "corrected": corrected,
        "created_at": now,
        **known,
    }
    values |= columns_of(Reading.from_json(values["reading"]), import_row.name)
    document = connection.execute(insert(t.document).values(values).returning(t.document)).one()
    _put_pages(connection, document_id, page_ids)
    if corrected:
        connection.execute(
            insert(t.correction).values(
                id=new_id("cor"),
                organisation_id=who.organisation_id,
                document_id=document_id,
                field="category",
                before=guessed,
                after=group.category,
                proposed=group.guess,
                made_by=who.id,
                created_at=now,
            )
        )
    _assemble(connection, now, document)
    if group.reading is not None:
        announce(connection, now, document, who)


def announce(connection: Connection, now: datetime, document: Row[Any], who: Who | None) -> None:
    """Tell the world of a new document."""
    types = ["document.created"]
    if document.status == DocumentStatus.TO_POST:
        types.append("invoice.to_post")
    more: dict[str, Any] = {"came_of": document.came_of} if document.came_of else {}
    if document.category == Category.BANK_STATEMENT:
        types.append("statement.ready")
        more["statement_id"] = statement_papers.keep(connection, now, document)
    for type_ in types:
        record_document_event(
            connection, now, who, document, type_,
            number=document.group_number, pages=document.pages, **more,
        )  # fmt: skip


def _put_pages(connection: Connection, document_id: str, page_ids: Sequence[str]) -> None:
    connection.execute(
        insert(t.document_page),
        [
            {"document_id": document_id, "position": position, "page_id": page_id}
            for position, page_id in enumerate(page_ids)
        ],
    )


def _assemble(connection: Connection, now: datetime, document: Row[Any]) -> None:
    tasks.add(
        connection,
        now,
        organisation_id=document.organisation_id,
        import_id=document.import_id,
        subject=document.id,
        step="assemble",
    )


def first_status(category: str) -> DocumentStatus:
    """What can be posted waits to be; the rest is filed."""
    return DocumentStatus.TO_POST if category in POSTABLE else DocumentStatus.FILED


def columns_of(reading: Reading, *more: str) -> dict[str, Any]:
    """What lists show and search of a document, taken out of its reading."""
    identity = identity_of(reading)
    supplier = reading.value("supplier_name") or reading.value("bank_name")
    number = reading.value("invoice_number")
    said = [f.value for f in reading.fields.values()]
    said += [item.description for item in reading.line_items[:50]]
    return {
        "supplier_name": supplier[:300] if supplier else None,
        "invoice_number": number[:100] if number else None,
        "due_date": _date(reading.value("due_date")),
        "problems": sum(problem.severity != "info" for problem in reading.problems),
        "proved": reading.is_proved(),
        "issue_date": _date(reading.value("issue_date") or reading.value("period_end")),
        "currency": _currency(reading.value("currency")),
        "gross_total": _amount(reading.value("gross_total") or reading.value("amount_due")),
        "search": search_text(*more, *said),
        "iban": identity.iban,
        "is_einvoice": reading.is_einvoice,
        "sender_key": next(iter(keys_of(identity)), None),
    }


def search_text(*words: str) -> str:
    """Words as they are looked for: without case, accents or punctuation."""
    return folded(" ".join(words)).strip()[:10_000]


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _currency(value: str | None) -> str | None:
    return value if value and len(value) == 3 else None


def _amount(value: str | None) -> Any:
    try:
        return parse_amount(value) if value else None
    except ValueError:
        return None
