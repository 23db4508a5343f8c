"""Sales: series without holes, invoices unchanged since they were finalised, each with its entry;
and what is open of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import BigInteger, Connection, func, select

from domain.countries import country
from domain.drafts import State
from domain.money import ZERO
from domain.receivables import is_paid, still_open
from storage import receivables, sales
from storage import tables as t
from storage.invariants.violation import Violation, rows

_s, _line = t.sales_invoice.c, t.journal_line.c


def series_hold(connection: Connection) -> Iterator[Violation]:
    for broken in sales.verify_chain(connection):
        where = f"{broken.series} {broken.year} no {broken.number}"
        yield Violation(16, f"{where}: {broken.what}", broken.invoice_id)


def invoices_have_their_entry(connection: Connection) -> Iterator[Violation]:
    """The customer owes in the books what the invoice says, where both are in one currency."""
    entry, company = t.journal_entry.c, t.company.c
    for row in rows(
        connection,
        select(
            _s.id,
            _s.kind,
            _s.number,
            _s.currency,
            _s.gross_total,
            company.country,
            entry.id.label("entry_id"),
            entry.currency.label("books"),
            entry.piece_reference,
        )
        .join(t.company, company.id == _s.company_id)
        .outerjoin(t.journal_entry, entry.id == _s.entry_id)
        .where(_s.state != State.DRAFT.value),
    ):
        if row.entry_id is None or row.piece_reference != row.number:
            yield Violation(17, f"{row.number} has no entry of its own", row.id)
            continue
        owed = connection.scalar(
            select(
                func.coalesce(func.sum(_line.debit, type_=BigInteger), 0)
                - func.coalesce(func.sum(_line.credit, type_=BigInteger), 0)
            ).where(
                _line.entry_id == row.entry_id,
                _line.account == country(row.country).banking.receivable,
            )
        )
        says = row.gross_total if row.kind != "credit_note" else ZERO - row.gross_total
        if row.books == row.currency and owed != int(says.scaleb(2)):
            yield Violation(17, f"{row.number} says {says}, its entry {owed} cents", row.id)


def open_amounts_are_what_is_left(connection: Connection) -> Iterator[Violation]:
    """What is open of an invoice is its claim less credit notes and payments; the bank says paid
    exactly where nothing is left.
    """
    invoices = {
        row.id: row
        for row in rows(connection, select(t.sales_invoice).where(_s.state != State.DRAFT.value))
    }
    first = [row.id for row in invoices.values() if row.corrects_id is None]
    for invoice_id, claims in receivables.claims(connection, first).items():
        row = invoices[invoice_id]
        amounts = still_open(claims)
        for one in claims:
            says = invoices[one.id].open_amount, invoices[one.id].paid_amount
            if says != (amounts[one.id], one.paid):
                yield Violation(
                    18,
                    f"{invoices[one.id].number} says {says[0]}, {amounts[one.id]} is open",
                    one.id,
                )
        if row.paid_by == "bank" and row.commercial == "paid" and not is_paid(claims):
            yield Violation(18, f"{row.number} is paid, and the bank did not", row.id)
