"""What speaks against a document besides itself: copies of it, its supplier's history, the account.

Gathers what the checks of `domain.duplicates`, `domain.ibans` and `domain.fraud` look at.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, case, or_, select

from domain.documents import DocumentStatus
from domain.duplicates import Mark, duplicates
from domain.findings import Reading
from domain.fraud import Facts, Past, signals
from domain.ibans import changed_iban
from domain.invoices import supplier_country
from domain.problems import Problem
from domain.purchases import Purchase
from domain.suppliers import Identity, Supplier, keys_of
from service.operations import bank_accounts, einvoices
from service.operations.books import second_person_from
from storage import tables as t

MOST_OTHERS = 500
MOST_PAST = 60
_c = t.document.c
_STANDING = (_c.withdrawn_at.is_(None), _c.status != DocumentStatus.DELETED)


def signals_of(
    connection: Connection,
    company: Row[Any],
    document: Row[Any],
    reading: Reading,
    identity: Identity,
    purchase: Purchase,
    supplier: Supplier | None,
) -> list[Problem]:
    """Duplicates, a changed account and signals of fraud, of a document as it is read now."""
    limit = second_person_from(company)
    known = supplier.ibans if supplier else ()
    changed = changed_iban(identity.iban, known, purchase.gross, limit)
    facts = Facts(
        category=document.category,
        name=identity.name,
        number=purchase.number,
        issue_date=purchase.issue_date,
        gross=purchase.printed_gross,
        iban=identity.iban,
        country=supplier_country(reading),
        known_names=tuple(one.name for one in supplier.identities) if supplier else (),
        past=_past(connection, document, supplier),
        words=frozenset((document.words or "").split()),
        own_ibans=bank_accounts.own_ibans(connection, company),
        iban_of=_others_with(connection, company, identity.iban, supplier),
        iban_changed=any(p.code != "iban_unverified" for p in changed),
        limit=limit if reading.value("currency") in (None, company.currency) else None,
    )
    return [
        *einvoices.dead_problem(connection, document),
        *changed,
        *_copies(connection, document, identity, purchase, supplier.id if supplier else None),
        *signals(facts),
    ]


def _past(
    connection: Connection, document: Row[Any], supplier: Supplier | None
) -> tuple[Past, ...]:
    if supplier is None:
        return ()
    rows = connection.execute(
        select(_c.id, _c.invoice_number, _c.issue_date, _c.gross_total)
        .where(
            _c.company_id == document.company_id,
            _c.supplier_id == supplier.id,
            _c.category == document.category,
            _c.id != document.id,
            *_STANDING,
        )
        .order_by(_c.issue_date.desc(), _c.id.desc())
        .limit(MOST_PAST)
    )
    return tuple(
        Past(
            row.id,
            row.invoice_number or "",
            row.issue_date,
            abs(row.gross_total) if row.gross_total is not None else None,
        )
        for row in rows
    )


def _others_with(
    connection: Connection, company: Row[Any], iban: str | None, supplier: Supplier | None
) -> tuple[tuple[str, str | None], ...]:
    """The other suppliers of the company that are paid to an account."""
    if not iban:
        return ()
    i, s = t.supplier_iban.c, t.supplier.c
    rows = connection.execute(
        select(s.id, s.name, s.merged_into_id, i.document_id)
        .join(t.supplier, s.id == i.supplier_id)
        .where(i.company_id == company.id, i.iban == iban)
        .order_by(i.created_at, i.id)
    )
    ours = supplier.id if supplier else None
    return tuple(
        (row.name, row.document_id) for row in rows if ours not in (row.id, row.merged_into_id)
    )


def _copies(
    connection: Connection,
    document: Row[Any],
    identity: Identity,
    purchase: Purchase,
    supplier_id: str | None,
) -> tuple[Problem, ...]:
    """Signs that the document was received before, by the company or by another of the same
    organisation.
    """
    key = next(iter(keys_of(identity)), None)
    same_number = _c.invoice_number == purchase.number
    looked_at = (
        select(t.document)
        .where(
            _c.organisation_id == document.organisation_id,
            _c.category == document.category,
            _c.id != document.id,
            *_STANDING,
            # Of two copies the first may be posted: the second is the duplicate.
            or_(_c.status == DocumentStatus.POSTED, _c.id < document.id, _c.is_einvoice),
        )
        .with_only_columns(
            _c.id,
            _c.company_id,
            _c.category,
            _c.status,
            _c.supplier_id,
            _c.supplier_name,
            _c.invoice_number,
            _c.issue_date,
            _c.gross_total,
            _c.sender_key,
            _c.iban,
            _c.is_einvoice,
        )
        # A supplier of thousands of documents must not push the one with this number out of sight.
        .order_by(
            case((same_number, 0), else_=1),
            case((_c.gross_total == purchase.printed_gross, 0), else_=1),
            _c.id.desc(),
        )
        .limit(MOST_OTHERS)
    )
    ours = looked_at.where(
        _c.company_id == document.company_id,
        or_(
            _c.gross_total == purchase.printed_gross,
            same_number,
            _c.supplier_id == supplier_id,
            _c.sender_key == key,
            _c.supplier_name == purchase.supplier_name[:300],
        ),
    )
    elsewhere = looked_at.where(
        _c.company_id != document.company_id, same_number, _c.gross_total == purchase.printed_gross
    )
    rows = [row for query in (ours, elsewhere) for row in connection.execute(query)]
    mark = Mark(
        document.id,
        document.category,
        supplier_id,
        purchase.supplier_name,
        purchase.number,
        purchase.issue_date,
        purchase.printed_gross,
        document.company_id,
        key,
        identity.iban,
        document.is_einvoice,
        document.status == DocumentStatus.POSTED,
    )
    others = (
        Mark(
            row.id,
            row.category,
            row.supplier_id,
            row.supplier_name or "",
            row.invoice_number or "",
            row.issue_date,
            abs(row.gross_total) if row.gross_total is not None else None,
            row.company_id,
            row.sender_key,
            row.iban,
            row.is_einvoice,
            row.status == DocumentStatus.POSTED,
        )
        for row in rows
        # An e-invoice that came later makes a paper its copy, and is no earlier one of its kind.
        if row.status == DocumentStatus.POSTED or row.id < document.id or not document.is_einvoice
    )
    return duplicates(mark, others)
