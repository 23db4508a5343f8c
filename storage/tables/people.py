"""Who: organisations, their companies, people, keys, and what each may use."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

organisation = Table(
    "organisation",
    metadata,
    own_id(),
    Column("name", String(200), nullable=False),
    Column("settings", Json, nullable=False, default=dict),
    created(),
)

company = Table(
    "company",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("name", String(200), nullable=False),
    Column("country", String(2), nullable=False, default="FR"),
    Column("currency", String(3), nullable=False, default="EUR"),
    Column("siren", String(9)),
    Column("vat_id", String(20)),
    Column("uid", String(20)),
    Column("ibans", Json, nullable=False, default=list),
    Column("settings", Json, nullable=False, default=dict),
    created(),
    Index("ix_company_organisation_id", "organisation_id"),
)

user = Table(
    "person",  # "user" is a reserved word of PostgreSQL
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(2), nullable=False, default="fr"),
    Column("password_hash", Text),
    Column("first_page", String(20), nullable=False, default="imports"),
    Column("disabled_at", Moment),
    created(),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    belongs_to("person", ondelete="CASCADE"),
    Column("csrf_token", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("browser", String(300), nullable=False),
    Column("expires_at", Moment, nullable=False),
    created(),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    belongs_to("person", ondelete="CASCADE"),
    Column("for_password", Boolean, nullable=False, default=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    created(),
)

invitation = Table(
    "invitation",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("email", String(254), nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(2), nullable=False, default="fr"),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("invited_by", String(40), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("accepted_at", Moment),
    Column("revoked_at", Moment),
    created(),
    Index("ix_invitation_organisation_id", "organisation_id"),
    Index("ix_invitation_email", "email"),
)

api_key = Table(
    "api_key",
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("name", String(200), nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("key_hash", String(64), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_by", String(40)),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    created(),
)

company_access = Table(
    "company_access",  # the companies a person, invitation, key or endpoint is limited to
    metadata,
    belongs_to("organisation"),
    Column("subject_id", String(40), nullable=False),
    belongs_to("company"),
    UniqueConstraint("subject_id", "company_id"),
    Index("ix_company_access_organisation_id", "organisation_id"),
)

throttle = Table(
    "throttle",  # how often somebody tried lately: failed sign-ins of an address or an account
    metadata,
    Column("subject", String(100), primary_key=True),
    Column("window_starts_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    belongs_to("organisation"),
    Column("route", String(200), nullable=False),
    Column("key", String(255), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("status_code", Integer),  # null while the first request is under way
    Column("response", Json),
    created(),
    UniqueConstraint("organisation_id", "route", "key"),
)

usage = Table(
    "usage",
    metadata,
    belongs_to("organisation"),
    Column("day", Date, nullable=False),
    Column("pages", BigInteger, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    UniqueConstraint("organisation_id", "day"),
)
