"""Free truth: what XML and payment codes say, against what the pages alone would have told.

An invoice that carries its own data needs no reading; reading it all the same shows how good the
reader is on the papers of this organisation, and what it must still learn.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from domain.findings import Reading
from domain.rules import NOTHING_LEARNT, Memory
from domain.text import PageText
from models.extraction import Own, extract
from models.memory.applying import with_rules
from models.memory.learning import same

Outcome = Literal["agreed", "differed", "missed"]
OUTCOMES: tuple[Outcome, ...] = ("agreed", "differed", "missed")
TRUE = frozenset({"xml", "qr"})


def compare(
    pages: Sequence[PageText],
    category: str,
    reading: Reading,
    *,
    own: Own,
    today: dt.date | None = None,
    memory: Memory = NOTHING_LEARNT,
) -> dict[str, tuple[str, Outcome]]:
    """Field → its source (``xml`` or ``qr``) and how the pages alone compare.

    Empty for a document without either, and for one whose pages have no words: there the reader
    had nothing to read. A value in doubt is no truth.
    """
    true = {
        name: found
        for name, found in reading.fields.items()
        if found.source in TRUE and found.state != "contradictory"
    }
    if not true or not any(page.words for page in pages):
        return {}
    bare = [replace(page, codes=()) for page in pages]
    alone = with_rules(
        extract(bare, category, own=own, today=today),
        bare,
        memory,
        own=own,
        category=category,
        today=today,
    )
    outcomes: dict[str, tuple[str, Outcome]] = {}
    for name, found in true.items():
        read = alone.value(name)
        outcome: Outcome = (
            "missed" if read is None else "agreed" if same(name, read, found.value) else "differed"
        )
        outcomes[name] = (found.source, outcome)
    return outcomes
