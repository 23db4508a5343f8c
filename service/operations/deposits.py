"""Deposits: what a customer paid in advance is deducted from the invoice of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.countries import country
from domain.drafts import DraftLine, State, turned
from domain.errors import Conflict
from domain.ids import new_id
from domain.people import Scope, Who
from domain.sales import InvoiceKind
from service.house import House
from service.operations import companies
from service.operations.sales import find_draft, find_invoice, shown, totals_values
from service.operations.sales_lines import lines_of, replace_lines
from service.operations.versions import must_be_at
from storage import tables as t

_s = t.sales_invoice.c
_WORDS = {"fr": "Acompte", "de": "Anzahlung"}


def deduct(
    house: House, who: Who, draft_id: str, deposit_ids: Sequence[str], version: int | None = None
) -> dict[str, Any]:
    """Deduct deposit invoices of the customer from a draft: their lines, taken back on the account
    where they stand. The invoice will list them.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_draft(connection, who, draft_id, lock=True)
        must_be_at(row, version)
        company = companies.find(connection, who, row.company_id)
        wanted = list(dict.fromkeys(deposit_ids))
        taken = _taken(connection, row)
        lines = lines_of(connection, [row.id])[row.id]
        for one in wanted:
            deposit = find_invoice(connection, who, one)
            if (
                deposit.kind != InvoiceKind.DEPOSIT
                or deposit.state != State.FINALISED
                or (deposit.customer_id, deposit.currency) != (row.customer_id, row.currency)
                or one in taken
            ):
                raise Conflict(
                    "This deposit is not of this customer, or is deducted already.",
                    code="deposit_of_another",
                    invoice_id=one,
                )
            lines += _taken_back(connection, company, row, deposit)
        replace_lines(connection, row.organisation_id, row.id, lines)
        connection.execute(
            update(t.sales_invoice)
            .where(_s.id == row.id)
            .values(
                deposit_ids=[*row.deposit_ids, *wanted],
                version=row.version + 1,
                **totals_values(lines),
            )
        )
        return shown(connection, who, row.id, house.now().date())


def _taken(connection: Connection, row: Row[Any]) -> set[str]:
    """The deposits of this customer that a draft or an invoice deducts already."""
    found = connection.scalars(
        select(_s.deposit_ids).where(
            _s.company_id == row.company_id,
            _s.customer_id == row.customer_id,
            _s.deleted_at.is_(None),
            _s.state != State.CANCELLED.value,
        )
    )
    return {one for ids in found for one in ids}


def _taken_back(
    connection: Connection, company: Row[Any], row: Row[Any], deposit: Row[Any]
) -> list[DraftLine]:
    word = _WORDS.get(row.language, "Deposit")
    account = country(company.country).deposits_received
    return [
        DraftLine(
            new_id("sln"),
            replace(
                turned(one.line),
                text=f"{word} {deposit.number} ({deposit.issued_on.isoformat()})",
                details=one.line.text,
                account=account,
                record_ids=(),
            ),
        )
        for one in lines_of(connection, [deposit.id])[deposit.id]
    ]
