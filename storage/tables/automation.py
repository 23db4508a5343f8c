"""What people let the machine do with the books: rules they wrote, and what it posted by itself."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.columns import Json, Moment, Money, belongs_to, created, metadata, own_id

posting_rule = Table(
    "posting_rule",  # purchases of which this holds go to this account
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(80), nullable=False),
    Column("supplier_id", String(40), ForeignKey("supplier.id")),
    Column("words", String(200), nullable=False, default=""),
    Column("at_least", Money),  # of a line, net
    Column("at_most", Money),
    Column("account", String(20), nullable=False),
    Column("treatment", String(40), nullable=False, default=""),  # none: as the paper says
    Column("analytic", String(20), nullable=False, default=""),
    Column("automatic", Boolean, nullable=False, default=False),
    Column("position", Integer, nullable=False),  # the lowest that fits acts
    Column("active", Boolean, nullable=False, default=True),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("changed_by", String(40), nullable=False),
    Column("deleted_at", Moment),
    created(),
    Index("ix_posting_rule_company_id_position", "company_id", "position"),
)

automatic_posting = Table(
    "automatic_posting",  # a document that was sure enough to be posted without a person
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("document"),
    Column("entry_id", String(40), ForeignKey("journal_entry.id")),  # none: went to a person
    Column("lines", Json, nullable=False),  # [account, treatment, signed cents] that it would post
    created(),
    UniqueConstraint("document_id"),  # one chance each
    Index("ix_automatic_posting_company_id_created_at", "company_id", "created_at"),
)
