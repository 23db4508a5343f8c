"""The books of a company as values: how it keeps them, and what was posted before.

What understanding and posting its invoices need to know; both are elsewhere.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from domain.accounts import COST_ROLES
from domain.countries import country
from domain.errors import Invalid
from domain.findings import Reading
from domain.ibans import SECOND_PERSON_FROM
from domain.people import Scope, Who
from domain.posting import PURCHASES, Books
from domain.suggestions import Buyer, History, PastPosting
from domain.suppliers import identity_of, matching
from service.house import House
from service.operations import companies
from service.operations.suppliers import known_suppliers
from storage import journal
from storage import tables as t
from storage.outbox import record_action

PAST_OF_SUPPLIER = 100
PAST_TO_LEARN_FROM = 2_000


def company_values(connection: Connection, company_id: str) -> Buyer:
    """The company as understanding and posting its invoices need it."""
    row = connection.execute(select(t.company).where(t.company.c.id == company_id)).one()
    c = t.account.c
    accounts = connection.execute(
        select(c.number, c.label_fr)
        .where(c.company_id == company_id, c.role.in_(COST_ROLES), c.closed_on.is_(None))
        .order_by(c.number)
    ).all()
    code = t.analytic_code.c
    codes = connection.execute(
        select(code.code, code.label)
        .where(code.company_id == company_id, code.open)
        .order_by(code.code)
    ).all()
    settings = row.settings or {}
    return Buyer(
        id=row.id,
        country=country(row.country),
        currency=row.currency,
        names=(row.name, *settings.get("own_names", ())),
        identifiers=tuple(i for i in (row.siren, row.vat_id, row.uid, *(row.ibans or ())) if i),
        accounts={account.number: account.label_fr for account in accounts},
        analytic_codes={row.code: row.label for row in codes},
        capitalisation_threshold=_decimal(
            settings.get("capitalisation_threshold"), Decimal(500), Decimal(10**9)
        ),
        coefficient=_coefficient(settings),
    )


def books_of(connection: Connection, company: Row[Any]) -> Books:
    settings = company.settings or {}
    return Books(
        country=country(company.country),
        currency=company.currency,
        journal=str(settings.get("purchase_journal") or PURCHASES)[:10],
        coefficient=_coefficient(settings),
        locked_until=journal.locked_until(connection, company.id),
        vat_on_payment=settings.get("vat_on_purchases") == "on_payment",
    )


def history(
    connection: Connection, company_id: str, reading: Reading, *, of_everybody: bool = True
) -> History:
    """What was posted before in this company: of the supplier first, then of everybody."""
    supplier = matching(identity_of(reading), known_suppliers(connection, company_id))
    known: list[PastPosting] = []
    if supplier is not None:
        known = past(connection, company_id, supplier.id, limit=PAST_OF_SUPPLIER)
    if of_everybody:
        known += past(connection, company_id, limit=PAST_TO_LEARN_FROM)
    return History(supplier, tuple(known))


def past(
    connection: Connection, company_id: str, supplier_id: str | None = None, *, limit: int
) -> list[PastPosting]:
    """What was posted here, the newest first, and after it what was posted before the company came here."""
    ours = _posted(connection, company_id, supplier_id, limit)
    left = limit - len(ours)
    return ours + (_taken_over(connection, company_id, supplier_id, left) if left else [])


def _taken_over(
    connection: Connection, company_id: str, supplier_id: str | None, limit: int
) -> list[PastPosting]:
    """The cost lines of an earlier program's books, the newest first."""
    c = t.past_posting.c
    owner = func.coalesce(t.supplier.c.merged_into_id, t.supplier.c.id)
    query = (
        select(t.past_posting, owner.label("owner"), t.supplier.c.name)
        .join(t.supplier, t.supplier.c.id == c.supplier_id)
        .join(
            t.account,
            (t.account.c.company_id == c.company_id) & (t.account.c.number == c.account),
        )
        .where(c.company_id == company_id, t.account.c.role.in_(COST_ROLES))
        .order_by(c.day.desc(), c.id)
        .limit(limit)
    )
    if supplier_id is not None:
        query = query.where(owner == supplier_id)
    return [
        PastPosting(
            account=row.account,
            treatment=row.treatment,
            text=row.text,
            supplier_id=row.owner,
            supplier_name=row.name,
            entry_id=row.id,
            reference=row.reference,
            posted_at=datetime.combine(row.day, time(), UTC),
        )
        for row in connection.execute(query)
    ]


def _posted(
    connection: Connection, company_id: str, supplier_id: str | None, limit: int
) -> list[PastPosting]:
    """The cost lines of entries of documents that stand, the newest first."""
    entry, line, document = t.journal_entry.c, t.journal_line.c, t.document.c
    reversing = t.journal_entry.alias("reversing")
    query = (
        select(
            line.account,
            line.vat_code,
            line.label,
            line.analytic,
            entry.id,
            entry.label.label("entry_label"),
            entry.piece_reference,
            entry.posted_by,
            entry.created_at,
            document.supplier_id,
            t.supplier.c.name,
        )
        .select_from(
            t.journal_line.join(t.journal_entry, entry.id == line.entry_id)
            .join(t.document, document.id == entry.document_id)
            .outerjoin(t.supplier, t.supplier.c.id == document.supplier_id)
            .outerjoin(reversing, reversing.c.reverses_entry_id == entry.id)
            .join(
                t.account,
                (t.account.c.company_id == entry.company_id) & (t.account.c.number == line.account),
            )
        )
        .where(
            entry.company_id == company_id,
            entry.reverses_entry_id.is_(None),
            reversing.c.id.is_(None),
            line.vat_code.is_not(None),
            t.account.c.role.in_(COST_ROLES),
        )
        .order_by(entry.created_at.desc(), line.position)
        .limit(limit)
    )
    if supplier_id is not None:
        query = query.where(document.supplier_id == supplier_id)
    return [
        PastPosting(
            account=row.account,
            treatment=row.vat_code,
            text=row.label.removeprefix(row.entry_label).strip(" –"),
            supplier_id=row.supplier_id,
            supplier_name=row.name or "",
            entry_id=row.id,
            reference=row.piece_reference,
            posted_by=row.posted_by,
            posted_at=row.created_at,
            analytic=row.analytic or "",
        )
        for row in connection.execute(query)
    ]


def second_person_from(company: Row[Any]) -> Decimal | None:
    """The amount from which on a changed bank account needs two people; None for never."""
    said = (company.settings or {}).get("second_person_from")
    return None if said == NEVER else _decimal(said, SECOND_PERSON_FROM, Decimal(10**9))


NEVER = "never"
VAT_REGIMES = ("normal", "franchise", "tdfn", "none")
"""With any but the first a company deducts no VAT: it charges none, or a net rate of its own."""


def bookkeeping(house: House, who: Who, company_id: str) -> dict[str, Any]:
    """How a company keeps its books, as far as that is its choice."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return _bookkeeping_json(companies.find(connection, who, company_id))


def change_bookkeeping(
    house: House, who: Who, company_id: str, values: dict[str, Any]
) -> dict[str, Any]:
    """Change some of it. What is posted stays as it was posted."""
    who.must(Scope.ADMIN)
    clean = {key: _checked(key, value) for key, value in values.items() if value is not None}
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company_id, lock=True)
        connection.execute(
            update(t.company)
            .where(t.company.c.id == company.id)
            .values(settings={**(company.settings or {}), **clean})
        )
        record_action(
            connection,
            house.now(),
            who,
            "company.changed",
            company.id,
            company_id=company.id,
            what=sorted(clean),
        )
        return _bookkeeping_json(companies.find(connection, who, company_id))


def _bookkeeping_json(company: Row[Any]) -> dict[str, Any]:
    settings = company.settings or {}
    return {
        "company_id": company.id,
        "vat_regime": settings.get("vat_regime", "normal"),
        "vat_coefficient": settings.get("vat_coefficient", "1"),
        "net_tax_rate": settings.get("net_tax_rate", "0"),
        "purchase_journal": settings.get("purchase_journal", PURCHASES),
        "capitalisation_threshold": settings.get("capitalisation_threshold", "500"),
        "vat_on_purchases": settings.get("vat_on_purchases", "at_invoice"),
        "second_person_from": settings.get("second_person_from", str(SECOND_PERSON_FROM)),
    }


def _checked(key: str, value: str) -> str:
    most = {
        "vat_coefficient": Decimal(1),
        "net_tax_rate": Decimal(20),
        "capitalisation_threshold": Decimal(10**9),
        "second_person_from": Decimal(10**9),
    }
    if key == "second_person_from" and value == NEVER:
        return value
    if key == "vat_regime" and value in VAT_REGIMES:
        return value
    if key == "vat_on_purchases" and value in ("at_invoice", "on_payment"):
        return value
    if key == "purchase_journal" and re.fullmatch(r"[A-Z0-9]{2,5}", value):
        return value
    if key in most and _decimal(value, Decimal(-1), most[key]) >= 0:
        return value
    raise Invalid(
        f"{key} cannot be {value[:40]!r}.",
        code="bookkeeping_value",
        advice="VAT regimes are " + ", ".join(VAT_REGIMES) + "; a coefficient is between 0 and 1; "
        "a journal has 2 to 5 capital letters and digits.",
        fields=[key],
    )


def net_tax_rate(company: Row[Any]) -> Decimal:
    """The flat share of its turnover, in percent, that a company owes in place of VAT; 0 for none."""
    return _decimal((company.settings or {}).get("net_tax_rate"), Decimal(0), Decimal(20))


def _coefficient(settings: dict[str, Any]) -> Decimal:
    """The company's right to deduct VAT: none in franchise or with a net tax rate."""
    if settings.get("vat_regime") in ("franchise", "tdfn", "none"):
        return Decimal(0)
    return _decimal(settings.get("vat_coefficient"), Decimal(1), Decimal(1))


def _decimal(value: Any, default: Decimal, most: Decimal) -> Decimal:
    try:
        number = Decimal(str(value)) if value is not None else default
    except InvalidOperation:
        return default
    return number if number.is_finite() and 0 <= number <= most else default
