"""Quotas: what an organisation uses of a day, and where that ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite

from domain.errors import TooMany
from service.house import House
from storage import tables as t


def used_after(
    connection: Connection, organisation_id: str, day: date, *, size: int = 0, pages: int = 0
) -> Row[Any]:
    """Count what an organisation uses of a day, in one statement; returns the day's totals."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(t.usage).values(
        organisation_id=organisation_id, day=day, bytes=size, pages=pages
    )
    return connection.execute(
        row.on_conflict_do_update(
            index_elements=["organisation_id", "day"],
            set_={
                "bytes": t.usage.c.bytes + row.excluded.bytes,
                "pages": t.usage.c.pages + row.excluded.pages,
            },
        ).returning(t.usage.c.pages, t.usage.c.bytes)
    ).one()


def within(house: House, pages: int, size: int) -> None:
    """TooMany, with when to come back, once a day's use has reached a limit."""
    settings = house.settings
    over = []
    if settings.bytes_per_day and size > settings.bytes_per_day:
        over.append(f"{settings.bytes_per_day // (1024 * 1024)} MB")
    if settings.pages_per_day and pages >= settings.pages_per_day:
        over.append(f"{settings.pages_per_day} pages")
    if over:
        now = house.now()
        midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
        raise TooMany(
            f"Your organisation has used what a day allows: {' and '.join(over)}.",
            code="quota_reached",
            advice=f"Send it again after {midnight:%Y-%m-%d %H:%M} UTC.",
            retry_after=int((midnight - now).total_seconds()),
        )
