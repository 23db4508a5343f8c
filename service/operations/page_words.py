"""The words of a page, with their places, as they were read."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from domain.errors import NotFound
from domain.people import Scope, Who
from domain.text import PageText
from service.house import House
from service.operations.intake import find
from storage import tables as t


def page_words(house: House, who: Who, import_id: str, page_id: str) -> dict[str, Any]:
    """{width, height, words, text}: points of the page as it stands upright; each word is
    [text, x0, y0, x1, y1] in fractions of it.
    """
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        row = connection.execute(
            select(t.page.c.width, t.page.c.height, t.page.c.text_key).where(
                t.page.c.id == page_id,
                t.page.c.import_id == import_id,
                t.page.c.organisation_id == who.organisation_id,
            )
        ).one_or_none()
    if row is None:
        raise NotFound("There is no such page in this import.")
    if not row.text_key:
        return {"width": row.width, "height": row.height, "words": [], "text": ""}
    page = PageText.from_json(json.loads(house.objects.get(row.text_key)))
    return {
        "width": page.width,
        "height": page.height,
        "words": [[word.text, *word.box.as_list()] for word in page.words],
        "text": page.text(),
    }
