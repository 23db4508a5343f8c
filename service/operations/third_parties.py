"""Suppliers and customers as the books know them: by auxiliary account."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage import tables as t


def auxiliary_names(connection: Connection, company_id: str) -> dict[str, str]:
    """Auxiliary account → name, of the suppliers and customers of a company."""
    return {
        row.auxiliary: row.name
        for table in (t.supplier, t.customer)
        for row in connection.execute(
            select(table.c.auxiliary, table.c.name).where(table.c.company_id == company_id)
        )
    }
