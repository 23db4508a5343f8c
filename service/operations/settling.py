"""A person settles a problem of a document: with a word that is kept beside it, or by what it asks for.

What can be done about which problem is said in `domain.settlements`; putting another value into a
field is a correction like any other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, insert, update

from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.people import Scope, Who
from domain.problems import Problem
from domain.settlements import How, Way, ways_of
from service.house import House
from service.operations import (
    companies,
    documents,
    locks,
    removal,
    supplier_ibans,
    suppliers,
)
from service.operations.acceptance import given_reason
from service.operations.proposals import Prepared, prepare
from service.operations.proposed import problem_json
from storage import tables as t
from storage.outbox import record_action

BY_WORD: frozenset[How] = frozenset({"accept", "same", "other", "ask_second", "confirm_iban"})
"""Ways that are taken here; the others are corrections, or lines that a person writes."""


def settle(
    house: House,
    who: Who,
    document_id: str,
    *,
    code: str,
    field: str | None,
    how: str,
    reason: str = "",
    version: int | None = None,
) -> dict[str, Any]:
    """Settle one problem as it stands now; the document as it then is."""
    who.must(Scope.DOCUMENTS_WRITE)
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id, lock=True)
        if version is not None and row.version != version:
            raise documents.stale(connection, row, version)
        locks.must_be_free(connection, who, row.id, house.now())
        company = companies.find(connection, who, row.company_id)
        prepared = prepare(connection, company, row, house.now().date())
        problem = next(
            (p for p in prepared.proposal.problems if (p.code, p.field) == (code, field)), None
        )
        if problem is None:
            raise NotFound("The document does not have this problem.")
        way = _way(prepared, problem, how)
        said = given_reason(reason) if way.needs_reason else reason.strip()[:300]
        if how in ("ask_second", "confirm_iban"):
            _confirm_iban(house, connection, who, company, prepared, said)
        if how == "same":
            removal.delete(house, connection, who, row)
        else:
            connection.execute(
                update(t.document).where(t.document.c.id == row.id).values(version=row.version + 1)
            )
        _remember(house, connection, who, row, prepared, problem, how, said)
        record_action(
            connection,
            house.now(),
            who,
            "document.settled",
            row.id,
            company_id=row.company_id,
            problem=problem.code,
            how=how,
        )
        return documents.view(connection, who, document_id)


def create_supplier(house: House, who: Who, document_id: str) -> dict[str, Any]:
    """Make the supplier that a document names, before it is posted; Conflict when there is one."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = documents.find(connection, who, document_id)
        company = companies.find(connection, who, row.company_id, lock=True)
        prepared = prepare(connection, company, row, house.now().date())
        if prepared.supplier_id is not None:
            raise Conflict(
                "This supplier exists already.",
                code="supplier_exists",
                advice="Use the one that is there.",
                supplier_id=prepared.supplier_id,
            )
        if not prepared.identity.name:
            raise Invalid("A supplier has a name.", code="supplier_name", fields=["supplier_name"])
        made = suppliers.insert_supplier(connection, house, company, prepared.identity)
        record_action(
            connection, house.now(), who, "supplier.added", made.id, company_id=company.id
        )
        return suppliers.one_json(connection, made.id)


def _way(prepared: Prepared, problem: Problem, how: str) -> Way:
    values = {name: found.value for name, found in prepared.reading.fields.items()}
    ways = {way.how: way for way in ways_of(problem, values) if way.how in BY_WORD}
    found = next((way for name, way in ways.items() if name == how), None)
    if found is None or prepared.settlement(problem) is not None:
        raise Invalid(
            "This problem is not settled in this way.",
            code="no_such_way",
            advice="GET …/proposed-entry names the ways of each problem; values are corrected "
            "with PATCH.",
            ways=sorted(ways),
        )
    return found


def _confirm_iban(
    house: House,
    connection: Connection,
    who: Who,
    company: Row[Any],
    prepared: Prepared,
    how: str,
) -> None:
    """Pay this supplier to the account on the document from now on, as soon as enough say so."""
    who.must(Scope.BOOKS_WRITE)
    supplier_id, iban = prepared.supplier_id, prepared.identity.iban
    if supplier_id is None:  # its first invoice: whose account is verified must be known
        supplier_id = suppliers.insert_supplier(connection, house, company, prepared.identity).id
    assert iban is not None
    supplier_ibans.confirm_of_document(
        house,
        connection,
        who,
        company,
        supplier_id,
        iban,
        prepared.document.id,
        prepared.purchase.gross,
        how,
    )


def _remember(
    house: House,
    connection: Connection,
    who: Who,
    row: Row[Any],
    prepared: Prepared,
    problem: Problem,
    how: str,
    reason: str,
) -> None:
    # The same thing may have been noticed twice, while reading and while posting.
    seen = [p for p in prepared.found if (p.code, p.field) == (problem.code, problem.field)]
    connection.execute(
        insert(t.correction).values(
            id=new_id("cor"),
            organisation_id=who.organisation_id,
            document_id=row.id,
            field="problem",
            before=[problem_json(p) for p in seen],
            after={"how": how, "reason": reason},
            made_by=who.id,
            created_at=house.now(),
        )
    )
