"""Taking over the books of an earlier program: accounts, suppliers, and history to suggest from.

From a FEC, or from tables of accounts, suppliers or analytic codes; the file says which it is. What is there
already stays and is counted, so that sending a file again adds nothing. No entry is posted: the
past is kept beside the journal, for suggestions alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain import fec_file
from domain.book_tables import AccountRow, CodeRow, SupplierRow, read_table
from domain.countries import country
from domain.fec_file import Faults
from domain.filenames import clean_filename
from domain.findings import Finding, Reading
from domain.ids import new_id
from domain.past_books import PastBooks, PastLine, past_books
from domain.people import Scope, Who
from domain.suppliers import Identity, Supplier, auxiliary_code, identity_of, keys_of, matching
from service.house import House
from service.operations import analytics, companies, suppliers
from storage import tables as t
from storage.outbox import record_action

MOST_SHOWN = 100
_CHUNK = 500


def take_over(
    house: House, who: Who, company_id: str | None, name: str, content: bytes
) -> dict[str, Any]:
    """Add to a company's books what a file has and they have not; what was added, what was there
    already, and the rows that could not be taken.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
    kind, past, faults, codes = _read(content, company.country)
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company.id, lock=True)
        numbers, of_accounts = _accounts(connection, company, past.accounts)
        ids, of_suppliers = _suppliers(connection, house, company, past.suppliers)
        of_history = _history(connection, house, company, past.lines, numbers, ids)
        of_codes = analytics.take_over(connection, house, company, codes)
        if past.account_length is not None:
            settings = {**(company.settings or {}), "account_length": past.account_length}
            connection.execute(
                update(t.company).where(t.company.c.id == company.id).values(settings=settings)
            )
        record_action(
            connection,
            house.now(),
            who,
            "books.imported",
            company.id,
            company_id=company.id,
            kind=kind,
            accounts=of_accounts["added"],
            suppliers=of_suppliers["added"],
            history=of_history["added"],
            analytic_codes=of_codes["added"],
        )
    return {
        "company_id": company.id,
        "name": clean_filename(name, "books"),
        "kind": kind,
        "accounts": of_accounts,
        "suppliers": of_suppliers,
        "history": of_history,
        "analytic_codes": of_codes,
        "faults": faults_json(faults),
        "faults_number": faults.number,
    }


def faults_json(faults: Faults) -> list[dict[str, Any]]:
    """The first faults of a file, as the API and the page tell them."""
    return [asdict(fault) for fault in faults.found[:MOST_SHOWN]]


def _read(content: bytes, country_code: str) -> tuple[str, PastBooks, Faults, Sequence[CodeRow]]:
    if fec_file.looks_like(content):
        file = fec_file.read(content)
        return "fec", past_books(file.records, country(country_code)), file.faults, ()
    table = read_table(content)
    past = PastBooks(table.accounts, table.suppliers, (), None)
    return table.kind, past, table.faults, table.codes


def _accounts(
    connection: Connection, company: Row[Any], rows: Sequence[AccountRow]
) -> tuple[dict[str, str], dict[str, int]]:
    """Their number → ours. Firms pad, so 606400 is our 6064; their label counts before ours."""
    c = t.account.c
    chart = country(company.country).chart
    known = connection.execute(
        select(c.number, c.label_fr).where(c.company_id == company.id).order_by(c.number.desc())
    ).all()
    labels = {row.number: row.label_fr for row in known}
    bare = {row.number.rstrip("0"): row.number for row in known}
    counts = {"added": 0, "renamed": 0, "known": 0}
    numbers: dict[str, str] = {}
    met: set[str] = set()  # 6064 and 606400 in one file are one account: the first label counts
    new: list[dict[str, Any]] = []
    for row in rows:
        ours = row.number if row.number in labels else bare.get(row.number.rstrip("0"))
        numbers[row.number] = ours or row.number
        if ours is None:
            above = chart.get(row.number)
            labels[row.number] = bare[row.number.rstrip("0")] = row.number
            new.append(
                {
                    "id": new_id("acc"),
                    "organisation_id": company.organisation_id,
                    "company_id": company.id,
                    "number": row.number,
                    "label_fr": row.label,
                    "label_en": row.label,
                    "role": above.role if above else "",
                }
            )
        elif labels[ours] != row.label and ours not in met:
            counts["renamed"] += 1
            connection.execute(
                update(t.account)
                .where(c.company_id == company.id, c.number == ours)
                .values(label_fr=row.label)
            )
        else:
            counts["known"] += 1
        met.add(numbers[row.number])
    for chunk in _chunks(new):
        connection.execute(insert(t.account), chunk)
    return numbers, {**counts, "added": len(new)}


def _suppliers(
    connection: Connection, house: House, company: Row[Any], rows: Sequence[SupplierRow]
) -> tuple[dict[str, str], dict[str, int]]:
    """Their auxiliary code → our supplier. Nothing that we know is replaced; what we lack is added."""
    known = {one.id: one for one in suppliers.known_suppliers(connection, company.id)}
    by_code = suppliers.owners_of_codes(connection, company.id)
    by_key: dict[str, list[Supplier]] = {}
    for supplier in known.values():
        _index(by_key, supplier)
    counts = {"added": 0, "completed": 0, "known": 0}
    ids: dict[str, str] = {}
    for row in rows:
        identity = _identity(row)
        alike = (s for key in keys_of(identity) for s in by_key.get(key, ()))
        found = known.get(by_code.get(row.auxiliary, "")) or matching(identity, alike)
        if found is None:
            code = row.auxiliary or auxiliary_code(identity.name, by_code)
            found = suppliers.insert_supplier(connection, house, company, identity, code)
            counts["added"] += 1
        else:
            news = suppliers.complete(connection, house, company, found, identity)
            counts["completed" if news else "known"] += 1
            found = replace(found, aliases=(*found.aliases, identity)) if news else found
        known[found.id] = found
        by_code.setdefault(found.auxiliary, found.id)
        _index(by_key, found)
        if row.auxiliary:
            ids[row.auxiliary] = found.id
    return ids, counts


def _identity(row: SupplierRow) -> Identity:
    """Who a row names, tidied as what is read from paper is."""
    values = {
        "supplier_name": row.name,
        "supplier_siren": row.siren,
        "supplier_vat_id": row.vat_id,
        "supplier_uid": row.uid,
        "iban": row.iban,
    }
    fields = {k: Finding(v, 1.0, source="person") for k, v in values.items() if v}
    return identity_of(Reading(fields=fields))


def _index(by_key: dict[str, list[Supplier]], supplier: Supplier) -> None:
    accounts = (f"iban:{iban}" for iban in supplier.paid_to)
    for key in {key for one in supplier.identities for key in keys_of(one)}.union(accounts):
        by_key.setdefault(key, []).append(supplier)


def _history(
    connection: Connection,
    house: House,
    company: Row[Any],
    lines: Sequence[PastLine],
    numbers: dict[str, str],
    ids: dict[str, str],
) -> dict[str, int]:
    c = t.past_posting.c
    known = set(connection.scalars(select(c.key).where(c.company_id == company.id)))
    new = [line for line in lines if line.key not in known]
    for chunk in _chunks(new):
        connection.execute(
            insert(t.past_posting),
            [
                {
                    "id": new_id("pas"),
                    "organisation_id": company.organisation_id,
                    "company_id": company.id,
                    "supplier_id": ids[line.auxiliary],
                    "account": numbers[line.account],
                    "treatment": line.treatment,
                    "text": line.text,
                    "reference": line.reference,
                    "day": line.day,
                    "key": line.key,
                    "created_at": house.now(),
                }
                for line in chunk
            ],
        )
    return {"added": len(new), "known": len(lines) - len(new)}


def _chunks(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[at : at + _CHUNK] for at in range(0, len(rows), _CHUNK))
