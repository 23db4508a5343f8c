"""Work that nobody does is late, however often it is asked for; work in line is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from service.house import House
from storage import tasks
from storage.overdue import overdue
from storage.tasks import Windows
from tests.storage.test_tasks import an_import

WIDE = Windows(of_import=1000, of_organisation=1000)
HALF_A_MINUTE = timedelta(seconds=31)


def add(house: House, ids: dict[str, str], step: str) -> str:
    with house.store.transaction() as c:
        task_id = tasks.add(
            c,
            house.now(),
            organisation_id=ids["organisation_id"],
            import_id=ids["import_id"],
            file_id=ids["file_id"],
            step=step,
        )
        tasks.promote(c, house.now(), ids["import_id"], WIDE)
    return task_id


def late(house: House, now: datetime) -> int:
    with house.store.reading() as connection:
        return round(overdue(connection, now).tasks_seconds)


def swept(house: House, began: datetime, times: int) -> datetime:
    """The moment at which the sweeper asked again for the last of so many times."""
    for n in range(1, times + 1):
        with house.store.transaction() as c:
            assert tasks.sweep(c, began + n * HALF_A_MINUTE, WIDE) >= 1
    return began + times * HALF_A_MINUTE


def test_a_task_nobody_claims_is_late_although_it_is_asked_for_again(any_house: House) -> None:
    now = any_house.now()
    add(replace(any_house, now=lambda: now), an_import(any_house), "read")

    assert late(any_house, swept(any_house, now, 3)) == 93


def test_a_task_in_line_behind_others_that_are_worked_on_is_not_late(any_house: House) -> None:
    now = any_house.now()
    house = replace(any_house, now=lambda: now)
    first = add(house, an_import(house), "read")
    add(house, an_import(house), "read")
    with house.store.transaction() as c:
        assert tasks.claim(c, now, first, lease_seconds=600)

    assert late(house, swept(house, now, 3)) == 0


def test_readers_that_are_gone_are_missed_although_other_workers_work(any_house: House) -> None:
    now = any_house.now()
    house = replace(any_house, now=lambda: now)
    add(house, an_import(house), "read")
    light = add(house, an_import(house), "split")
    with house.store.transaction() as c:
        assert tasks.claim(c, now, light, lease_seconds=600)

    assert late(house, swept(house, now, 1)) == 31


def test_a_claimed_task_has_waited_and_waits_no_more(any_house: House) -> None:
    now = any_house.now()
    house = replace(any_house, now=lambda: now)
    task_id = add(house, an_import(house), "read")
    later = swept(house, now, 2)
    with house.store.transaction() as c:
        claimed = tasks.claim(c, later, task_id, lease_seconds=20)
        assert claimed
        tasks.yield_rest(c, later, claimed)
        tasks.promote(c, later, claimed.import_id, WIDE)

    assert late(house, later + timedelta(seconds=5)) == 5
