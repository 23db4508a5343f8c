"""Finalising: drafts become invoices with a number, an entry and a place in the chain.

All of it in one transaction that holds the company's row: number, hash and entry exist together or
not at all, and a rollback gives the number back. Nothing finalised is ever changed. What an invoice
is made of is decided and written by `issuing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.drafts import State
from domain.errors import Conflict, Invalid, Refused
from domain.people import Scope, Who
from service.house import House
from service.operations.issuing import Issuing, issue
from service.operations.sales import find_draft, find_sales, must_be_draft, shown
from service.operations.sales_settings import of_company
from service.operations.versions import must_be_at
from storage import journal
from storage import tables as t

MOST = 500
"""Drafts at once."""
_s, _n = t.sales_invoice.c, t.sales_series.c


def finalise(house: House, who: Who, draft_id: str, version: int | None = None) -> dict[str, Any]:
    """Give one draft its number; the invoice it is now."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company_id = find_draft(connection, who, draft_id).company_id
        company = _held(connection, who, company_id)
        row = find_draft(connection, who, draft_id, lock=True)
        must_be_at(row, version)
        issue(connection, house, who, company, row)
        return shown(connection, who, row.id, house.now().date())


def finalise_many(house: House, who: Who, draft_ids: Sequence[str]) -> dict[str, Any]:
    """Give the drafts of imports and batches their numbers, in the order given.

    `done` are the invoices; `refused` says of the others what stood against it, and none of them
    used a number.
    """
    who.must(Scope.BOOKS_WRITE)
    ids = list(dict.fromkeys(draft_ids))
    if len(ids) > MOST:
        raise Invalid(f"At most {MOST} drafts at once.", code="too_many_drafts", most=MOST)
    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    with house.store.transaction() as connection:
        of_companies = {row.company_id for row in find_sales(connection, who, ids).values()}
        held = {one: _held(connection, who, one) for one in sorted(of_companies)}
        rows = find_sales(connection, who, ids, lock=True)
        runs = {
            company.id: Issuing(
                connection, house, who, company,
                [row for row in rows.values() if row.company_id == company.id],
            )
            for company in held.values()
        }  # fmt: skip
        for one in ids:
            try:
                must_be_draft(rows[one])
                if len(ids) > 1 and rows[one].born_from is None:
                    raise _by_itself()
                done.append(runs[rows[one].company_id].decide(rows[one]))
            except Refused as refusal:
                refused.append(
                    {
                        "draft_id": one,
                        "code": refusal.code,
                        "message": refusal.message,
                        "advice": refusal.advice,
                    }
                )
        for run in runs.values():
            run.write()
    return {"done": done, "refused": refused}


def _by_itself() -> Conflict:
    return Conflict(
        "Only drafts of an import or a batch are finalised together.",
        code="bulk_needs_import",
        advice="Finalise this one by itself.",
    )


def _held(connection: Connection, who: Who, company_id: str) -> Row[Any]:
    company = journal.hold(connection, who.organisation_id, company_id)
    assert company is not None
    return company


def finalised_in(connection: Connection, company_id: str) -> int:
    """How many invoices a company has finalised so far."""
    return (
        connection.scalar(
            select(func.count()).where(_s.company_id == company_id, _s.state != State.DRAFT.value)
        )
        or 0
    )


def not_before(connection: Connection, company: Row[Any], year: int) -> date | None:
    """The day of the last invoice of the company's series of a year: none may be earlier."""
    day: date | None = connection.scalar(
        select(_n.last_date).where(
            _n.company_id == company.id,
            _n.series == of_company(company).invoice_prefix,
            _n.year == year,
        )
    )
    return day
