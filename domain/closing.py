"""What a person writes at the end of a period, worked out: cut-offs, accruals, exchange, depreciation.

Pure: each function gives the lines of an entry that a person looks at, changes and posts by hand;
nothing here is posted by itself. The accounts are data of the country. Most of these entries are
undone on the first day of the next period: `Proposal.is_reversed` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from domain.errors import Invalid
from domain.money import ZERO, cents

By = Literal["months", "days"]


@dataclass(frozen=True, slots=True)
class Depreciation:
    """Assets under a prefix: the account that gathers their depreciation, and its expense."""

    prefix: str
    gathered: str
    expense: str


@dataclass(frozen=True, slots=True)
class PrivateShare:
    """The private use of a company's car, VAT included: a share of its price for each month."""

    owner: str
    cost: str
    vat_due: str
    monthly_pct: Decimal
    least: Decimal
    """For each month."""
    vat_pct: Decimal


@dataclass(frozen=True, slots=True)
class ClosingAccounts:
    """Where a country's charts put what belongs to another period."""

    prepaid: str
    deferred_income: str
    accrued: str
    """Invoices not received."""
    unrealised_loss: str
    unrealised_gain: str = ""
    """Empty where what is not yet gained is not booked."""
    accrued_vat: str = ""
    """Empty where invoices not received are accrued net."""
    depreciation: tuple[Depreciation, ...] = ()
    private_share: PrivateShare | None = None


@dataclass(frozen=True, slots=True)
class ClosingLine:
    """An amount for an account: debited when positive, credited when negative."""

    account: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    lines: tuple[ClosingLine, ...]
    is_reversed: bool = False
    """Whether it is undone on the first day of the next period."""


def prepaid(
    accounts: ClosingAccounts,
    account: str,
    amount: Decimal,
    start: date,
    end: date,
    closing: date,
    by: By = "months",
) -> Proposal:
    """The part of a cost from `start` to `end` that belongs after `closing`."""
    later = share_after(amount, start, end, closing, by)
    return _moved(accounts.prepaid, account, later)


def deferred_income(
    accounts: ClosingAccounts,
    account: str,
    amount: Decimal,
    start: date,
    end: date,
    closing: date,
    by: By = "months",
) -> Proposal:
    """The part of an income from `start` to `end` that belongs after `closing`."""
    later = share_after(amount, start, end, closing, by)
    return _moved(account, accounts.deferred_income, later)


def share_after(amount: Decimal, start: date, end: date, closing: date, by: By) -> Decimal:
    """What of `amount`, spread over `start` to `end` (both included), comes after `closing`.

    By months, a month belongs to where it begins: from the first day of `start`'s month on.
    """
    if end < start:
        raise Invalid("A period ends after it begins.", code="period_backwards", fields=["end"])
    if by == "days":
        whole, later = _days(start, end), _days(max(start, closing + timedelta(days=1)), end)
    else:
        whole = _months(start, end)
        later = min(whole, max(0, _months(closing + timedelta(days=1), end)))
    if later <= 0:
        raise Invalid("Nothing of it belongs after that day.", code="nothing_after", fields=["end"])
    return cents(amount * later / whole)


def not_received(
    accounts: ClosingAccounts, account: str, net: Decimal, vat: Decimal = ZERO
) -> Proposal:
    """The cost of an invoice that has not come yet."""
    if not accounts.accrued_vat:
        return _moved(account, accounts.accrued, net)
    lines = (
        ClosingLine(account, cents(net)),
        ClosingLine(accounts.accrued_vat, cents(vat)),
        ClosingLine(accounts.accrued, -cents(net) - cents(vat)),
    )
    return Proposal(tuple(line for line in lines if line.amount), is_reversed=True)


def exchange_difference(
    accounts: ClosingAccounts,
    account: str,
    booked: Decimal,
    foreign: Decimal,
    rate: Decimal,
    *,
    in_ours: bool,
) -> Proposal:
    """An open item at the rate of the closing day.

    `booked` and `foreign` are signed as the account has them: what we owe is negative. `rate` is
    one unit of the other currency in ours (`in_ours`), or one of ours in the other.
    """
    if rate <= 0:
        raise Invalid("A rate is more than nought.", code="rate_invalid", fields=["rate"])
    difference = cents(foreign * rate if in_ours else foreign / rate) - booked
    if not difference:
        raise Invalid("The rate changes nothing.", code="no_difference", fields=["rate"])
    other = accounts.unrealised_loss if difference < 0 else accounts.unrealised_gain
    if not other:
        raise Invalid(
            "This would be a gain, and gains not yet made are not booked here.",
            code="unrealised_gain",
            advice="Nothing is posted for this item at the closing.",
        )
    return Proposal(
        (ClosingLine(other, -difference), ClosingLine(account, difference)), is_reversed=True
    )


def straight_line(
    accounts: ClosingAccounts,
    asset: str,
    cost: Decimal,
    in_service: date,
    years: int,
    closing: date,
    previous_closing: date | None = None,
    by: By = "months",
) -> Proposal:
    """The depreciation of an asset for the period up to `closing`.

    By months, from the first full month on; by days, of years of 360 days from the very day. The
    shares of all periods add up to the cost.
    """
    kind = next((d for d in accounts.depreciation if asset.startswith(d.prefix)), None)
    if kind is None:
        raise Invalid(
            "No depreciation is known for this account.",
            code="not_depreciated",
            advice="Write the entry by hand.",
            fields=["account"],
        )
    if not 1 <= years <= 100:
        raise Invalid("A life is 1 to 100 years.", code="years_invalid", fields=["years"])
    before = previous_closing or date(closing.year - 1, closing.month, closing.day)
    charge = depreciated(cost, in_service, years, closing, by) - depreciated(
        cost, in_service, years, before, by
    )
    if charge <= 0:
        raise Invalid("Nothing is left to depreciate.", code="nothing_left", fields=["closing"])
    return Proposal((ClosingLine(kind.expense, charge), ClosingLine(kind.gathered, -charge)))


def depreciated(cost: Decimal, in_service: date, years: int, day: date, by: By) -> Decimal:
    """All that is depreciated of `cost` by the end of `day`."""
    after = day + timedelta(days=1)
    if by == "days":
        passed, life = _days_of_360(in_service, after), years * 360
    else:
        passed, life = _months_between(_first_full_month(in_service), after), years * 12
    return cents(cost * min(max(passed, 0), life) / life)


def private_share(accounts: ClosingAccounts, price: Decimal, months: int) -> Proposal:
    """The private use of a car bought for `price` (without VAT), where the owner owes it."""
    share = accounts.private_share
    if share is None:
        raise Invalid(
            "There is no flat private share of a car in this country.", code="no_private_share"
        )
    if not 1 <= months <= 12:
        raise Invalid("1 to 12 months.", code="months_invalid", fields=["months"])
    gross = cents(max(price * share.monthly_pct / 100, share.least) * months)
    vat = cents(gross * share.vat_pct / (100 + share.vat_pct))
    return Proposal(
        (
            ClosingLine(share.owner, gross),
            ClosingLine(share.cost, vat - gross),
            ClosingLine(share.vat_due, -vat),
        )
    )


def _moved(debited: str, credited: str, amount: Decimal) -> Proposal:
    amount = cents(amount)
    if not amount:
        raise Invalid("There is no amount.", code="amount_missing", fields=["amount"])
    return Proposal(
        (ClosingLine(debited, amount), ClosingLine(credited, -amount)), is_reversed=True
    )


def _days(start: date, end: date) -> int:
    return (end - start).days + 1


def _months(start: date, end: date) -> int:
    """The months from that of `start` to that of `end`, both included."""
    return (end.year - start.year) * 12 + end.month - start.month + 1


def _first_full_month(day: date) -> date:
    if day.day == 1:
        return day
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _months_between(start: date, after: date) -> int:
    """The full months from `start` to the day before `after`."""
    return (after.year - start.year) * 12 + after.month - start.month


def _days_of_360(start: date, after: date) -> int:
    """Days with 30 for each month, as commerce counts years."""
    months = _months_between(start, after)
    return months * 30 + min(after.day, 30) - min(start.day, 30)
