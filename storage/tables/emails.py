"""E-mails that leave, and every attempt to send one."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

email = Table(
    "email",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("company_id", String(40), ForeignKey("company.id")),  # none: of the organisation itself
    Column("kind", String(12), nullable=False),  # domain.emails.EmailKind
    Column("invoice_id", String(40), ForeignKey("sales_invoice.id")),
    Column("invitation_id", String(40), ForeignKey("invitation.id")),
    Column("message_id", String(200), nullable=False, unique=True),  # the same at every attempt
    Column("sender_name", String(200), nullable=False, default=""),
    Column("reply_to", String(254), nullable=False, default=""),
    Column("to", Json, nullable=False),
    Column("cc", Json, nullable=False, default=list),
    Column("subject", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("link", LargeBinary),  # encrypted, of an invitation; gone once it was sent
    Column("status", String(12), nullable=False),  # domain.emails.EmailStatus
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease", String(40)),
    Column("next_action_at", Moment),
    Column("sent_at", Moment),
    Column("made_by", String(40), nullable=False),
    created(),
    Index("ix_email_status_next_action_at", "status", "next_action_at"),
    Index("ix_email_organisation_id_id", "organisation_id", "id"),
    Index("ix_email_invoice_id", "invoice_id"),
    Index("ix_email_invitation_id", "invitation_id"),
)

email_attempt = Table(
    "email_attempt",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("email"),
    Column("number", Integer, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("code", Integer),  # the server's, of SMTP
    Column("error", String(40)),  # domain.emails.SEND_ERRORS
    Column("words", Text),  # of the server
    created(),
    Index("ix_email_attempt_email_id", "email_id"),
)
