"""Invoices handed to another program: its file, and each of them marked as exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from domain.countries import country
from domain.drafts import Happening
from domain.errors import Invalid
from domain.people import Scope, Who
from domain.sales_exports import ExportFile, Format, Names, export
from service.house import House
from service.operations import companies
from service.operations.sales import find_sales, invoice_of, must_be_invoice
from service.operations.sales_lines import lines_of
from service.operations.sales_status import happened_to

MOST = 5_000


@dataclass(frozen=True, slots=True)
class Exported:
    files: tuple[ExportFile, ...]
    left_out: tuple[str, ...]
    """Numbers of credit notes that the format has no place for."""


def export_invoices(
    house: House, who: Who, invoice_ids: Sequence[str], format_: str, names: Mapping[str, Any]
) -> Exported:
    """The files of finalised invoices of one company, in the order given; they count as exported.

    `names` are fields of `domain.sales_exports.Names`: what the other program calls things.
    """
    who.must(Scope.BOOKS_WRITE)
    try:
        into = Format(format_)
    except ValueError:
        raise Invalid(
            f"Formats are {', '.join(Format)}.", code="export_format", fields=["format"]
        ) from None
    ids = list(dict.fromkeys(invoice_ids))
    if not 0 < len(ids) <= MOST:
        raise Invalid(
            f"1 to {MOST} invoices at once.",
            code="export_size",
            fields=["invoice_ids"],
            most=MOST,
        )
    with house.store.transaction() as connection:
        found = find_sales(connection, who, ids, lock=True)
        rows = [found[one] for one in ids]
        for row in rows:
            must_be_invoice(row)
        if len({row.company_id for row in rows}) > 1:
            raise Invalid(
                "An export has the invoices of one company.",
                code="export_companies",
                fields=["invoice_ids"],
            )
        made = _made(connection, who, rows, into, names)
        taken = {number for file in made.files for number in file.numbers}
        happened_to(
            connection, house, who, [row for row in rows if row.number in taken],
            Happening.EXPORTED, format=into.value,
        )  # fmt: skip
    return made


def _made(
    connection: Connection,
    who: Who,
    rows: Sequence[Row[Any]],
    into: Format,
    names: Mapping[str, Any],
) -> Exported:
    company = companies.find(connection, who, rows[0].company_id)
    lines = lines_of(connection, [row.id for row in rows])
    said = Names(country(company.country).sales_treatments, who.language, **names)
    return Exported(
        *export([invoice_of(connection, row, lines[row.id]) for row in rows], into, said)
    )
