"""Work that is under way: tasks, and the outbox through which jobs and events leave."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

task = Table(
    "task",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("import", nullable=True),  # none for what is done for a whole organisation
    belongs_to("file", nullable=True),
    Column("subject", String(40)),  # group or document, for a step without a file
    Column("step", String(20), nullable=False),  # open|read|split|extract|reread|assemble|learn…
    Column("first", Integer, nullable=False, default=0),  # pages or groups, half-open range
    Column("last", Integer, nullable=False, default=0),
    Column("status", String(10), nullable=False),  # waiting | queued | running | done | failed
    Column("attempts", Integer, nullable=False, default=0),  # since the last progress
    Column("runs", Integer, nullable=False, default=0),  # started in all
    Column("lease", String(40)),  # who runs it: a new id each time it is claimed
    Column("next_action_at", Moment),  # when the sweeper must look at it again
    Column("queued_at", Moment),  # since when it waits to be claimed, however often asked for
    Column("problem", Json),
    created(),
    Index("ix_task_status_next_action_at", "status", "next_action_at"),
    Index("ix_task_import_id_status", "import_id", "status"),
    Index("ix_task_organisation_id_status", "organisation_id", "status"),
)

outbox = Table(
    "outbox",  # messages promised by a transaction, sent after it by the relay
    metadata,
    own_id(),
    Column("actor", String(60), nullable=False),
    Column("args", Json, nullable=False),
    Column("sent_at", Moment),
    created(),
    Index("ix_outbox_sent_at_id", "sent_at", "id"),
)
