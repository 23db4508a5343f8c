"""Books: accounts, journals, entries."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from storage.tables.columns import Json, Moment, Money, belongs_to, created, metadata, own_id

account = Table(
    "account",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("number", String(20), nullable=False),
    Column("label_fr", String(300), nullable=False),
    Column("label_en", String(300), nullable=False),
    Column("role", String(40), nullable=False, default=""),
    Column("opened_on", Date, nullable=False, default=date(1900, 1, 1)),
    Column("closed_on", Date),
    UniqueConstraint("company_id", "number"),
)

analytic_code = Table(
    "analytic_code",  # the one axis of cost centres; a company without any keeps none
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("code", String(20), nullable=False),
    Column("label", String(300), nullable=False),
    Column("open", Boolean, nullable=False, default=True),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    created(),
    UniqueConstraint("company_id", "code"),
)

journal_counter = Table(
    "journal_counter",
    metadata,
    belongs_to("organisation"),
    belongs_to("company"),
    Column("journal", String(10), nullable=False),
    Column("year", Integer, nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("last_hash", String(64), nullable=False, default=""),
    UniqueConstraint("company_id", "journal", "year"),
)

period_lock = Table(
    "period_lock",
    metadata,
    belongs_to("organisation"),
    belongs_to("company"),
    Column("locked_until", Date, nullable=False),  # no entry on or before this day
    Column("made_by", String(40), nullable=False),
    created(),
    UniqueConstraint("company_id"),
)

journal_entry = Table(
    "journal_entry",  # written after its lines: a trigger refuses one that does not balance
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("journal", String(10), nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("entry_date", Date, nullable=False),
    Column("piece_date", Date, nullable=False),
    Column("piece_reference", String(100), nullable=False),
    Column("label", String(300), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("document_id", String(40), ForeignKey("document.id")),
    Column("document_version", Integer),
    Column("document_sha256", String(64)),
    Column("reverses_entry_id", String(40), ForeignKey("journal_entry.id"), unique=True),
    Column("posted_by", String(40), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    created(),
    UniqueConstraint("company_id", "journal", "year", "number"),
    UniqueConstraint("document_id", "document_version"),
    Index("ix_journal_entry_organisation_id_id", "organisation_id", "id"),
)

journal_line = Table(
    "journal_line",
    metadata,
    Column(
        "entry_id",
        String(40),
        ForeignKey("journal_entry.id", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    belongs_to("organisation"),
    Column("position", Integer, nullable=False),
    Column("account", String(20), nullable=False),
    Column("auxiliary", String(20)),
    Column("label", String(300), nullable=False),
    Column("debit", Money, nullable=False),
    Column("credit", Money, nullable=False),
    Column("vat_code", String(40)),
    Column("foreign_amount", Money),  # what a third party is owed in its own currency
    Column("foreign_currency", String(3)),
    Column("analytic", String(20)),  # a code of the company's
    UniqueConstraint("entry_id", "position"),
    CheckConstraint("debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name="one_side"),
)

manual_entry = Table(
    "manual_entry",  # an entry that a person wrote, and the document it is explained by
    metadata,
    Column("entry_id", String(40), ForeignKey("journal_entry.id"), primary_key=True),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("document", nullable=True),
    created(),
    Index("ix_manual_entry_document_id", "document_id"),
)

entry_model = Table(
    "entry_model",  # an entry to write again: payroll, rent, a loan
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("name", String(100), nullable=False),
    Column("content", Json, nullable=False),  # journal, label, reference, lines
    Column("made_by", String(40), nullable=False),
    created(),
    UniqueConstraint("company_id", "name"),
)

vat_return = Table(
    "vat_return",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("attempt", Integer, nullable=False),  # of those that begin that day, cancelled ones too
    Column(
        "content", Json, nullable=False
    ),  # as it was declared: boxes, amounts, what was released
    Column("made_by", String(40), nullable=False),
    Column("cancelled_at", Moment),
    created(),
    UniqueConstraint("company_id", "start", "attempt"),
)

vat_return_entry = Table(
    "vat_return_entry",  # the entries it made
    metadata,
    Column("entry_id", String(40), ForeignKey("journal_entry.id"), primary_key=True),
    belongs_to("organisation"),
    belongs_to("vat_return"),
    Column("position", Integer, nullable=False),
)

past_posting = Table(
    "past_posting",  # a cost line of an earlier program's books, for suggestions alone
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("supplier"),
    Column("account", String(20), nullable=False),
    Column("treatment", String(40)),
    Column("text", String(300), nullable=False),
    Column("reference", String(100), nullable=False),
    Column("day", Date, nullable=False),
    Column("key", String(64), nullable=False),  # domain.past_books: the same line, the same key
    created(),
    UniqueConstraint("company_id", "key"),
    Index("ix_past_posting_supplier_id_day", "supplier_id", "day"),
)

account_balance = Table(
    "account_balance",
    metadata,
    belongs_to("organisation"),
    belongs_to("company"),
    Column("year", Integer, nullable=False),
    Column("account", String(20), nullable=False),
    Column("debit", Money, nullable=False),
    Column("credit", Money, nullable=False),
    UniqueConstraint("company_id", "year", "account"),
)
