"""Rules from what people put right, tried on what they had confirmed before.

A correction gives candidates: the value is always the same for this sender, or it stands at some
places of the page. Each is replayed on the sender's past documents; an anchor that would have
given a wrong value there is dropped, and a rule of which nothing is left is refused, with the
document that speaks against it. Silence on a past document is no objection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.findings import DATE_FIELDS
from domain.identifiers import compact
from domain.rules import Anchor, Rule
from domain.suppliers import plain_name
from domain.text import Box
from models.memory.lists import MOST_RIGHT, agreement, rule_for, shown
from models.memory.places import Paper, Spot, anchors_at, find, spots_of
from models.memory.tables import Lines, lines_of

ALWAYS = frozenset(
    {
        "supplier_name",
        "supplier_vat_id",
        "supplier_siren",
        "supplier_siret",
        "supplier_uid",
        "iban",
        "currency",
        "bank_name",
    }
)
"""What does not change from one paper of a sender to the next."""
NEVER = frozenset({"customer_name", "customer_vat_id"})
"""What says more about us than about the sender."""
WEIGHTS = {"left": 3.0, "above": 2.5, "place": 1.2}
MOST_ANCHORS, MOST_KEPT = 6, 10
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Example:
    """A document with what people said of it: field → value, None where they removed one."""

    document_id: str
    paper: Paper
    confirmed: Mapping[str, str | None]
    lists: Mapping[str, Lines] = field(default_factory=dict)
    """What they said line by line: VAT lines, line items."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A rule that stood the replay, or the reason why none did: a code and its values."""

    rule: Rule
    replayed: int = 0
    """Past documents whose confirmed value it reproduces."""
    refused: str | None = None
    against: Mapping[str, Any] | None = None


def learn(
    example: Example,
    field: str,
    past: Sequence[Example],
    place: tuple[int, Box] | None = None,
    before: Rule | None = None,
) -> Learnt | None:
    """What the value of `field` on `example` teaches, replayed on `past`.

    `place` is where a person pointed: the page within the document and a box. `before` is the rule
    that acts now: what of it was right on every paper is kept, for papers that look as those did.
    None when there is nothing to learn: the field is ours, was removed, or its value is not on the
    pages.
    """
    value = example.confirmed.get(field)
    if value is None or field in NEVER:
        return None
    if field in ALWAYS:
        return _replayed(Rule(field, "constant", value), past)
    anchors = _anchors(example.paper, field, value, place)
    if anchors:
        learnt = _replayed(Rule(field, "anchored", anchors=anchors), past)
        return learnt if learnt.refused else _joined(learnt, before, [example, *past])
    if field == "due_date" and (days := _days(example.confirmed, value)) is not None:
        return _replayed(Rule(field, "days", str(days)), past)
    return None


def learn_list(example: Example, name: str, past: Sequence[Example]) -> Learnt | None:
    """What the list `name` of `example` teaches, replayed on `past`; None when its lines are not
    printed in any order that could be looked up.
    """
    rule = rule_for(example.paper, name, example.lists[name], example.confirmed)
    if rule is None:
        return None
    replayed = 0
    for other in past:
        if name not in other.lists:
            continue
        read, true = lines_of(rule, other.paper, other.confirmed), other.lists[name]
        if read is None:
            continue
        if agreement(name, read, true) < MOST_RIGHT:
            against = {
                "document_id": other.document_id,
                "says": shown(read),
                "confirmed": shown(true),
            }
            return Learnt(rule, 0, "contradicts", against)
        replayed += 1
    return Learnt(rule, replayed)


def value_of(
    rule: Rule, paper: Paper, known: Mapping[str, str | None]
) -> tuple[str, Spot | None] | None:
    """What a rule says of a document, with the place that shows it; None when it is silent.

    `known` are the fields as they were read: a rule may count from another one, and where its own
    could stand in several places the reading settles in which.
    """
    if rule.kind == "constant":
        assert rule.value is not None
        shown = next((spot for spot, _ in spots_of(paper, rule.field, rule.value)), None)
        if rule.field == "iban" and shown is None:
            return None  # an account is paid into: it is never made up
        return rule.value, shown
    if rule.kind == "days":
        issued = known.get("issue_date")
        if issued is None or rule.value is None:
            return None
        due = date.fromisoformat(issued).toordinal() + int(rule.value)
        return date.fromordinal(due).isoformat(), None
    if rule.kind == "anchored":
        return _vote(rule.anchors, paper, known.get(rule.field))
    return None


def _vote(anchors: Sequence[Anchor], paper: Paper, read: str | None) -> tuple[str, Spot] | None:
    """The value that most anchors lead to, by weight; a bare place settles ties only."""
    votes: dict[str, float] = defaultdict(float)
    spots: dict[str, Spot] = {}
    for anchor in anchors:
        spot = find(paper, anchor, read)
        if spot is not None:
            votes[spot.value] += WEIGHTS[anchor.side]
            spots.setdefault(spot.value, spot)
    if not votes:
        return None
    best = max(votes, key=lambda value: votes[value])
    return best, spots[best]


def _anchors(
    paper: Paper, field: str, value: str, place: tuple[int, Box] | None
) -> tuple[Anchor, ...]:
    spots = spots_of(paper, field, value)
    if place is not None:
        page, box = place
        pointed = [s for s in spots if s[0].row.page == page and _overlap(s[0].box, box)]
        spots = pointed or spots
    if spots and spots[0][1].shape.endswith(("amount", "whole")):
        spots.reverse()  # totals stand below what they add up
    found: list[tuple[int, Anchor]] = []
    for spot, bare in spots:
        for rank, anchor in anchors_at(paper, field, spot, bare):
            again = find(paper, anchor)
            if again is not None and same(field, again.value, value):
                found.append((rank, anchor))
    found.sort(key=lambda ranked: (-ranked[0], -WEIGHTS[ranked[1].side]))
    best = max((rank for rank, anchor in found if anchor.side != "place"), default=0)
    # Of equal values, the one that is called by the field's name is meant.
    labelled = [a for rank, a in found if a.side != "place" and rank >= min(best, 1)]
    places = [anchor for _, anchor in found if anchor.side == "place"]
    if field not in DATE_FIELDS and labelled and labelled[0].shape.endswith(("amount", "whole")):
        places = []  # amounts move with the lines above them
    return (*labelled[: MOST_ANCHORS - 1], *places[:1])


def _overlap(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _days(known: Mapping[str, str | None], due: str) -> int | None:
    issued = known.get("issue_date")
    if issued is None:
        return None
    days = date.fromisoformat(due).toordinal() - date.fromisoformat(issued).toordinal()
    return days if 0 <= days <= MOST_DAYS else None


def _replayed(rule: Rule, past: Sequence[Example]) -> Learnt:
    """`rule` without the anchors that would have been wrong before, or refused."""
    kept = rule
    if rule.kind == "anchored":
        good = tuple(
            anchor
            for anchor in rule.anchors
            if _objection(replace(rule, anchors=(anchor,)), past) is None
        )
        if good:
            kept = replace(rule, anchors=good)
    objection = _objection(kept, past)
    if objection is not None:
        return Learnt(rule, 0, "contradicts", objection)
    return Learnt(kept, sum(_reproduces(kept, example) for example in past))


def _joined(learnt: Learnt, before: Rule | None, papers: Sequence[Example]) -> Learnt:
    """What was learnt, with the anchors of an earlier rule that are right on all papers."""
    rule, field = learnt.rule, learnt.rule.field
    kept = [
        anchor
        for anchor in (before.anchors if before else ())
        if anchor not in rule.anchors
        and _objection(Rule(field, "anchored", anchors=(anchor,)), papers) is None
    ]
    return replace(learnt, rule=replace(rule, anchors=(*rule.anchors, *kept)[:MOST_KEPT]))


def _objection(rule: Rule, past: Sequence[Example]) -> Mapping[str, str] | None:
    """The first past document of which the rule would have said something else."""
    for example in past:
        if rule.field not in example.confirmed:
            continue
        said = value_of(rule, example.paper, _others(example, rule.field))
        true = example.confirmed[rule.field]
        if said is not None and (true is None or not same(rule.field, said[0], true)):
            return {
                "document_id": example.document_id,
                "says": said[0],
                "confirmed": true or "",
            }
    return None


def _others(example: Example, field: str) -> dict[str, str | None]:
    """What was confirmed besides a field: a rule is not told what it is to find."""
    return {name: value for name, value in example.confirmed.items() if name != field}


def _reproduces(rule: Rule, example: Example) -> bool:
    true = example.confirmed.get(rule.field)
    if true is None:
        return False
    said = value_of(rule, example.paper, _others(example, rule.field))
    return said is not None and same(rule.field, said[0], true)


def same(field: str, one: str, other: str) -> bool:
    """Whether two values of a field are the same to a person."""
    if field.endswith("_name"):
        return plain_name(one) == plain_name(other)
    if field in DATE_FIELDS or one == other:
        return one == other
    return bool(compact(one)) and compact(one) == compact(other)
