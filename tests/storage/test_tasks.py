"""A task is done by one worker at a time, and never forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from domain.ids import new_id
from service.house import House
from storage import tables as t
from storage import tasks
from storage.tasks import LeaseLost, Windows

WIDE = Windows(of_import=1000, of_organisation=1000)


def an_import(house: House, organisation_id: str | None = None) -> dict[str, str]:
    """Rows for an organisation, a company, an import and a file of it; returns their ids."""
    now = house.now()
    ids = {
        "organisation_id": organisation_id or new_id("org"),
        "company_id": new_id("cmp"),
        "import_id": new_id("imp"),
        "file_id": new_id("fil"),
    }
    with house.store.transaction() as c:
        if organisation_id is None:
            c.execute(
                insert(t.organisation).values(
                    id=ids["organisation_id"], name="Étude", settings={}, created_at=now
                )
            )
        c.execute(
            insert(t.company).values(
                id=ids["company_id"],
                organisation_id=ids["organisation_id"],
                name="Dossier",
                created_at=now,
            )
        )
        c.execute(
            insert(t.imports).values(
                id=ids["import_id"],
                organisation_id=ids["organisation_id"],
                company_id=ids["company_id"],
                name="Courrier",
                status="received",
                files=1,
                created_at=now,
            )
        )
        c.execute(
            insert(t.file).values(
                id=ids["file_id"],
                organisation_id=ids["organisation_id"],
                import_id=ids["import_id"],
                position=1,
                name="pile.pdf",
                sha256="0" * 64,
                bytes=1,
                status="received",
                object_key="k",
                created_at=now,
            )
        )
    return ids


def some_tasks(house: House, count: int, ids: dict[str, str], step: str = "read") -> list[str]:
    with house.store.transaction() as c:
        made = [
            tasks.add(
                c,
                house.now(),
                organisation_id=ids["organisation_id"],
                import_id=ids["import_id"],
                file_id=ids["file_id"],
                step=step,
                first=n,
                last=n + 1,
            )
            for n in range(count)
        ]
        c.execute(t.file.update().where(t.file.c.id == ids["file_id"]).values(tasks_open=count))
    return made


def promote(house: House, ids: dict[str, str], windows: Windows = WIDE) -> int:
    with house.store.transaction() as c:
        return tasks.promote(c, house.now(), ids["import_id"], windows)


def claim(house: House, task_id: str, now: datetime | None = None) -> tasks.Task | None:
    with house.store.transaction() as c:
        return tasks.claim(c, now or house.now(), task_id, 20)


def test_a_task_is_claimed_by_one_of_many_workers(any_house: House) -> None:
    ids = an_import(any_house)
    (task_id,) = some_tasks(any_house, 1, ids)
    assert claim(any_house, task_id) is None, "it was not queued yet"
    promote(any_house, ids)
    with ThreadPoolExecutor(8) as pool:
        claimed = [c for c in pool.map(lambda _: claim(any_house, task_id), range(16)) if c]
    assert len(claimed) == 1
    assert claimed[0].attempts == 1


def test_a_task_whose_worker_died_is_claimed_again_and_the_dead_one_writes_nothing(
    any_house: House,
) -> None:
    ids = an_import(any_house)
    (task_id,) = some_tasks(any_house, 1, ids)
    promote(any_house, ids)
    dead = claim(any_house, task_id)
    assert dead is not None
    later = any_house.now() + timedelta(seconds=21)
    heir = claim(any_house, task_id, later)
    assert heir is not None
    assert heir.attempts == 2
    with pytest.raises(LeaseLost), any_house.store.transaction() as c:
        tasks.hold(c, later, dead, 20)
    with any_house.store.transaction() as c:
        assert tasks.complete(c, heir)
    with pytest.raises(LeaseLost), any_house.store.transaction() as c:
        tasks.complete(c, heir)


def test_the_last_of_many_tasks_finishing_together_and_only_it_begins_the_next_step(
    any_house: House,
) -> None:
    ids = an_import(any_house)
    made = some_tasks(any_house, 24, ids)
    promote(any_house, ids)
    held = [claim(any_house, task_id) for task_id in made]

    def finish(task: tasks.Task) -> bool:
        with any_house.store.transaction() as c:
            return tasks.complete(c, task)

    with ThreadPoolExecutor(8) as pool:
        last = list(pool.map(finish, [h for h in held if h]))
    assert sum(last) == 1


def test_progress_forgives_attempts_and_putting_back_counts_none(house: House) -> None:
    ids = an_import(house)
    (task_id,) = some_tasks(house, 1, ids)
    promote(house, ids)
    task = claim(house, task_id)
    assert task is not None
    for n in range(1, 4):
        task = claim(house, task_id, house.now() + timedelta(seconds=21 * n))
        assert task is not None
    assert task.attempts == 4
    with house.store.transaction() as c:
        tasks.hold(c, house.now(), task, 20, progress=True)
        assert c.scalar(select(t.task.c.attempts)) == 1
        tasks.yield_rest(c, house.now(), task)
    promote(house, ids)
    again = claim(house, task_id)
    assert again is not None
    assert again.attempts == 1


def test_a_small_import_overtakes_a_large_one_because_windows_are_small(house: House) -> None:
    large = an_import(house)
    some_tasks(house, 100, large)
    narrow = Windows(of_import=4, of_organisation=6)
    assert promote(house, large, narrow) == 4
    assert promote(house, large, narrow) == 0
    small = an_import(house, large["organisation_id"])
    some_tasks(house, 3, small)
    assert promote(house, small, narrow) == 2, "the organisation has room for two more"
    other = an_import(house)
    some_tasks(house, 3, other)
    assert promote(house, other, narrow) == 3, "another organisation waits for nobody"


def test_the_sweeper_asks_again_for_lost_messages_dead_workers_and_forgotten_tasks(
    any_house: House,
) -> None:
    ids = an_import(any_house)
    # Written in one millisecond, they are queued in the order of their ids.
    lost, died, forgotten = sorted(some_tasks(any_house, 3, ids))
    two = Windows(of_import=2, of_organisation=10)
    assert promote(any_house, ids, two) == 2
    assert claim(any_house, died) is not None
    with any_house.store.transaction() as c:
        assert tasks.sweep(c, any_house.now(), two) == 0, "nothing is overdue yet"
    later = any_house.now() + tasks.PATIENCE + timedelta(seconds=1)
    with any_house.store.transaction() as c:
        assert tasks.sweep(c, later, WIDE) == 3
        queued = c.scalars(select(t.task.c.id).where(t.task.c.status == "queued")).all()
        promised = c.scalar(
            select(func.count()).where(t.outbox.c.args["task_id"].as_string() == lost)
        )
    assert set(queued) == {lost, died, forgotten}
    assert promised == 2


def test_a_deleted_import_takes_its_work_away_from_the_worker_that_holds_it(house: House) -> None:
    ids = an_import(house)
    (task_id,) = some_tasks(house, 1, ids)
    promote(house, ids)
    task = claim(house, task_id)
    assert task is not None
    with house.store.transaction() as c:
        tasks.cancel(c, ids["import_id"])
    with pytest.raises(LeaseLost), house.store.transaction() as c:
        tasks.complete(c, replace(task))
