"""A stack comes in: imports, files, pages, groups, and how they were regrouped."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from storage.tables.columns import Json, Moment, belongs_to, created, metadata, own_id

imports = Table(
    "import",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("company"),
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
    created(),
    Index("ix_import_organisation_id_id", "organisation_id", "id"),
    Index("ix_import_organisation_id_created_at", "organisation_id", "created_at", "company_id"),
)

file = Table(
    "file",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("import"),
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
    Column("reorderings", Json),  # pages fed out of order: list of {pages, made}
    Column("pages", Integer, nullable=False, default=0),
    Column("pages_done", Integer, nullable=False, default=0),
    Column("tasks_open", Integer, nullable=False, default=0),  # of the step under way
    created(),
    Index("ix_file_import_id", "import_id"),
    Index("ix_file_organisation_id_sha256", "organisation_id", "sha256"),
)

group = Table(
    "page_group",  # "group" is a reserved word
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("import"),
    Column("number", Integer, nullable=False),
    Column("category", String(40), nullable=False),
    Column("confidence", Float, nullable=False, default=0.0),
    Column("sure", Boolean, nullable=False, default=False),
    Column("said", Boolean, nullable=False, default=False),  # a person gave or confirmed category
    Column("guess", Json),  # {category, confidence, runner_up, reasons}: what the machine said
    Column("reading", Json),  # domain.findings.Reading
    Column("suggestion", Json),  # list of account suggestions
    Column("free_truth", Json),  # {field: [source, outcome]}: its pages against XML and codes
    UniqueConstraint("import_id", "number"),
)

page = Table(
    "page",
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("import"),
    belongs_to("file"),
    Column("number", Integer, nullable=False),  # 0-based in its file
    Column("width", Float, nullable=False),  # points, as displayed
    Column("height", Float, nullable=False),
    Column("turned", Integer, nullable=False, default=0),  # by us, to set it upright; in degrees
    Column("rotation", Integer, nullable=False, default=0),  # by a person, on top of that
    Column("status", String(20), nullable=False),  # waiting | read
    Column("source", String(10)),
    Column("problem", String(60)),
    Column("text_key", String(200)),
    Column("image_key", String(200)),
    Column("thumbnail_key", String(200)),
    Column("group_id", String(40), ForeignKey("page_group.id")),
    Column("position", Integer),  # its place within the group
    Column("set_aside", String(20)),  # domain.documents.SetAside
    Column("cut", Json),  # {probability, reasons} that a document begins here, where one might
    Column("begins", Boolean),  # what a person said of it
    UniqueConstraint("file_id", "number"),
    CheckConstraint("group_id IS NULL OR set_aside IS NULL", name="one_place"),
    Index("ix_page_import_id", "import_id"),
    Index("ix_page_group_id", "group_id"),
)

regrouping = Table(
    "regrouping",  # each change of the groups, with what it changed, so that it can be undone
    metadata,
    own_id(),
    belongs_to("organisation"),
    belongs_to("import"),
    Column("version", Integer, nullable=False),
    Column("made_by", String(40), nullable=False),
    Column("what", String(40), nullable=False),  # domain.board.Do, regroup, undo or redo
    Column("change", Json, nullable=False),  # domain.board.Change
    Column("of_version", Integer),  # the change that is undone or redone
    Column("before", Json, nullable=False),  # domain.regrouping.Part, with what was read of it
    Column("after", Json, nullable=False),  # domain.regrouping.Part
    created(),
    UniqueConstraint("import_id", "version"),
)
