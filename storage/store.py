"""The store: one engine, one transaction at a time.

SQLite is opened for many processes at once: write-ahead log, a long patience for locks, and every
transaction begins with the intention to write, so that two never discover at commit that they
collide. PostgreSQL keeps its defaults (READ COMMITTED); code that counts does so in one statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event


class Store:
    """An open database. Make one per process; `transaction()` for work, `reading()` for looking."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine = _engine(url, pool_size)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed whole when the block ends, or not at all."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to look only: it takes no lock that keeps a writer waiting."""
        with self.engine.connect().execution_options(bannette_reading=True) as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str, pool_size: int) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(
            url,
            pool_size=pool_size,
            max_overflow=10,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 10},
        )
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=30,
        # What people sent does not belong into error messages, and so into logs.
        hide_parameters=True,
        # Our own BEGIN below: the driver must not open transactions behind our back.
        connect_args={"timeout": 30, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "busy_timeout=30000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        looking = connection.get_execution_options().get("bannette_reading", False)
        connection.exec_driver_sql("BEGIN" if looking else "BEGIN IMMEDIATE")

    return engine
