from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select, update

from service.house import House
from storage import tables as t
from storage.outbox import promise, record_event
from tests.storage import world
from tests.storage.test_store import together
from tests.storage.world import NOW


def tell(connection: Connection, organisation_id: str, type_: str = "import.ready") -> str:
    return record_event(
        connection,
        NOW,
        organisation_id=organisation_id,
        company_id=None,
        type_=type_,
        subject="imp_1",
        data={"import_id": "imp_1"},
    )


def deliveries(house: House) -> list[tuple[str, str]]:
    """(endpoint, status) of every delivery."""
    with house.store.reading() as connection:
        rows = connection.execute(
            select(t.delivery.c.endpoint_id, t.delivery.c.status).order_by(t.delivery.c.id)
        )
        return [(row.endpoint_id, row.status) for row in rows]


def test_a_promise_and_an_event_exist_only_if_the_change_does(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        organisation_id, _ = world.people(connection)
        world.listen(connection, organisation_id)

    def change_and_fail() -> None:
        with any_house.store.transaction() as connection:
            promise(connection, NOW, "pipeline.open", task_id="tsk_1")
            tell(connection, organisation_id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    with any_house.store.reading() as connection:
        for table in (t.outbox, t.event, t.delivery):
            assert connection.execute(select(table)).all() == []


def test_an_event_is_delivered_once_to_everyone_of_the_organisation_who_listens(
    any_house: House,
) -> None:
    with any_house.store.transaction() as connection:
        mine, _ = world.people(connection)
        other, _ = world.people(connection, "Autre")
        all_, some, none, off, gone = (world.listen(connection, mine) for _ in range(5))
        world.listen(connection, other)
        for endpoint_id, values in (
            (some, {"event_types": ["import.ready"]}),
            (none, {"event_types": ["invoice.posted"]}),
            (off, {"disabled_at": NOW}),
            (gone, {"deleted_at": NOW}),
        ):
            connection.execute(
                update(t.webhook_endpoint)
                .where(t.webhook_endpoint.c.id == endpoint_id)
                .values(**values)
            )
        tell(connection, mine)
    assert sorted(deliveries(any_house)) == sorted(
        [(all_, "waiting"), (some, "waiting"), (off, "held")]
    )


def test_events_of_one_subject_are_counted_from_one(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        organisation_id, _ = world.people(connection)
        ids = [tell(connection, organisation_id) for _ in range(3)]
    with any_house.store.reading() as connection:
        rows = connection.execute(select(t.event.c.id, t.event.c.sequence)).all()
    assert {row.id: row.sequence for row in rows} == dict(zip(ids, (1, 2, 3), strict=True))


def test_events_of_one_subject_told_at_the_same_moment_are_all_counted(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        organisation_id, _ = world.people(connection)

    def work(_: int) -> None:
        for _turn in range(5):
            with any_house.store.transaction() as connection:
                tell(connection, organisation_id)

    together(6, work)
    with any_house.store.reading() as connection:
        numbers = connection.scalars(select(t.event.c.sequence).order_by(t.event.c.sequence)).all()
    assert list(numbers) == list(range(1, 31))


def test_an_event_that_is_not_in_the_catalogue_cannot_be_told(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        organisation_id, _ = world.people(connection)
        with pytest.raises(AssertionError, match="eaten"):
            tell(connection, organisation_id, "invoice.eaten")


def test_one_endpoint_hears_of_one_event_once_even_by_sql(any_house: House) -> None:
    with any_house.store.transaction() as connection:
        organisation_id, _ = world.people(connection)
        endpoint_id = world.listen(connection, organisation_id)
        event_id = tell(connection, organisation_id)
    with pytest.raises(Exception, match=r"(?i)unique"), any_house.store.transaction() as connection:
        connection.execute(
            insert(t.delivery).values(
                id="dlv_again",
                organisation_id=organisation_id,
                endpoint_id=endpoint_id,
                event_id=event_id,
                status="waiting",
                created_at=NOW,
            )
        )
