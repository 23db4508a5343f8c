"""A person accepts a statement, and takes that back while none of its movements is posted.

Accepting gives every movement the key it is known by on its account; one that the account has from
another statement is skipped: it stays to be seen and is never posted. A statement whose movements
do not make its closing balance is never accepted.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from domain.errors import Conflict
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.statements import import_keys
from service.house import House
from service.operations import companies
from service.operations.statements import find, look, must_be_at, view
from storage import tables as t
from storage.outbox import record_action, record_event

OVERRIDABLE = frozenset({"balance_missing", "statement_account_unknown"})
"""What a person may accept a statement against, with a reason."""


def accept(
    house: House,
    who: Who,
    statement_id: str,
    version: int | None = None,
    override_reason: str = "",
) -> dict[str, Any]:
    """Accept a statement nothing blocks, or only what a reason overrides; again, and nothing more
    happens.
    """
    who.must(Scope.BOOKS_WRITE)
    reason = plain_text(override_reason or "", 500)
    with house.store.transaction() as connection:
        row = find(connection, who, statement_id)
        # Two statements of an account are accepted one after the other.
        companies.find(connection, who, row.company_id, lock=True)
        row = find(connection, who, statement_id, lock=True)
        if row.status == "accepted":
            return view(connection, who, row)
        must_be_at(row, version)
        looked = look(connection, who, row)
        firm = [p for p in looked.blocking if p.code not in OVERRIDABLE or not reason]
        if firm or looked.account is None:
            raise Conflict(
                "Something speaks against this statement.",
                code="statement_blocked",
                advice="Put it right first; see its problems.",
                problems=[asdict(problem) for problem in firm],
            )
        keys = import_keys(looked.statement.movements)
        for at, (movement, key) in enumerate(zip(looked.rows, keys, strict=True)):
            twice = at in looked.known
            connection.execute(
                update(t.movement)
                .where(t.movement.c.id == movement.id)
                .values(
                    bank_account_id=looked.account.id,
                    import_key=None if twice else key,
                    status="skipped" if twice else "open",
                )
            )
        connection.execute(
            update(t.statement)
            .where(t.statement.c.id == row.id)
            .values(
                status="accepted",
                bank_account_id=looked.account.id,
                skipped=row.skipped + len(looked.known),
                accepted_by=who.id,
                accepted_at=house.now(),
                version=row.version + 1,
            )
        )
        after = find(connection, who, statement_id)
        record_event(
            connection,
            house.now(),
            organisation_id=who.organisation_id,
            who=who,
            company_id=row.company_id,
            type_="statement.accepted",
            subject=row.id,
            data={
                "statement_id": row.id,
                "document_id": row.document_id,
                "bank_account_id": looked.account.id,
                "start": row.start.isoformat() if row.start else None,
                "end": row.end.isoformat() if row.end else None,
                "opening": None if row.opening is None else str(row.opening),
                "closing": None if row.closing is None else str(row.closing),
                "movements": len(keys) - len(looked.known),
                "skipped": len(looked.known),
                "overridden": [p.code for p in looked.blocking],
                "override_reason": reason if looked.blocking else "",
            },
        )
        return view(connection, who, after)


def reopen(house: House, who: Who, statement_id: str, version: int | None = None) -> dict[str, Any]:
    """Take an acceptance back, as long as no movement is posted."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, statement_id)
        # Posting holds the company too, so that none of its movements is being posted meanwhile.
        companies.find(connection, who, row.company_id, lock=True)
        row = find(connection, who, statement_id, lock=True)
        if row.status != "accepted":
            return view(connection, who, row)
        must_be_at(row, version)
        c = t.movement.c
        mine = c.statement_id == row.id
        posted = _number(connection, row, "posted")
        if posted:
            raise Conflict(
                "Movements of this statement are posted.",
                code="statement_posted",
                advice="Reverse their entries first.",
                movements=posted,
            )
        twice = _number(connection, row, "skipped")
        connection.execute(
            update(t.movement)
            .where(mine)
            .values(bank_account_id=None, import_key=None, status="open")
        )
        connection.execute(
            update(t.statement)
            .where(t.statement.c.id == row.id)
            .values(
                status="to_check",
                accepted_by=None,
                accepted_at=None,
                skipped=row.skipped - twice,
                version=row.version + 1,
            )
        )
        record_action(
            connection, house.now(), who, "statement.reopened", row.id, company_id=row.company_id
        )
        return view(connection, who, find(connection, who, statement_id))


def _number(connection: Connection, statement: Row[Any], status: str) -> int:
    c = t.movement.c
    mine = (c.statement_id == statement.id, c.status == status)
    return connection.scalar(select(func.count(c.id)).where(*mine)) or 0
