"""Imports of spreadsheets as they are shown: how far they are, columns, cells with their faults."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Row

from domain.people import Who
from domain.spreadsheets import OPEN, State
from domain.spreadsheets.cells import is_empty, shown
from domain.spreadsheets.columns import FIELDS, REQUIRED, letter
from domain.spreadsheets.drafts import Recap, names_that_differ
from domain.spreadsheets.rows import CellFault
from service.house import House
from service.lists import limit_of
from service.operations.spreadsheet_sheets import Seen, kept_sheet, layout_now, look

_SAMPLES = 3
_SAMPLED = 100
"""Rows among which the samples of a column are looked for."""
_MOST_TOLD = 100


def summary_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "company_id": row.company_id,
        "name": row.name,
        "state": row.state,
        "version": row.version,
        "common_name": row.common_name,
        "issue_date": row.issue_date.isoformat() if row.issue_date else None,
        "lines": row.lines,
        "drafts": row.drafts,
        "made_by": row.made_by,
        "imported_by": row.imported_by,
        "imported_at": row.imported_at.isoformat() if row.imported_at else None,
        "created_at": row.created_at.isoformat(),
    }


def view_json(connection: Connection, house: House, who: Who, row: Row[Any]) -> dict[str, Any]:
    """An import in full; what its sheet holds as long as it is open."""
    told = {
        **summary_json(row),
        "sheets": row.sheets,
        "sheet": row.sheet,
        "header_row": row.header_row + 1,
        "mapping": {name: letter(n) for name, n in row.columns.items()},
        "recap": row.recap if row.state in (State.RECAP, State.IMPORTED) else None,
    }
    if row.state not in OPEN:
        return told
    seen = None if row.state == State.MAPPING else look(connection, house, who, row)
    sheet = seen.sheet if seen else kept_sheet(house, row)
    layout = seen.layout if seen else layout_now(sheet, row)
    below = sheet.rows[layout.header_row + 1 :][:_SAMPLED]
    told["columns"] = [
        {
            "letter": letter(n),
            "header": header,
            "samples": [
                shown(line[n])[:60] for line in below if n < len(line) and not is_empty(line[n])
            ][:_SAMPLES],
        }
        for n, header in enumerate(layout.headers)
    ]
    told["fields"] = [{"name": name, "required": name in REQUIRED} for name in FIELDS]
    told["missing"] = list(layout.missing)
    told["headers_twice"] = list(layout.twice)
    if seen is None:
        return told
    checked = seen.checked
    return {
        **told,
        "rows": len(checked.cells),
        "faults": len(seen.faults),
        "faulty_rows": len({fault.row for fault in seen.faults}),
        "fixed": sum(len(cells) for cells in row.fixes.values()),
        "left_out": list(checked.left_out),
        "total_rows": list(checked.total_rows),
        "empty_rows": checked.empty_rows,
        "repairs": len(checked.repairs),
        "repaired": [
            {"row": r.row, "column": r.column, "code": r.code, "was": r.was, "now": r.now}
            for r in checked.repairs[:_MOST_TOLD]
        ],
        "names_differ": [
            {"customer_id": key, "names": list(names)}
            for key, names in list(names_that_differ(checked.rows).items())[:_MOST_TOLD]
        ],
    }


def rows_page(
    row: Row[Any],
    seen: Seen,
    *,
    faulty: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    faults: dict[int, list[CellFault]] = defaultdict(list)
    for fault in seen.faults:
        faults[fault.row].append(fault)
    after = int(cursor) if cursor and cursor.isdecimal() else 0
    numbers = [n for n in seen.checked.cells if n > after and (not faulty or n in faults)]
    most = limit_of(limit)
    items = []
    for number in numbers[:most]:
        cells = seen.checked.cells[number]
        fixed = row.fixes.get(str(number), {})
        items.append(
            {
                "row": number,
                "cells": {name: shown(cells.get(name)) for name in FIELDS if name in cells},
                "fixed": sorted(fixed),
                "faults": [fault_json(fault) for fault in faults.get(number, ())],
            }
        )
    more = len(numbers) > most
    return {"items": items, "next_cursor": str(numbers[most - 1]) if more else None}


def fault_json(fault: CellFault) -> dict[str, Any]:
    return {
        "column": fault.column,
        "code": fault.code,
        "message": fault.message,
        "values": dict(fault.values.items()),
    }


def recap_json(recap: Recap) -> dict[str, Any]:
    return {
        "lines": recap.lines,
        "drafts": recap.drafts,
        "customers": recap.customers,
        "new_customers": [{"legal_id": i, "name": name} for i, name in recap.new_customers],
        "totals": [
            {
                "currency": one.currency,
                "net": str(one.net),
                "vat": str(one.vat),
                "gross": str(one.gross),
            }
            for one in recap.totals
        ],
        "merged": [
            {"legal_id": i, "name": name, "rows": list(rows)} for i, name, rows in recap.merged
        ],
    }
