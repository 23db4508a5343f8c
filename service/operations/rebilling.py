"""Lines put back to what is to be invoiced, and drafts made of what is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import update

from domain import merging
from domain.drafts import NewDraft
from domain.people import Scope, Who
from domain.sales import Nature
from service.house import House
from service.operations import companies, customers, records
from service.operations.drafts import create_drafts
from service.operations.records import NewRecord
from service.operations.sales import draft_of, find_draft, shown, totals_values
from service.operations.sales_lines import lines_of, replace_lines
from service.operations.versions import must_be_at
from storage import tables as t
from storage.outbox import record_action

_s = t.sales_invoice.c


def put_back(
    house: House, who: Who, draft_id: str, line_ids: Collection[str], version: int | None = None
) -> dict[str, Any]:
    """Take lines out of a draft: the records they came from are open again, and a line that came
    from none becomes one. The draft, with `record_ids` of what is open now.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_draft(connection, who, draft_id, lock=True)
        must_be_at(row, version)
        draft = draft_of(row, lines_of(connection, [row.id])[row.id])
        left, taken = merging.put_back(draft, set(line_ids))
        replace_lines(connection, row.organisation_id, row.id, left.lines)
        connection.execute(
            update(t.sales_invoice)
            .where(_s.id == row.id)
            .values(version=row.version + 1, **totals_values(left.lines))
        )
        freed = [record for one in taken for record in one.line.record_ids]
        records.free(connection, freed)
        customer = customers.find(connection, who, row.customer_id)
        made = records.insert_records(
            connection, house, who,
            [
                (customer, NewRecord("product" if one.line.nature is Nature.GOODS else "time", one.line))
                for one in taken
                if not one.line.record_ids
            ],
        )  # fmt: skip
        record_action(
            connection, house.now(), who, "record.put_back", row.id,
            company_id=row.company_id, records=len(taken),
        )  # fmt: skip
        return {
            **shown(connection, who, row.id, house.now().date()),
            "record_ids": [*freed, *made],
        }


def draft_of_records(
    house: House, who: Who, record_ids: Collection[str], name: str = ""
) -> dict[str, Any]:
    """A draft of open records of one customer, in the order they were made."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        rows = records.open_records(connection, who, record_ids)
        company = companies.find(connection, who, rows[0].company_id)
        draft = NewDraft(
            customer_id=rows[0].customer_id,
            lines=tuple(records.line_of(row) for row in rows),
            name=name[:200],
        )
        made = create_drafts(connection, house, who, company, [draft])[0]
        return shown(connection, who, made, house.now().date())
