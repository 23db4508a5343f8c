"""Contracts make due what was agreed, once for each period, on the right day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contracts import (
    Contract,
    ContractKind,
    Every,
    Hours,
    Period,
    day_of,
    falls_due,
    is_ready,
    period_of,
    periods,
    usages,
    usual_end,
)

D = Decimal
START = date(2026, 1, 1)
MONTHLY = Contract(
    "con_1", "cus_1", "Maintenance", ContractKind.HOURLY, START, usual_end(START), price=D(80)
)
BLOCK = replace(
    MONTHLY, kind=ContractKind.BLOCK_HOURS, price=D(900), quantity=D(10), overage_price=D(110)
)


def hours(day: date, count: str) -> Hours:
    return Hours(day, D(count), D(100))


def test_a_contract_runs_three_years_unless_somebody_says_otherwise():
    assert usual_end(date(2026, 3, 15)) == date(2029, 3, 14)
    assert usual_end(date(2024, 2, 29)) == date(2027, 2, 27)


def test_a_period_begins_on_the_day_of_the_contract_or_the_last_of_a_shorter_month():
    late = replace(MONTHLY, start=date(2026, 1, 31), end=date(2026, 12, 31))
    assert list(periods(late, date(2026, 4, 1)))[:3] == [
        Period(date(2026, 1, 31), date(2026, 2, 27)),
        Period(date(2026, 2, 28), date(2026, 3, 30)),
        Period(date(2026, 3, 31), date(2026, 4, 29)),
    ]


@given(
    st.dates(date(2020, 1, 1), date(2027, 12, 31)),
    st.integers(0, 1500),
    st.sampled_from([Every.MONTH, Every.QUARTER, Every.YEAR]),
)
def test_every_day_is_in_one_period_and_periods_leave_no_gap(start, after, every):
    contract = replace(MONTHLY, start=start, end=date(2040, 1, 1), every=every)
    day = date.fromordinal(start.toordinal() + after)
    found = list(periods(contract, day))
    assert [p for p in found if day in p] == [period_of(contract, day)] == found[-1:]
    for one, following in pairwise(found):
        assert (following.start - one.end).days == 1


def test_at_1_work_of_an_open_period_waits_and_what_is_on_demand_waits_for_its_ticket():
    day, today = date(2026, 10, 5), date(2026, 10, 15)
    assert is_ready(MONTHLY, day, finished=True, today=today) == "period_open"
    assert is_ready(MONTHLY, day, finished=True, today=date(2026, 11, 1)) is None
    on_demand = replace(MONTHLY, every=Every.ON_DEMAND)
    assert is_ready(on_demand, day, finished=True, today=today) is None
    assert is_ready(on_demand, day, finished=False, today=today) == "ticket_open"


def test_at_10_time_belongs_to_the_day_it_is_where_the_books_are_kept():
    moment = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert day_of(moment, ZoneInfo("Europe/Paris")) == date(2026, 11, 1)
    assert day_of(moment, UTC) == date(2026, 10, 31)
    with pytest.raises(ValueError, match="time zone"):
        day_of(moment.replace(tzinfo=None), UTC)


def test_at_11_a_block_is_due_at_once_and_what_goes_beyond_it_when_its_period_is_over():
    done = [hours(date(2026, 1, day), "6") for day in (5, 20)]
    early = falls_due(BLOCK, done, set(), date(2026, 1, 31))
    assert [(d.what, d.quantity * d.unit_price) for d in early] == [("fee", D(900))]
    late = falls_due(replace(BLOCK, end=date(2026, 1, 31)), done, set(), date(2026, 2, 1))
    assert [(d.what, d.quantity * d.unit_price) for d in late] == [
        ("fee", D(900)),
        ("overage", D(220)),
    ]


def test_at_11_unused_hours_are_lost_unless_they_roll_over():
    done = [hours(date(2026, 1, 5), "4"), hours(date(2026, 2, 5), "12")]
    until = date(2026, 2, 28)
    assert [(u.available, u.over) for u in usages(BLOCK, done, until)] == [(D(10), 0), (D(10), 2)]
    rolling = replace(BLOCK, rolls_over=True)
    assert [(u.available, u.left) for u in usages(rolling, done, until)] == [(10, 6), (16, 4)]


@pytest.mark.parametrize(
    ("used", "alert"), [("7.99", None), ("8", 80), ("9.49", 80), ("9.5", 95), ("12", 95)]
)
def test_at_11_somebody_is_told_at_80_and_95_percent(used, alert):
    (usage,) = usages(BLOCK, [hours(date(2026, 1, 5), used)], date(2026, 1, 6))
    assert usage.alert == alert


def test_at_11_a_block_of_money_is_used_up_by_what_hours_are_worth():
    block = replace(BLOCK, kind=ContractKind.BLOCK_MONEY, price=D(500), end=date(2026, 1, 31))
    done = [hours(date(2026, 1, 5), "3.33"), hours(date(2026, 1, 6), "2.5")]
    found = falls_due(block, done, set(), date(2026, 2, 1))
    assert [(d.what, d.quantity * d.unit_price) for d in found] == [
        ("fee", D(500)),
        ("overage", D(83)),
    ]


def test_a_fee_is_due_when_its_period_ends_or_begins_and_never_twice():
    fee = replace(MONTHLY, kind=ContractKind.RETAINER, price=D(150), quantity=D(2))
    today = date(2026, 3, 10)
    found = falls_due(fee, [], set(), today)
    assert [d.key for d in found] == ["fee 2026-01-01", "fee 2026-02-01"]
    assert falls_due(fee, [], {d.key for d in found}, today) == ()
    assert len(falls_due(replace(fee, in_advance=True), [], set(), today)) == 3
    assert falls_due(replace(fee, active=False), [], set(), today) == ()
    assert falls_due(MONTHLY, [], set(), today) == ()


def test_the_fee_of_a_project_is_due_once():
    fee = replace(MONTHLY, kind=ContractKind.PROJECT_FEE, every=Every.ON_DEMAND, price=D(4000))
    assert [d.key for d in falls_due(fee, [], set(), date(2027, 5, 1))] == ["fee 2026-01-01"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": date(2025, 12, 31)},
        {"price": D(-1)},
        {"quantity": D(0)},
        {"kind": ContractKind.PROJECT_FEE},
        {"kind": ContractKind.BLOCK_HOURS, "every": Every.ON_DEMAND},
    ],
)
def test_a_contract_that_cannot_be_kept_is_not_made(wrong):
    with pytest.raises(ValueError):  # noqa: PT011 - each says its own
        replace(MONTHLY, **wrong)
