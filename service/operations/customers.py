"""Customers: found, made, put right, put away. One company has each legal number once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.customers import (
    LANGUAGES,
    NewCustomer,
    Terms,
    customer_code,
    electronic_address_of,
)
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.legal_ids import legal_id_of
from domain.people import Scope, Who
from domain.sales import Address, Party
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies
from service.operations.versions import must_be_at
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_c = t.customer.c
_CHUNK = 500
_LENGTHS = {
    "name": 200, "street": 200, "more": 200, "postcode": 20, "city": 100,
    "email": 254, "electronic_address": 100,
}  # fmt: skip
_ADDRESS = ("street", "more", "postcode", "city", "country")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ELECTRONIC = re.compile(r"[0-9A-Z]{4}:[0-9A-Za-z._-]{1,90}")
_VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,18}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def list_customers(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    q: str = "",
    archived: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """By name; `q` are words of names, cities, numbers, addresses or auxiliary codes."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        rows = connection.execute(
            select(t.customer).where(
                _c.company_id == company.id,
                within(who, t.customer),
                _c.archived_at.is_not(None) if archived else _c.archived_at.is_(None),
            )
        ).all()
    wanted = folded(q).split()
    chosen = [row for row in rows if _speaks_of(wanted, row)]
    chosen.sort(key=lambda row: (folded(row.name), row.id))
    ids = [row.id for row in chosen]
    start = ids.index(cursor) + 1 if cursor in ids else 0
    return page_of([customer_json(row) for row in chosen[start : start + limit + 1]], limit)


def _speaks_of(wanted: Iterable[str], row: Row[Any]) -> bool:
    said = folded(
        " ".join((row.name, row.city, row.legal_id or "", row.vat_id, row.email, row.auxiliary))
    )
    return all(word in said for word in wanted)


def get_customer(house: House, who: Who, customer_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return customer_json(find(connection, who, customer_id))


def find(connection: Connection, who: Who, customer_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.customer).where(_c.id == customer_id, within(who, t.customer))
    row = connection.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such customer.")
    return row


def find_all(
    connection: Connection, who: Who, customer_ids: Collection[str]
) -> dict[str, Row[Any]]:
    """Customers by id; NotFound when one is not there."""
    wanted = sorted(set(customer_ids))
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(t.customer).where(
            _c.id.in_(wanted[start : start + _CHUNK]), within(who, t.customer)
        )
        found |= {row.id: row for row in connection.execute(query)}
    if len(found) != len(wanted):
        raise NotFound("There is no such customer.")
    return found


def add_customer(
    house: House, who: Who, company_id: str | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        company = companies.find_or_only(connection, who, company_id)
        companies.find(connection, who, company.id, lock=True)
        new = new_customer(values, company.country)
        known = _with_legal_id(connection, company.id, new.legal_id)
        if known is not None:
            raise _exists(known)
        made = _insert(connection, house, who, company, [new])[0]
        return customer_json(find(connection, who, made))


def find_or_create(
    connection: Connection, house: House, who: Who, company: Row[Any], wanted: Sequence[NewCustomer]
) -> list[tuple[str, bool]]:
    """(id, made) of each: who has the legal number already, or a customer that is made now.

    Without a number they are always made. Somebody put away is brought back. The company's row is
    held: nobody makes the same one twice.
    """
    known = {
        row.legal_id: row
        for row in connection.execute(
            select(_c.id, _c.legal_id, _c.archived_at).where(_c.company_id == company.id)
        )
        if row.legal_id
    }
    first: dict[str, NewCustomer] = {}
    for new in wanted:
        if new.legal_id and new.legal_id not in known:
            first.setdefault(new.legal_id, new)
    to_make = [*first.values(), *(new for new in wanted if not new.legal_id)]
    ids = _insert(connection, house, who, company, to_make)
    made = {new.legal_id or id(new): customer for new, customer in zip(to_make, ids, strict=True)}
    back = [
        known[n.legal_id].id
        for n in wanted
        if n.legal_id in known and known[n.legal_id].archived_at is not None
    ]
    if back:
        connection.execute(update(t.customer).where(_c.id.in_(set(back))).values(archived_at=None))
    return [
        (made[new.legal_id or id(new)], True)
        if (new.legal_id or id(new)) in made
        else (known[new.legal_id].id, False)
        for new in wanted
    ]


def change_customer(
    house: House, who: Who, customer_id: str, values: Mapping[str, Any], version: int | None
) -> dict[str, Any]:
    """Put a customer right. Invoices that are finalised keep them as they were."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, customer_id, lock=True)
        must_be_at(row, version)
        given = {**_flat(customer_json(row)), **_flat(values)}
        new = new_customer(given, row.country)
        clean = _columns(new)
        known = _with_legal_id(connection, row.company_id, new.legal_id)
        if known is not None and known.id != row.id:
            raise _exists(known)
        changes = {k: v for k, v in clean.items() if v != getattr(row, k)}
        if changes:
            connection.execute(
                update(t.customer).where(_c.id == row.id).values(version=row.version + 1, **changes)
            )
            record_action(
                connection, house.now(), who, "customer.changed", row.id,
                company_id=row.company_id, what=sorted(changes),
            )  # fmt: skip
        return customer_json(find(connection, who, row.id))


def remember_email(
    connection: Connection, house: House, who: Who, row: Row[Any], address: str
) -> None:
    """Keep the address that something was sent to with a customer who had none."""
    connection.execute(
        update(t.customer).where(_c.id == row.id).values(email=address, version=row.version + 1)
    )
    record_action(
        connection, house.now(), who, "customer.changed", row.id,
        company_id=row.company_id, what=["email"],
    )  # fmt: skip


def archive_customer(
    house: House, who: Who, customer_id: str, archived: bool = True
) -> dict[str, Any]:
    """Put a customer away, or bring them back: nobody who was invoiced is ever removed."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, customer_id, lock=True)
        if (row.archived_at is not None) != archived:
            connection.execute(
                update(t.customer)
                .where(_c.id == row.id)
                .values(archived_at=house.now() if archived else None, version=row.version + 1)
            )
            record_action(
                connection, house.now(), who,
                "customer.archived" if archived else "customer.restored", row.id,
                company_id=row.company_id,
            )  # fmt: skip
        return customer_json(find(connection, who, row.id))


def new_customer(values: Mapping[str, Any], country: str = "FR") -> NewCustomer:
    """A customer from named values; Invalid says which cannot be. `country` unless they say."""
    given = _flat(values)
    text = {
        name: plain_text(str(given.get(name) or ""), length) for name, length in _LENGTHS.items()
    }
    if not text["name"]:
        raise Invalid("A customer has a name.", code="customer_name", fields=["name"])
    place = str(given.get("country") or country).strip().upper()
    _must(bool(_COUNTRY.fullmatch(place)), "country", "two letters, such as FR")
    try:
        number = legal_id_of(place, str(given.get("legal_id") or ""))
    except ValueError:
        raise Invalid(
            "This legal number has a wrong check digit or length.",
            code="customer_legal_id",
            advice="SIREN in France, UID in Switzerland, enterprise number in Belgium.",
            fields=["legal_id"],
        ) from None
    vat_id = re.sub(r"[^0-9A-Z+*]", "", str(given.get("vat_id") or "").upper())
    _must(not vat_id or bool(_VAT_ID.fullmatch(vat_id)), "vat_id", "it begins with its country")
    _must(not text["email"] or bool(_EMAIL.fullmatch(text["email"])), "email", "name@example.com")
    address = text["electronic_address"]
    _must(
        not address or bool(_ELECTRONIC.fullmatch(address)), "electronic_address", "0225:732829320"
    )
    language = str(given.get("language") or "fr")
    _must(language in LANGUAGES, "language", ", ".join(LANGUAGES))
    try:
        days = given.get("days")
        terms = Terms(30 if days in (None, "") else int(str(days)), bool(given.get("end_of_month")))
    except ValueError:
        raise Invalid("Terms are 0 to 120 days.", code="customer_value", fields=["days"]) from None
    return NewCustomer(
        name=text["name"],
        address=Address(text["street"], text["more"], text["postcode"], text["city"], place),
        legal_id=number,
        vat_id=vat_id,
        email=text["email"],
        electronic_address=address or electronic_address_of(place, number),
        terms=terms,
        language=language,
    )


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without the groups that the API has them in; what is null is not said."""
    groups = ("address", "terms")
    flat = {k: v for k, v in values.items() if v is not None and k not in groups}
    for group in groups:
        flat |= {k: v for k, v in (values.get(group) or {}).items() if v is not None}
    return flat


def _must(holds: bool, name: str, advice: str) -> None:
    if not holds:
        raise Invalid(
            f"{name} cannot be that.", code="customer_value", advice=f"{name}: {advice}.",
            fields=[name],
        )  # fmt: skip


def _insert(
    connection: Connection, house: House, who: Who, company: Row[Any], new: Sequence[NewCustomer]
) -> list[str]:
    """Write customers; a code that a supplier of the company has is not theirs as well."""
    if not new:
        return []
    taken = {
        code
        for table in (t.customer, t.supplier)
        for code in connection.scalars(
            select(table.c.auxiliary).where(table.c.company_id == company.id)
        )
    }
    rows = []
    for one in new:
        code = customer_code(one.name, taken)
        taken.add(code)
        rows.append(
            {
                "id": new_id("cus"),
                "organisation_id": company.organisation_id,
                "company_id": company.id,
                "auxiliary": code,
                "created_at": house.now(),
                **_columns(one),
            }
        )
    connection.execute(insert(t.customer), rows)
    ids = [str(row["id"]) for row in rows]
    record_action(connection, house.now(), who, "customer.added", *ids, company_id=company.id)
    return ids


def _columns(new: NewCustomer) -> dict[str, Any]:
    return {
        "name": new.name,
        "legal_id": new.legal_id or None,
        "vat_id": new.vat_id,
        **{name: getattr(new.address, name) for name in _ADDRESS},
        "email": new.email,
        "electronic_address": new.electronic_address,
        "terms_days": new.terms.days,
        "end_of_month": new.terms.end_of_month,
        "language": new.language,
    }


def _with_legal_id(connection: Connection, company_id: str, number: str) -> Row[Any] | None:
    if not number:
        return None
    return connection.execute(
        select(t.customer).where(_c.company_id == company_id, _c.legal_id == number)
    ).one_or_none()


def _exists(row: Row[Any]) -> Conflict:
    return Conflict(
        "A customer of this company has this number already.",
        code="customer_exists",
        advice="Use the one that is there.",
        customer_id=row.id,
    )


def party_of_row(row: Row[Any]) -> Party:
    """A customer as an invoice of today names them."""
    return Party(
        name=row.name,
        address=Address(*(getattr(row, name) for name in _ADDRESS)),
        legal_id=row.legal_id or "",
        vat_id=row.vat_id,
        email=row.email,
        electronic_address=row.electronic_address,
    )


def terms_of(row: Row[Any]) -> Terms:
    return Terms(row.terms_days, row.end_of_month)


def customer_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "legal_id": row.legal_id or "",
        "vat_id": row.vat_id,
        "address": {name: getattr(row, name) for name in _ADDRESS},
        "email": row.email,
        "electronic_address": row.electronic_address,
        "terms": {"days": row.terms_days, "end_of_month": row.end_of_month},
        "language": row.language,
        "auxiliary": row.auxiliary,
        "archived": row.archived_at is not None,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
    }
