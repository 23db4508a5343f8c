"""Categories that an organisation teaches with a handful of documents, its own or the built-in ones.

A new document is compared with the documents a person has filed. Words are weighed by how rare they
are among those, identifiers and addresses of the sender more; what is closest gives its category
points that stand beside those of phrases and shapes. Far from everything, it says nothing: a
handful of examples is no reason to guess.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from domain.text import PageText
from models.page_lines import lines_of

VERSION = 1
MOST_EXAMPLES = 400
"""Of one organisation; the newest are kept."""
MOST_WORDS = 250
WORD = re.compile(r"^[a-z]{3,30}$")
SENDER = re.compile(
    r"\b(?:[a-z]{2}\d{2}(?: ?[0-9a-z]{4}){3,7}|[a-z]{2} ?[0-9a-z]{2}[ .]?\d{3}[ .]?\d{3}[ .]?\d{2,4}"
    r"|\d{3} ?\d{3} ?\d{3} ?\d{5})\b|[a-z0-9._-]+@([a-z0-9.-]+\.[a-z]{2,})|\bwww\.[a-z0-9.-]+"
)
SENDER_WEIGHT = 3.0
FLOOR = 0.25
"""Documents that share less than this with the nearest example are strangers."""
FAR = FLOOR / 2
"""Documents that share less than this with every example say nothing of it."""
MARGIN = 0.05
MOST_POINTS = 12.0
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Example:
    """A document that a person has filed: its category, and its words without what is private to
    it (numbers, dates, amounts). Small enough to be kept for good.
    """

    category: str
    words: frozenset[str]

    @classmethod
    def of(cls, pages: Sequence[PageText], category: str) -> Self:
        return cls(category, words_of(pages))


@dataclass(frozen=True, slots=True)
class Likeness:
    """What examples say of a document: points by category, and the words that spoke for each.

    `nearest` is the category whose examples are nearest, be they near enough for points or not;
    None where all are far.
    """

    points: Mapping[str, float]
    reasons: Mapping[str, tuple[str, ...]]
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class LearntCategories:
    """What `learn_categories` made of the examples; plain JSON with `to_json` and `from_json`."""

    examples: tuple[Example, ...]
    rarity: Mapping[str, float]

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(example.category for example in self.examples)

    def likeness(self, document: frozenset[str]) -> Likeness:
        """How much a document (see `words_of`) is like the examples of each category."""
        near: dict[str, list[tuple[float, frozenset[str]]]] = defaultdict(list)
        length = self._length(document)
        for example in self.examples:
            shared = document & example.words
            product = sum(self._weight(word) ** 2 for word in shared)
            cosine = product / max(length * self._length(example.words), 1e-9)
            near[example.category].append((cosine, shared))
        close: dict[str, float] = {}
        for category, found in near.items():
            found.sort(key=lambda item: -item[0])
            best = [cosine for cosine, _ in found[:2]]
            close[category] = sum(best) / len(best)
        points: dict[str, float] = {}
        reasons: dict[str, tuple[str, ...]] = {}
        for category, likeness in close.items():
            rival = max((v for c, v in close.items() if c != category), default=0.0)
            if likeness < FLOOR or likeness < rival + MARGIN:
                continue
            points[category] = MOST_POINTS * math.sqrt((likeness - FLOOR) / (1 - FLOOR))
            rare = sorted(near[category][0][1], key=lambda word: (-self._weight(word), word))
            reasons[category] = tuple(word.removeprefix("@") for word in rare[:SHOWN])
        nearest = max(close, key=lambda category: close[category], default=None)
        if nearest is not None and close[nearest] < FAR:
            nearest = None
        return Likeness(points, reasons, nearest)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "examples": [[e.category, sorted(e.words)] for e in self.examples],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """ValueError when it was written by another version."""
        if data.get("version") != VERSION:
            raise ValueError(f"examples of version {data.get('version')}, not {VERSION}")
        return cls.learn(
            Example(category, frozenset(words)) for category, words in data["examples"]
        )

    @classmethod
    def learn(cls, examples: Iterable[Example]) -> Self:
        kept = tuple(examples)[-MOST_EXAMPLES:]
        counts = Counter(word for example in kept for word in example.words)
        rarity = {w: math.log((len(kept) + 1) / (n + 0.5)) + 0.3 for w, n in counts.items()}
        return cls(kept, rarity)

    def _weight(self, word: str) -> float:
        rarity = self.rarity.get(word, math.log(len(self.examples) + 1) + 0.3)
        return rarity * (SENDER_WEIGHT if word.startswith("@") else 1.0)

    def _length(self, document: frozenset[str]) -> float:
        return math.sqrt(sum(self._weight(word) ** 2 for word in document))


def learn_categories(examples: Iterable[Example]) -> LearntCategories:
    """What the examples of an organisation teach, oldest first.

    Give every document that was filed, not only those of new categories: what a category is not
    matters as much as what it is.
    """
    return LearntCategories.learn(examples)


def words_of(pages: Sequence[PageText]) -> frozenset[str]:
    """The words that say what a document is and whose, of its first pages; senders begin with `@`."""
    found: dict[str, None] = {}
    for page in pages[:3]:
        for line in lines_of(page).lines:
            for sender in SENDER.finditer(line.text):
                found["@" + re.sub(r"[^a-z0-9.]", "", sender[1] or sender[0])] = None
            found.update((token, None) for token in line.tokens if WORD.match(token))
    return frozenset(list(found)[:MOST_WORDS])
