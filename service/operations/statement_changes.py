"""A person puts a statement right row by row, accepts it, and takes that back.

Accepting gives every movement the key it is known by on its account; one that the account has from
another statement is skipped: it stays to be seen and is never posted. A statement whose movements
do not make its closing balance is never accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.identifiers import compact
from domain.journal import plain_text
from domain.money import parse_amount
from domain.people import Scope, Who
from domain.statements import Movement, import_keys
from service.house import House
from service.operations import bank_accounts, companies
from service.operations.bank_files import movement_row
from service.operations.statements import find, look, view
from storage import tables as t
from storage.outbox import record_action, record_event

MOST_ROWS = 5_000
OVERRIDABLE = frozenset({"balance_missing", "statement_account_unknown"})
"""What a person may accept a statement against, with a reason."""
_ASIDE = 1_000_000
_LENGTHS = {"label": 1_000, "counterparty": 200, "counterparty_iban": 34, "reference": 140}


def change(
    house: House, who: Who, statement_id: str, values: Mapping[str, Any], version: int | None
) -> dict[str, Any]:
    """Change the head of a statement: bank_account_id, iban, bank, currency, start, end, opening,
    closing. What is None becomes unknown.
    """
    with _editing(house, who, statement_id, version, sorted(values)) as (connection, row):
        clean = _head(values)
        if values.get("bank_account_id"):
            account = bank_accounts.find(connection, who, values["bank_account_id"])
            if account.company_id != row.company_id:
                raise Invalid(
                    "This bank account is another company's.",
                    code="bank_account_company",
                    fields=["bank_account_id"],
                )
            clean["bank_account_id"] = account.id
        elif "bank_account_id" in values:
            clean["bank_account_id"] = None
        if clean:
            connection.execute(
                update(t.statement).where(t.statement.c.id == row.id).values(**clean)
            )
    return _now(house, who, statement_id)


def change_row(
    house: House,
    who: Who,
    statement_id: str,
    movement_id: str,
    values: Mapping[str, Any],
    version: int | None,
) -> dict[str, Any]:
    """Change a movement, or move it to another `position` (from 0)."""
    with _editing(house, who, statement_id, version, sorted(values)) as (connection, row):
        movement = _movement(connection, row, movement_id)
        clean = _row_values(values)
        if clean:
            connection.execute(
                update(t.movement).where(t.movement.c.id == movement.id).values(**clean)
            )
        if values.get("position") is not None:
            to = _place(values["position"], last=_count(connection, row) - 1)
            _put(connection, movement.id, _ASIDE)
            _close_gap(connection, row, movement.position)
            _make_room(connection, row, to)
            _put(connection, movement.id, to)
    return _now(house, who, statement_id)


def add_row(
    house: House, who: Who, statement_id: str, values: Mapping[str, Any], version: int | None
) -> dict[str, Any]:
    """Add a movement with `day`, `label` and `amount` at `position`, or as the last."""
    with _editing(house, who, statement_id, version, ["added"]) as (connection, row):
        count = _count(connection, row)
        if count >= MOST_ROWS:
            raise Invalid(f"At most {MOST_ROWS} movements.", code="too_many_movements")
        clean = _row_values(values)
        for field in ("day", "amount"):
            if clean.get(field) is None:
                raise _wrong(field, f"A movement has its {field}.")
        wanted = values.get("position")
        place = _place(count if wanted is None else wanted, last=count)
        _make_room(connection, row, place)
        movement = Movement(**({"label": ""} | clean))
        connection.execute(
            insert(t.movement).values(movement_row(row, place, movement, house.now()))
        )
    return _now(house, who, statement_id)


def delete_row(
    house: House, who: Who, statement_id: str, movement_id: str, version: int | None
) -> dict[str, Any]:
    """Take a movement out; adding it again at its position takes that back."""
    with _editing(house, who, statement_id, version, ["deleted"]) as (connection, row):
        movement = _movement(connection, row, movement_id)
        connection.execute(delete(t.movement).where(t.movement.c.id == movement.id))
        _close_gap(connection, row, movement.position)
    return _now(house, who, statement_id)


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
        _must_be_at(row, version)
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
        _must_be_at(row, version)
        c = t.movement.c
        mine = c.statement_id == row.id
        posted = _number(connection, mine, c.status == "posted")
        if posted:
            raise Conflict(
                "Movements of this statement are posted.",
                code="statement_posted",
                advice="Reverse their entries first.",
                movements=posted,
            )
        twice = _number(connection, mine, c.status == "skipped")
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


@contextmanager
def _editing(
    house: House, who: Who, statement_id: str, version: int | None, what: list[str]
) -> Iterator[tuple[Connection, Row[Any]]]:
    """A statement that may be changed; it has another version afterwards."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, statement_id, lock=True)
        _must_be_at(row, version)
        if row.status != "to_check":
            raise Conflict(
                "This statement was accepted.",
                code="statement_accepted",
                advice="Reopen the statement first.",
                statement_id=row.id,
            )
        yield connection, row
        connection.execute(
            update(t.statement).where(t.statement.c.id == row.id).values(version=row.version + 1)
        )
        record_action(
            connection,
            house.now(),
            who,
            "statement.changed",
            row.id,
            company_id=row.company_id,
            what=what,
        )


def _now(house: House, who: Who, statement_id: str) -> dict[str, Any]:
    with house.store.reading() as connection:
        return view(connection, who, find(connection, who, statement_id))


def _must_be_at(row: Row[Any], version: int | None) -> None:
    if version is not None and row.version != version:
        raise Conflict(
            "This statement was changed in the meantime.",
            code="stale",
            advice="Load it again and repeat your change.",
            version=row.version,
            your_version=version,
        )


def _movement(connection: Connection, statement: Row[Any], movement_id: str) -> Row[Any]:
    c = t.movement.c
    row = connection.execute(
        select(t.movement).where(c.id == movement_id, c.statement_id == statement.id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such movement on this statement.")
    return row


def _number(connection: Connection, *where: Any) -> int:
    return connection.scalar(select(func.count(t.movement.c.id)).where(*where)) or 0


def _count(connection: Connection, statement: Row[Any]) -> int:
    return _number(connection, t.movement.c.statement_id == statement.id)


def _place(wanted: int, *, last: int) -> int:
    if not 0 <= wanted <= last:
        raise _wrong("position", f"A position is between 0 and {last}.")
    return wanted


def _put(connection: Connection, movement_id: str, place: int) -> None:
    connection.execute(
        update(t.movement).where(t.movement.c.id == movement_id).values(position=place)
    )


def _make_room(connection: Connection, statement: Row[Any], place: int) -> None:
    _shift(connection, statement, place, 1)


def _close_gap(connection: Connection, statement: Row[Any], place: int) -> None:
    _shift(connection, statement, place + 1, -1)


def _shift(connection: Connection, statement: Row[Any], first: int, by: int) -> None:
    """Move the rows from `first` on, through negative positions, for they are unique."""
    c = t.movement.c
    mine = c.statement_id == statement.id
    connection.execute(
        update(t.movement)
        .where(mine, c.position >= first, c.position < _ASIDE)
        .values(position=-c.position - by - 1)
    )
    connection.execute(
        update(t.movement).where(mine, c.position < 0).values(position=-c.position - 1)
    )


def _head(values: Mapping[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    if "iban" in values:
        clean["iban"] = compact(str(values["iban"] or "")[:60])[:34]
    if "bank" in values:
        clean["bank"] = plain_text(str(values["bank"] or ""), 200)
    if "currency" in values:
        clean["currency"] = str(values["currency"] or "").strip().upper()
        if clean["currency"] and not (
            len(clean["currency"]) == 3
            and clean["currency"].isascii()
            and clean["currency"].isalpha()
        ):
            raise _wrong("currency", "A currency has three letters.")
    for field in ("start", "end"):
        if field in values:
            clean[field] = _day(field, values[field])
    for field in ("opening", "closing"):
        if field in values:
            clean[field] = _amount(field, values[field])
    return clean


def _row_values(values: Mapping[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for field, length in _LENGTHS.items():
        if values.get(field) is not None:
            clean[field] = plain_text(str(values[field]), length)
    for field in ("day", "amount"):
        if values.get(field) is not None:
            clean[field] = (_day if field == "day" else _amount)(field, values[field])
    if "value_day" in values:
        clean["value_day"] = _day("value_day", values["value_day"])
    if "balance" in values:
        clean["balance"] = _amount("balance", values["balance"])
    return clean


def _day(field: str, value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        raise _wrong(field, "Days are written like 2026-11-22.") from None


def _amount(field: str, value: Any) -> Any:
    try:
        return parse_amount(str(value)) if value not in (None, "") else None
    except ValueError:
        raise _wrong(field, "Amounts are written like -1234.50.") from None


def _wrong(field: str, message: str) -> Invalid:
    return Invalid(message, code="statement_value", fields=[field])
