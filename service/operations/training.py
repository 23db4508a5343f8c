"""Training: once a day each organisation's documents are learnt from as a whole.

Here it is only asked for, as a task of the organisation; what is done then is in
`workers.learning`, which also asks for it when documents were sorted again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, select

from service.house import House
from storage import tables as t
from storage import tasks

STEP = "train"
A_DAY = timedelta(hours=20)
"""Two days' trainings are at least so far apart, whenever the relay was started."""


def ask(connection: Connection, now: datetime, organisation_id: str) -> bool:
    """Ask for a training, unless one waits already."""
    task = t.task.c
    # The row is held, so that two who ask at once ask once.
    connection.execute(
        select(t.organisation.c.id)
        .where(t.organisation.c.id == organisation_id)
        .with_for_update(key_share=True)
    )
    waits = exists().where(
        task.organisation_id == organisation_id, task.step == STEP, task.status == "queued"
    )
    if connection.scalar(select(waits)):
        return False
    tasks.request(
        connection, now, organisation_id=organisation_id, step=STEP, subject=organisation_id
    )
    return True


def organisations(house: House) -> list[str]:
    """Every organisation that has documents to learn from."""
    with house.store.reading() as connection:
        return list(
            connection.scalars(
                select(t.organisation.c.id)
                .where(exists().where(t.document.c.organisation_id == t.organisation.c.id))
                .order_by(t.organisation.c.id)
            )
        )


def due(house: House) -> int:
    """Ask for the training of every organisation that had none today; how many were asked for."""
    now = house.now()
    if now.hour < house.settings.learn_hour:
        return 0
    task = t.task.c
    with house.store.reading() as connection:
        waiting = connection.scalars(
            select(t.organisation.c.id).where(
                exists().where(t.document.c.organisation_id == t.organisation.c.id),
                ~exists().where(
                    task.organisation_id == t.organisation.c.id,
                    task.step == STEP,
                    task.created_at > now - A_DAY,
                ),
            )
        ).all()
    asked = 0
    for organisation_id in waiting:
        with house.store.transaction() as connection:
            asked += ask(connection, now, organisation_id)
    return asked
