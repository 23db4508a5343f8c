"""Bulk drafts from a spreadsheet, step by step: file, columns, cells, name and day, recap.

Each step keeps what a person said and nothing else: no customer and no draft is made before the
last one, which is `spreadsheet_drafts`. Every step can be taken again, and cancelling leaves nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from domain.errors import Conflict, Invalid
from domain.filenames import clean_filename
from domain.ids import new_id
from domain.journal import plain_text
from domain.people import Scope, Who
from domain.spreadsheets import State
from domain.spreadsheets.columns import FIELDS, Layout, by_header, layout_of, remapped
from domain.spreadsheets.drafts import recap_of
from service.house import House
from service.lists import Page, limit_of, page_of
from service.operations import companies, imports
from service.operations.spreadsheet_conditions import (
    already_imported,
    find,
    has_invoiced,
    last_invoice_day,
    must_be_new,
    must_be_open,
    must_be_sound,
    must_follow,
    must_have_invoiced,
)
from service.operations.spreadsheet_sheets import forget, kept_sheet, look, sheet_key
from service.operations.spreadsheet_views import recap_json, rows_page, summary_json, view_json
from service.spreadsheets import LARGEST_FILE, Workbook, read_workbook, sheet_of, too_large
from storage import tables as t
from storage.outbox import record_action
from storage.visibility import within

MOST_FIXES = 500
"""Of one request."""
_LONGEST_FIX = 1_000
_c = t.spreadsheet_import.c


def receive(
    house: House, who: Who, company_id: str | None, name: str, content: bytes
) -> dict[str, Any]:
    """Take a file in: its sheet that looks most like invoice lines, with the columns it names."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.reading() as connection:
        company = companies.find_or_only(connection, who, company_id)
        must_have_invoiced(connection, who, company.id)
    digest = hashlib.sha256(content).hexdigest()
    with house.store.reading() as connection:
        must_be_new(connection, company.id, digest)
    book = read_workbook(content)
    import_id = new_id("ssi")
    key = f"{company.organisation_id}/spreadsheets/{import_id}"
    house.objects.put_bytes(key, content)
    house.objects.put_bytes(sheet_key(key, book.chosen), book.raw, "application/json")
    layout = layout_of(sheet_of(book.raw).rows)
    with house.store.transaction() as connection:
        connection.execute(
            insert(t.spreadsheet_import).values(
                id=import_id,
                organisation_id=company.organisation_id,
                company_id=company.id,
                name=clean_filename(name, "lines.xlsx"),
                sha256=digest,
                bytes=len(content),
                object_key=key,
                state=State.MAPPING,
                sheets=_sheets(book),
                fixes={},
                left_out=[],
                made_by=who.id,
                created_at=house.now(),
                **_read_as(connection, company.id, book.chosen, layout),
            )
        )
        row = find(connection, who, import_id)
        record_action(
            connection, house.now(), who, "spreadsheet.received", row.id, company_id=company.id
        )
        return view_json(connection, house, who, row)


def receive_file(house: House, who: Who, import_id: str, file_id: str) -> dict[str, Any]:
    """`receive` for a file that came with the mail, where it could not be read as a document."""
    who.must(Scope.BOOKS_WRITE)
    came = imports.original(house, who, import_id, file_id)
    if came.bytes > LARGEST_FILE:
        raise too_large()
    company_id = imports.get(house, who, import_id)["company_id"]
    return receive(house, who, company_id, came.name, house.objects.get(came.object_key))


def choose_sheet(
    house: House,
    who: Who,
    import_id: str,
    sheet: int | None,
    header_row: int | None,
    version: int | None,
) -> dict[str, Any]:
    """Read another sheet of the file, or another row as its header (from 0): the columns and fixes of
    before are of no use any more.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.reading() as connection:
        row = find(connection, who, import_id)
    place = row.sheet if sheet is None else sheet
    key = sheet_key(row.object_key, place)
    if not house.objects.exists(key):
        book = read_workbook(house.objects.get(row.object_key), place)
        house.objects.put_bytes(key, book.raw, "application/json")
    layout = layout_of(sheet_of(house.objects.get(key)).rows, header_row)
    with house.store.transaction() as connection:
        row = _open(connection, who, import_id, version)
        values = _read_as(connection, row.company_id, place, layout)
        row = _write(connection, row, state=State.MAPPING, fixes={}, left_out=[], **values)
        return view_json(connection, house, who, row)


def map_columns(
    house: House, who: Who, import_id: str, columns: Mapping[str, int], version: int | None
) -> dict[str, Any]:
    """Say which column is which field. Invalid while one that is needed has none. Kept for the next
    file with these headers.
    """
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = _open(connection, who, import_id, version)
        sheet = kept_sheet(house, row)
        layout = remapped(layout_of(sheet.rows, row.header_row), columns)
        if layout.missing:
            raise Invalid(
                "Some columns that are needed are not chosen.",
                code="spreadsheet_unmapped",
                advice="Choose a column for each field with a star.",
                fields=list(layout.missing),
            )
        _keep_mapping(connection, house, row, layout)
        row = _write(connection, row, state=State.REVIEW, columns=dict(layout.columns))
        return view_json(connection, house, who, row)


def fix_cells(
    house: House,
    who: Who,
    import_id: str,
    fixes: Sequence[Mapping[str, Any]],
    version: int | None,
    *,
    leave_out: Sequence[int] = (),
    take_in: Sequence[int] = (),
) -> dict[str, Any]:
    """Put cells right (each with `row`, `column` and `value`; None takes a fix back), leave rows out
    and take them in again.
    """
    who.must(Scope.BOOKS_WRITE)
    if len(fixes) + len(leave_out) + len(take_in) > MOST_FIXES:
        raise Invalid(f"At most {MOST_FIXES} at once.", code="spreadsheet_fixes", fields=["fixes"])
    with house.store.transaction() as connection:
        row = _open(connection, who, import_id, version)
        if row.state == State.MAPPING:
            raise _first_the_columns()
        sheet = kept_sheet(house, row)
        rows = range(row.header_row + 2, len(sheet.rows) + 1)
        kept = {number: dict(cells) for number, cells in row.fixes.items()}
        for fix in fixes:
            number, column = int(fix["row"]), str(fix["column"])
            if number not in rows or column not in FIELDS:
                raise Invalid("There is no such cell.", code="spreadsheet_cell", fields=["fixes"])
            cells = kept.setdefault(str(number), {})
            if fix["value"] is None:
                cells.pop(column, None)
            else:
                cells[column] = plain_text(str(fix["value"]), _LONGEST_FIX)
        if not {*leave_out, *take_in} <= set(rows):
            raise Invalid("There is no such row.", code="spreadsheet_cell", fields=["leave_out"])
        row = _write(
            connection,
            row,
            state=State.REVIEW,
            fixes={number: cells for number, cells in kept.items() if cells},
            left_out=sorted((set(row.left_out) | set(leave_out)) - set(take_in)),
        )
        return view_json(connection, house, who, row)


def name_and_date(
    house: House,
    who: Who,
    import_id: str,
    common_name: str,
    issue_date: date,
    version: int | None,
) -> dict[str, Any]:
    """Give all drafts their name and day, and get the recap to agree to. Refused while a cell is
    wrong, and for a day before that of the last invoice.
    """
    who.must(Scope.BOOKS_WRITE)
    name = plain_text(common_name, 200)
    if not name:
        raise Invalid(
            "The drafts of an import have a name in common.",
            code="spreadsheet_name",
            fields=["common_name"],
        )
    with house.store.transaction() as connection:
        row = _open(connection, who, import_id, version)
        if row.state == State.MAPPING:
            raise _first_the_columns()
        must_follow(connection, row.company_id, issue_date)
        seen = look(connection, house, who, row)
        must_be_sound(len(seen.faults), len(seen.drafts))
        row = _write(
            connection,
            row,
            state=State.RECAP,
            common_name=name,
            issue_date=issue_date,
            recap=recap_json(recap_of(seen.drafts)),
        )
        return view_json(connection, house, who, row)


def cancel(house: House, who: Who, import_id: str) -> dict[str, Any]:
    """Give an import up, and its file with it. Again, and nothing happens."""
    who.must(Scope.BOOKS_WRITE)
    with house.store.transaction() as connection:
        row = find(connection, who, import_id, lock=True)
        if row.state == State.IMPORTED:
            raise already_imported(row)
        if row.state != State.CANCELLED:
            row = _write(connection, row, state=State.CANCELLED, fixes={}, left_out=[])
            record_action(
                connection, house.now(), who, "spreadsheet.cancelled", row.id,
                company_id=row.company_id,
            )  # fmt: skip
    forget(row.id)
    for key in (row.object_key, *(sheet_key(row.object_key, s["place"]) for s in row.sheets)):
        house.objects.delete(key)
    return summary_json(row)


def get(house: House, who: Who, import_id: str) -> dict[str, Any]:
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, import_id)
        return view_json(connection, house, who, row)


def list_imports(
    house: House,
    who: Who,
    company_id: str | None = None,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """The newest first, without those that were cancelled unless asked for."""
    who.must(Scope.BOOKS_READ)
    query = select(t.spreadsheet_import).where(within(who, t.spreadsheet_import))
    query = query.where(_c.state == state if state else _c.state != State.CANCELLED)
    if company_id:
        query = query.where(_c.company_id == company_id)
    if cursor:
        query = query.where(_c.id < cursor)
    with house.store.reading() as connection:
        rows = connection.execute(query.order_by(_c.id.desc()).limit(limit_of(limit) + 1)).all()
    return page_of([summary_json(row) for row in rows], limit)


def list_rows(
    house: House,
    who: Who,
    import_id: str,
    *,
    faulty: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """The rows of an import with their cells and what is wrong with them, by their number."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        row = find(connection, who, import_id)
        must_be_open(row, None)
        seen = look(connection, house, who, row)
    return rows_page(row, seen, faulty=faulty, cursor=cursor, limit=limit)


def not_before(house: House, who: Who, import_id: str) -> str | None:
    """The first day that drafts of an import may bear, if any: that of the last invoice."""
    who.must(Scope.BOOKS_READ)
    with house.store.reading() as connection:
        last = last_invoice_day(connection, find(connection, who, import_id).company_id)
    return last.isoformat() if last else None


def may_start(house: House, who: Who, company_id: str) -> bool:
    """Whether the company has sent an invoice to a customer before."""
    with house.store.reading() as connection:
        return has_invoiced(connection, who, company_id)


def _open(connection: Connection, who: Who, import_id: str, version: int | None) -> Row[Any]:
    row = find(connection, who, import_id, lock=True)
    must_be_open(row, version)
    return row


def _first_the_columns() -> Conflict:
    return Conflict(
        "It is not said yet which column is what.",
        code="spreadsheet_not_mapped",
        advice="Choose the columns first.",
    )


def _write(connection: Connection, row: Row[Any], **values: Any) -> Row[Any]:
    return connection.execute(
        update(t.spreadsheet_import)
        .where(_c.id == row.id)
        .values(version=row.version + 1, **values)
        .returning(t.spreadsheet_import)
    ).one()


def _sheets(book: Workbook) -> list[dict[str, Any]]:
    return [
        {"place": s.place, "name": s.name, "visible": s.visible, "rows": s.rows}
        for s in book.sheets
    ]


def _read_as(connection: Connection, company_id: str, place: int, layout: Layout) -> dict[str, Any]:
    """The columns of a sheet: as they were chosen for such headers before, else as these say."""
    m = t.spreadsheet_mapping.c
    kept = connection.scalar(
        select(m.headers).where(m.company_id == company_id, m.signature == layout.signature)
    )
    columns = by_header(layout, kept) if kept else dict(layout.columns)
    return {"sheet": place, "header_row": layout.header_row, "columns": columns}


def _keep_mapping(connection: Connection, house: House, row: Row[Any], layout: Layout) -> None:
    """Remember the choice, where the headers do not say it themselves."""
    m = t.spreadsheet_mapping.c
    headers = {name: layout.headers[n] for name, n in layout.columns.items()}
    mine = (m.company_id == row.company_id, m.signature == layout.signature)
    changed = connection.execute(update(t.spreadsheet_mapping).where(*mine).values(headers=headers))
    told = layout_of([layout.headers], 0).columns
    if changed.rowcount == 0 and dict(layout.columns) != dict(told):
        connection.execute(
            insert(t.spreadsheet_mapping).values(
                id=new_id("map"),
                organisation_id=row.organisation_id,
                company_id=row.company_id,
                signature=layout.signature,
                headers=headers,
                created_at=house.now(),
            )
        )
