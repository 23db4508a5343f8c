"""The tables, all in one place.

SQLAlchemy Core: rows are not the business, values are. One schema serves SQLite and PostgreSQL.
Amounts are whole cents; moments are aware UTC; ids are made by us before they are written. Every
table that belongs to a tenant carries `organisation_id`, and every query asks for it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from domain.money import cents

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as whole milliseconds since 1970: compares and sorts alike on
    every database, and no driver can lose its time zone.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        # Whole-number arithmetic: a float may lose the last millisecond, and hashes cover it.
        return None if value is None else (value - _EPOCH) // timedelta(milliseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(milliseconds=value)


class Money(TypeDecorator[Decimal]):
    """An amount, kept as whole cents."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        exact = cents(value)
        if exact != value:
            raise ValueError(f"{value} is not whole cents")
        return int(exact.scaleb(2))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


def _id() -> Column[str]:
    return Column("id", String(40), primary_key=True)


def _of(target: str, *, nullable: bool = False, **options: Any) -> Column[str]:
    """A reference such as ``import_id`` to ``import.id``."""
    return Column(
        f"{target}_id", String(40), ForeignKey(f"{target}.id", **options), nullable=nullable
    )


def _created() -> Column[datetime]:
    return Column("created_at", Moment, nullable=False)


# --- who -----------------------------------------------------------------------------------------

organisation = Table(
    "organisation",
    metadata,
    _id(),
    Column("name", String(200), nullable=False),
    Column("settings", Json, nullable=False, default=dict),
    _created(),
)

company = Table(
    "company",
    metadata,
    _id(),
    _of("organisation"),
    Column("name", String(200), nullable=False),
    Column("country", String(2), nullable=False, default="FR"),
    Column("currency", String(3), nullable=False, default="EUR"),
    Column("siren", String(9)),
    Column("vat_id", String(20)),
    Column("uid", String(20)),
    Column("ibans", Json, nullable=False, default=list),
    Column("settings", Json, nullable=False, default=dict),
    _created(),
    Index("ix_company_organisation_id", "organisation_id"),
)

user = Table(
    "person",  # "user" is a reserved word of PostgreSQL
    metadata,
    _id(),
    _of("organisation"),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("language", String(2), nullable=False, default="fr"),
    Column("password_hash", Text),
    Column("disabled_at", Moment),
    _created(),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _of("person", ondelete="CASCADE"),
    Column("csrf_token", String(64), nullable=False),
    Column("expires_at", Moment, nullable=False),
    _created(),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _of("person", ondelete="CASCADE"),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    _created(),
)

api_key = Table(
    "api_key",
    metadata,
    _id(),
    _of("organisation"),
    Column("name", String(200), nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("key_hash", String(64), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_by", String(40)),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    _created(),
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
    _of("organisation"),
    Column("route", String(200), nullable=False),
    Column("key", String(255), nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("status_code", Integer),  # null while the first request is under way
    Column("response", Json),
    _created(),
    UniqueConstraint("organisation_id", "route", "key"),
)

usage = Table(
    "usage",
    metadata,
    _of("organisation"),
    Column("day", Date, nullable=False),
    Column("pages", BigInteger, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    UniqueConstraint("organisation_id", "day"),
)

# --- a stack comes in ----------------------------------------------------------------------------

imports = Table(
    "import",
    metadata,
    _id(),
    _of("organisation"),
    _of("company"),
    Column("name", String(300), nullable=False),
    Column("status", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # of its groups; If-Match
    Column("files", Integer, nullable=False, default=0),
    Column("files_done", Integer, nullable=False, default=0),
    Column("created_by", String(40)),  # person or API key
    Column("first_group_at", Moment),
    Column("ready_at", Moment),
    Column("validated_at", Moment),
    Column("validated_by", String(40)),
    Column("deleted_at", Moment),
    Column("allow_duplicates", Boolean, nullable=False, default=False),
    _created(),
    Index("ix_import_organisation_id_id", "organisation_id", "id"),
)

file = Table(
    "file",
    metadata,
    _id(),
    _of("organisation"),
    _of("import"),
    Column("parent_file_id", String(40), ForeignKey("file.id")),
    Column("depth", Integer, nullable=False, default=0),  # archives above it
    Column("position", Integer, nullable=False),
    Column("name", String(300), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("media_type", String(100)),  # as sniffed when opened
    Column("kind", String(20)),
    Column("status", String(20), nullable=False),
    Column("problem", Json),  # {code, message, advice} of a rejected or failed file
    Column("notes", Json, nullable=False, default=list),  # problems that refused nothing
    Column("duplicate_of_file_id", String(40), ForeignKey("file.id")),
    Column("object_key", String(200), nullable=False),  # the bytes as they came, never changed
    Column("pdf_key", String(200)),  # what pages are read from: the same object, or one derived
    Column("einvoice", Json),  # the Reading of embedded XML
    Column("alternatives", Json),  # next best ways to cut it: list of {starts, probability}
    Column("pages", Integer, nullable=False, default=0),
    Column("pages_done", Integer, nullable=False, default=0),
    Column("tasks_open", Integer, nullable=False, default=0),  # of the step under way
    _created(),
    Index("ix_file_import_id", "import_id"),
    Index("ix_file_organisation_id_sha256", "organisation_id", "sha256"),
)

group = Table(
    "page_group",  # "group" is a reserved word
    metadata,
    _id(),
    _of("organisation"),
    _of("import"),
    Column("number", Integer, nullable=False),
    Column("category", String(40), nullable=False),
    Column("confidence", Float, nullable=False, default=0.0),
    Column("sure", Boolean, nullable=False, default=False),
    Column("guess", Json),  # {category, confidence, runner_up, reasons}: what the machine said
    Column("cut", Json),  # {probability, reasons}
    Column("reading", Json),  # domain.findings.Reading
    Column("suggestion", Json),  # list of account suggestions
    Column("free_truth", Json),  # {field: [source, outcome]}: its pages against XML and codes
    UniqueConstraint("import_id", "number"),
)

page = Table(
    "page",
    metadata,
    _id(),
    _of("organisation"),
    _of("import"),
    _of("file"),
    Column("number", Integer, nullable=False),  # 0-based in its file
    Column("width", Float, nullable=False),  # points, as displayed
    Column("height", Float, nullable=False),
    Column("turned", Integer, nullable=False, default=0),
    Column("status", String(20), nullable=False),  # waiting | read
    Column("source", String(10)),
    Column("problem", String(60)),
    Column("text_key", String(200)),
    Column("image_key", String(200)),
    Column("thumbnail_key", String(200)),
    Column("group_id", String(40), ForeignKey("page_group.id")),
    Column("position", Integer),  # its place within the group
    Column("set_aside", String(20)),  # domain.documents.SetAside
    UniqueConstraint("file_id", "number"),
    CheckConstraint("group_id IS NULL OR set_aside IS NULL", name="one_place"),
    Index("ix_page_import_id", "import_id"),
    Index("ix_page_group_id", "group_id"),
)

regrouping = Table(
    "regrouping",  # what the groups were before each change, so that any change can be undone
    metadata,
    _id(),
    _of("organisation"),
    _of("import"),
    Column("version", Integer, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("what", String(40), nullable=False),
    Column("before", Json, nullable=False),
    _created(),
    UniqueConstraint("import_id", "version"),
)

# --- work that is under way ----------------------------------------------------------------------

task = Table(
    "task",
    metadata,
    _id(),
    _of("organisation"),
    _of("import", nullable=True),  # none for what is done for a whole organisation
    _of("file", nullable=True),
    Column("subject", String(40)),  # group or document, for a step without a file
    Column("step", String(20), nullable=False),  # open|read|split|extract|reread|assemble|learn…
    Column("first", Integer, nullable=False, default=0),  # pages or groups, half-open range
    Column("last", Integer, nullable=False, default=0),
    Column("status", String(10), nullable=False),  # waiting | queued | running | done | failed
    Column("attempts", Integer, nullable=False, default=0),  # since the last progress
    Column("runs", Integer, nullable=False, default=0),  # started in all
    Column("lease", String(40)),  # who runs it: a new id each time it is claimed
    Column("next_action_at", Moment),  # when the sweeper must look at it again
    Column("queued_at", Moment),  # since when it waits to be claimed, however often asked for
    Column("problem", Json),
    _created(),
    Index("ix_task_status_next_action_at", "status", "next_action_at"),
    Index("ix_task_import_id_status", "import_id", "status"),
    Index("ix_task_organisation_id_status", "organisation_id", "status"),
)

outbox = Table(
    "outbox",  # messages promised by a transaction, sent after it by the relay
    metadata,
    _id(),
    Column("actor", String(60), nullable=False),
    Column("args", Json, nullable=False),
    Column("sent_at", Moment),
    _created(),
    Index("ix_outbox_sent_at_id", "sent_at", "id"),
)

# --- documents -----------------------------------------------------------------------------------

supplier = Table(
    "supplier",
    metadata,
    _id(),
    _of("organisation"),
    _of("company"),
    Column("name", String(200), nullable=False),
    Column("siren", String(9)),
    Column("vat_id", String(20)),
    Column("uid", String(20)),
    Column("iban", String(34)),
    Column("auxiliary", String(20), nullable=False),
    _created(),
    UniqueConstraint("company_id", "auxiliary"),
)

document = Table(
    "document",
    metadata,
    _id(),
    _of("organisation"),
    _of("company"),
    _of("import"),
    Column("group_number", Integer, nullable=False),
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
    Column("currency", String(3)),
    Column("gross_total", Money),
    Column("search", Text, nullable=False, default=""),
    Column("sender_key", String(220)),  # domain.suppliers.keys_of, the strongest: who it is from
    _created(),
    UniqueConstraint("import_id", "group_number"),
    Index("ix_document_company_id_category_status", "company_id", "category", "status"),
    Index("ix_document_organisation_id_id", "organisation_id", "id"),
    Index("ix_document_organisation_id_sender_key", "organisation_id", "sender_key"),
)

document_page = Table(
    "document_page",
    metadata,
    _of("document"),
    Column("position", Integer, nullable=False),
    _of("page"),
    UniqueConstraint("document_id", "position"),
    UniqueConstraint("page_id"),
)

correction = Table(
    "correction",  # what a person changed, beside what was there; only ever added to
    metadata,
    _id(),
    _of("organisation"),
    _of("document"),
    Column("field", String(60), nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("proposed", Json),  # what the machine had said, with its reader and how sure it was
    Column("place", Json),  # {page, box} where a person pointed
    Column("made_by", String(40), nullable=False),
    _created(),
    Index("ix_correction_document_id", "document_id"),
)

# --- what is learnt from corrections -------------------------------------------------------------

sender = Table(
    "sender",  # whoever papers come from, in all the books of an organisation
    metadata,
    _id(),
    _of("organisation"),
    Column("name", String(200), nullable=False, default=""),
    Column("siren", String(9)),
    Column("vat_id", String(20)),
    Column("uid", String(20)),
    Column("iban", String(34)),
    Column("letterhead", Json, nullable=False, default=list),  # words that its papers share
    Column("version", Integer, nullable=False, default=1),  # of it and its rules
    Column("changed_at", Moment, nullable=False),
    _created(),
    Index("ix_sender_organisation_id_changed_at", "organisation_id", "changed_at"),
)

rule = Table(
    "rule",
    metadata,
    _id(),
    _of("organisation"),
    _of("sender"),
    Column("field", String(60), nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(10), nullable=False),  # domain.rules.RuleStatus
    Column("rule", Json, nullable=False),  # domain.rules.Rule
    Column("reason", Json),  # {code, …} why it does not act
    Column("replayed", Integer, nullable=False, default=0),  # documents that spoke for it
    Column("taught_by", String(10), nullable=False),  # person, xml or qr
    Column("document_id", String(40), ForeignKey("document.id"), nullable=False),
    Column("changed_by", String(40)),
    Column("changed_at", Moment, nullable=False),
    _created(),
    UniqueConstraint("sender_id", "field", "version"),
    Index(
        "ix_rule_acting",  # one rule a field acts
        "sender_id",
        "field",
        unique=True,
        sqlite_where=text("status = 'active'"),
        postgresql_where=text("status = 'active'"),
    ),
    Index("ix_rule_organisation_id_id", "organisation_id", "id"),
)

rule_use = Table(
    "rule_use",  # a document that a rule gave a value to, and what people made of it
    metadata,
    _of("organisation"),
    _of("rule"),
    _of("document"),
    Column("outcome", String(10), nullable=False),  # waiting | confirmed | overruled
    UniqueConstraint("rule_id", "document_id"),
    Index("ix_rule_use_organisation_id_outcome", "organisation_id", "outcome"),
)

artefact = Table(
    "artefact",  # what an organisation's own documents taught, version by version
    metadata,
    _id(),
    _of("organisation"),
    Column("kind", String(20), nullable=False),  # categories
    Column("version", Integer, nullable=False),
    Column("status", String(10), nullable=False),  # live | replaced | rejected | off
    Column("data", Json),  # none for one that was rejected
    Column("scores", Json, nullable=False),  # how it and the live one did on held-out truth
    Column("changed_by", String(40)),
    _created(),
    UniqueConstraint("organisation_id", "kind", "version"),
    Index(
        "ix_artefact_live",
        "organisation_id",
        "kind",
        unique=True,
        sqlite_where=text("status = 'live'"),
        postgresql_where=text("status = 'live'"),
    ),
)

reader_score = Table(
    "reader_score",  # how the reading of pages compared with XML and payment codes, a file at a time
    metadata,
    _of("organisation"),
    _of("import"),
    _of("file"),
    Column("source", String(10), nullable=False),  # xml or qr
    Column("field", String(60), nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("differed", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    UniqueConstraint("file_id", "source", "field"),
    Index("ix_reader_score_organisation_id", "organisation_id"),
)

# --- books ---------------------------------------------------------------------------------------

account = Table(
    "account",
    metadata,
    _id(),
    _of("organisation"),
    _of("company"),
    Column("number", String(20), nullable=False),
    Column("label_fr", String(300), nullable=False),
    Column("label_en", String(300), nullable=False),
    Column("role", String(40), nullable=False, default=""),
    Column("opened_on", Date, nullable=False, default=date(1900, 1, 1)),
    Column("closed_on", Date),
    UniqueConstraint("company_id", "number"),
)

journal_counter = Table(
    "journal_counter",
    metadata,
    _of("organisation"),
    _of("company"),
    Column("journal", String(10), nullable=False),
    Column("year", Integer, nullable=False),
    Column("last_number", Integer, nullable=False),
    Column("last_hash", String(64), nullable=False, default=""),
    UniqueConstraint("company_id", "journal", "year"),
)

period_lock = Table(
    "period_lock",
    metadata,
    _of("organisation"),
    _of("company"),
    Column("locked_until", Date, nullable=False),  # no entry on or before this day
    Column("made_by", String(40), nullable=False),
    _created(),
    UniqueConstraint("company_id"),
)

journal_entry = Table(
    "journal_entry",  # written after its lines: a trigger refuses one that does not balance
    metadata,
    _id(),
    _of("organisation"),
    _of("company"),
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
    _created(),
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
    _of("organisation"),
    Column("position", Integer, nullable=False),
    Column("account", String(20), nullable=False),
    Column("auxiliary", String(20)),
    Column("label", String(300), nullable=False),
    Column("debit", Money, nullable=False),
    Column("credit", Money, nullable=False),
    Column("vat_code", String(40)),
    UniqueConstraint("entry_id", "position"),
    CheckConstraint("debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)", name="one_side"),
)

account_balance = Table(
    "account_balance",
    metadata,
    _of("organisation"),
    _of("company"),
    Column("year", Integer, nullable=False),
    Column("account", String(20), nullable=False),
    Column("debit", Money, nullable=False),
    Column("credit", Money, nullable=False),
    UniqueConstraint("company_id", "year", "account"),
)

# --- events and webhooks -------------------------------------------------------------------------

event = Table(
    "event",
    metadata,
    _id(),
    _of("organisation"),
    Column("company_id", String(40), ForeignKey("company.id")),
    Column("type", String(60), nullable=False),
    Column("subject", String(40), nullable=False),  # id of the import, document, entry …
    Column("sequence", Integer, nullable=False),  # 1, 2, 3 … for one subject
    Column("data", Json, nullable=False),
    _created(),
    UniqueConstraint("subject", "sequence"),
    Index("ix_event_organisation_id_id", "organisation_id", "id"),
)

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    _id(),
    _of("organisation"),
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
    _created(),
    Index("ix_webhook_endpoint_organisation_id", "organisation_id"),
)

delivery = Table(
    "delivery",
    metadata,
    _id(),
    _of("organisation"),
    Column("endpoint_id", String(40), ForeignKey("webhook_endpoint.id"), nullable=False),
    _of("event"),
    Column("status", String(12), nullable=False),  # waiting|queued|running|delivered|failed|held
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease", String(40)),
    Column("next_action_at", Moment),
    Column("delivered_at", Moment),
    _created(),
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
    _id(),
    _of("organisation"),
    _of("delivery"),
    Column("number", Integer, nullable=False),
    Column("took_ms", Integer, nullable=False),
    Column("status_code", Integer),
    Column("error", String(300)),
    Column("response", Text),  # its first 2 KB
    _created(),
    Index("ix_attempt_delivery_id", "delivery_id"),
)
