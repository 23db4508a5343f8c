"""The suppliers of a company: recognised, or made when their first document is posted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import Conflict, Invalid
from domain.findings import Finding, Reading
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.suppliers import (
    SUNDRY,
    Identity,
    Supplier,
    auxiliary_code,
    identity_of,
    matching,
)
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action


def list_suppliers(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    q: str = "",
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        c = t.supplier.c
        query = select(t.supplier).where(
            c.company_id == company.id, c.organisation_id == who.organisation_id
        )
        if cursor:
            query = query.where(c.id > cursor)
        rows = connection.execute(query.order_by(c.id)).all()
    wanted = folded(q).split()
    items = [
        supplier_json(row)
        for row in rows
        if all(f" {w}" in folded(f"{row.name} {row.auxiliary}") for w in wanted)
    ]
    return page_of(items[: limit + 1], limit)


def add_supplier(
    house: House, who: Who, company_id: str | None, values: dict[str, Any]
) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        identity = identity_of(
            Reading(fields={}).with_fields(**_as_fields(values))  # the same tidying as from paper
        )
        if not identity.name:
            raise Invalid("A supplier has a name.", code="supplier_name", fields=["name"])
        known = matching(identity, known_suppliers(connection, company.id))
        if known is not None:
            raise Conflict(
                "This supplier exists already.",
                code="supplier_exists",
                advice="Use the one that is there.",
                supplier_id=known.id,
            )
        made = insert_supplier(connection, house, company, identity)
        record_action(
            connection, house.now(), who, "supplier.added", made.id, company_id=company.id
        )
        row = connection.execute(select(t.supplier).where(t.supplier.c.id == made.id)).one()
        return supplier_json(row)


def _as_fields(values: dict[str, Any]) -> dict[str, Any]:
    names = {
        "name": "supplier_name",
        "siren": "supplier_siren",
        "vat_id": "supplier_vat_id",
        "uid": "supplier_uid",
        "iban": "iban",
    }
    return {
        field: Finding(str(values[key]), 1.0, source="person")
        for key, field in names.items()
        if values.get(key)
    }


def known_suppliers(connection: Connection, company_id: str) -> list[Supplier]:
    rows = connection.execute(
        select(t.supplier).where(t.supplier.c.company_id == company_id).order_by(t.supplier.c.id)
    )
    return [
        Supplier(
            row.id, Identity(row.name, row.siren, row.vat_id, row.uid, row.iban), row.auxiliary
        )
        for row in rows
    ]


def planned_auxiliary(connection: Connection, company_id: str, identity: Identity) -> str:
    """The auxiliary code a new supplier would get now."""
    if not identity.name:
        return SUNDRY
    taken = set(
        connection.scalars(
            select(t.supplier.c.auxiliary).where(t.supplier.c.company_id == company_id)
        )
    )
    return auxiliary_code(identity.name, taken | {SUNDRY})


def for_posting(
    connection: Connection, house: House, company: Row[Any], identity: Identity
) -> Supplier:
    """The supplier of a document, made if new. The company's row is held: nobody makes it twice.

    What an accepted document adds to what we know (a SIREN, an IBAN) is kept; nothing is replaced.
    """
    known = known_suppliers(connection, company.id)
    found = matching(identity, known)
    if found is None and not identity.name:
        sundry = next((s for s in known if s.auxiliary == SUNDRY), None)
        return sundry or insert_supplier(
            connection, house, company, Identity("Fournisseurs divers"), SUNDRY
        )
    if found is None:
        return insert_supplier(connection, house, company, identity)
    news = {
        key: getattr(identity, key)
        for key in ("siren", "vat_id", "uid", "iban")
        if getattr(identity, key) and not getattr(found.identity, key)
    }
    if news:
        connection.execute(update(t.supplier).where(t.supplier.c.id == found.id).values(**news))
    return found


def with_auxiliary(
    connection: Connection, company_id: str, auxiliary: str | None
) -> Supplier | None:
    return next(
        (s for s in known_suppliers(connection, company_id) if s.auxiliary == auxiliary), None
    )


def insert_supplier(
    connection: Connection,
    house: House,
    company: Row[Any],
    identity: Identity,
    auxiliary: str | None = None,
) -> Supplier:
    code = auxiliary or planned_auxiliary(connection, company.id, identity)
    made = Supplier(new_id("sup"), identity, code)
    connection.execute(
        insert(t.supplier).values(
            id=made.id,
            organisation_id=company.organisation_id,
            company_id=company.id,
            name=plain_text(identity.name, 200),
            siren=identity.siren,
            vat_id=identity.vat_id,
            uid=identity.uid,
            iban=identity.iban,
            auxiliary=code,
            created_at=house.now(),
        )
    )
    return made


def supplier_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "siren": row.siren,
        "vat_id": row.vat_id,
        "uid": row.uid,
        "iban": row.iban,
        "auxiliary": row.auxiliary,
    }
