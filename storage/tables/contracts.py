"""Contracts with customers, and the batches in which what they make due is invoiced."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table

from storage.tables.columns import Exact, Json, Moment, Money, belongs_to, created, metadata, own_id

contract = Table(
    "contract",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("customer"),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),  # domain.contracts.ContractKind
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("every", String(10), nullable=False),  # domain.contracts.Every
    Column("price", Exact, nullable=False),
    Column("quantity", Exact, nullable=False),
    Column("overage_price", Exact, nullable=False),
    Column("rolls_over", Boolean, nullable=False, default=False),
    Column("in_advance", Boolean, nullable=False, default=False),
    Column("taxable", Boolean, nullable=False, default=True),
    Column("vat_rate", Exact, nullable=False),
    Column("nature", String(10), nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("made_by", String(40), nullable=False),
    created(),
    Index("ix_contract_company_id_customer_id", "company_id", "customer_id"),
)

billing_batch = Table(
    "billing_batch",  # its drafts are born from it
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(200), nullable=False),
    Column("level", String(10), nullable=False),  # domain.billing.Level
    Column("one_per_customer", Boolean, nullable=False),
    Column("issued_on", Date),
    Column("records", Json, nullable=False),  # {record: its net amount when it was chosen}
    Column("invoices", Integer, nullable=False),
    Column("net_total", Money, nullable=False),
    Column("vat_total", Money, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("deleted_at", Moment),
    created(),
    Index("ix_billing_batch_company_id_id", "company_id", "id"),
)
