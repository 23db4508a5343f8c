"""The audit log: who did what, when and from where; the whole of it, and the history of one thing.

It is the table of events, which is only ever added to: what the world is told of and what only we
note stand there together, written in the transaction of the deed (`storage.outbox`). Here it is
read. What a document's fields were before and after is in its corrections, and joined from there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from domain.events import ACTIONS, CATALOGUE
from domain.people import MACHINE, Scope, Who
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import documents, intake
from storage import tables as t
from storage.visibility import within

_e = t.event.c
KINDS = tuple(sorted({type_.partition(".")[0] for type_ in (*CATALOGUE, *ACTIONS)}))
"""What things are done to: the beginnings of the names of events."""
MOST_OF_ONE = 500
CHUNK = 1_000
_TOLD = frozenset(
    {"category", "was", "documents", "files", "pages", "total", "reason", "override_reason"}
)
"""Of an event for the world, what its line shows; the event itself has more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: all that is given must hold."""

    person: str | None = None
    """Id of a person or key; `machine` for what nobody did."""
    kind: str | None = None
    """An event such as `person.signed_in`, or the beginning of several, such as `person`."""
    subject: str | None = None
    company_id: str | None = None
    since: date | None = None
    until: date | None = None
    """Days of UTC, both included."""


def list_lines(
    house: House, who: Who, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> Page:
    """The log, the newest line first."""
    who.must(Scope.ADMIN)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        rows = connection.execute(_chosen(who, wanted, cursor).limit(limit + 1)).all()
        names = _names(connection, who, rows)
    return page_of([_line(row, names) for row in rows], limit)


def as_csv(house: House, who: Who, wanted: Wanted) -> Iterator[bytes]:
    """The log as a table for a spreadsheet, the newest line first, a few at a time."""
    who.must(Scope.ADMIN)
    return _csv(house, who, wanted)


def _csv(house: House, who: Who, wanted: Wanted) -> Iterator[bytes]:
    header = ["at", "event", "by", "by_id", "address", "company_id", "subject", "details"]
    yield b"\xef\xbb\xbf" + _csv_row(header)
    cursor = None
    while True:
        with house.store.reading() as connection:
            rows = connection.execute(_chosen(who, wanted, cursor).limit(CHUNK)).all()
            names = _names(connection, who, rows)
        for line in (_line(row, names) for row in rows):
            details = "; ".join(f"{name}: {_said(v)}" for name, v in line["details"].items())
            by = line["by"]
            yield _csv_row(
                [
                    line["at"],
                    line["type"],
                    by["name"],
                    by["id"] or "",
                    line["address"] or "",
                    line["company_id"] or "",
                    line["subject"],
                    details,
                ]
            )
        if len(rows) < CHUNK:
            return
        cursor = rows[-1].id


def of_document(house: House, who: Who, document_id: str) -> list[dict[str, Any]]:
    """All that was done to a document, to those it came of and to its entries, the first deed
    first; corrections with what stood there before and after.
    """
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        origins = documents.find(connection, who, document_id).came_of or []
        entries = connection.scalars(
            select(t.journal_entry.c.id).where(t.journal_entry.c.document_id == document_id)
        ).all()
        lines = _of_subjects(connection, who, [document_id, *origins, *entries])
        changed: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
        for row in connection.execute(
            select(t.correction)
            .where(t.correction.c.document_id.in_([document_id, *origins]))
            .order_by(t.correction.c.id)
        ):
            changed.setdefault((row.created_at.isoformat(), row.made_by), []).append(
                {"field": row.field, "before": row.before, "after": row.after}
            )
    # A correction is written in the transaction, and so at the moment, of its line.
    for line in lines:
        if line["type"] == "document.corrected":
            line["changes"] = changed.get((line["at"], line["by"]["id"]), [])
    return lines


def of_import(house: House, who: Who, import_id: str) -> list[dict[str, Any]]:
    """All that was done to an import, the first deed first."""
    who.must(Scope.IMPORTS_READ)
    with house.store.reading() as connection:
        intake.find(connection, who, import_id)
        return _of_subjects(connection, who, [import_id])


def _of_subjects(connection: Connection, who: Who, subjects: Sequence[str]) -> list[dict[str, Any]]:
    rows = connection.execute(
        select(t.event)
        .where(within(who, t.event), _e.subject.in_(subjects))
        .order_by(_e.id.desc())
        .limit(MOST_OF_ONE)
    ).all()[::-1]
    names = _names(connection, who, rows)
    return [_line(row, names) for row in rows]


def _chosen(who: Who, wanted: Wanted, cursor: str | None) -> Select[Any]:
    query = select(t.event).where(within(who, t.event)).order_by(_e.id.desc())
    if wanted.person:
        machine = wanted.person == MACHINE
        query = query.where(_e.made_by.is_(None) if machine else _e.made_by == wanted.person)
    if wanted.kind:
        types = [
            type_
            for type_ in (*CATALOGUE, *ACTIONS)
            if wanted.kind in (type_, type_.partition(".")[0])
        ]
        query = query.where(_e.type.in_(types))
    if wanted.subject:
        query = query.where(_e.subject == wanted.subject)
    if wanted.company_id:
        query = query.where(_e.company_id == wanted.company_id)
    if wanted.since:
        query = query.where(_e.created_at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(_e.created_at < _midnight(wanted.until) + timedelta(days=1))
    if cursor:
        query = query.where(_e.id < cursor)
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _names(connection: Connection, who: Who, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """What those who did it, and the people and keys it was done to, are called now."""
    ids = {row.made_by for row in rows if row.made_by}
    ids |= {row.subject for row in rows if row.subject[:4] in ("usr_", "key_", "inv_", "cmp_")}
    named: dict[str, str] = {}
    for table, column in (
        (t.user, t.user.c.name),
        (t.api_key, t.api_key.c.name),
        (t.invitation, t.invitation.c.email),
        (t.company, t.company.c.name),
    ):
        query = select(table.c.id, column).where(
            table.c.organisation_id == who.organisation_id, table.c.id.in_(ids)
        )
        named |= {row.id: row[1] for row in connection.execute(query)}
    return named


def _line(row: Row[Any], names: dict[str, str]) -> dict[str, Any]:
    prefix = (row.made_by or "").partition("_")[0]
    kind = {"usr": "person", "key": "key"}.get(prefix, "operator" if row.made_by else MACHINE)
    if row.type == "person.sign_in_failed":
        kind = "somebody"
    return {
        "id": row.id,
        "at": row.created_at.isoformat(),
        "type": row.type,
        "by": {"kind": kind, "id": row.made_by, "name": names.get(row.made_by or "", "")},
        "address": row.address,
        "company_id": row.company_id,
        "subject": row.subject,
        "subject_name": names.get(row.subject),
        "details": _details(row.type, row.data),
    }


def _details(type_: str, data: dict[str, Any]) -> dict[str, Any]:
    if type_ in ACTIONS:
        return data
    details = {k: v for k, v in data.items() if k in _TOLD and isinstance(v, str | int) and v != ""}
    entry = data.get("entry") or data.get("reversal")
    if isinstance(entry, dict):
        details["entry"] = f"{entry['journal']} {entry['year']}-{entry['number']}"
        details["entry_id"] = entry["id"]
    return details


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _csv_row(cells: Sequence[str]) -> bytes:
    """A row in which no cell is taken for a formula: names come from people we do not know."""
    line = io.StringIO()
    safe = [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
    csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(safe)
    return line.getvalue().encode()
