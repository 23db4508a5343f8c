"""The suppliers of a company: recognised, or made when their first document is posted.

Looking at them and putting them right is in `supplier_files`, the accounts they are paid to in
`supplier_ibans`, merging twins in `supplier_merges`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from domain.errors import Conflict, Invalid
from domain.findings import Finding, Reading
from domain.ibans import KnownIban
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
from service.house import House
from service.operations import companies
from storage import tables as t
from storage.outbox import record_action

NUMBERS = ("siren", "vat_id", "uid")
_s, _i = t.supplier.c, t.supplier_iban.c


def add_supplier(
    house: House, who: Who, company_id: str | None, values: dict[str, Any]
) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        identity = identity_of(
            Reading(fields={}).with_fields(**as_fields(values))  # the same tidying as from paper
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
        return one_json(connection, made.id)


def as_fields(values: Mapping[str, Any]) -> dict[str, Any]:
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
    """Everybody a document may be from; twins that were merged are aliases of the one kept."""
    rows = connection.execute(
        select(t.supplier).where(_s.company_id == company_id).order_by(_s.id)
    ).all()
    ibans = ibans_of(connection, company_id)
    aliases = aliases_of(rows)
    return [
        Supplier(
            row.id,
            _identity(row),
            row.auxiliary,
            tuple(known_iban(iban) for iban in ibans.get(row.id, ())),
            tuple(_identity(alias) for alias in aliases[row.id]),
        )
        for row in rows
        if row.merged_into_id is None
    ]


def _identity(row: Row[Any]) -> Identity:
    return Identity(row.name, row.siren, row.vat_id, row.uid)


def aliases_of(rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.merged_into_id is not None:
            found[row.merged_into_id].append(row)
    return found


def ibans_of(
    connection: Connection, company_id: str, supplier_id: str | None = None
) -> dict[str, list[Row[Any]]]:
    """Supplier → its accounts, the oldest first."""
    query = select(t.supplier_iban).where(_i.company_id == company_id)
    if supplier_id is not None:
        query = query.where(_i.supplier_id == supplier_id)
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query.order_by(_i.created_at, _i.id)):
        found[row.supplier_id].append(row)
    return found


def known_iban(row: Row[Any]) -> KnownIban:
    return KnownIban(row.iban, row.asked_by, row.verified_by, row.document_id)


def planned_auxiliary(connection: Connection, company_id: str, identity: Identity) -> str:
    """The auxiliary code a new supplier would get now."""
    if not identity.name:
        return SUNDRY
    taken = set(connection.scalars(select(_s.auxiliary).where(_s.company_id == company_id)))
    return auxiliary_code(identity.name, taken | {SUNDRY})


def for_posting(
    connection: Connection,
    house: House,
    company: Row[Any],
    identity: Identity,
    document_id: str | None = None,
) -> Supplier:
    """The supplier of a document, made if new. The company's row is held: nobody makes it twice.

    What an accepted document adds to what we know (a SIREN, an account) is kept, an account as
    unverified; nothing is replaced.
    """
    known = known_suppliers(connection, company.id)
    found = matching(identity, known)
    if found is None and not identity.name:
        sundry = next((s for s in known if s.auxiliary == SUNDRY), None)
        return sundry or insert_supplier(
            connection, house, company, Identity("Fournisseurs divers"), SUNDRY
        )
    if found is None:
        return insert_supplier(connection, house, company, identity, document_id=document_id)
    complete(connection, house, company, found, identity, document_id)
    return found


def complete(
    connection: Connection,
    house: House,
    company: Row[Any],
    found: Supplier,
    identity: Identity,
    document_id: str | None = None,
) -> bool:
    """Keep what `identity` adds to what we know of a supplier; whether it added anything."""
    news = {
        key: getattr(identity, key)
        for key in NUMBERS
        if getattr(identity, key)
        and not getattr(found.identity, key)
        and all(getattr(alias, key) != getattr(identity, key) for alias in found.aliases)
    }
    if news:
        connection.execute(update(t.supplier).where(_s.id == found.id).values(**news))
    named = identity.iban and identity.iban not in found.paid_to and found.auxiliary != SUNDRY
    if named and identity.iban:
        insert_iban(connection, house, company, found.id, identity.iban, document_id)
    return bool(news or named)


def owners_of_codes(connection: Connection, company_id: str) -> dict[str, str]:
    """Auxiliary code → whoever has it now: of a merged twin the one that was kept."""
    owner = func.coalesce(_s.merged_into_id, _s.id).label("owner")
    rows = connection.execute(select(_s.auxiliary, owner).where(_s.company_id == company_id))
    return {row.auxiliary: row.owner for row in rows}


def with_auxiliary(
    connection: Connection, company_id: str, auxiliary: str | None
) -> Supplier | None:
    """Whoever has this auxiliary code now: of a merged twin the one that was kept."""
    owner = connection.scalar(
        select(func.coalesce(_s.merged_into_id, _s.id)).where(
            _s.company_id == company_id, _s.auxiliary == auxiliary
        )
    )
    return next((s for s in known_suppliers(connection, company_id) if s.id == owner), None)


def insert_supplier(
    connection: Connection,
    house: House,
    company: Row[Any],
    identity: Identity,
    auxiliary: str | None = None,
    document_id: str | None = None,
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
            auxiliary=code,
            created_at=house.now(),
        )
    )
    if identity.iban:
        insert_iban(connection, house, company, made.id, identity.iban, document_id)
    return made


def insert_iban(
    connection: Connection,
    house: House,
    company: Row[Any],
    supplier_id: str,
    iban: str,
    document_id: str | None = None,
) -> str:
    """An account that somebody or some paper named: unverified."""
    iban_id = new_id("iba")
    connection.execute(
        insert(t.supplier_iban).values(
            id=iban_id,
            organisation_id=company.organisation_id,
            company_id=company.id,
            supplier_id=supplier_id,
            iban=iban,
            document_id=document_id,
            created_at=house.now(),
        )
    )
    return iban_id


def one_json(connection: Connection, supplier_id: str) -> dict[str, Any]:
    row = connection.execute(select(t.supplier).where(_s.id == supplier_id)).one()
    ibans = ibans_of(connection, row.company_id, row.id).get(row.id, [])
    return supplier_json(row, ibans)


def supplier_json(
    row: Row[Any],
    ibans: Iterable[Row[Any]] = (),
    aliases: Iterable[Row[Any]] = (),
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """`iban` is the account to trust: the last one verified, else the first one known."""
    known = list(ibans)
    verified = [one for one in known if one.verified_by]
    trusted = verified[-1] if verified else known[0] if known else None
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "siren": row.siren,
        "vat_id": row.vat_id,
        "uid": row.uid,
        "iban": trusted.iban if trusted is not None else None,
        "iban_state": known_iban(trusted).state.value if trusted is not None else "absent",
        "ibans": [_iban_json(one, names or {}) for one in known],
        "auxiliary": row.auxiliary,
        "aliases": [
            {"id": alias.id, "name": alias.name, "auxiliary": alias.auxiliary} for alias in aliases
        ],
        "merged_into_id": row.merged_into_id,
        "version": row.version,
    }


def _iban_json(row: Row[Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "iban": row.iban,
        "state": known_iban(row).state.value,
        "document_id": row.document_id,
        "asked_by": row.asked_by,
        "asked_by_name": names.get(row.asked_by or ""),
        "asked_at": row.asked_at.isoformat() if row.asked_at else None,
        "verified_by": row.verified_by,
        "verified_by_name": names.get(row.verified_by or ""),
        "verified_at": row.verified_at.isoformat() if row.verified_at else None,
        "how": row.how,
    }
