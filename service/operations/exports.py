"""Exports of the books: files other software and the tax administration read, and the check of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from domain import fec, fec_rules, journal_files
from domain.errors import Invalid
from domain.filenames import clean_filename
from domain.people import Scope, Who
from service.house import House
from service.operations import companies
from service.operations.lettering import letters
from service.operations.takeover import faults_json
from service.operations.third_parties import auxiliary_names
from storage import journal
from storage import tables as t
from storage.outbox import record_action

FORMATS = ("fec", *journal_files.WRITERS)


@dataclass(frozen=True, slots=True)
class Export:
    name: str
    media_type: str
    content: Iterator[bytes]


def export_fec(house: House, who: Who, company_id: str | None, year: int) -> Export:
    """The FEC of a year, written while it is sent; the same journal gives the same bytes."""
    company = _company(house, who, company_id, year)
    if not company.siren:
        raise Invalid(
            "The FEC is named after the company's SIREN, which is not known.",
            code="siren_missing",
            advice="Enter the SIREN of the company first.",
            fields=["siren"],
        )
    _remember(house, who, company, "FEC", year)
    return Export(
        fec.file_name(company.siren, date(year, 12, 31)),
        "text/plain; charset=utf-8",
        _fec(house, who, company, year),
    )


def export_entries(
    house: House, who: Who, company_id: str | None, year: int, format_: str
) -> Export:
    """The entries of a year in a format of `domain.journal_files`."""
    if format_ not in journal_files.WRITERS:
        raise Invalid(f"Formats are {', '.join(FORMATS)}.", code="export_format", fields=["kind"])
    company = _company(house, who, company_id, year)
    _remember(house, who, company, format_, year)
    name = clean_filename(f"{company.name} {year}.{journal_files.ENDINGS[format_]}", "export")
    kind = "text/csv" if format_ == "csv" else "text/plain"
    content = _entries(house, who, company, year, journal_files.WRITERS[format_])
    return Export(name, f"{kind}; charset=utf-8", content)


def check_fec(name: str, content: bytes) -> dict[str, Any]:
    """What a FEC, anybody's, holds, and what the rules of the law have against it."""
    found = fec_rules.checked(content, name)
    faults, file = found.faults, found.file
    return {
        "name": clean_filename(name, "FEC"),
        "sound": not faults.number,
        "separator": {"\t": "tab", "|": "pipe"}[file.separator],
        "encoding": file.encoding,
        "records": len(file.records),
        "entries": found.entries,
        "debit": str(found.debit),
        "credit": str(found.credit),
        "errors": faults.errors,
        "faults": faults_json(faults),
        "faults_number": faults.number,
    }


def _company(house: House, who: Who, company_id: str | None, year: int) -> Row[Any]:
    who.must(Scope.BOOKS_READ)
    if not 1900 <= year <= 2099:
        raise Invalid("A year between 1900 and 2099.", code="invalid_year", fields=["year"])
    with house.store.reading() as connection:
        return companies.find_or_only(connection, who, company_id)


def _remember(house: House, who: Who, company: Row[Any], format_: str, year: int) -> None:
    with house.store.transaction() as connection:
        record_action(
            connection,
            house.now(),
            who,
            "books.exported",
            company.id,
            company_id=company.id,
            format=format_,
            year=year,
        )


def _fec(house: House, who: Who, company: Row[Any], year: int) -> Iterator[bytes]:
    with house.store.reading() as connection:
        names = _names(connection, company)
        entries = (
            stored.posted
            for stored in journal.in_order(connection, who.organisation_id, company.id, year)
        )
        for record in fec.records(
            entries,
            names.accounts,
            names.auxiliaries,
            letters(connection, company, year),
            account_length=names.account_length,
        ):
            yield record.encode()


def _entries(
    house: House, who: Who, company: Row[Any], year: int, writer: journal_files.Writer
) -> Iterator[bytes]:
    with house.store.reading() as connection:
        entries = (
            (stored.posted, stored.hash)
            for stored in journal.in_order(connection, who.organisation_id, company.id, year)
        )
        for record in writer(entries, _names(connection, company)):
            yield record.encode()


def _names(connection: Connection, company: Row[Any]) -> journal_files.Names:
    accounts = connection.execute(
        select(t.account.c.number, t.account.c.label_fr).where(t.account.c.company_id == company.id)
    )
    return journal_files.Names(
        {row.number: row.label_fr for row in accounts},
        auxiliary_names(connection, company.id),
        int((company.settings or {}).get("account_length") or 0),
    )
