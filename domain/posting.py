"""From a purchase and chosen accounts to a journal entry, or to the problems that keep it from one.

Pure: the same purchase, choices and books always propose the same lines. What is proposed may be
incomplete (an account is missing, the totals differ); only `Proposal.entry` is an entry, and it
exists only when the lines balance. Who may override which problem is said here too; asking and
remembering the reason is left to the operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import cast

from domain.countries import Country, PaidBy
from domain.entry_lines import Lines, Portion, ProposedLine
from domain.journal import REFERENCE_LENGTH, Entry, Line, plain_text
from domain.money import CENT, ZERO
from domain.problems import Problem
from domain.purchases import Part, Purchase, by_severity, divided
from domain.vat import Mode, shares

PURCHASES = "AC"
"""The purchase journal, unless the company calls it otherwise."""

NOT_TO_OVERRIDE = frozenset(
    {
        "account_missing",
        "amount_unreadable",
        "analytic_unknown",
        "foreign_currency",
        "gross_total_missing",
        "issue_date_missing",
        "nothing_to_post",
        "totals_differ",
        "treatment_unknown",
    }
)
"""Blocking problems that leave no entry to post, whatever the reason; a person may write the lines."""


_NEVER_PRINTED = frozenset({Mode.NONE, Mode.SELF_ASSESSED, Mode.CUSTOMS, Mode.TAX})
"""A supplier who charges VAT with one of these has another treatment, or should not have."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a part is posted to: an account, None while nobody knows, and a VAT treatment. Several
    for one part say with `net` how much of it each is for.
    """

    account: str | None
    treatment: str
    net: Decimal | None = None
    analytic: str | None = None
    """Its analytic code: "" for none; None leaves it to what is suggested for the account."""


@dataclass(frozen=True, slots=True)
class Books:
    """How a company keeps its purchase journal."""

    country: Country
    currency: str
    journal: str = PURCHASES
    coefficient: Decimal = Decimal(1)
    """Its own right to deduct VAT, 0 to 1."""
    locked_until: date | None = None
    vat_on_payment: bool = False
    """Whether the VAT on services waits for their payment; else it is deducted at the invoice."""

    def open_day(self, wanted: date) -> date:
        """The day an entry of `wanted` counts: that day, or the first open one after a lock."""
        if self.locked_until is not None and wanted <= self.locked_until:
            return self.locked_until + timedelta(days=1)
        return wanted


@dataclass(frozen=True, slots=True)
class Proposal:
    journal: str
    entry_date: date | None
    piece_date: date | None
    piece_reference: str
    label: str
    currency: str
    lines: tuple[ProposedLine, ...]
    problems: tuple[Problem, ...]

    @property
    def debit(self) -> Decimal:
        return sum((line.debit for line in self.lines), ZERO)

    @property
    def credit(self) -> Decimal:
        return sum((line.credit for line in self.lines), ZERO)

    @property
    def blocking(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "blocking")

    def entry(self) -> Entry:
        """The entry; ValueError while an account or a date is missing or the sides differ."""
        lines = []
        for line in self.lines:
            if line.account is None:
                raise ValueError("a line has no account")
            lines.append(
                Line(
                    line.account,
                    line.debit,
                    line.credit,
                    line.label,
                    line.auxiliary,
                    line.vat_code,
                    line.foreign_amount,
                    line.foreign_currency,
                    line.analytic,
                )
            )
        return self.entry_of(lines)

    def entry_of(self, lines: Sequence[Line], entry_date: date | None = None) -> Entry:
        """The entry of this document with other lines; ValueError when it cannot be."""
        day = entry_date or self.entry_date
        if day is None or self.piece_date is None:
            raise ValueError("the document has no date")
        return Entry(
            journal=self.journal,
            entry_date=day,
            piece_date=self.piece_date,
            piece_reference=self.piece_reference,
            label=self.label,
            currency=self.currency,
            lines=tuple(lines),
        )


def propose(
    purchase: Purchase,
    choices: Mapping[int, Sequence[Choice]],
    books: Books,
    *,
    auxiliary: str,
    today: date,
    label: str = "",
    journal: str = "",
    accepted: Decimal | None = None,
) -> Proposal:
    """The lines of `purchase` with the accounts of `choices` (by part), and what stands against it.

    One debit per account and analytic code, one line per VAT account, treatment and rate, one credit of the printed
    total per third-party account; all sides swapped for a credit note. A residual that rounding
    explains goes to the rounding account, and so does exactly the difference that a person has
    `accepted`; another leaves the lines unbalanced, and says so. What somebody paid at once is
    credited to them instead of the supplier, in the journal that is for that.
    """
    problems = list(purchase.problems)
    label = plain_text(label or f"{purchase.supplier_name} {purchase.number}", 120)
    label = label or "Sans référence"
    portions = _portions(purchase.parts, choices, books, problems)
    paid_from = books.country.paid_from.get(_paid_by(purchase))
    lines = Lines(
        books.country,
        label,
        auxiliary,
        credit_note=purchase.is_credit,
        vat_waits=_vat_waits(purchase, books),
    )
    for portion in portions:
        lines.add(portion)
    if purchase.owed is not None and portions:
        _close(purchase.owed, portions, books.country.rounding_limit, accepted, lines, problems)
    proposed = lines.proposed(paid_from[0] if paid_from else None, purchase.foreign)
    if portions and len(proposed) < 2:
        problems.append(
            Problem("nothing_to_post", "Nothing is left to post of the document.", "blocking")
        )
    piece_date = purchase.issue_date
    _look_at_dates(purchase, books, today, problems)
    if purchase.currency and purchase.currency != books.currency:
        problems.append(
            Problem(
                "foreign_currency",
                "The document is in another currency than the books, and no rate is given.",
                "blocking",
                "currency",
                {
                    "currency": purchase.currency[:3],
                    "books": books.currency,
                    "quoted": _quoted(purchase.currency[:3], books),
                },
            )
        )
    return Proposal(
        journal=journal or (paid_from[1] if paid_from else books.journal),
        entry_date=books.open_day(piece_date) if piece_date else None,
        piece_date=piece_date,
        piece_reference=plain_text(purchase.number, REFERENCE_LENGTH) or "SANS NUMERO",
        label=label,
        currency=books.currency,
        lines=proposed,
        problems=by_severity(problems),
    )


def _quoted(currency: str, books: Books) -> str:
    """How a rate is said here, to be completed."""
    ours = books.currency
    one, other = (currency, ours) if books.country.quotes_books else (ours, currency)
    return f"1 {one} = … {other}"


def _vat_waits(purchase: Purchase, books: Books) -> bool:
    """Whether the VAT on its services is deducted when it is paid; what was paid at once is."""
    if purchase.paid_by:
        return False
    said = purchase.vat_due_on
    return said == "payment" or (books.vat_on_payment and said != "invoice")


def _paid_by(purchase: Purchase) -> PaidBy:
    """Who paid; "" is in no country's table."""
    return cast(PaidBy, purchase.paid_by)


def _portions(
    parts: Sequence[Part],
    choices: Mapping[int, Sequence[Choice]],
    books: Books,
    problems: list[Problem],
) -> list[Portion]:
    groups: dict[tuple[str | None, str, Decimal | None, str | None], list[Part]] = {}
    for part, wanted in _chosen(parts, choices):
        choice = wanted
        if choice is None or choice.treatment not in books.country.treatments:
            if choice is not None:
                problems.append(
                    Problem(
                        "treatment_unknown",
                        "The VAT treatment does not exist in this country.",
                        "blocking",
                        f"part.{part.index}",
                        {"treatment": choice.treatment[:40]},
                    )
                )
            plain = books.country.vat_keys.by_rate.get(part.rate or Decimal(0))
            choice = Choice(
                choice.account if choice else None, plain or books.country.vat_keys.exempt
            )
        analytic = (wanted.analytic or None) if wanted and wanted.account else None
        if choice.account is None:
            problems.append(
                Problem(
                    "account_missing",
                    "No account is chosen for a part of the document.",
                    "blocking",
                    f"part.{part.index}",
                    {"description": part.description[:80], "net": str(part.net)},
                )
            )
        key = (choice.account, choice.treatment, part.rate, analytic)
        groups.setdefault(key, []).append(part)
    found = []
    for (account, named, rate, analytic), members in groups.items():
        treatment = books.country.treatments[named]
        net = sum((p.net for p in members), ZERO)
        vat = sum((p.vat for p in members), ZERO)
        if vat and treatment.mode in _NEVER_PRINTED:
            problems.append(
                Problem(
                    "vat_not_expected",
                    "The document shows VAT that its treatment does not allow.",
                    "blocking",
                    f"part.{members[0].index}",
                    {"treatment": named, "vat": str(vat)},
                )
            )
        if rate and treatment.mode is Mode.DEDUCTED and vat:
            _look_at_rate(net, vat, rate, members, problems)
        found.append(
            Portion(
                account,
                treatment,
                rate,
                tuple(members),
                shares(treatment, net, vat, coefficient=books.coefficient),
                analytic,
            )
        )
    return found


def _chosen(
    parts: Sequence[Part], choices: Mapping[int, Sequence[Choice]]
) -> Iterator[tuple[Part, Choice | None]]:
    """Each part with its choice; a part with several is divided among them."""
    for part in parts:
        of_part = choices.get(part.index, ())
        if len(of_part) > 1:
            nets = [choice.net if choice.net is not None else ZERO for choice in of_part]
            yield from zip(divided(part, nets), of_part, strict=True)
        else:
            yield part, next(iter(of_part), None)


def _look_at_rate(
    net: Decimal, vat: Decimal, rate: Decimal, members: Sequence[Part], problems: list[Problem]
) -> None:
    """The printed VAT is what we deduct; computing it again only tells whether it was read well."""
    allowed = min(max(2 * CENT, CENT * len(members)), 10 * CENT)
    # A rate that we derived ourselves has one decimal: it may be off by half of that.
    allowed += abs(net) * Decimal("0.0005") if members[0].kind == "total" else ZERO
    if abs(vat - net * rate / 100) > allowed:
        problems.append(
            Problem(
                "vat_differs",
                "The VAT is not the rate times the base.",
                "blocking",
                "vat_total",
                {"base": str(net), "rate": str(rate), "vat": str(vat)},
            )
        )


def _close(
    gross: Decimal,
    portions: Sequence[Portion],
    limit: Decimal,
    accepted: Decimal | None,
    lines: Lines,
    problems: list[Problem],
) -> None:
    """Credit the supplier what the paper says, and account for the difference."""
    residual = gross - sum((p.shares.payable for p in portions), ZERO)
    if residual == 0:
        return
    lines.owe(residual)
    rates = len({p.rate for p in portions})
    if residual == accepted:
        lines.round_off(residual)
        problems.append(
            Problem(
                "difference_accepted",
                "The total differs from its parts, and somebody accepted that.",
                "info",
                "gross_total",
                {"difference": str(residual)},
            )
        )
        return
    if abs(residual) <= limit * rates:
        lines.round_off(residual)
        problems.append(
            Problem(
                "rounded",
                "The total differs from its parts by a rounding.",
                "info",
                "gross_total",
                {"difference": str(residual)},
            )
        )
        return
    problems.append(
        Problem(
            "totals_differ",
            "The total is not the sum of its parts and their VAT.",
            "blocking",
            "gross_total",
            {"gross": str(gross), "difference": str(residual)},
        )
    )


def _look_at_dates(purchase: Purchase, books: Books, today: date, problems: list[Problem]) -> None:
    day = purchase.issue_date
    if day is None:
        return
    if day > today + timedelta(days=1):
        problems.append(
            Problem(
                "date_in_future",
                "The document is dated in the future.",
                "blocking",
                "issue_date",
                {"date": day.isoformat()},
            )
        )
    elif day.year < today.year - 1:
        problems.append(
            Problem(
                "date_long_ago",
                "The document is older than last year.",
                "warning",
                "issue_date",
                {"date": day.isoformat()},
            )
        )
    if books.open_day(day) != day:
        problems.append(
            Problem(
                "period_locked",
                "The period of the document is locked: the entry counts on the first open day.",
                "info",
                "issue_date",
                {"entry_date": books.open_day(day).isoformat()},
            )
        )
