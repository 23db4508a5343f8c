"""What Alembic runs for every command: our tables, on the connection that `storage.migrate` holds.

The transaction is begun and committed there, so a failed revision leaves nothing behind on either
database.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage import tables as t


def render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Our own column types by what the database sees, so that old revisions never import them."""
    if kind == "type" and isinstance(item, t.Moment | t.Money):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, t.Exact):
        return "sa.String(length=40)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=t.metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
