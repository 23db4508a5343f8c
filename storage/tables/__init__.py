"""The tables, all under one name.

SQLAlchemy Core: rows are not the business, values are. One schema serves SQLite and PostgreSQL.
Amounts are whole cents; moments are aware UTC; ids are made by us before they are written. Every
table that belongs to a tenant carries `organisation_id`, and every query asks for it.
"""

from __future__ import annotations

from storage.tables.automation import automatic_posting, posting_rule
from storage.tables.bank import (
    bank_account,
    bank_rule,
    movement,
    movement_match,
    statement,
    statement_mapping,
)
from storage.tables.books import (
    account,
    account_balance,
    analytic_code,
    entry_model,
    journal_counter,
    journal_entry,
    journal_line,
    manual_entry,
    past_posting,
    period_lock,
    vat_return,
    vat_return_entry,
)
from storage.tables.columns import Exact, Json, Moment, Money, metadata
from storage.tables.contracts import billing_batch, contract
from storage.tables.documents import (
    comment,
    correction,
    document,
    document_lock,
    document_page,
    einvoice_status,
    saved_view,
)
from storage.tables.emails import email, email_attempt
from storage.tables.events import attempt, delivery, event, webhook_endpoint
from storage.tables.learning import artefact, reader_score, rule, rule_use, sender
from storage.tables.people import (
    api_key,
    company,
    company_access,
    idempotency_key,
    invitation,
    organisation,
    session,
    sign_in_link,
    throttle,
    usage,
    user,
)
from storage.tables.sales import (
    customer,
    record_file,
    sales_invoice,
    sales_line,
    sales_merge,
    sales_record,
    sales_series,
)
from storage.tables.spreadsheets import spreadsheet_import, spreadsheet_mapping
from storage.tables.stacks import file, group, imports, page, regrouping
from storage.tables.suppliers import supplier, supplier_iban, supplier_merge
from storage.tables.work import outbox, task

__all__ = [
    "Exact",
    "Json",
    "Moment",
    "Money",
    "account",
    "account_balance",
    "analytic_code",
    "api_key",
    "artefact",
    "attempt",
    "automatic_posting",
    "bank_account",
    "bank_rule",
    "billing_batch",
    "comment",
    "company",
    "company_access",
    "contract",
    "correction",
    "customer",
    "delivery",
    "document",
    "document_lock",
    "document_page",
    "einvoice_status",
    "email",
    "email_attempt",
    "entry_model",
    "event",
    "file",
    "group",
    "idempotency_key",
    "imports",
    "invitation",
    "journal_counter",
    "journal_entry",
    "journal_line",
    "manual_entry",
    "metadata",
    "movement",
    "movement_match",
    "organisation",
    "outbox",
    "page",
    "past_posting",
    "period_lock",
    "posting_rule",
    "reader_score",
    "record_file",
    "regrouping",
    "rule",
    "rule_use",
    "sales_invoice",
    "sales_line",
    "sales_merge",
    "sales_record",
    "sales_series",
    "saved_view",
    "sender",
    "session",
    "sign_in_link",
    "spreadsheet_import",
    "spreadsheet_mapping",
    "statement",
    "statement_mapping",
    "supplier",
    "supplier_iban",
    "supplier_merge",
    "task",
    "throttle",
    "usage",
    "user",
    "vat_return",
    "vat_return_entry",
    "webhook_endpoint",
]
