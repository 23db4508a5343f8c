"""Groups, from what the models propose to what is written down.

The models speak of pages and values; rows are spoken of here and nowhere else in the pipeline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, literal, select, update

from domain.documents import POSTABLE, Category
from domain.errors import NotFound
from domain.findings import Reading
from domain.groups import Classification, Cut, ProposedGroup
from domain.ids import new_id
from domain.problems import Problem
from domain.suggestions import Buyer
from domain.text import PageText
from models.classification import classify
from models.extraction import Own
from models.free_truth import OUTCOMES, Outcome, compare
from models.memory import as_sorted_before as as_sorted
from models.proposing import Proposal
from models.suggestion import suggest
from models.understanding import as_it_is, read_group_twice
from service.house import House
from service.operations import books, senders
from storage import tables as t
from workers import parsers, teaching
from workers.pages import StoredPages, store_strong


@dataclass(frozen=True, slots=True)
class Understood:
    """What one group says, and the accounts it proposes; both plain JSON."""

    reading: dict[str, Any]
    suggestion: list[dict[str, Any]]
    free_truth: dict[str, tuple[str, Outcome]] | None = None
    """How its pages alone compare with its XML or payment code, field by field."""
    better: dict[str, str] = field(default_factory=dict)
    """Pages that were read again by the strong reader, with the key of their words."""
    of: tuple[str, tuple[str, ...]] | None = None
    """The category and the pages it was read from; None for a group that could not be."""
    kind: Classification | None = None
    """What a group that a person made is taken for; None where that was known before."""


NOTHING = Understood(
    Reading(
        fields={},
        problems=(
            Problem(
                "not_understood",
                "This document could not be understood; fill its fields by hand.",
                severity="blocking",
            ),
        ),
    ).to_json(),
    [],
)


def one_group(numbers: Sequence[int]) -> Proposal:
    """Everything together, for a person to cut: when nothing better could be found."""
    unsure = Classification(Category.OTHER, 0.0, sure=False)
    cut = Cut(1.0, ("the file could not be split",))
    return Proposal(((ProposedGroup(tuple(numbers), cut), unsure),) if numbers else (), {})


def as_sorted_before(
    house: House,
    file: Row[Any],
    proposal: Proposal,
    pages: Sequence[PageText],
    numbers: Sequence[int],
) -> Proposal:
    """`proposal` with what people made of such papers of the same senders. `numbers` are
    those of `pages`.
    """
    memory = senders.memory_of(house, file.organisation_id)
    if file.einvoice is not None or not memory.senders:
        return proposal
    with house.store.reading() as connection:
        company_id = connection.execute(
            select(t.imports.c.company_id).where(t.imports.c.id == file.import_id)
        ).scalar_one()
        own = own_of(books.company_values(connection, company_id))
    groups = tuple(
        (group, as_sorted(kind, [pages[numbers.index(group.pages[0])]], memory, own=own))
        for group, kind in proposal.groups
    )
    return replace(proposal, groups=groups)


def write(connection: Connection, now: datetime, file: Row[Any], proposal: Proposal) -> range:
    """Write the groups of a file down; returns the numbers they were given.

    Numbers are handed out under the import's row lock, after those of files that were faster.
    """
    connection.execute(
        select(t.imports.c.id).where(t.imports.c.id == file.import_id).with_for_update()
    )
    last = connection.scalar(
        select(func.coalesce(func.max(t.group.c.number), 0)).where(
            t.group.c.import_id == file.import_id
        )
    )
    first = (last or 0) + 1
    for number, (group, kind) in enumerate(proposal.groups, first):
        group_id = new_id("grp")
        connection.execute(
            insert(t.group).values(
                id=group_id,
                organisation_id=file.organisation_id,
                import_id=file.import_id,
                number=number,
                **_found(kind),
            )
        )
        for position, page in enumerate(group.pages):
            _place(connection, file.id, page, group_id=group_id, position=position)
        _place(connection, file.id, group.pages[0], cut=asdict(group.cut))
    for page, cut in proposal.doubts.items():
        _place(connection, file.id, page, cut=asdict(cut))
    for page, reason in proposal.set_aside.items():
        _place(connection, file.id, page, set_aside=reason)
    connection.execute(
        update(t.file)
        .where(t.file.c.id == file.id)
        .values(
            alternatives=[asdict(other) for other in proposal.alternatives],
            reorderings=[asdict(one) for one in proposal.reorderings],
        )
    )
    connection.execute(
        update(t.imports)
        .where(t.imports.c.id == file.import_id)
        .values(
            first_group_at=func.coalesce(t.imports.c.first_group_at, literal(now, t.Moment())),
            version=t.imports.c.version + 1,
        )
    )
    return range(first, first + len(proposal.groups))


def _found(kind: Classification) -> dict[str, Any]:
    """What the machine takes a group for, as its row says it."""
    return {
        "category": kind.category,
        "confidence": kind.confidence,
        "sure": kind.sure,
        "guess": asdict(kind),
    }


def _place(connection: Connection, file_id: str, number: int, **where: Any) -> None:
    connection.execute(
        update(t.page).where(t.page.c.file_id == file_id, t.page.c.number == number).values(**where)
    )


def unextracted(connection: Connection, import_id: str, first: int, last: int) -> list[str]:
    """The groups of a range of numbers whose fields nobody has read yet."""
    return list(
        connection.scalars(
            select(t.group.c.id)
            .where(
                t.group.c.import_id == import_id,
                t.group.c.number >= first,
                t.group.c.number < last,
                t.group.c.reading.is_(None),
            )
            .order_by(t.group.c.number)
        )
    )


def understand(house: House, group_id: str, *, twice: bool) -> Understood:
    """Read the fields of a group, prove them, look for problems and propose accounts.

    `twice` lets the strong reader read its pages again where the proof fails.
    """
    with house.store.reading() as connection:
        group = connection.execute(
            select(t.group, t.imports.c.company_id)
            .join(t.imports, t.imports.c.id == t.group.c.import_id)
            .where(t.group.c.id == group_id)
        ).one_or_none()
        if group is None:
            raise NotFound("The group is gone: somebody regrouped its pages.")
        pages = connection.execute(
            select(
                t.page.c.id, t.page.c.text_key, t.file.c.einvoice, t.file.c.pdf_key, t.file.c.sha256
            )
            .join(t.file, t.file.c.id == t.page.c.file_id)
            .where(t.page.c.group_id == group_id)
            .order_by(t.page.c.position)
        ).all()
        company = books.company_values(connection, group.company_id)
    read_from = (group.category, tuple(page.id for page in pages))
    texts = list(StoredPages(house.objects, [page.text_key for page in pages], keep=1))
    category, kind = group.category, None
    if group.guess is None and not group.said:
        kind = classify(texts, extra=teaching.live_categories(house, group.organisation_id))
        category = kind.category
    einvoice = next((page.einvoice for page in pages if page.einvoice), None)
    own, today = own_of(company), house.now().date()
    memory = senders.memory_of(house, group.organisation_id)

    def strengthen(page: PageText) -> PageText:
        row = pages[texts.index(page)]  # a person may have put pages of several files together
        return parsers.strengthen(house, row.pdf_key)(page)

    reading, best = read_group_twice(
        texts,
        category,
        strengthen if twice else as_it_is,
        einvoice=Reading.from_json(einvoice) if einvoice else None,
        own=own,
        today=today,
        memory=memory,
    )
    better = {
        row.id: store_strong(house.objects, group.organisation_id, row.sha256, now)
        for row, was, now in zip(pages, texts, best, strict=True)
        if now is not was
    }
    texts = best
    truth = compare(texts, category, reading, own=own, today=today, memory=memory) or None
    if category not in POSTABLE:
        return Understood(reading.to_json(), [], truth, better, read_from, kind)
    with house.store.reading() as connection:
        history = books.history(connection, group.company_id, reading)
    text = "\n".join(page.text() for page in texts)
    proposed = suggest(reading, company=company, history=history, category=category, text=text)
    suggestion = [each.to_json() for each in proposed]
    return Understood(reading.to_json(), suggestion, truth, better, read_from, kind)


def own_of(company: Buyer) -> Own:
    """The company as it must never be taken for a supplier."""
    return Own(company.names, frozenset(company.identifiers))


def keep(connection: Connection, group_id: str, understood: Understood) -> None:
    """Write down what was understood, unless the group has changed meanwhile: then another reading
    is on its way, and the older must not win for having been slower.
    """
    group = connection.execute(
        select(t.group.c.category).where(t.group.c.id == group_id).with_for_update()
    ).one_or_none()
    pages = tuple(
        connection.scalars(
            select(t.page.c.id).where(t.page.c.group_id == group_id).order_by(t.page.c.position)
        )
    )
    seen = understood.of
    if seen is not None and (group is None or (group.category, pages) != seen):
        return
    found = _found(understood.kind) if understood.kind else {}
    connection.execute(
        update(t.group)
        .where(t.group.c.id == group_id)
        .values(
            **found,
            reading=understood.reading,
            suggestion=understood.suggestion,
            free_truth=understood.free_truth,
        )
    )
    for page_id, key in understood.better.items():
        connection.execute(update(t.page).where(t.page.c.id == page_id).values(text_key=key))


def score_readers(connection: Connection, file_id: str) -> None:
    """Add up how the pages of a file compare with its XML and codes, once, when it is done."""
    groups = connection.execute(
        select(t.group.c.organisation_id, t.group.c.import_id, t.group.c.free_truth).where(
            t.group.c.id.in_(select(t.page.c.group_id).where(t.page.c.file_id == file_id)),
            t.group.c.free_truth.is_not(None),
        )
    ).all()
    counts = Counter(
        (source, name, outcome)
        for group in groups
        for name, (source, outcome) in group.free_truth.items()
    )
    for source, name in {(source, name) for source, name, _ in counts}:
        connection.execute(
            insert(t.reader_score).values(
                organisation_id=groups[0].organisation_id,
                import_id=groups[0].import_id,
                file_id=file_id,
                source=source,
                field=name,
                **{outcome: counts[source, name, outcome] for outcome in OUTCOMES},
            )
        )
