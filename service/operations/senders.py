"""Senders: whose papers these are, and what their rules say; one memory for an organisation.

The memory is read for every document that is understood, so it is kept by the process until a
sender or a rule changes. Who may see and switch rules is in `rules`; making them is the work of
`workers.learning`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from domain.findings import LISTS, Reading
from domain.ids import new_id
from domain.rules import ActiveRule, Memory, Rule, RuleStatus, Sender, confirmed_share
from domain.suppliers import Identity, keys_of
from service.house import House
from storage import tables as t
from storage.store import Store

MOST_SENDERS = 5_000
"""Of one organisation; those that changed last are remembered."""
KEPT_MEMORIES = 16
_kept: WeakKeyDictionary[Store, OrderedDict[str, Memory]] = WeakKeyDictionary()
_lock = threading.Lock()


def memory_of(house: House, organisation_id: str) -> Memory:
    """What the organisation has learnt of its senders."""
    with house.store.reading() as connection:
        stamp = _stamp(connection, organisation_id)
        with _lock:
            kept = _kept.setdefault(house.store, OrderedDict())
            if organisation_id in kept and kept[organisation_id].stamp == stamp:
                kept.move_to_end(organisation_id)
                return kept[organisation_id]
        memory = _read(connection, organisation_id, stamp)
    with _lock:
        kept[organisation_id] = memory
        while len(kept) > KEPT_MEMORIES:
            kept.popitem(last=False)
    return memory


def _stamp(connection: Connection, organisation_id: str) -> tuple[int, int]:
    senders, versions = connection.execute(
        select(func.count(), func.coalesce(func.sum(t.sender.c.version), 0)).where(
            t.sender.c.organisation_id == organisation_id
        )
    ).one()
    return int(senders), int(versions)


def is_current(connection: Connection, organisation_id: str, memory: Memory) -> bool:
    """Whether `memory`, which `memory_of` gave, is still all that the organisation has learnt."""
    return memory.stamp == _stamp(connection, organisation_id)


def _read(connection: Connection, organisation_id: str, stamp: tuple[int, int]) -> Memory:
    """The memory as the rows have it now. The stamp is older: a change meanwhile shows."""
    rules: dict[str, list[ActiveRule]] = defaultdict(list)
    uses = uses_of(connection, organisation_id)
    for row in connection.execute(
        select(t.rule.c.id, t.rule.c.sender_id, t.rule.c.rule).where(
            t.rule.c.organisation_id == organisation_id, t.rule.c.status == RuleStatus.ACTIVE
        )
    ):
        confirmed, overruled = uses.get(row.id, (0, 0))
        rules[row.sender_id].append(
            ActiveRule(row.id, Rule.from_json(row.rule), confirmed_share(confirmed, overruled))
        )
    rows = connection.execute(
        select(t.sender)
        .where(t.sender.c.organisation_id == organisation_id)
        .order_by(t.sender.c.changed_at.desc())
        .limit(MOST_SENDERS)
    )
    known = tuple(as_sender(row, rules.get(row.id, ())) for row in rows)
    return Memory(known, stamp)


def uses_of(connection: Connection, organisation_id: str) -> dict[str, tuple[int, int]]:
    """Rule → on how many documents people confirmed it, and on how many they overruled it."""
    use = t.rule_use.c
    return {
        row.rule_id: (row.confirmed, row.overruled)
        for row in connection.execute(
            select(
                use.rule_id,
                func.count().filter(use.outcome == "confirmed").label("confirmed"),
                func.count().filter(use.outcome == "overruled").label("overruled"),
            )
            .where(use.organisation_id == organisation_id)
            .group_by(use.rule_id)
        )
    }


def as_sender(row: Row[Any], rules: Collection[ActiveRule] = ()) -> Sender:
    identity = Identity(row.name, row.siren, row.vat_id, row.uid, row.iban)
    return Sender(row.id, identity, tuple(row.letterhead), tuple(rules))


def add_sender(
    connection: Connection,
    now: datetime,
    organisation_id: str,
    identity: Identity,
    letterhead: tuple[str, ...],
) -> str:
    sender_id = new_id("snd")
    connection.execute(
        insert(t.sender).values(
            id=sender_id,
            organisation_id=organisation_id,
            letterhead=list(letterhead),
            changed_at=now,
            created_at=now,
            **{**_columns(identity), "name": identity.name or ""},
        )
    )
    return sender_id


def know_better(
    connection: Connection,
    now: datetime,
    sender: Sender,
    identity: Identity,
    letterhead: tuple[str, ...],
) -> None:
    """Write down what one more paper says of a sender; a known identifier is not replaced."""
    news = {
        key: value
        for key, value in _columns(identity).items()
        if value and (key == "name" or not getattr(sender.identity, key))
    }
    connection.execute(
        update(t.sender)
        .where(t.sender.c.id == sender.id)
        .values(letterhead=list(letterhead), **news)
    )
    touch(connection, now, sender.id)


def touch(connection: Connection, now: datetime, sender_id: str) -> None:
    """Say that a sender or one of its rules changed, so that every process reads it again."""
    connection.execute(
        update(t.sender)
        .where(t.sender.c.id == sender_id)
        .values(version=t.sender.c.version + 1, changed_at=now)
    )


def lock_senders(connection: Connection, organisation_id: str) -> None:
    """Let nobody else learn for the organisation meanwhile: two lessons make one sender."""
    connection.execute(
        select(t.organisation.c.id).where(t.organisation.c.id == organisation_id).with_for_update()
    )


def past_documents(
    connection: Connection,
    organisation_id: str,
    identity: Identity,
    sender: Sender | None,
    *,
    besides: str,
    limit: int,
) -> list[Row[Any]]:
    """The last documents of a sender, newest first, without `besides`: those that name it so, and
    those its rules were learnt from or used on.
    """
    c = t.document.c
    keys = set(keys_of(identity))
    connected = []
    if sender is not None:
        keys.update(keys_of(sender.identity))
        rules = select(t.rule.c.id).where(t.rule.c.sender_id == sender.id)
        connected = [
            c.id.in_(select(t.rule.c.document_id).where(t.rule.c.sender_id == sender.id)),
            c.id.in_(select(t.rule_use.c.document_id).where(t.rule_use.c.rule_id.in_(rules))),
        ]
    return list(
        connection.execute(
            select(t.document)
            .where(
                c.organisation_id == organisation_id,
                c.withdrawn_at.is_(None),
                or_(c.sender_key.in_(sorted(keys)), *connected),
                c.id != besides,
            )
            .order_by(c.id.desc())
            .limit(limit)
        )
    )


def guesses_of(connection: Connection, document_ids: Sequence[str]) -> dict[str, Any]:
    """Document → what the machine had taken it for, as it is stored."""
    d, g = t.document.c, t.group.c
    found = connection.execute(
        select(d.id, g.guess)
        .join(t.group, (g.import_id == d.import_id) & (g.number == d.group_number))
        .where(d.id.in_(document_ids))
    )
    return {row.id: row.guess for row in found}


def confirmed_values(
    reading: Reading, machine: Reading, *, accepted: bool
) -> dict[str, str | None]:
    """What people have said of a document's fields; None for one they removed.

    A corrected value, always; what XML or a payment code says; and all of a document whose entry
    somebody posted.
    """
    said: dict[str, str | None] = {
        name: found.value
        for name, found in reading.fields.items()
        if accepted or found.source in ("person", "xml", "qr")
    }
    for name in machine.fields:
        if name not in reading.fields:
            said[name] = None
    return said


def confirmed_lists(
    reading: Reading, machine: Reading, *, accepted: bool
) -> dict[str, tuple[Any, ...]]:
    """What people have said line by line: lists that they changed, and of a document whose entry
    somebody posted the VAT lines, which are in it.
    """
    said = {}
    for name in LISTS:
        lines: tuple[Any, ...] = getattr(reading, name)
        posted = accepted and name == "vat_lines"
        if lines and (posted or lines != getattr(machine, name)):
            said[name] = lines
    return said


def _columns(identity: Identity) -> dict[str, str | None]:
    return {
        "name": identity.name,
        "siren": identity.siren,
        "vat_id": identity.vat_id,
        "uid": identity.uid,
        "iban": identity.iban,
    }
