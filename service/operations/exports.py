"""Exports of the books: files other software and the tax administration read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from domain import fec
from domain.errors import Invalid
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from storage import journal
from storage import tables as t
from storage.outbox import record_action


@dataclass(frozen=True, slots=True)
class Export:
    name: str
    media_type: str
    content: Iterator[bytes]


def export_fec(house: House, who: Who, company_id: str | None, year: int) -> Export:
    """The FEC of a year, written while it is sent; the same journal gives the same bytes."""
    who.must(Scope.BOOKS_READ)
    if not 1900 <= year <= 2099:
        raise Invalid("A year between 1900 and 2099.", code="invalid_year", fields=["year"])
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
    if not company.siren:
        raise Invalid(
            "The FEC is named after the company's SIREN, which is not known.",
            code="siren_missing",
            advice="Enter the SIREN of the company first.",
            fields=["siren"],
        )
    with house.store.transaction() as connection:
        record_action(
            connection,
            house.now(),
            who,
            "books.exported",
            company.id,
            company_id=company.id,
            format="FEC",
            year=year,
        )
    return Export(
        fec.file_name(company.siren, date(year, 12, 31)),
        "text/plain; charset=utf-8",
        _fec(house, who, company.id, year),
    )


def _fec(house: House, who: Who, company_id: str, year: int) -> Iterator[bytes]:
    with house.store.reading() as connection:
        accounts = {
            row.number: row.label_fr
            for row in connection.execute(
                select(t.account.c.number, t.account.c.label_fr).where(
                    t.account.c.company_id == company_id
                )
            )
        }
        auxiliaries = {
            row.auxiliary: row.name
            for row in connection.execute(
                select(t.supplier.c.auxiliary, t.supplier.c.name).where(
                    t.supplier.c.company_id == company_id
                )
            )
        }
        entries = (
            stored.posted
            for stored in journal.in_order(connection, who.organisation_id, company_id, year)
        )
        for record in fec.records(entries, accounts, auxiliaries):
            yield record.encode()
