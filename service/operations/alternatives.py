"""The next best ways to cut the files of an import, told as what they would change of the groups as
they are now.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from domain.board import recut_to
from domain.people import Scope, Who
from service.house import House
from service.operations.boards import Kept
from service.operations.intake import find
from storage import tables as t


def alternatives(house: House, who: Who, import_id: str) -> list[dict[str, Any]]:
    """Each: {file_id, probability, cuts, joins}, the last two pages; likeliest first in each file.

    To take one, send the change ``recut`` with its `cuts` as `pages` and its `joins`.
    """
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        find(connection, who, import_id)
        files = connection.execute(
            select(t.file.c.id, t.file.c.alternatives)
            .where(t.file.c.import_id == import_id)
            .order_by(t.file.c.position)
        ).all()
        if not any(file.alternatives for file in files):
            return []
        kept = Kept.load(connection, import_id)
    found = []
    for file in files:
        pages = [page.id for page in kept.pages if page.file_id == file.id]
        for other in file.alternatives or ():
            starts = [pages[number] for number in other["starts"] if number < len(pages)]
            cuts, joins = recut_to(kept.board, pages, starts)
            if cuts or joins:
                found.append(
                    {
                        "file_id": file.id,
                        "probability": other["probability"],
                        "cuts": cuts,
                        "joins": joins,
                    }
                )
    return found
