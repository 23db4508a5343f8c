"""What is learnt from corrections."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

sender = Table(
    "sender",  # whoever papers come from, in all the books of an organisation
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("name", String(200), nullable=False, default=""),
    Column("siren", String(9)),
    Column("vat_id", String(20)),
    Column("uid", String(20)),
    Column("iban", String(34)),
    Column("letterhead", Json, nullable=False, default=list),  # words that its papers share
    Column("version", Integer, nullable=False, default=1),  # of it and its rules
    Column("changed_at", Moment, nullable=False),
    created(),
    Index("ix_sender_organisation_id_changed_at", "organisation_id", "changed_at"),
)

rule = Table(
    "rule",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("sender"),
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
    created(),
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
    belongs_to("organisation"),
    belongs_to("rule"),
    belongs_to("document"),
    Column("outcome", String(10), nullable=False),  # waiting | confirmed | overruled
    UniqueConstraint("rule_id", "document_id"),
    Index("ix_rule_use_organisation_id_outcome", "organisation_id", "outcome"),
)

artefact = Table(
    "artefact",  # what an organisation's own documents taught, version by version
    metadata,
    own_id(),
    belongs_to("organisation"),
    Column("kind", String(20), nullable=False),  # categories
    Column("version", Integer, nullable=False),
    Column("status", String(10), nullable=False),  # live | replaced | rejected | off
    Column("data", Json),  # none for one that was rejected
    Column("scores", Json, nullable=False),  # how it and the live one did on held-out truth
    Column("changed_by", String(40)),
    created(),
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
    belongs_to("organisation"),
    belongs_to("import"),
    belongs_to("file"),
    Column("source", String(10), nullable=False),  # xml or qr
    Column("field", String(60), nullable=False),
    Column("agreed", Integer, nullable=False),
    Column("differed", Integer, nullable=False),
    Column("missed", Integer, nullable=False),
    UniqueConstraint("file_id", "source", "field"),
    Index("ix_reader_score_organisation_id", "organisation_id"),
)
