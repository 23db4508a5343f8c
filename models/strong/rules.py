"""Which pages deserve the strong reader, and which of two readings of a page is believed.

Effort follows proof. A page is read again when its first reading is a heap of doubtful words, and
the pages of a document are when what must add up does not: then, and only then, several seconds of
a processor buy something. What the numbers here cost and gain is told in `docs/reading.md`.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.documents import POSTABLE, Category
from domain.findings import Reading, State
from domain.text import PageText, Word

UNSURE = 0.8
"""Confidence under which a word of the first reader is a doubtful one: half of those are wrong."""
MOST_DOUBTFUL = 0.25
"""Share of doubtful words above which a page is read again before anybody looks at it."""
LEAST_WORDS = 4
PRINTED = 0.01
"""Share of ink from which a page on which the first reader found nothing surely says something."""
MOST_PAGES = 12
"""Of one document whose proof fails: the first and the last ones, where its sums are."""
PROVABLE = frozenset({*POSTABLE, Category.BANK_STATEMENT})
BROKEN = frozenset(
    {
        "totals_differ", "vat_differs", "lines_differ", "vat_table_differs", "total_contradictory",
        "statement_does_not_close", "balance_missing", "siren_differs_from_vat_id",
        "siret_differs_from_siren",
    }
)  # fmt: skip
"""Problems that a misread digit causes."""
RANKS: dict[State, int] = {"contradictory": 0, "read": 1, "consistent": 2, "proved": 3}


def may_gain(page: PageText) -> bool:
    """Whether a page is one that the strong reader can read and has not yet."""
    return (
        page.source == "ocr"
        and not page.blank
        and not page.reader.startswith("rapidocr")
        and (len(page.words) >= LEAST_WORDS or page.ink >= PRINTED)
    )


def doubtful(page: PageText) -> bool:
    """Whether the first reading of a page is not worth understanding."""
    if not may_gain(page):
        return False
    if len(page.words) < LEAST_WORDS:
        return True
    unsure = sum(word.confidence < UNSURE for word in page.words)
    return unsure > MOST_DOUBTFUL * len(page.words)


def unproved(reading: Reading, category: str) -> bool:
    """Whether the sums of a document do not close, nothing speaks for its total but one label, or
    no date was found.
    """
    if category not in PROVABLE:
        return False
    if any(problem.code in BROKEN for problem in reading.problems):
        return True
    if category in POSTABLE and "issue_date" not in reading.fields:
        return True
    total = reading.fields.get(
        "closing_balance" if category == Category.BANK_STATEMENT else "gross_total"
    )
    return total is None or (total.source == "ocr" and total.state in ("read", "contradictory"))


def worth_another(pages: Sequence[PageText]) -> list[int]:
    """The places of the pages of an unproved document that are read again."""
    able = [index for index, page in enumerate(pages) if may_gain(page)]
    half = MOST_PAGES // 2
    return able if len(able) <= MOST_PAGES else [*able[:half], *able[-half:]]


def proof(reading: Reading) -> tuple[int, int, int]:
    """How much of a reading is proved: to compare two readings of the same document."""
    states = [RANKS[f.state] for f in reading.fields.values() if f.state in RANKS]
    total = reading.fields.get("gross_total") or reading.fields.get("closing_balance")
    broken = sum(problem.code in BROKEN for problem in reading.problems)
    return (RANKS.get(total.state, 0) + 1 if total else 0, -broken, sum(states))


def fuse(first: PageText, strong: PageText) -> PageText:
    """The better of two readings of a page."""
    return strong if _letters(strong.words) >= 0.6 * _letters(first.words) else first


def _letters(words: Sequence[Word]) -> int:
    return sum(len(word.text) for word in words if word.confidence >= UNSURE)
