"""The report of an evaluation as a folder to open in a browser: why each mistake was made.

Every mistake is a card: what is true, what was found, how sure and why, and the page with what was
taken in red and the true value in green. The folder needs nothing from outside; every string comes
from paper that strangers wrote, so the template escapes all of them.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.errors import Refused
from domain.text import Box, PageText
from models.evaluation import bars
from models.evaluation.cases import Case
from models.evaluation.judging import JudgedFile
from models.evaluation.mistakes import OVERCONFIDENT, Mistake, mistakes_in
from models.evaluation.pictures import draw_pictures, picture_name
from models.evaluation.pointing import Spot, spots_of
from models.evaluation.readings import pages_of
from models.evaluation.report import percent, tables

Pages = Mapping[int, PageText]
"""The pages of a file by their numbers."""
TEMPLATES = Path(__file__).parent / "templates"
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


@dataclass(slots=True)
class Section:
    """Cards about one thing, in one kind of mistake."""

    name: str
    anchor: str
    grave: bool
    cards: list[Card] = field(default_factory=list)


def write_report(
    folder: Path,
    result: dict[str, Any],
    files: Sequence[tuple[Case, JudgedFile]],
    cache_folder: Path,
) -> Path:
    """Write ``index.html`` and the pictures it shows into `folder`; returns the path of the page."""
    cases = {(judged.set, judged.name): case for case, judged in files}
    sections: dict[str, Section] = {}
    wanted: dict[Path, dict[int, int]] = defaultdict(dict)

    @functools.cache
    def read(path: Path) -> dict[int, PageText]:
        try:
            return {page.number: page for page in pages_of(path, cache_folder)[0]}
        except Refused:
            return {}

    for mistake in mistakes_in(judged for _, judged in files):
        path = cases[mistake.file.set, mistake.file.name].path
        pages = read(path)
        card = _card(mistake, path, pages)
        for picture in card.pictures:
            wanted[path][picture.page] = pages[picture.page].turned
        name = _section_name(mistake)
        anchor = "".join(c if c.isalnum() else "-" for c in name)
        grave = mistake.kind in OVERCONFIDENT
        sections.setdefault(name, Section(name, anchor, grave)).cards.append(card)
    draw_pictures(wanted, folder / PICTURES)
    script = (TEMPLATES / "report.js").read_text("utf-8")
    page = _environment().get_template("report.html").render(
        result=result,
        bars=list(bars.measured(result)),
        tables=list(tables(result)),
        sections=list(sections.values()),
        sets=sorted({judged.set for _, judged in files}),
        style=(TEMPLATES / "report.css").read_text("utf-8"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )  # fmt: skip
    index = folder / "index.html"
    index.write_text(page, "utf-8")
    return index


def _section_name(mistake: Mistake) -> str:
    if mistake.kind in OVERCONFIDENT or mistake.value is None:
        return str(mistake.kind)
    return mistake.what.replace("_", " ")


def _card(mistake: Mistake, path: Path, pages: Pages) -> Card:
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
    return Card(mistake, f"{mistake.file.name}, before page {cut.page + 1}", facts, cut.reasons,
                pictures)  # fmt: skip


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
        tuple(str(problem["message"]) for problem in problems),
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


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    return environment
