"""What the machine posted by itself, and what became of it: the dial goes back when too much is put
right. Deciding what to post is left to `automation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from domain.automation import WINDOW, Dial, Settings, must_stop
from domain.ids import new_id
from domain.journal import Line
from domain.people import MACHINE, Scope, Who
from service.house import House
from storage import tables as t
from storage.outbox import record_action

_c = t.automatic_posting.c


def machine(organisation_id: str) -> Who:
    """Who posts when nobody does."""
    return Who(organisation_id, MACHINE, MACHINE, frozenset({Scope.BOOKS_READ, Scope.BOOKS_WRITE}))


def settings_of(company: Row[Any]) -> Settings:
    return Settings.of((company.settings or {}).get("automation"))


def keep_settings(connection: Connection, company: Row[Any], settings: Settings) -> None:
    """The company's row is held."""
    connection.execute(
        update(t.company)
        .where(t.company.c.id == company.id)
        .values(settings={**(company.settings or {}), "automation": settings.to_json()})
    )


def remember(
    connection: Connection,
    now: datetime,
    document: Row[Any],
    lines: Iterable[Line],
    entry_id: str | None,
) -> None:
    """Write down that a document was sure enough; without an entry, it went to a person."""
    connection.execute(
        insert(t.automatic_posting).values(
            id=new_id("apo"),
            organisation_id=document.organisation_id,
            company_id=document.company_id,
            document_id=document.id,
            entry_id=entry_id,
            lines=content_of(lines),
            created_at=now,
        )
    )


def had_its_chance(connection: Connection, document_id: str) -> bool:
    return bool(connection.scalar(select(exists().where(_c.document_id == document_id))))


def content_of(lines: Iterable[Line]) -> list[list[Any]]:
    """What of an entry can be wrong: accounts, VAT treatments, amounts in cents, analytic codes."""
    return sorted(
        _content(line.account, line.vat_code, line.signed, line.analytic) for line in lines
    )


def _content(account: str, vat_code: str | None, signed: Decimal, code: str | None) -> list[Any]:
    return [account, vat_code or "", int(signed.scaleb(2)), *([code] if code else ())]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A document that was sure enough: `entry_id` if the machine posted it. `right` is None while
    nobody has said; else whether what it posted stands, or a person posted the same.
    """

    document_id: str
    entry_id: str | None
    right: bool | None


def outcomes(connection: Connection, company_id: str, since: datetime) -> list[Outcome]:
    """What became of the last sure documents, the newest first."""
    rows = connection.execute(
        select(_c.document_id, _c.entry_id, _c.lines)
        .where(_c.company_id == company_id, _c.created_at >= since)
        .order_by(_c.created_at.desc(), _c.document_id.desc())
        .limit(WINDOW)
    ).all()
    posted = {document_id: (entry_id, lines) for document_id, entry_id, lines in standing(
        connection, [row.document_id for row in rows]
    )}  # fmt: skip
    found = []
    for row in rows:
        entry_id, lines = posted.get(row.document_id, (None, None))
        right = None if lines is None else lines == row.lines
        if row.entry_id is not None:
            right = entry_id == row.entry_id
        found.append(Outcome(row.document_id, row.entry_id, right))
    return found


def standing(
    connection: Connection, document_ids: Sequence[str]
) -> list[tuple[str, str, list[list[Any]]]]:
    """The entries of documents that stand, and their content: (document, entry, lines)."""
    entry, line = t.journal_entry, t.journal_line.c
    reversing = entry.alias("reversing")
    found: dict[tuple[str, str], list[list[Any]]] = {}
    for row in connection.execute(
        select(
            entry.c.document_id,
            entry.c.id,
            line.account,
            line.vat_code,
            line.debit,
            line.credit,
            line.analytic,
        )
        .join(t.journal_line, line.entry_id == entry.c.id)
        .outerjoin(reversing, reversing.c.reverses_entry_id == entry.c.id)
        .where(
            entry.c.document_id.in_(document_ids),
            entry.c.reverses_entry_id.is_(None),
            reversing.c.id.is_(None),
        )
    ):
        found.setdefault((row.document_id, row.id), []).append(
            _content(row.account, row.vat_code, row.debit - row.credit, row.analytic)
        )
    return [(document, id_, sorted(lines)) for (document, id_), lines in found.items()]


def look_again(connection: Connection, house: House, company: Row[Any], document_id: str) -> None:
    """Something was posted or reversed: stop where too much was wrong. The company is held."""
    settings = settings_of(company)
    if settings.dial is Dial.OFF or not had_its_chance(connection, document_id):
        return
    told = outcomes(connection, company.id, datetime.fromisoformat(settings.since))
    if not must_stop([outcome.right for outcome in told]):
        return
    wrong = sum(outcome.right is False for outcome in told)
    fell_back = {
        "wrong": wrong,
        "of": len(told),
        "at": house.now().isoformat(),
        "from": settings.dial.value,
    }
    keep_settings(
        connection, company, Settings(Dial.OFF, settings.share, settings.since, fell_back)
    )
    record_action(
        connection,
        house.now(),
        machine(company.organisation_id),
        "automation.fell_back",
        company.id,
        company_id=company.id,
        wrong=wrong,
        of=len(told),
    )
