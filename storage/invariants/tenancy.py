"""Tenancy: no row refers to a row of another organisation, or of another company's books.

The references are read from the tables, so that a table added tomorrow is watched as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Connection, select

from storage import tables as t
from storage.invariants.violation import Violation, rows

OWNERS = ("organisation_id", "company_id")


def references_stay_inside(connection: Connection) -> Iterator[Violation]:
    for table in t.metadata.sorted_tables:
        for reference in sorted(table.foreign_keys, key=lambda f: f.parent.name):
            column: Column[str] = reference.parent
            other = reference.column.table.alias("other")
            for owner in OWNERS:
                if owner not in table.c or owner not in other.c:
                    continue
                subject = table.c.id if "id" in table.c else column
                for row in rows(
                    connection,
                    select(subject.label("subject"), column.label("to"))
                    .join(other, other.c[reference.column.name] == column)
                    .where(other.c[owner] != table.c[owner]),
                ):
                    what = owner.removesuffix("_id")
                    yield Violation(
                        9, f"{table.name}.{column.name} is of another {what}: {row.to}", row.subject
                    )
    # The one table that belongs to an organisation only through what it joins.
    for row in rows(
        connection,
        select(t.document.c.id, t.page.c.id.label("page_id"))
        .join(t.document_page, t.document_page.c.document_id == t.document.c.id)
        .join(t.page, t.page.c.id == t.document_page.c.page_id)
        .where(t.page.c.organisation_id != t.document.c.organisation_id),
    ):
        yield Violation(
            9, f"document_page.page_id is of another organisation: {row.page_id}", row.id
        )
