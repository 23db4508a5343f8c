"""Bring a database to the schema this code expects, whoever asks first.

Alembic as a library, one chain for SQLite and PostgreSQL, one transaction: either the database is
at the head with its guards (`storage.guards`), or it is as it was. Any number of processes may ask
at the same moment; the first does the work and the others find it done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url

from storage import guards
from storage import tables as t
from storage.store import Store

_LOCK = 0x62_61_6E_6E_65_74_74_65
"""The advisory lock of PostgreSQL: "bannette" in ASCII."""


def upgrade(url: str) -> None:
    """Bring the database at `url` to the head and put its guards in place; harmless when it is."""
    if is_head(url):
        return
    with _migrating(url) as connection:
        if not is_current(connection):
            # Revisions may rewrite what the guards protect, and SQLite cannot rebuild a table
            # that a trigger mentions.
            guards.remove(connection)
            command.upgrade(_config(connection), "head")
            guards.install(connection)


def downgrade(url: str, revision: str) -> None:
    """Take revisions back to `revision` (``base`` for all). Guards are for the head only."""
    with _migrating(url) as connection:
        guards.remove(connection)
        command.downgrade(_config(connection), revision)


def current(url: str) -> str | None:
    """The revision the database is at; None when it has none."""
    if _is_missing_file(url):
        return None
    with _reading(url) as connection:
        return _revision(connection)


def is_head(url: str) -> bool:
    """Whether the database is at the head, guards included."""
    if _is_missing_file(url):
        return False
    with _reading(url) as connection:
        return is_current(connection)


def is_current(connection: Connection) -> bool:
    """`is_head` on an open connection."""
    return _revision(connection) == head() and guards.are_installed(connection)


@cache
def head() -> str:
    """The newest revision this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def differences(connection: Connection) -> list[object]:
    """Where the database and `storage.tables` disagree: empty, or a revision is missing."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, t.metadata))


def write_revision(message: str, revision_id: str) -> None:
    """Write the revision that takes the head to `storage.tables` as it stands. For developers."""
    with TemporaryDirectory() as folder, _migrating(f"sqlite:///{folder}/scratch.db") as connection:
        config = _config(connection)
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=revision_id)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _is_missing_file(url: str) -> bool:
    """Looking must not create the database."""
    parsed = make_url(url)
    return (
        parsed.get_backend_name() == "sqlite"
        and parsed.database not in (None, "", ":memory:")
        and not Path(str(parsed.database)).exists()
    )


@contextmanager
def _reading(url: str) -> Iterator[Connection]:
    store = Store(url, pool_size=1)
    try:
        with store.reading() as connection:
            yield connection
    finally:
        store.close()


@contextmanager
def _migrating(url: str) -> Iterator[Connection]:
    """A transaction that no other migration shares."""
    database = make_url(url).database
    store = Store(url, pool_size=1)
    try:
        if store.is_sqlite and database:
            Path(database).parent.mkdir(parents=True, exist_ok=True)
        with store.engine.connect() as connection:
            if store.is_sqlite:
                # Rebuilding a table deletes it first; the references are checked below instead.
                # It cannot be switched once the transaction, our lock here, has begun.
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                if not store.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
                if store.is_sqlite:
                    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                    assert not broken, f"references broken by a migration: {broken}"
    finally:
        store.close()
