"""The accounts a company has at banks, and where each stands in its books."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.countries import country
from domain.errors import Conflict, Invalid, NotFound
from domain.identifiers import compact, iban_is_valid
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_FIRST_JOURNAL = "BQ"


def list_accounts(house: House, who: Who, company_id: str | None = None) -> list[dict[str, Any]]:
    """The bank accounts they see, the closed ones last."""
    who.must(Scope.BOOKS_READ)
    c = t.bank_account.c
    query = select(t.bank_account).where(within(who, t.bank_account))
    if company_id:
        query = query.where(c.company_id == company_id)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(c.closed_at.is_not(None), c.name, c.id)).all()
    return [to_json(row) for row in rows]


def proposed(house: House, who: Who, company_id: str) -> dict[str, str]:
    """The account of the chart and the journal that a new bank account would get."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        return next_place(connection, company)


def add(house: House, who: Who, company_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """A bank account. `account` of the chart and `journal` are the next free ones unless given; an
    account that is not in the books yet is added to them.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        clean = {
            "iban": None,
            "currency": company.currency,
            **next_place(connection, company),
            **_checked(values),
        }
        if "name" not in clean:
            raise _wrong("name", "A bank account has a name.")
        _must_be_free(connection, company.id, clean, None)
        _must_be_of_the_bank(connection, company, clean)
        made = new_id("bnk")
        connection.execute(
            insert(t.bank_account).values(
                id=made,
                organisation_id=who.organisation_id,
                company_id=company.id,
                created_at=house.now(),
                **clean,
            )
        )
        record_action(
            connection, house.now(), who, "bank_account.added", made, company_id=company.id
        )
        return to_json(find(connection, who, made))


def change(house: House, who: Who, account_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Change what was given; `closed` true closes it, false opens it again. Once movements were
    posted, its currency, chart account and journal stay.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, account_id)
        company = companies.find(connection, who, row.company_id, lock=True)
        clean = {k: v for k, v in _checked(values).items() if v != getattr(row, k)}
        fixed = sorted(set(clean) & {"currency", "account", "journal"})
        if fixed and _was_used(connection, row.id):
            raise Conflict(
                "Movements of this account were posted already.",
                code="bank_account_used",
                advice="Close it and add another one.",
                fields=fixed,
            )
        _must_be_free(connection, company.id, clean, row.id)
        _must_be_of_the_bank(connection, company, {"name": row.name, **clean})
        if values.get("closed") is not None:
            clean["closed_at"] = (row.closed_at or house.now()) if values["closed"] else None
        if clean:
            connection.execute(
                update(t.bank_account).where(t.bank_account.c.id == row.id).values(**clean)
            )
            record_action(
                connection,
                house.now(),
                who,
                "bank_account.changed",
                row.id,
                company_id=company.id,
                what=sorted(clean),
            )
        return to_json(find(connection, who, row.id))


def find(connection: Connection, who: Who, account_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.bank_account).where(t.bank_account.c.id == account_id, within(who, t.bank_account))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such bank account.")
    return row


def with_iban(connection: Connection, company_id: str, iban: str) -> Row[Any] | None:
    """The open bank account of an IBAN."""
    c = t.bank_account.c
    if not iban:
        return None
    return connection.execute(
        select(t.bank_account).where(
            c.company_id == company_id, c.iban == iban, c.closed_at.is_(None)
        )
    ).one_or_none()


def own_ibans(connection: Connection, company: Row[Any]) -> frozenset[str]:
    """Every account of the company that is known, at a bank of its books or elsewhere."""
    known = connection.scalars(
        select(t.bank_account.c.iban).where(
            t.bank_account.c.company_id == company.id, t.bank_account.c.iban.is_not(None)
        )
    )
    return frozenset(known) | frozenset(company.ibans or ())


def to_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "iban": row.iban,
        "currency": row.currency,
        "account": row.account,
        "journal": row.journal,
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        "created_at": row.created_at.isoformat(),
    }


def next_place(connection: Connection, company: Row[Any]) -> dict[str, str]:
    """The next free account of the chart and journal for a bank account."""
    c = t.bank_account.c
    taken = connection.execute(select(c.account, c.journal).where(c.company_id == company.id)).all()
    accounts, journals = {row.account for row in taken}, {row.journal for row in taken}
    base = country(company.country).banking.bank
    numbers = (f"{base}{n:0{6 - len(base)}}" for n in range(1, 100))
    codes = (f"{_FIRST_JOURNAL}{n}" if n > 1 else _FIRST_JOURNAL for n in range(1, 100))
    return {
        "account": next((n for n in numbers if n not in accounts), base),
        "journal": next((c for c in codes if c not in journals), _FIRST_JOURNAL),
    }


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    if values.get("name") is not None:
        clean["name"] = plain_text(str(values["name"]), 200)
        if not clean["name"]:
            raise _wrong("name", "A bank account has a name.")
    if values.get("iban") is not None:
        clean["iban"] = compact(str(values["iban"])[:60]) or None
        if clean["iban"] and not iban_is_valid(clean["iban"]):
            raise _wrong("iban", "This IBAN has a wrong check digit or length.")
    patterns = {
        "currency": "[A-Z]{3}",
        "account": "[0-9]{2}[0-9A-Z]{1,18}",
        "journal": "[A-Z0-9]{2,5}",
    }
    for field, pattern in patterns.items():
        if values.get(field):
            clean[field] = str(values[field]).strip().upper()
            if not re.fullmatch(pattern, clean[field]):
                raise _wrong(field, f"This {field} cannot be.")
    return clean


def _must_be_free(
    connection: Connection, company_id: str, clean: dict[str, Any], own_id: str | None
) -> None:
    """Two bank accounts share no IBAN and no account of the chart."""
    c = t.bank_account.c
    for field in ("iban", "account"):
        if not clean.get(field):
            continue
        other = connection.scalar(
            select(c.id).where(
                c.company_id == company_id, c[field] == clean[field], c.id != (own_id or "")
            )
        )
        if other is not None:
            raise Conflict(
                f"Another bank account has this {field}.",
                code="bank_account_exists",
                advice="Use that one, or choose another value.",
                bank_account_id=other,
                fields=[field],
            )


def _must_be_of_the_bank(connection: Connection, company: Row[Any], clean: dict[str, Any]) -> None:
    """The account of the chart is one of the treasury; it is added to the books when new."""
    number = clean.get("account")
    if not number:
        return
    above = country(company.country).chart.get(number)
    if above is None or above.role != "treasury":
        raise _wrong("account", "This is no account of banks and cash.")
    c = t.account.c
    there = connection.scalar(select(c.id).where(c.company_id == company.id, c.number == number))
    if there is None:
        connection.execute(
            insert(t.account).values(
                id=new_id("acc"),
                organisation_id=company.organisation_id,
                company_id=company.id,
                number=number,
                label_fr=clean["name"],
                label_en=clean["name"],
                role=above.role,
            )
        )


def _was_used(connection: Connection, account_id: str) -> bool:
    c = t.movement.c
    return (
        connection.scalar(
            select(c.id).where(c.bank_account_id == account_id, c.entry_id.is_not(None)).limit(1)
        )
        is not None
    )


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code=f"bank_account_{field}", fields=[field])
