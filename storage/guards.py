"""Guards: triggers that keep the books true even for raw SQL.

The code above never tries what they refuse; they are for the day it does, and for a person with a
database shell. Both databases refuse the same things, as an IntegrityError:

- a journal entry of fewer than two lines, or whose debits are not its credits, or with a line on
  an account that its company does not have or that is not open on the day of the entry (an
  account is open from `opened_on` to `closed_on`, both included);
- a line added to an entry that exists: lines are written first, the entry closes them;
- a sales invoice that is finalised out of order: its number follows that of the invoice before it
  in its series, whose hash it carries and whose day is not later;
- any change of a finalised sales invoice or of its lines, but for what became of it, and its
  removal;
- any change or removal of an entry or a line, and of what is only ever added to: events, attempts,
  corrections, regroupings. The last two may be removed with their import, once it is deleted,
  because they repeat what was on its paper; events and attempts carry ids only and stay.

They are not part of a revision: `storage.migrate` takes them down before it changes the schema and
puts these up again after it. A guard's name ends in a digest of what it does, so that a database
with yesterday's guards is seen to be behind. References between organisations are left to
`storage.invariants`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection

from storage.tables.sales import sales_invoice

_PREFIX = "guard_"


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses `when` (one of before insert, update, delete or truncate) with `message`."""

    name: str
    table: str
    when: str
    condition: str
    """SQL over NEW or OLD, the same on both databases."""
    message: str
    lock: str = ""
    """PostgreSQL only: the value two transactions must not be at together; SQLite has one writer."""

    def installed_name(self) -> str:
        digest = hashlib.sha256(f"{self}{_BODY}{_OPTIONS}".encode()).hexdigest()
        return f"{_PREFIX}{self.name}_{digest[:8]}"


_BODY = """
BEGIN
  {lock}
  IF {condition} THEN
    RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN {row};
END
"""
_OPTIONS = "SET enable_seqscan = off"
"""PostgreSQL keeps the plan of a guard for a session. One made while a table was small would go
through all of it for each row, however long it has become since.
"""

_LINES = "(SELECT {what} FROM journal_line l WHERE l.entry_id = NEW.id{and_})"
_OPEN_ACCOUNT = (
    "SELECT 1 FROM account a WHERE a.company_id = NEW.company_id"
    " AND a.organisation_id = NEW.organisation_id AND a.number = l.account"
    " AND a.opened_on <= NEW.entry_date"
    " AND (a.closed_on IS NULL OR a.closed_on >= NEW.entry_date)"
)


def _lines(what: str, and_: str = "") -> str:
    return _LINES.format(what=what, and_=f" AND {and_}" if and_ else "")


def _immutable(table: str, removable: str = "") -> tuple[Guard, ...]:
    """`table` is only added to; a row may be removed where `removable` holds."""
    never = f"{table} rows are never changed; add one instead"
    return (
        Guard(f"{table}_update", table, "UPDATE", "1 = 1", never),
        Guard(
            f"{table}_delete",
            table,
            "DELETE",
            f"NOT ({removable})" if removable else "1 = 1",
            f"{table} rows are never removed",
        ),
        Guard(f"{table}_truncate", table, "TRUNCATE", "1 = 1", f"{table} rows are never removed"),
    )


_MAY_CHANGE = (
    "state", "commercial", "version", "pdf_sha256", "pdf_key",
    "open_amount", "paid_amount", "paid_on", "paid_by", "unpaid_status",
)  # fmt: skip
"""Of a finalised invoice: whether it is cancelled, what became of it, and its paper, drawn once."""
_KEPT = [c.name for c in sales_invoice.columns if c.name not in _MAY_CHANGE]
_INVOICE_CHANGED = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _KEPT)
_OF_FINALISED = (
    "EXISTS (SELECT 1 FROM sales_invoice i WHERE i.id = {row}.invoice_id AND i.state <> 'draft')"
)
_FINALISED_STAYS = "what is finalised is never changed; a credit note corrects it"

SALES_GUARDS: tuple[Guard, ...] = (
    Guard(
        "sale_begins_as_draft",
        "sales_invoice",
        "INSERT",
        "NEW.state <> 'draft' OR EXISTS (SELECT 1 FROM sales_invoice i WHERE i.id = NEW.id)",
        "an invoice begins as a draft",
    ),
    Guard(
        "sale_in_order",
        "sales_invoice",
        "UPDATE",
        "OLD.state = 'draft' AND NEW.state <> 'draft' AND (NEW.state <> 'finalised'"
        " OR NEW.number IS NULL OR NEW.hash IS NULL OR NEW.issued_on IS NULL"
        " OR NEW.entry_id IS NULL OR NOT EXISTS (SELECT 1 FROM sales_line l"
        " WHERE l.invoice_id = NEW.id)"
        " OR (NEW.number_in_series = 1 AND NEW.previous_hash <> '')"
        " OR (NEW.number_in_series <> 1 AND NOT EXISTS (SELECT 1 FROM sales_invoice i"
        " WHERE i.company_id = NEW.company_id AND i.series = NEW.series AND i.year = NEW.year"
        " AND i.number_in_series = NEW.number_in_series - 1 AND i.hash = NEW.previous_hash"
        " AND i.issued_on <= NEW.issued_on)))",
        "the numbers of a series follow each other",
    ),
    Guard(
        "sale_stays",
        "sales_invoice",
        "UPDATE",
        f"OLD.state <> 'draft' AND (NEW.state = 'draft' OR {_INVOICE_CHANGED}"
        " OR (OLD.pdf_sha256 IS NOT NULL AND NEW.pdf_sha256 IS DISTINCT FROM OLD.pdf_sha256))",
        _FINALISED_STAYS,
    ),
    Guard(
        "sale_kept", "sales_invoice", "DELETE", "OLD.state <> 'draft'", "invoices are never removed"
    ),
    Guard("sale_truncate", "sales_invoice", "TRUNCATE", "1 = 1", "invoices are never removed"),
    Guard(
        "sale_line_added",
        "sales_line",
        "INSERT",
        _OF_FINALISED.format(row="NEW"),
        _FINALISED_STAYS,
    ),
    Guard(
        "sale_line_stays",
        "sales_line",
        "UPDATE",
        f"{_OF_FINALISED.format(row='OLD')} OR {_OF_FINALISED.format(row='NEW')}",
        _FINALISED_STAYS,
    ),
    Guard(
        "sale_line_kept",
        "sales_line",
        "DELETE",
        _OF_FINALISED.format(row="OLD"),
        _FINALISED_STAYS,
    ),
    Guard("sale_line_truncate", "sales_line", "TRUNCATE", "1 = 1", _FINALISED_STAYS),
)

GUARDS: tuple[Guard, ...] = (
    *SALES_GUARDS,
    Guard(
        "entry_balances",
        "journal_entry",
        "INSERT",
        f"{_lines('count(*)')} < 2 OR {_lines('sum(l.debit) - sum(l.credit)')} <> 0",
        "a journal entry has at least two lines and its debits equal its credits",
        lock="NEW.id",
    ),
    Guard(
        "entry_accounts",
        "journal_entry",
        "INSERT",
        f"EXISTS {_lines('1', f'NOT EXISTS ({_OPEN_ACCOUNT})')}",
        "every account of a journal entry exists in its company and is open on its date",
    ),
    Guard(
        "entry_once",  # INSERT OR REPLACE would remove the first without asking the guards
        "journal_entry",
        "INSERT",
        "EXISTS (SELECT 1 FROM journal_entry e WHERE e.id = NEW.id"
        " OR (e.company_id = NEW.company_id AND e.journal = NEW.journal AND e.year = NEW.year"
        " AND e.number = NEW.number)"
        " OR (e.document_id = NEW.document_id AND e.document_version = NEW.document_version)"
        " OR e.reverses_entry_id = NEW.reverses_entry_id)",
        "this journal entry exists already",
    ),
    Guard(
        "entry_lines_organisation",
        "journal_entry",
        "INSERT",
        f"EXISTS {_lines('1', 'l.organisation_id <> NEW.organisation_id')}",
        "a journal entry and its lines belong to one organisation",
    ),
    Guard(
        "line_before_entry",
        "journal_line",
        "INSERT",
        "EXISTS (SELECT 1 FROM journal_entry e WHERE e.id = NEW.entry_id)"
        " OR EXISTS (SELECT 1 FROM journal_line l WHERE l.entry_id = NEW.entry_id"
        " AND l.position = NEW.position)",
        "no line is added to a journal entry that exists",
        lock="NEW.entry_id",
    ),
    *_immutable("journal_entry"),
    *_immutable("journal_line"),
    *_immutable("event"),
    *_immutable("attempt"),
    *_immutable(
        "correction",
        "EXISTS (SELECT 1 FROM document d JOIN import i ON i.id = d.import_id"
        " WHERE d.id = OLD.document_id AND i.deleted_at IS NOT NULL)",
    ),
    *_immutable(
        "regrouping",
        "EXISTS (SELECT 1 FROM import i WHERE i.id = OLD.import_id AND i.deleted_at IS NOT NULL)",
    ),
)


def install(connection: Connection) -> None:
    """Put every guard in place."""
    for guard in _expected(connection):
        name = guard.installed_name()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {guard.when} ON {guard.table}"
                f" WHEN {guard.condition} BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
            )
            continue
        each = "STATEMENT" if guard.when == "TRUNCATE" else "ROW"
        row = {"TRUNCATE": "NULL", "DELETE": "OLD"}.get(guard.when, "NEW")
        lock = f"PERFORM pg_advisory_xact_lock(hashtextextended({guard.lock}, 0));"
        body = _BODY.format(
            condition=guard.condition,
            message=guard.message,
            row=row,
            lock=lock if guard.lock else "",
        )
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql {_OPTIONS}"
            f" AS $body${body}$body$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {guard.when} ON {guard.table}"
            f" FOR EACH {each} EXECUTE FUNCTION {name}()"
        )


def remove(connection: Connection) -> None:
    """Take down every guard, also those of other versions."""
    for table, name in _installed(connection):
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")


def are_installed(connection: Connection) -> bool:
    """Whether exactly these guards are in place."""
    there = {name for _, name in _installed(connection)}
    return there == {guard.installed_name() for guard in _expected(connection)}


def _expected(connection: Connection) -> list[Guard]:
    """SQLite has no TRUNCATE to guard against."""
    sqlite = connection.dialect.name == "sqlite"
    return [guard for guard in GUARDS if not (sqlite and guard.when == "TRUNCATE")]


def _installed(connection: Connection) -> list[tuple[str, str]]:
    """(table, name) of every guard in the database."""
    query = (
        "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
    )
    rows = connection.exec_driver_sql(query).all()
    return [(table, name) for table, name in rows if name.startswith(_PREFIX)]
