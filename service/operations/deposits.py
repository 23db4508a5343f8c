"""Deposits: asked for on a draft, and deducted from the invoice of the whole once they have a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.countries import country
from domain.deposits import deposit_lines, share_of
from domain.drafts import DraftLine, NewDraft, State, totals_of, turned
from domain.errors import Conflict
from domain.ids import new_id
from domain.money import ZERO
from domain.people import Scope, Who
from domain.sales import InvoiceKind
from service.house import House
from service.operations import companies
from service.operations.drafts import create_drafts
from service.operations.sales import find_draft, find_invoice, shown, totals_values
from service.operations.sales_lines import lines_of, replace_lines
from service.operations.versions import must_be_at
from storage import tables as t
from storage.visibility import within

_s = t.sales_invoice.c
_WORDS = {"fr": "Acompte", "de": "Anzahlung"}


def ask(
    house: House, who: Who, draft_id: str, *, percent: str = "", amount: str = ""
) -> dict[str, Any]:
    """A draft of a deposit invoice over a share of a draft: `percent` of it, or about `amount` with
    VAT, over its rates. All deposits together are no more than the whole.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find_draft(connection, who, draft_id, lock=True)
        if row.kind != InvoiceKind.INVOICE:
            raise Conflict(
                "A deposit is asked for on an invoice.",
                code="deposit_kind",
                advice="Make it an invoice first.",
            )
        company = companies.find(connection, who, row.company_id)
        lines = [one.line for one in lines_of(connection, [row.id])[row.id]]
        share = share_of(totals_of(lines).gross, percent, amount)
        made = deposit_lines(lines, share, row.title or row.name, row.language)
        before = connection.scalars(
            select(_s.gross_total).where(
                _s.deposit_for_id == row.id,
                _s.deleted_at.is_(None),
                _s.merged_into_id.is_(None),
                _s.state != State.CANCELLED.value,
                ~_s.id.in_(row.deposit_ids),
            )
        ).all()
        if sum(before, totals_of(made).gross) > row.gross_total:
            raise Conflict(
                "The deposits would exceed the invoice.",
                code="deposit_too_much",
                advice="Ask for less.",
                left=str(row.gross_total - sum(before, ZERO)),
            )
        draft = NewDraft(
            customer_id=row.customer_id,
            lines=made,
            kind=InvoiceKind.DEPOSIT,
            name=row.name,
            currency=row.currency,
            exchange_rate=row.exchange_rate,
            order_reference=row.order_reference,
            language=row.language,
            mission=row.mission,
            pricing=row.pricing,
            template=row.template,
            deposit_for_id=row.id,
        )
        one = create_drafts(connection, house, who, company, [draft])[0]
        return shown(connection, who, one, house.now().date())


def offered(house: House, who: Who, draft_id: str) -> list[dict[str, Any]]:
    """The deposit invoices of its customer that a draft may deduct, those asked for on it first."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find_draft(connection, who, draft_id)
        if row.kind != InvoiceKind.INVOICE:
            return []
        taken = _taken(connection, row)
        rows = connection.execute(
            select(t.sales_invoice)
            .where(
                within(who, t.sales_invoice),
                _s.company_id == row.company_id,
                _s.customer_id == row.customer_id,
                _s.currency == row.currency,
                _s.kind == InvoiceKind.DEPOSIT.value,
                _s.state == State.FINALISED.value,
            )
            .order_by(_s.deposit_for_id != row.id, _s.number)
        ).all()
    return [
        {
            "id": one.id,
            "number": one.number,
            "issued_on": one.issued_on.isoformat(),
            "gross_total": str(one.gross_total),
            "open": str(ZERO if one.paid_by == "person" else one.open_amount),
            "for_this": one.deposit_for_id == row.id,
        }
        for one in rows
        if one.id not in taken
    ]


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
