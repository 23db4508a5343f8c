"""Which categories there are: the built-in ones, and those an organisation added."""

from __future__ import annotations

from collections.abc import Iterable

from domain.documents import Category
from domain.errors import Invalid


def check_category(category: str, own: Iterable[str]) -> str:
    """`category`, if there is such a one; Invalid otherwise."""
    known = [*Category, *own]
    if category not in known:
        raise Invalid(
            "There is no such category.",
            code="invalid_category",
            advice="Categories are " + ", ".join(known) + ".",
            fields=["category"],
        )
    return str(category)
