"""What there is to invoice: records that are open, and what contracts make due by itself.

Looking writes nothing: what is due is an item like a record, and becomes one when a batch takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from domain import billing
from domain.billing import Item, Level
from domain.contracts import BLOCKS, Contract, ContractKind, Due, falls_due, is_ready
from domain.money import ZERO
from domain.people import Who
from domain.sales import Nature
from service.operations import contracts, records
from storage import tables as t
from storage.visibility import within

_c, _r = t.contract.c, t.sales_record.c
_DUE = "due:"
"""How the id of what is due and not written yet begins: `due:contract:key`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is shown of what there is, and which of it is taken."""

    company_id: str | None = None
    customer_id: str = ""
    kind: str = ""
    """Of contract; `none` for what has no contract."""
    taxable: bool | None = None
    until: date | None = None
    """Nothing that happened later."""
    at_least: Decimal | None = None
    """The balance of a contract."""
    left_out: tuple[str, ...] = ()
    chosen: tuple[str, ...] | None = None
    """None: all that is ready."""
    one_per_customer: bool = False
    level: Level = Level.RECORD

    def taken(self, items: Iterable[Item]) -> frozenset[str]:
        ready = billing.preselected(items)
        return (ready if self.chosen is None else ready & set(self.chosen)) - set(self.left_out)


@dataclass(frozen=True, slots=True)
class Offer:
    items: tuple[Item, ...]
    contracts: Mapping[str, Contract]
    names: Mapping[str, str]
    """Customer → name."""
    dues: Mapping[str, tuple[Contract, Due]]


def offer(
    connection: Connection, who: Who, company: Row[Any], wanted: Wanted, today: date
) -> Offer:
    known = {
        row.id: contracts.value_of(row)
        for row in connection.execute(
            select(t.contract).where(_c.company_id == company.id, within(who, t.contract))
        )
    }
    blocks = [one.id for one in known.values() if one.kind in BLOCKS]
    hours = contracts.hours_of(connection, blocks)
    there: dict[str, set[str]] = {}
    items: list[Item] = []
    for row in connection.execute(
        select(t.sales_record)
        .where(_r.company_id == company.id, within(who, t.sales_record))
        .order_by(_r.customer_id, _r.contract_id, _r.served_on, _r.id)
    ):
        if row.due_key:
            there.setdefault(row.contract_id, set()).add(row.due_key)
        contract = known.get(row.contract_id)
        if row.state != records.OPEN or row.deleted_at is not None:
            continue
        if contract and contract.kind in BLOCKS and row.kind == "time":
            continue  # it uses the block up
        items.append(_item(row, contract, today))
    dues: dict[str, tuple[Contract, Due]] = {}
    for contract in known.values():
        for due in falls_due(
            contract, hours.get(contract.id, ()), there.get(contract.id, ()), today
        ):
            item = _due_item(contract, due)
            dues[item.id] = (contract, due)
            items.append(item)
    shown = _filtered(items, known, wanted)
    names = {
        row.id: row.name
        for row in connection.execute(
            select(t.customer.c.id, t.customer.c.name).where(
                t.customer.c.company_id == company.id, within(who, t.customer)
            )
        )
    }
    shown.sort(key=lambda i: (names[i.customer_id].lower(), i.customer_id, i.contract_id, i.day))
    return Offer(tuple(shown), known, names, dues)


def _item(row: Row[Any], contract: Contract | None, today: date) -> Item:
    day = row.served_on or row.created_at.date()
    waits = "" if row.finished else "ticket_open"
    if contract and row.kind in ("time", "ticket"):
        waits = is_ready(contract, day, row.finished, today) or ""
    return Item(
        id=row.id,
        customer_id=row.customer_id,
        contract_id=row.contract_id or "",
        kind=row.kind,
        text=row.text,
        day=day,
        quantity=row.quantity,
        unit_price=row.unit_price,
        unit=row.unit,
        discount_percent=row.discount_percent,
        ticket=row.ticket,
        vat_rate=row.vat_rate,
        treatment=row.treatment,
        nature=Nature(row.nature),
        account=row.account,
        waits_for=waits,
    )


def _due_item(contract: Contract, due: Due) -> Item:
    period = due.period
    once = contract.kind is ContractKind.PROJECT_FEE
    ahead = due.what == "fee" and (contract.in_advance or once or contract.kind in BLOCKS)
    return Item(
        id=f"{_DUE}{contract.id}:{due.key}",
        customer_id=contract.customer_id,
        contract_id=contract.id,
        kind=due.what,
        text="" if once else f"{period.start:%d/%m/%Y} – {period.end:%d/%m/%Y}",
        day=period.start if ahead else period.end,
        quantity=due.quantity,
        unit_price=due.unit_price,
        unit="h" if due.what == "overage" else "",
        vat_rate=contract.rate,
        nature=contract.nature,
    )


def _filtered(items: Iterable[Item], known: Mapping[str, Contract], wanted: Wanted) -> list[Item]:
    def fits(item: Item) -> bool:
        contract = known.get(item.contract_id)
        return (
            (not wanted.customer_id or item.customer_id == wanted.customer_id)
            and (not wanted.kind or wanted.kind == (contract.kind.value if contract else "none"))
            and (wanted.taxable is None or wanted.taxable == bool(item.vat_rate))
            and (wanted.until is None or item.day <= wanted.until)
        )

    found = [item for item in items if fits(item)]
    if wanted.at_least is None:
        return found
    sums: dict[tuple[str, str], Decimal] = {}
    for item in found:
        key = (item.customer_id, item.contract_id)
        sums[key] = sums.get(key, ZERO) + item.net
    return [i for i in found if sums[i.customer_id, i.contract_id] >= wanted.at_least]
