"""The accounts a supplier is paid to: named, verified by a person, and taken back.

A change for a large amount takes two: the first asks, somebody else confirms. A key is not a second
person, for whoever has it may be the first. What was decided when is in the audit log.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select, update

from domain.errors import Conflict, Forbidden, Invalid, NotFound
from domain.ibans import IbanState, is_change, needs_two
from domain.identifiers import compact, iban_is_valid
from domain.journal import plain_text
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from service.operations.books import second_person_from
from service.operations.supplier_files import find, merged, view
from service.operations.suppliers import ibans_of, insert_iban, known_iban
from storage import tables as t
from storage.outbox import record_action, record_event
from storage.visibility import within

HOW_LENGTH = 300
_i = t.supplier_iban.c


def add_iban(house: House, who: Who, supplier_id: str, iban: str) -> dict[str, Any]:
    """Name another account of a supplier; it is unverified."""
    who.must(Scope.BOOKS_WRITE)
    text = compact(iban)
    if not iban_is_valid(text):
        raise Invalid(
            "The check digits of the IBAN are wrong.",
            code="iban_invalid",
            advice="Compare it with the paper, digit by digit.",
            fields=["iban"],
        )
    with house.store.transaction() as connection:
        row = find(connection, who, supplier_id, lock=True)
        if row.merged_into_id is not None:
            raise merged(row)
        if any(one.iban == text for one in ibans_of(connection, row.company_id, row.id)[row.id]):
            raise Conflict("The supplier has this account already.", code="iban_known")
        company = companies.find(connection, who, row.company_id)
        insert_iban(connection, house, company, row.id, text)
        record_action(
            connection, house.now(), who, "supplier.iban_added", row.id, company_id=row.company_id
        )
        return view(connection, who, supplier_id)


def verify_iban(
    house: House, who: Who, supplier_id: str, iban_id: str, how: str = ""
) -> dict[str, Any]:
    """A person verified an account, and says how: whom they called back, say.

    Of a supplier who is paid elsewhere so far this is a change: it asks for a second person, who
    says so in the same way.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, supplier_id, lock=True)
        iban = _iban(connection, who, row, iban_id)
        company = companies.find(connection, who, row.company_id)
        known = [known_iban(r) for r in ibans_of(connection, row.company_id, row.id)[row.id]]
        two = is_change(iban.iban, known) and needs_two(None, second_person_from(company))
        _confirm(house, connection, who, row, iban, two=two, how=how)
        return view(connection, who, supplier_id)


def withdraw_iban(house: House, who: Who, supplier_id: str, iban_id: str) -> dict[str, Any]:
    """Take a verification, or the question for one, back: the account is unverified again."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, supplier_id, lock=True)
        iban = _iban(connection, who, row, iban_id)
        if known_iban(iban).state is IbanState.UNVERIFIED:
            raise Conflict("Nobody has verified this account.", code="iban_not_verified")
        connection.execute(
            update(t.supplier_iban)
            .where(_i.id == iban.id)
            .values(asked_by=None, asked_at=None, verified_by=None, verified_at=None, how=None)
        )
        _tell(house, connection, who, row, iban, "supplier.iban_withdrawn")
        return view(connection, who, supplier_id)


def confirm_of_document(
    house: House,
    connection: Connection,
    who: Who,
    company: Row[Any],
    supplier_id: str,
    iban: str,
    document_id: str,
    amount: Decimal | None,
    how: str,
) -> None:
    """Pay a supplier to the account on a document from now on; for a large amount, once a second
    person says so as well.
    """
    row = find(connection, who, supplier_id, lock=True)
    known = ibans_of(connection, row.company_id, row.id)[row.id]
    found = next((one for one in known if one.iban == iban), None)
    if found is None:
        iban_id = insert_iban(connection, house, company, row.id, iban, document_id)
        found = _iban(connection, who, row, iban_id)
    changes = is_change(iban, [known_iban(one) for one in known])
    two = changes and needs_two(amount, second_person_from(company))
    _confirm(house, connection, who, row, found, two=two, how=how)


def _confirm(
    house: House,
    connection: Connection,
    who: Who,
    row: Row[Any],
    iban: Row[Any],
    *,
    two: bool,
    how: str,
) -> None:
    """Write down that `who` speaks for an account; with `two`, the second one verifies it."""
    known, now = known_iban(iban), house.now()
    values: dict[str, Any] = {}
    said = plain_text(how, HOW_LENGTH)
    if said:
        values["how"] = f"{iban.how} · {said}"[:HOW_LENGTH] if iban.how else said
    if not two:
        values |= {"verified_by": who.id, "verified_at": now}
    elif known.first_person is None:
        values |= {"asked_by": who.id, "asked_at": now}
    else:
        _must_be_second(who, known.first_person)
        values |= {"verified_by": who.id, "verified_at": now}
        if not iban.asked_by:  # one person had verified it for smaller amounts
            values |= {"asked_by": iban.verified_by, "asked_at": iban.verified_at}
    connection.execute(update(t.supplier_iban).where(_i.id == iban.id).values(**values))
    asked = "verified_by" not in values
    _tell(
        house, connection, who, row, iban,
        "supplier.iban_asked" if asked else "supplier.iban_verified",
    )  # fmt: skip


def _must_be_second(who: Who, first: str) -> None:
    if who.id == first:
        raise Forbidden(
            "Somebody else must confirm this account.",
            code="second_person",
            advice="Ask a colleague who may post; you have asked already.",
        )
    if not who.id.startswith("usr_"):
        raise Forbidden(
            "A key is not a second person.",
            code="second_person",
            advice="A colleague who may post confirms it on the page of the supplier.",
        )


def _tell(
    house: House,
    connection: Connection,
    who: Who,
    row: Row[Any],
    iban: Row[Any],
    type_: str,
) -> None:
    """The world is told of the account by its last four signs: events travel."""
    record_event(
        connection,
        house.now(),
        organisation_id=row.organisation_id,
        company_id=row.company_id,
        type_=type_,
        subject=row.id,
        who=who,
        data={"supplier_id": row.id, "iban_id": iban.id, "iban_ends_with": iban.iban[-4:]},
    )


def _iban(connection: Connection, who: Who, row: Row[Any], iban_id: str) -> Row[Any]:
    found = connection.execute(
        select(t.supplier_iban).where(
            _i.id == iban_id, _i.supplier_id == row.id, within(who, t.supplier_iban)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("The supplier has no such account.")
    return found
