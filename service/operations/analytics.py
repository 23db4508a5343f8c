"""The analytic codes of a company: kept, closed, opened again, and what was posted with each.

A company that has none sees nothing of them. A code that was used is never taken away: it is closed,
and what carries it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.analytics import LONGEST_CODE, is_code
from domain.book_tables import CodeRow
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.journal import LABEL_LENGTH, Line, plain_text
from domain.people import Scope, Who
from service.house import House
from service.lists import Page
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

MOST_CODES = 2_000
_c = t.analytic_code.c


def list_codes(
    house: House, who: Who, company_id: str | None = None, *, year: int | None = None
) -> Page:
    """The codes of a company, each with what was posted with it (in a year)."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rows = codes_of(connection, company.id)
        sums = _sums(connection, company.id, year) if rows else {}
    return {"items": [_json(row, sums.get(row.code)) for row in rows], "next_cursor": None}


def list_names(house: House, who: Who, company_id: str) -> list[dict[str, Any]]:
    """The codes of a company without what was posted with them: for pages that offer them."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find(connection, who, company_id)
        return [_json(row) for row in codes_of(connection, company.id)]


def add(house: House, who: Who, company_id: str | None, values: dict[str, Any]) -> dict[str, Any]:
    """A further code: `code` and `label`."""
    who.must(Scope.BOOKS_WRITE)
    code = str(values.get("code") or "").strip().upper()
    if not is_code(code):
        raise Invalid(
            f"{code[:LONGEST_CODE]!r} is no analytic code.",
            code="analytic_code",
            advice=f"At most {LONGEST_CODE} capitals and digits; inside also points, dashes, slashes.",
            fields=["code"],
        )
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        company = companies.find(connection, who, company.id, lock=True)
        known = codes_of(connection, company.id)
        if any(row.code == code for row in known):
            raise Conflict("This analytic code exists already.", code="analytic_exists", value=code)
        _must_not_be_too_many(len(known) + 1)
        new = _insert(connection, house, company, [CodeRow(0, code, _label(values))])
        return _done(connection, house, who, new[0], "added")


def change(
    house: House,
    who: Who,
    analytic_code_id: str,
    values: dict[str, Any],
    version: int | None = None,
) -> dict[str, Any]:
    """Give a code another `label`, close it, or open it again (`open`)."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _find(connection, who, analytic_code_id, lock=True)
        if version is not None and version != row.version:
            raise Conflict(
                "The analytic code was changed in the meantime.",
                code="stale_analytic",
                advice="Load it again and look at what changed.",
                version=row.version,
            )
        told: dict[str, Any] = {}
        if values.get("label") is not None:
            told["label"] = _label(values)
        if values.get("open") is not None:
            told["open"] = bool(values["open"])
        if all(getattr(row, name) == value for name, value in told.items()):
            return _json(row)
        connection.execute(
            update(t.analytic_code).where(_c.id == row.id).values(**told, version=row.version + 1)
        )
        return _done(connection, house, who, row.id, "changed")


def codes_of(connection: Connection, company_id: str) -> Sequence[Row[Any]]:
    """The codes of a company in their order, closed ones too."""
    query = select(t.analytic_code).where(_c.company_id == company_id).order_by(_c.code)
    return connection.execute(query).all()


def take_over(
    connection: Connection, house: House, company: Row[Any], rows: Sequence[CodeRow]
) -> dict[str, int]:
    """Add the codes of a table that are not there; their labels count before ours."""
    if not rows:
        return {"added": 0, "renamed": 0, "known": 0}
    known = {row.code: row for row in codes_of(connection, company.id)}
    new = [row for row in rows if row.code not in known]
    renamed = [row for row in rows if row.code in known and known[row.code].label != row.label]
    _must_not_be_too_many(len(known) + len(new))
    for row in renamed:
        there = known[row.code]
        connection.execute(
            update(t.analytic_code)
            .where(_c.id == there.id)
            .values(label=row.label, version=there.version + 1)
        )
    _insert(connection, house, company, new)
    return {
        "added": len(new),
        "renamed": len(renamed),
        "known": len(rows) - len(new) - len(renamed),
    }


def check_codes(connection: Connection, company_id: str, lines: Iterable[Line]) -> None:
    """Invalid unless every code of the lines is one of the company's, and open."""
    wanted = {line.analytic for line in lines if line.analytic}
    if not wanted:
        return
    known = connection.scalars(
        select(_c.code).where(_c.company_id == company_id, _c.code.in_(wanted), _c.open)
    )
    strange = sorted(wanted - set(known))
    if strange:
        raise Invalid(
            f"No such analytic code, or it is closed: {', '.join(strange)}.",
            code="analytic_unknown",
            advice="GET /api/v1/analytic-codes lists those of the company; add it, or open it again.",
            codes=strange,
        )


def _sums(connection: Connection, company_id: str, year: int | None) -> dict[str, Row[Any]]:
    entry, line = t.journal_entry.c, t.journal_line.c
    query = (
        select(
            line.analytic,
            func.count().label("lines"),
            func.sum(line.debit).label("debit"),
            func.sum(line.credit).label("credit"),
        )
        .join(t.journal_entry, entry.id == line.entry_id)
        .where(entry.company_id == company_id, line.analytic.is_not(None))
        .group_by(line.analytic)
    )
    if year is not None:
        query = query.where(entry.year == year)
    return {row.analytic: row for row in connection.execute(query)}


def _insert(
    connection: Connection, house: House, company: Row[Any], rows: Sequence[CodeRow]
) -> list[str]:
    ids = [new_id("anc") for _ in rows]
    if rows:
        connection.execute(
            insert(t.analytic_code),
            [
                {
                    "id": code_id,
                    "organisation_id": company.organisation_id,
                    "company_id": company.id,
                    "code": row.code,
                    "label": row.label,
                    "open": True,
                    "version": 1,
                    "created_at": house.now(),
                }
                for code_id, row in zip(ids, rows, strict=True)
            ],
        )
    return ids


def _must_not_be_too_many(number: int) -> None:
    if number > MOST_CODES:
        raise Invalid(
            f"A company has at most {MOST_CODES} analytic codes.", code="analytic_codes_number"
        )


def _label(values: dict[str, Any]) -> str:
    label = plain_text(str(values.get("label") or ""), LABEL_LENGTH)
    if not label:
        raise Invalid("An analytic code has a label.", code="analytic_label", fields=["label"])
    return label


def _find(
    connection: Connection, who: Who, analytic_code_id: str, *, lock: bool = False
) -> Row[Any]:
    query = select(t.analytic_code).where(_c.id == analytic_code_id, within(who, t.analytic_code))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such analytic code.")
    return row


def _done(
    connection: Connection, house: House, who: Who, analytic_code_id: str, what: str
) -> dict[str, Any]:
    row = _find(connection, who, analytic_code_id)
    record_action(
        connection,
        house.now(),
        who,
        f"analytic_code.{what}",
        row.id,
        company_id=row.company_id,
        code=row.code,
    )
    return _json(row)


def _json(row: Row[Any], sums: Row[Any] | None = None) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "code": row.code,
        "label": row.label,
        "open": row.open,
        "version": row.version,
        "lines": sums.lines if sums else 0,
        "debit": str(sums.debit) if sums else "0.00",
        "credit": str(sums.credit) if sums else "0.00",
        "created_at": row.created_at.isoformat(),
    }
