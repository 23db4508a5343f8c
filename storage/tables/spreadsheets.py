"""Spreadsheets of invoice lines on their way to be drafts, and how their columns are read."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

spreadsheet_import = Table(
    "spreadsheet_import",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(300), nullable=False),  # of its file
    Column("sha256", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("object_key", String(200), nullable=False),
    Column("state", String(20), nullable=False),  # domain.spreadsheets.State
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("sheets", Json, nullable=False),  # place, name, visible, rows of each
    Column("sheet", Integer, nullable=False),  # the one that is read
    Column("header_row", Integer, nullable=False),  # from 0
    Column("columns", Json, nullable=False),  # field → column from 0
    Column("fixes", Json, nullable=False),  # row number → field → what a person typed
    Column("left_out", Json, nullable=False),  # row numbers
    Column("common_name", String(200), nullable=False, default=""),
    Column("issue_date", Date),
    Column("recap", Json),  # what a person agreed to
    Column("lines", Integer, nullable=False, default=0),  # of what was made
    Column("drafts", Integer, nullable=False, default=0),
    Column("made_by", String(40), nullable=False),
    Column("imported_by", String(40)),
    Column("imported_at", Moment),
    created(),
    Index("ix_spreadsheet_import_company_id_id", "company_id", "id"),
    Index(
        "uq_spreadsheet_import_company_id_sha256",  # a file becomes drafts once
        "company_id",
        "sha256",
        unique=True,
        sqlite_where=text("state = 'imported'"),
        postgresql_where=text("state = 'imported'"),
    ),
)

spreadsheet_mapping = Table(
    "spreadsheet_mapping",  # which column is which field, to be used again
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("signature", String(64), nullable=False),  # domain.spreadsheets.columns.Layout
    Column("headers", Json, nullable=False),  # field → header
    created(),
    UniqueConstraint("company_id", "signature"),
)
