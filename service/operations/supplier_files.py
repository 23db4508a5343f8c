"""A supplier's file: found in the list, looked at with accounts and documents, put right.

An auxiliary code may change until an entry has it: what is posted is never edited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select, update

from domain.documents import POSTABLE, DocumentStatus
from domain.errors import Conflict, Invalid, NotFound
from domain.findings import Reading
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.suppliers import SUNDRY, identity_of, keys_of
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies
from service.operations.discussion import names_of
from service.operations.suppliers import (
    NUMBERS,
    aliases_of,
    as_fields,
    ibans_of,
    known_suppliers,
    supplier_json,
)
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

LAST_DOCUMENTS = 50
_s = t.supplier.c


def list_suppliers(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    q: str = "",
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """By name; `q` are words of names and aliases, numbers, accounts or auxiliary codes."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rows = connection.execute(
            select(t.supplier).where(_s.company_id == company.id, within(who, t.supplier))
        ).all()
        ibans = ibans_of(connection, company.id)
        aliases = aliases_of(rows)
        wanted = folded(q).split()
        chosen = [
            row
            for row in rows
            if row.merged_into_id is None
            and _speaks_of(wanted, [row, *aliases[row.id]], ibans.get(row.id, ()))
        ]
        chosen.sort(key=lambda row: (folded(row.name), row.id))
        ids = [row.id for row in chosen]
        start = ids.index(cursor) + 1 if cursor in ids else 0
        shown = chosen[start : start + limit + 1]
        counted = _documents(connection, who, [row.id for row in shown])
        items = [
            supplier_json(row, ibans.get(row.id, ()), aliases[row.id]) | counted.get(row.id, _NONE)
            for row in shown
        ]
    return page_of(items, limit)


_NONE: dict[str, Any] = {"documents": 0, "last_document_on": None}


def get_supplier(house: House, who: Who, supplier_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return view(connection, who, supplier_id)


def view(connection: Connection, who: Who, supplier_id: str) -> dict[str, Any]:
    """One supplier with its accounts, its last documents and what may be changed."""
    row = find(connection, who, supplier_id)
    ibans = ibans_of(connection, row.company_id, row.id).get(row.id, [])
    aliases = connection.execute(
        select(t.supplier).where(_s.merged_into_id == row.id).order_by(_s.created_at)
    ).all()
    d = t.document.c
    documents = connection.execute(
        select(t.document)
        .where(
            # A document has its supplier from its posting on; before, it only names one.
            or_(
                d.supplier_id == row.id,
                and_(
                    d.supplier_id.is_(None),
                    d.company_id == row.company_id,
                    d.category.in_(POSTABLE),
                    d.sender_key.in_(_keys(connection, row)),
                ),
            ),
            within(who, t.document),
            *_COUNTED,
        )
        .order_by(d.issue_date.desc(), d.id.desc())
        .limit(LAST_DOCUMENTS)
    ).all()
    named = {i.asked_by for i in ibans} | {i.verified_by for i in ibans}
    names = names_of(connection, who, {one for one in named if one})
    return {
        **supplier_json(row, ibans, aliases, names),
        **_documents(connection, who, [row.id]).get(row.id, _NONE),
        "auxiliary_used": auxiliary_used(connection, row),
        "last_documents": [
            {
                "id": one.id,
                "category": one.category,
                "status": one.status,
                "invoice_number": one.invoice_number,
                "issue_date": one.issue_date.isoformat() if one.issue_date else None,
                "gross_total": str(one.gross_total) if one.gross_total is not None else None,
                "currency": one.currency,
                "iban": one.iban,
                "entry_id": _entry(connection, one),
            }
            for one in documents
        ],
    }


def change_supplier(
    house: House, who: Who, supplier_id: str, values: dict[str, Any], version: int | None
) -> dict[str, Any]:
    """Put its name and numbers right, and its auxiliary code as long as no entry has it.

    Values that are there replace; an empty one takes a number away.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, supplier_id, lock=True)
        if version is not None and version != row.version:
            raise stale(row)
        if row.merged_into_id is not None:
            raise merged(row)
        clean = _checked(connection, row, values)
        changed = {key: value for key, value in clean.items() if value != getattr(row, key)}
        if changed:
            connection.execute(
                update(t.supplier).where(_s.id == row.id).values(version=row.version + 1, **changed)
            )
            record_action(
                connection, house.now(), who, "supplier.changed", row.id,
                company_id=row.company_id, what=sorted(changed),
            )  # fmt: skip
        return view(connection, who, supplier_id)


def _checked(connection: Connection, row: Row[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: value for key, value in values.items() if value is not None}
    read = identity_of(Reading(fields={}).with_fields(**as_fields(given)))
    clean: dict[str, Any] = {}
    if "name" in given:
        clean["name"] = plain_text(str(given["name"]), 200)
        if not clean["name"]:
            raise Invalid("A supplier has a name.", code="supplier_name", fields=["name"])
    for key in NUMBERS:
        if key in given:
            clean[key] = getattr(read, key) if str(given[key]).strip() else None
            if str(given[key]).strip() and not clean[key]:
                raise Invalid("This number cannot be right.", code="supplier_number", fields=[key])
    for key in NUMBERS:
        if clean.get(key):
            other = connection.scalar(
                select(_s.id).where(
                    _s.company_id == row.company_id,
                    _s.id != row.id,
                    func.coalesce(_s.merged_into_id, "") != row.id,
                    getattr(_s, key) == clean[key],
                )
            )
            if other is not None:
                raise Conflict(
                    "Another supplier has this number.",
                    code="supplier_exists",
                    advice="Merge the two.",
                    supplier_id=other,
                )
    if "auxiliary" in given and given["auxiliary"] != row.auxiliary:
        clean["auxiliary"] = _new_auxiliary(connection, row, str(given["auxiliary"]))
    return clean


def _new_auxiliary(connection: Connection, row: Row[Any], text: str) -> str:
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{1,17}", code):
        raise Invalid(
            "An auxiliary code is 1 to 17 capital letters and digits.",
            code="auxiliary_invalid",
            fields=["auxiliary"],
        )
    if auxiliary_used(connection, row):
        raise Conflict(
            "Entries have this auxiliary code: it stays as it is.",
            code="auxiliary_used",
            advice="Merge the supplier into another one, if new entries are to have another code.",
        )
    taken = connection.scalar(
        select(_s.id).where(_s.company_id == row.company_id, _s.auxiliary == code, _s.id != row.id)
    )
    if taken is not None or code == SUNDRY:
        raise Conflict(
            "Another supplier has this auxiliary code.",
            code="auxiliary_taken",
            fields=["auxiliary"],
        )
    return code


def auxiliary_used(connection: Connection, row: Row[Any]) -> bool:
    """Whether an entry of the company has the supplier's auxiliary code."""
    line, entry = t.journal_line.c, t.journal_entry.c
    return bool(
        connection.scalar(
            select(
                exists().where(
                    line.auxiliary == row.auxiliary,
                    line.entry_id == entry.id,
                    entry.company_id == row.company_id,
                )
            )
        )
    )


def find(connection: Connection, who: Who, supplier_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.supplier).where(_s.id == supplier_id, within(who, t.supplier))
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such supplier.")
    return row


def stale(row: Row[Any]) -> Conflict:
    return Conflict(
        "The supplier was changed in the meantime.",
        code="stale",
        advice="Load it again, look at what changed, and repeat your change.",
        version=row.version,
    )


def merged(row: Row[Any]) -> Conflict:
    return Conflict(
        "This supplier was merged into another.",
        code="supplier_merged",
        advice="Change the one it was merged into, or undo the merge.",
        supplier_id=row.merged_into_id,
    )


def _speaks_of(wanted: list[str], rows: Iterable[Row[Any]], ibans: Iterable[Row[Any]]) -> bool:
    said = [f"{r.name} {r.auxiliary} {r.siren} {r.vat_id} {r.uid}" for r in rows]
    text = folded(" ".join([*said, *(iban.iban for iban in ibans)]))
    return all(f" {word}" in text for word in wanted)


_COUNTED = (
    t.document.c.withdrawn_at.is_(None),
    t.document.c.status != DocumentStatus.DELETED,
)


def _documents(
    connection: Connection, who: Who, supplier_ids: list[str]
) -> dict[str, dict[str, Any]]:
    d = t.document.c
    rows = connection.execute(
        select(d.supplier_id, func.count().label("number"), func.max(d.issue_date).label("last"))
        .where(d.supplier_id.in_(supplier_ids), within(who, t.document), *_COUNTED)
        .group_by(d.supplier_id)
    )
    return {
        row.supplier_id: {
            "documents": row.number,
            "last_document_on": row.last.isoformat() if row.last else None,
        }
        for row in rows
    }


def _keys(connection: Connection, row: Row[Any]) -> list[str]:
    """The names by which papers of a supplier find each other."""
    known = next((s for s in known_suppliers(connection, row.company_id) if s.id == row.id), None)
    if known is None:
        return []
    keys = {key for one in known.identities for key in keys_of(one)}
    return sorted(keys | {f"iban:{iban}" for iban in known.paid_to})


def _entry(connection: Connection, document: Row[Any]) -> str | None:
    e = t.journal_entry.c
    found: str | None = connection.scalar(
        select(e.id).where(e.document_id == document.id, e.document_version == document.version)
    )
    return found
