"""Learning: from each document that was validated or corrected, and once a day as a whole.

    learn   one document, or all of a validated import: rules of its sender
    train   an organisation: what became of its rules, and the categories its documents teach

Both are tasks like those of the pipeline: rows that may run twice. What is learnt acts on the next
document; nothing that was read before changes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, select

from service.house import House
from service.operations import artefacts, rules, training
from storage import tables as t
from storage import tasks
from workers import lessons, outcomes, teaching
from workers.jobs import Job, perform, step


@step("learn")
def learn(job: Job) -> None:
    """Learn from one document, or from every document of an import that was just validated."""
    house, task = job.house, job.task
    if job.poisonous:
        with house.store.transaction() as connection:
            job.give_up(connection, "learning_failed")
        return
    with house.store.reading() as connection:
        documents = _documents(connection, job)
        sorted_again = _was_sorted_again(connection, [row.id for row in documents])
    for row in documents:
        lessons.learn_from(job, row.id)
    with job.finishing() as (connection, _):
        if sorted_again:
            training.ask(connection, house.now(), task.organisation_id)


def _documents(connection: Connection, job: Job) -> list[Any]:
    c = t.document.c
    query = select(c.id).where(
        c.organisation_id == job.task.organisation_id, c.withdrawn_at.is_(None)
    )
    if job.task.subject is not None:
        query = query.where(c.id == job.task.subject)
    else:
        query = query.where(c.import_id == job.task.import_id)
    return list(connection.execute(query.order_by(c.group_number)))


def _was_sorted_again(connection: Connection, document_ids: list[str]) -> bool:
    """Whether a person gave one of these another category than the machine had."""
    return bool(
        connection.scalar(
            select(
                exists().where(
                    t.correction.c.document_id.in_(document_ids),
                    t.correction.c.field == "category",
                )
            )
        )
    )


@step("train")
def train(job: Job) -> None:
    """The daily lesson of an organisation."""
    if job.poisonous:
        with job.house.store.transaction() as connection:
            job.give_up(connection, "learning_failed")
        return
    for document_id in outcomes.waiting_documents(job.house, job.task.organisation_id):
        lessons.learn_from(job, document_id)
    teaching.teach(job.house, job.task.organisation_id)
    with job.finishing() as (connection, _):
        rules.retire_overruled(connection, job.house.now(), job.task.organisation_id)


def train_now(house: House, organisation_id: str) -> str:
    """Train an organisation here and now; in words what came of it, empty for nothing new."""
    with house.store.transaction() as connection:
        before = artefacts.last_scores(connection, organisation_id, artefacts.CATEGORIES)
        task_id = tasks.request(
            connection,
            house.now(),
            organisation_id=organisation_id,
            step=training.STEP,
            subject=organisation_id,
        )
    perform(house, task_id, train)
    with house.store.reading() as connection:
        after = artefacts.last_scores(connection, organisation_id, artefacts.CATEGORIES)
    if after == before:
        return ""
    return "{examples} examples, right {right} of {held_out}, before {live_right}".format(**after)
