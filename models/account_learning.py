"""What a company's own postings teach about words: TF-IDF and a linear model, fitted in passing.

A few hundred short texts fit in tens of milliseconds, so nothing is stored: the model of a history
is kept in memory for as long as that history does not change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from domain.suggestions import PastPosting
from domain.words import folded

FEWEST_POSTINGS = 30
FEWEST_OF_AN_ACCOUNT = 2


@dataclass(frozen=True, slots=True)
class Learnt:
    pipeline: Any
    postings: int

    def accounts(self, supplier: str, description: str) -> list[tuple[str, float]]:
        """Accounts with their probabilities, the likeliest first; none for unknown words."""
        vector = self.pipeline[0].transform([_text(supplier, description)])
        if vector.nnz == 0:
            return []
        probabilities = self.pipeline[-1].predict_proba(vector)[0]
        found = zip(self.pipeline[-1].classes_, probabilities, strict=True)
        return sorted(
            ((str(account), float(p)) for account, p in found), key=lambda f: (-f[1], f[0])
        )


def learn(past: Sequence[PastPosting]) -> Learnt | None:
    """The model of a history, or None when it is too short to teach anything."""
    examples = tuple(
        dict.fromkeys(
            (posting.entry_id, posting.account, _text(posting.supplier_name, posting.text))
            for posting in past
        )
    )
    if len(examples) < FEWEST_POSTINGS:
        return None
    counts = Counter(account for _, account, _ in examples)
    usable = tuple(
        (account, text)
        for _, account, text in examples
        if counts[account] >= FEWEST_OF_AN_ACCOUNT and text.strip()
    )
    if len({account for account, _ in usable}) < 2:
        return None
    return _fitted(usable)


@lru_cache(maxsize=16)
def _fitted(examples: tuple[tuple[str, str], ...]) -> Learnt:
    # Not before somebody has something to learn from: it takes longer to load than all the rest
    # of a worker, and a worker that was killed should be back at once.
    from sklearn.feature_extraction.text import (  # type: ignore[import-untyped]
        TfidfVectorizer,
    )
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from sklearn.pipeline import Pipeline  # type: ignore[import-untyped]

    pipeline = Pipeline(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), tokenizer=str.split, token_pattern=None)),
            ("accounts", LogisticRegression(C=20.0, max_iter=300)),
        ]
    )
    pipeline.fit([text for _, text in examples], [account for account, _ in examples])
    return Learnt(pipeline, len(examples))


def _text(supplier: str, description: str) -> str:
    """The supplier's words are marked: "orange" the seller is not "orange" the fruit."""
    seller = " ".join(f"@{word}" for word in folded(supplier).split())
    return f"{seller} {folded(description).strip()}"
