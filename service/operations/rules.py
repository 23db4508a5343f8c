"""Rules: what was learnt of each sender, shown in words, switched off and brought back.

Every lesson is a new version of the rule of its field; one version a field acts at a time, which
the database holds as well. Nothing is removed: a refused rule stays with what spoke against it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.errors import NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from domain.rules import Rule, RuleStatus, must_retire, sentence
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import senders
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within


def list_rules(
    house: House,
    who: Who,
    *,
    q: str = "",
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """What the documents they see taught, newest first; `q` is words of the sender's name."""
    who.must(Scope.DOCUMENTS_READ)
    limit = limit_of(limit)
    c = t.rule.c
    query = _rules(who)
    if status:
        query = query.where(c.status == status)
    if cursor:
        query = query.where(c.id < cursor)
    for word in folded(q).split():
        query = query.where(func.lower(t.sender.c.name).contains(word, autoescape=True))
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(c.id.desc()).limit(limit + 1)).all()
        uses = senders.uses_of(connection, who.organisation_id)
    return page_of([_json(row, uses) for row in rows], limit)


def get_rule(house: House, who: Who, rule_id: str) -> dict[str, Any]:
    who.must(Scope.DOCUMENTS_READ)
    with house.store.reading() as connection:
        return _one(connection, who, rule_id)


def switch(house: House, who: Who, rule_id: str, *, active: bool) -> dict[str, Any]:
    """Let a version of a rule act, in place of the one that does, or let none act.

    A person may also bring back an earlier version, or one that the replay refused. Rules act in
    all companies.
    """
    who.must(Scope.DOCUMENTS_WRITE)
    who.must_see_all()
    now = house.now()
    with house.store.transaction() as connection:
        senders.lock_senders(connection, who.organisation_id)
        row = _find(connection, who, rule_id)
        if active and row.status != RuleStatus.ACTIVE:
            _put(connection, now, _acting(connection, row.sender_id, row.field),
                 RuleStatus.REPLACED, who.id)  # fmt: skip
            _put(connection, now, row.id, RuleStatus.ACTIVE, who.id)
        elif not active and row.status == RuleStatus.ACTIVE:
            _put(connection, now, row.id, RuleStatus.OFF, who.id)
        senders.touch(connection, now, row.sender_id)
        record_action(connection, now, who, "rule.switched", row.id, field=row.field, active=active)
        return _one(connection, who, rule_id)


# --- what lessons write ---------------------------------------------------------------------------


def keep(
    connection: Connection,
    now: datetime,
    *,
    organisation_id: str,
    sender_id: str,
    rule: Rule,
    refused: Mapping[str, Any] | None,
    replayed: int,
    taught_by: str,
    document_id: str,
) -> str | None:
    """Write a rule down as the next version of its field, acting unless it was `refused`.

    None when the last version says the same: the same lesson twice is one, and does not bring back
    what was switched off since.
    """
    last = connection.execute(
        select(t.rule)
        .where(t.rule.c.sender_id == sender_id, t.rule.c.field == rule.field)
        .order_by(t.rule.c.version.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and Rule.from_json(last.rule) == rule:
        was_refused = last.status == RuleStatus.REFUSED
        if refused or not was_refused:
            return None
    status = RuleStatus.REFUSED if refused else RuleStatus.ACTIVE
    if status is RuleStatus.ACTIVE:
        _put(connection, now, _acting(connection, sender_id, rule.field), RuleStatus.REPLACED)
    rule_id = new_id("rul")
    connection.execute(
        insert(t.rule).values(
            id=rule_id,
            organisation_id=organisation_id,
            sender_id=sender_id,
            field=rule.field,
            version=(last.version if last else 0) + 1,
            status=status,
            rule=rule.to_json(),
            reason=dict(refused) if refused else None,
            replayed=replayed,
            taught_by=taught_by,
            document_id=document_id,
            changed_at=now,
            created_at=now,
        )
    )
    senders.touch(connection, now, sender_id)
    return rule_id


def note_use(
    connection: Connection,
    organisation_id: str,
    rule_id: str,
    document_id: str,
    outcome: str,
) -> None:
    """Remember what became of a value that a rule gave: waiting, confirmed or overruled."""
    use = t.rule_use.c
    known = connection.execute(
        update(t.rule_use)
        .where(use.rule_id == rule_id, use.document_id == document_id)
        .values(outcome=outcome)
    ).rowcount
    theirs = select(t.rule.c.id).where(
        t.rule.c.id == rule_id, t.rule.c.organisation_id == organisation_id
    )
    if not known and connection.scalar(theirs):
        connection.execute(
            insert(t.rule_use).values(
                organisation_id=organisation_id,
                rule_id=rule_id,
                document_id=document_id,
                outcome=outcome,
            )
        )


def retire_overruled(connection: Connection, now: datetime, organisation_id: str) -> list[str]:
    """Retire the rules that people overrule; their ids."""
    uses = senders.uses_of(connection, organisation_id)
    retired: list[str] = []
    for rule_id, (confirmed, overruled) in uses.items():
        if not must_retire(confirmed, overruled):
            continue
        reason = {"code": "overruled", "confirmed": confirmed, "overruled": overruled}
        retired += _retire(connection, now, rule_id, reason)
    return retired


def retire(
    connection: Connection, now: datetime, rule_ids: Collection[str], code: str
) -> list[str]:
    """Retire rules for a reason that needs no counting; the ids of those that acted."""
    retired: list[str] = []
    for rule_id in rule_ids:
        retired += _retire(connection, now, rule_id, {"code": code})
    return retired


def acting_from(connection: Connection, document_id: str) -> list[Row[Any]]:
    """The rules that act and were learnt from a document: their ids and fields."""
    c = t.rule.c
    return list(
        connection.execute(
            select(c.id, c.field).where(
                c.document_id == document_id,
                c.status == RuleStatus.ACTIVE,
                c.changed_by.is_(None),  # what a person switched on is theirs
            )
        )
    )


def _retire(
    connection: Connection, now: datetime, rule_id: str, reason: Mapping[str, Any]
) -> list[str]:
    row = connection.execute(
        update(t.rule)
        .where(t.rule.c.id == rule_id, t.rule.c.status == RuleStatus.ACTIVE)
        .values(status=RuleStatus.RETIRED, changed_at=now, reason=dict(reason))
        .returning(t.rule.c.sender_id)
    ).one_or_none()
    if row is None:
        return []
    senders.touch(connection, now, row.sender_id)
    return [rule_id]


def _acting(connection: Connection, sender_id: str, field: str) -> str | None:
    found: str | None = connection.scalar(
        select(t.rule.c.id).where(
            t.rule.c.sender_id == sender_id,
            t.rule.c.field == field,
            t.rule.c.status == RuleStatus.ACTIVE,
        )
    )
    return found


def _put(
    connection: Connection,
    now: datetime,
    rule_id: str | None,
    status: RuleStatus,
    changed_by: str | None = None,
) -> None:
    connection.execute(
        update(t.rule)
        .where(t.rule.c.id == rule_id)
        .values(status=status, changed_at=now, changed_by=changed_by)
    )


def _rules(who: Who) -> Any:
    return (
        select(t.rule, t.sender.c.name.label("sender_name"))
        .join(t.sender, t.sender.c.id == t.rule.c.sender_id)
        .join(t.document, t.document.c.id == t.rule.c.document_id)
        .where(within(who, t.document))
    )


def _find(connection: Connection, who: Who, rule_id: str) -> Row[Any]:
    row: Row[Any] | None = connection.execute(
        _rules(who).where(t.rule.c.id == rule_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such rule.")
    return row


def _one(connection: Connection, who: Who, rule_id: str) -> dict[str, Any]:
    row = _find(connection, who, rule_id)
    return _json(row, senders.uses_of(connection, who.organisation_id))


def _json(row: Row[Any], uses: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    rule = Rule.from_json(row.rule)
    code, values = rule.wording
    confirmed, overruled = uses.get(row.id, (0, 0))
    return {
        "id": row.id,
        "sender_id": row.sender_id,
        "sender_name": row.sender_name,
        "field": row.field,
        "version": row.version,
        "status": row.status,
        "says": sentence(rule),
        "wording": {"code": code, "values": values},
        "reason": row.reason,
        "replayed": row.replayed,
        "confirmed": confirmed,
        "overruled": overruled,
        "taught_by": row.taught_by,
        "document_id": row.document_id,
        "changed_by": row.changed_by,
        "changed_at": row.changed_at.isoformat(),
        "created_at": row.created_at.isoformat(),
    }
