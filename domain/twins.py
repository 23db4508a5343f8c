"""Suppliers that may be one: proposed to a person, never merged by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Literal, get_args

from domain.suppliers import SUNDRY, Supplier, contradict, plain_name

Likeness = Literal["siren", "vat_id", "uid", "iban", "name", "similar_name"]
LIKENESSES: tuple[Likeness, ...] = get_args(Likeness)
"""What two suppliers may have in common, the strongest first."""
SIMILAR = 0.88
"""Of the letters of two names; below it, different words are taken for typing errors."""
_NEIGHBOURS = 8
_SHORTEST = 4
"""Letters of a name that may be the beginning of a longer one."""


@dataclass(frozen=True, slots=True)
class Twins:
    first: Supplier
    second: Supplier
    alike: tuple[Likeness, ...]


def twins(
    suppliers: Iterable[Supplier], told_apart: frozenset[frozenset[str]] = frozenset()
) -> tuple[Twins, ...]:
    """Pairs that may be one, the strongest evidence first; `told_apart` are pairs of ids that a
    person said are two.
    """
    known = [one for one in suppliers if one.auxiliary != SUNDRY]
    alike: dict[tuple[str, str], set[Likeness]] = defaultdict(set)
    by_id = {one.id: one for one in known}
    for likeness, group in _groups(known):
        for pair in combinations(sorted({one.id for one in group}), 2):
            alike[pair].add(likeness)
    for pair in _alike_in_name(known, alike):
        alike[pair].add("similar_name")
    found = []
    for (first, second), reasons in alike.items():
        a, b = by_id[first], by_id[second]
        if frozenset((first, second)) in told_apart:
            continue
        if reasons <= {"name", "similar_name"} and contradict(a.identity, b.identity):
            continue
        found.append(Twins(a, b, tuple(r for r in LIKENESSES if r in reasons)))
    return tuple(
        sorted(found, key=lambda t: (LIKENESSES.index(t.alike[0]), t.first.identity.name.lower()))
    )


def _groups(known: Sequence[Supplier]) -> Iterator[tuple[Likeness, list[Supplier]]]:
    """Suppliers that share a number or a whole name."""
    shared: dict[tuple[Likeness, str], list[Supplier]] = defaultdict(list)
    for one in known:
        for identity in one.identities:
            if identity.siren:
                shared["siren", identity.siren].append(one)
            if identity.vat_id:
                shared["vat_id", identity.vat_id].append(one)
            if identity.uid:
                shared["uid", identity.uid].append(one)
            if name := plain_name(identity.name):
                shared["name", name].append(one)
        for iban in one.paid_to:
            shared["iban", iban].append(one)
    for (likeness, _), group in shared.items():
        yield likeness, group


def _alike_in_name(
    known: Sequence[Supplier], seen: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Pairs whose names differ by a letter or two, or by words behind a whole name.

    A ledger has thousands: only names that lie close in the alphabet are compared, read forwards
    and backwards, so that one wrong letter leaves them neighbours in one of the two.
    """
    done = set(seen)
    names = sorted(
        {
            (name, one.id)
            for one in known
            for identity in one.identities
            if len(name := plain_name(identity.name).strip()) >= _SHORTEST
        }
    )
    for order in (names, sorted(names, key=lambda named: named[0][::-1])):
        for index, (name, a) in enumerate(order):
            for another, b in order[index + 1 : index + 1 + _NEIGHBOURS]:
                pair = (min(a, b), max(a, b))
                if a != b and pair not in done and _similar(name, another):
                    done.add(pair)
                    yield pair


def _similar(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if longer.startswith(f"{shorter} "):
        return True
    matcher = SequenceMatcher(None, shorter, longer, autojunk=False)
    return (
        matcher.real_quick_ratio() >= SIMILAR
        and matcher.quick_ratio() >= SIMILAR
        and matcher.ratio() >= SIMILAR
    )
