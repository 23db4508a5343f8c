"""A person puts a statement right: its head, and its movements row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from domain.errors import Conflict, Invalid, NotFound
from domain.identifiers import compact
from domain.journal import plain_text
from domain.money import parse_amount
from domain.people import Scope, Who
from domain.statements import Movement
from service.house import House
from service.operations import bank_accounts
from service.operations.bank_files import movement_row
from service.operations.statements import find, must_be_at, rows_of, view
from storage import tables as t
from storage.outbox import record_action

MOST_ROWS = 5_000
_ASIDE = 1_000_000
_LENGTHS = {"label": 1_000, "counterparty": 200, "counterparty_iban": 34, "reference": 140}


def change(
    house: House, who: Who, statement_id: str, values: Mapping[str, Any], version: int | None
) -> dict[str, Any]:
    """Change the head of a statement: bank_account_id, iban, bank, currency, start, end, opening,
    closing. What is None becomes unknown.
    """
    with _editing(house, who, statement_id, version, sorted(values)) as (connection, row):
        clean = _head_of(connection, who, row, values)
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


def save(
    house: House,
    who: Who,
    statement_id: str,
    head: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    version: int | None,
) -> dict[str, Any]:
    """Make a statement be what somebody typed: `head` as for `change`, and all `rows` in their
    order, each with its `id` unless it is new. Rows that are not named are taken out; with nothing
    changed the version stays.
    """
    what: list[str] = []
    with _editing(house, who, statement_id, version, what) as (connection, row):
        if len(rows) > MOST_ROWS:
            raise Invalid(f"At most {MOST_ROWS} movements.", code="too_many_movements")
        clean = {
            k: v for k, v in _head_of(connection, who, row, head).items() if v != getattr(row, k)
        }
        if clean:
            what += sorted(clean)
            connection.execute(
                update(t.statement).where(t.statement.c.id == row.id).values(**clean)
            )
        there = {each.id: each for each in rows_of(connection, row.id)}
        wanted = [(str(values.get("id") or ""), _row_values(values)) for values in rows]
        named = [id_ for id_, _ in wanted if id_]
        if len(set(named)) != len(named) or not set(named) <= set(there):
            raise NotFound("There is no such movement on this statement.")
        gone = [id_ for id_ in there if id_ not in named]
        moved = named != [id_ for id_ in there if id_ in named] or len(named) != len(wanted)
        if gone:
            what.append("deleted")
            connection.execute(delete(t.movement).where(t.movement.c.id.in_(gone)))
        if gone or moved:
            _aside(connection, row)
        for place, (id_, values) in enumerate(wanted):
            if not id_:
                what.append("added")
                connection.execute(
                    insert(t.movement).values(
                        movement_row(row, place, _new_movement(values), house.now())
                    )
                )
                continue
            changed = {k: v for k, v in values.items() if v != getattr(there[id_], k)}
            what += [k for k in changed if k not in what]
            if gone or moved:
                changed["position"] = place
            if changed:
                connection.execute(
                    update(t.movement).where(t.movement.c.id == id_).values(**changed)
                )
        if moved and not what:
            what.append("position")
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
        wanted = values.get("position")
        place = _place(count if wanted is None else wanted, last=count)
        _make_room(connection, row, place)
        movement = _new_movement(clean)
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


@contextmanager
def _editing(
    house: House, who: Who, statement_id: str, version: int | None, what: list[str]
) -> Iterator[tuple[Connection, Row[Any]]]:
    """A statement that may be changed; it has another version afterwards."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, statement_id, lock=True)
        must_be_at(row, version)
        if row.status != "to_check":
            raise Conflict(
                "This statement was accepted.",
                code="statement_accepted",
                advice="Reopen the statement first.",
                statement_id=row.id,
            )
        yield connection, row
        if not what:
            return
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


def _movement(connection: Connection, statement: Row[Any], movement_id: str) -> Row[Any]:
    c = t.movement.c
    row = connection.execute(
        select(t.movement).where(c.id == movement_id, c.statement_id == statement.id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such movement on this statement.")
    return row


def _count(connection: Connection, statement: Row[Any]) -> int:
    c = t.movement.c
    return connection.scalar(select(func.count(c.id)).where(c.statement_id == statement.id)) or 0


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


def _aside(connection: Connection, statement: Row[Any]) -> None:
    """Free every position of a statement, for they are unique."""
    c = t.movement.c
    connection.execute(
        update(t.movement).where(c.statement_id == statement.id).values(position=-c.position - 1)
    )


def _new_movement(values: dict[str, Any]) -> Movement:
    for field in ("day", "amount"):
        if values.get(field) is None:
            raise _wrong(field, f"A movement has its {field}.")
    return Movement(**({"label": ""} | values))


def _head_of(
    connection: Connection, who: Who, row: Row[Any], values: Mapping[str, Any]
) -> dict[str, Any]:
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
    return clean


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
