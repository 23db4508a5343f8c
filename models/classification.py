"""What kind of document some pages are, with the phrases and shapes that say so.

Each category gathers points: from titles and phrases, which carry most, and from the shape of the
page, which carries through bad OCR and foreign words. What each is worth is learnt from drawn mail.
Points become probabilities; where none stands out, or hardly anything was found, the answer says it
is not sure.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.documents import Category
from domain.groups import Classification
from domain.text import PageText
from models import artefacts
from models.category_learning import LearntCategories, Likeness, words_of
from models.clues import Clues, clues_of
from models.page_lines import lines_of
from models.titles import Title

PER_PHRASE = 2
"""A phrase repeated on every line says no more than twice."""
LATER_PAGE = 0.4
MOST_FROM_PHRASES = 7.0
SURE = 0.85
LEAST_POINTS = 1.5
SELF_BILLED = frozenset({"gutschrift"})
"""Names of credit notes that are also those of invoices which the customer writes."""
CREDIT = 2.5
"""Strength of the title of a credit note, and by how much that of an invoice may exceed it."""
ARTEFACT = "sorting"
CARVED = 2.0
"""Points by which a document has to be nearer its examples than to nothing, to be one of them."""

WEIGHTS: dict[str, float] = {
    # points for each piece of evidence, before anything was learnt
    "phrases": 1.0,
    "title": 1.1,  # for each point of its strength, the strongest
    "other_title": 0.55,
    "title on a slip": 0.3,  # tills head their slips with words for invoices
    "a narrow slip": 3.0,
    "a time of day": 1.0,
    "many dated movements": 2.0,
    "a salutation": 0.8,
    "a closing": 0.6,
    "mostly sentences": 1.0,
    "pages of sentences": 1.0,
    "numbered articles": 2.0,
    "several amounts": 0.8,
    "a code to pay by": 1.5,
    "no amounts": 1.0,
    "no words": 1.0,
    "sharpness": 0.55,  # from points to log-odds
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence: a name of `WEIGHTS`, for which category, how much, and in words."""

    name: str
    category: str
    amount: float
    reasons: tuple[str, ...]


def classify(pages: Sequence[PageText], *, extra: LearntCategories | None = None) -> Classification:
    """The category of one document.

    `extra` is what an organisation has taught (`category_learning.learn_categories`): documents like
    its examples go where those went, also to categories of its own. Papers of a kind it has never
    filed are judged as without it.
    """
    likeness = extra.likeness(words_of(pages)) if extra else None
    return classify_clues([clues_of(page, lines_of(page)) for page in pages], likeness)


def classify_clues(
    clues: Sequence[Clues],
    likeness: Likeness | None = None,
    weights: Mapping[str, float] | None = None,
) -> Classification:
    """As `classify`, from what is kept of each page; `weights` are those learnt unless given."""
    weights = weights or learnt()
    points, reasons = weigh(clues, weights)
    if likeness:
        leading = max(points.values())
        for category, value in likeness.points.items():
            # A category of one's own is carved out of ours: what says payslip says my payslips.
            known = points.get(category, leading - CARVED)
            points[category] = known + value
            reasons[category][:0] = likeness.reasons[category]
    ranked = sorted(points, key=lambda category: -points[category])
    best, second = ranked[0], ranked[1]
    # Nearest to a category of one's own and not near enough to be of it: somebody should look.
    doubtful = likeness is not None and likeness.nearest not in (best, None, *map(str, Category))
    shares = {c: math.exp(weights["sharpness"] * (points[c] - points[best])) for c in ranked}
    confidence = shares[best] / sum(shares.values())
    return Classification(
        category=best,
        confidence=round(confidence, 3),
        runner_up=second if points[second] > 0 else None,
        sure=confidence >= SURE and points[best] >= LEAST_POINTS and not doubtful,
        reasons=tuple(reasons[best][:4]),
    )


def weigh(
    clues: Sequence[Clues], weights: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Points for every category, and what they were given for."""
    reasons: dict[str, list[str]] = defaultdict(list)
    points: dict[str, float] = {str(category): 0.0 for category in Category}
    for found in evidence(clues):
        points[found.category] += weights[found.name] * found.amount
        reasons[found.category] += found.reasons
    if not any(points.values()):
        points[Category.OTHER] = 0.1
    return points, reasons


@functools.cache
def learnt() -> Mapping[str, float]:
    """The weights that training arrived at. KeyError when evidence has been renamed since."""
    found = artefacts.load(ARTEFACT)
    return {name: float(found[name]) for name in WEIGHTS}


def evidence(clues: Sequence[Clues]) -> list[Evidence]:
    """Everything a document shows of its kind, titles first.

    A credit note is an invoice the other way round and names the one that it corrects: once it is
    titled as such, what speaks for an invoice speaks for it.
    """
    found = _evidence(clues)
    if not (clues and _is_credit(clues[0].titles)):
        return found
    return [
        replace(one, category=str(Category.CREDIT_NOTE))
        if one.category == Category.PURCHASE_INVOICE
        else one
        for one in found
    ]


def _is_credit(titles: Sequence[Title]) -> bool:
    strength = {t.category: t.strength for t in titles if t.text not in SELF_BILLED}
    credit = strength.get(Category.CREDIT_NOTE, 0.0)
    return credit >= max(CREDIT, strength.get(Category.PURCHASE_INVOICE, 0.0) - CREDIT)


def _evidence(clues: Sequence[Clues]) -> list[Evidence]:
    found: list[Evidence] = []
    if clues:
        for rank, title in enumerate(clues[0].titles):
            name = "other_title" if rank else "title"
            if clues[0].slip and title.category == Category.PURCHASE_INVOICE:
                name = "title on a slip"
            found.append(Evidence(name, title.category, title.strength, (title.text,)))
    found += _phrases(clues)
    if clues:
        found += [Evidence(name, c, 1.0, (name,)) for c, name in _shape(clues)]
    return found


def _phrases(clues: Sequence[Clues]) -> list[Evidence]:
    reasons: dict[str, dict[str, None]] = defaultdict(dict)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    by_kind: dict[tuple[str, str], float] = defaultdict(float)
    for number, page in enumerate(clues):
        share = 1.0 if number == 0 else LATER_PAGE / math.sqrt(number)
        for hit in page.hits:
            seen[hit.category, hit.phrase] += 1
            if seen[hit.category, hit.phrase] <= PER_PHRASE:
                by_kind[hit.category, hit.kind] += hit.points * share
                reasons[hit.category][hit.phrase] = None
    amounts: dict[str, float] = {}
    for (category, _), value in by_kind.items():
        # A category of many kinds is as likely as its likeliest kind, not as all together.
        amounts[category] = max(amounts.get(category, 0.0), min(value, MOST_FROM_PHRASES))
    return [Evidence("phrases", c, value, tuple(reasons[c])) for c, value in amounts.items()]


def _shape(clues: Sequence[Clues]) -> list[tuple[str, str]]:
    """What a document looks like, whatever its language: a category and a name of `WEIGHTS`."""
    first = clues[0]
    if not first.words:
        return [(Category.OTHER, "no words")]
    found: list[tuple[str, str]] = []
    if first.slip:
        found.append((Category.RECEIPT, "a narrow slip"))
        if first.times:
            found.append((Category.RECEIPT, "a time of day"))
    if first.salutation:
        found.append((Category.LETTER, "a salutation"))
    if any(page.closing for page in clues[:2]):
        found.append((Category.LETTER, "a closing"))
    if any(page.bill for page in clues):
        found.append((Category.PURCHASE_INVOICE, "a code to pay by"))
    if sum(page.movements for page in clues) >= 6 * max(1, len(clues) / 3):
        found.append((Category.BANK_STATEMENT, "many dated movements"))
    if first.sentences >= 5 and first.amounts <= 2:
        found.append((Category.LETTER, "mostly sentences"))
        if len(clues) > 1 or first.sentences >= 25:
            found.append((Category.CONTRACT, "pages of sentences"))
    if sum(page.articles for page in clues[:4]) >= 3:
        found.append((Category.CONTRACT, "numbered articles"))
    if first.amounts >= 3 and first.spelt:
        found.append((Category.PURCHASE_INVOICE, "several amounts"))
    if first.amounts == 0 and first.sentences < 5:
        found.append((Category.OTHER, "no amounts"))
    return found
