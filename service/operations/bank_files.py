"""Files of banks: read into statements that wait for a person, each movement once.

What the bytes say is `domain.bank_files`; checking, correcting and accepting a statement is left to
the operations on statements. A CSV's columns are remembered by its header.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.bank_files import Mapping, look, mapping_of, read_statements
from domain.errors import Conflict, Invalid
from domain.filenames import clean_filename
from domain.ids import new_id
from domain.money import ZERO
from domain.people import Scope, Who
from domain.statements import Movement, Statement, import_keys
from service.house import House
from service.operations import bank_accounts, companies
from storage import tables as t
from storage.outbox import record_event

_PREVIEWED = 5


def preview_table(house: House, who: Who, company_id: str | None, content: bytes) -> dict[str, Any]:
    """A CSV's header and first rows with the mapping that would be used, for a person to check."""
    who.must(Scope.BOOKS_READ)
    table = look(content)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        kept = _kept_mapping(connection, company.id, table.fingerprint)
    mapping = kept or table.guess
    return {
        "header": list(table.header),
        "rows": [list(cells) for _, cells in table.rows[:_PREVIEWED]],
        "mapping": mapping.to_json() if mapping else None,
        "saved": kept is not None,
    }


def import_file(
    house: House,
    who: Who,
    company_id: str | None,
    bank_account_id: str | None,
    name: str,
    content: bytes,
    mapping: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Import a bank's file: its statements with status `to_check`, and how many movements were
    `skipped` because an accepted statement of the account has them. A file that came before is a
    Conflict that names its statements; a `mapping` for a CSV is kept for the next one.
    """
    who.must(Scope.BOOKS_WRITE)
    said = mapping_of(mapping) if mapping is not None else None
    name = clean_filename(name, "statement")
    digest = hashlib.sha256(content).hexdigest()
    read = _read(house, who, company_id, name, content, said)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        _must_be_new(connection, company.id, digest)
        named = bank_accounts.find(connection, who, bank_account_id) if bank_account_id else None
        if named is not None and named.company_id != company.id:
            raise Invalid(
                "This bank account is another company's.",
                code="bank_account_company",
                fields=["bank_account_id"],
            )
        if said is not None:
            _keep_mapping(connection, house, company, name, look(content).fingerprint, said)
        made, skipped = [], 0
        for statement in read:
            account = _account_of(connection, company.id, statement, named)
            left, known = without_known(connection, account, statement)
            skipped += known
            if not left.movements and statement.movements:
                continue
            row = _insert(connection, house, company, account, left, name, digest, known)
            made.append(to_json(row, len(left.movements)))
            record_event(
                connection,
                house.now(),
                organisation_id=who.organisation_id,
                who=who,
                company_id=company.id,
                type_="statement.ready",
                subject=row.id,
                data=made[-1],
            )
    return {"statements": made, "skipped": skipped}


def without_known(
    connection: Connection, account: Row[Any] | None, statement: Statement
) -> tuple[Statement, int]:
    """A statement without the movements that its account has already, and how many these are.

    Its balances move along, so that it still proves itself: by what came before the first new
    movement, or between, at its opening, and by what follows the last at its closing.
    """
    if account is None:
        return statement, 0
    known = known_rows(connection, account, import_keys(statement.movements))
    if not known:
        return statement, 0
    listed = list(enumerate(statement.movements))
    new = [position for position, _ in listed if position not in known]
    last = new[-1] if new else -1
    before = _sum([m for n, m in listed if n in known and n < last])
    after = _sum([m for n, m in listed if n in known and n > last])
    opening, closing = statement.opening, statement.closing
    return (
        replace(
            statement,
            movements=tuple(statement.movements[n] for n in new),
            opening=None if opening is None else opening + before,
            closing=None if closing is None else closing - after,
        ),
        len(known),
    )


def known_rows(
    connection: Connection, account: Row[Any] | None, keys: Sequence[str]
) -> frozenset[int]:
    """The places, from 0, of the movements that an account has already, by their import keys."""
    if account is None:
        return frozenset()
    c = t.movement.c
    known: set[str] = set()
    for at in range(0, len(keys), 500):
        known.update(
            connection.scalars(
                select(c.import_key).where(
                    c.bank_account_id == account.id, c.import_key.in_(keys[at : at + 500])
                )
            )
        )
    return frozenset(place for place, key in enumerate(keys) if key in known)


def to_json(row: Row[Any], movements: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "document_id": row.document_id,
        "bank_account_id": row.bank_account_id,
        "name": row.name,
        "source": row.source,
        "status": row.status,
        "version": row.version,
        "iban": row.iban,
        "bank": row.bank,
        "currency": row.currency,
        "start": row.start.isoformat() if row.start else None,
        "end": row.end.isoformat() if row.end else None,
        "opening": None if row.opening is None else str(row.opening),
        "closing": None if row.closing is None else str(row.closing),
        "movements": movements,
        "skipped": row.skipped,
        "created_at": row.created_at.isoformat(),
    }


def _read(
    house: House,
    who: Who,
    company_id: str | None,
    name: str,
    content: bytes,
    said: Mapping | None,
) -> tuple[Statement, ...]:
    """The statements of a file; a CSV by the mapping that was said, or kept for its header."""
    if said is None:
        try:
            fingerprint = look(content).fingerprint
        except Invalid:
            return read_statements(name, content)  # no table, or one that says what is wrong
        with house.store.reading() as connection:
            company = companies.find_or_only(connection, who, company_id)
            said = _kept_mapping(connection, company.id, fingerprint)
    return read_statements(name, content, said)


def _must_be_new(connection: Connection, company_id: str, digest: str) -> None:
    c = t.statement.c
    known = connection.scalars(
        select(c.id).where(c.company_id == company_id, c.sha256 == digest).order_by(c.id)
    ).all()
    if known:
        raise Conflict(
            "This very file was imported before.",
            code="bank_file_known",
            advice="Open the statement that is there.",
            statement_ids=list(known),
        )


def _account_of(
    connection: Connection, company_id: str, statement: Statement, named: Row[Any] | None
) -> Row[Any] | None:
    """The bank account of a statement: by its IBAN, else the one that was named."""
    found = bank_accounts.with_iban(connection, company_id, statement.iban)
    if named is None:
        return found
    differs = statement.iban and named.iban and statement.iban != named.iban
    if differs or (found is not None and found.id != named.id):
        raise Conflict(
            "This file is of another account than the one that was chosen.",
            code="bank_account_differs",
            advice="Choose the account with the IBAN of the file, or none.",
            iban=statement.iban,
        )
    return named


def _insert(
    connection: Connection,
    house: House,
    company: Row[Any],
    account: Row[Any] | None,
    statement: Statement,
    name: str,
    digest: str,
    skipped: int,
) -> Row[Any]:
    now = house.now()
    row = connection.execute(
        insert(t.statement)
        .values(
            id=new_id("sta"),
            organisation_id=company.organisation_id,
            company_id=company.id,
            bank_account_id=account.id if account else None,
            source=statement.source,
            name=name,
            sha256=digest,
            status="to_check",
            version=1,
            iban=statement.iban,
            bank=statement.bank,
            currency=statement.currency or (account.currency if account else ""),
            start=statement.start,
            end=statement.end,
            opening=statement.opening,
            closing=statement.closing,
            skipped=skipped,
            created_at=now,
        )
        .returning(t.statement)
    ).one()
    if statement.movements:
        connection.execute(
            insert(t.movement),
            [
                movement_row(row, position, movement, now)
                for position, movement in enumerate(statement.movements)
            ],
        )
    return row


def movement_row(
    statement: Row[Any], position: int, movement: Movement, now: Any
) -> dict[str, Any]:
    """A movement as its table has it, before its statement is accepted."""
    return {
        "id": new_id("mov"),
        "organisation_id": statement.organisation_id,
        "company_id": statement.company_id,
        "statement_id": statement.id,
        "position": position,
        "day": movement.day,
        "value_day": movement.value_day,
        "label": movement.label,
        "amount": movement.amount,
        "balance": movement.balance,
        "counterparty": movement.counterparty,
        "counterparty_iban": movement.counterparty_iban,
        "reference": movement.reference,
        "status": "open",
        "created_at": now,
    }


def _kept_mapping(connection: Connection, company_id: str, fingerprint: str) -> Mapping | None:
    c = t.statement_mapping.c
    kept = connection.scalar(
        select(c.mapping).where(c.company_id == company_id, c.header == fingerprint)
    )
    return mapping_of(kept) if kept else None


def _keep_mapping(
    connection: Connection,
    house: House,
    company: Row[Any],
    name: str,
    fingerprint: str,
    mapping: Mapping,
) -> None:
    c = t.statement_mapping.c
    mine = (c.company_id == company.id, c.header == fingerprint)
    changed = connection.execute(
        update(t.statement_mapping).where(*mine).values(mapping=mapping.to_json())
    )
    if changed.rowcount == 0:
        connection.execute(
            insert(t.statement_mapping).values(
                id=new_id("map"),
                organisation_id=company.organisation_id,
                company_id=company.id,
                name=name[:200],
                header=fingerprint,
                mapping=mapping.to_json(),
                created_at=house.now(),
            )
        )


def _sum(movements: Sequence[Movement]) -> Any:
    return sum((movement.amount for movement in movements), ZERO)
