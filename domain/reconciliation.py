"""Which invoices a movement pays: proposals with a confidence and the reasons, as values.

A proposal never pays more than the movement has, nor an invoice more than is open on it. Searches
over several invoices are bounded. Accepting one is left to people and to the operation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from domain.duplicates import plain_number
from domain.identifiers import compact
from domain.money import ZERO, cents
from domain.sought import Sought
from domain.statements import Movement
from domain.suppliers import plain_name
from domain.words import folded

Confidence = Literal["high", "medium", "low"]
_RANK: dict[Confidence, int] = {"high": 0, "medium": 1, "low": 2}
BEFORE, AFTER = timedelta(days=5), timedelta(days=90)
"""How long before the date of its invoice, and after it, a payment is usual."""
MOST_TOGETHER = 12
"""Open items of one party that are tried together."""
_MOST_TRIES = 10_000
_ORDINARY = frozenset(
    folded(
        """les des the etablissements ets ste societe entreprise groupe group cabinet garage
        boulangerie restaurant hotel pharmacie banque menuiserie transports transport compagnie
        france suisse schweiz switzerland belgique belgium belgie europe international services
        service monsieur madame"""
    ).split()
)
"""Words that begin many names and so tell none."""

Why = Literal["reference", "amount", "day", "number", "name", "iban", "together", "part", "several"]

_SAME: frozenset[Why] = frozenset({"amount"})
_TELLING: frozenset[Why] = frozenset({"reference", "number"})


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is still to be paid of a document, or of an invoice of ours.

    `amount` has the sign of the movement that settles it: negative for a purchase that we pay,
    positive for a credit note that is paid back and for a sale. `references` are what its payer was
    asked to give.
    """

    id: str
    day: date
    amount: Decimal
    party: str
    number: str = ""
    account: str = ""
    auxiliary: str | None = None
    references: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()
    in_other_currency: bool = False
    """Whether its paper asks for another currency than that of the books."""
    is_sale: bool = False
    """Whether it is an invoice of ours, or a credit note for one; else it is a document."""
    about: str = ""
    """The document or the invoice that it is open of; of a credit note the invoice it takes back."""
    owed: Decimal = ZERO
    """What there was to be paid in all."""
    waiting: tuple[tuple[str, Decimal], ...] = ()
    """(treatment, VAT) that still waits for the payment of what is open: positive for what we shall
    deduct, negative for what we shall owe."""

    def less(self, paid: Allocation) -> OpenItem:
        """What is left once a part is paid."""
        released = dict(paid.released)
        return replace(
            self,
            amount=self.amount - paid.amount,
            waiting=tuple((key, vat - released.get(key, ZERO)) for key, vat in self.waiting),
        )


@dataclass(frozen=True, slots=True)
class Allocation:
    """How much of a movement settles an item, with the item's sign."""

    item: OpenItem
    amount: Decimal

    @property
    def released(self) -> tuple[tuple[str, Decimal], ...]:
        """(treatment, VAT) that this payment makes due: its share of what waits, all with the last."""
        item = self.item
        return tuple(
            (key, vat) for key, waits in item.waiting
            if (vat := cents(waits * self.amount / item.amount))
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """What a movement may pay, and why. `reasons` are words' codes, the strongest first: the
    `reference`, `number`, `name`, `iban`, `amount` or `day` agree; several items `together`; only a
    `part` is paid; `several` items would do as well.
    """

    allocations: tuple[Allocation, ...]
    confidence: Confidence
    reasons: tuple[Why, ...]

    @property
    def total(self) -> Decimal:
        return sum((allocation.amount for allocation in self.allocations), ZERO)


class Items:
    """Open items as movements are held against them: only those are looked at that a movement may
    mean. What it says nothing of but its day is found by its amount.
    """

    def __init__(self, items: Iterable[OpenItem]) -> None:
        self.by_id = {item.id: item for item in items}
        self._places = {name: place for place, name in enumerate(self.by_id)}
        self._sought = Sought()
        self._amounts: dict[Decimal, list[str]] = defaultdict(list)
        for item in self.by_id.values():
            telling, joined = _name_of(item.party)
            plain, runs = _number_of(item.number)
            asked = [_reference_of(one) for one in item.references]
            self._sought.add(
                item.id,
                words=filter(None, (telling, joined, plain, *asked, *item.ibans)),
                runs=(*runs, *asked),
                cut=filter(None, (telling,)),
            )
            self._amounts[item.amount].append(item.id)

    def said_of(self, told: _Told, amount: Decimal) -> dict[str, frozenset[Why]]:
        """By item, what speaks for it, in the order of the items."""
        words = told.words | told.numbers | {told.reference, told.iban}
        names = {*self._sought.met(words, told.run, told.last), *self._amounts.get(amount, ())}
        return {
            name: told.of(self.by_id[name]) for name in sorted(names, key=self._places.__getitem__)
        }


def matches(
    movement: Movement, items: Items | Iterable[OpenItem], *, most: int = 5
) -> tuple[Match, ...]:
    """What `movement` may pay of what is open, the likeliest first; empty when nothing is seen."""
    known = items if isinstance(items, Items) else Items(items)
    said = known.said_of(_Told.by(movement), movement.amount)
    return _found(movement, [(known.by_id[name], why) for name, why in said.items()], most)


def assigned(
    movements: Sequence[Movement], items: Items | Iterable[OpenItem]
) -> list[Match | None]:
    """The best match of each movement when every item is paid once: what is surest goes first."""
    known = items if isinstance(items, Items) else Items(items)
    left = dict(known.by_id)
    # What is said of an item stays the same while its amount goes down.
    tellings = [_Told.by(movement) for movement in movements]
    said = [
        known.said_of(told, movement.amount)
        for told, movement in zip(tellings, movements, strict=True)
    ]
    in_part: set[str] = set()
    best: list[Match | None] = [None] * len(movements)
    for rank in _RANK.values():
        for position, movement in enumerate(movements):
            if best[position] is not None:
                continue
            for name in in_part - said[position].keys():  # by its new amount
                said[position][name] = tellings[position].of(left[name])
            seen = [(left[name], why) for name, why in said[position].items()]
            found = next(iter(_found(movement, seen, 1)), None)
            if found is None or _RANK[found.confidence] > rank:
                continue
            best[position] = found
            for allocation in found.allocations:
                rest = left[allocation.item.id] = left[allocation.item.id].less(allocation)
                if rest.amount:
                    in_part.add(rest.id)
    return best


@dataclass(frozen=True, slots=True)
class _Told:
    """What a movement says, as it is compared."""

    day: date
    words: frozenset[str]
    numbers: frozenset[str]
    """Its words as invoice numbers are compared."""
    last: str
    """Its last word, which the bank may have cut."""
    run: str
    reference: str
    iban: str

    @classmethod
    def by(cls, movement: Movement) -> _Told:
        words = folded(f"{movement.counterparty} {movement.label}").split()
        return cls(
            movement.day,
            frozenset(words),
            frozenset(map(plain_number, words)),
            words[-1] if words else "",
            compact(f"{movement.label} {movement.reference}"),
            compact(movement.reference).lstrip("0"),
            movement.counterparty_iban,
        )

    def of(self, item: OpenItem) -> frozenset[Why]:
        """What speaks for an item, but for its amount."""
        found: set[Why] = set()
        if any(self._refers(reference) for reference in item.references):
            found.add("reference")
        if self._names(item.party):
            found.add("name")
        if self._numbers(item.number):
            found.add("number")
        if self.iban and self.iban in item.ibans:
            found.add("iban")
        if item.day - BEFORE <= self.day <= item.day + AFTER:
            found.add("day")
        return frozenset(found)

    def _refers(self, reference: str) -> bool:
        wanted = _reference_of(reference)
        return bool(wanted) and (
            wanted == self.reference or (len(wanted) >= 10 and wanted in self.run)
        )

    def _names(self, party: str) -> bool:
        word, joined = _name_of(party)
        if not word:
            return False
        cut = len(self.last) >= 4 and word.startswith(self.last)
        return word in self.words or joined in self.words or cut

    def _numbers(self, number: str) -> bool:
        plain, runs = _number_of(number)
        if not plain or plain in (str(self.day.year), str(self.day.year - 1)):
            return False
        return plain in self.numbers or any(_stands_in(run, self.run) for run in runs)


@lru_cache(maxsize=20_000)
def _reference_of(reference: str) -> str:
    return compact(reference).lstrip("0")


@lru_cache(maxsize=20_000)
def _name_of(party: str) -> tuple[str, str]:
    """The word that tells a party, and its name in one piece; "" when it has none."""
    words = plain_name(party).split()
    telling = [w for w in words if len(w) >= 3 and w not in _ORDINARY and not w.isdigit()]
    return (telling[0] if telling else ""), "".join(words)


@lru_cache(maxsize=20_000)
def _number_of(number: str) -> tuple[str, tuple[str, ...]]:
    """A number as it is compared, "" when it tells nothing, and the runs of signs that are sought
    inside others: short ones only count as a word of their own, for inside others they are chance.
    """
    plain = plain_number(number)
    digits = "".join(sign for sign in plain if sign.isdigit())
    if len(plain) < 3 or not digits:
        return "", ()
    return plain, tuple(run for run in dict.fromkeys((plain, digits)) if len(run) >= 6)


def _stands_in(run: str, text: str) -> bool:
    """Whether a number stands in a text and does not go on with further digits."""
    at = text.find(run)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(run) : at + len(run) + 1]
        if not (after.isdigit() or (before.isdigit() and run[0].isdigit())):
            return True
        at = text.find(run, at + 1)
    return False


def _found(
    movement: Movement, said: Iterable[tuple[OpenItem, frozenset[Why]]], most: int
) -> tuple[Match, ...]:
    """The matches among items and what speaks for each, the likeliest first."""
    seen = [
        (item, why | _SAME if item.amount == movement.amount else why)
        for item, why in said
        if item.amount and (why - {"day"} or item.amount == movement.amount)
    ]
    found = [*_single(movement, seen), *_together(movement, seen)]
    if any(match.confidence == "high" for match in found):
        # What is certain leaves no room for what only has the same amount.
        found = [match for match in found if match.confidence != "low"]
    return tuple(sorted(found, key=lambda match: _order(movement, match))[:most])


_Seen = Sequence[tuple[OpenItem, frozenset[Why]]]


def _single(movement: Movement, seen: _Seen) -> list[Match]:
    found: list[Match] = []
    named = {item.id for item, why in seen if why & _TELLING}
    for item, why in seen:
        confidence = _confidence(why)
        if confidence is not None:
            match = _match(confidence, why, Allocation(item, movement.amount))
            # Who names one invoice does not pay another because that has the same amount.
            found.append(_unsure(match) if named - {item.id} and not why & _TELLING else match)
        elif item.amount != movement.amount and item.amount * movement.amount > 0:
            part = _part(movement, item, why)
            if part is not None:
                found.append(part)
    return _doubted(found)


def _confidence(why: frozenset[Why]) -> Confidence | None:
    """How sure it is that an item of just this amount is the one."""
    if "amount" not in why:
        return None
    known = bool(why & {"name", "iban"})
    if "reference" in why or ("day" in why and (known or "number" in why)):
        return "high"
    if known or "number" in why:
        return "medium"
    return "low" if "day" in why else None


def _part(movement: Movement, item: OpenItem, why: frozenset[Why]) -> Match | None:
    """An item that is paid in part, or with more than it asks: the rest stays to be explained."""
    paid = movement.amount if abs(movement.amount) < abs(item.amount) else item.amount
    allocation = Allocation(item, paid)
    if "reference" in why:
        sure: Confidence = "high" if paid == movement.amount else "medium"
        return _match(sure, why | {"part"}, allocation)
    if "number" in why and why & {"name", "iban"}:
        return _match("medium", why | {"part"}, allocation)
    if why & {"name", "iban"} and "day" in why and paid == movement.amount:
        return _match("low", why | {"part"}, allocation)
    return None


def _doubted(found: list[Match]) -> list[Match]:
    """Several items that fit by amount and name alone (each month's rent) leave a choice."""
    sure = [m for m in found if m.confidence == "high"]
    telling = [m for m in sure if _TELLING & set(m.reasons)]
    if len(sure) < 2 or len(telling) == 1:
        return [m for m in found if not telling or m in telling or m.confidence != "high"]
    return [_unsure(m) for m in found]


def _unsure(match: Match) -> Match:
    if match.confidence != "high":
        return match
    return replace(match, confidence="medium", reasons=(*match.reasons, "several"))


def _together(movement: Movement, seen: _Seen) -> list[Match]:
    """Several items of one party that make up the movement, credit notes taken off."""
    parties: dict[str, list[tuple[OpenItem, frozenset[Why]]]] = defaultdict(list)
    for item, why in seen:
        if why & {"name", "iban", "number", "reference"} and (why & {"day", "number", "reference"}):
            parties[item.auxiliary or plain_name(item.party)].append((item, why))
    found = []
    for group in parties.values():
        if len(group) < 2:
            continue
        named = [(item, why) for item, why in group if why & {"number", "reference"}]
        if len(named) >= 2 and sum((i.amount for i, _ in named), ZERO) == movement.amount:
            found.append(_all_of(named, "high"))
            continue
        nearest = sorted(group, key=lambda g: abs(g[0].day - movement.day))[:MOST_TOGETHER]
        known = [g for g in nearest if g[1] & {"name", "iban"}]
        sets = _making_up(movement.amount, [item for item, _ in known])
        if sets:
            chosen = [known[position] for position in sets[0]]
            match = _all_of(chosen, "medium")
            found.append(
                match
                if len(sets) == 1
                else replace(match, confidence="low", reasons=(*match.reasons, "several"))
            )
    return found


def _making_up(amount: Decimal, items: Sequence[OpenItem]) -> list[tuple[int, ...]]:
    """Up to two sets of two or more items whose sum is `amount`, the smallest first."""
    found: list[tuple[int, ...]] = []
    tries = 0
    level: list[tuple[tuple[int, ...], Decimal]] = [
        ((position,), item.amount) for position, item in enumerate(items)
    ]
    while level and len(found) < 2:
        wider = []
        for chosen, total in level:
            for position in range(chosen[-1] + 1, len(items)):
                tries += 1
                if tries > _MOST_TRIES:
                    return found
                together = (*chosen, position), total + items[position].amount
                if together[1] == amount:
                    found.append(together[0])
                wider.append(together)
        level = wider
    return found[:2]


def _all_of(chosen: _Seen, confidence: Confidence) -> Match:
    why = frozenset.union(*(why for _, why in chosen)) - {"amount"}
    allocations = (Allocation(item, item.amount) for item, _ in chosen)
    return _match(confidence, why | {"together"}, *allocations)


_ORDER: tuple[Why, ...] = (
    "reference",
    "number",
    "iban",
    "name",
    "amount",
    "day",
    "together",
    "part",
)


def _match(confidence: Confidence, why: frozenset[Why], *allocations: Allocation) -> Match:
    return Match(tuple(allocations), confidence, tuple(w for w in _ORDER if w in why))


def _order(movement: Movement, match: Match) -> tuple[int, int, int, int, str]:
    first = match.allocations[0].item
    strongest = min((_ORDER.index(why) for why in match.reasons if why in _ORDER), default=99)
    # Of equals the oldest is paid first, and a payment follows its invoice.
    return (
        _RANK[match.confidence],
        strongest,
        0 if match.total == movement.amount else 1,
        first.day.toordinal(),
        first.id,
    )


def searched(items: Iterable[OpenItem], q: str, moved: Decimal) -> list[OpenItem]:
    """The items that a movement of `moved` can pay and that answer a search by number, name or
    amount, the nearest in amount first.
    """
    words = folded(q).split()
    digits = "".join(c for c in q.replace(",", ".") if c.isdigit() or c == ".")

    def answers(item: OpenItem) -> bool:
        said = folded(f"{item.party} {item.number}")
        by_amount = bool(digits) and str(abs(item.amount)).startswith(digits)
        return all(f" {word}" in said for word in words) or by_amount

    payable = (item for item in items if item.amount * moved >= 0 and answers(item))
    return sorted(payable, key=lambda i: (abs(abs(i.amount) - abs(moved)), i.day, i.id))


def paid_of(item: OpenItem, moved: Decimal) -> Decimal:
    """What a movement pays of an item at most: all of either."""
    return item.amount if not moved or abs(item.amount) <= abs(moved) else moved
