"""A document that is sure is posted by the worker that made its PDF ready, once."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from service.house import House
from service.operations import automation, entries, posting_rules
from storage import tables as t
from tests.service.bookkeeping import NOW, company_of, invoice, open_company
from workers import pipeline
from workers.jobs import perform


def test_the_task_of_a_new_document_posts_it_once_however_often_it_runs(house: House) -> None:
    house = replace(house, now=lambda: NOW)
    who = open_company(house)
    posting_rules.add(
        house,
        who,
        None,
        {"name": "Papier", "words": "ramettes", "account": "6064", "automatic": True},
    )
    automation.turn(house, who, company_of(house, who), "proved", "0")
    document_id = invoice(
        house, who, items=(("Ramettes A4", "100.00"),), states={"gross_total": "proved"}
    )
    for _ in range(2):  # its PDF was made twice
        with house.store.transaction() as connection:
            automation.ask(connection, house, document_id)
    with house.store.reading() as connection:
        asked = connection.scalars(select(t.task.c.id).where(t.task.c.step == "post")).all()
        promised = connection.scalars(select(t.outbox.c.actor)).all()
    assert promised == ["pipeline.post", "pipeline.post"]
    for task_id in (*asked, *asked):
        perform(house, task_id, pipeline.post)
    (entry,) = entries.journal_entries(house, who, document_id=document_id)["items"]
    assert entry["posted_by"] == "machine"
    with house.store.reading() as connection:
        assert connection.scalars(select(t.task.c.status)).all() == ["done", "done"]
