"""From a movement to its entry in the journal of its bank account.

In this order: what a person wrote, an own account on the other side, what it pays, a rule, what
its label means, and else suspense. A purchase without its invoice is never guessed: it waits in
suspense until the document comes. Which match is sure enough is decided by the caller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from domain.bank_meanings import Meaning, Side, side_of
from domain.journal import LABEL_LENGTH, REFERENCE_LENGTH, Entry, Line, plain_text
from domain.money import ZERO
from domain.posting import Books
from domain.reconciliation import Match
from domain.statements import Movement
from domain.words import folded

Source = Literal["person", "match", "internal", "rule", "meaning", "suspense"]
_NAMELESS = "Mouvement bancaire"


@dataclass(frozen=True, slots=True)
class Part:
    """What of a movement goes to an account; the sign is the movement's: negative is debited."""

    account: str
    amount: Decimal
    auxiliary: str | None = None
    label: str = ""
    vat_code: str | None = None


@dataclass(frozen=True, slots=True)
class BankRule:
    """Movements on a side (both when "") whose label has these words belong to this account."""

    id: str
    words: str
    account: str
    side: Side = ""
    auxiliary: str | None = None

    def fits(self, movement: Movement) -> bool:
        words = folded(self.words)
        said = folded(f"{movement.counterparty} {movement.label}")
        return bool(words.strip()) and words in said and self.side in ("", side_of(movement))


@dataclass(frozen=True, slots=True)
class Treatment:
    """Where a movement goes, and by what: a match or rule, or the `meaning` of its label, which is
    told as well when it has no account (a loan's instalment waits for its schedule).
    """

    parts: tuple[Part, ...]
    source: Source
    meaning: str = ""
    rule_id: str = ""

    @property
    def total(self) -> Decimal:
        return sum((part.amount for part in self.parts), ZERO)


def rule_for(movement: Movement, rules: Iterable[BankRule]) -> BankRule | None:
    """The rule that speaks of a movement: the one that says most."""
    fitting = [rule for rule in rules if rule.fits(movement)]
    return max(fitting, key=lambda rule: (len(folded(rule.words)), rule.id), default=None)


def treatment_of(
    movement: Movement,
    books: Books,
    *,
    match: Match | None = None,
    rules: Iterable[BankRule] = (),
    own_ibans: Collection[str] = (),
    parts: Sequence[Part] = (),
) -> Treatment:
    """Where a movement goes. `parts` are a person's, beside a match or alone; what match and parts
    leave goes to suspense, to rounding where it is no more than that, and to exchange differences
    where the document is in another currency.
    """
    banking = books.country.banking
    meaning = banking.meaning_of(movement)
    said = meaning.code if meaning else ""
    if match is not None or parts:
        known = [*_paid(match, books), *_released(match, books), *parts]
        left = movement.amount - sum((part.amount for part in known), ZERO)
        if left:
            known.append(Part(_for_rest(left, books, match), left))
        return Treatment(tuple(known), "person" if parts else "match", said)
    if movement.counterparty_iban and movement.counterparty_iban in own_ibans:
        return Treatment((Part(banking.transfers, movement.amount),), "internal", "internal")
    rule = rule_for(movement, rules)
    if rule is not None:
        part = Part(rule.account, movement.amount, rule.auxiliary)
        return Treatment((part,), "rule", said, rule.id)
    return _by_meaning(movement, meaning, banking.suspense)


def entry_of(
    movement: Movement, treatment: Treatment, books: Books, *, account: str, reference: str
) -> Entry:
    """The entry of a movement. `books.journal` and `account` are those of its bank account,
    `reference` names its statement and place there; Unbalanced when the parts do not make it up.
    """
    label = plain_text(movement.label or movement.counterparty, LABEL_LENGTH) or _NAMELESS
    lines = [_line(account, -movement.amount, None, label)]
    lines += [
        _line(
            part.account,
            part.amount,
            part.auxiliary,
            plain_text(part.label, 120) or label,
            part.vat_code,
        )
        for part in treatment.parts
    ]
    return Entry(
        journal=books.journal,
        entry_date=books.open_day(movement.day),
        piece_date=movement.day,
        piece_reference=plain_text(reference, REFERENCE_LENGTH) or books.journal,
        label=label,
        currency=books.currency,
        lines=tuple(lines),
    )


def _line(
    account: str, amount: Decimal, auxiliary: str | None, label: str, vat_code: str | None = None
) -> Line:
    """What goes out is debited where it goes, and credited at the bank."""
    debit, credit = (-amount, ZERO) if amount < 0 else (ZERO, amount)
    return Line(account, debit, credit, label, auxiliary, vat_code)


def _paid(match: Match | None, books: Books) -> list[Part]:
    if match is None:
        return []
    return [
        Part(
            paid.item.account or _control_account(paid.item.amount, books),
            paid.amount,
            paid.item.auxiliary,
            f"{paid.item.party} {paid.item.number}",
        )
        for paid in match.allocations
    ]


def _released(match: Match | None, books: Books) -> list[Part]:
    """The VAT that waited for what is paid: ours to deduct or to pay from now on, in the same
    entry, so that reversing the payment makes it wait again.
    """
    sums: dict[tuple[str, bool], Decimal] = defaultdict(lambda: ZERO)
    for paid in match.allocations if match else ():
        for key, vat in paid.released:
            sums[key, paid.item.is_sale] += vat
    parts = []
    for (key, is_sale), vat in sums.items():
        due, waiting = books.country.vat_once_paid(key, is_sale=is_sale)
        if vat and waiting:
            parts += [
                Part(due, -vat, vat_code=key or None),
                Part(waiting, vat, vat_code=key or None),
            ]
    return parts


def _control_account(amount: Decimal, books: Books) -> str:
    """Where an item is open when it does not say: we owe what is negative."""
    return books.country.payable if amount < 0 else books.country.banking.receivable


def _for_rest(left: Decimal, books: Books, match: Match | None) -> str:
    country = books.country
    if match is not None and _settles_another_currency(match):
        return country.exchange_loss if left < 0 else country.exchange_gain
    if match is not None and abs(left) <= country.rounding_limit:
        return country.rounding_loss if left < 0 else country.rounding_gain
    return country.banking.suspense


def _settles_another_currency(match: Match) -> bool:
    """Whether a movement pays all of one document that is in another currency: what it paid more
    or less is the market's doing.
    """
    allocations = match.allocations
    return (
        len(allocations) == 1
        and allocations[0].item.in_other_currency
        and allocations[0].amount == allocations[0].item.amount
    )


def _by_meaning(movement: Movement, meaning: Meaning | None, suspense: str) -> Treatment:
    said = meaning.code if meaning else ""
    if meaning is not None and meaning.account:
        return Treatment((Part(meaning.account, movement.amount),), "meaning", said)
    return Treatment((Part(suspense, movement.amount),), "suspense", said)
