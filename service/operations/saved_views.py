"""Lists that a person comes back to, under names of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from service.house import House
from service.operations.selection import Filter
from storage import tables as t

_c = t.saved_view.c
MOST = 50


def list_views(house: House, who: Who, category: str | None = None) -> list[dict[str, Any]]:
    """The person's own, by name."""
    who.must(Scope.DOCUMENTS_READ)
    query = select(t.saved_view).where(
        _c.person_id == who.id, _c.organisation_id == who.organisation_id
    )
    if category:
        query = query.where(_c.category == category)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_c.name).limit(MOST)).all()
    return [
        {"id": row.id, "name": row.name, "category": row.category, "query": row.query}
        for row in rows
    ]


def save_view(
    house: House, who: Who, category: str, name: str, query: dict[str, str]
) -> dict[str, Any]:
    """Keep a list under a name; an earlier one of that name in that tab is replaced."""
    who.must(Scope.DOCUMENTS_READ)
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid("A view needs a name.", code="name_missing", advice="Give it a short name.")
    kept = Filter.of(query).query()
    with house.store.transaction() as connection:
        if connection.execute(select(t.user.c.id).where(t.user.c.id == who.id)).first() is None:
            raise Conflict(
                "Views belong to people.",
                code="not_a_person",
                advice="An API key can ask for any list by its parameters.",
            )
        connection.execute(
            delete(t.saved_view).where(
                _c.person_id == who.id, _c.category == category, _c.name == name
            )
        )
        view_id = new_id("view")
        connection.execute(
            insert(t.saved_view).values(
                id=view_id,
                organisation_id=who.organisation_id,
                person_id=who.id,
                category=category,
                name=name,
                query=kept,
                created_at=house.now(),
            )
        )
    return {"id": view_id, "name": name, "category": category, "query": kept}


def delete_view(house: House, who: Who, view_id: str) -> None:
    who.must(Scope.DOCUMENTS_READ)
    with house.store.transaction() as connection:
        gone = connection.execute(
            delete(t.saved_view).where(_c.id == view_id, _c.person_id == who.id)
        )
        if not gone.rowcount:
            raise NotFound("There is no such view.")
