"""Lessons: what one document teaches about its sender, once a person has put it right.

Values that XML or a payment code gave are lessons as well, where the pages alone would have said
something else. Pages are fetched and rules replayed outside of any transaction; what is written is
written only if nobody learnt anything for the organisation meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select

from domain.documents import DocumentStatus
from domain.findings import LISTS, Reading
from domain.groups import Classification
from domain.problems import Problem
from domain.rules import CATEGORY, LATEST, Sender, category_rule
from domain.suppliers import Identity, identity_of, keys_of
from domain.text import Box, PageText
from models.extraction import Own
from models.extraction.rows import sheet_of
from models.memory import (
    Example,
    Learnt,
    Paper,
    learn,
    learn_list,
    letterhead_of,
    new_problems,
    refined,
    same,
    sender_of,
)
from models.memory.senders import FEWEST_WORDS
from service.house import House
from service.operations import books, rules, senders
from storage import tables as t
from workers import outcomes
from workers.grouping import own_of
from workers.jobs import Job
from workers.pages import StoredPages

log = structlog.get_logger()

TRIES = 5


@dataclass(frozen=True, slots=True)
class Lesson:
    """A document as people left it, and the fields it teaches: field → who says so."""

    document: Row[Any]
    reading: Reading
    machine: Reading
    pages: tuple[PageText, ...]
    own: Own
    fields: Mapping[str, str]
    places: Mapping[str, tuple[int, Box]]
    guess: Classification | None

    @property
    def identity(self) -> Identity:
        return identity_of(self.reading)


def learn_from(job: Job, document_id: str) -> None:
    """Learn what a document teaches, and note what became of the rules that helped to read it."""
    house = job.house
    with house.store.reading() as connection:
        lesson = _lesson(connection, house, document_id)
    if lesson is None:
        return
    for _ in range(TRIES):
        memory = senders.memory_of(house, job.task.organisation_id)
        sender = sender_of(lesson.pages, lesson.identity, memory, lesson.own)
        found = dict(_learnt(house, lesson, sender)) if lesson.fields else {}
        document, reading, machine = lesson.document, lesson.reading, lesson.machine
        spoilt = outcomes.put_back(
            lesson.pages, document.category, reading, machine,
            own=lesson.own, today=house.now().date(), guess=lesson.guess,
        )  # fmt: skip
        taught = [learnt.rule.field for learnt in found.values() if not learnt.refused]
        with job.writing() as connection:
            senders.lock_senders(connection, job.task.organisation_id)
            if not senders.is_current(connection, job.task.organisation_id, memory):
                continue
            outcomes.note(connection, document, reading, machine, lesson.guess)
            if found:
                _write(connection, house, lesson, sender, found)
            retired = [
                *rules.retire(connection, house.now(), spoilt, "put_back"),
                *outcomes.taken_back(connection, house.now(), document.id, taught),
                *rules.retire_overruled(connection, house.now(), job.task.organisation_id),
            ]
        if found or retired:
            log.info("document.learnt", fields=sorted(found), retired=retired)
        return
    raise RuntimeError("others are learning all the time")


def _lesson(connection: Connection, house: House, document_id: str) -> Lesson | None:
    row = connection.execute(
        select(t.document).where(
            t.document.c.id == document_id, t.document.c.withdrawn_at.is_(None)
        )
    ).one_or_none()
    if row is None or not row.reading or not row.machine_reading:
        return None
    reading, machine = Reading.from_json(row.reading), Reading.from_json(row.machine_reading)
    fields = {
        name: "person"
        for name, found in reading.fields.items()
        if found.source == "person" and not _is(name, machine, found.value)
    }
    group = connection.execute(
        select(t.group.c.free_truth, t.group.c.guess).where(
            t.group.c.import_id == row.import_id, t.group.c.number == row.group_number
        )
    ).one_or_none()
    guess = outcomes.guess_of(group.guess if group else None)
    if guess is not None and guess.looked_like != row.category:
        fields[CATEGORY] = "person"
    for name, (source, outcome) in ((group and group.free_truth) or {}).items():
        found = reading.fields.get(name)
        if outcome != "agreed" and found is not None and found.source == source:
            fields.setdefault(name, source)
    for name in senders.confirmed_lists(reading, machine, accepted=False):
        fields[name] = "person"
    taught = rules.acting_from(connection, row.id)
    if not fields and not taught and not outcomes.rules_used(machine, guess):
        return None
    pages = pages_of(connection, house, row.id)
    numbers = {page.number: order for order, page in enumerate(pages)}
    company = books.company_values(connection, row.company_id)
    return Lesson(
        row, reading, machine, pages, own_of(company), fields,
        dict(_places(connection, row.id, numbers)), guess,
    )  # fmt: skip


def _is(name: str, machine: Reading, value: str) -> bool:
    said = machine.value(name)
    return said is not None and same(name, said, value)


def _places(
    connection: Connection, document_id: str, numbers: Mapping[int, int]
) -> Iterator[tuple[str, tuple[int, Box]]]:
    """Where people pointed, by field; the last time counts."""
    for row in connection.execute(
        select(t.correction.c.field, t.correction.c.place)
        .where(t.correction.c.document_id == document_id, t.correction.c.place.is_not(None))
        .order_by(t.correction.c.id)
    ):
        if row.place["page"] in numbers:
            yield row.field, (numbers[row.place["page"]], Box(*row.place["box"]))


def pages_of(connection: Connection, house: House, document_id: str) -> tuple[PageText, ...]:
    """The words of a document's pages."""
    keys = connection.scalars(
        select(t.page.c.text_key)
        .join(t.document_page, t.document_page.c.page_id == t.page.c.id)
        .where(t.document_page.c.document_id == document_id, t.page.c.text_key.is_not(None))
        .order_by(t.document_page.c.position)
    ).all()
    return tuple(StoredPages(house.objects, keys, keep=1))


def _learnt(house: House, lesson: Lesson, sender: Sender | None) -> Iterator[tuple[str, Learnt]]:
    past = _past(house, lesson, sender)
    known = {name: found.value for name, found in lesson.reading.fields.items()}
    lists = {name: getattr(lesson.reading, name) for name in LISTS if name in lesson.fields}
    example = Example(lesson.document.id, Paper.of(sheet_of(list(lesson.pages))), known, lists)
    acting = {active.rule.field: active.rule for active in (sender.rules if sender else ())}
    speaks_against = _speaking_against(lesson, house.now().date())
    for name in sorted(lesson.fields):
        if name == CATEGORY:
            learnt = _sorted(house, lesson, sender)
        elif name in LISTS:
            learnt = learn_list(example, name, past)
        else:
            learnt = learn(example, name, past, lesson.places.get(name), acting.get(name))
        if learnt is not None and name in speaks_against:
            problem = asdict(speaks_against[name])
            learnt = replace(learnt, refused="checks", against={"problem": problem})
        if learnt is not None:
            yield name, learnt


def _sorted(house: House, lesson: Lesson, sender: Sender | None) -> Learnt | None:
    """That papers of this sender are sorted so, if none that looked alike was sorted otherwise."""
    assert lesson.guess is not None
    letterhead = letterhead_of(lesson.pages[0], lesson.own) if lesson.pages else ()
    if sender is None and len(letterhead) < FEWEST_WORDS and not keys_of(lesson.identity):
        return None  # nobody to know again
    rule = category_rule(lesson.guess.looked_like, lesson.document.category)
    with house.store.reading() as connection:
        rows = _past_rows(connection, lesson, sender)
        guesses = senders.guesses_of(connection, [row.id for row in rows])
    alike = [
        row
        for row in rows
        if (guess := outcomes.guess_of(guesses.get(row.id)))
        and guess.looked_like == lesson.guess.looked_like
    ]
    other = next((row for row in alike if row.category != rule.value), None)
    if other is not None:
        against = {"document_id": other.id, "says": rule.value, "confirmed": other.category}
        return Learnt(rule, 0, "contradicts", against)
    return Learnt(rule, len(alike))


def _past_rows(connection: Connection, lesson: Lesson, sender: Sender | None) -> list[Row[Any]]:
    return senders.past_documents(
        connection,
        lesson.document.organisation_id,
        lesson.identity,
        sender,
        besides=lesson.document.id,
        limit=LATEST,
    )


def _speaking_against(lesson: Lesson, today: date) -> dict[str, Problem]:
    """The fields whose correction made a check fail that had not failed before."""
    found = new_problems(lesson.machine, lesson.reading, lesson.document.category, today)
    return {name: problem for problem, changed in found for name in changed}


def _past(house: House, lesson: Lesson, sender: Sender | None) -> list[Example]:
    """The sender's last documents, with what people have confirmed of the fields to be learnt."""
    with house.store.reading() as connection:
        rows = _past_rows(connection, lesson, sender)
        examples = []
        for row in rows:
            if not row.reading or not row.machine_reading:
                continue
            stands, machine = map(Reading.from_json, (row.reading, row.machine_reading))
            accepted = row.status == DocumentStatus.POSTED
            confirmed = senders.confirmed_values(stands, machine, accepted=accepted)
            lists = senders.confirmed_lists(stands, machine, accepted=accepted)
            if (confirmed.keys() | lists.keys()) & lesson.fields.keys():
                paper = Paper.of(sheet_of(list(pages_of(connection, house, row.id))))
                examples.append(Example(row.id, paper, confirmed, lists))
    return examples


def _write(
    connection: Connection,
    house: House,
    lesson: Lesson,
    sender: Sender | None,
    found: Mapping[str, Learnt],
) -> None:
    now, organisation_id = house.now(), lesson.document.organisation_id
    words = letterhead_of(lesson.pages[0], lesson.own) if lesson.pages else ()
    identity = _own_removed(lesson.identity, lesson.own)
    if sender is None:
        sender_id = senders.add_sender(connection, now, organisation_id, identity, words)
    else:
        sender_id = sender.id
        words = refined(sender.letterhead, words)
        senders.know_better(connection, now, sender, identity, words)
    for name, learnt in found.items():
        rules.keep(
            connection,
            now,
            organisation_id=organisation_id,
            sender_id=sender_id,
            rule=learnt.rule,
            refused={"code": learnt.refused, **(learnt.against or {})} if learnt.refused else None,
            replayed=learnt.replayed,
            taught_by=lesson.fields[name],
            document_id=lesson.document.id,
        )


def _own_removed(identity: Identity, own: Own) -> Identity:
    """An identity without our own numbers: they would make every paper this sender's."""

    def theirs(value: str | None) -> str | None:
        return None if value is None or own.has(value) else value

    return Identity(
        identity.name,
        theirs(identity.siren),
        theirs(identity.vat_id),
        theirs(identity.uid),
        theirs(identity.iban),
    )
