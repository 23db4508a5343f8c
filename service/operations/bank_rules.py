"""Rules people write for movements: words of a label, a side, and the account they belong to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.bank_meanings import Side
from domain.bank_posting import BankRule
from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.statements import Movement
from domain.words import folded
from service.house import House
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_LOOKED_AT = 2_000
_SHOWN = 20
SIDES: dict[str, Side] = {"": "", "in": "in", "out": "out"}


def list_rules(house: House, who: Who, company_id: str | None = None) -> list[dict[str, Any]]:
    """The rules that act, the newest first."""
    who.must(Scope.BOOKS_READ)
    c = t.bank_rule.c
    query = select(t.bank_rule).where(within(who, t.bank_rule), c.retired_at.is_(None))
    if company_id:
        query = query.where(c.company_id == company_id)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(c.created_at.desc(), c.id)).all()
    return [to_json(row) for row in rows]


def add(house: House, who: Who, company_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rule = _checked(connection, company, values)
        connection.execute(
            insert(t.bank_rule).values(
                id=rule.id,
                organisation_id=who.organisation_id,
                company_id=company.id,
                words=rule.words,
                side=rule.side,
                account=rule.account,
                auxiliary=rule.auxiliary,
                made_by=who.id,
                created_at=house.now(),
            )
        )
        record_action(
            connection, house.now(), who, "bank_rule.added", rule.id, company_id=company.id
        )
        return to_json(_find(connection, who, rule.id))


def retire(house: House, who: Who, rule_id: str) -> dict[str, Any]:
    """Let a rule act no more; what it posted stays."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _find(connection, who, rule_id)
        if row.retired_at is None:
            connection.execute(
                update(t.bank_rule).where(t.bank_rule.c.id == row.id).values(retired_at=house.now())
            )
            record_action(
                connection, house.now(), who, "bank_rule.retired", row.id, company_id=row.company_id
            )
        return to_json(_find(connection, who, rule_id))


def preview(
    house: House, who: Who, company_id: str | None, values: dict[str, Any]
) -> dict[str, Any]:
    """Which past movements a rule would have spoken of; nothing is kept."""
    who.must(Scope.BOOKS_READ)
    c = t.movement.c
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rule = _checked(connection, company, values)
        rows = connection.execute(
            select(t.movement)
            .where(within(who, t.movement), c.company_id == company.id)
            .order_by(c.day.desc(), c.id)
            .limit(_LOOKED_AT)
        ).all()
    fitting = [row for row in rows if rule.fits(as_movement(row))]
    return {
        "looked_at": len(rows),
        "fitting": len(fitting),
        "movements": [
            {
                "id": row.id,
                "statement_id": row.statement_id,
                "day": row.day.isoformat(),
                "label": row.label,
                "amount": str(row.amount),
                "status": row.status,
            }
            for row in fitting[:_SHOWN]
        ],
    }


def acting(connection: Connection, company_id: str) -> list[BankRule]:
    """The rules of a company as values."""
    c = t.bank_rule.c
    rows = connection.execute(
        select(t.bank_rule).where(c.company_id == company_id, c.retired_at.is_(None)).order_by(c.id)
    )
    return [BankRule(row.id, row.words, row.account, row.side, row.auxiliary) for row in rows]


def as_movement(row: Row[Any]) -> Movement:
    """A row of the table as the value that rules and matching look at."""
    return Movement(
        row.day,
        row.label,
        row.amount,
        row.value_day,
        row.balance,
        row.counterparty,
        row.counterparty_iban,
        row.reference,
    )


def to_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "words": row.words,
        "side": row.side,
        "account": row.account,
        "auxiliary": row.auxiliary,
        "made_by": row.made_by,
        "created_at": row.created_at.isoformat(),
        "retired_at": row.retired_at.isoformat() if row.retired_at else None,
    }


def _checked(connection: Connection, company: Row[Any], values: dict[str, Any]) -> BankRule:
    words = plain_text(str(values.get("words") or ""), 200)
    side = SIDES.get(str(values.get("side") or ""))
    account = str(values.get("account") or "").strip().upper()[:20]
    auxiliary = str(values.get("auxiliary") or "").strip().upper()[:20] or None
    if len(folded(words).strip()) < 3:
        raise _wrong("words", "A rule names at least three letters or digits of a label.")
    if side is None:
        raise _wrong("side", "A side is in, out, or empty for both.")
    a, s = t.account.c, t.supplier.c
    if not connection.scalar(
        select(a.id).where(a.company_id == company.id, a.number == account, a.closed_on.is_(None))
    ):
        raise _wrong("account", "The company has no such account.")
    if auxiliary and not connection.scalar(
        select(s.id).where(s.company_id == company.id, s.auxiliary == auxiliary)
    ):
        raise _wrong("auxiliary", "The company has no such supplier.")
    return BankRule(new_id("bru"), words, account, side, auxiliary)


def _find(connection: Connection, who: Who, rule_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.bank_rule).where(t.bank_rule.c.id == rule_id, within(who, t.bank_rule))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such rule.")
    return row


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code=f"bank_rule_{field}", fields=[field])
