"""The last step of a spreadsheet: its rows become drafts and customers, all of them or none; and back.

Once for each file. What is made is what the recap said: if customers or rates have changed since,
nothing is made and a person looks again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from domain.customers import NewCustomer
from domain.drafts import NewDraft
from domain.drafts import State as DraftState
from domain.errors import Conflict
from domain.people import Scope, Who
from domain.sales import Address
from domain.spreadsheets import State
from domain.spreadsheets.drafts import Draft, recap_of
from service.house import House
from service.operations import companies
from service.operations import spreadsheet_conditions as conditions
from service.operations.customers import find_or_create
from service.operations.drafts import create_drafts
from service.operations.spreadsheet_sheets import forget, look
from service.operations.spreadsheet_views import recap_json, view_json
from service.operations.versions import must_be_at
from storage import tables as t
from storage.outbox import record_event

_c = t.spreadsheet_import.c


def import_drafts(house: House, who: Who, import_id: str, version: int | None) -> dict[str, Any]:
    """Make the drafts that the recap said, and the customers they need."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = conditions.find(connection, who, import_id)
        company = companies.find(connection, who, row.company_id, lock=True)
        row = conditions.find(connection, who, import_id, lock=True)
        conditions.must_be_open(row, version)
        if row.state != State.RECAP:
            raise Conflict(
                "Nobody has agreed to the recap of this import yet.",
                code="spreadsheet_no_recap",
                advice="Give its drafts a name and a day first.",
            )
        conditions.must_be_new(connection, company.id, row.sha256)
        conditions.must_have_invoiced(connection, who, company.id)
        conditions.must_follow(connection, company.id, row.issue_date)
        seen = look(connection, house, who, row)
        conditions.must_be_sound(len(seen.faults), len(seen.drafts))
        if recap_json(recap_of(seen.drafts)) != row.recap:
            raise Conflict(
                "What this import would make has changed since its recap.",
                code="spreadsheet_recap_changed",
                advice="Look at the recap again.",
            )
        made = _make(connection, house, who, company, row, seen.drafts)
        row = connection.execute(
            update(t.spreadsheet_import)
            .where(_c.id == row.id)
            .values(
                version=row.version + 1,
                state=State.IMPORTED,
                lines=row.recap["lines"],
                drafts=len(made),
                imported_by=who.id,
                imported_at=house.now(),
            )
            .returning(t.spreadsheet_import)
        ).one()
        record_event(
            connection,
            house.now(),
            organisation_id=row.organisation_id,
            who=who,
            company_id=row.company_id,
            type_="spreadsheet.imported",
            subject=row.id,
            data={
                "spreadsheet_import_id": row.id,
                "name": row.name,
                "common_name": row.common_name,
                "issue_date": row.issue_date.isoformat(),
                "lines": row.lines,
                "drafts": row.drafts,
                "totals": row.recap["totals"],
            },
        )
        forget(row.id)
        return view_json(connection, house, who, row)


def undo_import(
    house: House, who: Who, import_id: str, version: int | None = None
) -> dict[str, Any]:
    """Take all drafts of an import back: its cells can be put right and imported again. Conflict once
    one of them was changed, merged or finalised. Customers that it made stay.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = conditions.find(connection, who, import_id)
        companies.find(connection, who, row.company_id, lock=True)
        row = conditions.find(connection, who, import_id, lock=True)
        must_be_at(row, version)
        if row.state != State.IMPORTED:
            raise Conflict(
                "This spreadsheet is not imported.",
                code="spreadsheet_not_imported",
                advice="Load the page again.",
            )
        s = t.sales_invoice.c
        mine = (s.born_from == row.id, s.company_id == row.company_id)
        there = (*mine, s.deleted_at.is_(None))
        untouched = (s.state == DraftState.DRAFT, s.version == 1, s.merged_into_id.is_(None))
        gone = connection.execute(
            update(t.sales_invoice)
            .where(*there, *untouched)
            .values(deleted_at=house.now(), version=2)
        ).rowcount
        left = connection.scalar(select(func.count()).where(*there))
        if left:
            raise Conflict(
                "Drafts of this import were changed, merged or finalised.",
                code="spreadsheet_used",
                advice="Undo what was done with them, or delete the drafts that are left.",
                drafts=left,
            )
        # What is brought back one by one from now on is a draft of its own.
        connection.execute(update(t.sales_invoice).where(*mine).values(born_from=None))
        record_event(
            connection,
            house.now(),
            organisation_id=row.organisation_id,
            who=who,
            company_id=row.company_id,
            type_="spreadsheet.undone",
            subject=row.id,
            data={"spreadsheet_import_id": row.id, "name": row.name, "drafts": gone},
        )
        row = connection.execute(
            update(t.spreadsheet_import)
            .where(_c.id == row.id)
            .values(
                version=row.version + 1,
                state=State.REVIEW,
                recap=None,
                lines=0,
                drafts=0,
                imported_by=None,
                imported_at=None,
            )
            .returning(t.spreadsheet_import)
        ).one()
        return view_json(connection, house, who, row)


def _make(
    connection: Connection,
    house: House,
    who: Who,
    company: Row[Any],
    row: Row[Any],
    drafts: tuple[Draft, ...],
) -> list[str]:
    customers = find_or_create(
        connection, house, who, company, [_customer(draft, company.country) for draft in drafts]
    )
    made = create_drafts(
        connection,
        house,
        who,
        company,
        [
            NewDraft(
                customer_id=customer_id,
                lines=draft.lines,
                name=row.common_name,
                issued_on=row.issue_date,
                currency=draft.currency,
                order_reference=draft.order_reference,
                born_from=row.id,
            )
            for draft, (customer_id, _) in zip(drafts, customers, strict=True)
        ],
    )
    _must_add_up(connection, row)
    return made


def _must_add_up(connection: Connection, row: Row[Any]) -> None:
    """What is there now, counted by the database, is what the recap said; a fault otherwise, which
    takes everything back.
    """
    s = t.sales_invoice.c
    found = [
        {"currency": c, "net": f"{net:.2f}", "vat": f"{vat:.2f}", "gross": f"{gross:.2f}"}
        for c, net, vat, gross in connection.execute(
            select(
                s.currency, func.sum(s.net_total), func.sum(s.vat_total), func.sum(s.gross_total)
            )
            .where(s.born_from == row.id, s.company_id == row.company_id)
            .group_by(s.currency)
            .order_by(s.currency)
        )
    ]
    if found != row.recap["totals"]:
        raise RuntimeError(f"drafts of {row.id} do not add up to their recap")


def _customer(draft: Draft, country: str) -> NewCustomer:
    address = Address(
        street=draft.street, postcode=draft.postcode, city=draft.city, country=country
    )
    return NewCustomer(draft.customer_name, address, legal_id=draft.customer_id, email=draft.email)
