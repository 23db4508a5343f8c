"""Mail of one page that arrives already read: rows as the pipeline leaves them, up to the person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, update

from domain.findings import Reading
from domain.ids import new_id
from domain.text import PageText
from service.house import House
from service.operations import intake, validation
from service.operations.intake import Arrived
from storage import tables as t
from tests.service.conftest import Tenant
from workers import grouping, pages
from workers.jobs import Step, perform


def arrive(
    house: House,
    tenant: Tenant,
    text: PageText,
    category: str = "purchase_invoice",
    einvoice: Reading | None = None,
    guess: str | None = None,
) -> str:
    """The id of an import of one group of one page, understood with what was learnt so far."""
    file_id, group_id = new_id("fil"), new_id("grp")
    key = f"{tenant.organisation_id}/files/{file_id}"
    stored = house.objects.put_bytes(key, f"%PDF-1.7 {file_id}".encode())
    arrived = Arrived(file_id, "mail.pdf", stored.bytes, stored.sha256, key)
    import_id = intake.receive(house, tenant.who, [arrived], company_id=tenant.company_id).import_id
    pages.put_text(house.objects, f"{key}.json", text)
    mine = {"organisation_id": tenant.organisation_id, "import_id": import_id}
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.group).values(
                id=group_id, number=1, category=category, sure=True,
                guess={"category": guess or category}, **mine,
            )
        )  # fmt: skip
        connection.execute(
            insert(t.page).values(
                id=new_id("pag"), file_id=file_id, number=0, width=595, height=842, status="read",
                text_key=f"{key}.json", group_id=group_id, position=0, **mine,
            )
        )  # fmt: skip
        connection.execute(
            update(t.file)
            .where(t.file.c.id == file_id)
            .values(
                status="ready", pages=1, pages_done=1, tasks_open=0, pdf_key=key,
                einvoice=einvoice.to_json() if einvoice else None,
            )
        )  # fmt: skip
        connection.execute(update(t.task).where(t.task.c.file_id == file_id).values(status="done"))
        connection.execute(
            update(t.imports)
            .where(t.imports.c.id == import_id)
            .values(status="ready", files_done=1)
        )
    understood = grouping.understand(house, group_id, twice=False)
    with house.store.transaction() as connection:
        grouping.keep(connection, group_id, understood)
        grouping.score_readers(connection, file_id)
    return import_id


def file_away(house: House, tenant: Tenant, text: PageText, **how: Any) -> str:
    """The id of the document that such mail becomes when a person validates it."""
    view = validation.validate(house, tenant.who, arrive(house, tenant, text, **how))
    return str(view["documents"][0]["id"])


def work_off(house: House, **steps: Step) -> int:
    """Do the tasks of some steps that wait or were asked for; how many."""
    with house.store.transaction() as connection:
        waiting = connection.execute(
            update(t.task)
            .where(t.task.c.step.in_(steps), t.task.c.status.in_(("waiting", "queued")))
            .values(status="queued")
            .returning(t.task.c.id, t.task.c.step)
        ).all()
    for task_id, name in waiting:
        perform(house, task_id, steps[name])
    with house.store.reading() as connection:
        statuses = connection.scalars(
            select(t.task.c.status).where(t.task.c.id.in_([task_id for task_id, _ in waiting]))
        ).all()
    assert set(statuses) <= {"done"}, statuses
    return len(waiting)
