"""Twins: two files of one supplier become one, with their history, and apart again.

The one merged stays as an alias: papers that name it find the one kept. Its documents, accounts and
posting rules move. What is posted stays as it was posted, under the auxiliary code it was posted with, and what
was learnt of its papers goes by what stands on them, so that neither moves.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from domain.errors import Conflict, Invalid
from domain.ids import new_id
from domain.people import Scope, Who
from domain.suppliers import SUNDRY, contradict
from domain.twins import Twins
from domain.twins import twins as alike
from service.house import House
from service.operations import companies
from service.operations.open_items import open_items
from service.operations.supplier_files import find, merged, stale, view
from service.operations.suppliers import ibans_of, known_suppliers, one_json
from storage import tables as t
from storage.outbox import record_action, record_event
from storage.visibility import within

MOST_TWINS = 200
_s, _i, _m, _d = t.supplier.c, t.supplier_iban.c, t.supplier_merge.c, t.document.c


def list_twins(house: House, who: Who, company_id: str | None = None) -> list[dict[str, Any]]:
    """Pairs of suppliers that may be one, the likeliest first, with what they have in common."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        told = connection.execute(
            select(_s.id, _s.distinct_from).where(
                _s.company_id == company.id, within(who, t.supplier)
            )
        ).all()
        apart = frozenset(frozenset((row.id, other)) for row in told for other in row.distinct_from)
        found = alike(known_suppliers(connection, company.id), apart)[:MOST_TWINS]
        return [_pair(connection, twins) for twins in found]


def tell_apart(house: House, who: Who, supplier_id: str, other_id: str) -> dict[str, Any]:
    """A person says that two suppliers are two: they are not proposed again."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row, other = _two(connection, who, supplier_id, other_id)
        if other.id not in row.distinct_from:
            connection.execute(
                update(t.supplier)
                .where(_s.id == row.id)
                .values(distinct_from=[*row.distinct_from, other.id])
            )
            record_action(
                connection, house.now(), who, "supplier.told_apart", row.id,
                company_id=row.company_id,
            )  # fmt: skip
        return view(connection, who, supplier_id)


def preview(house: House, who: Who, kept_id: str, merged_id: str) -> dict[str, Any]:
    """What a merge would move, what would stay, and what speaks against it."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        kept, other = _two(connection, who, kept_id, merged_id)
        company = companies.find(connection, who, kept.company_id)
        documents = _documents(connection, other.id)
        ours, theirs = (
            next(s for s in known_suppliers(connection, company.id) if s.id == row.id)
            for row in (kept, other)
        )
        differ = contradict(ours.identity, theirs.identity)
        items = open_items(connection, company, documents) if documents else []
        entries = connection.scalar(
            select(func.count(func.distinct(t.journal_line.c.entry_id)))
            .join(t.journal_entry, t.journal_entry.c.id == t.journal_line.c.entry_id)
            .where(
                t.journal_entry.c.company_id == company.id,
                t.journal_line.c.auxiliary == other.auxiliary,
            )
        )
        return {
            "kept": one_json(connection, kept.id),
            "merged": one_json(connection, other.id),
            "moves": {
                "documents": len(documents),
                "open_items": len(items),
                "open_amount": str(-sum(item.amount for item in items)) if items else "0.00",
                "ibans": len(theirs.paid_to - ours.paid_to),
                "rules": len(_rules(connection, other.id)),
            },
            "stays": {"entries": entries or 0, "auxiliary": other.auxiliary},
            "numbers_differ": differ,
        }


def merge(
    house: House, who: Who, kept_id: str, merged_id: str, version: int | None = None
) -> dict[str, Any]:
    """Make `merged_id` an alias of `kept_id`; `version` is the one kept's, as it was seen."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company_id = find(connection, who, kept_id).company_id
        companies.find(connection, who, company_id, lock=True)  # nobody posts meanwhile
        kept, other = _two(connection, who, kept_id, merged_id)
        if version is not None and version != kept.version:
            raise stale(kept)
        merge_id, now = new_id("mrg"), house.now()
        moved = {
            "document": _documents(connection, other.id),
            "supplier": _ids(connection, select(_s.id).where(_s.merged_into_id == other.id)),
            "supplier_iban": _move_ibans(connection, kept, other),
            "posting_rule": _rules(connection, other.id),
        }
        connection.execute(
            update(t.posting_rule)
            .where(t.posting_rule.c.supplier_id == other.id)
            .values(supplier_id=kept.id)
        )
        connection.execute(
            update(t.document).where(_d.supplier_id == other.id).values(supplier_id=kept.id)
        )
        connection.execute(
            update(t.supplier)
            .where(or_(_s.id == other.id, _s.merged_into_id == other.id))
            .values(merged_into_id=kept.id, version=_s.version + 1)
        )
        connection.execute(
            update(t.supplier).where(_s.id == kept.id).values(version=kept.version + 1)
        )
        connection.execute(
            insert(t.supplier_merge).values(
                id=merge_id,
                organisation_id=kept.organisation_id,
                company_id=kept.company_id,
                kept_id=kept.id,
                merged_id=other.id,
                moved=moved,
                made_by=who.id,
                created_at=now,
            )
        )
        _tell(house, connection, who, kept, other, "supplier.merged", len(moved["document"]))
        return view(connection, who, kept.id)


def undo(house: House, who: Who, merged_id: str) -> dict[str, Any]:
    """Take a merge back: what moved and is still there moves back; what came since stays."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        other = find(connection, who, merged_id)
        companies.find(connection, who, other.company_id, lock=True)
        row = connection.execute(
            select(t.supplier_merge)
            .where(_m.merged_id == merged_id, _m.undone_at.is_(None), within(who, t.supplier_merge))
            .order_by(_m.id.desc())
            .limit(1)
        ).one_or_none()
        if row is None or other.merged_into_id is None:
            raise Conflict("This supplier is not merged.", code="nothing_to_undo")
        if other.merged_into_id != row.kept_id:
            raise Conflict(
                "The one it was merged into was itself merged since.",
                code="merged_since",
                advice="Undo that merge first.",
                supplier_id=row.kept_id,
            )
        kept = find(connection, who, row.kept_id, lock=True)
        back = connection.execute(
            update(t.document)
            .where(_d.id.in_(row.moved["document"]), _d.supplier_id == kept.id)
            .values(supplier_id=other.id)
        ).rowcount
        connection.execute(
            update(t.posting_rule)
            .where(
                t.posting_rule.c.id.in_(row.moved["posting_rule"]),
                t.posting_rule.c.supplier_id == kept.id,
            )
            .values(supplier_id=other.id)
        )
        connection.execute(
            update(t.supplier_iban)
            .where(_i.id.in_(row.moved["supplier_iban"]), _i.supplier_id == kept.id)
            .values(supplier_id=other.id)
        )
        connection.execute(
            update(t.supplier)
            .where(_s.id.in_(row.moved["supplier"]), _s.merged_into_id == kept.id)
            .values(merged_into_id=other.id)
        )
        connection.execute(
            update(t.supplier)
            .where(_s.id == other.id)
            .values(merged_into_id=None, version=other.version + 1)
        )
        connection.execute(
            update(t.supplier_merge)
            .where(_m.id == row.id)
            .values(undone_by=who.id, undone_at=house.now())
        )
        _tell(house, connection, who, kept, other, "supplier.separated", back)
        return view(connection, who, other.id)


def _two(
    connection: Connection, who: Who, kept_id: str, merged_id: str
) -> tuple[Row[Any], Row[Any]]:
    """Two different suppliers of one company, neither an alias already."""
    kept, other = find(connection, who, kept_id), find(connection, who, merged_id)
    if kept.id == other.id or kept.company_id != other.company_id:
        raise Invalid(
            "Two different suppliers of one company are merged.",
            code="not_to_merge",
            fields=["supplier_id"],
        )
    for row in (kept, other):
        if row.merged_into_id is not None:
            raise merged(row)
        if row.auxiliary == SUNDRY:
            raise Invalid(
                "Sundry suppliers stand for many and are merged with nobody.",
                code="sundry_not_merged",
            )
    return kept, other


def _move_ibans(connection: Connection, kept: Row[Any], other: Row[Any]) -> list[str]:
    """Accounts of the one move to the other, save what both have: there the one kept's stands,
    and its own stays with the alias.
    """
    accounts = ibans_of(connection, kept.company_id)
    there = {row.iban for row in accounts.get(kept.id, ())}
    moved = [row.id for row in accounts.get(other.id, ()) if row.iban not in there]
    connection.execute(update(t.supplier_iban).where(_i.id.in_(moved)).values(supplier_id=kept.id))
    return moved


def _documents(connection: Connection, supplier_id: str) -> list[str]:
    return _ids(connection, select(_d.id).where(_d.supplier_id == supplier_id))


def _rules(connection: Connection, supplier_id: str) -> list[str]:
    """The posting rules that people wrote for a supplier."""
    rule = t.posting_rule.c
    return _ids(connection, select(rule.id).where(rule.supplier_id == supplier_id))


def _ids(connection: Connection, query: Any) -> list[str]:
    return list(connection.scalars(query))


def _pair(connection: Connection, twins: Twins) -> dict[str, Any]:
    return {
        "suppliers": [one_json(connection, twins.first.id), one_json(connection, twins.second.id)],
        "alike": list(twins.alike),
    }


def _tell(
    house: House,
    connection: Connection,
    who: Who,
    kept: Row[Any],
    other: Row[Any],
    type_: str,
    documents: int,
) -> None:
    record_event(
        connection,
        house.now(),
        organisation_id=kept.organisation_id,
        company_id=kept.company_id,
        type_=type_,
        subject=kept.id,
        who=who,
        data={
            "supplier_id": kept.id,
            "auxiliary": kept.auxiliary,
            "merged_id": other.id,
            "merged_auxiliary": other.auxiliary,
            "documents": documents,
        },
    )
