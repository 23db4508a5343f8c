"""How alike the words of a purchase are to those of past ones, and what the alike ones say.

Every past posting votes for its account with its likeness. Nothing is trained or kept: what was
posted a second ago votes, and each vote can be shown. A supplier's own postings are weighed so that
a newer one counts before older ones *as alike*: an account that changed for good is followed after
two papers, while what is bought rarely is not drowned by what is bought each week.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.words import folded

FADES = 0.65
"""What is left of an older vote per newer one that is as alike; below 0.71 two outweigh many."""
NEARLY = 0.8
"""Part of a likeness from which a newer posting is as alike."""
UNLIKE = 0.08
"""The likeness of what has no word in common, where a supplier's other papers have some."""
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Vote:
    """An account, its share of the votes (0 to 1), the likeness of its best voter and which that is."""

    account: str
    share: float
    likeness: float
    best: int
    voters: int


@lru_cache(maxsize=20_000)
def words_of(text: str, seller: str = "") -> frozenset[str]:
    """The words that can be alike: no numbers, no short ones. The seller's are marked: "orange" the
    seller is not "orange" the fruit.
    """
    said = {w for w in folded(text).split() if len(w) >= SHORTEST and not w.isdigit()}
    return frozenset(said | {f"@{w}" for w in folded(seller).split() if len(w) >= SHORTEST})


def of_supplier(
    wanted: frozenset[str], past: Sequence[tuple[frozenset[str], str]]
) -> tuple[Vote, ...]:
    """What a supplier's own postings, as (words, account), the newest first, say of `wanted`; the
    strongest first. `likeness` is 0 where no past posting has a word in common.
    """
    accounts: dict[str, set[str]] = defaultdict(set)
    for words, account in past:
        for word in words:
            accounts[word].add(account)
    # A word that stands with every account tells nothing of which.
    weight = {word: 1 / len(accounts.get(word) or (1,)) ** 2 for word in wanted}
    total = sum(weight.values())
    likeness = [
        sum(weight[word] for word in wanted & words) / total if total else 0.0 for words, _ in past
    ]
    most = max(likeness, default=0.0)
    votes = []
    for i, like in enumerate(likeness):
        newer = sum(other >= NEARLY * like for other in likeness[:i])
        votes.append((UNLIKE + like) / (UNLIKE + most) * FADES**newer)
    return counted([account for _, account in past], votes, likeness)


def counted(
    accounts: Sequence[str], votes: Iterable[float], likeness: Sequence[float]
) -> tuple[Vote, ...]:
    """What the votes of past postings come to, the strongest account first."""
    sums: dict[str, float] = defaultdict(float)
    best: dict[str, int] = {}
    for i, (account, vote) in enumerate(zip(accounts, votes, strict=True)):
        sums[account] += vote
        if account not in best or likeness[i] > likeness[best[account]]:
            best[account] = i
    total = sum(sums.values())
    often = Counter(accounts)
    found = [
        Vote(account, votes / total, likeness[best[account]], best[account], often[account])
        for account, votes in sums.items()
        if votes
    ]
    return tuple(sorted(found, key=lambda vote: (-vote.share, vote.account)))
