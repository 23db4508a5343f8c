"""Contracts, and what they let us invoice: fees by period, hours, prepaid blocks.

A contract says when something falls due; what was done (hours, goods, expenses) are records. What
falls due by itself, a fee or hours beyond a block, becomes a record as well, once for each period,
so that there is one list of what is to be invoiced. Which of it goes into a batch is left to
`domain.billing`.
"""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import StrEnum

from domain.money import ZERO, cents
from domain.sales import Nature

LASTS_YEARS = 3
"""How long a contract runs when nobody said."""
ALERTS = (80, 95)
"""Percent of a block at which somebody is told."""
MOST_PERIODS = 1_200


class ContractKind(StrEnum):
    """How a contract is charged; the value is what the database keeps."""

    HOURLY = "hourly"
    BLOCK_HOURS = "block_hours"  # hours paid in advance, more at another rate
    BLOCK_MONEY = "block_money"  # an amount paid in advance, used up by hours
    RETAINER = "retainer"  # a flat fee: quantity times price
    DEVICE = "device"  # monitoring, by device
    PROJECT_HOURLY = "project_hourly"
    PROJECT_FEE = "project_fee"  # once
    BACKUP = "backup"


class Every(StrEnum):
    """How often a contract is invoiced."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ON_DEMAND = "on_demand"  # whenever something is finished


_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.YEAR: 12}
_FEES = frozenset(
    {
        ContractKind.BLOCK_HOURS,
        ContractKind.BLOCK_MONEY,
        ContractKind.RETAINER,
        ContractKind.DEVICE,
        ContractKind.PROJECT_FEE,
        ContractKind.BACKUP,
    }
)
BLOCKS = frozenset({ContractKind.BLOCK_HOURS, ContractKind.BLOCK_MONEY})
"""Paid in advance; hours use them up instead of being invoiced."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What was agreed with a customer."""

    id: str
    customer_id: str
    name: str
    kind: ContractKind
    start: date
    end: date
    every: Every = Every.MONTH
    price: Decimal = ZERO
    """Of an hour, of a device, of a fee, or of the whole block; without VAT."""
    quantity: Decimal = Decimal(1)
    """Devices, or how many fees; hours of a block."""
    overage_price: Decimal = ZERO
    """Of an hour beyond a block."""
    rolls_over: bool = False
    """Whether what is left of a block adds to the next."""
    in_advance: bool = False
    """Whether a fee is due when its period begins, and not when it ends."""
    taxable: bool = True
    vat_rate: Decimal = Decimal(20)
    nature: Nature = Nature.SERVICES
    active: bool = True

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a contract ends after it begins")
        if min(self.price, self.overage_price) < 0 or self.quantity <= 0:
            raise ValueError("prices are not negative, and a quantity is more than nothing")
        if self.kind is ContractKind.PROJECT_FEE and self.every is not Every.ON_DEMAND:
            raise ValueError("a fee for a project is due once")
        if self.kind in BLOCKS and self.every is Every.ON_DEMAND:
            raise ValueError("a block belongs to a period")

    @property
    def rate(self) -> Decimal:
        """The VAT on what it lets us invoice, in percent."""
        return self.vat_rate if self.taxable else ZERO


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are invoiced together, both included."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a contract makes due by itself."""

    period: Period
    what: str
    """`fee` or `overage`."""
    quantity: Decimal
    unit_price: Decimal

    @property
    def key(self) -> str:
        """Names it within its contract, so that it is invoiced once."""
        return f"{self.what} {self.period.start.isoformat()}"


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a block was used: hours, or money for a block of money."""

    period: Period
    available: Decimal
    used: Decimal

    @property
    def left(self) -> Decimal:
        return max(ZERO, self.available - self.used)

    @property
    def over(self) -> Decimal:
        return max(ZERO, self.used - self.available)

    @property
    def alert(self) -> int | None:
        """The highest of `ALERTS` that was reached."""
        reached = [a for a in ALERTS if self.used * 100 >= self.available * a]
        return max(reached, default=None)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours on a day of the customer's calendar, and what they are worth."""

    day: date
    hours: Decimal
    price: Decimal

    @property
    def worth(self) -> Decimal:
        return cents(self.hours * self.price)


def usual_end(start: date) -> date:
    """The last day of a contract that nobody gave an end."""
    try:
        same = start.replace(year=start.year + LASTS_YEARS)
    except ValueError:  # 29 February
        same = start.replace(year=start.year + LASTS_YEARS, day=28)
    return same - timedelta(days=1)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The day on which something happened, where the books are kept (AT-10)."""
    if moment.tzinfo is None:
        raise ValueError("a moment has a time zone")
    return moment.astimezone(zone).date()


def period_of(contract: Contract, day: date) -> Period:
    """The period of a contract that `day` is in; all of the contract when it is on demand."""
    if contract.every is Every.ON_DEMAND:
        return Period(contract.start, contract.end)
    step = _MONTHS[contract.every]
    months = (day.year - contract.start.year) * 12 + day.month - contract.start.month
    number = months // step
    while _begins(contract, number) > day:
        number -= 1
    while _begins(contract, number + 1) <= day:
        number += 1
    return _period(contract, number)


def periods(contract: Contract, until: date) -> Iterator[Period]:
    """The periods of a contract that begin on or before `until`, the first one first."""
    if contract.every is Every.ON_DEMAND:
        if contract.start <= until:
            yield Period(contract.start, contract.end)
        return
    for number in range(MOST_PERIODS):
        begins = _begins(contract, number)
        if begins > min(until, contract.end):
            return
        yield _period(contract, number)


def _begins(contract: Contract, number: int) -> date:
    """Counted from the day it began; a month without that day begins on its last one."""
    month = contract.start.month - 1 + number * _MONTHS[contract.every]
    year, month = contract.start.year + month // 12, month % 12 + 1
    return date(year, month, min(contract.start.day, calendar.monthrange(year, month)[1]))


def _period(contract: Contract, number: int) -> Period:
    last = _begins(contract, number + 1) - timedelta(days=1)
    return Period(_begins(contract, number), min(last, contract.end))


def is_ready(contract: Contract, day: date, finished: bool, today: date) -> str | None:
    """None when work of a day may be invoiced, else why it waits (AT-1)."""
    if not finished:
        return "ticket_open"
    if contract.every is Every.ON_DEMAND:
        return None
    return None if period_of(contract, day).end < today else "period_open"


def usages(contract: Contract, done: Sequence[Hours], until: date) -> Iterator[Usage]:
    """How much of each block was used, in the order of the periods (AT-11)."""
    carried = ZERO
    money = contract.kind is ContractKind.BLOCK_MONEY
    for period in periods(contract, until):
        within = [one for one in done if one.day in period]
        used = sum((one.worth if money else one.hours for one in within), ZERO)
        usage = Usage(period, (contract.price if money else contract.quantity) + carried, used)
        yield usage
        carried = usage.left if contract.rolls_over else ZERO


def falls_due(
    contract: Contract, done: Sequence[Hours], known: Collection[str], today: date
) -> tuple[Due, ...]:
    """Fees and hours beyond a block that are to be invoiced by `today` and are not `known`."""
    if not contract.active or contract.kind not in _FEES:
        return ()
    return tuple(due for due in _all_due(contract, done, today) if due.key not in known)


def _all_due(contract: Contract, done: Sequence[Hours], today: date) -> Iterable[Due]:
    block = contract.kind in BLOCKS
    for period in periods(contract, today):
        # A block is paid before it is used.
        once = contract.kind is ContractKind.PROJECT_FEE
        if block or contract.in_advance or once or period.end < today:
            yield Due(period, "fee", Decimal(1) if block else contract.quantity, contract.price)
    if not block:
        return
    for usage in usages(contract, done, today):
        if usage.over and usage.period.end < today:
            if contract.kind is ContractKind.BLOCK_MONEY:
                yield Due(usage.period, "overage", Decimal(1), usage.over)
            else:
                yield Due(usage.period, "overage", usage.over, contract.overage_price)
