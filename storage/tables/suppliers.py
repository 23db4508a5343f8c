"""Suppliers, the bank accounts they are paid to, and the merges of twins."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

supplier = Table(
    "supplier",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(200), nullable=False),
    Column("siren", String(9)),
    Column("vat_id", String(20)),
    Column("uid", String(20)),
    Column("auxiliary", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("merged_into_id", String(40), ForeignKey("supplier.id")),  # an alias of that one
    Column("distinct_from", Json, nullable=False, default=list),  # ids a person told apart
    created(),
    UniqueConstraint("company_id", "auxiliary"),
)

supplier_iban = Table(
    "supplier_iban",  # its state follows from who asked and who verified: domain.ibans
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("supplier"),
    Column("iban", String(34), nullable=False),
    Column("document_id", String(40), ForeignKey("document.id")),  # where it was read first
    Column("asked_by", String(40)),
    Column("asked_at", Moment),
    Column("verified_by", String(40)),
    Column("verified_at", Moment),
    Column("how", String(300)),  # how it was verified: whom one called back
    created(),
    UniqueConstraint("supplier_id", "iban"),
    Index("ix_supplier_iban_company_id_iban", "company_id", "iban"),
)

supplier_merge = Table(
    "supplier_merge",  # what moved, so that it can be moved back
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("kept_id", String(40), ForeignKey("supplier.id"), nullable=False),
    Column("merged_id", String(40), ForeignKey("supplier.id"), nullable=False),
    Column("moved", Json, nullable=False),  # {table: ids}
    Column("made_by", String(40), nullable=False),
    Column("undone_by", String(40)),
    Column("undone_at", Moment),
    created(),
    Index("ix_supplier_merge_kept_id", "kept_id"),
)
