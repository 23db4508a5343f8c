"""Where each document of a stack begins.

Every pair of neighbouring pages is weighed: page numbers, identifiers and references that go on or
change, titles, totals, letterheads, shapes. Weights are log-odds that a new document begins, kept in
one table with the words that explain them. The best segmentation is then chosen for the whole file
at once, so that a page announced as “2 of 3” holds its neighbours together, and each cut keeps a
probability and its reasons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from domain.documents import SetAside
from domain.groups import Cut, ProposedGroup, Split
from domain.text import PageText
from models.sketches import Sketch, sketch

WEIGHTS: dict[str, tuple[float, str]] = {
    # evidence: log-odds that a new document begins, and why
    "prior": (0.6, ""),
    "first_of_several": (2.6, "page 1 of several"),
    "first_of_one": (3.0, "page 1 of 1"),
    "numbered_one": (1.8, "page number 1"),
    "next_number": (-5.0, "the page numbers go on"),
    "next_number_alone": (-2.4, "the page numbers go on"),
    "later_number": (-1.8, "not a first page by its number"),
    "number_breaks": (2.0, "the page numbers start again"),
    "previous_last": (2.2, "the page before is the last of its document"),
    "previous_not_last": (-2.6, "the page before announces more"),
    "blank_between": (2.2, "a blank page lies between"),
    "title": (0.75, "it has a title"),  # for each point of its strength above one
    "same_title": (-1.2, "the same title and number as the page before"),
    "new_identifier": (2.2, "another company's identifier"),
    "same_identifier": (-1.3, "the same company's identifier"),
    "new_contact": (1.0, "another address or telephone"),
    "same_contact": (-0.9, "the same address or telephone"),
    "same_number": (-2.6, "the same document number"),
    "new_number": (2.6, "another document number"),
    "table_first": (-1.6, "a table goes on at the top"),
    "same_reference": (-1.4, "numbers of the page before come back"),
    "new_reference": (0.5, "none of the numbers of the page before"),
    "same_head": (-1.6, "the same letterhead"),
    "new_head": (0.7, "another letterhead"),
    "same_foot": (-1.1, "the same footer"),
    "size": (1.8, "another paper size"),
    "slip": (2.6, "a till receipt stands alone"),
    "source": (1.2, "one page is a scan, the other is not"),
    "category": (1.6, "another kind of document"),
    "same_words": (-1.3, "much the same words"),
    "letters": (0.8, "another size of letters"),
    "carried_in": (-2.6, "a sum is carried over"),
    "carried_out": (-2.4, "the page before is continued"),
    "total_reached": (0.5, "the total stood on the page before"),
    "no_total_yet": (-0.9, "a table without its total"),
    "same_columns": (-1.0, "the same columns go on"),
    "salutation": (1.3, "a letter begins"),
    "closed": (0.8, "a letter ended"),
    "inside": (-1.6, "a sentence goes on"),
    "prose_goes_on": (-1.4, "pages of sentences go on"),
    "terms": (-1.6, "general conditions or an annex follow"),
    "untitled": (-1.3, "no title of its own"),
    "nothing_new": (-0.8, "no address of its own"),
}
_Say = Callable[..., None]
SHARPNESS = 0.9
"""From log-odds to probability: evidence overlaps, so that the plain sum is too sure of itself."""
REASONS = 3
FEW_WORDS = 20
CLEAR = 3.6
FAINT = 1.7
"""Titles weaker than this are words in a sentence as often as not."""
MOST_PAGES = 200
"""Longest document the search looks back for; longer ones come out in pieces of this size."""


def split(pages: Sequence[PageText]) -> Split:
    """Cut a file into documents; blank pages are set aside. Looks at each page once, in order."""
    sketches: list[Sketch] = []
    blanks: dict[int, SetAside] = {}
    after_blank: set[int] = set()
    for page in pages:
        seen = sketch(page)
        if seen.blank:
            blanks[page.number] = SetAside.BLANK
            after_blank.add(len(sketches))
        else:
            sketches.append(seen)
    if not sketches:
        return Split((), blanks)
    evidence = [
        weigh_pair(before, after, blank_between=place in after_blank)
        for place, (before, after) in enumerate(pairwise(sketches), 1)
    ]
    starts = [0, *best_cuts(sketches, [sum(v for _, v in e) for e in evidence])]
    groups = []
    for start, end in zip(starts, [*starts[1:], len(sketches)], strict=True):
        numbers = tuple(s.number for s in sketches[start:end])
        groups.append(ProposedGroup(numbers, _cut(evidence[start - 1] if start else None)))
    return Split(tuple(groups), blanks)


def best_cuts(sketches: Sequence[Sketch], scores: Sequence[float]) -> list[int]:
    """The places where documents begin in the likeliest segmentation (the first is not listed).

    A segment gains what its joins are worth and what its own page numbers agree on; dynamic
    programming over the last cut finds the best sum.
    """
    count = len(sketches)
    best = [0.0] + [-math.inf] * count
    came_from = [0] * (count + 1)
    for end in range(1, count + 1):
        for start in range(end - 1, max(-1, end - 1 - MOST_PAGES), -1):
            value = best[start] + _agreement(sketches[start:end])
            if start:
                value += scores[start - 1]
            if value > best[end]:
                best[end], came_from[end] = value, start
    cuts: list[int] = []
    end = count
    while end:
        end = came_from[end]
        if end:
            cuts.append(end)
    return cuts[::-1]


def _agreement(segment: Sequence[Sketch]) -> float:
    """What page numbers say of a whole segment: complete, or in contradiction with itself."""
    first, last = segment[0], segment[-1]
    value = 0.0
    if first.page_total and first.page_number == 1 and len(segment) == first.page_total > 1:
        value += 1.5
    totals = {s.page_total for s in segment if s.page_total}
    if len(totals) > 1:
        value -= 1.5
    if last.page_total and len(segment) > last.page_total:
        value -= 2.0
    return value


def weigh_pair(before: Sketch, after: Sketch, *, blank_between: bool) -> list[tuple[str, float]]:
    """The evidence for a cut between two pages: names of `WEIGHTS` and log-odds."""
    found: list[tuple[str, float]] = []

    def say(name: str, times: float = 1.0) -> None:
        found.append((name, WEIGHTS[name][0] * times))

    say("prior")
    if blank_between:
        say("blank_between")
    _numbers(before, after, say)
    _names(before, after, say)
    _looks(before, after, say)
    _contents(before, after, say)
    return found


def _numbers(before: Sketch, after: Sketch, say: _Say) -> None:
    number, total = after.page_number, after.page_total
    if number == 1:
        say("numbered_one" if not total else "first_of_one" if total == 1 else "first_of_several")
        if before.page_number is not None and before.page_number >= 1 and not total:
            say("number_breaks", 0.5)
    elif number is not None:
        if before.page_number == number - 1:
            say("next_number" if total and total == before.page_total else "next_number_alone")
        elif before.page_number is not None and before.page_number >= number:
            say("number_breaks")
        else:
            say("later_number")
    if before.page_total and before.page_number:
        if before.page_number == before.page_total:
            say("previous_last")
        elif number is None or number == before.page_number + 1:
            say("previous_not_last")


def _names(before: Sketch, after: Sketch, say: _Say) -> None:
    same_reference = bool(before.references & after.references)
    if after.title and after.title.strength > FAINT and not after.terms:
        say("title", min(after.title.strength - 1.0, 3.5))
        same = before.title and before.title.text == after.title.text
        if same and before.document_number == after.document_number and same_reference:
            say("same_title", 2.0)
    if before.identifiers and after.identifiers:
        both = before.identifiers & after.identifiers
        say("same_identifier" if both else "new_identifier")
    heads_itself = _heads_itself(after)
    if before.contacts and after.contacts:
        if before.contacts & after.contacts:
            say("same_contact")
        else:
            # An inner page quotes addresses as well: of a service desk, of the place delivered to.
            say("new_contact", 1.0 if heads_itself else 0.4)
    if before.document_number and after.document_number:
        same_number = before.document_number == after.document_number
        # A customer's or contract's number may stand where a document's is looked for.
        sure = 1.0 if heads_itself and after.title and after.title.strength > CLEAR else 0.5
        say("same_number" if same_number else "new_number", 1.0 if same_number else sure)
    elif same_reference:
        say("same_reference")
    elif before.references and after.references and heads_itself:
        say("new_reference")


def _looks(before: Sketch, after: Sketch, say: _Say) -> None:
    if after.slip or before.slip:
        say("slip")
    if not _alike(before.width, after.width, 0.04) or not _alike(before.height, after.height, 0.04):
        say("size", 0.4 if after.slip or before.slip else 1.0)
    if before.source != after.source:
        say("source")
    if len(before.head) >= 3 and len(after.head) >= 3:
        shared = _overlap(before.head, after.head)
        if shared > 0.45:
            say("same_head", shared * 1.2)
        elif shared < 0.12 and _heads_itself(after):
            say("new_head")
    if len(before.foot) >= 3 and len(after.foot) >= 3:
        shared = _overlap(before.foot, after.foot)
        if shared > 0.4:
            say("same_foot", shared * 1.2)
    if before.letter_height and not _alike(before.letter_height, after.letter_height, 0.18):
        say("letters")


def _contents(before: Sketch, after: Sketch, say: _Say) -> None:
    if after.carried_in:
        say("carried_in")
    if before.carried_out:
        say("carried_out")
    was, lead_before = before.category
    now, lead_after = after.category
    if was != now and lead_before > 2 and lead_after > 2 and not after.terms:
        say("category", 1.0 if _heads_itself(after) else 0.4)
    shared = _overlap(before.body, after.body)
    if shared > 0.3:
        say("same_words", min(shared * 2, 1.5))
    columns = set(before.columns) & set(after.columns)
    table_goes_on = len(columns) >= 3 and len(columns) >= 0.6 * len(after.columns)
    if table_goes_on:
        say("same_columns")
    if before.totals:
        say("total_reached")
    elif table_goes_on and not after.title:
        say("no_total_yet")
    if after.salutation and not before.salutation:
        say("salutation")
    if before.closing:
        say("closed")
    if after.starts_inside and (before.ends_inside or before.prose > 0.3):
        say("inside")
    if before.prose > 0.45 and after.prose > 0.45 and not after.salutation:
        strong = after.title and after.title.strength > 3
        say("prose_goes_on", 0.4 if strong else 1.0)
    if after.terms:
        say("terms")
    if after.table_first:
        say("table_first")
    if not _heads_itself(after):
        # A page of which little could be read says little by what it lacks.
        heard = min(1.0, after.words / FEW_WORDS)
        say("untitled", heard)
        if not (after.contacts or after.identifiers):
            say("nothing_new", heard)


def _heads_itself(page: Sketch) -> bool:
    """Whether a page begins like a document: with a title, a salutation, or as a slip."""
    titled = page.title is not None and page.title.strength >= FAINT and not page.terms
    return titled or page.salutation or page.slip


def _cut(evidence: list[tuple[str, float]] | None) -> Cut:
    if evidence is None:
        return Cut(1.0, ("the first page of the file",))
    odds = sum(value for _, value in evidence)
    spoken = sorted(evidence, key=lambda item: -item[1])
    reasons = tuple(WEIGHTS[n][1] for n, v in spoken if v > 0 and WEIGHTS[n][1])[:REASONS]
    return Cut(round(1 / (1 + math.exp(-SHARPNESS * odds)), 4), reasons)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard similarity."""
    either = len(one | other)
    return len(one & other) / either if either else 0.0


def _alike(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)
