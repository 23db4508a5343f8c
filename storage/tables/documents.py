"""Documents, and what people corrected and said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
)

from storage.tables.columns import Json, Moment, Money, belongs_to, created, metadata, own_id


def _when_made(context: Any) -> datetime:
    """What is not made from an import's upload was received when it was made."""
    made: datetime = context.get_current_parameters()["created_at"]
    return made


document = Table(
    "document",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("import"),
    Column("group_number", Integer),  # none while it is withdrawn
    Column("category", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # If-Match
    Column("sequence", Integer, nullable=False, default=0),  # of its events
    Column("reading", Json),  # domain.findings.Reading as it stands, corrections in place
    Column("machine_reading", Json),  # as the machine read it; never changed
    Column("suggestion", Json),
    Column("supplier_id", String(40), ForeignKey("supplier.id")),
    Column("pages", Integer, nullable=False),
    Column("pdf_key", String(200)),
    Column("pdf_sha256", String(64)),
    Column("supplier_name", String(300)),
    Column("invoice_number", String(100)),
    Column("issue_date", Date),
    Column("due_date", Date),
    Column("currency", String(3)),
    Column("gross_total", Money),
    Column("problems", Integer, nullable=False, default=0),  # warnings and worse
    Column("proved", Boolean, nullable=False, default=False),  # domain.findings.Reading.is_proved
    Column("search", Text, nullable=False, default=""),  # words of its fields
    Column("words", Text, nullable=False, default=""),  # words of its pages, each once
    Column("received_at", Moment, nullable=False, default=_when_made),  # its import's upload
    Column("posted_at", Moment),  # of the entry that stands
    Column("corrected", Boolean, nullable=False, default=False),  # by a person
    Column("withdrawn_at", Moment),  # its import is reviewed again, or its pages are elsewhere
    Column("former_pages", Json),  # the pages it gave up, in order: it comes back with them
    Column("came_of", Json),  # the documents its pages were in before it was cut or joined
    Column("iban", String(34)),  # where it wants to be paid
    Column("is_einvoice", Boolean, nullable=False, default=False),  # it came with its XML
    Column("sender_key", String(220)),  # domain.suppliers.keys_of, the strongest: who it is from
    Column("assigned_to", String(40), ForeignKey("person.id")),  # the colleague who was asked
    created(),
    UniqueConstraint("import_id", "group_number"),
    Index("ix_document_company_id_category_status", "company_id", "category", "status"),
    Index("ix_document_organisation_id_id", "organisation_id", "id"),
    Index("ix_document_organisation_id_sender_key", "organisation_id", "sender_key"),
    Index("ix_document_organisation_id_invoice_number", "organisation_id", "invoice_number"),
    Index("ix_document_assigned_to", "assigned_to"),
    # What the dashboard counts is all in these: the rows themselves are wide.
    Index(
        "ix_document_posted",
        "organisation_id",
        "posted_at",
        "received_at",
        "corrected",
        "company_id",
        "withdrawn_at",
    ),
    Index(
        "ix_document_waiting",
        "organisation_id",
        "status",
        "received_at",
        "company_id",
        "withdrawn_at",
    ),
)

document_page = Table(
    "document_page",
    metadata,
    belongs_to("document"),
    Column("position", Integer, nullable=False),
    belongs_to("page"),
    UniqueConstraint("document_id", "position"),
    UniqueConstraint("page_id"),
)

correction = Table(
    "correction",  # what a person changed, beside what was there; only ever added to
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("document"),
    Column("field", String(60), nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("proposed", Json),  # what the machine had said, with its reader and how sure it was
    Column("place", Json),  # {page, box} where a person pointed
    Column("made_by", String(40), nullable=False),
    created(),
    Index("ix_correction_document_id", "document_id"),
    Index(
        "ix_correction_organisation_id_created_at",
        "organisation_id",
        "created_at",
        "document_id",
        "field",
    ),
)

einvoice_status = Table(
    "einvoice_status",  # each step of an e-invoice's life; only ever added to
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
    belongs_to("document"),
    Column("code", Integer, nullable=False),  # domain.einvoices.Status
    Column("reason", String(40), nullable=False, default=""),  # its code
    Column("note", String(500), nullable=False, default=""),
    Column("made_by", String(40)),  # none: the machine
    created(),
    Index("ix_einvoice_status_document_id", "document_id"),
)

saved_view = Table(
    "saved_view",  # a list that somebody comes back to
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("person", ondelete="CASCADE"),
    Column("category", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("query", Json, nullable=False),  # service.operations.selection.Filter.query
    created(),
    UniqueConstraint("person_id", "category", "name"),
)

comment = Table(
    "document_comment",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("document"),
    Column("text", String(2000), nullable=False),
    Column("made_by", String(40), nullable=False),
    created(),
    Index("ix_document_comment_document_id", "document_id"),
)

document_lock = Table(
    "document_lock",  # who has a document open to change it; gone by itself when they are
    metadata,
    belongs_to("organisation"),
    belongs_to("document"),
    Column("held_by", String(40), nullable=False),
    Column("holder_name", String(200), nullable=False),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("document_id"),
)
