from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from domain.ids import new_id
from domain.journal import Line
from service.house import House
from storage import tables as t
from tests.storage import world
from tests.storage.world import DAY, LINES, NOW, World


@pytest.fixture
def books(any_house: House) -> tuple[House, World]:
    with any_house.store.transaction() as connection:
        return any_house, world.reviewed(connection)


def entries(house: House) -> int:
    with house.store.reading() as connection:
        return len(connection.execute(select(t.journal_entry.c.id)).all())


def test_a_balanced_entry_is_written(books: tuple[House, World]) -> None:
    house, here = books
    with house.store.transaction() as connection:
        world.write_entry(connection, here)
    assert entries(house) == 1


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((), id="no line"),
        pytest.param(LINES[:1], id="one line"),
        pytest.param(LINES[:2], id="debits alone"),
        pytest.param((*LINES[:2], replace(LINES[2], credit=Decimal("119.99"))), id="a cent short"),
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_written_by_sql(
    books: tuple[House, World], lines: tuple[Line, ...]
) -> None:
    house, here = books
    with pytest.raises(IntegrityError, match="at least two lines"), house.store.transaction() as c:
        world.write_entry(c, here, lines)
    assert entries(house) == 0


def test_lines_without_an_entry_cannot_be_committed(books: tuple[House, World]) -> None:
    house, here = books
    with pytest.raises(IntegrityError), house.store.transaction() as connection:
        world.write_lines(connection, here, new_id("ent"), LINES)


@pytest.mark.parametrize("start", [0, 3])
def test_no_line_is_added_to_an_entry_that_exists(books: tuple[House, World], start: int) -> None:
    house, here = books
    with house.store.transaction() as connection:
        entry_id = world.write_entry(connection, here)
    with pytest.raises(IntegrityError, match="no line is added"), house.store.transaction() as c:
        world.write_lines(c, here, entry_id, LINES, start)


def test_a_line_slipped_in_while_the_entry_is_being_written_is_refused(
    books: tuple[House, World],
) -> None:
    house, here = books
    entry_id = new_id("ent")
    outcome: list[str] = []

    def slip_in() -> None:
        try:
            with house.store.transaction() as connection:
                world.write_lines(connection, here, entry_id, LINES, start=10)
            outcome.append("written")
        except IntegrityError:
            outcome.append("refused")

    with house.store.transaction() as connection:
        world.write_entry(connection, here, id=entry_id)
        intruder = threading.Thread(target=slip_in)
        intruder.start()
        intruder.join(0.5)
        assert outcome == []  # it waits for us
    intruder.join()
    assert outcome == ["refused"]


def test_an_account_the_company_does_not_have_is_refused(books: tuple[House, World]) -> None:
    house, here = books
    with house.store.transaction() as connection:
        stranger = world.people(connection, "Autre")[1]
        connection.execute(
            update(t.account)
            .where(t.account.c.company_id == stranger, t.account.c.number == "6064")
            .values(number="6068")
        )
    lines = (replace(LINES[0], account="6068"), *LINES[1:])
    with pytest.raises(IntegrityError, match="account"), house.store.transaction() as connection:
        world.write_entry(connection, here, lines)


@pytest.mark.parametrize(
    ("opened_on", "closed_on", "taken"),
    [
        (DAY, None, True),
        (date(1900, 1, 1), DAY, True),
        (DAY + timedelta(days=1), None, False),
        (date(1900, 1, 1), DAY - timedelta(days=1), False),
    ],
)
def test_an_account_takes_entries_from_its_opening_to_its_closing_day(
    books: tuple[House, World], opened_on: date, closed_on: date | None, taken: bool
) -> None:
    house, here = books
    with house.store.transaction() as connection:
        connection.execute(
            update(t.account)
            .where(t.account.c.number == "6064")
            .values(opened_on=opened_on, closed_on=closed_on)
        )
    if taken:
        with house.store.transaction() as connection:
            world.write_entry(connection, here)
    else:
        with pytest.raises(IntegrityError, match="open on its"), house.store.transaction() as c:
            world.write_entry(c, here)
    assert entries(house) == int(taken)


def test_an_entry_with_another_organisations_lines_is_refused(books: tuple[House, World]) -> None:
    house, here = books
    with house.store.transaction() as connection:
        stranger = replace(here, organisation_id=world.people(connection, "Autre")[0])
    entry_id = new_id("ent")

    def write() -> None:
        with house.store.transaction() as connection:
            world.write_lines(connection, stranger, entry_id, LINES)
            world.write_entry(connection, here, (), id=entry_id)

    with pytest.raises(IntegrityError, match="one organisation"):
        write()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET label = 'x'",
        "UPDATE journal_entry SET hash = hash",
        "DELETE FROM journal_entry",
        "UPDATE journal_line SET debit = debit + 1 WHERE debit > 0",
        "UPDATE journal_line SET account = '6068'",
        "DELETE FROM journal_line",
        "UPDATE event SET data = '{}'",
        "DELETE FROM event",
        "UPDATE attempt SET status_code = 200",
        "DELETE FROM attempt",
        "UPDATE correction SET made_by = 'usr_2'",
        "DELETE FROM correction",
        "UPDATE regrouping SET what = 'x'",
        "DELETE FROM regrouping",
    ],
)
def test_what_was_written_down_can_be_neither_changed_nor_removed_by_sql(
    books: tuple[House, World], statement: str
) -> None:
    house, here = books
    with house.store.transaction() as connection:
        write_history(connection, here)
    with pytest.raises(IntegrityError, match="never"), house.store.transaction() as connection:
        connection.execute(text(statement))


def test_nothing_of_it_can_be_truncated_on_postgresql(real_house: House) -> None:
    for table in ("journal_entry", "journal_line", "event", "attempt", "correction", "regrouping"):
        with pytest.raises(IntegrityError, match="removed"), real_house.store.transaction() as c:
            c.execute(text(f"TRUNCATE {table} CASCADE"))


def test_replacing_an_entry_is_refused_on_sqlite(house: House) -> None:
    with house.store.transaction() as connection:
        here = world.reviewed(connection)
        entry_id = world.write_entry(connection, here)
    for table, key in (("journal_entry", "id"), ("journal_line", "entry_id")):
        with house.store.transaction() as connection:
            before = connection.execute(text(f"SELECT * FROM {table}")).all()
        with pytest.raises(IntegrityError), house.store.transaction() as connection:
            connection.execute(
                text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE {key} = :id"),
                {"id": entry_id},
            )
        with house.store.reading() as connection:
            assert connection.execute(text(f"SELECT * FROM {table}")).all() == before


def test_what_a_person_did_to_an_import_goes_with_it_once_it_is_deleted(
    books: tuple[House, World],
) -> None:
    house, here = books
    with house.store.transaction() as connection:
        write_history(connection, here)
        connection.execute(update(t.imports).values(deleted_at=NOW))
    with house.store.transaction() as connection:
        connection.execute(t.correction.delete())
        connection.execute(t.regrouping.delete())
    for statement in (t.event.delete(), t.attempt.delete(), t.journal_entry.delete()):
        with pytest.raises(IntegrityError), house.store.transaction() as connection:
            connection.execute(statement)


def write_history(connection: Connection, here: World) -> None:
    """A row in every table that is only added to."""
    endpoint_id = world.listen(connection, here.organisation_id)
    world.post(connection, here)
    mine = {"organisation_id": here.organisation_id, "created_at": NOW}
    delivery_id = connection.scalar(
        select(t.delivery.c.id).where(t.delivery.c.endpoint_id == endpoint_id)
    )
    connection.execute(
        insert(t.attempt).values(
            id=new_id("att"), delivery_id=delivery_id, number=1, took_ms=1, **mine
        )
    )
    connection.execute(
        insert(t.correction).values(
            id=new_id("cor"), document_id=here.document_id, field="iban", made_by="usr_1", **mine
        )
    )
    connection.execute(
        insert(t.regrouping).values(
            id=new_id("reg"),
            import_id=here.import_id,
            version=1,
            made_by="usr_1",
            what="regroup",
            change={},
            before=[],
            after=[],
            **mine,
        )
    )
