"""Lists a page at a time: every list of the API takes `cursor` and `limit` and answers alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from domain.errors import Invalid

MOST = 200


class Page(TypedDict):
    items: list[dict[str, Any]]
    next_cursor: str | None


def limit_of(limit: int) -> int:
    if not 1 <= limit <= MOST:
        raise Invalid(
            f"limit is between 1 and {MOST}.", code="invalid_limit", fields=["limit"], most=MOST
        )
    return limit


def page_of(items: Sequence[dict[str, Any]], limit: int) -> Page:
    """The first `limit` of `items`, which were asked for with one more to see whether there is."""
    shown = list(items[:limit])
    return {"items": shown, "next_cursor": shown[-1]["id"] if len(items) > limit else None}
