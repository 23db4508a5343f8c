"""Cold start: the words and supplier names of the chart, before a company has posted anything.

Whole words, accents aside. A supplier's name counts only in the seller's name, so that "Orange" or
"Free" in a sentence are no evidence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from domain.accounts import Chart, ChartAccount
from domain.words import folded, holds

SUPPLIER = 5
PART_OF_A_NAME = 2
IN_LINE = 2
ELSEWHERE = 1
MOST = 10
ENOUGH = 4
MARGIN = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """An account, how much speaks for it, and the words that do."""

    account: str
    score: int
    words: tuple[str, ...]


def hits(
    chart: Chart,
    accounts: Collection[str],
    *,
    supplier: str,
    description: str,
    everything: str,
) -> list[Hit]:
    """The accounts something speaks for, the strongest first. `everything` is folded text."""
    seller, line = folded(supplier), folded(description)
    names = _names(chart, seller)
    found = []
    for account in chart:
        if not account.suggested or account.number not in accounts:
            continue
        score, words = names.get(account.number, (0, ()))
        for keyword, needle in _needles(account):
            if holds(line, needle):
                score += IN_LINE
            elif holds(everything, needle) or holds(seller, needle):
                score += ELSEWHERE
            else:
                continue
            words = (*words, keyword)
        if score:
            found.append(Hit(account.number, min(score, MOST), words[:5]))
    return sorted(found, key=lambda hit: (-hit.score, hit.account))


def is_clear(found: list[Hit]) -> bool:
    """Whether the first is strong enough, and far enough from the second, to be proposed."""
    if not found or found[0].score < ENOUGH:
        return False
    return len(found) == 1 or found[0].score - found[1].score >= MARGIN


def _names(chart: Chart, seller: str) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Account → score and name, for supplier names found in the seller's.

    "Amazon Web Services" is not "Amazon": a name inside a longer one that fits counts for less.
    """
    matched = [
        (account.number, name, needle)
        for account in chart
        for name, needle in _supplier_needles(account)
        if needle in seller
    ]
    scores: dict[str, tuple[int, tuple[str, ...]]] = {}
    for number, name, needle in matched:
        inside = any(needle != other and needle in other for _, _, other in matched)
        score = PART_OF_A_NAME if inside else SUPPLIER
        if score > scores.get(number, (0, ()))[0]:
            scores[number] = (score, (name,))
    return scores


@cache
def _needles(account: ChartAccount) -> tuple[tuple[str, str], ...]:
    return tuple((word, folded(word)) for word in account.keywords if folded(word).strip())


@cache
def _supplier_needles(account: ChartAccount) -> tuple[tuple[str, str], ...]:
    return tuple((name, folded(name)) for name in account.supplier_names if folded(name).strip())
