"""Drafts of the rows of a spreadsheet: one for each customer, and the recap a person agrees to.

Rows of one legal id are lines of one draft (rows in another currency of another one). What the
recap adds up is computed by the same arithmetic as the invoices, so that it is what will be there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.drafts import LINES_MOST
from domain.money import ZERO
from domain.sales import InvoiceKind, Party, SalesInvoice, SalesLine
from domain.spreadsheets.rows import CellFault, Row, Terms

Treating = Callable[[str, SalesLine], SalesLine]
"""A line of the customer with a legal id as it will be one of an invoice: with its VAT treatment."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows of one customer as they will be an invoice."""

    customer_id: str
    customer_name: str
    """Of the customer that is known, else as the first row says."""
    new_customer: bool
    currency: str
    rows: tuple[int, ...]
    lines: tuple[SalesLine, ...]
    net: Decimal
    vat: Decimal
    order_reference: str = ""
    email: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    currency: str
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class Recap:
    """What an import would make."""

    lines: int
    drafts: int
    customers: int
    new_customers: tuple[tuple[str, str], ...]
    """Legal id and name."""
    totals: tuple[Total, ...]
    merged: tuple[tuple[str, str, tuple[int, ...]], ...]
    """Legal id, name and rows of each customer whose rows become one draft."""


def drafts_of(
    rows: Sequence[Row], terms: Terms, treating: Treating | None = None
) -> tuple[Draft, ...]:
    """The rows grouped into drafts, in the order in which their customers come."""
    grouped: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id, row.currency].append(row)
    return tuple(
        _draft(customer_id, currency, members, terms, treating)
        for (customer_id, currency), members in grouped.items()
    )


def _draft(
    customer_id: str, currency: str, rows: Sequence[Row], terms: Terms, treating: Treating | None
) -> Draft:
    references = list(dict.fromkeys(row.order_reference for row in rows if row.order_reference))
    lines = []
    for row in rows:
        line = row.line
        if len(references) > 1 and row.order_reference:
            details = (
                f"{line.details} ({row.order_reference})" if line.details else row.order_reference
            )
            line = replace(line, details=details)
        lines.append(treating(customer_id, line) if treating else line)
    known = terms.customers.get(customer_id)
    name = known if known is not None else _first(rows, "customer_name")
    invoice = SalesInvoice(InvoiceKind.INVOICE, Party(""), Party(name), currency, tuple(lines))
    return Draft(
        customer_id,
        name,
        known is None,
        currency,
        tuple(row.number for row in rows),
        invoice.lines,
        invoice.net_total,
        invoice.vat_total,
        references[0] if len(references) == 1 else "",
        **{name: _first(rows, name) for name in ("email", "street", "postcode", "city")},
    )


def faults_of_drafts(drafts: Sequence[Draft]) -> tuple[CellFault, ...]:
    """What is wrong with drafts as a whole, told at the first of their rows."""
    faults = []
    unnamed: set[str] = set()
    for draft in drafts:
        if not draft.customer_name and draft.customer_id not in unnamed:
            unnamed.add(draft.customer_id)
            faults.append(
                CellFault(
                    draft.rows[0],
                    "customer_name",
                    "name_missing",
                    "This customer is new and needs a name.",
                    values={"id": draft.customer_id},
                )
            )
        if len(draft.rows) > LINES_MOST:
            faults.append(
                CellFault(
                    draft.rows[LINES_MOST],
                    "customer_id",
                    "too_many_lines",
                    "One invoice cannot have so many lines.",
                    values={"most": LINES_MOST, "rows": len(draft.rows)},
                )
            )
        if draft.net + draft.vat < 0:
            faults.append(
                CellFault(
                    draft.rows[0],
                    "quantity",
                    "draft_negative",
                    "The rows of this customer come to less than zero.",
                    values={"total": str(draft.net + draft.vat), "rows": len(draft.rows)},
                )
            )
    return tuple(faults)


def recap_of(drafts: Sequence[Draft]) -> Recap:
    totals: dict[str, tuple[Decimal, Decimal]] = {}
    customers: dict[str, Draft] = {}
    for draft in drafts:
        before = totals.get(draft.currency, (ZERO, ZERO))
        totals[draft.currency] = (before[0] + draft.net, before[1] + draft.vat)
        customers.setdefault(draft.customer_id, draft)
    return Recap(
        lines=sum(len(draft.lines) for draft in drafts),
        drafts=len(drafts),
        customers=len(customers),
        new_customers=tuple(
            (d.customer_id, d.customer_name) for d in customers.values() if d.new_customer
        ),
        totals=tuple(Total(currency, *sums) for currency, sums in sorted(totals.items())),
        merged=tuple((d.customer_id, d.customer_name, d.rows) for d in drafts if len(d.rows) > 1),
    )


def names_that_differ(rows: Sequence[Row]) -> Mapping[str, tuple[str, ...]]:
    """The names that rows give one and the same legal id, where there are several."""
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        if row.customer_name:
            names[row.customer_id][row.customer_name] = None
    return {key: tuple(found) for key, found in names.items() if len(found) > 1}


def _first(rows: Sequence[Row], name: str) -> str:
    return next((value for row in rows if (value := getattr(row, name))), "")
