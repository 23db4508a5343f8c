"""What is to be invoiced: hours, tickets, goods, expenses. Open until a draft has them.

A draft claims a record and no other can; deleting the draft, or putting the line back, frees it;
finalising makes it invoiced for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
from service.operations.versions import must_be_at
from storage import tables as t
from storage.outbox import record_action
from storage.sales import line_value
from storage.visibility import within

KINDS = ("time", "ticket", "product", "expense")
_CHUNK = 500
STATES = OPEN, DRAFTED, INVOICED = "open", "drafted", "invoiced"
_r, _i = t.sales_record.c, t.sales_invoice.c
_SAID = (
    "kind", "text", "details", "quantity", "unit", "unit_price", "discount_percent", "vat_rate",
    "treatment", "nature", "account", "served_on", "contract_id", "ticket", "finished",
)  # fmt: skip
_SHOWN = (
    select(
        t.sales_record,
        t.customer.c.name.label("customer_name"),
        t.contract.c.name.label("contract_name"),
        _i.number.label("invoice_number"),
        _i.name.label("invoice_name"),
        _i.title.label("invoice_title"),
    )
    .join(t.customer, t.customer.c.id == _r.customer_id)
    .outerjoin(t.contract, t.contract.c.id == _r.contract_id)
    .outerjoin(t.sales_invoice, _i.id == _r.invoice_id)
)


def add_record(
    house: House, who: Who, customer_id: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        customer = customers.find(connection, who, customer_id)
        company = companies.find(connection, who, customer.company_id)
        named = str(values.get("contract_id") or "")
        contract = contracts.find(connection, who, named) if named else None
        new = new_record(values, company, customer, contract)
        made = insert_records(connection, house, who, [(customer, new)])[0]
        return record_json(find(connection, who, made))


@dataclass(frozen=True, slots=True)
class NewRecord:
    kind: str
    line: SalesLine
    contract_id: str | None = None
    ticket: str = ""
    finished: bool = True


def new_record(
    values: Mapping[str, Any], company: Row[Any], customer: Row[Any], contract: Row[Any] | None
) -> NewRecord:
    """A record of named values, with the price, the rate and the day that follow from its contract
    and its moment; Invalid says which cannot be.
    """
    said = {name: value for name, value in values.items() if value not in (None, "")}
    if said.get("happened_at"):
        said.setdefault("served_on", _day_there(str(said["happened_at"]), company))
    if contract is not None:
        said = _usual(said, customer, contract) | said
    kind = str(said.get("kind") or "product")
    if kind not in KINDS:
        raise Invalid(
            "There is no such kind of record.",
            code="record_kind",
            advice="Use " + ", ".join(KINDS) + ".",
            fields=["kind"],
        )
    return NewRecord(
        kind,
        typed_line(said, company, customer),
        contract.id if contract is not None else None,
        plain_text(str(said.get("ticket") or ""), 200),
        bool(said.get("finished", True)),
    )


def _usual(said: Mapping[str, Any], customer: Row[Any], row: Row[Any]) -> dict[str, Any]:
    """What a record under a contract is, where it does not say."""
    if row.customer_id != customer.id:
        raise Invalid(
            "This contract is with another customer.", code="contract_customer",
            fields=["contract_id"],
        )  # fmt: skip
    contract = contracts.value_of(row)
    usual: dict[str, Any] = {"vat_rate": contract.rate, "nature": contract.nature.value}
    if said.get("kind") == "time":
        block = contract.kind in BLOCKS
        usual |= {"unit_price": contract.overage_price if block else contract.price, "unit": "h"}
    return usual


def _day_there(moment: str, company: Row[Any]) -> date:
    try:
        return day_of(datetime.fromisoformat(moment), contracts.zone_of(company))
    except ValueError:
        raise Invalid(
            "A moment is written with its time zone, as 2026-11-22T14:30:00Z.",
            code="record_moment",
            fields=["happened_at"],
        ) from None


def change_record(
    house: House, who: Who, record_id: str, values: Mapping[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Put a record right while it is open: Conflict once a draft has it. What is None stays; what is
    empty becomes what it is when nobody says it.
    """
    who.must(Scope.BOOKS_WRITE)
    given = {name: value for name, value in values.items() if value is not None}
    with house.store.transaction() as connection:
        row = find(connection, who, record_id)
        must_be_at(row, version)
        customer = customers.find(connection, who, row.customer_id)
        company = companies.find(connection, who, row.company_id)
        known = record_json(row)
        said = {name: known[name] for name in _SAID} | given
        other = any(said[name] != known[name] for name in ("vat_rate", "nature"))
        if other and not given.get("treatment"):
            said["treatment"] = ""  # the one that fits what is said now
        named = str(said.pop("contract_id") or "")
        contract = contracts.find(connection, who, named) if named else None
        if row.due_key and {"kind", "contract_id"} & set(given):
            raise Invalid(
                "What a contract makes due stays what it is.",
                code="record_due",
                fields=sorted({"kind", "contract_id"} & set(given)),
            )
        kind = row.kind if row.due_key else said["kind"]
        new = new_record({**said, "kind": "product" if row.due_key else kind}, company, customer,
                         contract)  # fmt: skip
        _write_open(
            connection, row,
            **_line_columns(new.line), kind=kind, contract_id=new.contract_id, ticket=new.ticket,
            finished=new.finished,
        )  # fmt: skip
        record_action(
            connection, house.now(), who, "record.changed", row.id,
            company_id=row.company_id, what=sorted(given),
        )  # fmt: skip
        return record_json(find(connection, who, row.id))


def finish(house: House, who: Who, record_id: str, finished: bool) -> dict[str, Any]:
    """Say that work is finished, or not after all; Conflict once a draft has it."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, record_id)
        _write_open(connection, row, finished=finished)
        record_action(
            connection, house.now(), who, "record.finished", row.id,
            company_id=row.company_id, finished=finished,
        )  # fmt: skip
        return record_json(find(connection, who, row.id))


def _write_open(connection: Connection, row: Row[Any], **values: Any) -> None:
    """Change a record that nobody has, as it was seen."""
    changed = connection.execute(
        update(t.sales_record)
        .where(
            _r.id == row.id,
            _r.state == OPEN,
            _r.deleted_at.is_(None),
            _r.version == row.version,
        )
        .values(version=row.version + 1, **values)
    ).rowcount
    if not changed:
        raise _taken(row.id)


def insert_records(
    connection: Connection,
    house: House,
    who: Who,
    records: Sequence[tuple[Row[Any], NewRecord]],
    *,
    file_id: str | None = None,
) -> list[str]:
    """Write records of customers of one company; their ids, which follow one another as they do."""
    ids = sorted(new_id("rec") for _ in records)
    rows = [
        {
            "id": record_id,
            "organisation_id": customer.organisation_id,
            "company_id": customer.company_id,
            "customer_id": customer.id,
            "kind": new.kind,
            "state": OPEN,
            **_line_columns(new.line),
            "contract_id": new.contract_id,
            "ticket": new.ticket,
            "finished": new.finished,
            "file_id": file_id,
            "made_by": who.id,
            "created_at": house.now(),
        }
        for record_id, (customer, new) in zip(ids, records, strict=True)
    ]
    if rows:
        connection.execute(insert(t.sales_record), rows)
        record_action(
            connection, house.now(), who, "record.added", file_id or rows[0]["customer_id"],
            company_id=rows[0]["company_id"], records=len(rows),
        )  # fmt: skip
    return ids


def _line_columns(line: SalesLine) -> dict[str, Any]:
    return {
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
    }


def list_records(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    customer_id: str | None = None,
    contract_id: str | None = None,
    kind: str | None = None,
    state: str | None = None,
    open_only: bool = True,
    newest_first: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """Records, the oldest first unless said otherwise; those that are to be invoiced unless all or another `state` are
    asked for. `contract_id` may be `none`.
    """
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    state = state or (OPEN if open_only else None)
    query = _SHOWN.where(within(who, t.sales_record), _r.deleted_at.is_(None))
    if contract_id == "none":
        query = query.where(_r.contract_id.is_(None))
    elif contract_id:
        query = query.where(_r.contract_id == contract_id)
    for column, wanted in (
        (_r.company_id, company_id),
        (_r.customer_id, customer_id),
        (_r.kind, kind),
        (_r.state, state),
    ):
        if wanted:
            query = query.where(column == wanted)
    if cursor is not None:
        query = query.where(_r.id < cursor if newest_first else _r.id > cursor)
    order = _r.id.desc() if newest_first else _r.id
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(order).limit(limit + 1)).all()
    return page_of([record_json(row) for row in rows], limit)


def get_record(house: House, who: Who, record_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        return record_json(find(connection, who, record_id))


def delete_record(
    house: House, who: Who, record_id: str, version: int | None = None
) -> dict[str, Any]:
    """Take back what is not to be invoiced after all."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, record_id)
        must_be_at(row, version)
        _write_open(connection, row, deleted_at=house.now())
        record_action(
            connection, house.now(), who, "record.deleted", row.id, company_id=row.company_id
        )
        return record_json(find(connection, who, row.id))


def restore_record(house: House, who: Who, record_id: str) -> dict[str, Any]:
    """Bring back what was taken back; nothing happens to one that is there. Conflict when the file
    it came in was undone, for that can be sent again.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, record_id)
        undone = row.file_id and connection.scalar(
            select(t.record_file.c.undone_at).where(t.record_file.c.id == row.file_id)
        )
        if undone:
            raise Conflict(
                "The file this record came in was undone.",
                code="record_file_undone",
                advice="Send the file again.",
            )
        if row.deleted_at is not None:
            connection.execute(
                update(t.sales_record)
                .where(_r.id == row.id)
                .values(deleted_at=None, version=row.version + 1)
            )
            record_action(
                connection, house.now(), who, "record.restored", row.id, company_id=row.company_id
            )
        return record_json(find(connection, who, row.id))


def find(connection: Connection, who: Who, record_id: str) -> Row[Any]:
    row = connection.execute(
        _SHOWN.where(_r.id == record_id, within(who, t.sales_record))
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
        "customer_name": row.customer_name,
        "kind": row.kind,
        "state": row.state,
        "invoice_id": row.invoice_id,
        "locked_by": None
        if row.invoice_id is None
        else {
            "id": row.invoice_id,
            "number": row.invoice_number,
            "name": row.invoice_name or row.invoice_title,
        },
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
        "contract_name": row.contract_name,
        "due_by_contract": bool(row.due_key),
        "ticket": row.ticket,
        "finished": row.finished,
        "net": str(line_of(row).net),
        "file_id": row.file_id,
        "deleted": row.deleted_at is not None,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
