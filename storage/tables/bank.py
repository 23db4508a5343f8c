"""The bank: a company's accounts, their statements, and what became of each movement."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.columns import Json, Moment, Money, belongs_to, created, metadata, own_id

bank_account = Table(
    "bank_account",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(200), nullable=False),
    Column("iban", String(34)),  # none for an account that is known by a file alone
    Column("currency", String(3), nullable=False),
    Column("account", String(20), nullable=False),  # of the chart, such as 512001
    Column("journal", String(10), nullable=False),
    Column("closed_at", Moment),
    created(),
    UniqueConstraint("company_id", "iban"),
)

statement = Table(
    "statement",  # of an account, from paper or from a file of the bank
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("document_id", String(40), ForeignKey("document.id"), unique=True),  # its paper
    belongs_to("bank_account", nullable=True),  # until it is recognised
    Column("source", String(10), nullable=False),  # domain.statements.Source
    Column("name", String(300), nullable=False),  # of its file, or as its paper is called
    Column("sha256", String(64)),  # of its file
    Column("status", String(20), nullable=False),  # to_check, accepted
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("iban", String(34), nullable=False, default=""),
    Column("bank", String(200), nullable=False, default=""),
    Column("currency", String(3), nullable=False, default=""),
    Column("start", Date),
    Column("end", Date),
    Column("opening", Money),
    Column("closing", Money),
    Column("skipped", Integer, nullable=False, default=0),  # movements that were there already
    Column("accepted_by", String(40)),
    Column("accepted_at", Moment),
    created(),
    Index("ix_statement_company_id_status", "company_id", "status"),
    Index("ix_statement_bank_account_id_end", "bank_account_id", "end"),
)

movement = Table(
    "movement",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("statement"),
    belongs_to("bank_account", nullable=True),  # from acceptance on
    Column("position", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("value_day", Date),
    Column("label", Text, nullable=False),
    Column("amount", Money, nullable=False),  # positive: money that came in
    Column("balance", Money),  # as printed beside it
    Column("page", Integer),  # of its paper, and where it stands there
    Column("box", Json),
    Column("read_as", Money),  # the amount of another reading of the page, not settled
    Column("counterparty", String(200), nullable=False, default=""),
    Column("counterparty_iban", String(34), nullable=False, default=""),
    Column("reference", String(140), nullable=False, default=""),
    Column("import_key", String(160)),  # domain.statements.import_keys, from acceptance on
    Column("status", String(20), nullable=False, default="open"),  # open, posted, skipped
    Column("entry_id", String(40), ForeignKey("journal_entry.id")),  # the one that stands
    created(),
    UniqueConstraint("statement_id", "position"),
    UniqueConstraint("bank_account_id", "import_key"),
    Index("ix_movement_company_id_status_day", "company_id", "status", "day"),
)

movement_match = Table(
    "movement_match",  # what of a movement pays which document, or which invoice of ours
    metadata,
    belongs_to("organisation"),
    belongs_to("movement"),
    belongs_to("document", nullable=True),
    Column("invoice_id", String(40), ForeignKey("sales_invoice.id")),
    Column("amount", Money, nullable=False),  # as the movement has it, with its sign
    Column("released", Json),  # {treatment: VAT} that waited for it; none for most
    Column("confidence", String(10), nullable=False),  # high, medium, low, or said by a person
    Column("made_by", String(40), nullable=False),
    created(),
    UniqueConstraint("movement_id", "document_id"),
    UniqueConstraint("movement_id", "invoice_id"),
    Index("ix_movement_match_invoice_id", "invoice_id"),
)

bank_rule = Table(
    "bank_rule",  # movements whose label has these words are posted to this account
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("words", String(200), nullable=False),
    Column("side", String(6), nullable=False, default=""),  # in, out, or both when empty
    Column("account", String(20), nullable=False),
    Column("auxiliary", String(20)),
    Column("made_by", String(40), nullable=False),
    Column("retired_at", Moment),
    created(),
)

statement_mapping = Table(
    "statement_mapping",  # how the columns of a bank's CSV are read, to be used again
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(200), nullable=False),
    Column("header", String(64), nullable=False),  # SHA-256 of the header it is recognised by
    Column("mapping", Json, nullable=False),
    created(),
    UniqueConstraint("company_id", "header"),
)
