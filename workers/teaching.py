"""Categories that an organisation's own documents teach: tried each night, used if better.

The documents that people validated are the examples. The new version and the live one each judge
the last documents, every time without that document among their examples; only one that is right
more often goes live. Comparing documents is the work of `models.category_learning`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Row, func, select

from domain.documents import DocumentStatus
from domain.text import PageText
from models.category_learning import MOST_EXAMPLES, Example, LearntCategories, learn_categories
from models.classification import classify
from service.house import House
from service.operations import artefacts
from service.operations.artefacts import CATEGORIES
from storage import tables as t
from workers.pages import StoredPages

log = structlog.get_logger()

MOST_JUDGED = 100
FEWEST_EXAMPLES = 3
PAGES = 3
KEPT = 16
_kept: dict[str, Taught] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Taught:
    """A version with the documents its examples are, in the same order."""

    categories: LearntCategories
    documents: tuple[str, ...]

    def without(self, document_id: str) -> LearntCategories | None:
        """The version had it never seen a document; None when nothing is left of it."""
        if document_id not in self.documents:
            return self.categories
        kept = tuple(
            example
            for example, known in zip(self.categories.examples, self.documents, strict=True)
            if known != document_id
        )
        return LearntCategories(kept, self.categories.rarity) if kept else None

    def to_json(self) -> dict[str, Any]:
        return {**self.categories.to_json(), "documents": list(self.documents)}


def live_categories(house: House, organisation_id: str) -> LearntCategories | None:
    """What the organisation taught, as it is used now."""
    with house.store.reading() as connection:
        taught = _read(connection, artefacts.live_id(connection, organisation_id, CATEGORIES))
    return taught.categories if taught else None


def _read(connection: Connection, artefact_id: str | None) -> Taught | None:
    """A version, kept in memory once read; None for one that this code cannot read any more."""
    if artefact_id is None:
        return None
    with _lock:
        if artefact_id in _kept:
            return _kept[artefact_id]
    data: Any = connection.scalar(select(t.artefact.c.data).where(t.artefact.c.id == artefact_id))
    try:
        taught = Taught(LearntCategories.from_json(data), tuple(data["documents"]))
    except ValueError as error:
        log.warning("categories.unreadable", artefact=artefact_id, reason=str(error))
        return None
    with _lock:
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[artefact_id] = taught
    return taught


def teach(house: House, organisation_id: str) -> dict[str, Any] | None:
    """Try what the documents of an organisation teach now; how it did, or None for nothing new."""
    with house.store.reading() as connection:
        stamp = _stamp(connection, organisation_id)
        if artefacts.last_scores(connection, organisation_id, CATEGORIES).get("of") == stamp:
            return None
        live_id = artefacts.live_id(connection, organisation_id, CATEGORIES)
        live = _read(connection, live_id)
        rows = _documents(connection, organisation_id)
    if len(rows) < FEWEST_EXAMPLES:
        return None
    known = dict(zip(live.documents, live.categories.examples, strict=True)) if live else {}
    judged = rows[-MOST_JUDGED:]
    texts = {row.id: _pages(house, row) for row in judged}
    examples = [
        Example(row.category, known[row.id].words)
        if row.id in known
        else Example.of(texts.get(row.id) or _pages(house, row), row.category)
        for row in rows
    ]
    new = Taught(learn_categories(examples), tuple(row.id for row in rows))
    right = sum(_judge(new, row, texts[row.id]) for row in judged)
    live_right = sum(_judge(live, row, texts[row.id]) for row in judged)
    better = right > live_right
    scores = {
        "of": stamp,
        "examples": len(rows),
        "held_out": len(judged),
        "right": right,
        "live_right": live_right,
    }
    with house.store.transaction() as connection:
        artefacts.keep(
            connection,
            house.now(),
            organisation_id=organisation_id,
            kind=CATEGORIES,
            data=new.to_json() if better else None,
            scores=scores,
            better_than=live_id,
        )
    log.info("categories.taught", promoted=better, **scores)
    return {**scores, "promoted": better}


def _judge(taught: Taught | None, row: Row[Any], pages: Sequence[PageText]) -> bool:
    extra = taught.without(row.id) if taught else None
    return bool(classify(pages, extra=extra).category == row.category)


def _documents(connection: Connection, organisation_id: str) -> list[Row[Any]]:
    """The last documents with the keys of their first pages, oldest first."""
    rows = connection.execute(
        select(t.document.c.id, t.document.c.category)
        .where(*_taught_by(organisation_id))
        .order_by(t.document.c.id.desc())
        .limit(MOST_EXAMPLES)
    ).all()
    return list(reversed(rows))


def _pages(house: House, row: Row[Any]) -> list[PageText]:
    with house.store.reading() as connection:
        keys = connection.scalars(
            select(t.page.c.text_key)
            .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
            .where(t.document_page.c.document_id == row.id, t.page.c.text_key.is_not(None))
            .order_by(t.document_page.c.position)
            .limit(PAGES)
        ).all()
    return list(StoredPages(house.objects, keys, keep=1))


def _stamp(connection: Connection, organisation_id: str) -> str:
    """What the examples are made of, so that the same are not tried twice."""
    count, last = connection.execute(
        select(func.count(), func.max(t.document.c.id)).where(*_taught_by(organisation_id))
    ).one()
    corrected = connection.scalar(
        select(func.max(t.correction.c.id)).where(
            t.correction.c.organisation_id == organisation_id, t.correction.c.field == "category"
        )
    )
    return f"{count} {last} {corrected}"


def _taught_by(organisation_id: str) -> tuple[ColumnElement[bool], ...]:
    """The documents that are examples: those in their tabs, once they have been read."""
    c = t.document.c
    return (
        c.organisation_id == organisation_id,
        c.withdrawn_at.is_(None),
        c.status != DocumentStatus.BEING_READ,
    )
