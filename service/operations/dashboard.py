"""The dashboard: how much mail came and was posted, how quickly, and where it had to be put right.

Numbers of a period of days (of UTC), counted by the database in indexes that hold all that is asked
for, since the rows of documents are wide. Everything is limited to the companies somebody sees.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    case,
    cast,
    func,
    select,
    type_coerce,
)

from domain.documents import DocumentStatus, ImportStatus
from domain.errors import Invalid
from domain.people import Scope, Who
from service.house import House
from storage import tables as t
from storage.visibility import within

PERIODS = (30, 90)
MOST = 365
SHOWN = 8
"""Suppliers, fields and categories with most corrections."""
NEWEST = 5_000
"""Corrections that are looked at: enough to tell where they happen."""
WAITING = 5
"""The oldest of what waits."""
AGES = (1, 3, 7)
"""Days at which what waits counts as older."""
_DAY_MS = 86_400_000
_d, _i, _c = t.document.c, t.imports.c, t.correction.c


def statistics(
    house: House, who: Who, *, days: int = 30, company_id: str | None = None
) -> dict[str, Any]:
    """The numbers of the last `days` days, today included; of one company, or of all they see.

    Durations are whole seconds from receipt to posting; shares are between 0 and 1, and null
    where nothing was posted.
    """
    who.must(Scope.DOCUMENTS_READ)
    if not 1 <= days <= MOST:
        raise Invalid(
            f"Between 1 and {MOST} days.", code="invalid_days", fields=["days"], most=MOST
        )
    now = house.now()
    first = now.date() - timedelta(days=days - 1)
    since = datetime.combine(first, time(), UTC)
    with house.store.reading() as connection:
        asked = _Asked(connection, who, company_id, since, now)
        per_day = asked.per_day(first, days)
        posted = sum(day["posted"] for day in per_day)
        untouched = posted - sum(day.pop("corrected") for day in per_day)
        return {
            "days": days,
            "since": first.isoformat(),
            "company_id": company_id,
            "received": sum(day["received"] for day in per_day),
            "posted": posted,
            "pages": sum(day["pages"] for day in per_day),
            "posted_without_correction": untouched,
            "share_without_correction": round(untouched / posted, 4) if posted else None,
            "seconds_to_post": asked.durations(posted),
            "per_day": per_day,
            "corrections": asked.corrections(),
            "waiting": asked.waiting(),
        }


class _Asked:
    """What is counted: whose, of which company, since when."""

    def __init__(
        self,
        connection: Connection,
        who: Who,
        company_id: str | None,
        since: datetime,
        now: datetime,
    ) -> None:
        self.connection, self.who, self.company_id = connection, who, company_id
        self.since, self.now = since, now

    def of(self, table: FromClause) -> list[ColumnElement[bool]]:
        seen = [within(self.who, table)]
        if table is t.document:
            seen.append(_d.withdrawn_at.is_(None))
        if self.company_id is not None:
            seen.append(table.c.company_id == self.company_id)
        return seen

    def per_day(self, first: date, days: int) -> list[dict[str, Any]]:
        imported = [*self.of(t.imports), _i.created_at >= self.since, _i.deleted_at.is_(None)]
        received = self._by_day(
            select(_day(_i.created_at), func.count())
            .join(t.group, t.group.c.import_id == _i.id)
            .where(*imported)
        )
        pages = self._by_day(
            select(_day(_i.created_at), func.sum(t.file.c.pages_done))
            .join(t.file, t.file.c.import_id == _i.id)
            .where(*imported)
        )
        posted = self._by_day(
            select(
                _day(_d.posted_at),
                func.count(),
                func.sum(cast(_d.corrected, Integer)),
            ).where(*self.of(t.document), _d.posted_at >= self.since)
        )
        shown = []
        for number in range(days):
            day = first + timedelta(days=number)
            count, corrected = posted.get(day, (0, 0))
            shown.append(
                {
                    "day": day.isoformat(),
                    "received": received.get(day, (0,))[0],
                    "posted": count,
                    "corrected": corrected,
                    "pages": pages.get(day, (0,))[0],
                }
            )
        return shown

    def _by_day(self, query: Any) -> dict[date, tuple[int, ...]]:
        """Rows of a day (since 1970) and sums, added up by day."""
        day = query.selected_columns[0]
        return {
            date.fromordinal(date(1970, 1, 1).toordinal() + row[0]): tuple(
                int(value or 0) for value in row[1:]
            )
            for row in self.connection.execute(query.group_by(day))
        }

    def durations(self, posted: int) -> dict[str, int | None]:
        """The median and the 90th percentile (nearest rank) of the time from receipt to posting,
        exact to the minute under two hours and to the hour above.
        """
        if not posted:
            return {"median": None, "p90": None}
        took = type_coerce(_d.posted_at, BigInteger) - type_coerce(_d.received_at, BigInteger)
        minutes, hours = took // 60_000, took // 3_600_000
        # Few different values, so that the database counts them without sorting what was posted.
        rounded = case((hours < 2, minutes), else_=hours * 60)
        counted = self.connection.execute(
            select(rounded, func.count())
            .where(*self.of(t.document), _d.posted_at >= self.since)
            .group_by(rounded)
        ).all()
        ranks = {"median": -(-posted // 2), "p90": -(-posted * 9 // 10)}
        found: dict[str, int | None] = {}
        passed = 0
        for length, count in sorted(tuple(row) for row in counted):
            passed += count
            for name, rank in ranks.items():
                if passed >= rank:
                    found.setdefault(name, int(length) * 60)
        return found

    def corrections(self) -> dict[str, Any]:
        """Where people put things right: by field, supplier and category, most first; of the
        newest corrections, of which there may be many.
        """
        newest = (
            select(_c.field, _d.supplier_name, _d.category)
            .join(t.document, _d.id == _c.document_id)
            .where(
                _c.organisation_id == self.who.organisation_id,
                _c.created_at >= self.since,
                _c.field != "posting",
                *self.of(t.document),
            )
            .order_by(_c.created_at.desc())
            .limit(NEWEST)
            .subquery()
        )
        rows = self.connection.execute(select(*newest.c, func.count()).group_by(*newest.c)).all()
        found: dict[str, Any] = {"counted": sum(row[3] for row in rows)}
        for place, name in enumerate(("field", "supplier", "category")):
            counted: Counter[str] = Counter()
            for row in rows:
                if row[place]:
                    counted[row[place]] += row[3]
            found[f"by_{name}"] = [
                {name: what, "corrections": count} for what, count in counted.most_common(SHOWN)
            ]
        return found

    def waiting(self) -> dict[str, Any]:
        """What is to be checked and to be posted: how much, how old, and the oldest of it."""
        return {
            "to_check": self._queue(
                t.imports,
                _i.created_at,
                [_i.status == ImportStatus.READY, _i.deleted_at.is_(None)],
                _i.name.label("name"),
            ),
            "to_post": self._queue(
                t.document,
                _d.received_at,
                [_d.status == DocumentStatus.TO_POST],
                _d.supplier_name.label("name"),
            ),
        }

    def _queue(
        self,
        table: FromClause,
        moment: ColumnElement[datetime],
        which: list[ColumnElement[bool]],
        name: ColumnElement[str],
    ) -> dict[str, Any]:
        mine = [*self.of(table), *which]
        bounds = [self.now - timedelta(days=days) for days in AGES]
        ages = self.connection.execute(
            select(func.count(), *(func.count().filter(moment < bound) for bound in bounds)).where(
                *mine
            )
        ).one()
        oldest = self.connection.execute(
            select(table.c.id, name, moment.label("at"))
            .where(*mine)
            .order_by(moment)
            .limit(WAITING)
        ).all()
        # Counted "older than" each bound; told as disjoint ranges, the youngest first.
        ranges = [ages[place] - (*ages[1:], 0)[place] for place in range(len(AGES) + 1)]
        return {
            "count": ages[0],
            "by_age": [
                {"from_days": since, "to_days": until, "count": count}
                for since, until, count in zip((0, *AGES), (*AGES, None), ranges, strict=True)
            ],
            "oldest": [
                {"id": row.id, "name": row.name, "received_at": row.at.isoformat()}
                for row in oldest
            ],
        }


def _day(moment: ColumnElement[datetime]) -> ColumnElement[int]:
    """The day of a moment, counted from 1970."""
    return type_coerce(moment, BigInteger) // _DAY_MS
