"""What a document says: its fields, lines and sums, each with its evidence.

`extract` takes the pages of one document and tries the best source first: the XML of an
e-invoice, a payment code, the words. Splitting and sorting are done before; what the values mean
for the books is decided after, in `domain`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from domain.documents import Category
from domain.findings import Reading
from domain.text import PageText
from models.extraction.invoices import read_invoice
from models.extraction.parties import Own
from models.extraction.rows import sheet_of
from models.extraction.statements import read_statement

__all__ = ["Own", "extract"]

_NO_ONE = Own()
_LIKE_INVOICES = frozenset(
    {
        Category.PURCHASE_INVOICE, Category.CREDIT_NOTE, Category.RECEIPT, Category.SALES_INVOICE,
        Category.QUOTE, Category.PURCHASE_ORDER, Category.DELIVERY_NOTE,
    }
)  # fmt: skip


def extract(
    pages: Sequence[PageText],
    category: str,
    *,
    einvoice: Reading | None = None,
    own: Own = _NO_ONE,
    today: dt.date | None = None,
) -> Reading:
    """The fields of a document of `category`; empty for the kinds that have none."""
    sheet = sheet_of(list(pages))
    if category in _LIKE_INVOICES:
        return read_invoice(sheet, Category(category), einvoice=einvoice, own=own, today=today)
    if category == Category.BANK_STATEMENT:
        return read_statement(sheet)
    return Reading(fields={})
