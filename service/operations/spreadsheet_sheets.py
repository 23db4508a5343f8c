"""A spreadsheet as it was kept, looked at with what a person chose and fixed since.

The cells of a sheet lie in the object store beside its file, each sheet under a key of its own,
written once. What they mean is computed anew each time, for customers and rates may have changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from domain.countries import country
from domain.people import Who
from domain.sales import SalesLine
from domain.sales_vat import NOT_CHARGING, Role, decide_sale
from domain.spreadsheets.columns import Layout, layout_of, remapped
from domain.spreadsheets.drafts import Draft, Treating, drafts_of, faults_of_drafts
from domain.spreadsheets.rows import CellFault, Checked, Fixes, Sheet, Terms, check_rows
from service.house import House
from service.operations import companies
from service.operations.sales_settings import regime_of
from service.spreadsheets import sheet_of
from storage import tables as t
from storage.visibility import within


@dataclass(frozen=True, slots=True)
class Seen:
    """A sheet with everything that can be said of it now."""

    sheet: Sheet
    layout: Layout
    checked: Checked
    drafts: tuple[Draft, ...]
    faults: tuple[CellFault, ...]
    """Of cells, then of drafts as a whole; those of one row stand together."""


def sheet_key(object_key: str, place: int) -> str:
    return f"{object_key}.{place}"


def kept_sheet(house: House, row: Row[Any]) -> Sheet:
    return sheet_of(house.objects.get(sheet_key(row.object_key, row.sheet)))


def layout_now(sheet: Sheet, row: Row[Any]) -> Layout:
    """The header of a sheet with the columns that are chosen now."""
    return remapped(layout_of(sheet.rows, row.header_row), row.columns)


def look(connection: Connection, who: Who, row: Row[Any], sheet: Sheet) -> Seen:
    """Check a sheet with the fixes of its import, against what the company has now."""
    company = companies.find(connection, who, row.company_id)
    terms, treating = terms_of(connection, who, company)
    layout = layout_now(sheet, row)
    checked = check_rows(sheet, layout, terms, fixes_of(row.fixes), frozenset(row.left_out))
    drafts = drafts_of(checked.rows, terms, treating)
    of_drafts = faults_of_drafts(drafts) if not checked.faults else ()
    faults = sorted((*checked.faults, *of_drafts), key=lambda fault: fault.row)
    return Seen(sheet, layout, checked, drafts, tuple(faults))


def fixes_of(kept: Mapping[str, Mapping[str, str]]) -> Fixes:
    return {(int(n), name): text for n, cells in kept.items() for name, text in cells.items()}


def terms_of(connection: Connection, who: Who, company: Row[Any]) -> tuple[Terms, Treating]:
    """What of a company decides its rows, and the VAT treatment of each line as its draft gets it."""
    c = t.customer.c
    known = {
        row.legal_id: row
        for row in connection.execute(
            select(c.legal_id, c.name, c.country, c.vat_id).where(
                c.company_id == company.id, c.legal_id.is_not(None), within(who, t.customer)
            )
        )
    }
    books, regime = country(company.country), regime_of(company)
    taxed = {one.rate for one in books.sales_treatments.values() if one.role is Role.TAXED}
    rates = frozenset({Decimal(0)} if regime in NOT_CHARGING else {*taxed, Decimal(0)})
    terms = Terms(
        company.country, company.currency, rates, {key: row.name for key, row in known.items()}
    )

    def treating(legal_id: str, line: SalesLine) -> SalesLine:
        row = known.get(legal_id)
        made = decide_sale(
            books.sales_treatments,
            company.country,
            regime,
            customer_country=row.country if row else company.country,
            customer_vat_id=row.vat_id if row else "",
            nature=line.nature,
            rate=line.vat_rate,
        )
        return replace(line, treatment=made.key, vat_rate=made.rate)

    return terms, treating
