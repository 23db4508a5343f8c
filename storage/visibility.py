"""What somebody may see: their organisation's rows, and of these only some companies' when so said.

`company_access` names the companies that a person, an invitation, a key or a webhook endpoint is
limited to; who is not named there sees all. Every question about rows of a company asks `within`,
so that this is the one place to read. Tables without a company are reached through their import or
document. What is of no company is seen by those who see all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
)

from domain.people import Who
from storage import tables as t

_access = t.company_access.c


def within(who: Who, table: FromClause) -> ColumnElement[bool]:
    """The rows of `table` that `who` may see; `table` has a company_id, or is the companies'."""
    mine: ColumnElement[bool] = table.c.organisation_id == who.organisation_id
    if who.companies is None:
        return mine
    company = table.c.company_id if "company_id" in table.c else table.c.id
    return and_(mine, company.in_(sorted(who.companies)))


def companies_of(connection: Connection, subject_id: str) -> frozenset[str] | None:
    """The companies that a person, key, invitation or endpoint is limited to; None for no limit."""
    named = connection.scalars(
        select(_access.company_id).where(_access.subject_id == subject_id)
    ).all()
    return frozenset(named) or None


def companies_of_all(connection: Connection, organisation_id: str) -> dict[str, list[str]]:
    """The limits of everybody in an organisation who has any: subject → companies."""
    found: dict[str, list[str]] = {}
    for subject_id, company_id in connection.execute(
        select(_access.subject_id, _access.company_id)
        .where(_access.organisation_id == organisation_id)
        .order_by(_access.subject_id, _access.company_id)
    ):
        found.setdefault(subject_id, []).append(company_id)
    return found


def limit(
    connection: Connection, organisation_id: str, subject_id: str, companies: Collection[str] | None
) -> None:
    """Limit `subject_id` to `companies`, in place of what it was limited to; None lifts it."""
    connection.execute(delete(t.company_access).where(_access.subject_id == subject_id))
    if companies:
        connection.execute(
            insert(t.company_access),
            [
                {
                    "organisation_id": organisation_id,
                    "subject_id": subject_id,
                    "company_id": company_id,
                }
                for company_id in sorted(companies)
            ],
        )


def endpoints_of(who: Who) -> ColumnElement[bool]:
    """The webhook endpoints that hear of nothing but what `who` may see."""
    endpoint = t.webhook_endpoint.c
    mine: ColumnElement[bool] = endpoint.organisation_id == who.organisation_id
    if who.companies is None:
        return mine
    limits = exists().where(_access.subject_id == endpoint.id)
    return and_(
        mine,
        limits,
        ~limits.where(_access.company_id.not_in(sorted(who.companies))),
    )


def hears(endpoint_id: Any, company_id: Any) -> ColumnElement[bool]:
    """Whether an endpoint is told of a company's events; both are columns or values."""
    limits = exists().where(_access.subject_id == endpoint_id)
    return or_(~limits, limits.where(_access.company_id == company_id))
