"""Sales: customers, what is to be invoiced, drafts and invoices with their lines, series, merges.

A draft and an invoice are one row: finalising gives it its number and its place in the chain, and
from then on the database keeps it as it is (`storage.guards`).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.columns import Exact, Json, Moment, Money, belongs_to, created, metadata, own_id

customer = Table(
    "customer",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(200), nullable=False),
    Column("legal_id", String(20)),  # SIREN, UID or enterprise number: domain.customers
    Column("vat_id", String(20), nullable=False, default=""),
    Column("street", String(200), nullable=False, default=""),
    Column("more", String(200), nullable=False, default=""),
    Column("postcode", String(20), nullable=False, default=""),
    Column("city", String(100), nullable=False, default=""),
    Column("country", String(2), nullable=False),
    Column("email", String(254), nullable=False, default=""),
    Column("electronic_address", String(100), nullable=False, default=""),  # scheme:value
    Column("terms_days", Integer, nullable=False, default=30),
    Column("end_of_month", Boolean, nullable=False, default=False),
    Column("language", String(2), nullable=False, default="fr"),
    Column("auxiliary", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("archived_at", Moment),
    created(),
    UniqueConstraint("company_id", "legal_id"),
    UniqueConstraint("company_id", "auxiliary"),
)

sales_invoice = Table(
    "sales_invoice",  # a draft until it is finalised
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("customer"),
    Column("state", String(10), nullable=False, default="draft"),  # domain.drafts.State
    Column("commercial", String(10), nullable=False, default="draft"),  # domain.drafts.Commercial
    Column("kind", String(20), nullable=False),  # domain.sales.InvoiceKind
    Column("name", String(200), nullable=False, default=""),
    Column("mission", String(200), nullable=False, default=""),
    Column("pricing", String(20), nullable=False, default="flat"),
    Column("template", String(40), nullable=False, default=""),
    Column("currency", String(3), nullable=False),
    Column("exchange_rate", Exact),  # one unit in the currency of the books
    Column("issued_on", Date),
    Column("due_on", Date),
    Column("title", String(300), nullable=False, default=""),
    Column("introduction", Text, nullable=False, default=""),
    Column("closing", Text, nullable=False, default=""),
    Column("order_reference", String(100), nullable=False, default=""),
    Column("language", String(2), nullable=False),
    Column("net_total", Money, nullable=False),
    Column("vat_total", Money, nullable=False),
    Column("gross_total", Money, nullable=False),
    Column("corrects_id", String(40), ForeignKey("sales_invoice.id")),
    Column("deposit_ids", Json, nullable=False, default=list),  # invoices that its lines deduct
    Column("deposit_for_id", String(40), ForeignKey("sales_invoice.id")),  # the whole, of a deposit
    Column("born_from", String(40)),  # the import or the batch it came from
    Column("merged", Integer, nullable=False, default=0),  # drafts that went into it
    Column("merged_into_id", String(40), ForeignKey("sales_invoice.id")),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("made_by", String(40), nullable=False),
    Column("deleted_at", Moment),  # of drafts alone
    Column("open_amount", Money),  # once finalised: still to be paid, in the books' currency
    Column("paid_amount", Money),  # by movements of the bank, likewise
    Column("paid_on", Date),
    Column("paid_by", String(10)),  # bank, or person: who said that it is paid
    Column("unpaid_status", String(10)),  # its commercial status before
    # From here on given when it is finalised, and never changed.
    Column("series", String(12)),
    Column("year", Integer),
    Column("number_in_series", Integer),
    Column("number", String(35)),
    Column("seller", Json),  # domain.sales.Party, as it stands on the paper
    Column("buyer", Json),
    Column("terms", Json),  # domain.sales_settings.SalesSettings of that day
    Column("payment_terms", Text),
    Column("payment_reference", String(40)),
    Column("corrects_number", String(35)),
    Column("corrects_date", Date),
    Column("deposits", Json),  # [number, date, gross] of each
    Column("finalised_by", String(40)),
    Column("finalised_at", Moment),
    Column("entry_id", String(40), ForeignKey("journal_entry.id")),
    Column("previous_hash", String(64)),
    Column("hash", String(64)),
    Column("pdf_sha256", String(64)),  # of the paper as it was first drawn
    Column("pdf_key", String(200)),
    created(),
    UniqueConstraint("company_id", "series", "year", "number_in_series"),
    UniqueConstraint("company_id", "number"),
    Index("ix_sales_invoice_company_id_state_id", "company_id", "state", "id"),
    Index("ix_sales_invoice_customer_id", "customer_id"),
    Index("ix_sales_invoice_corrects_id", "corrects_id"),
    Index("ix_sales_invoice_deposit_for_id", "deposit_for_id"),
    Index("ix_sales_invoice_born_from", "born_from"),
    Index("ix_sales_invoice_entry_id", "entry_id"),
)

sales_line = Table(
    "sales_line",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("invoice_id", String(40), ForeignKey("sales_invoice.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("details", Text, nullable=False, default=""),
    Column("quantity", Exact, nullable=False),
    Column("unit", String(40), nullable=False, default=""),
    Column("unit_price", Exact, nullable=False),
    Column("discount_percent", Exact, nullable=False),
    Column("vat_rate", Exact, nullable=False),
    Column("treatment", String(40), nullable=False),
    Column("nature", String(10), nullable=False),
    Column("served_on", Date),
    Column("account", String(20), nullable=False, default=""),
    Column("net", Money, nullable=False),
    Column("record_ids", Json, nullable=False, default=list),  # of sales_record
    Index("ix_sales_line_invoice_id_position", "invoice_id", "position"),
)

sales_series = Table(
    "sales_series",
    metadata,
    belongs_to("organisation"),
    belongs_to("company"),
    Column("series", String(12), nullable=False),
    Column("year", Integer, nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("last_hash", String(64), nullable=False, default=""),
    Column("last_date", Date),
    UniqueConstraint("company_id", "series", "year"),
)

record_file = Table(
    "record_file",  # records that came together
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(300), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("records", Integer, nullable=False),
    Column("net_total", Money, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("undone_at", Moment),
    created(),
    Index("ix_record_file_company_id_id", "company_id", "id"),
    Index(
        "uq_record_file_company_id_sha256",  # a file becomes records once
        "company_id",
        "sha256",
        unique=True,
        sqlite_where=text("undone_at IS NULL"),
        postgresql_where=text("undone_at IS NULL"),
    ),
)

sales_record = Table(
    "sales_record",  # what is to be invoiced: hours, tickets, goods, expenses
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("customer"),
    Column("kind", String(10), nullable=False),  # time, ticket, product, expense, fee, overage
    Column("state", String(10), nullable=False, default="open"),  # open, drafted, invoiced
    Column("invoice_id", String(40), ForeignKey("sales_invoice.id")),  # the one that has it
    Column("text", Text, nullable=False),
    Column("details", Text, nullable=False, default=""),
    Column("quantity", Exact, nullable=False),
    Column("unit", String(40), nullable=False, default=""),
    Column("unit_price", Exact, nullable=False),
    Column("discount_percent", Exact, nullable=False),
    Column("vat_rate", Exact, nullable=False),
    Column("treatment", String(40), nullable=False, default=""),
    Column("nature", String(10), nullable=False),
    Column("account", String(20), nullable=False, default=""),
    Column("served_on", Date),
    Column("contract_id", String(40), ForeignKey("contract.id")),
    Column("due_key", String(40)),  # domain.contracts.Due.key of what a contract makes due
    Column("ticket", String(200), nullable=False, default=""),
    Column("finished", Boolean, nullable=False, default=True),  # its ticket may be invoiced
    Column("file_id", String(40), ForeignKey("record_file.id")),  # the one it came in
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("made_by", String(40), nullable=False),
    Column("deleted_at", Moment),
    created(),
    UniqueConstraint("contract_id", "due_key"),
    Index("ix_sales_record_company_id_state", "company_id", "state", "customer_id"),
    Index("ix_sales_record_invoice_id", "invoice_id"),
    Index("ix_sales_record_file_id", "file_id"),
)

sales_merge = Table(
    "sales_merge",  # what moved into a draft, so that it can be moved back
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("kept_id", String(40), ForeignKey("sales_invoice.id"), nullable=False),
    Column("moved", Json, nullable=False),  # {source: ids of its lines, in their order}
    Column("turned", Json, nullable=False, default=list),  # sources whose lines were turned
    Column("made_by", String(40), nullable=False),
    Column("undone_by", String(40)),
    Column("undone_at", Moment),
    created(),
    Index("ix_sales_merge_kept_id", "kept_id"),
)
