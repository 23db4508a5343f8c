"""Events, which are the audit log as well, and the webhooks that tell of them."""

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
    UniqueConstraint,
)

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

event = Table(
    "event",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("company_id", String(40), ForeignKey("company.id")),
    Column("type", String(60), nullable=False),
    Column("subject", String(40), nullable=False),  # id of the import, document, entry …
    Column("sequence", Integer),  # 1, 2, 3 … for one subject; none if it is not for the world
    Column("data", Json, nullable=False),
    Column("made_by", String(40)),  # person or API key; none for the machine
    Column("address", String(64)),  # the network address they asked from
    created(),
    UniqueConstraint("subject", "sequence"),
    Index("ix_event_organisation_id_id", "organisation_id", "id"),
    Index("ix_event_organisation_id_made_by_id", "organisation_id", "made_by", "id"),
    Index("ix_event_organisation_id_type_id", "organisation_id", "type", "id"),
    Index("ix_event_organisation_id_created_at", "organisation_id", "created_at"),
)

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("url", String(2000), nullable=False),
    Column("description", String(300), nullable=False, default=""),
    Column("event_types", Json, nullable=False),  # empty list: all
    Column("listening_since", Moment),  # to these types; null: since it was made
    Column("secret", LargeBinary, nullable=False),  # encrypted
    Column("old_secret", LargeBinary),
    Column("old_secret_until", Moment),
    Column("failing_since", Moment),
    Column("slowed_until", Moment),  # it asked us to come back later; nothing is sent before
    Column("disabled_at", Moment),
    Column("disabled_reason", String(200)),
    Column("deleted_at", Moment),
    created(),
    Index("ix_webhook_endpoint_organisation_id", "organisation_id"),
)

delivery = Table(
    "delivery",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("endpoint_id", String(40), ForeignKey("webhook_endpoint.id"), nullable=False),
    belongs_to("event"),
    Column("status", String(12), nullable=False),  # waiting|queued|running|delivered|failed|held
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease", String(40)),
    Column("next_action_at", Moment),
    Column("delivered_at", Moment),
    created(),
    UniqueConstraint("endpoint_id", "event_id"),
    Index("ix_delivery_status_next_action_at", "status", "next_action_at"),
    Index(
        "ix_delivery_endpoint_id_status_next_action_at", "endpoint_id", "status", "next_action_at"
    ),
    Index("ix_delivery_organisation_id_id", "organisation_id", "id"),
)

attempt = Table(
    "attempt",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("delivery"),
    Column("number", Integer, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("status_code", Integer),
    Column("error", String(300)),
    Column("response", Text),  # its first 2 KB
    created(),
    Index("ix_attempt_delivery_id", "delivery_id"),
)
