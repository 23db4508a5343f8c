"""Documents and their categories, and the states things pass through.

The categories and field names are fixed: labels, integrators and the API rely on them.
"""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    PURCHASE_INVOICE = "purchase_invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    BANK_STATEMENT = "bank_statement"
    PAYSLIP = "payslip"
    CONTRACT = "contract"
    QUOTE = "quote"
    PURCHASE_ORDER = "purchase_order"
    DELIVERY_NOTE = "delivery_note"
    TAX_NOTICE = "tax_notice"
    LETTER = "letter"
    SALES_INVOICE = "sales_invoice"
    OTHER = "other"


POSTABLE = frozenset({Category.PURCHASE_INVOICE, Category.CREDIT_NOTE, Category.RECEIPT})
"""What a person may put into the purchase journal."""


class ImportStatus(StrEnum):
    RECEIVED = "received"  # stored, nothing opened yet
    PROCESSING = "processing"
    READY = "ready"  # every file is terminal; a person may review
    VALIDATED = "validated"
    FAILED = "failed"  # no file of it could be read


class FileStatus(StrEnum):
    RECEIVED = "received"
    READING = "reading"  # opened; its pages are being read
    SPLITTING = "splitting"
    EXTRACTING = "extracting"
    READY = "ready"
    UNPACKED = "unpacked"  # an archive or a mail: its contents are files of their own
    DUPLICATE = "duplicate"  # the same bytes were imported before
    REJECTED = "rejected"  # we cannot take it, with the reason; terminal until a person acts
    FAILED = "failed"  # we should have managed; may be retried


TERMINAL_FILE = frozenset(
    {
        FileStatus.READY,
        FileStatus.UNPACKED,
        FileStatus.DUPLICATE,
        FileStatus.REJECTED,
        FileStatus.FAILED,
    }
)


class SetAside(StrEnum):
    """Why a page belongs to no document."""

    BLANK = "blank"
    SEPARATOR = "separator"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"
    PERSON = "person"


class DocumentStatus(StrEnum):
    BEING_READ = "being_read"  # its pages were put together otherwise; nothing is known yet
    FILED = "filed"  # in its tab; nothing more to do
    TO_POST = "to_post"
    POSTED = "posted"
    DELETED = "deleted"  # out of sight, with its pages; may be brought back
