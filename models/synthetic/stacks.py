"""Stacks of mail: drawn documents laid one behind the other, as a mailroom scans them.

`draw_stack` is what demonstrations, tests and benchmarks call. The truth has the shape that
`models.evaluation` reads.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pymupdf

from models.synthetic.faults import Profile
from models.synthetic.feeding import Feeding, Slot, feed
from models.synthetic.layer import lay_poor_text
from models.synthetic.layout import Layouts
from models.synthetic.mail import Mail, draw_papers
from models.synthetic.paper import Paper
from models.synthetic.scanner import PROFILES, scan_blank, scan_page
from models.synthetic.sheet import A4


@dataclass(frozen=True, slots=True)
class Stack:
    pdf: bytes
    truth: dict[str, Any]


def draw_stack(
    seed: int,
    documents: int | None = None,
    pages: int | None = None,
    scanned: bool | Profile = False,
    layouts: Layouts | None = None,
    feeding: Feeding | None = None,
    layer: bool = False,
    mail: Mail | None = None,
) -> Stack:
    """A stack of `documents` documents, or of exactly `pages` pages (12 documents if neither).

    A scanned stack is pictures of pages: askew, noisy, some turned, with the faults of a machine
    (`scanner.MACHINES`; True is the office's). `layer` lays a poor hidden text under some of them.
    `layouts` keeps to papers for training or for testing, which are put together from different
    parts (`layout.HELD_OUT`). `mail` is what a small French company gets (``home``), or papers of
    all countries alike (``wide``, usual where `layouts` are asked for). `feeding` says in which order sheets are fed; blank sheets stand
    between some documents of a scanned stack unless it has an exact number of pages. The same
    arguments draw the same stack.
    """
    if documents is not None and pages is not None:
        raise ValueError("a stack has a number of documents or a number of pages, not both")
    if documents is None and pages is None:
        documents = 12
    if feeding is None:
        feeding = "separated" if scanned and documents is not None else "plain"
    random = Random(seed)
    mail = mail or ("home" if layouts is None else "wide")
    papers = _pile(draw_papers(random, layouts, mail), documents, pages)
    slots = feed(random, [len(paper.sheets) for paper in papers], feeding)
    truth: dict[str, Any] = {
        "variant": "scan" if scanned else "digital",
        "page_count": len(slots),
        "feeding": feeding,
        "groups": [
            {
                "pages": _places(slots, n),
                "category": paper.category,
                "accept_categories": list(paper.accept_categories),
                "source_doc": f"drawn-{seed}-{n + 1}",
                "language": paper.language,
                "fields": paper.fields,
                "ignore_fields": list(paper.ignore_fields),
                "layout": paper.layout,
            }
            for n, paper in enumerate(papers)
        ],
        "blank_pages": _places(slots, None),
        "rotated_pages": {},
    }
    if scanned:
        profile = PROFILES[0] if scanned is True else scanned
        pdf = _scanned(random, papers, slots, truth, profile, layer=layer)
    else:
        pdf = _written(papers, slots)
    return Stack(pdf.tobytes(garbage=0, deflate=False, deflate_fonts=True, no_new_id=True), truth)


def _pile(papers: Iterator[Paper], documents: int | None, pages: int | None) -> list[Paper]:
    pile: list[Paper] = []
    left = pages
    for paper in papers:
        if len(pile) == documents or left == 0:
            break
        if left is not None:
            if len(paper.sheets) > left:
                continue
            left -= len(paper.sheets)
        pile.append(paper)
    return pile


def _places(slots: list[Slot], document: int | None) -> list[int]:
    """Where the sheets of a document were fed, in its own order; blanks belong to no document."""
    places = [(slot.sheet, n) for n, slot in enumerate(slots) if slot.document == document]
    return [n for _, n in sorted(places)]


def _written(papers: list[Paper], slots: list[Slot]) -> pymupdf.Document:
    drawn = pymupdf.open()
    embedded: dict[str, int] = {}
    for slot in slots:
        if slot.document is None:
            drawn.new_page(width=A4[0], height=A4[1])
        else:
            papers[slot.document].sheets[slot.sheet].write(drawn, embedded)
    drawn.set_metadata({"title": "Bannette", "creationDate": "D:20260101000000Z"})
    return drawn


def _scanned(
    random: Random,
    papers: list[Paper],
    slots: list[Slot],
    truth: dict[str, Any],
    profile: Profile,
    *,
    layer: bool,
) -> pymupdf.Document:
    drawn, out = _written(papers, slots), pymupdf.open()
    for number, slot in enumerate(slots):
        if slot.document is None:
            scan_blank(random, *A4, profile).lay(out)
            continue
        turned = random.choice((90, 180, 270)) if random.random() < 0.06 else 0
        back = drawn[number - 1] if number else None
        page = scan_page(random, drawn[number], turned, profile, back).lay(out)
        if turned:
            truth["rotated_pages"][str(number)] = turned
        elif layer and random.random() < 0.7:
            lay_poor_text(random, drawn[number], page)
    return out
