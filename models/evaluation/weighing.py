"""What spoke for a cut or for a value, as it was weighed: to show, not to judge.

It is asked anew of the first reading of the pages, so that a cut that was missed has its evidence
too, which the splitter keeps for the cuts it makes only.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.documents import Category
from domain.text import PageText
from models.evidence import EVIDENCE
from models.extraction.particulars import CHOSEN, proposed_on
from models.extraction.ranking import choose
from models.extraction.ranking import learnt as learnt_of
from models.extraction.rows import sheet_of
from models.sketches import sketch
from models.splitting import learnt, pair_features

LOUDEST = 8


def evidence_for_cut(pages: Sequence[PageText]) -> tuple[str, ...]:
    """Words like ``+2.2 another letterhead`` for or against a document beginning with the last of
    `pages`, which follow each other in their file: log-odds, the loudest first. Empty when that page
    is one to set aside, or has none before it.
    """
    kept, found = pair_features([sketch(page) for page in pages])
    if not found or kept[-1].number != pages[-1].number:
        return ()
    weights = learnt().cuts
    worth = [(weights[name] * times, EVIDENCE[name][1]) for name, times in found[-1].items()]
    loudest = sorted((pair for pair in worth if pair[1]), key=lambda pair: -abs(pair[0]))
    return tuple(f"{odds:+.1f} {words}" for odds, words in loudest[:LOUDEST])


def evidence_for_value(pages: Sequence[PageText], category: str, field: str) -> tuple[str, ...]:
    """Words like ``+6.5 number label`` for the candidate of a field that is chosen on these pages.

    Empty for a field that is not chosen among candidates, or where none was.
    """
    if field not in CHOSEN:
        return ()
    proposed = proposed_on(sheet_of(list(pages)), receipt=category == Category.RECEIPT)
    choice = choose(proposed[field], learnt_of(field, CHOSEN[field]))
    found = choice.reasons() if choice else []
    return tuple(f"{odds:+.1f} {words}" for words, odds in found[:LOUDEST])
