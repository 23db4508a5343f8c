"""Rules at work on the next document of a sender.

A rule wins over what was read from words when the two differ, and stands back where something
better speaks: the XML, a payment code, a person, amounts that are proved together. Where both say
the same, each confirms the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.documents import Category
from domain.findings import LISTS, Finding, Reading
from domain.groups import Classification
from domain.money import CENT
from domain.rules import NOTHING_LEARNT, ActiveRule, Memory, category_rule, reader_of
from domain.text import PageText
from models.extraction.parties import Own
from models.extraction.rows import Sheet, sheet_of
from models.memory.doubts import SUMS, held_back
from models.memory.learning import same, value_of
from models.memory.lists import agreement
from models.memory.places import Paper, Spot
from models.memory.senders import identifiers_of, recognise, recognise_by
from models.memory.tables import Lines, adds_up, lines_of

TAUGHT = "papers of this sender were sorted so"
BETTER = frozenset({"xml", "qr", "person"})
CLEAR = 0.9
"""A printed date that was read this surely is not replaced by one that was counted."""


def with_rules(
    reading: Reading,
    pages: Sequence[PageText],
    memory: Memory = NOTHING_LEARNT,
    *,
    own: Own,
    category: str = Category.PURCHASE_INVOICE,
    today: dt.date | None = None,
) -> Reading:
    """`reading` with what is known of its sender; the same where the sender is unknown.

    What the checks of its `category` speak against on `today` is not taken from a rule.
    """
    if not memory.senders or not pages:
        return reading
    sheet = sheet_of(list(pages))
    sender = recognise_by(identifiers_of(sheet, own), pages[0], memory, own)
    if sender is None:
        return reading
    return apply(reading, sheet, sender.rules, category=category, today=today)


def as_sorted_before(
    kind: Classification, pages: Sequence[PageText], memory: Memory, *, own: Own
) -> Classification:
    """`kind`, or what papers of this sender that look like it were sorted as."""
    sender = recognise(pages, memory, own)
    for active in sender.rules if sender else ():
        category = active.rule.value
        if category and active.rule == category_rule(kind.category, category):
            return Classification(
                category,
                round(active.reliability, 3),
                runner_up=kind.category,
                reasons=(TAUGHT,),
                rule_id=active.id,
            )
    return kind


def apply(
    reading: Reading,
    sheet: Sheet,
    rules: Sequence[ActiveRule],
    *,
    category: str,
    today: dt.date | None,
) -> Reading:
    """`reading` with the values that `rules` give, each with its evidence."""
    paper = Paper.of(sheet)
    fields = dict(reading.fields)
    # What is counted from another field comes after that field.
    of_fields = [
        active
        for active in rules
        if active.rule.field not in LISTS and active.rule.kind != "category"
    ]
    for active in sorted(of_fields, key=lambda active: active.rule.kind == "days"):
        field = active.rule.field
        known = {name: found.value for name, found in fields.items()}
        said = value_of(active.rule, paper, known)
        before = fields.get(field)
        if said is None or (before is not None and not _may_replace(before, active)):
            continue
        value, spot = said
        if before is not None and same(field, before.value, value):
            state = "consistent" if before.state == "read" else before.state
            sure = max(before.confidence, active.reliability)
            fields[field] = replace(before, state=state, confidence=round(sure, 3))
        else:
            fields[field] = _finding(active, value, spot, sheet)
    made = replace(reading, fields=_closed(reading.fields, fields))
    reading = held_back(reading, made, category, today)
    for active in rules:
        if active.rule.field in LISTS:
            reading = _with_list(reading, active, paper)
    return reading


def _with_list(reading: Reading, active: ActiveRule, paper: Paper) -> Reading:
    """`reading` with the lines that a rule reads, unless what was read of them adds up and these
    do not. The lines of an XML are never read again.
    """
    name = active.rule.field
    if any(found.source == "xml" for found in reading.fields.values()):
        return reading
    known = {field: found.value for field, found in reading.fields.items()}
    before: Lines = getattr(reading, name)
    said = lines_of(active.rule, paper, known)
    if said is None or (before and agreement(name, said, before) == 1.0):
        return reading
    if adds_up(name, before, known) and not adds_up(name, said, known):
        return reading
    reading = replace(reading, list_readers={**reading.list_readers, name: reader_of(active.id)})
    given: dict[str, Any] = {name: said}
    return replace(reading, **given)


def _may_replace(before: Finding, active: ActiveRule) -> bool:
    if before.source in BETTER or before.state == "proved":
        return False
    return active.rule.kind != "days" or before.confidence < CLEAR


def _finding(active: ActiveRule, value: str, spot: Spot | None, sheet: Sheet) -> Finding:
    sure, page, box = active.reliability, None, None
    if spot is not None:
        read = sheet.pages[spot.row.page]
        page, box = read.number, spot.box
        if read.source == "ocr" and active.rule.kind == "anchored":
            sure *= 0.6 + 0.4 * spot.row.confidence(spot.start, spot.end)
    return Finding(value, round(sure, 3), "read", "rule", page, box, reader_of(active.id))


def _closed(before: dict[str, Finding], after: dict[str, Finding]) -> dict[str, Finding]:
    """Sums that a rule changed agree with the others when net and VAT make the gross."""
    sums = [after.get(name) for name in SUMS]
    if all(found is not None for found in sums) and any(
        after[name] is not before.get(name) for name in SUMS
    ):
        net, vat, gross = (Decimal(after[name].value) for name in SUMS)
        if abs(net + vat - gross) <= CENT:
            for name in SUMS:
                if after[name].state in ("read", "contradictory"):
                    after[name] = replace(after[name], state="consistent")
    return after
