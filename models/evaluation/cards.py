"""Mistakes as cards to look at: the words that tell why, and pages with boxes on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.text import Box, PageText
from models.evaluation.judging import JudgedFile
from models.evaluation.mistakes import Mistake
from models.evaluation.pictures import picture_name
from models.evaluation.pointing import Spot, spots_of
from models.evaluation.report import percent
from models.evaluation.weighing import evidence_for_cut, evidence_for_value

Pages = Mapping[int, PageText]
"""The pages of a file by their numbers, as they were read first."""
PICTURES = "pages"
MOST_PICTURES = 3
"""Of one document; the mistake is on the first of them as a rule."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A box drawn on a picture: ``taken`` or ``true``; `box` in percent of the page."""

    kind: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A page (0-based) as `source` shows it; `height` is in widths of the page."""

    source: str
    page: int
    height: float
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One mistake, ready to be shown. `facts` are labels with their words."""

    mistake: Mistake
    title: str
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    pictures: tuple[Picture, ...]
    unread: bool = False
    """The page was not read well enough for anybody to find the value."""


def card_of(mistake: Mistake, path: Path, pages: Pages) -> Card:
    if mistake.cut is not None:
        return _cut_card(mistake, path, pages)
    if mistake.value is not None:
        return _value_card(mistake, path, pages)
    return _category_card(mistake, path, pages)


def _cut_card(mistake: Mistake, path: Path, pages: Pages) -> Card:
    cut = mistake.cut
    assert cut is not None
    sure = "" if cut.probability is None else percent(cut.probability)
    facts = (("probability", sure), *(
        (f"page {page + 1}", _owner(mistake.file, page)) for page in (cut.before, cut.page)
    ))  # fmt: skip
    pictures = _pictures(path, pages, (cut.before, cut.page))
    title = f"{mistake.file.name}, before page {cut.page + 1}"
    between = [pages[n] for n in range(cut.before, cut.page + 1) if n in pages]
    # What was weighed there says more than the reasons given, and is there for a missed cut too.
    return Card(mistake, title, facts, evidence_for_cut(between) or cut.reasons, pictures)


def _owner(file: JudgedFile, page: int) -> str:
    for document in file.documents:
        pages = document.truth["pages"]
        if page in pages:
            where = f"page {pages.index(page) + 1} of {len(pages)} of "
            return (
                f"{where}{document.truth.get('source_doc') or 'a'} ({document.truth['category']})"
            )
    return "of no document"


def _category_card(mistake: Mistake, path: Path, pages: Pages) -> Card:
    assert mistake.document is not None
    group = mistake.document.found or {}
    guess = group.get("guess") or {}
    facts = (
        ("accepted", ", ".join(sorted(mistake.document.accepted))),
        ("confidence", percent(group.get("confidence"))),
        ("said", "sure" if group.get("sure", True) else "to check"),
        ("runner-up", str(guess.get("runner_up") or "")),
    )
    pictures = _pictures(path, pages, mistake.pages)
    return Card(mistake, _title(mistake), facts, tuple(guess.get("reasons") or ()), pictures)


def _value_card(mistake: Mistake, path: Path, pages: Pages) -> Card:
    value, document = mistake.value, mistake.document
    assert value is not None
    assert document is not None
    own = [pages[page] for page in mistake.pages if page in pages]
    marks: dict[int, list[Mark]] = defaultdict(list)
    for name, true in _wanted(mistake):
        for spot in spots_of(name, true, own):
            marks[spot.page].append(_mark("true", spot.box))
    unread = not value.absent and not marks
    for spot in _taken(mistake):
        marks[spot.page].append(_mark("taken", spot.box))
    finding = value.finding
    facts = (
        ("state", value.state),
        ("confidence", percent(finding.get("confidence"))),
        ("read by", f"{finding.get('source', '')} {finding.get('reader') or ''}".strip()),
    )
    problems = (document.found or {}).get("problems") or ()
    shown = sorted(marks) or list(mistake.pages[:1])
    return Card(
        mistake,
        _title(mistake),
        facts if finding else (),
        (
            *(str(problem["message"]) for problem in problems),
            *evidence_for_value(own, str((document.found or {}).get("category")), value.name),
        ),
        _pictures(path, pages, shown, marks),
        unread,
    )


def _wanted(mistake: Mistake) -> Iterator[tuple[str, str]]:
    """The true values to look for on the page, each as the kind of field it is."""
    value, document = mistake.value, mistake.document
    assert value is not None
    assert document is not None
    if not isinstance(document.truth["fields"].get(value.name), list):
        if not value.absent:
            yield value.name, str(value.true)
        return
    for row in document.truth["fields"][value.name]:
        if amount := row.get("amount" if value.name == "vat_lines" else "net_amount"):
            yield "net_total", str(amount)


def _taken(mistake: Mistake) -> Iterator[Spot]:
    """What the reader pointed at."""
    assert mistake.value is not None
    assert mistake.document is not None
    found = mistake.document.found or {}
    rows = found.get(mistake.what)
    for pointed in rows if isinstance(rows, list) else [mistake.value.finding]:
        if pointed.get("box") and pointed.get("page") is not None:
            yield Spot(int(pointed["page"]), Box(*pointed["box"]))


def _mark(kind: str, box: Box) -> Mark:
    return Mark(kind, *(round(100 * v, 2) for v in (
        box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0
    )))  # fmt: skip


def _title(mistake: Mistake) -> str:
    assert mistake.document is not None
    numbers = [page + 1 for page in mistake.pages]
    pages = f"pages {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"page {numbers[0]}"
    name = mistake.document.truth.get("source_doc") or ""
    return f"{mistake.file.name}, {pages}{f' ({name})' if name else ''}"


def _pictures(
    path: Path,
    pages: Pages,
    numbers: Sequence[int],
    marks: Mapping[int, Sequence[Mark]] | None = None,
) -> tuple[Picture, ...]:
    return tuple(
        Picture(
            f"{PICTURES}/{picture_name(path, number)}",
            number,
            round(pages[number].height / pages[number].width, 4),
            tuple((marks or {}).get(number, ())),
        )
        for number in numbers[:MOST_PICTURES]
        if number in pages
    )
