"""From a purchase and chosen accounts to a journal entry, or to the problems that keep it from one.

Pure: the same purchase, choices and books always propose the same lines. What is proposed may be
incomplete (an account is missing, the totals differ); only `Proposal.entry` is an entry, and it
exists only when the lines balance. Who may override which problem is said here too; asking and
remembering the reason is left to the operation.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from domain.countries import Country
from domain.journal import REFERENCE_LENGTH, Entry, Line, plain_text
from domain.money import CENT, ZERO
from domain.problems import Problem
from domain.purchases import Part, Purchase, by_severity, divided
from domain.vat import Mode, Shares, VatTreatment, shares

PURCHASES = "AC"
"""The purchase journal, unless the company calls it otherwise."""

NOT_TO_OVERRIDE = frozenset(
    {
        "account_missing",
        "amount_unreadable",
        "foreign_currency",
        "gross_total_missing",
        "issue_date_missing",
        "nothing_to_post",
        "totals_differ",
        "treatment_unknown",
    }
)
"""Blocking problems that leave no entry to post, whatever the reason; a person may write the lines."""


_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a part is posted to: an account, None while nobody knows, and a VAT treatment. Several
    for one part say with `net` how much of it each is for.
    """

    account: str | None
    treatment: str
    net: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """How a company keeps its purchase journal."""

    country: Country
    currency: str
    journal: str = PURCHASES
    coefficient: Decimal = Decimal(1)
    """Its own right to deduct VAT, 0 to 1."""
    locked_until: date | None = None

    def open_day(self, wanted: date) -> date:
        """The day an entry of `wanted` counts: that day, or the first open one after a lock."""
        if self.locked_until is not None and wanted <= self.locked_until:
            return self.locked_until + timedelta(days=1)
        return wanted


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line as proposed; `part` says which part of the purchase it is for."""

    account: str | None
    debit: Decimal
    credit: Decimal
    label: str
    auxiliary: str | None = None
    vat_code: str | None = None
    parts: tuple[int, ...] = ()


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
                    line.account, line.debit, line.credit, line.label, line.auxiliary, line.vat_code
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
    accepted: Decimal | None = None,
) -> Proposal:
    """The lines of `purchase` with the accounts of `choices` (by part), and what stands against it.

    One debit per account, one line per VAT account, treatment and rate, one credit of the printed
    total per third-party account; all sides swapped for a credit note. A residual that rounding
    explains goes to the rounding account, and so does exactly the difference that a person has
    `accepted`; another leaves the lines unbalanced, and says so.
    """
    problems = list(purchase.problems)
    label = plain_text(label or f"{purchase.supplier_name} {purchase.number}", 120)
    label = label or "Sans référence"
    portions = _portions(purchase.parts, choices, books, problems)
    lines = _Lines(books.country, label, auxiliary, credit_note=purchase.is_credit)
    for portion in portions:
        lines.add(portion)
    if purchase.gross is not None and portions:
        _close(purchase.gross, portions, books.country.rounding_limit, accepted, lines, problems)
    piece_date = purchase.issue_date
    _look_at_dates(purchase, books, today, problems)
    if purchase.currency and purchase.currency != books.currency:
        problems.append(
            Problem(
                "foreign_currency",
                "The document is in another currency than the books.",
                "blocking",
                "currency",
                {"currency": purchase.currency[:3], "books": books.currency},
            )
        )
    return Proposal(
        journal=books.journal,
        entry_date=books.open_day(piece_date) if piece_date else None,
        piece_date=piece_date,
        piece_reference=plain_text(purchase.number, REFERENCE_LENGTH) or "SANS NUMERO",
        label=label,
        currency=books.currency,
        lines=lines.proposed(),
        problems=by_severity(problems),
    )


@dataclass(frozen=True, slots=True)
class _Portion:
    """The parts that share an account, a treatment and a rate, and where their amounts go."""

    account: str | None
    treatment: VatTreatment
    rate: Decimal | None
    parts: tuple[Part, ...]
    shares: Shares


def _portions(
    parts: Sequence[Part],
    choices: Mapping[int, Sequence[Choice]],
    books: Books,
    problems: list[Problem],
) -> list[_Portion]:
    groups: dict[tuple[str | None, str, Decimal | None], list[Part]] = {}
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
        groups.setdefault((choice.account, choice.treatment, part.rate), []).append(part)
    found = []
    for (account, key, rate), members in groups.items():
        treatment = books.country.treatments[key]
        net = sum((p.net for p in members), ZERO)
        vat = sum((p.vat for p in members), ZERO)
        if vat and treatment.mode in (Mode.NONE, Mode.SELF_ASSESSED, Mode.CUSTOMS):
            problems.append(
                Problem(
                    "vat_not_expected",
                    "The document shows VAT that its treatment does not allow.",
                    "blocking",
                    f"part.{members[0].index}",
                    {"treatment": key, "vat": str(vat)},
                )
            )
        if rate and treatment.mode is Mode.DEDUCTED and vat:
            _look_at_rate(net, vat, rate, members, problems)
        found.append(
            _Portion(
                account,
                treatment,
                rate,
                tuple(members),
                shares(treatment, net, vat, coefficient=books.coefficient),
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


class _Lines:
    """The lines under construction, in the order of a journal: costs, VAT, rounding, supplier."""

    def __init__(self, country: Country, label: str, auxiliary: str, *, credit_note: bool) -> None:
        self._country = country
        self._label = label
        self._auxiliary = auxiliary
        self._credit_note = credit_note
        self._costs: dict[str | tuple[int, ...], list[_Portion]] = {}
        self._input: dict[tuple[str, str, Decimal | None], Decimal] = {}
        self._due: dict[tuple[str, str], Decimal] = {}
        self._payable: dict[str, Decimal] = {}
        self._rounding = ZERO

    def add(self, portion: _Portion) -> None:
        country, account = self._country, portion.account
        # Parts nobody knows an account for stay lines of their own.
        key = account or tuple(p.index for p in portion.parts)
        self._costs.setdefault(key, []).append(portion)
        amounts, vat_key = portion.shares, portion.treatment.key
        if amounts.input_vat:
            vat_account = country.input_vat_for(account or "6")
            if self._credit_note and portion.treatment.mode is Mode.DEDUCTED:
                vat_account = country.credit_note_vat or vat_account
            _add(self._input, (vat_account, vat_key, portion.rate), amounts.input_vat)
        if amounts.due_vat:
            _add(self._due, (portion.treatment.due_account, vat_key), amounts.due_vat)
        _add(self._payable, country.payable_for(account or "6"), amounts.payable)

    def owe(self, amount: Decimal) -> None:
        """Credit the supplier `amount` more (or less): what the paper says against its parts."""
        main = max(self._payable, key=lambda account: abs(self._payable[account]))
        self._payable[main] += amount

    def round_off(self, amount: Decimal) -> None:
        self._rounding += amount

    def proposed(self) -> tuple[ProposedLine, ...]:
        sign = -1 if self._credit_note else 1
        lines: list[ProposedLine | None] = []
        for key, portions in self._costs.items():
            amount = sum((p.shares.cost for p in portions), ZERO)
            heaviest = max(portions, key=lambda p: abs(p.shares.cost))
            lines.append(
                self._line(
                    key if isinstance(key, str) else None,
                    sign * amount,
                    label=self._described(portions),
                    vat_code=heaviest.treatment.key,
                    parts=tuple(p.index for portion in portions for p in portion.parts),
                )
            )
        lines += [
            self._line(account, sign * amount, vat_code=key)
            for (account, key, _), amount in self._input.items()
        ]
        rounding = sign * self._rounding
        loss = rounding > 0
        country = self._country
        lines.append(self._line(country.rounding_loss if loss else country.rounding_gain, rounding))
        lines += [
            self._line(account, -sign * amount, auxiliary=self._auxiliary)
            for account, amount in self._payable.items()
        ]
        lines += [
            self._line(account, -sign * amount, vat_code=key)
            for (account, key), amount in self._due.items()
        ]
        return tuple(line for line in lines if line is not None)

    def _line(
        self,
        account: str | None,
        amount: Decimal,
        *,
        label: str | None = None,
        auxiliary: str | None = None,
        vat_code: str | None = None,
        parts: tuple[int, ...] = (),
    ) -> ProposedLine | None:
        if amount == 0:
            return None
        debit, credit = (amount, ZERO) if amount > 0 else (ZERO, -amount)
        return ProposedLine(
            account, debit, credit, label or self._label, auxiliary, vat_code, parts
        )

    def _described(self, portions: Sequence[_Portion]) -> str:
        """The label with what was bought, so that the journal can be read without the paper."""
        words = " · ".join(
            dict.fromkeys(p.description for portion in portions for p in portion.parts)
        )
        return plain_text(f"{self._label} – {words}" if words.strip() else self._label, 160)


def _close(
    gross: Decimal,
    portions: Sequence[_Portion],
    limit: Decimal,
    accepted: Decimal | None,
    lines: _Lines,
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


def _add(sums: dict[_Key, Decimal], key: _Key, amount: Decimal) -> None:
    sums[key] = sums.get(key, ZERO) + amount
