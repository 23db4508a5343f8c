"""Which documents, and in which order: lists, neighbours, counts and bulk actions agree on it.

What a person may see is decided here too: every query for documents begins with `seen_by`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from domain.documents import DocumentStatus
from domain.errors import Invalid
from domain.money import parse_amount
from domain.people import Who
from domain.words import folded
from storage import tables as t
from storage.visibility import within

_c = t.document.c

Key = tuple[ColumnElement[Any], bool]
"""What is sorted by, and whether the largest comes first."""

_STACK: tuple[Key, ...] = ((_c.import_id, True), (_c.group_number, False))
"""Newest import first, and within it in the order of the stack."""


def _last_if_missing(column: ColumnElement[Any], least: Any, *, largest_first: bool) -> list[Key]:
    # Databases disagree on where NULL sorts, and NULL equals nothing: neither does here.
    return [
        (case((column.is_(None), 1), else_=0), False),
        (func.coalesce(column, least), largest_first),
    ]


def _both(name: str, column: ColumnElement[Any], least: Any) -> dict[str, list[Key]]:
    return {
        name: _last_if_missing(column, least, largest_first=False),
        f"-{name}": _last_if_missing(column, least, largest_first=True),
    }


SORTS: Mapping[str, list[Key]] = {
    "": [],
    **_both("date", _c.issue_date, date.min),
    **_both("due", _c.due_date, date.min),
    **_both("supplier", func.lower(_c.supplier_name), ""),
    **_both("total", _c.gross_total, Decimal(0)),
}
"""Names of orders; with "-" the largest first. The empty one is the order of the mail."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents: all that is given must hold. Deleted ones are found by their status only."""

    category: str | None = None
    status: str | None = None
    company_id: str | None = None
    import_id: str | None = None
    q: str | None = None
    since: date | None = None
    """First day of issue, included."""
    until: date | None = None
    """Last day of issue, included."""
    least: Decimal | None = None
    most: Decimal | None = None
    problems: bool | None = None
    proved: bool | None = None
    mine: bool | None = None
    """Those that were given to who asks, or (false) all others."""
    sort: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str], **known: Any) -> Self:
        """The filter that query parameters ask for; Invalid names what cannot be understood."""
        given = {name: said.get(name, "").strip() for name in _TYPED}
        values = {name: _typed(name, text) for name, text in given.items() if text}
        return cls(**{**values, **{name: value for name, value in known.items() if value}})

    def query(self) -> dict[str, str]:
        """The parameters that ask for this, without category and company: those have places of
        their own on a page.
        """
        said = {name: value for name, value in asdict(self).items() if name in _TYPED}
        return {
            name: ("yes" if value is True else "no" if value is False else str(value))
            for name, value in said.items()
            if value not in (None, "")
        }


_TYPED = ("status", "q", "since", "until", "least", "most", "problems", "proved", "mine", "sort")


def _typed(name: str, text: str) -> Any:
    try:
        if name in ("since", "until"):
            return date.fromisoformat(text)
        if name in ("least", "most"):
            return parse_amount(text)
    except ValueError:
        pass
    else:
        if name in ("problems", "proved", "mine") and text in ("yes", "no"):
            return text == "yes"
        if name == "sort" and text in SORTS:
            return text
        if name in ("status", "q"):
            return text
    raise Invalid(
        f"“{text}” is no value of “{name}”.",
        code="filter_not_understood",
        advice="Days are 2026-01-31, amounts 1234.56, problems, proved and mine are yes or no, and sort "
        f"is one of {', '.join(s for s in SORTS if s)}.",
        field=name,
        value=text,
    )


def seen_by(query: Select[Any], who: Who) -> Select[Any]:
    """`query` of documents, limited to those of the companies that `who` sees, and that are
    documents now: not those whose import is being reviewed again.
    """
    return query.where(within(who, t.document), _c.withdrawn_at.is_(None))


def chosen(query: Select[Any], who: Who, filter_: Filter) -> Select[Any]:
    """`query` of documents, limited to those that `who` may see and `filter_` lets through."""
    query = seen_by(query, who)
    for name in ("category", "status", "company_id", "import_id"):
        value = getattr(filter_, name)
        if value:
            query = query.where(_c[name] == value)
    if not filter_.status:
        query = query.where(_c.status != DocumentStatus.DELETED)
    if filter_.since:
        query = query.where(_c.issue_date >= filter_.since)
    if filter_.until:
        query = query.where(_c.issue_date <= filter_.until)
    if filter_.least is not None:
        query = query.where(_c.gross_total >= filter_.least)
    if filter_.most is not None:
        query = query.where(_c.gross_total <= filter_.most)
    if filter_.problems is not None:
        query = query.where(_c.problems > 0 if filter_.problems else _c.problems == 0)
    if filter_.proved is not None:
        query = query.where(_c.proved.is_(filter_.proved))
    if filter_.mine is not None:
        mine = func.coalesce(_c.assigned_to, "") == who.id
        query = query.where(mine if filter_.mine else ~mine)
    for word in folded(filter_.q or "").split()[:10]:
        query = query.where(
            or_(_c.search.contains(word, autoescape=True), _c.words.contains(word, autoescape=True))
        )
    return query


def ordered(query: Select[Any], sort: str, *, backwards: bool = False) -> Select[Any]:
    return query.order_by(
        *(key.desc() if largest_first != backwards else key for key, largest_first in _keys(sort))
    )


def beyond(
    connection: Connection, document_id: str, sort: str, *, backwards: bool = False
) -> ColumnElement[bool]:
    """Those that come after a document in the order, or before it."""
    keys = _keys(sort)
    here = connection.execute(select(*(key for key, _ in keys)).where(_c.id == document_id)).one()
    return or_(
        *(
            and_(
                *(keys[i][0] == here[i] for i in range(at)),
                key < here[at] if largest_first != backwards else key > here[at],
            )
            for at, (key, largest_first) in enumerate(keys)
        )
    )


def _keys(sort: str) -> tuple[Key, ...]:
    return (*SORTS.get(sort, ()), *_STACK)
