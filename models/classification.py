"""What kind of document some pages are, with the phrases and shapes that say so.

Each category gathers points: from phrases, which carry most, and from the shape of the page, which
carries through bad OCR and foreign words. Points become probabilities; where none stands out, or
hardly anything was found, the answer says it is not sure.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from domain.documents import Category
from domain.groups import Classification
from domain.text import PageText
from models.category_learning import LearntCategories, Likeness, words_of
from models.clues import Clues, clues_of
from models.page_lines import lines_of

PER_PHRASE = 2
"""A phrase repeated on every line says no more than twice."""
LATER_PAGE = 0.4
TITLE_WEIGHT = 1.1
MOST_FROM_PHRASES = 7.0
SHARPNESS = 0.55
SURE = 0.6
LEAST_POINTS = 1.5


def classify(pages: Sequence[PageText], *, extra: LearntCategories | None = None) -> Classification:
    """The category of one document.

    `extra` is what an organisation has taught (`category_learning.learn_categories`): documents like
    its examples go where those went, also to categories of its own. Papers of a kind it has never
    filed are judged as without it.
    """
    likeness = extra.likeness(words_of(pages)) if extra else None
    return classify_clues([clues_of(page, lines_of(page)) for page in pages], likeness)


def classify_clues(clues: Sequence[Clues], likeness: Likeness | None = None) -> Classification:
    """As `classify`, from what is kept of each page."""
    points, reasons = weigh(clues)
    if likeness:
        for category, value in likeness.points.items():
            points[category] = points.get(category, 0.0) + value
            reasons[category][:0] = likeness.reasons[category]
    ranked = sorted(points, key=lambda category: -points[category])
    best, second = ranked[0], ranked[1]
    shares = {c: math.exp(SHARPNESS * (points[c] - points[best])) for c in ranked}
    confidence = shares[best] / sum(shares.values())
    return Classification(
        category=best,
        confidence=round(confidence, 3),
        runner_up=second if points[second] > 0 else None,
        sure=confidence >= SURE and points[best] >= LEAST_POINTS,
        reasons=tuple(reasons[best][:4]),
    )


def weigh(clues: Sequence[Clues]) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Points for every category, and what they were given for."""
    reasons: dict[str, list[str]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    by_kind: dict[tuple[str, str], float] = defaultdict(float)
    for number, page in enumerate(clues):
        share = 1.0 if number == 0 else LATER_PAGE / math.sqrt(number)
        for hit in page.hits:
            seen[hit.category, hit.phrase] += 1
            if seen[hit.category, hit.phrase] > PER_PHRASE:
                continue
            by_kind[hit.category, hit.kind] += hit.points * share
            if hit.phrase not in reasons[hit.category]:
                reasons[hit.category].append(hit.phrase)
    points: dict[str, float] = {str(category): 0.0 for category in Category}
    for (category, _), value in by_kind.items():
        # A category of many kinds is as likely as its likeliest kind, not as all together.
        points[category] = max(points[category], min(value, MOST_FROM_PHRASES))
    if clues:
        for rank, title in enumerate(clues[0].titles):
            points[title.category] += TITLE_WEIGHT * title.strength * (1.0 if rank == 0 else 0.5)
            reasons[title.category].insert(0, title.text)
        for category, value, why in shape(clues):
            points[category] += value
            reasons[category].append(why)
    if not any(points.values()):
        points[Category.OTHER] = 0.1
    return points, reasons


def shape(clues: Sequence[Clues]) -> list[tuple[str, float, str]]:
    """Points for what a document looks like, whatever its language."""
    first = clues[0]
    found: list[tuple[str, float, str]] = []
    if not first.words:
        return [(Category.OTHER, 1.0, "no words")]
    if first.slip:
        found.append((Category.RECEIPT, 3.0, "a narrow slip"))
        if first.times:
            found.append((Category.RECEIPT, 1.0, "a time of day"))
    if sum(page.movements for page in clues) >= 6 * max(1, len(clues) / 3):
        found.append((Category.BANK_STATEMENT, 2.0, "many dated movements"))
    if first.sentences >= 5 and first.amounts <= 2:
        found.append((Category.LETTER, 1.0, "mostly sentences"))
        if len(clues) > 1 or first.sentences >= 25:
            found.append((Category.CONTRACT, 1.0, "pages of sentences"))
    if sum(page.articles for page in clues[:4]) >= 3:
        found.append((Category.CONTRACT, 2.0, "numbered articles"))
    if first.amounts >= 3 and first.spelt:
        found.append((Category.PURCHASE_INVOICE, 0.8, "several amounts"))
    if first.amounts == 0 and first.sentences < 5:
        found.append((Category.OTHER, 1.0, "no amounts"))
    return found
