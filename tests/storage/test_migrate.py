from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, insert, inspect, select

from storage import guards, migrate
from storage import tables as t
from storage.store import Store


def test_the_revisions_lead_to_the_tables_of_the_code(empty_database: str) -> None:
    migrate.upgrade(empty_database)
    store = Store(empty_database)
    with store.reading() as connection:
        assert migrate.differences(connection) == [], "storage/tables changed: script/revision"
        # Alembic does not compare checks.
        there = inspect(connection)
        for table in t.metadata.sorted_tables:
            names = {check["name"] for check in there.get_check_constraints(table.name)}
            wanted = {
                f"ck_{table.name}_{str(check.name).removeprefix(f'ck_{table.name}_')}"
                for check in table.constraints
                if isinstance(check, CheckConstraint)
            }
            assert names == wanted, table.name
    store.close()


def test_a_database_is_at_the_head_only_once_it_is_migrated(empty_database: str) -> None:
    assert migrate.current(empty_database) is None
    assert not migrate.is_head(empty_database)
    migrate.upgrade(empty_database)
    assert migrate.current(empty_database) == migrate.head()
    assert migrate.is_head(empty_database)


def test_looking_at_a_database_that_is_not_there_does_not_create_it(tmp_path: Path) -> None:
    assert not migrate.is_head(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


def test_migrating_again_keeps_what_is_there(empty_database: str) -> None:
    migrate.upgrade(empty_database)
    store = Store(empty_database)
    with store.transaction() as connection:
        connection.execute(
            insert(t.outbox).values(id="out_1", actor="x", args={}, created_at=datetime.now(UTC))
        )
    migrate.upgrade(empty_database)
    with store.reading() as connection:
        assert connection.scalars(select(t.outbox.c.id)).all() == ["out_1"]
    store.close()


def test_many_processes_may_migrate_one_database_at_the_same_moment(empty_database: str) -> None:
    together = threading.Barrier(6)
    faults: list[BaseException] = []

    def start() -> None:
        together.wait()
        try:
            migrate.upgrade(empty_database)
        except BaseException as fault:  # noqa: BLE001 - reported below
            faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert migrate.is_head(empty_database)


def test_a_revision_can_be_taken_back_and_put_on_again(empty_database: str) -> None:
    migrate.upgrade(empty_database)
    migrate.downgrade(empty_database, "base")
    assert migrate.current(empty_database) is None
    store = Store(empty_database)
    with store.reading() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    store.close()
    migrate.upgrade(empty_database)
    assert migrate.is_head(empty_database)


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = (*guards.GUARDS, guards.Guard("broken", "no_such_table", "INSERT", "1 = 1", "no"))
    monkeypatch.setattr(guards, "GUARDS", broken)
    with pytest.raises(Exception, match="no_such_table"):
        migrate.upgrade(empty_database)
    assert migrate.current(empty_database) is None


def test_a_database_with_other_guards_is_behind_until_it_is_upgraded(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(empty_database)
    monkeypatch.setattr(guards, "GUARDS", guards.GUARDS[1:])
    assert not migrate.is_head(empty_database)
    migrate.upgrade(empty_database)
    assert migrate.is_head(empty_database)


def test_a_migration_that_breaks_a_reference_is_refused_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'broken.db'}"
    migrate.upgrade(url)
    raw = sqlite3.connect(tmp_path / "broken.db")  # references are not enforced here
    raw.execute("INSERT INTO usage VALUES ('org_nobody', '2026-01-01', 0, 0)")
    raw.execute(f"DROP TRIGGER {guards.GUARDS[0].installed_name()}")
    raw.commit()
    raw.close()
    with pytest.raises(AssertionError, match="usage"):
        migrate.upgrade(url)
    assert not migrate.is_head(url)
