"""What an import looks like: its files, groups, receipt and progress; nothing here changes it.

`get` has the shape of the published interface, the same as `bannette read --json`; a page needs no
other question. `progress` is the short answer for those who ask twice a second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.documents import ImportStatus
from domain.errors import NotFound
from domain.groups import receipt
from domain.people import Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations.boards import Kept
from service.operations.intake import find
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

SETTLED = frozenset({ImportStatus.READY, ImportStatus.VALIDATED, ImportStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it was uploaded: where its bytes are, and what to call it."""

    name: str
    object_key: str
    bytes: int


def list_imports(
    house: House,
    who: Who,
    *,
    company_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Newest first."""
    who.must(Scope.IMPORTS_READ)
    limit = limit_of(limit)
    query = select(t.imports).where(within(who, t.imports), t.imports.c.deleted_at.is_(None))
    if company_id:
        query = query.where(t.imports.c.company_id == company_id)
    if status:
        query = query.where(t.imports.c.status == status)
    if cursor:
        query = query.where(t.imports.c.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(t.imports.c.id.desc()).limit(limit + 1)).all()
        counted = _counts(connection, [row.id for row in rows])
    return page_of([{**_import_json(row), **counted[row.id]} for row in rows], limit)


def get(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """The whole import: every file with its groups and set-aside pages, and the page receipt."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        return view(connection, who, import_id)


def get_own(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """The import somebody has just sent: they may see the answer to their own request."""
    who.must(Scope.IMPORTS_WRITE)
    with house.store.reading() as connection:
        return view(connection, who, import_id)


def view(connection: Connection, who: Who, import_id: str) -> dict[str, Any]:
    row = find(connection, who, import_id)
    files = connection.execute(
        select(t.file)
        .where(t.file.c.import_id == import_id, t.file.c.organisation_id == who.organisation_id)
        .order_by(t.file.c.position)
    ).all()
    kept = Kept.load(connection, import_id)
    firsts = _firsts(connection, who, [f.duplicate_of_file_id for f in files])

    of_id = {page.id: page for page in kept.pages}
    of_file: dict[str, list[Any]] = defaultdict(list)
    for page in kept.pages:
        of_file[page.file_id].append(page)
    # A group made of pages of several files is told with the file its first page is in.
    groups_of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for page_ids, group in kept.rows.items():
        members = [of_id[page_id] for page_id in page_ids]
        if members:
            home = members[0].file_id
            groups_of[home].append(_group_json(import_id, group, members, home))
    sums = receipt((page.group_id is not None, page.set_aside) for page in kept.pages)
    return {
        **_import_json(row),
        **_progress_of(kept.pages),
        "files": [
            {
                "id": f.id,
                "name": f.name,
                "parent_file_id": f.parent_file_id,
                "sha256": f.sha256,
                "bytes": f.bytes,
                "media_type": f.media_type,
                "status": f.status,
                "problem": f.problem,
                "notes": f.notes,
                "duplicate_of": firsts.get(f.duplicate_of_file_id),
                "pages": f.pages,
                "groups": groups_of[f.id],
                "set_aside": [
                    _page_json(import_id, page) | {"reason": page.set_aside}
                    for page in of_file[f.id]
                    if page.set_aside
                ],
            }
            for f in files
        ],
        "receipt": {
            "pages": sums.pages,
            "grouped": sums.grouped,
            "set_aside": sum(sums.set_aside.values()),
            "pending": sums.pending,
            "reasons": sums.set_aside,
            "adds_up": sums.adds_up,
        },
        "to_check": [
            {
                "about": d.about,
                "page_id": d.page,
                "page_ids": list(d.pages or (d.page,)),
                "settled": d.settled,
            }
            for d in kept.doubts
        ],
        "documents": _documents(connection, import_id) if row.validated_at else [],
    }


def progress(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """Where the import is now, in a few numbers."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, import_id)
        statuses = connection.execute(
            select(t.file.c.status, func.count())
            .where(t.file.c.import_id == import_id)
            .group_by(t.file.c.status)
        ).all()
        counted = _counts(connection, [import_id])[import_id]
    return {
        **_import_json(row),
        **counted,
        "file_statuses": dict(statuses),
        "settled": row.status in SETTLED,
    }


def page_image(
    house: House, who: Who, import_id: str, page_id: str, *, thumbnail: bool = False
) -> str:
    """The object key of a page's picture."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        row = connection.execute(
            select(t.page.c.image_key, t.page.c.thumbnail_key).where(
                t.page.c.id == page_id,
                t.page.c.import_id == import_id,
                t.page.c.organisation_id == who.organisation_id,
            )
        ).one_or_none()
    key = None if row is None else (row.thumbnail_key if thumbnail else row.image_key)
    if not key:
        raise NotFound(
            "There is no picture of this page.", advice="It is drawn when the page is read."
        )
    return str(key)


def thumbnails(house: House, who: Who, import_id: str, page_ids: Sequence[str]) -> list[str | None]:
    """The object keys of the small pictures of some pages, in this order; None where there is
    none.
    """
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        rows = connection.execute(
            select(t.page.c.id, t.page.c.thumbnail_key).where(
                t.page.c.id.in_(page_ids),
                t.page.c.import_id == import_id,
                t.page.c.organisation_id == who.organisation_id,
            )
        )
        keys = {row.id: row.thumbnail_key for row in rows}
    return [keys.get(page_id) for page_id in page_ids]


def original(house: House, who: Who, import_id: str, file_id: str) -> Original:
    who.must(Scope.IMPORTS_READ)
    with house.store.transaction() as connection:
        opened = find(connection, who, import_id)
        row = connection.execute(
            select(t.file.c.name, t.file.c.object_key, t.file.c.bytes).where(
                t.file.c.id == file_id,
                t.file.c.import_id == import_id,
                t.file.c.organisation_id == who.organisation_id,
            )
        ).one_or_none()
        if row is None:
            raise NotFound("There is no such file in this import.")
        if not row.object_key:
            raise NotFound("This file was refused at the door and not kept.", code="not_kept")
        record_action(
            connection,
            house.now(),
            who,
            "import.file_downloaded",
            import_id,
            company_id=opened.company_id,
            file_id=file_id,
        )
    return Original(row.name, row.object_key, row.bytes)


def image_path(import_id: str, page_id: str) -> str:
    return f"/api/v1/imports/{import_id}/pages/{page_id}.webp"


def _import_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "status": row.status,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by,
        "first_group_at": row.first_group_at.isoformat() if row.first_group_at else None,
        "ready_at": row.ready_at.isoformat() if row.ready_at else None,
        "validated_at": row.validated_at.isoformat() if row.validated_at else None,
        "progress_files": {"total": row.files, "done": row.files_done},
    }


def _progress_of(pages: Iterable[Any]) -> dict[str, Any]:
    total = read = 0
    for page in pages:
        total += 1
        read += page.status == "read"
    return {"progress": {"pages": total, "read": read}}


def _counts(connection: Connection, import_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Pages and groups of several imports, counted in two questions."""
    counted: dict[str, dict[str, Any]] = {
        import_id: {"progress": {"pages": 0, "read": 0}, "groups": 0} for import_id in import_ids
    }
    for import_id, total, read in connection.execute(
        select(
            t.page.c.import_id,
            func.count(),
            func.count().filter(t.page.c.status == "read"),
        )
        .where(t.page.c.import_id.in_(import_ids))
        .group_by(t.page.c.import_id)
    ):
        counted[import_id]["progress"] = {"pages": total, "read": read}
    for import_id, total in connection.execute(
        select(t.group.c.import_id, func.count())
        .where(t.group.c.import_id.in_(import_ids))
        .group_by(t.group.c.import_id)
    ):
        counted[import_id]["groups"] = total
    return counted


def _firsts(
    connection: Connection, who: Who, file_ids: Iterable[str | None]
) -> dict[str | None, dict[str, Any]]:
    """The files that duplicates are duplicates of, and where to see them."""
    wanted = [file_id for file_id in file_ids if file_id]
    if not wanted:
        return {}
    rows = connection.execute(
        select(t.file.c.id, t.file.c.name, t.file.c.import_id, t.imports.c.name.label("import"))
        .join(t.imports, t.imports.c.id == t.file.c.import_id)
        .where(t.file.c.id.in_(wanted), within(who, t.imports))
    )
    return {
        row.id: {
            "file_id": row.id,
            "name": row.name,
            "import_id": row.import_id,
            "import_name": row[3],
            "url": f"/api/v1/imports/{row.import_id}",
        }
        for row in rows
    }


def _page_json(import_id: str, page: Any) -> dict[str, Any]:
    return {
        "page": page.number,
        "page_id": page.id,
        "file_id": page.file_id,
        "width": page.width,
        "height": page.height,
        "problem": page.problem,
        "rotation": page.rotation,
        "cut": page.cut,
        "begins": page.begins,
        "image": image_path(import_id, page.id) if page.image_key else None,
    }


def _group_json(import_id: str, group: Row[Any], members: list[Any], home: str) -> dict[str, Any]:
    reading = group.reading or {}
    return {
        "id": group.id,
        "number": group.number,
        "pages": [page.number for page in members if page.file_id == home],
        "page_list": [_page_json(import_id, page) for page in members],
        "category": group.category,
        "confidence": group.confidence,
        "sure": group.sure,
        "said": group.said,
        "guess": group.guess,
        "cut": members[0].cut,
        "being_read": group.reading is None,
        "fields": reading.get("fields", {}),
        "vat_lines": reading.get("vat_lines", []),
        "line_items": reading.get("line_items", []),
        "transactions": reading.get("transactions", []),
        "problems": reading.get("problems", []),
        "suggestion": group.suggestion,
    }


def _documents(connection: Connection, import_id: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(
            t.document.c.id,
            t.document.c.group_number,
            t.document.c.category,
            t.document.c.status,
        )
        .where(t.document.c.import_id == import_id, t.document.c.withdrawn_at.is_(None))
        .order_by(t.document.c.group_number)
    )
    return [
        {"id": r.id, "number": r.group_number, "category": r.category, "status": r.status}
        for r in rows
    ]
