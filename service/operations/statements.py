"""Bank statements: listed, and shown with what speaks against them and what would put that right.

Putting them right is in `statement_changes`, accepting in `statement_acceptance`; posting their movements in `movements`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, select

from domain.errors import Conflict, NotFound
from domain.money import ZERO
from domain.people import Scope, Who
from domain.problems import Problem
from domain.statements import Statement, check, import_keys
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import bank_accounts, bank_files, companies
from service.operations.bank_rules import as_movement
from service.operations.statement_papers import in_sight
from storage import tables as t
from storage.visibility import within


def list_statements(
    house: House,
    who: Who,
    *,
    company_id: str | None = None,
    bank_account_id: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """The statements they see, the newest first."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    c = t.statement.c
    counted = _counted(t.movement.c.id)
    open_ = _counted(t.movement.c.id, t.movement.c.status == "open")
    query = select(t.statement, counted.label("rows"), open_.label("open_rows")).where(
        within(who, t.statement), in_sight()
    )
    for column, wanted in (
        (c.company_id, company_id),
        (c.bank_account_id, bank_account_id),
        (c.status, status),
    ):
        if wanted:
            query = query.where(column == wanted)
    if cursor:
        query = query.where(c.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(c.id.desc()).limit(limit + 1)).all()
    return page_of(
        [bank_files.to_json(row, row.rows) | {"open": row.open_rows} for row in rows], limit
    )


def get(house: House, who: Who, statement_id: str) -> dict[str, Any]:
    """A statement with its rows, what speaks against it, and what would put that right."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return view(connection, who, find(connection, who, statement_id))


def of_document(house: House, who: Who, document_id: str) -> str | None:
    """The statement that a document is the paper of."""
    if Scope.BOOKS_READ not in who.scopes:
        return None
    c = t.statement.c
    query = select(c.id).where(c.document_id == document_id, within(who, t.statement), in_sight())
    with house.store.reading() as connection:
        found = connection.scalar(query)
    return str(found) if found else None


def next_to_check(house: House, who: Who, statement_id: str) -> str | None:
    """Another statement of the same company that waits: the next older one, else the newest."""
    who.must(Scope.BOOKS_READ)
    c = t.statement.c
    with house.store.reading() as connection:
        here = find(connection, who, statement_id)
        waiting = (
            select(c.id)
            .where(
                within(who, t.statement),
                in_sight(),
                c.company_id == here.company_id,
                c.status == "to_check",
                c.id != here.id,
            )
            .order_by(c.id.desc())
            .limit(1)
        )
        found = connection.scalar(waiting.where(c.id < here.id)) or connection.scalar(waiting)
    return str(found) if found else None


def find(connection: Connection, who: Who, statement_id: str, *, lock: bool = False) -> Row[Any]:
    """The row of a statement that `who` may see, locked if it is to be changed."""
    query = select(t.statement).where(
        t.statement.c.id == statement_id, within(who, t.statement), in_sight()
    )
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such statement.")
    return row


def must_be_at(row: Row[Any], version: int | None) -> None:
    if version is not None and row.version != version:
        raise Conflict(
            "This statement was changed in the meantime.",
            code="stale",
            advice="Load it again and repeat your change.",
            version=row.version,
            your_version=version,
        )


def rows_of(connection: Connection, statement_id: str) -> list[Row[Any]]:
    c = t.movement.c
    return list(
        connection.execute(
            select(t.movement).where(c.statement_id == statement_id).order_by(c.position)
        )
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """A statement as it stands, with what is known around it."""

    row: Row[Any]
    rows: Sequence[Row[Any]]
    statement: Statement
    account: Row[Any] | None
    previous_closing: Decimal | None
    known: frozenset[int]
    """Rows, from 0, that the account has from another statement already."""
    problems: tuple[Problem, ...]

    @property
    def blocking(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "blocking"]


def look(connection: Connection, who: Who, row: Row[Any]) -> Looked:
    """Hold a statement against itself and against its account."""
    rows = rows_of(connection, row.id)
    statement = Statement(
        row.source,
        tuple(as_movement(each) for each in rows),
        row.iban,
        row.bank,
        row.currency,
        row.start,
        row.end,
        row.opening,
        row.closing,
    )
    account = _account_of(connection, who, row)
    company = companies.find(connection, who, row.company_id)
    previous = _previous_closing(connection, row, account)
    problems = list(
        check(
            statement,
            previous_closing=previous,
            own_ibans=sorted(bank_accounts.own_ibans(connection, company)),
        )
    )
    if account is None:
        problems = [p for p in problems if p.code != "statement_account_unknown"]
        problems.append(
            Problem(
                "statement_account_missing",
                "This statement has no bank account of the books yet.",
                "blocking",
                "iban",
            )
        )
    elif row.currency and row.currency != account.currency:
        problems.append(
            Problem(
                "statement_currency_differs",
                "The statement is in another currency than its bank account.",
                "blocking",
                "currency",
                {"statement": row.currency, "account": account.currency},
            )
        )
    known = frozenset[int]()
    if row.status == "to_check":
        known = bank_files.known_rows(connection, account, import_keys(statement.movements))
    return Looked(row, rows, statement, account, previous, known, tuple(problems))


def view(connection: Connection, who: Who, row: Row[Any]) -> dict[str, Any]:
    looked = look(connection, who, row)
    statement, account = looked.statement, looked.account
    doubts: dict[int, list[str]] = {}
    for problem in looked.problems:
        for at in problem.values.get("rows", ()):
            doubts.setdefault(at, []).append(problem.values.get("hint", problem.code))
    running, shown = statement.opening, []
    for at, each in enumerate(looked.rows):
        if each.read_as not in (None, each.amount) and not statement.is_proved:
            doubts.setdefault(at, []).append("read_differently")
        running = None if running is None else running + each.amount
        shown.append(
            {
                "id": each.id,
                "position": each.position,
                "day": each.day.isoformat(),
                "value_day": each.value_day.isoformat() if each.value_day else None,
                "label": each.label,
                "amount": str(each.amount),
                "balance": _text(each.balance),
                "read_as": _text(each.read_as),
                "page": each.page,
                "box": each.box,
                "running": _text(running),
                "counterparty": each.counterparty,
                "counterparty_iban": each.counterparty_iban,
                "reference": each.reference,
                "status": "skipped" if at in looked.known else each.status,
                "entry_id": each.entry_id,
                "doubts": doubts.get(at, []),
            }
        )
    proposed = None
    if account is None and row.status == "to_check":
        company = companies.find(connection, who, row.company_id)
        proposed = bank_accounts.next_place(connection, company)
    return {
        **bank_files.to_json(row, len(shown)),
        "bank_account": bank_accounts.to_json(account) if account else None,
        "proposed_account": proposed,
        "credits": str(statement.credits),
        "debits": str(statement.debits),
        "difference": _text(statement.difference),
        "previous_closing": _text(looked.previous_closing),
        "problems": [asdict(problem) for problem in looked.problems],
        "repairs": _repairs(looked),
        "rows": shown,
        "accepted_by": row.accepted_by,
        "accepted_at": row.accepted_at.isoformat() if row.accepted_at else None,
    }


def _repairs(looked: Looked) -> list[dict[str, Any]]:
    """Changes that would each make the statement close: of a row's amount, a row too many taken
    out, or one that is missing put in.
    """
    found: list[dict[str, Any]] = []
    for problem in looked.problems:
        hint, off = problem.values.get("hint"), looked.statement.difference
        if hint is None or off is None:
            continue
        for at in problem.values["rows"]:
            each = looked.rows[at]
            if hint == "row_twice":
                found.append({"do": "delete", "movement_id": each.id, "hint": hint})
            elif hint != "row_missing":
                amount = str(each.amount + off)
                found.append(
                    {"do": "change", "movement_id": each.id, "hint": hint, "amount": amount}
                )
        if hint == "row_missing":
            found.append({"do": "add", "movement_id": None, "hint": hint, "amount": str(off)})
    return found


def _account_of(connection: Connection, who: Who, row: Row[Any]) -> Row[Any] | None:
    """The account somebody chose, else the one with the statement's IBAN."""
    if row.bank_account_id:
        return bank_accounts.find(connection, who, row.bank_account_id)
    return bank_accounts.with_iban(connection, row.company_id, row.iban)


def _previous_closing(
    connection: Connection, row: Row[Any], account: Row[Any] | None
) -> Decimal | None:
    """Where the account stood when this statement begins; None where no statement ends there."""
    if account is None or row.start is None:
        return None
    c = t.statement.c
    before = connection.execute(
        select(c.closing, c.end)
        .where(
            c.bank_account_id == account.id,
            c.status == "accepted",
            c.id != row.id,
            c.end.is_not(None),
            c.end < (row.end or row.start),
        )
        .order_by(c.end.desc(), c.id.desc())
        .limit(1)
    ).one_or_none()
    if before is None or before.end > row.start:
        return None  # none, or one that reaches into this
    closing: Decimal | None = before.closing
    return closing


def _counted(column: Any, *more: Any) -> Any:
    return (
        select(func.count(column))
        .where(t.movement.c.statement_id == t.statement.c.id, *more)
        .scalar_subquery()
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount.quantize(ZERO))
