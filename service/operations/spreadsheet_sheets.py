"""A spreadsheet as it was kept, looked at with what a person chose and fixed since.

The cells of a sheet lie in the object store beside its file, each sheet under a key of its own,
written once. What they mean is computed anew each time, for customers and rates may have changed.
"""

from __future__ import annotations

import threading
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
from domain.spreadsheets.drafts import Draft, drafts_of, faults_of_drafts
from domain.spreadsheets.rows import CellFault, Checked, Fixes, Sheet, Terms, check_rows
from service.house import House
from service.operations import companies
from service.operations.sales_settings import regime_of
from service.spreadsheets import sheet_of
from storage import tables as t
from storage.visibility import within

_REMEMBERED = 2
_lately: dict[str, tuple[Any, Seen]] = {}
_lock = threading.Lock()


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


def look(connection: Connection, house: House, who: Who, row: Row[Any]) -> Seen:
    """Check a sheet with the fixes of its import, against what the company has now.

    The sheets that were looked at last are remembered with all that decided what was seen: the step
    that follows, and the page that shows it, need not check thousands of rows again.
    """
    company = companies.find(connection, who, row.company_id)
    selling = selling_of(connection, who, company)
    decided = (
        (row.sheet, row.header_row, row.columns, row.fixes, row.left_out),
        (selling.terms, selling.known, selling.regime),
    )
    with _lock:
        before = _lately.get(row.id)
    if before is not None and before[0] == decided:
        return before[1]
    sheet = kept_sheet(house, row)
    layout = layout_now(sheet, row)
    checked = check_rows(sheet, layout, selling.terms, fixes_of(row.fixes), frozenset(row.left_out))
    drafts = drafts_of(checked.rows, selling.terms, selling.treated)
    of_drafts = faults_of_drafts(drafts) if not checked.faults else ()
    faults = sorted((*checked.faults, *of_drafts), key=lambda fault: fault.row)
    seen = Seen(sheet, layout, checked, drafts, tuple(faults))
    with _lock:
        _lately[row.id] = (decided, seen)
        while len(_lately) > _REMEMBERED:
            _lately.pop(next(iter(_lately)))
    return seen


def forget(import_id: str) -> None:
    with _lock:
        _lately.pop(import_id, None)


def fixes_of(kept: Mapping[str, Mapping[str, str]]) -> Fixes:
    return {(int(n), name): text for n, cells in kept.items() for name, text in cells.items()}


@dataclass(frozen=True, slots=True)
class Selling:
    """What of a company decides its rows."""

    terms: Terms
    known: Mapping[str, tuple[str, str, str]]
    """Name, country and VAT number of the customers by their legal id."""
    regime: str

    def treated(self, legal_id: str, line: SalesLine) -> SalesLine:
        """A line with the VAT treatment that its draft will give it."""
        _, place, vat_id = self.known.get(legal_id, ("", self.terms.country, ""))
        made = decide_sale(
            country(self.terms.country).sales_treatments,
            self.terms.country,
            self.regime,
            customer_country=place,
            customer_vat_id=vat_id,
            nature=line.nature,
            rate=line.vat_rate,
        )
        return replace(line, treatment=made.key, vat_rate=made.rate)


def selling_of(connection: Connection, who: Who, company: Row[Any]) -> Selling:
    c = t.customer.c
    known = {
        row.legal_id: (row.name, row.country, row.vat_id)
        for row in connection.execute(
            select(c.legal_id, c.name, c.country, c.vat_id).where(
                c.company_id == company.id, c.legal_id.is_not(None), within(who, t.customer)
            )
        )
    }
    regime = regime_of(company)
    treatments = country(company.country).sales_treatments.values()
    taxed = {one.rate for one in treatments if one.role is Role.TAXED}
    rates = frozenset({Decimal(0)} if regime in NOT_CHARGING else {*taxed, Decimal(0)})
    names = {legal_id: name for legal_id, (name, _, _) in known.items()}
    return Selling(Terms(company.country, company.currency, rates, names), known, regime)
