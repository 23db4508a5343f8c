"""The return of VAT of a period: what the books say of it, box by box, and the entries it makes.

A return empties the accounts of VAT into what is to be paid, or into a credit that is carried on.
Before that come the taxes that no invoice carries: on imports where they are declared here, and
what waited for a payment. Pure; which period, and that it happens once, is left to the operation.
"""

from __future__ import annotations

import csv
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Literal

from domain.errors import Invalid
from domain.money import ZERO, cents

BoxKind = Literal["base", "due", "deducted"]


@dataclass(frozen=True, slots=True)
class Box:
    code: str
    kind: BoxKind
    label_fr: str
    label_en: str


@dataclass(frozen=True, slots=True)
class NetRate:
    """A company that owes a flat share of its turnover instead of VAT less input VAT."""

    account: str
    turnover: tuple[str, ...]
    """Prefixes of the accounts whose credit is turnover, VAT included."""


@dataclass(frozen=True, slots=True)
class VatForm:
    """A country's return: its accounts and boxes."""

    due: tuple[str, ...]
    """Prefixes of accounts where the VAT gathers that we owe."""
    deducted: tuple[tuple[str, str], ...]
    """(prefix, box) of accounts where the VAT gathers that we get back."""
    payable: str
    credit: str
    """Where a credit is carried on; the same account as `payable` where one current account does."""
    collected: str
    """The VAT of sales once it is due."""
    boxes: Mapping[str, Box] = field(default_factory=dict)
    unit: Decimal = Decimal("0.01")
    """What is declared is rounded to it; the rest is rounding."""
    import_due: str = ""
    """Where the VAT of imports is owed that is declared here; empty where customs levy it."""
    import_deducted: str = ""
    import_pct: Decimal = ZERO
    net_rate: NetRate | None = None

    def is_due(self, account: str) -> bool:
        return account.startswith(self.due)

    def deducted_box(self, account: str) -> str | None:
        """The box of an account of input VAT; None for other accounts."""
        return next((box for prefix, box in self.deducted if account.startswith(prefix)), None)

    def is_vat(self, account: str) -> bool:
        return self.is_due(account) or self.deducted_box(account) is not None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the books that a return looks at; `signed` is positive for a debit."""

    entry_id: str
    day: date
    account: str
    treatment: str
    signed: Decimal
    label: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount for an account: debited when positive, credited when negative."""

    account: str
    amount: Decimal
    label: str = ""
    treatment: str = ""


@dataclass(slots=True)
class Treated:
    """What was bought or sold with a treatment: `base` as booked, its VAT, and where from."""

    treatment: str
    base: Decimal = ZERO
    due: Decimal = ZERO
    deducted: Decimal = ZERO
    entries: dict[str, Decimal] = field(default_factory=dict)
    """Entry → what it has of all that."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """VAT that waits for a payment; positive for what we shall deduct, negative for what we owe."""

    entry_id: str
    day: date
    label: str
    parts: tuple[tuple[str, Decimal], ...]
    """(treatment, VAT), without a treatment where the entry was written so."""
    about: str = ""
    """The document, or the invoice of ours, that is to be paid."""
    paid_on: date | None = None
    """When a person said that an invoice of ours was paid, other than by the bank."""

    @property
    def amount(self) -> Decimal:
        return sum((vat for _, vat in self.parts), ZERO)


def period_of(start: date, end: date) -> str:
    """What a period is called: 2026-10, 2026-T4, 2026-S2, 2026, or its two days."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    whole = start.day == 1 and _is_last_of_month(end) and start.year == end.year
    named = {1: f"{start.year}-{start.month:02}", 12: f"{start.year}"}
    if start.month % 3 == 1:
        named[3] = f"{start.year}-T{(start.month + 2) // 3}"
    if start.month % 6 == 1:
        named[6] = f"{start.year}-S{(start.month + 5) // 6}"
    if whole and months in named:
        return named[months]
    return f"{start.isoformat()}/{end.isoformat()}"


def period_after(start: date, end: date) -> tuple[date, date]:
    """The period that follows, of as many months."""
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    first = end + timedelta(days=1)
    return first, _first_of_month(first, months) - timedelta(days=1)


def last_whole_period(today: date, months: int) -> tuple[date, date]:
    """The last month, quarter or half of a year that is over."""
    this = date(today.year, (today.month - 1) // months * months + 1, 1)
    return _first_of_month(this, -months), this - timedelta(days=1)


def checked_period(start: date, end: date) -> None:
    if not start <= end or (end - start).days > 366:
        raise Invalid(
            "A period begins before it ends, and is no longer than a year.",
            code="vat_period_invalid",
            fields=["start", "end"],
        )


def by_treatment(
    form: VatForm,
    lines: Iterable[LedgerLine],
    pending: str = "",
    rates: Mapping[str, Decimal] | None = None,
) -> list[Treated]:
    """What the lines of a period say, by treatment.

    `pending` is the account where VAT waits for payments, `rates` those of sales: what is sold
    counts when its VAT is due, so its base leaves with VAT that waits and comes with VAT released.
    """
    seen: dict[tuple[str, str], Treated] = {}
    waits: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        if not line.treatment:
            continue
        key = line.entry_id, line.treatment
        one = seen.setdefault(key, Treated(line.treatment))
        if form.is_due(line.account):
            one.due -= line.signed
        elif form.deducted_box(line.account) is not None:
            one.deducted += line.signed
        elif line.account == pending:
            waits[key] = waits.get(key, ZERO) + line.signed
        else:
            one.base += line.signed
    found: dict[str, Treated] = {}
    for key, one in seen.items():
        rate = (rates or {}).get(one.treatment)
        if rate and waits.get(key):
            all_waits = one.base and not one.due
            one.base = ZERO if all_waits else one.base - cents(waits[key] * 100 / rate)
        if not (one.base or one.due or one.deducted):
            continue
        total = found.setdefault(one.treatment, Treated(one.treatment))
        total.base += one.base
        total.due += one.due
        total.deducted += one.deducted
        total.entries[key[0]] = one.base - one.due + one.deducted
    return sorted(found.values(), key=lambda one: one.treatment)


def in_boxes(
    form: VatForm,
    treated: Iterable[Treated],
    balances: Mapping[str, Decimal],
    boxes_of: Mapping[str, Sequence[str]],
    sales: Container[str] = (),
) -> dict[str, Decimal]:
    """Box → amount. `boxes_of` says which boxes a treatment goes into, `sales` which ones are of
    sales (their base is a credit); deductions go by account.
    """
    sums: dict[str, Decimal] = {}
    for one in treated:
        for code in boxes_of.get(one.treatment, ()):
            box = form.boxes.get(code)
            if box is not None and box.kind != "deducted":
                base = -one.base if one.treatment in sales else one.base
                amount = base if box.kind == "base" else one.due
                sums[code] = sums.get(code, ZERO) + amount
    for account, balance in balances.items():
        code = form.deducted_box(account) or ""
        if code:
            sums[code] = sums.get(code, ZERO) + balance
    return {code: amount for code, amount in sorted(sums.items()) if amount}


def settled(
    form: VatForm, balances: Mapping[str, Decimal], *, loss: str, gain: str
) -> tuple[Posting, ...]:
    """The entry of the return: each account of VAT comes to nought, the difference is owed.

    `balances` are debits less credits. What is declared is rounded account by account, so that a
    difference of rounding goes to `loss` or `gain`. Nothing at all when there is no VAT.
    """
    postings, declared, exact = [], ZERO, ZERO
    for account, balance in sorted(balances.items(), key=lambda item: _order(form, item[0])):
        if balance and form.is_vat(account) and account != form.payable:
            postings.append(Posting(account, -balance))
            exact -= balance
            declared -= _rounded(balance, form.unit)
    if declared:
        # Owed is credited; a credit of ours is carried on as a debit.
        postings.append(Posting(form.payable if declared > 0 else form.credit, -declared))
    rounding = declared - exact
    if rounding:
        postings.append(Posting(loss if rounding > 0 else gain, rounding))
    return _without_nothing(postings)


def on_imports(form: VatForm, base: Decimal, pct: Decimal | None = None) -> tuple[Posting, ...]:
    """The VAT of imports that is declared and deducted here, on a base with its duties."""
    if not form.import_due:
        raise Invalid(
            "VAT on imports is not declared on this country's return: customs levy it.",
            code="imports_not_declared",
        )
    tax = cents(base * (form.import_pct if pct is None else pct) / 100)
    return (Posting(form.import_deducted, tax), Posting(form.import_due, -tax)) if tax else ()


def released(
    form: VatForm, waiting: Iterable[Waiting], *, pending: str, deducted: str
) -> tuple[Posting, ...]:
    """VAT that waited for payments which have been made: due now, or ours to deduct."""
    postings = []
    for one in waiting:
        to = deducted if one.amount > 0 else form.collected
        for treatment, vat in one.parts:
            postings += [
                Posting(to, vat, one.label, treatment),
                Posting(pending, -vat, one.label, treatment),
            ]
    return _without_nothing(postings)


def flat(form: VatForm, turnover: Decimal, pct: Decimal) -> tuple[Posting, ...]:
    """What is owed as a flat share of a turnover with its VAT."""
    if form.net_rate is None:
        raise Invalid("There are no net tax rates in this country.", code="no_net_rate")
    owed = cents(turnover * pct / 100)
    return (Posting(form.net_rate.account, owed), Posting(form.payable, -owed)) if owed else ()


def together(*parts: Sequence[Posting]) -> tuple[Posting, ...]:
    """Postings of several parts as one entry, an amount an account."""
    sums: dict[str, Decimal] = {}
    for posting in (one for part in parts for one in part):
        sums[posting.account] = sums.get(posting.account, ZERO) + posting.amount
    return _without_nothing([Posting(account, amount) for account, amount in sums.items()])


def read_boxes(path: Path) -> Mapping[str, Box]:
    """The boxes of a CSV file with code, kind, label_fr and label_en."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Box(row["code"], _kind(row["kind"]), row["label_fr"], row["label_en"])
            for row in csv.DictReader(file)
        }


def _kind(text: str) -> BoxKind:
    match text:
        case "base" | "due" | "deducted":
            return text
    raise ValueError(f"not a kind of box: {text!r}")


def _order(form: VatForm, account: str) -> tuple[bool, str]:
    """What is owed comes first, as accountants write it."""
    return not form.is_due(account), account


def _rounded(amount: Decimal, unit: Decimal) -> Decimal:
    return cents((amount / unit).quantize(Decimal(1), rounding=ROUND_HALF_UP) * unit)


def _without_nothing(postings: Sequence[Posting]) -> tuple[Posting, ...]:
    return tuple(posting for posting in postings if posting.amount)


def _first_of_month(day: date, by: int) -> date:
    """The first of the month so many months later."""
    number = day.year * 12 + day.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


def _is_last_of_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1
