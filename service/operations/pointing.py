"""A person points at the paper: the words of a page, what stands in a box of it, what a field may be.

The words are those that were read; nothing is read again here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from domain.corrections import FIELDS
from domain.errors import Invalid, NotFound
from domain.people import Scope, Who
from domain.printed.candidates import candidates as candidates_in
from domain.printed.candidates import pointed_at
from domain.text import Box, PageText
from service.house import House
from service.operations import documents
from storage import tables as t

MOST_PAGES = 20
"""Pages looked through for candidates: what a field says stands on the first ones, or the last."""
CELLS = frozenset({"amount", "date", "figure", "description"})
"""Kinds of cells of tables, beside the fields."""


def words(house: House, who: Who, document_id: str, number: int) -> dict[str, Any]:
    """The words of a document's page `number`, from 0, with their boxes."""
    page = _page(house, who, document_id, number)
    return {
        "number": number,
        "page": page.number,
        "words": [
            {"text": w.text, "box": w.box.as_list(), "line": w.line}
            for line in page.lines()
            for w in line
        ],
    }


def pointed(
    house: House, who: Who, document_id: str, field: str, number: int, box: Sequence[float | str]
) -> dict[str, Any]:
    """What stands in a box of page `number`, as `field` would have it; `value` null for nothing."""
    page = _page(house, who, document_id, number)
    _must_be_field(field)
    try:
        x0, y0, x1, y1 = (min(max(float(side), 0.0), 1.0) for side in box)
        place = Box(x0, y0, x1, y1)
    except ValueError:
        raise Invalid(
            "A box is x0,y0,x1,y1 in fractions of the page.", code="invalid_place", fields=["box"]
        ) from None
    found = pointed_at(field, page, place)
    if found is None:
        return {
            "field": field,
            "value": None,
            "text": "",
            "page": page.number,
            "box": place.as_list(),
        }
    return {"field": field, **found.to_json()}


def candidates(house: House, who: Who, document_id: str, field: str) -> dict[str, Any]:
    """Every value of the field's kind on the document's pages, with its place; the one that the
    machine read is the first when a person has replaced it.
    """
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        row = documents.find(connection, who, document_id)
        keys = _text_keys(connection, document_id)
    _must_be_field(field)
    chosen = [key for key in (*keys[: MOST_PAGES - 1], *keys[MOST_PAGES - 1 :][-1:]) if key]
    items = [c.to_json() for c in candidates_in(field, [_text(house, key) for key in chosen])]
    read = ((row.machine_reading or {}).get("fields") or {}).get(field)
    stands = ((row.reading or {}).get("fields") or {}).get(field)
    if read and (stands or {}).get("value") != read["value"]:
        items = [item for item in items if item["value"] != read["value"]]
        first = {key: read[key] for key in ("value", "page", "box")}
        items.insert(0, {**first, "text": read["value"]})
    return {"field": field, "items": items}


def _must_be_field(field: str) -> None:
    if field not in FIELDS | CELLS:
        raise Invalid("There is no such field.", code="unknown_field", fields=["field"])


def _page(house: House, who: Who, document_id: str, number: int) -> PageText:
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        documents.find(connection, who, document_id)
        keys = _text_keys(connection, document_id)
    key = keys[number] if 0 <= number < len(keys) else None
    if not key:
        raise NotFound("There are no words of this page.")
    return _text(house, key)


def _text_keys(connection: Connection, document_id: str) -> list[str | None]:
    return list(
        connection.scalars(
            select(t.page.c.text_key)
            .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
            .where(t.document_page.c.document_id == document_id)
            .order_by(t.document_page.c.position)
        )
    )


def _text(house: House, key: str) -> PageText:
    return PageText.from_json(msgspec.json.decode(house.objects.get(key)))
