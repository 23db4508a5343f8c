"""Records from a file of a time tracker, a shop or a spreadsheet: CSV or .xlsx, all rows or none.

Every row that cannot be is told at once, by cell; nothing is written while one is wrong. A file is
taken once, and taken back as a whole while none of its records is on a draft.
"""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import Conflict, Invalid, NotFound, Refused
from domain.filenames import clean_filename
from domain.ids import new_id
from domain.money import ZERO
from domain.people import Scope, Who
from domain.spreadsheets.cells import Wrong
from domain.spreadsheets.records import RecordRow, headers_of, records_of, sheet_of_text
from domain.spreadsheets.rows import CellFault, Sheet
from domain.words import folded
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies, records
from service.operations.records import NewRecord
from service.operations.spreadsheet_sheets import selling_of
from service.operations.spreadsheet_views import fault_json
from service.spreadsheets import LARGEST_FILE, read_workbook, sheet_of, too_large
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

_MOST_TOLD = 200
_ZIP = b"PK\x03\x04"
_f, _r = t.record_file.c, t.sales_record.c
_FIELD = {"contract_id": "contract", "treatment": "vat_rate"}
"""Columns of the file for values that are called otherwise."""


def receive(
    house: House, who: Who, company_id: str | None, name: str, content: bytes
) -> dict[str, Any]:
    """Write the records of a file, in one transaction. Invalid with `faults` tells each cell that
    cannot be; Conflict when these very bytes were taken before.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
    sheet = _sheet(content, name)
    digest = hashlib.sha256(content).hexdigest()
    with house.store.transaction() as connection:
        company = companies.find(connection, who, company.id, lock=True)
        _must_be_new(connection, company.id, digest)
        checked = records_of(sheet, selling_of(connection, who, company).terms)
        known = _Known(connection, who, company)
        found, faults = [], list(checked.faults)
        for row in checked.rows:
            try:
                found.append(known.record(row))
            except _Faulty as faulty:
                faults.append(faulty.fault)
        if faults:
            raise _told(faults)
        if not found:
            raise Invalid(
                "There is no row to take.", code="records_empty", advice="Send a file with rows."
            )
        made = new_id("rcf")
        connection.execute(
            insert(t.record_file).values(
                id=made,
                organisation_id=company.organisation_id,
                company_id=company.id,
                name=clean_filename(name, "records.csv"),
                sha256=digest,
                records=len(found),
                net_total=sum((new.line.net for _, new in found), ZERO),
                made_by=who.id,
                created_at=house.now(),
            )
        )
        records.insert_records(connection, house, who, found, file_id=made)
        return _json(_find(connection, who, made)) | {
            "repaired": [
                {"row": r.row, "column": r.column, "code": r.code, "was": r.was, "now": r.now}
                for r in checked.repairs[:_MOST_TOLD]
            ]
        }


def undo(house: House, who: Who, file_id: str) -> dict[str, Any]:
    """Take all records of a file back, so that it can be sent again. Conflict while one of them is
    on a draft or an invoice.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _find(connection, who, file_id, lock=True)
        if row.undone_at is not None:
            return _json(row)
        mine = (_r.file_id == row.id, _r.organisation_id == row.organisation_id)
        gone = connection.execute(
            update(t.sales_record)
            .where(*mine, _r.state == records.OPEN, _r.deleted_at.is_(None))
            .values(deleted_at=house.now(), version=_r.version + 1)
        ).rowcount
        taken = connection.execute(
            select(_r.id).where(*mine, _r.state != records.OPEN, _r.deleted_at.is_(None))
        ).all()
        if taken:
            raise Conflict(
                "Records of this file are on drafts or invoices.",
                code="record_file_used",
                advice="Put their lines back first, or delete the records that are left.",
                records=len(taken),
            )
        connection.execute(
            update(t.record_file).where(_f.id == row.id).values(undone_at=house.now())
        )
        record_action(
            connection, house.now(), who, "records.undone", row.id,
            company_id=row.company_id, records=gone,
        )  # fmt: skip
        return _json(_find(connection, who, row.id))


def list_files(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """The newest first, without those that were undone."""
    who.must(Scope.BOOKS_READ)
    query = select(t.record_file).where(within(who, t.record_file), _f.undone_at.is_(None))
    if company_id:
        query = query.where(_f.company_id == company_id)
    if cursor:
        query = query.where(_f.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_f.id.desc()).limit(limit_of(limit) + 1)).all()
    return page_of([_json(row) for row in rows], limit)


def template_of(
    house: House, who: Who, company_id: str | None, language: str = ""
) -> tuple[str, bytes]:
    """File name and bytes of a CSV to fill in: a line of headers that map themselves."""
    who.must(Scope.BOOKS_READ)
    language = language or who.language
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerow(headers_of(language, company.country))
    name = "records-template.csv" if language == "en" else "modele-a-facturer.csv"
    return name, b"\xef\xbb\xbf" + out.getvalue().encode()


def _sheet(content: bytes, name: str) -> Sheet:
    if len(content) > LARGEST_FILE:
        raise too_large()
    if content.startswith(_ZIP):
        return sheet_of(read_workbook(content).raw)
    return sheet_of_text(content, name)


class _Faulty(Exception):  # noqa: N818 - it becomes a fault of a cell, as data
    def __init__(self, row: int, column: str, wrong: Wrong, said: str = "") -> None:
        super().__init__(wrong.message)
        self.fault = CellFault(row, column, wrong.code, wrong.message, said, wrong.values)


class _Known:
    """The customers and contracts of a company, as files name them."""

    def __init__(self, connection: Connection, who: Who, company: Row[Any]) -> None:
        self.company = company
        c, k = t.customer, t.contract
        of_it = select(c).where(
            c.c.company_id == company.id, c.c.archived_at.is_(None), within(who, c)
        )
        self.by_number: dict[str, Row[Any]] = {}
        self.by_name: dict[str, list[Row[Any]]] = {}
        for row in connection.execute(of_it):
            if row.legal_id:
                self.by_number[row.legal_id] = row
            self.by_name.setdefault(folded(row.name), []).append(row)
        self.contracts: dict[tuple[str, str], list[Row[Any]]] = {}
        for row in connection.execute(
            select(k).where(k.c.company_id == company.id, within(who, k))
        ):
            self.contracts.setdefault((row.customer_id, folded(row.name)), []).append(row)

    def record(self, row: RecordRow) -> tuple[Row[Any], NewRecord]:
        customer = self._customer(row)
        contract = self._contract(row, customer) if row.contract else None
        try:
            return customer, records.new_record(row.values, self.company, customer, contract)
        except Refused as refusal:
            fields = refusal.details.get("fields") or ["text"]
            raise _Faulty(
                row.number,
                _FIELD.get(fields[0], fields[0]),
                Wrong(refusal.code, f"{refusal.message} {refusal.advice}".strip()),
            ) from None

    def _customer(self, row: RecordRow) -> Row[Any]:
        if row.legal_id:
            found = [self.by_number[row.legal_id]] if row.legal_id in self.by_number else []
            column, said = "customer_id", row.legal_id
        else:
            found = self.by_name.get(folded(row.customer_name), [])
            column, said = "customer_name", row.customer_name
        if len(found) == 1:
            return found[0]
        wrong = (
            Wrong("customers_alike", "Several customers have this name: give the number.")
            if found
            else Wrong("customer_unknown", "There is no such customer: add it first.")
        )
        raise _Faulty(row.number, column, wrong, said)

    def _contract(self, row: RecordRow, customer: Row[Any]) -> Row[Any]:
        found = self.contracts.get((customer.id, folded(row.contract)), [])
        if len(found) == 1:
            return found[0]
        raise _Faulty(
            row.number,
            "contract",
            Wrong("contract_unknown", "This customer has no contract of this name.")
            if not found
            else Wrong("contracts_alike", "Several contracts of this customer have this name."),
            row.contract,
        )


def _told(faults: list[CellFault]) -> Invalid:
    faults.sort(key=lambda fault: fault.row)
    return Invalid(
        f"{len(faults)} cells of this file cannot be taken.",
        code="records_faults",
        advice="Put the file right and send it again: nothing of it was taken.",
        count=len(faults),
        faults=[
            {"row": fault.row, "shown": fault.shown, **fault_json(fault)}
            for fault in faults[:_MOST_TOLD]
        ],
    )


def _must_be_new(connection: Connection, company_id: str, digest: str) -> None:
    known = connection.scalar(
        select(_f.id).where(
            _f.company_id == company_id, _f.sha256 == digest, _f.undone_at.is_(None)
        )
    )
    if known:
        raise Conflict(
            "This very file was taken before.",
            code="records_known",
            advice="Its records are there; change the file if there is more to invoice.",
            record_file_id=known,
        )


def _find(connection: Connection, who: Who, file_id: str, *, lock: bool = False) -> Row[Any]:
    query = select(t.record_file).where(_f.id == file_id, within(who, t.record_file))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound("There is no such file of records.")
    return row


def _json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "records": row.records,
        "net_total": str(row.net_total),
        "undone": row.undone_at is not None,
        "made_by": row.made_by,
        "created_at": row.created_at.isoformat(),
    }
