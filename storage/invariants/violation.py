"""One thing that is not as it must be, and how the others look for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select


@dataclass(frozen=True, slots=True)
class Violation:
    number: int
    """Which invariant; the list is in `storage.invariants`."""
    message: str
    subject: str
    """Id of the row it is about."""


def rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterable[Row[Any]]:
    """The rows of a query, read one by one."""
    return connection.execute(query)
