"""What a person decided of movements, taken from words to values: documents paid, accounts, suspense.

Everything that cannot be is refused here, before anything is written; `movements` posts the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.bank_posting import Part
from domain.errors import Conflict, Invalid, NotFound
from domain.money import ZERO, parse_amount
from domain.reconciliation import Allocation, Match, OpenItem
from storage import tables as t

MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided of a movement; with neither it goes to suspense."""

    match: Match | None
    parts: tuple[Part, ...]


def decided(
    connection: Connection,
    statement: Row[Any],
    rows: Sequence[Row[Any]],
    decisions: Sequence[Mapping[str, Any]],
    items: Sequence[OpenItem],
) -> dict[str, Decision]:
    """A person's decisions by movement; Refused for what cannot be."""
    open_rows = {row.id: row for row in rows}
    left = {item.id: item for item in items}
    found: dict[str, Decision] = {}
    for decision in decisions:
        movement_id = str(decision.get("movement_id", ""))
        row = open_rows.get(movement_id)
        if row is None:
            raise _not_open(connection, statement, movement_id)
        if movement_id in found:
            raise Invalid("A movement was decided twice.", code="movement_twice")
        parts = _parts(decision.get("lines") or ())
        allocations = _allocations(row, decision.get("matches") or (), left, parts)
        match = Match(tuple(allocations), "high", ()) if allocations else None
        rest = row.amount - sum((p.amount for p in parts), ZERO)
        rest -= match.total if match else ZERO
        if rest and (rest > 0) != (row.amount > 0):
            raise Invalid(
                "More was decided than the movement has.",
                code="movement_exceeded",
                advice="Lower an amount, or say where the difference goes.",
                movement_id=movement_id,
                difference=str(rest),
            )
        found[movement_id] = Decision(match, tuple(parts))
    _must_know_auxiliaries(connection, statement.company_id, found.values())
    return found


def _allocations(
    row: Row[Any],
    wanted: Sequence[Mapping[str, Any]],
    left: dict[str, OpenItem],
    parts: Sequence[Part],
) -> list[Allocation]:
    allocations: list[Allocation] = []
    rest = row.amount - sum((part.amount for part in parts), ZERO)
    for one in wanted:
        document_id = str(one.get("document_id") or one.get("invoice_id") or "")
        item = left.get(document_id)
        if item is None or not item.amount:
            raise Invalid(
                "Nothing is open of this document.",
                code="nothing_open",
                advice="Post the document first, or look at what paid it.",
                document_id=document_id,
            )
        if one.get("amount") is not None:
            amount = _amount(one["amount"])
        elif item.amount * rest > 0 and abs(rest) < abs(item.amount):
            amount = rest
        else:
            amount = item.amount
        if amount * item.amount <= 0 or abs(amount) > abs(item.amount):
            raise Invalid(
                "A document is paid with its own sign, and with no more than is open.",
                code="match_exceeds",
                document_id=document_id,
                open=str(item.amount),
            )
        allocations.append(Allocation(item, amount))
        left[document_id] = item.less(allocations[-1])
        rest -= amount
    if len({a.item.id for a in allocations}) != len(allocations):
        raise Invalid("A document was named twice.", code="document_twice")
    return allocations


def _parts(lines: Sequence[Mapping[str, Any]]) -> list[Part]:
    if len(lines) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES} lines.", code="too_many_lines", fields=["lines"])
    parts = []
    for line in lines:
        amount = _amount(line.get("amount"))
        if not amount:
            raise Invalid("A line has an amount.", code="line_amount", fields=["lines"])
        account = str(line.get("account") or "").strip().upper()
        auxiliary = str(line.get("auxiliary") or "").strip().upper() or None
        parts.append(Part(account, amount, auxiliary, str(line.get("label") or "")[:300]))
    return parts


def _amount(value: Any) -> Decimal:
    try:
        return parse_amount(str(value))
    except ValueError:
        raise Invalid(
            "Amounts are written like -1234.50.", code="line_amount", fields=["amount"]
        ) from None


def _must_know_auxiliaries(
    connection: Connection, company_id: str, decisions: Iterable[Decision]
) -> None:
    named = {part.auxiliary for d in decisions for part in d.parts if part.auxiliary}
    known = {
        code
        for table in (t.supplier, t.customer)
        for code in connection.scalars(
            select(table.c.auxiliary).where(
                table.c.company_id == company_id, table.c.auxiliary.in_(named)
            )
        )
    }
    strange = named - known
    if strange:
        raise Invalid(
            f"No such supplier or customer: {', '.join(sorted(strange))}.",
            code="auxiliary_unknown",
            advice="GET /api/v1/suppliers and /api/v1/customers list them; add the one that is missing.",
        )


def _not_open(connection: Connection, statement: Row[Any], movement_id: str) -> Exception:
    c = t.movement.c
    row = connection.execute(
        select(t.movement).where(c.id == movement_id, c.statement_id == statement.id)
    ).one_or_none()
    if row is None:
        return NotFound("There is no such movement on this statement.")
    if row.status == "skipped":
        return Conflict(
            "This movement came with another statement already.",
            code="movement_skipped",
            advice="Post the one of the other statement.",
        )
    return Conflict(
        "This movement is posted already.",
        code="movement_posted",
        advice="Reverse its entry first if it is wrong.",
        entry_id=row.entry_id,
    )
