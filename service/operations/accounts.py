"""The accounts of a company: the chart it started from, and what its accountants made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from domain.accounts import COST_ROLES, Chart
from domain.countries import country
from domain.errors import Conflict, Invalid
from domain.ids import new_id
from domain.journal import Line, plain_text
from domain.people import Scope, Who
from domain.words import folded
from service.house import House
from service.lists import Page
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action


def open_books(connection: Connection, company: Row[Any]) -> None:
    """Give a new company the accounts of its country's chart."""
    connection.execute(
        insert(t.account),
        [
            {
                "id": new_id("acc"),
                "organisation_id": company.organisation_id,
                "company_id": company.id,
                "number": account.number,
                "label_fr": account.label_fr,
                "label_en": account.label_en,
                "role": account.role,
            }
            for account in country(company.country).chart
        ],
    )


def list_accounts(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    q: str = "",
    purchases: bool = False,
    limit: int = 500,
) -> Page:
    """Accounts by number; `q` is the beginning of a number, or words of labels and keywords."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rows = connection.execute(
            select(t.account)
            .where(
                t.account.c.company_id == company.id,
                t.account.c.organisation_id == who.organisation_id,
            )
            .order_by(t.account.c.number)
        ).all()
    if purchases:
        rows = [row for row in rows if row.role in COST_ROLES and row.closed_on is None]
    rows = searched(rows, q, country(company.country).chart)
    return {"items": [account_json(row) for row in rows[:limit]], "next_cursor": None}


def searched(rows: Sequence[Row[Any]], q: str, chart: Chart) -> list[Row[Any]]:
    """The accounts that answer a search, the best first; all of them to an empty one."""
    if not q.strip():
        return list(rows)
    ranked = [(_fit(row, q, chart), row) for row in rows]
    return [row for fit, row in sorted(ranked, key=lambda r: (-r[0], r[1].number)) if fit]


def add_account(house: House, who: Who, company_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """A further account; its number must stand under one of the chart's, which gives it its role."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company_id, lock=True)
        number = str(values.get("number", "")).strip().upper()
        above = country(company.country).chart.get(number)
        label = plain_text(str(values.get("label_fr") or ""), 300)
        if above is None or not _is_account(number):
            raise Invalid(
                "This number is under no account of the chart.",
                code="account_number",
                advice="Begin with the digits of an account of the chart, such as 6064.",
                fields=["number"],
            )
        if not label:
            raise Invalid("An account has a label.", code="account_label", fields=["label_fr"])
        if _account(connection, company.id, number) is not None:
            raise Conflict("This account exists already.", code="account_exists", number=number)
        connection.execute(
            insert(t.account).values(
                id=new_id("acc"),
                organisation_id=who.organisation_id,
                company_id=company.id,
                number=number,
                label_fr=label,
                label_en=plain_text(str(values.get("label_en") or ""), 300) or label,
                role=above.role,
            )
        )
        record_action(
            connection,
            house.now(),
            who,
            "account.added",
            company.id,
            company_id=company.id,
            number=number,
        )
        row = _account(connection, company.id, number)
        assert row is not None
        return account_json(row)


def check_accounts(
    connection: Connection, company_id: str, lines: tuple[Line, ...], day: date
) -> None:
    """Invalid unless every account of the lines exists in the company and is open on `day`."""
    c = t.account.c
    rows = connection.execute(
        select(c.number, c.opened_on, c.closed_on).where(
            c.company_id == company_id, c.number.in_({line.account for line in lines})
        )
    ).all()
    must_be_open({row.number: row for row in rows}, lines, day)


def must_be_open(known: Mapping[str, Any], lines: tuple[Line, ...], day: date) -> None:
    """`check_accounts` against accounts that were read before: number → row."""
    wanted = {line.account for line in lines}
    missing = wanted - known.keys()
    if missing:
        raise Invalid(
            f"No such account: {', '.join(sorted(missing))}.",
            code="account_unknown",
            advice="GET /api/v1/accounts lists the accounts of the company; add one or choose one.",
            accounts=sorted(missing),
        )
    shut = sorted(
        number
        for number in wanted
        if known[number].opened_on > day
        or (known[number].closed_on is not None and known[number].closed_on < day)
    )
    if shut:
        raise Invalid(
            f"Not open on {day.isoformat()}: {', '.join(shut)}.",
            code="account_closed",
            advice="Choose an account that is open on the day of the entry.",
            accounts=shut,
        )


def labels(connection: Connection, company_id: str) -> dict[str, Row[Any]]:
    """The accounts of a company by number."""
    rows = connection.execute(select(t.account).where(t.account.c.company_id == company_id)).all()
    return {row.number: row for row in rows}


def account_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "number": row.number,
        "label_fr": row.label_fr,
        "label_en": row.label_en,
        "role": row.role,
        "opened_on": row.opened_on.isoformat(),
        "closed_on": row.closed_on.isoformat() if row.closed_on else None,
    }


def _account(connection: Connection, company_id: str, number: str) -> Row[Any] | None:
    return connection.execute(
        select(t.account).where(t.account.c.company_id == company_id, t.account.c.number == number)
    ).one_or_none()


def _is_account(number: str) -> bool:
    return 3 <= len(number) <= 20 and number.isascii() and number.isalnum() and number[:2].isdigit()


def _fit(row: Row[Any], q: str, chart: Chart) -> int:
    """How well an account answers a search: by number, by label, by keyword; 0 not at all."""
    wanted = q.strip().upper()
    if row.number.startswith(wanted):
        return 100
    known = chart.accounts.get(row.number)
    label = folded(f"{row.label_fr} {row.label_en}")
    keywords = folded(" ".join((*known.keywords, *known.supplier_names))) if known else " "
    score = 0
    for word in folded(q).split():
        # The last word may be still under the fingers: beginnings count.
        if f" {word}" in label:
            score += 10
        elif f" {word}" in keywords:
            score += 5
        else:
            return 0
    return score
