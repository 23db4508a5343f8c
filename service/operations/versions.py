"""What two people may edit at once is changed only as it was seen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from domain.errors import Conflict


def must_be_at(row: Row[Any], version: int | None) -> None:
    """Conflict unless a row is as it was seen; without a version, whatever it is."""
    if version is not None and version != row.version:
        raise Conflict(
            "This was changed in the meantime.",
            code="stale",
            advice="Load it again, look at what changed, and go on from there.",
            version=row.version,
        )
