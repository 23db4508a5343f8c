"""The list of imports as a person wants it: each with its page receipt and what went wrong in it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import func, select

from domain.documents import FileStatus
from domain.people import Scope, Who
from service.house import House
from service.lists import Page
from service.operations.imports import list_imports
from storage import tables as t

TROUBLED = (FileStatus.REJECTED, FileStatus.FAILED, FileStatus.DUPLICATE)
MOST_TROUBLES = 500


def overview(
    house: House,
    who: Who,
    *,
    company_id: str | None = None,
    cursor: str | None = None,
    limit: int = 30,
) -> Page:
    """Newest first. Each has its `receipt`, how many groups are `to_check`, and `troubles`: files
    with problem, or the first they are a duplicate of.
    """
    who.must(Scope.IMPORTS_READ)
    page = list_imports(house, who, company_id=company_id, cursor=cursor, limit=limit)
    ids = [item["id"] for item in page["items"]]
    receipts: dict[str, dict[str, Any]] = {
        i: {"pages": 0, "grouped": 0, "pending": 0, "reasons": {}} for i in ids
    }
    troubles: dict[str, list[dict[str, Any]]] = defaultdict(list)
    first = t.file.alias("first")
    with house.store.reading() as connection:
        counted = connection.execute(
            select(
                t.page.c.import_id,
                t.page.c.group_id.is_not(None),
                t.page.c.set_aside,
                func.count(),
            )
            .where(t.page.c.import_id.in_(ids))
            .group_by(t.page.c.import_id, t.page.c.group_id.is_not(None), t.page.c.set_aside)
        )
        for import_id, grouped, reason, count in counted:
            receipt = receipts[import_id]
            receipt["pages"] += count
            if grouped:
                receipt["grouped"] += count
            elif reason:
                receipt["reasons"][reason] = receipt["reasons"].get(reason, 0) + count
            else:
                receipt["pending"] += count
        checks: dict[str, int] = dict(
            connection.execute(
                select(t.group.c.import_id, func.count())
                .where(t.group.c.import_id.in_(ids), t.group.c.sure.is_(False))
                .group_by(t.group.c.import_id)
            ).all()
        )
        rows = connection.execute(
            select(
                t.file.c.id,
                t.file.c.import_id,
                t.file.c.name,
                t.file.c.status,
                t.file.c.problem,
                t.file.c.object_key,
                first.c.import_id.label("first_import_id"),
            )
            .outerjoin(
                first,
                (first.c.id == t.file.c.duplicate_of_file_id)
                & (first.c.organisation_id == who.organisation_id),
            )
            .where(t.file.c.import_id.in_(ids), t.file.c.status.in_(TROUBLED))
            .order_by(t.file.c.import_id, t.file.c.position)
            .limit(MOST_TROUBLES)
        )
        for row in rows:
            troubles[row.import_id].append(
                {
                    "file_id": row.id,
                    "name": row.name,
                    "status": row.status,
                    "problem": row.problem,
                    "kept": bool(row.object_key),
                    "first_import_id": row.first_import_id,
                }
            )
    for item in page["items"]:
        item["receipt"] = receipts[item["id"]]
        item["to_check"] = checks.get(item["id"], 0)
        item["troubles"] = troubles[item["id"]]
    return page
