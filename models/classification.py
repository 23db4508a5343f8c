"""What kind of document some pages are, with the phrases and shapes that say so.

Each category gathers points: from phrases, which carry most, and from the shape of the page, which
carries through bad OCR and foreign words. Points become probabilities; where none stands out, or
hardly anything was found, the answer says it is not sure.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence

from domain.documents import Category
from domain.groups import Classification
from domain.text import PageText
from models import phrases
from models.titles import titles

PER_PHRASE = 2
"""A phrase repeated on every line says no more than twice."""
LATER_PAGE = 0.4
TITLE_WEIGHT = 1.1
MOST_FROM_PHRASES = 7.0
SHARPNESS = 0.55
SURE = 0.6
LEAST_POINTS = 1.5

AMOUNT = re.compile(r"^[-+(]?[€$£]?\d{1,3}(?:[ .,'’]?\d{3})*[.,]\d{2}\)?-?[€$£]?$")
DATE = re.compile(r"^\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?$|^\d{4}-\d{2}-\d{2}$")
TIME = re.compile(r"^\d{1,2}[:hH]\d{2}(?::\d{2})?$")
ARTICLE = re.compile(r"^(?:article|section|§|clause)$", re.IGNORECASE)


def classify(pages: Sequence[PageText]) -> Classification:
    """The category of one document."""
    points, reasons = weigh(pages)
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


def weigh(pages: Sequence[PageText]) -> tuple[dict[str, float], dict[str, list[str]]]:
    """Points for every category, and what they were given for."""
    reasons: dict[str, list[str]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    by_kind: dict[tuple[str, str], float] = defaultdict(float)
    for number, page in enumerate(pages):
        share = 1.0 if number == 0 else LATER_PAGE / math.sqrt(number)
        for hit in sorted(phrases.hits(page), key=lambda hit: -hit.points):
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
    if pages:
        for rank, title in enumerate(titles(pages[0])):
            points[title.category] += TITLE_WEIGHT * title.strength * (1.0 if rank == 0 else 0.5)
            reasons[title.category].insert(0, title.text)
        for category, value, why in shape(pages):
            points[category] += value
            reasons[category].append(why)
    if not any(points.values()):
        points[Category.OTHER] = 0.1
    return points, reasons


def shape(pages: Sequence[PageText]) -> list[tuple[str, float, str]]:
    """Points for what a page looks like, whatever its language."""
    first = pages[0]
    words = first.words
    found: list[tuple[str, float, str]] = []
    if not words:
        return [(Category.OTHER, 1.0, "no words")]
    amounts = sum(1 for word in words if AMOUNT.match(word.text))
    if is_slip(first):
        found.append((Category.RECEIPT, 3.0, "a narrow slip"))
        if any(TIME.match(word.text) for word in words):
            found.append((Category.RECEIPT, 1.0, "a time of day"))
    movements = sum(_is_movement(line) for page in pages for line in page.lines())
    if movements >= 6 * max(1, len(pages) / 3):
        found.append((Category.BANK_STATEMENT, 2.0, "many dated movements"))
    text_words = sum(1 for word in words if word.text[:1].isalpha())
    lines = first.lines()
    prose = sum(1 for line in lines if len(line) >= 9)
    if prose >= 5 and amounts <= 2:
        found.append((Category.LETTER, 1.0, "mostly sentences"))
        if len(pages) > 1 or prose >= 25:
            found.append((Category.CONTRACT, 1.0, "pages of sentences"))
    articles = sum(1 for page in pages[:4] for line in page.lines() if ARTICLE.match(line[0].text))
    if articles >= 3:
        found.append((Category.CONTRACT, 2.0, "numbered articles"))
    if amounts >= 3 and text_words:
        found.append((Category.PURCHASE_INVOICE, 0.8, "several amounts"))
    if amounts == 0 and prose < 5:
        found.append((Category.OTHER, 1.0, "no amounts"))
    return found


def is_slip(page: PageText) -> bool:
    """Whether the words stand in one narrow column, as on a till receipt."""
    words = page.words
    if page.width / page.height < 0.6 or page.width < 320:
        return True
    if len(words) < 15 or not any(AMOUNT.match(word.text) for word in words):
        return False
    lefts = sorted(word.box.x0 for word in words)
    rights = sorted(word.box.x1 for word in words)
    width = (rights[int(len(rights) * 0.97)] - lefts[int(len(lefts) * 0.03)]) * page.width
    tops = [word.box.y0 for word in words]
    height = (max(word.box.y1 for word in words) - min(tops)) * page.height
    return width < 300 and height > width * 1.15


def _is_movement(line: Sequence[object]) -> bool:
    texts = [getattr(word, "text", "") for word in line]
    return len(texts) >= 3 and bool(DATE.match(texts[0])) and any(AMOUNT.match(t) for t in texts)
