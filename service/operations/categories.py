"""The categories a person may choose from: the built-in ones, then those of the organisation."""

from __future__ import annotations

from domain.documents import Category
from domain.people import Scope, Who
from service.house import House
from service.operations.review import own_categories


def categories(house: House, who: Who) -> list[dict[str, str]]:
    """Each with its code and, for the organisation's own, its name."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        own = own_categories(connection, who)
    return [
        *({"code": code.value, "name": ""} for code in Category),
        *({"code": str(c["code"]), "name": str(c.get("name") or c["code"])} for c in own),
    ]
