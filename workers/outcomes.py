"""What became of the rules that helped to read a document: confirmed, overruled, taken back.

A rule that is overruled now and then retires by its share. At once goes one without which the
reader had been right, and one whose own correction somebody has undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.documents import DocumentStatus
from domain.findings import LISTS, Reading
from domain.groups import Classification
from domain.rules import CATEGORY, rule_id_of
from domain.text import PageText
from models.extraction import Own, extract
from models.memory import agreement, same
from service.house import House
from service.operations import rules
from storage import tables as t


def guess_of(stored: Mapping[str, Any] | None) -> Classification | None:
    """What the machine took a document for; None when nobody wrote it down."""
    if not stored or not stored.get("category"):
        return None
    return Classification(
        stored["category"],
        stored.get("confidence", 0.0),
        stored.get("runner_up"),
        rule_id=stored.get("rule_id"),
    )


def rules_used(machine: Reading, guess: Classification | None = None) -> dict[str, str]:
    """The rules that gave a document something: field, list or category → rule."""
    readers = {name: found.reader for name, found in machine.fields.items()}
    used = {
        name: rule_id
        for name, reader in (readers | machine.list_readers).items()
        if (rule_id := rule_id_of(reader)) is not None
    }
    return used | ({CATEGORY: guess.rule_id} if guess and guess.rule_id else {})


def agrees(name: str, one: Reading, other: Reading) -> bool:
    """Whether two readings say the same of a field or a list, and say something."""
    if name in LISTS:
        return bool(agreement(name, getattr(one, name), getattr(other, name)) == 1.0)
    values = one.value(name), other.value(name)
    return None not in values and same(name, *map(str, values))


def note(
    connection: Connection,
    document: Row[Any],
    reading: Reading,
    machine: Reading,
    guess: Classification | None,
) -> None:
    """Write down what people made of the values that rules had given. Whoever validates a document
    has seen its category.
    """
    if guess is not None and guess.rule_id:
        agreed = "confirmed" if guess.category == document.category else "overruled"
        rules.note_use(connection, document.organisation_id, guess.rule_id, document.id, agreed)
    posted = document.status == DocumentStatus.POSTED
    for name, rule_id in rules_used(machine).items():
        found = reading.fields.get(name)
        if not agrees(name, reading, machine):
            outcome = "overruled"
        elif posted or (found is not None and found.source == "person"):
            outcome = "confirmed"
        else:
            outcome = "waiting"
        rules.note_use(connection, document.organisation_id, rule_id, document.id, outcome)


def put_back(
    pages: Sequence[PageText],
    category: str,
    reading: Reading,
    machine: Reading,
    *,
    own: Own,
    today: dt.date,
    guess: Classification | None = None,
) -> list[str]:
    """The rules that spoilt what the reader had right: a person gave its value back."""
    overruled = {
        name: rule_id
        for name, rule_id in rules_used(machine).items()
        if not agrees(name, reading, machine)
    }
    spoilt = []
    if guess is not None and guess.rule_id and guess.looked_like == category:
        spoilt.append(guess.rule_id)
    if not overruled:
        return spoilt
    alone = extract(pages, category, own=own, today=today)
    return spoilt + [rule_id for name, rule_id in overruled.items() if agrees(name, reading, alone)]


def taken_back(
    connection: Connection, now: datetime, document_id: str, taught: Collection[str]
) -> list[str]:
    """Retire the rules that a document taught, and no longer does; `taught` are the fields it
    teaches still.
    """
    undone = [
        row.id for row in rules.acting_from(connection, document_id) if row.field not in taught
    ]
    return rules.retire(connection, now, undone, "taken_back")


def waiting_documents(house: House, organisation_id: str) -> Sequence[str]:
    """Documents that rules helped to read and that have been posted since."""
    use = t.rule_use.c
    with house.store.reading() as connection:
        return connection.scalars(
            select(use.document_id)
            .join(t.document, t.document.c.id == use.document_id)
            .where(
                use.organisation_id == organisation_id,
                use.outcome == "waiting",
                t.document.c.status == DocumentStatus.POSTED,
                t.document.c.withdrawn_at.is_(None),
            )
            .distinct()
            .limit(500)
        ).all()
