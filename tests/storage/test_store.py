from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from domain.ids import new_id
from service.house import House
from storage import tables as t
from storage import tasks
from storage.store import Store
from tests.storage import world
from tests.storage.world import NOW


def together(number: int, work: Callable[[int], None]) -> None:
    """Run `work` in as many threads at once; their first fault is ours."""
    start = threading.Barrier(number)
    faults: list[BaseException] = []

    def run(which: int) -> None:
        start.wait()
        try:
            work(which)
        except BaseException as fault:  # noqa: BLE001 - raised below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]


def messages(house: House) -> int:
    with house.store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(t.outbox)) or 0


def write_message(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute(
            insert(t.outbox).values(id=new_id("out"), actor="x", args={}, created_at=NOW)
        )


def add_task(connection: Connection, here: world.World) -> str:
    return tasks.add(
        connection,
        NOW,
        organisation_id=here.organisation_id,
        import_id=here.import_id,
        file_id=here.file_id,
        step="read",
    )


def test_a_transaction_that_fails_leaves_nothing(any_house: House) -> None:
    def fail() -> None:
        with any_house.store.transaction() as connection:
            connection.execute(
                insert(t.outbox).values(id="out_1", actor="x", args={}, created_at=NOW)
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert messages(any_house) == 0


def test_a_reference_to_nothing_is_refused(any_house: House) -> None:
    with pytest.raises(IntegrityError), any_house.store.transaction() as connection:
        connection.execute(
            insert(t.company).values(
                id="cmp_1", organisation_id="org_none", name="x", created_at=NOW
            )
        )


def test_many_threads_write_without_getting_into_each_others_way(any_house: House) -> None:
    def work(_: int) -> None:
        for _turn in range(25):
            write_message(any_house.store)

    together(8, work)
    assert messages(any_house) == 200


def _write_many(url: str) -> None:
    store = Store(url)
    for _ in range(50):
        write_message(store)
    store.close()


def test_many_processes_write_to_one_database(any_house: House) -> None:
    spawn = multiprocessing.get_context("spawn")
    url = any_house.settings.resolved_database_url
    processes = [spawn.Process(target=_write_many, args=(url,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert messages(any_house) == 150


def test_looking_does_not_wait_for_a_writer(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        connection.execute(insert(t.outbox).values(id="out_1", actor="x", args={}, created_at=NOW))
        seen: list[int] = []
        looker = threading.Thread(target=lambda: seen.append(messages(any_house)))
        looker.start()
        looker.join(5)
        assert seen == [0]
    assert messages(any_house) == 1


def test_of_many_last_tasks_that_end_together_exactly_one_is_the_last(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
    for _ in range(5):
        with any_house.store.transaction() as connection:
            ids = [add_task(connection, here) for _ in range(8)]
            connection.execute(update(t.task).values(status="queued"))
            connection.execute(update(t.file).values(tasks_open=8))
        lasts: list[bool] = []

        def end(number: int, ids: list[str] = ids, lasts: list[bool] = lasts) -> None:
            with any_house.store.transaction() as connection:
                task = tasks.claim(connection, NOW, ids[number], 20)
            assert task is not None
            with any_house.store.transaction() as connection:
                lasts.append(tasks.complete(connection, task))

        together(8, end)
        assert sorted(lasts) == [False] * 7 + [True]


def test_of_many_workers_that_claim_one_task_exactly_one_gets_it(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        task_id = add_task(connection, world.reviewed(connection))
        connection.execute(update(t.task).values(status="queued"))
    got: list[tasks.Task | None] = []

    def claim(_: int) -> None:
        with any_house.store.transaction() as connection:
            got.append(tasks.claim(connection, NOW, task_id, 20))

    together(8, claim)
    assert len([task for task in got if task]) == 1
    with any_house.store.reading() as connection:
        assert connection.scalar(select(t.task.c.runs)) == 1


def test_a_moment_and_an_amount_come_back_exactly(any_house: House) -> None:
    moment = datetime(2026, 11, 22, 3, 4, 5, 678_000, tzinfo=UTC)
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        connection.execute(
            update(t.document).values(created_at=moment, gross_total=Decimal("9999999999999.99"))
        )
    with any_house.store.reading() as connection:
        row = connection.execute(
            select(t.document).where(t.document.c.id == here.document_id)
        ).one()
    assert (row.created_at, row.gross_total) == (moment, Decimal("9999999999999.99"))


@pytest.mark.parametrize("amount", [Decimal("0.001"), Decimal("NaN"), Decimal("1e308")])
def test_an_amount_that_is_not_whole_cents_is_never_written(
    any_house: House, amount: Decimal
) -> None:
    with any_house.store.transaction() as connection:
        world.reviewed(connection)
    with pytest.raises(Exception, match=r"cents|amount"), any_house.store.transaction() as c:
        c.execute(update(t.document).values(gross_total=amount))


def test_json_keeps_null_apart_from_nothing(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        here = world.reviewed(connection)
        connection.execute(update(t.document).values(reading={"iban": None}, suggestion=None))
    with any_house.store.reading() as connection:
        row = connection.execute(
            select(t.document).where(t.document.c.id == here.document_id)
        ).one()
        assert row.reading == {"iban": None}
        assert connection.scalar(
            select(func.count()).select_from(t.document).where(t.document.c.suggestion.is_(None))
        )


def test_an_error_does_not_repeat_what_people_sent(any_house: House) -> None:
    with pytest.raises(IntegrityError) as failed, any_house.store.transaction() as connection:
        connection.execute(
            insert(t.company).values(
                id="cmp_1", organisation_id="org_none", name="Confidentiel SA", created_at=NOW
            )
        )
    assert "Confidentiel SA" not in str(failed.value)


def test_a_database_that_is_away_is_a_fault() -> None:
    store = Store("postgresql+psycopg://u:p@127.0.0.1:9/none")
    with pytest.raises(OperationalError), store.transaction() as connection:
        connection.execute(text("SELECT 1"))
