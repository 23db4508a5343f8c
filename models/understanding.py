"""From pages to documents: split, sorted, read and checked, in the one order everybody uses.

The service takes the steps apart (`proposing.propose` and `read_group`), because rows are written
between them; `understand` is the whole. `read_files` is `bannette read`: files in, plain JSON out,
with no server and no database. What a step does is decided in its own module.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from domain import invoices
from domain.documents import Category, SetAside
from domain.errors import Refused, TooLarge
from domain.findings import Reading
from domain.groups import Classification, ProposedGroup
from domain.rules import NOTHING_LEARNT, Memory
from domain.text import PageText
from models.extraction import Own, extract, two_readings
from models.memory import with_rules
from models.opening import open_file
from models.proposing import propose
from models.reading import ReadingOptions, read_pages
from models.sandbox import Sandbox
from models.strong import rules
from models.strong.reader import StrongReader
from models.strong.strengthening import Strengthen, Strengthener

NO_ONE = Own()
DEFAULTS = ReadingOptions()


@dataclass(frozen=True, slots=True)
class UnderstoodGroup:
    """One group of a file: its pages, what it is, what it says and what speaks against it."""

    group: ProposedGroup
    kind: Classification
    reading: Reading


@dataclass(frozen=True, slots=True)
class Understanding:
    groups: tuple[UnderstoodGroup, ...]
    set_aside: dict[int, SetAside]


def is_lost(page: PageText) -> bool:
    """Whether nothing could be had of a page: it is set aside, for a person to look at."""
    return page.problem is not None and not page.words


def read_group(
    pages: Sequence[PageText],
    category: str,
    *,
    einvoice: Reading | None = None,
    own: Own = NO_ONE,
    today: dt.date | None = None,
    memory: Memory = NOTHING_LEARNT,
) -> Reading:
    """The fields of one document, with everything that speaks against them.

    `memory` is what was learnt of its sender from earlier corrections.
    """
    reading = extract(pages, category, einvoice=einvoice, own=own, today=today)
    reading = with_rules(reading, pages, memory, own=own, category=category, today=today)
    problems = invoices.check(reading, category=category, today=today)
    return replace(reading, problems=(*reading.problems, *problems))


def read_group_twice(
    pages: Sequence[PageText],
    category: str,
    strengthen: Strengthen,
    *,
    einvoice: Reading | None = None,
    own: Own = NO_ONE,
    today: dt.date | None = None,
    memory: Memory = NOTHING_LEARNT,
) -> tuple[Reading, list[PageText]]:
    """As `read_group`, but where the proof fails the pages are read again by the strong reader.

    Returns the reading that proves more, and the pages it was made from.
    """

    def read(of: Sequence[PageText]) -> Reading:
        return read_group(of, category, einvoice=einvoice, own=own, today=today, memory=memory)

    first = read(pages)
    if not rules.unproved(first, category):
        return first, list(pages)
    again = list(pages)
    for index in rules.worth_another(pages):
        again[index] = strengthen(pages[index])
    if again == list(pages):
        return first, again
    second = read(again)
    better, other, best = (second, first, again)
    if rules.proof(first) > rules.proof(second):
        better, other, best = (first, second, list(pages))
    if category == Category.BANK_STATEMENT:
        better = two_readings.of_both(better, other)
    return better, best


def clarify(page: PageText, strengthen: Strengthen) -> PageText:
    """`page` as it should be before anybody understands it: read again where it is hardly legible."""
    return strengthen(page) if rules.doubtful(page) else page


def as_it_is(page: PageText) -> PageText:
    """In place of the strong reader where there is none."""
    return page


def understand(
    pages: Sequence[PageText],
    *,
    einvoice: Reading | None = None,
    own: Own = NO_ONE,
    today: dt.date | None = None,
    strengthen: Strengthen = as_it_is,
) -> Understanding:
    """Every document of a file, and every page that belongs to none."""
    readable = [clarify(page, strengthen) for page in pages if not is_lost(page)]
    proposal = propose(readable, is_einvoice=einvoice is not None)
    of_number = {page.number: page for page in readable}
    groups = tuple(
        UnderstoodGroup(
            group,
            kind,
            read_group_twice(
                [of_number[number] for number in group.pages],
                kind.category,
                strengthen,
                einvoice=einvoice,
                own=own,
                today=today,
            )[0],
        )
        for group, kind in proposal.groups
    )
    lost = {page.number: SetAside.UNREADABLE for page in pages if is_lost(page)}
    return Understanding(groups, {**proposal.set_aside, **lost})


def read_files(
    paths: Iterable[Path],
    *,
    sandbox: Sandbox | None = None,
    options: ReadingOptions = DEFAULTS,
    own: Own = NO_ONE,
    today: dt.date | None = None,
) -> Iterator[dict[str, Any]]:
    """Read files one after the other, each told as `GET /api/v1/imports/{id}` tells its files.

    An archive or a mail is followed by what it holds. A file that cannot be taken is told with its
    `problem`, and the others go on. Groups are numbered through all files.
    """
    options = replace(options, images=False)
    today = today or dt.datetime.now().astimezone().date()
    mine = sandbox or Sandbox(languages=options.languages, memory_mb=options.limits.memory_mb)
    strong = Strengthener(mine, StrongReader(), options.limits)
    try:
        number = 1
        for path in paths:
            for file in _read(strong, path, path.name, options, own, today, _Budget(options), 0):
                for group in file["groups"]:
                    group["number"], number = number, number + 1
                yield file
    finally:
        strong.reader.close()
        if sandbox is None:
            mine.close()


class _Budget:
    """What may still come out of one archive, however deep: small bombs add up to a large one."""

    def __init__(self, options: ReadingOptions) -> None:
        self.entries = options.limits.archive_entries
        self.bytes = options.limits.archive_bytes

    def take(self, sizes: Iterable[int]) -> None:
        for size in sizes:
            self.entries -= 1
            self.bytes -= size
        if self.entries < 0 or self.bytes < 0:
            raise TooLarge(
                "The archives inside this file hold too much together.",
                code="archive_too_large",
                advice="Send the inner archives one by one.",
            )


def _read(
    strong: Strengthener,
    path: Path,
    name: str,
    options: ReadingOptions,
    own: Own,
    today: dt.date,
    budget: _Budget,
    depth: int,
) -> Iterator[dict[str, Any]]:
    sandbox = strong.sandbox
    told: dict[str, Any] = {"name": name, "sha256": None, "pages": 0, "problem": None}
    told |= {"groups": [], "set_aside": []}
    with tempfile.TemporaryDirectory(prefix="bannette-read-") as folder:
        try:
            told["sha256"] = sha256_of(path)
            opened = open_file(sandbox, path, name, options.limits, Path(folder), depth=depth)
            budget.take(member.size for member in opened.members)
        except Refused as refusal:
            told["problem"] = {
                "code": refusal.code,
                "message": refusal.message,
                "advice": refusal.advice,
            }
            yield told
            return
        if opened.pdf_path is not None:
            numbers = range(len(opened.pages))
            texts = [page.text for page in read_pages(sandbox, opened.pdf_path, numbers, options)]
            texts.sort(key=lambda text: text.number)
            found = understand(
                texts,
                einvoice=opened.einvoice,
                own=own,
                today=today,
                strengthen=strong.of(opened.pdf_path),
            )
            told |= {"pages": len(texts), **_json(found)}
        yield told
        for member in opened.members:
            shown = f"{name}/{member.name}"
            yield from _read(strong, member.path, shown, options, own, today, budget, depth + 1)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(found: Understanding) -> dict[str, Any]:
    return {
        "groups": [
            {
                "number": number,
                "pages": list(found_group.group.pages),
                "category": found_group.kind.category,
                "confidence": found_group.kind.confidence,
                "sure": found_group.kind.sure,
                "guess": asdict(found_group.kind),
                "cut": asdict(found_group.group.cut),
                **found_group.reading.to_json(),
            }
            for number, found_group in enumerate(found.groups, 1)
        ],
        "set_aside": [
            {"page": page, "reason": reason} for page, reason in sorted(found.set_aside.items())
        ],
    }
