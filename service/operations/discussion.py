"""Colleagues about a document: who was asked to look at it, and what they said to each other.

Neither changes the document, so its version stays: what somebody is typing there is not stale.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, insert, select, union_all, update

from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations import documents
from storage import tables as t
from storage.outbox import record_action, record_document_event
from storage.visibility import companies_of

LONGEST = 2_000


def discussion(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """Who a document is assigned to, and its comments, the oldest first."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        return _discussion(connection, who, document_id)


def comment(house: House, who: Who, document_id: str, text: str) -> dict[str, Any]:
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id)
        said = _clean(text)
        if not said:
            raise Invalid("There is nothing in it.", code="comment_empty", fields=["text"])
        _say(house, connection, who, document_id, said)
        record_action(
            connection,
            house.now(),
            who,
            "document.commented",
            row.id,
            company_id=row.company_id,
        )
        return _discussion(connection, who, document_id)


def assign(
    house: House, who: Who, document_id: str, person_id: str | None, text: str = ""
) -> dict[str, Any]:
    """Ask a colleague to look at a document, or nobody any more, with a comment if there is one."""
    who.must(Scope.DOCUMENTS_WRITE)
    said = _clean(text)
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id, lock=True)
        if person_id is not None:
            _must_see(connection, who, person_id, row.company_id)
        if said:
            _say(house, connection, who, document_id, said)
        if person_id != row.assigned_to:
            connection.execute(
                update(t.document).where(t.document.c.id == row.id).values(assigned_to=person_id)
            )
            record_document_event(
                connection,
                house.now(),
                who,
                row,
                "document.assigned",
                assigned_to=person_id,
                was=row.assigned_to,
                assigned_by=who.id,
                comment=said or None,
            )
        return _discussion(connection, who, document_id)


def colleagues(house: House, who: Who) -> list[dict[str, str]]:
    """The people of the organisation whom one may ask, by name."""
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        return _colleagues(connection, who)


def names_of(connection: Connection, who: Who, ids: Collection[str]) -> dict[str, str]:
    """What the people and keys behind ids are called."""
    both = [
        select(table.c.id, table.c.name).where(
            table.c.organisation_id == who.organisation_id, table.c.id.in_(ids)
        )
        for table in (t.user, t.api_key)
    ]
    return {row.id: row.name for row in connection.execute(union_all(*both))}


def _must_see(connection: Connection, who: Who, person_id: str, company_id: str) -> None:
    """NotFound unless there is such a colleague, who may see the company."""
    seen = companies_of(connection, person_id)
    there = any(person_id == colleague["id"] for colleague in _colleagues(connection, who))
    if not there or (seen is not None and company_id not in seen):
        raise NotFound("There is no such colleague.")


def _colleagues(connection: Connection, who: Who) -> list[dict[str, str]]:
    c = t.user.c
    rows = connection.execute(
        select(c.id, c.name, c.email)
        .where(c.organisation_id == who.organisation_id, c.disabled_at.is_(None))
        .order_by(c.name, c.id)
    )
    return [{"id": row.id, "name": row.name or row.email} for row in rows]


def _discussion(connection: Connection, who: Who, document_id: str) -> dict[str, Any]:
    row = documents.find(connection, who, document_id)
    comments = connection.execute(
        select(t.comment)
        .where(t.comment.c.document_id.in_([document_id, *(row.came_of or ())]))
        .order_by(t.comment.c.created_at, t.comment.c.id)
    ).all()
    ids = {c.made_by for c in comments} | {row.assigned_to or ""}
    names = names_of(connection, who, ids)
    return {
        "document_id": document_id,
        "assigned_to": {"id": row.assigned_to, "name": names.get(row.assigned_to, "")}
        if row.assigned_to
        else None,
        "comments": [
            {
                "id": c.id,
                "text": c.text,
                "made_by": c.made_by,
                "name": names.get(c.made_by, ""),
                "made_at": c.created_at.isoformat(),
            }
            for c in comments
        ],
    }


def _say(house: House, connection: Connection, who: Who, document_id: str, text: str) -> None:
    connection.execute(
        insert(t.comment).values(
            id=new_id("com"),
            organisation_id=who.organisation_id,
            document_id=document_id,
            text=text,
            made_by=who.id,
            created_at=house.now(),
        )
    )


def _clean(text: str) -> str:
    """Lines as they were written, without control characters."""
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
    return "\n".join(line.rstrip() for line in lines).strip()[:LONGEST]
