"""What one page shows of its kind: phrases, titles and the shape of its lines.

Gathered once a page and small enough to keep for every page of a file; `classification` weighs
them for one page or for a document of several.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.text import PageText
from models.page_lines import Lines, is_amount, is_movement
from models.phrases import Hit, hits
from models.titles import Title, titles

TIME = re.compile(r"^\d{1,2}[:hH]\d{2}(?::\d{2})?$")
ARTICLE = re.compile(r"^(?:article|section|§|clause)$", re.IGNORECASE)
SALUTATION = re.compile(
    r"^(?:dear\b|to whom it may concern|madame\b|monsieur\b|mesdames\b|messieurs\b|cher\b|chere\b"
    r"|chers\b|sehr geehrte|guten tag\b|geachte\b|beste\b|hallo\b|bonjour\b|liebe\b|gentil[ei]\b"
    r"|egregi[oa]?\b|spettabile\b)"
)
CLOSING = re.compile(
    r"\b(?:sincerely|regards|faithfully|yours truly|cordialement|salutations|veuillez agreer"
    r"|meilleurs|mit freundlichen|hochachtungsvoll|hoogachtend|groet|groeten|respectfully"
    r"|distinti saluti|cordiali saluti)\b"
)
BILL_CODES = ("SPC", "BCD")
"""How the payment codes of Swiss and of European bills begin."""
LONG_LINE = 9
NARROW = 300.0
"""Points: wider than any till roll."""


@dataclass(frozen=True, slots=True)
class Clues:
    """Counts are of the whole page."""

    hits: tuple[Hit, ...]
    titles: tuple[Title, ...]
    words: int
    spelt: int
    """Words that begin with a letter."""
    amounts: int
    times: int
    lines: int
    sentences: int
    """Lines of so many words that they are prose."""
    movements: int
    """Lines that begin with a date and hold an amount, as those of a bank statement do."""
    articles: int
    slip: bool
    landscape: bool
    salutation: bool
    closing: bool
    """In the last two thirds of the lines."""
    bill: bool
    """It carries the code by which a bill is paid."""


def clues_of(page: PageText, lines: Lines) -> Clues:
    words = page.words
    amounts = sum(map(is_amount, words))
    return Clues(
        hits=tuple(sorted(hits(lines), key=lambda hit: -hit.points)),
        titles=tuple(titles(lines)),
        words=len(words),
        spelt=sum(word.text[:1].isalpha() for word in words),
        amounts=amounts,
        times=sum(word.text[:1].isdigit() and bool(TIME.match(word.text)) for word in words),
        lines=len(lines.lines),
        sentences=sum(len(line.words) >= LONG_LINE for line in lines.lines),
        movements=sum(map(is_movement, lines.lines)),
        articles=sum(bool(ARTICLE.match(line.words[0].text)) for line in lines.lines),
        slip=_is_slip(page, amounts=amounts),
        landscape=page.width > page.height,
        salutation=any(SALUTATION.match(line.text) for line in lines.lines),
        closing=any(CLOSING.search(line.text) for line in lines.lines[len(lines.lines) // 3 :]),
        bill=any(code.text.startswith(BILL_CODES) for code in page.codes),
    )


def _is_slip(page: PageText, *, amounts: int) -> bool:
    """Whether the words stand in one narrow column, as on a till receipt."""
    words = page.words
    if page.width / page.height < 0.6 or page.width < 320:
        return True
    if len(words) < 15 or not amounts:
        return False
    lefts = sorted(word.box.x0 for word in words)
    rights = sorted(word.box.x1 for word in words)
    width = (rights[int(len(rights) * 0.97)] - lefts[int(len(lefts) * 0.03)]) * page.width
    height = (max(w.box.y1 for w in words) - min(w.box.y0 for w in words)) * page.height
    return width < NARROW and height > width * 1.15
