"""Databases without a schema, on both sets."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.servers import Servers


@pytest.fixture
def empty_database(any_servers: Servers, tmp_path: Path) -> str:
    """The URL of a database nobody has migrated."""
    url = any_servers.settings.database_url
    if not url:
        return f"sqlite:///{tmp_path / 'empty.db'}"
    name = f"t{secrets.token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)
