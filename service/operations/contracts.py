"""Contracts: made, changed, listed with how much of a block is used. What is due is in `batches`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from domain.contracts import BLOCKS, Contract, ContractKind, Every, Hours, usages, usual_end
from domain.countries import country
from domain.errors import Invalid, NotFound
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.sales import Nature
from domain.sales_vat import SalesTreatment, decide_sale
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies, customers
from service.operations.sales_lines import plain
from service.operations.sales_settings import regime_of
from service.operations.versions import must_be_at
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_c, _r = t.contract.c, t.sales_record.c
_NUMBERS = ("price", "quantity", "overage_price", "vat_rate")
_FLAGS = ("rolls_over", "in_advance", "taxable", "active")
_MOST = Decimal(10**9)


def zone_of(company: Row[Any]) -> ZoneInfo:
    """Where the books of a company are kept: its days begin there."""
    return ZoneInfo(country(company.country).zone)


def add(house: House, who: Who, customer_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A contract. Without an end it runs three years; without a rate it has the usual one."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        customer = customers.find(connection, who, customer_id)
        company = companies.find(connection, who, customer.company_id)
        today = house.now().date()
        clean: dict[str, Any] = {
            "name": "",
            "kind": ContractKind.HOURLY.value,
            "start": today,
            "every": Every.MONTH.value,
            "price": Decimal(0),
            "quantity": Decimal(1),
            "overage_price": Decimal(0),
            "nature": Nature.SERVICES.value,
            **dict.fromkeys(_FLAGS, False),
            "taxable": True,
            "active": True,
            "vat_rate": _usual_rate(company, customer),
        } | _typed(values)
        clean.setdefault("end", usual_end(clean["start"]))
        if clean["kind"] == ContractKind.PROJECT_FEE:
            clean["every"] = Every.ON_DEMAND.value
        made = new_id("con")
        _must_be(clean, made, company, customer)
        connection.execute(
            insert(t.contract).values(
                id=made,
                organisation_id=who.organisation_id,
                company_id=company.id,
                customer_id=customer.id,
                made_by=who.id,
                created_at=house.now(),
                **clean,
            )
        )
        record_action(connection, house.now(), who, "contract.added", made, company_id=company.id)
        return contract_json(find(connection, who, made), customer.name)


def change(
    house: House, who: Who, contract_id: str, values: Mapping[str, Any], version: int | None = None
) -> dict[str, Any]:
    """Change what was given. What was invoiced already stays as it is."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, contract_id, lock=True)
        must_be_at(row, version)
        customer = customers.find(connection, who, row.customer_id)
        company = companies.find(connection, who, row.company_id)
        clean = _typed(values)
        kept = {name: getattr(row, name) for name in _FIELDS}
        _must_be(kept | clean, row.id, company, customer)
        connection.execute(
            update(t.contract).where(_c.id == row.id).values(version=row.version + 1, **clean)
        )
        record_action(
            connection, house.now(), who, "contract.changed", row.id,
            company_id=row.company_id, what=sorted(clean),
        )  # fmt: skip
        return contract_json(find(connection, who, row.id), customer.name)


def get(house: House, who: Who, contract_id: str) -> dict[str, Any]:
    """A contract, with `usage` of its blocks, the newest first."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, contract_id)
        customer = customers.find(connection, who, row.customer_id)
        contract = value_of(row)
        used: list[dict[str, Any]] = []
        if contract.kind in BLOCKS:
            done = hours_of(connection, [row.id]).get(row.id, [])
            used = [
                {
                    "start": usage.period.start.isoformat(),
                    "end": usage.period.end.isoformat(),
                    "available": plain(usage.available),
                    "used": plain(usage.used),
                    "left": plain(usage.left),
                    "over": plain(usage.over),
                    "alert": usage.alert,
                }
                for usage in usages(contract, done, house.now().date())
            ]
        return {**contract_json(row, customer.name), "usage": used[::-1]}


def list_contracts(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    customer_id: str | None = None,
    active_only: bool = True,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """Contracts, the newest first."""
    who.must(Scope.BOOKS_READ)
    limit = limit_of(limit)
    query = (
        select(t.contract, t.customer.c.name.label("customer_name"))
        .join(t.customer, t.customer.c.id == _c.customer_id)
        .where(within(who, t.contract))
    )
    for column, value in ((_c.company_id, company_id), (_c.customer_id, customer_id)):
        if value is not None:
            query = query.where(column == value)
    if active_only:
        query = query.where(_c.active)
    if cursor is not None:
        query = query.where(_c.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_c.id.desc()).limit(limit + 1)).all()
    return page_of([contract_json(row, row.customer_name) for row in rows], limit)


def find(connection: Connection, who: Who, contract_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.contract).where(_c.id == contract_id, within(who, t.contract))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such contract.")
    return row


def hours_of(connection: Connection, contract_ids: Collection[str]) -> dict[str, list[Hours]]:
    """Contract → the hours that were worked under it, invoiced or not."""
    found: dict[str, list[Hours]] = {}
    ids = list(contract_ids)
    for start in range(0, len(ids), 500):
        for row in connection.execute(
            select(_r.contract_id, _r.served_on, _r.quantity, _r.unit_price).where(
                _r.contract_id.in_(ids[start : start + 500]),
                _r.kind == "time",
                _r.deleted_at.is_(None),
                _r.served_on.is_not(None),
            )
        ):
            found.setdefault(row.contract_id, []).append(
                Hours(row.served_on, row.quantity, row.unit_price)
            )
    return found


_FIELDS = ("name", "kind", "start", "end", "every", *_NUMBERS, *_FLAGS, "nature")


def value_of(row: Row[Any]) -> Contract:
    return _value({name: getattr(row, name) for name in _FIELDS}, row.id, row.customer_id)


def _value(values: Mapping[str, Any], contract_id: str, customer_id: str) -> Contract:
    return Contract(
        id=contract_id,
        customer_id=customer_id,
        **{
            **values,
            "kind": ContractKind(values["kind"]),
            "every": Every(values["every"]),
            "nature": Nature(values["nature"]),
        },
    )


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    if values.get("name") is not None:
        clean["name"] = plain_text(str(values["name"]), 200)
    choices: tuple[tuple[str, type[StrEnum]], ...] = (
        ("kind", ContractKind), ("every", Every), ("nature", Nature),
    )  # fmt: skip
    for name, kind in choices:
        if values.get(name) is not None:
            try:
                clean[name] = kind(str(values[name])).value
            except ValueError:
                raise _wrong(name, "Use " + ", ".join(one.value for one in kind) + ".") from None
    for name in ("start", "end"):
        if values.get(name) is not None:
            try:
                clean[name] = date.fromisoformat(str(values[name]))
            except ValueError:
                raise _wrong(name, "A day is written 2026-11-22.") from None
    for name in _NUMBERS:
        if values.get(name) is not None:
            clean[name] = _number(name, str(values[name]))
    clean |= {name: bool(values[name]) for name in _FLAGS if values.get(name) is not None}
    return clean


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not number.is_finite() or not isinstance(exponent, int) or not -6 <= exponent <= 6:
        raise _wrong(name, "A number has a dot and at most six decimals.")
    if not 0 <= number <= _MOST:
        raise _wrong(name, "It is neither negative nor beyond a thousand million.")
    return number


def _must_be(
    values: Mapping[str, Any], contract_id: str, company: Row[Any], customer: Row[Any]
) -> None:
    if not values["name"]:
        raise _wrong("name", "A contract has a name.")
    try:
        contract = _value(values, contract_id, customer.id)
    except ValueError as error:
        raise Invalid(f"A contract cannot be that: {error}.", code="contract", fields=[]) from None
    _treatment(company, customer, contract.nature, contract.rate)


def _usual_rate(company: Row[Any], customer: Row[Any]) -> Decimal:
    return _treatment(company, customer, Nature.SERVICES, None).rate


def _treatment(
    company: Row[Any], customer: Row[Any], nature: Nature, rate: Decimal | None
) -> SalesTreatment:
    """The VAT of what a contract lets us invoice; Invalid for a rate that cannot be."""
    return decide_sale(
        country(company.country).sales_treatments,
        company.country,
        regime_of(company),
        customer_country=customer.country,
        customer_vat_id=customer.vat_id,
        nature=nature,
        rate=rate,
    )


def _wrong(field: str, advice: str) -> Invalid:
    return Invalid(f"{field} cannot be that.", code="contract_value", advice=advice, fields=[field])


def contract_json(row: Row[Any], customer_name: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "customer_id": row.customer_id,
        "customer_name": customer_name,
        "name": row.name,
        "kind": row.kind,
        "start": row.start.isoformat(),
        "end": row.end.isoformat(),
        "every": row.every,
        **{name: plain(getattr(row, name)) for name in _NUMBERS},
        **{name: getattr(row, name) for name in _FLAGS},
        "nature": row.nature,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
    }
