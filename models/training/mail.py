"""Drawn mail to learn from: documents as sketches, laid into stacks, with what mail lacks.

Documents are drawn and looked at once and then laid into stacks again and again. A pile as it was
drawn is too easy: so neighbours are often of one sender or of one kind, pages are often read badly,
and a document loses some kind of evidence on all of its pages, as other people's papers never had
it. What is learnt must then stand on what is left.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pymupdf

from domain.text import Box, PageText, Word
from models.lines import Spot, into_lines
from models.sketches import Sketch, sketch
from models.synthetic.layout import Layouts
from models.synthetic.noise import noisy_words
from models.synthetic.sheet import A4
from models.synthetic.stacks import draw_stack
from models.training import fields

NOTHING = frozenset[str]()
LOSSES: tuple[tuple[float, dict[str, Any]], ...] = (
    # share of documents that never had it, and what is then missing on all their pages
    (0.35, {"page_number": None, "page_total": None}),
    (0.15, {"page_total": None}),
    (0.15, {"title": None}),
    (0.3, {"heading": NOTHING}),
    (0.35, {"identifiers": NOTHING}),
    (0.25, {"contacts": NOTHING}),
    (0.3, {"document_number": None}),
    (0.2, {"references": NOTHING}),
    (0.3, {"foot": NOTHING}),
    (0.2, {"head": NOTHING}),
    (0.25, {"dates": NOTHING}),
    (0.25, {"carried_in": False, "carried_out": False}),
    (0.25, {"totals": False}),
    (0.2, {"salutation": False, "closing": False}),
    (0.3, {"terms": False}),
    (0.3, {"starts_inside": False, "ends_inside": False}),
    (0.3, {"first_count": None, "last_count": None}),
    (0.3, {"language": None}),
)
BARE: dict[str, Any] = {
    "heading": NOTHING,
    "head": NOTHING,
    "foot": NOTHING,
    "identifiers": NOTHING,
    "contacts": NOTHING,
    "document_number": None,
    "references": NOTHING,
    "dates": NOTHING,
}
INNER_BARE = 0.3
"""Share of documents whose letterhead and footer stand on the first page only."""
ANNEXED = 0.12
"""Share of documents with an inner page of quite another document behind them."""
OF_A_PAGE = 0.25
"""The same losses strike single pages so much more rarely."""
SAME_SENDER, SAME_KIND = 0.12, 0.25
LEFT_OUT = 0.65
"""Share of the documents of one page left out of a pile: there is more to learn from the others."""
A_WORD_FOR_A_TITLE = 0.06


@dataclass(frozen=True, slots=True)
class Drawn:
    """One drawn document, looked at."""

    sketches: tuple[Sketch, ...]
    category: str
    accepted: frozenset[str]
    sender: str
    layout: str
    fields: Mapping[str, fields.Sample]


@dataclass(frozen=True, slots=True)
class Pile:
    """Pages of several documents in a row; `starts` are the places of first pages, 0 first."""

    sketches: tuple[Sketch, ...]
    starts: tuple[int, ...]


def draw_mail(
    seed: int, documents: int, layouts: Layouts | None, *, badly_read: bool
) -> list[Drawn]:
    """The mail of one company."""
    random = Random(seed)
    stack = draw_stack(seed, documents=documents, layouts=layouts)
    with pymupdf.open(stream=stack.pdf, filetype="pdf") as drawn:
        printed = [read_drawn(page) for page in drawn]
    pages = printed
    if badly_read:
        both = [_badly_read(random, page) for page in printed]
        printed, pages = [page for page, _ in both], [page for _, page in both]
    sketches = [sketch(page) for page in pages]
    return [
        Drawn(
            tuple(sketches[number] for number in group["pages"]),
            group["category"],
            frozenset({group["category"], *group["accept_categories"]}),
            str((group["fields"] or {}).get("supplier_name")),
            group["layout"],
            fields.measure(
                group["category"],
                group["fields"] or {},
                [printed[number] for number in group["pages"]],
                [pages[number] for number in group["pages"]],
            ),
        )
        for group in stack.truth["groups"]
    ]


def lay(random: Random, mail: Sequence[Drawn], documents: int) -> Pile:
    """A pile of some of the mail, each document with its own losses."""
    single = [d for d in mail if len(d.sketches) == 1]
    dropped = {id(d) for d in single if random.random() < LEFT_OUT}
    left = [d for d in random.sample(mail, len(mail)) if id(d) not in dropped]
    inner = [page for d in mail for page in d.sketches[1:]]
    pages: list[Sketch] = []
    starts: list[int] = []
    document: Drawn | None = None
    for _ in range(min(documents, len(left))):
        document = _next(random, left, before=document)
        left.remove(document)
        starts.append(len(pages))
        sketches = list(document.sketches)
        if inner and not document.sketches[0].slip and random.random() < ANNEXED:
            sketches.append(replace(random.choice(inner), **BARE, page_number=None))
        pages += worn(random, sketches)
    return Pile(tuple(replace(page, number=n) for n, page in enumerate(pages)), tuple(starts))


def worn(random: Random, document: Sequence[Sketch]) -> Iterator[Sketch]:
    """The pages of a document without some of what they say."""
    lost: dict[str, Any] = {}
    for share, what in LOSSES:
        if random.random() < share:
            lost |= what
    bare = BARE if random.random() < INNER_BARE else {}
    named = document[0].clues.titles
    for n, page in enumerate(document):
        more = dict(bare) if n else {}
        for share, what in LOSSES:
            if random.random() < share * OF_A_PAGE:
                more |= what
        if n and named and random.random() < A_WORD_FOR_A_TITLE:
            # Inner pages speak of invoices and quotes as well, at times in bold.
            more["title"] = replace(random.choice(named), strength=random.uniform(1.7, 4.0))
        yield replace(page, **(lost | more))


def read_drawn(page: pymupdf.Page) -> PageText:
    """The words of a drawn page, whose text layer needs no judging."""
    wide, high = page.rect.width, page.rect.height
    spots = [Spot(w[4], w[0], w[1], w[2], w[3], 1.0) for w in page.get_text("words")]
    words = tuple(
        Word(s.text, Box.clipped(s.x0 / wide, s.y0 / high, s.x1 / wide, s.y1 / high), 1.0, n)
        for n, line in enumerate(into_lines(spots))
        for s in line
    )
    return PageText(page.number, wide, high, "text", words, ink=0.05, blank=not words)


def _next(random: Random, left: Sequence[Drawn], *, before: Drawn | None) -> Drawn:
    if before is not None:
        like = random.random()
        same = [
            d
            for d in left
            if (like < SAME_SENDER and d.sender == before.sender)
            or (SAME_SENDER <= like < SAME_SENDER + SAME_KIND and d.category == before.category)
        ]
        if same:
            return random.choice(same)
    return left[0]


def _badly_read(random: Random, page: PageText) -> tuple[PageText, PageText]:
    """A page as it lies on the glass, and as it is read from there."""
    lying = _on_a4(random, page)
    return lying, noisy_words(random, lying)


def _on_a4(random: Random, page: PageText) -> PageText:
    """A page as it lies on the glass: a slip is scanned on a sheet of A4 as often as not."""
    wide, high = A4
    if page.width >= wide * 0.9 or page.height > high or random.random() < 0.4:
        return page
    x = random.uniform(0, wide - page.width)
    y = random.uniform(0, high - page.height)

    def moved(box: Box) -> Box:
        return Box.clipped(
            (x + box.x0 * page.width) / wide,
            (y + box.y0 * page.height) / high,
            (x + box.x1 * page.width) / wide,
            (y + box.y1 * page.height) / high,
        )

    words = tuple(replace(word, box=moved(word.box)) for word in page.words)
    return replace(page, width=wide, height=high, words=words)
