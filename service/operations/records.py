"""What is to be invoiced: hours, tickets, goods, expenses. Open until a draft has them.

A draft claims a record and no other can; deleting the draft, or putting the line back, frees it;
finalising makes it invoiced for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from domain.contracts import BLOCKS, day_of
from domain.errors import Conflict, Invalid, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.sales import SalesLine
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies, contracts, customers
from service.operations.sales_lines import plain, typed_line
from storage import tables as t
from storage.outbox import record_action
from storage.sales import line_value
from storage.visibility import within

KINDS = ("time", "ticket", "product", "expense")
OPEN, DRAFTED, INVOICED = "open", "drafted", "invoiced"
_r = t.sales_record.c
_CHUNK = 500


def add_record(
    house: House, who: Who, customer_id: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        customer = customers.find(connection, who, customer_id)
        company = companies.find(connection, who, customer.company_id)
        values = _of_its_contract(connection, who, company, customer, values)
        kind = str(values.get("kind") or "product")
        if kind not in KINDS:
            raise Invalid(
                "There is no such kind of record.",
                code="record_kind",
                advice="Use " + ", ".join(KINDS) + ".",
                fields=["kind"],
            )
        line = typed_line(values, company, customer)
        made = insert_records(connection, house, who, customer, [(kind, line)])[0]
        connection.execute(update(t.sales_record).where(_r.id == made).values(**_place(values)))
        return record_json(find(connection, who, made))


def _of_its_contract(
    connection: Connection,
    who: Who,
    company: Row[Any],
    customer: Row[Any],
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """What was said of a record, with the price, the rate and the day that follow from it."""
    said = {name: value for name, value in values.items() if value is not None}
    if said.get("happened_at"):
        said.setdefault("served_on", _day_there(str(said["happened_at"]), company))
    if not said.get("contract_id"):
        return said
    row = contracts.find(connection, who, str(said["contract_id"]))
    if row.customer_id != customer.id:
        raise Invalid(
            "This contract is with another customer.", code="contract_customer",
            fields=["contract_id"],
        )  # fmt: skip
    contract = contracts.value_of(row)
    usual: dict[str, Any] = {"vat_rate": contract.rate, "nature": contract.nature.value}
    if said.get("kind") == "time":
        usual |= {"unit_price": contract.price, "unit": "h"}
        if contract.kind in BLOCKS:
            usual["unit_price"] = contract.overage_price
    return usual | said


def _day_there(moment: str, company: Row[Any]) -> date:
    try:
        return day_of(datetime.fromisoformat(moment), contracts.zone_of(company))
    except ValueError:
        raise Invalid(
            "A moment is written with its time zone, as 2026-11-22T14:30:00Z.",
            code="record_moment",
            fields=["happened_at"],
        ) from None


def _place(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "contract_id": values.get("contract_id") or None,
        "ticket": plain_text(str(values.get("ticket") or ""), 200),
        "finished": bool(values.get("finished", True)),
    }


def finish(house: House, who: Who, record_id: str, finished: bool) -> dict[str, Any]:
    """Say that work is finished, or not after all; Conflict once a draft has it."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, record_id)
        changed = connection.execute(
            update(t.sales_record)
            .where(_r.id == row.id, _r.state == OPEN, _r.deleted_at.is_(None))
            .values(finished=finished)
        ).rowcount
        if not changed:
            raise _taken(row.id)
        record_action(
            connection, house.now(), who, "record.finished", row.id,
            company_id=row.company_id, finished=finished,
        )  # fmt: skip
        return record_json(find(connection, who, row.id))


def insert_records(
    connection: Connection,
    house: House,
    who: Who,
    customer: Row[Any],
    records: Sequence[tuple[str, SalesLine]],
) -> list[str]:
    """Write records (kind, what is sold) of a customer; their ids."""
    rows = [
        {
            "id": new_id("rec"),
            "organisation_id": customer.organisation_id,
            "company_id": customer.company_id,
            "customer_id": customer.id,
            "kind": kind,
            "state": OPEN,
            "text": line.text,
            "details": line.details,
            "quantity": line.quantity,
            "unit": line.unit,
            "unit_price": line.unit_price,
            "discount_percent": line.discount_percent,
            "vat_rate": line.vat_rate,
            "treatment": line.treatment,
            "nature": line.nature.value,
            "account": line.account,
            "served_on": line.served_on,
            "made_by": who.id,
            "created_at": house.now(),
        }
        for kind, line in records
    ]
    if rows:
        connection.execute(insert(t.sales_record), rows)
        record_action(
            connection, house.now(), who, "record.added", customer.id,
            company_id=customer.company_id, records=len(rows),
        )  # fmt: skip
    return [row["id"] for row in rows]


def list_records(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    customer_id: str | None = None,
    open_only: bool = True,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """Records, the oldest first; those that are to be invoiced unless all are asked for."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    query = select(t.sales_record).where(within(who, t.sales_record), _r.deleted_at.is_(None))
    if company_id is not None:
        query = query.where(_r.company_id == company_id)
    if customer_id is not None:
        query = query.where(_r.customer_id == customer_id)
    if open_only:
        query = query.where(_r.state == OPEN)
    if cursor is not None:
        query = query.where(_r.id > cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_r.id).limit(limit + 1)).all()
    return page_of([record_json(row) for row in rows], limit)


def delete_record(house: House, who: Who, record_id: str) -> dict[str, Any]:
    """Take back what is not to be invoiced after all."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, record_id)
        changed = connection.execute(
            update(t.sales_record)
            .where(_r.id == row.id, _r.state == OPEN, _r.deleted_at.is_(None))
            .values(deleted_at=house.now())
        ).rowcount
        if not changed:
            raise _taken(row.id)
        record_action(
            connection, house.now(), who, "record.deleted", row.id, company_id=row.company_id
        )
        return record_json(find(connection, who, row.id))


def find(connection: Connection, who: Who, record_id: str) -> Row[Any]:
    row = connection.execute(
        select(t.sales_record).where(_r.id == record_id, within(who, t.sales_record))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such record.")
    return row


def open_records(connection: Connection, who: Who, record_ids: Collection[str]) -> list[Row[Any]]:
    """The records of these ids, all open and of one customer, in the order they were made."""
    wanted = dict.fromkeys(record_ids)
    rows = connection.execute(
        select(t.sales_record)
        .where(_r.id.in_(list(wanted)), within(who, t.sales_record), _r.deleted_at.is_(None))
        .order_by(_r.id)
    ).all()
    if not wanted or len(rows) != len(wanted):
        raise NotFound("There is no such record.")
    taken = next((row for row in rows if row.state != OPEN), None)
    if taken is not None:
        raise _taken(taken.id)
    if len({row.customer_id for row in rows}) > 1:
        raise Invalid(
            "These records are of several customers.",
            code="record_customers",
            advice="Make one draft for each customer.",
            fields=["record_ids"],
        )
    return list(rows)


def claim(
    connection: Connection, company: Row[Any], record_ids: Mapping[str, Collection[str]]
) -> None:
    """Let drafts have records, draft → records; Conflict when one is taken."""
    wanted = [record for records in record_ids.values() for record in records]
    free: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = select(_r.id).where(
            _r.id.in_(wanted[start : start + _CHUNK]),
            _r.company_id == company.id,
            _r.state == OPEN,
            _r.deleted_at.is_(None),
        )
        free |= set(connection.scalars(query.order_by(_r.id).with_for_update()))
    for record_id in wanted:
        if record_id not in free:
            raise _taken(record_id)
        free.remove(record_id)  # one that is wanted twice is taken, too
    if wanted:
        connection.execute(
            update(t.sales_record).where(_r.id == bindparam("own_id")),
            [
                {"own_id": record_id, "state": DRAFTED, "invoice_id": invoice_id}
                for invoice_id, records in record_ids.items()
                for record_id in records
            ],
        )


def free(connection: Connection, record_ids: Collection[str]) -> None:
    """Let records of a draft be invoiced by another."""
    if record_ids:
        connection.execute(
            update(t.sales_record)
            .where(_r.id.in_(sorted(record_ids)), _r.state == DRAFTED)
            .values(state=OPEN, invoice_id=None)
        )


def move(connection: Connection, record_ids: Collection[str], invoice_id: str) -> None:
    """Records whose lines went to another draft are that one's."""
    if record_ids:
        connection.execute(
            update(t.sales_record)
            .where(_r.id.in_(sorted(record_ids)), _r.state == DRAFTED)
            .values(invoice_id=invoice_id)
        )


def settle(connection: Connection, invoice_ids: Collection[str]) -> None:
    """What finalised invoices have is invoiced."""
    connection.execute(
        update(t.sales_record).where(_r.invoice_id.in_(invoice_ids)).values(state=INVOICED)
    )


def line_of(row: Row[Any]) -> SalesLine:
    return line_value(row, [row.id])


def _taken(record_id: str) -> Conflict:
    return Conflict(
        "This record is on a draft or an invoice already.",
        code="record_taken",
        advice="Leave it out, or put its line back first.",
        record_id=record_id,
    )


def record_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "customer_id": row.customer_id,
        "kind": row.kind,
        "state": row.state,
        "invoice_id": row.invoice_id,
        "text": row.text,
        "details": row.details,
        "quantity": plain(row.quantity),
        "unit": row.unit,
        "unit_price": plain(row.unit_price),
        "discount_percent": plain(row.discount_percent),
        "vat_rate": plain(row.vat_rate),
        "treatment": row.treatment,
        "nature": row.nature,
        "account": row.account,
        "served_on": _day(row.served_on),
        "contract_id": row.contract_id,
        "ticket": row.ticket,
        "finished": row.finished,
        "net": str(line_of(row).net),
        "deleted": row.deleted_at is not None,
        "created_at": row.created_at.isoformat(),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
