"""Billing batches: which records are ready, what a choice of them comes to, which drafts it makes.

Pure: the page recalculates with the same function that generates. Amounts are rounded for each
record and then added, so that no grouping of lines changes a total; VAT is computed on each
invoice as `domain.sales` does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from domain.contracts import Contract
from domain.drafts import NewDraft, totals_of
from domain.money import ZERO, cents
from domain.sales import Nature, SalesLine


class Readiness(StrEnum):
    """Whether a contract can be chosen (AT-1)."""

    LOCKED = "locked"  # nothing of it is ready
    PARTIAL = "partial"
    SELECTABLE = "selectable"


class Level(StrEnum):
    """What one line of an invoice stands for (AT-7)."""

    CONTRACT = "contract"
    TICKET = "ticket"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that may be invoiced: a record, seen with its contract."""

    id: str
    customer_id: str
    contract_id: str
    """Empty: of no contract."""
    kind: str
    """`time`, `ticket`, `product`, `expense`, `fee` or `overage`."""
    text: str
    day: date
    quantity: Decimal
    unit_price: Decimal
    unit: str = ""
    discount_percent: Decimal = ZERO
    ticket: str = ""
    vat_rate: Decimal = ZERO
    treatment: str = ""
    nature: Nature = Nature.SERVICES
    account: str = ""
    waits_for: str = ""
    """Why it is locked, `ticket_open` or `period_open`; empty when it is ready."""

    @property
    def net(self) -> Decimal:
        return cents(self.quantity * self.unit_price * (100 - self.discount_percent) / 100)


@dataclass(frozen=True, slots=True)
class Panel:
    """What a choice comes to (AT-4)."""

    invoices: int
    unbilled_tickets: int
    hours: Decimal
    billable: Decimal
    tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.billable + self.tax


@dataclass(frozen=True, slots=True)
class Row:
    """One contract on the page of a batch (AT-3)."""

    customer_id: str
    contract_id: str
    readiness: Readiness
    items: tuple[Item, ...]
    balance: Decimal
    selected: Decimal
    ticked: bool | None
    """All of what is ready, nothing, or, as None, some of it."""


def readiness(items: Collection[Item]) -> Readiness:
    ready = sum(not item.waits_for for item in items)
    if ready == 0:
        return Readiness.LOCKED
    return Readiness.SELECTABLE if ready == len(items) else Readiness.PARTIAL


def preselected(items: Iterable[Item]) -> frozenset[str]:
    """All that is due, now and long since (AT-2)."""
    return frozenset(item.id for item in items if not item.waits_for)


def rows(items: Iterable[Item], chosen: Collection[str]) -> tuple[Row, ...]:
    """One row a contract, in the order in which their first items stand."""
    of: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        of[item.customer_id, item.contract_id].append(item)
    made = []
    for (customer_id, contract_id), theirs in of.items():
        ready = [item for item in theirs if not item.waits_for]
        taken = [item for item in ready if item.id in chosen]
        made.append(
            Row(
                customer_id,
                contract_id,
                readiness(theirs),
                tuple(theirs),
                sum((item.net for item in theirs), ZERO),
                sum((item.net for item in taken), ZERO),
                None if 0 < len(taken) < len(ready) else bool(taken),
            )
        )
    return tuple(made)


def panel(
    items: Sequence[Item],
    chosen: Collection[str],
    contracts: Mapping[str, Contract],
    *,
    one_per_customer: bool,
) -> Panel:
    """The figures of a choice; `items` are all that are shown (AT-4, AT-5, AT-6)."""
    taken = _taken(items, chosen)
    invoices = _invoices(taken, one_per_customer)
    tickets = {item.ticket for item in items if item.ticket and item.id not in chosen}
    sums = [totals_of(_lines(group, contracts, Level.RECORD)) for group in invoices]
    return Panel(
        len(invoices),
        len(tickets),
        sum((item.quantity for item in taken if item.kind == "time"), ZERO),
        sum((one.net for one in sums), ZERO),
        sum((one.vat for one in sums), ZERO),
    )


def drafts(
    items: Sequence[Item],
    chosen: Collection[str],
    contracts: Mapping[str, Contract],
    *,
    one_per_customer: bool,
    level: Level,
    name: str = "",
    issued_on: date | None = None,
    born_from: str | None = None,
) -> tuple[tuple[NewDraft, tuple[str, ...]], ...]:
    """The drafts of a choice, each with the ids of the records it is made of (AT-6, AT-7)."""
    made = []
    for group in _invoices(_taken(items, chosen), one_per_customer):
        found = {item.contract_id for item in group}
        only = contracts.get(next(iter(found))) if len(found) == 1 else None
        draft = NewDraft(
            customer_id=group[0].customer_id,
            lines=tuple(_lines(group, contracts, level)),
            name=name,
            title=only.name if only else "",
            issued_on=issued_on,
            born_from=born_from,
        )
        made.append((draft, tuple(item.id for item in group)))
    return tuple(made)


def _taken(items: Iterable[Item], chosen: Collection[str]) -> list[Item]:
    return [item for item in items if item.id in chosen and not item.waits_for]


def _invoices(taken: Iterable[Item], one_per_customer: bool) -> list[list[Item]]:
    of: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in taken:
        of[item.customer_id, "" if one_per_customer else item.contract_id].append(item)
    return list(of.values())


def _lines(
    group: Iterable[Item], contracts: Mapping[str, Contract], level: Level
) -> list[SalesLine]:
    """The lines of one invoice. Fees, goods and expenses stand for themselves at every level."""
    of: dict[tuple[object, ...], list[Item]] = defaultdict(list)
    for item in group:
        how = (item.contract_id, item.vat_rate, item.treatment, item.nature, item.account)
        if item.kind not in ("time", "ticket") or level is Level.RECORD:
            of[*how, item.id].append(item)
        else:
            of[*how, item.ticket if level is Level.TICKET else None].append(item)
    return [_line(together, contracts, level) for together in of.values()]


def _line(items: Sequence[Item], contracts: Mapping[str, Contract], level: Level) -> SalesLine:
    first = items[0]
    contract = contracts.get(first.contract_id)
    above = [contract.name if contract else "", first.ticket if level is not Level.CONTRACT else ""]
    single = len(items) == 1 and (level is Level.RECORD or first.kind not in ("time", "ticket"))
    said = [part for part in (*above, first.text if single else "") if part] or [first.text]
    quantity = sum((item.quantity for item in items), ZERO)
    net = sum((item.net for item in items), ZERO)
    prices = {(item.unit_price, item.discount_percent) for item in items}
    # Rounded one by one, hours may come to a cent more or less than all of them at once.
    exact = len(prices) == 1 and replace(first, quantity=quantity).net == net
    return SalesLine(
        text=" – ".join(dict.fromkeys(said)),
        quantity=quantity if exact else Decimal(1 if net >= 0 else -1),
        unit_price=first.unit_price if exact else abs(net),
        unit=first.unit if exact else "",
        discount_percent=first.discount_percent if exact else ZERO,
        vat_rate=first.vat_rate,
        treatment=first.treatment,
        nature=first.nature,
        account=first.account,
        served_on=max(item.day for item in items),
        record_ids=tuple(item.id for item in items),
    )
