"""A bank statement that was read twice: what each row is, when the two readings differ.

Sums decide: of the rows that were read differently, those few that make the statement close are
taken from the other reading. Where nothing closes it, or several ways would, the better reading
stands and each row that was read otherwise keeps what the other reading had, so that a person looks
there first.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.findings import Finding, Reading, Transaction
from domain.money import ZERO

MOST_AT_ONCE = 3
"""More rows than this are never changed together: so many ways would close anything."""
MOST_CHANGES = 24
_BALANCES = ("opening_balance", "closing_balance")
_OPEN = ("statement_does_not_close", "balance_missing", "no_transactions")


@dataclass(frozen=True, slots=True)
class _Change:
    """Another reading of one row or balance, and by how much it brings the statement nearer."""

    row: int | None
    """In the reading that stands; None for a row that only the other one has, or a balance."""
    other: Transaction | None
    """None: the other reading has no such row."""
    balance: str
    by: Decimal


def of_both(better: Reading, other: Reading) -> Reading:
    """`better`, with what `other` puts right; `Transaction.read_as` where they still differ."""
    if is_proved(better):
        return better
    off = _missing(better)
    changes = _changes(better, other)
    chosen = _only_way(changes, off) if off is not None else None
    if chosen is not None:
        return _closed(better, other, chosen)
    rows = list(better.transactions)
    for change in changes:
        if change.row is not None:
            said = change.other.amount if change.other else "0.00"
            rows[change.row] = replace(rows[change.row], read_as=said)
    return replace(better, transactions=tuple(rows))


def is_proved(reading: Reading) -> bool:
    closing = reading.fields.get("closing_balance")
    return closing is not None and closing.state == "proved"


def _missing(reading: Reading) -> Decimal | None:
    opening, closing = (_amount(reading.fields.get(name)) for name in _BALANCES)
    if opening is None or closing is None or not reading.transactions:
        return None
    moved = sum((Decimal(row.amount) for row in reading.transactions), ZERO)
    return closing - opening - moved


def _amount(found: Finding | None) -> Decimal | None:
    return Decimal(found.value) if found else None


def _changes(better: Reading, other: Reading) -> list[_Change]:
    changes: list[_Change] = []
    pairs = _pairs(better.transactions, other.transactions)
    for row, at in pairs:
        mine = better.transactions[row] if row is not None else None
        theirs = other.transactions[at] if at is not None else None
        before, after = (Decimal(one.amount) if one else ZERO for one in (mine, theirs))
        if before != after:
            changes.append(_Change(row, theirs, "", after - before))
    for name, sign in (("opening_balance", 1), ("closing_balance", -1)):
        here, there = (_amount(reading.fields.get(name)) for reading in (better, other))
        if here is not None and there is not None and here != there:
            changes.append(_Change(None, None, name, sign * (there - here)))
    return changes


def _pairs(
    mine: Sequence[Transaction], theirs: Sequence[Transaction]
) -> list[tuple[int | None, int | None]]:
    """The rows of both readings side by side, by where they stand on the paper."""
    left = list(range(len(theirs)))
    pairs: list[tuple[int | None, int | None]] = []
    for row, one in enumerate(mine):
        at = next((n for n in left if _same_place(one, theirs[n])), None)
        if at is not None:
            left.remove(at)
        pairs.append((row, at))
    return [*pairs, *((None, n) for n in left)]


def _same_place(one: Transaction, other: Transaction) -> bool:
    if one.box is None or other.box is None or one.page != other.page:
        return False
    shared = min(one.box.y1, other.box.y1) - max(one.box.y0, other.box.y0)
    return shared > 0.5 * min(one.box.y1 - one.box.y0, other.box.y1 - other.box.y0)


def _only_way(changes: Sequence[_Change], off: Decimal) -> tuple[_Change, ...] | None:
    """The fewest changes that make up for `off`, unless several do."""
    if len(changes) > MOST_CHANGES:
        return None
    for size in range(1, MOST_AT_ONCE + 1):
        ways = [
            way
            for way in itertools.combinations(changes, size)
            if sum((change.by for change in way), ZERO) == off
        ]
        if ways:
            return ways[0] if len(ways) == 1 else None
    return None


def _closed(better: Reading, other: Reading, chosen: Sequence[_Change]) -> Reading:
    fields = dict(better.fields)
    rows: list[Transaction | None] = list(better.transactions)
    added: list[Transaction] = []
    for change in chosen:
        if change.balance:
            fields[change.balance] = other.fields[change.balance]
        elif change.row is None and change.other is not None:
            added.append(change.other)
        elif change.row is not None:
            rows[change.row] = change.other
    for name in _BALANCES:
        fields[name] = replace(fields[name], state="proved", confidence=0.98)
    kept = [row for row in rows if row is not None]
    for row in added:
        kept.insert(_place_of(row, kept), row)
    problems = tuple(p for p in better.problems if p.code not in _OPEN)
    return replace(better, fields=fields, transactions=tuple(kept), problems=problems)


def _place_of(row: Transaction, rows: Sequence[Transaction]) -> int:
    """Where a row belongs among `rows`, which stand as on the paper."""

    def where(one: Transaction) -> tuple[int, float]:
        return one.page or 0, one.box.y0 if one.box else 0.0

    return next((n for n, other in enumerate(rows) if where(other) > where(row)), len(rows))
