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
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.errors import Refused
from domain.text import PageText
from models.evaluation import bars
from models.evaluation.cards import PICTURES, Card, card_of
from models.evaluation.cases import Case
from models.evaluation.judging import JudgedFile
from models.evaluation.mistakes import OVERCONFIDENT, Mistake, mistakes_in
from models.evaluation.pictures import draw_pictures
from models.evaluation.readings import pages_of, sandbox
from models.evaluation.report import percent, tables

TEMPLATES = Path(__file__).parent / "templates"


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
        card = card_of(mistake, path, pages)
        for picture in card.pictures:
            wanted[path][picture.page] = pages[picture.page].turned
        name = _section_name(mistake)
        anchor = "".join(c if c.isalnum() else "-" for c in name)
        grave = mistake.kind in OVERCONFIDENT
        sections.setdefault(name, Section(name, anchor, grave)).cards.append(card)
    draw_pictures(sandbox(), wanted, folder / PICTURES)
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
    return mistake.what.replace("_", " ").replace("vat", "VAT").replace("iban", "IBAN")


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
