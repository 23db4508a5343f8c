"""What a company posted alike lines of other suppliers to: the nearest of its past lines vote.

Lines are near by their words and by parts of them, so that "Druckerpapier" is like "Papier" and
"fournitures" like "fourniture", each weighed by how rare it is (TF-IDF, cosine). Nothing is kept:
what was posted a second ago votes, and the nearest voter is cited.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from domain.likeness import Vote, counted, words_of
from domain.purchases import Part
from domain.suggestions import Buyer, History, Reason, RunnerUp
from domain.suppliers import Identity

NEIGHBOURS = 12
"""Past lines that have a vote."""
FEWEST_PAST = 20
NEAR = 0.7
"""The likeness from which the nearest line speaks for itself; a fainter one lowers all shares."""
FAINTEST = 0.1
PART = 4
"""Letters in a part of a word."""


def from_alike(part: Part, identity: Identity, buyer: Buyer, history: History) -> list[RunnerUp]:
    """What this company's postings of other suppliers say about the words, the likeliest first."""
    own = history.supplier.id if history.supplier else None
    past = [
        p
        for p in history.past
        if p.account in buyer.accounts and (own is None or p.supplier_id != own)
    ]
    votes = _votes(
        words_of(part.description, identity.name),
        tuple(words_of(p.text, p.supplier_name) for p in past),
        [p.account for p in past],
    )
    found = []
    for vote in votes:
        best = past[vote.best]
        values = {
            "account": vote.account,
            "postings": vote.voters,
            "supplier": best.supplier_name,
            "reference": best.reference,
            "entry_id": best.entry_id,
        }
        says = f"Such words were posted to {vote.account}, last of {best.supplier_name}."
        found.append(RunnerUp(vote.account, min(0.9, vote.share), Reason("learned", says, values)))
    return [other for other in found if other.confidence >= FAINTEST]


def _votes(
    wanted: frozenset[str], past: tuple[frozenset[str], ...], accounts: list[str]
) -> tuple[Vote, ...]:
    if len(past) < FEWEST_PAST or not any(past):
        return ()
    weigh, weights = _weighed(past)
    likeness = (weights @ weigh.transform([wanted]).T).toarray().ravel().tolist()
    nearest = sorted(range(len(past)), key=lambda i: (-likeness[i], i))[:NEIGHBOURS]
    alike = [likeness[i] for i in nearest]
    if not alike[0]:
        return ()
    found = counted([accounts[i] for i in nearest], [like**2 for like in alike], alike)
    sure = min(1.0, alike[0] / NEAR)
    return tuple(
        Vote(v.account, v.share * sure, v.likeness, nearest[v.best], v.voters) for v in found
    )


@lru_cache(maxsize=4)
def _weighed(past: tuple[frozenset[str], ...]) -> tuple[Any, Any]:
    # Loading scikit-learn takes seconds, which not every worker needs.
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    weigh = TfidfVectorizer(analyzer=lambda words: list(_parts(words)), sublinear_tf=True)
    return weigh, weigh.fit_transform(past)


def _parts(words: frozenset[str]) -> Iterator[str]:
    for word in sorted(words):
        yield word
        if not word.startswith("@"):  # a seller is known by the whole name
            yield from (f"~{f' {word} '[at : at + PART]}" for at in range(len(word) + 3 - PART))
