"""The form of a bank statement: what somebody typed, and what became of it meanwhile.

The form carries what it showed. Where somebody else saved in between, what was not typed here gives
way to theirs, what was typed stays, and rows that both changed are marked: nothing is overwritten
unseen, and nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from service.pages.typed import decimal_of

HEAD = ("iban", "bank", "currency", "start", "end", "opening", "closing", "bank_account_id")
CELLS = ("day", "value_day", "label", "amount")
_INPUTS = ("id", "day", "value_day", "label", "out", "in")
CHANGED = "changed_meanwhile"

Row = dict[str, Any]


def shown(view: Mapping[str, Any]) -> str:
    """What a form shows of a statement, for the form to carry."""
    rows = [{name: row[name] for name in ("id", *CELLS)} for row in view["rows"]]
    return msgspec.json.encode({"head": {n: view[n] for n in HEAD}, "rows": rows}).decode()


def typed(data: Mapping[str, str]) -> tuple[dict[str, Any], list[Row]]:
    """The head and the rows of the form, in the order in which they stand there."""
    head: dict[str, Any] = {
        name: data[f"head.{name}"].strip() or None for name in HEAD if f"head.{name}" in data
    }
    for name in ("opening", "closing"):
        if head.get(name):
            head[name] = decimal_of(head[name])
    found: dict[str, dict[str, str]] = {}
    for key, value in data.items():
        kind, _, rest = key.partition(".")
        number, _, name = rest.partition(".")
        if kind == "row" and name in _INPUTS:
            found.setdefault(number, {})[name] = value.strip()
    return head, [
        {
            "id": row.get("id") or None,
            "day": row.get("day"),
            "value_day": row.get("value_day") or None,
            "label": row.get("label", ""),
            "amount": _amount(row),
        }
        for row in found.values()
        if row.get("id") or row.get("label") or row.get("in") or row.get("out")
    ]


@dataclass(frozen=True, slots=True)
class Merged:
    """What to show after a refusal: `head` and `rows`, and what of the head somebody else set to
    another value than was typed here (by name). Rows that somebody else changed or added bear
    `CHANGED` among their `doubts`, and `theirs`: the row as it is now.
    """

    head: dict[str, Any]
    rows: list[Row]
    theirs: dict[str, Any]


def merged(data: Mapping[str, str], now: Mapping[str, Any]) -> Merged:
    """What was typed, over what is there `now` (a statement as operations give it)."""
    was_head, was_rows = _was(data)
    typed_head, typed_rows = typed(data)
    mine = {n: v for n, v in typed_head.items() if not _same(v, was_head.get(n, now[n]))}
    theirs = {
        n: now[n]
        for n, v in mine.items()
        if not _same(now[n], was_head.get(n, now[n])) and not _same(now[n], v)
    }
    there = {row["id"]: row for row in now["rows"]}
    was = {row["id"]: row for row in was_rows} or there
    rows: list[Row] = []
    for row in typed_rows:
        current, before = there.get(row["id"]), was.get(row["id"])
        if row["id"] is None:
            rows.append(row)
        elif current is not None:
            rows.append(_row(row, before or current, current))
        elif before is not None and _differs(row, before):
            rows.append(row | {"id": None, "doubts": [CHANGED]})  # taken out, but typed in here
    kept = {row["id"] for row in rows}
    after = None
    for id_, row in there.items():
        # What was taken out here comes back if somebody else had changed it meanwhile.
        if id_ not in kept and (id_ not in was or _differs(row, was[id_])):
            ids = [each["id"] for each in rows]
            place = ids.index(after) + 1 if after in ids else 0
            rows.insert(place, _marked(row, row))
        elif id_ not in kept:
            continue
        after = id_
    return Merged({name: now[name] for name in HEAD} | mine, rows, theirs)


def decisions(data: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was chosen for each movement: documents it pays, an account, suspense."""
    found: list[dict[str, Any]] = []
    for key, chosen in data.items():
        kind, _, movement_id = key.partition(".")
        how, _, rest = chosen.partition(" ")
        if kind != "decide" or not how or how == "left":
            continue
        decision: dict[str, Any] = {"movement_id": movement_id}
        if how == "match":
            pairs = (one.partition(":") for one in rest.split(","))
            decision["matches"] = [{"document_id": d, "amount": a} for d, _, a in pairs]
        elif how == "account":
            account = data.get(f"account.{movement_id}", "").split(" ")[0]
            amount = data.get(f"amount.{movement_id}", "")
            decision["lines"] = [{"account": account, "amount": amount}]
        found.append(decision)
    return found


def _was(data: Mapping[str, str]) -> tuple[dict[str, Any], Sequence[Row]]:
    """What the form showed when it was filled in; nothing where it does not say so rightly."""
    try:
        carried = msgspec.json.decode(data.get("shown", ""), type=dict[str, Any])
        rows = msgspec.convert(carried["rows"], list[dict[str, str | None]])
        return msgspec.convert(carried["head"], dict[str, str | None]), rows
    except (msgspec.MsgspecError, KeyError):
        return {}, ()


def _row(mine: Row, before: Row, now: Row) -> Row:
    """A row with the cells that were typed, and the others as they are now."""
    cells = {n: now[n] if _same(mine[n], before.get(n)) else mine[n] for n in CELLS}
    return _marked(now | cells, now) if _differs(now, before) else now | cells


def _marked(row: Row, theirs: Row) -> Row:
    return row | {"doubts": [*row.get("doubts", ()), CHANGED], "theirs": theirs}


def _differs(one: Row, other: Row) -> bool:
    return any(not _same(one.get(name), other.get(name)) for name in CELLS)


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a cell say the same; an amount may be written with fewer zeros."""
    first, second = ("" if v is None else str(v) for v in (one, other))
    if first == second:
        return True
    try:
        return Decimal(first) == Decimal(second)
    except InvalidOperation:
        return False


def _amount(row: Mapping[str, str]) -> str:
    """What came in, or what went out below zero; what is typed in both is no amount."""
    came, went = decimal_of(row.get("in", "")), decimal_of(row.get("out", ""))
    if came and went:
        return f"{came} {went}"
    if not went:
        return came or "0"
    return went[1:] if went.startswith("-") else f"-{went}"
