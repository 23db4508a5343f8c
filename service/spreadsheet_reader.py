"""Reads one sheet of a workbook, as a program of its own that is thrown away after each file.

Run by `service.spreadsheets` with the file on standard input; answers JSON on standard output. The
bytes are a stranger's: a ZIP may swell without end and a sheet claim a billion cells. So this
process lowers its own limits first, knows no secret, writes nothing and imports nothing of the
house; whatever becomes of it, the service goes on.

The answer is two lines: the sheets and which was chosen, then the cells of that one. Cells are JSON: text, number, true, null; a day as ``{"d": "2026-01-31"}``, a length of time in
seconds as ``{"s": 12600}``, a formula without a value as ``{"e": "#N/A"}`` (empty: never calculated).
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree import ElementTree as ET

MOST_UNPACKED = 400_000_000
MOST_PARTS = 2_000
MOST_ROWS = 20_000
"""Rows with anything in them, the header among them not counted."""
MOST_COLUMNS = 200
MOST_TEXT = 60_000_000
LONGEST_CELL = 2_000
HEAD_ROWS = 30
MOST_SHEETS = 50

_OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)(?<!/)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_PLACE = re.compile(rb"\br=\"([A-Z]{1,3})([0-9]{1,7})\"")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:/>|>([^<]*))")


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """Why this file is not taken; the code is the service's to put in words."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.details = code, details


def lower_limits(memory_mb: int, cpu_s: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory_mb * 1024 * 1024),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def read(content: bytes, wanted: int | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sheets of a workbook, and the cells of one: of `wanted`, else of the first that is
    visible and not empty.
    """
    parts = _parts(content)
    import python_calamine

    try:
        book = python_calamine.load_workbook(io.BytesIO(content))
        listed = [
            (n, meta.name, meta.visible == python_calamine.SheetVisibleEnum.Visible)
            for n, meta in enumerate(book.sheets_metadata)
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ][:MOST_SHEETS]
        sheets = [
            _Read(n, name, visible, book.get_sheet_by_index(n)) for n, name, visible in listed
        ]
    except python_calamine.PasswordError:
        raise Refusal("spreadsheet_password") from None
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise Refusal("spreadsheet_damaged", cause=str(error)[:200]) from None
    filled = [one for one in sheets if one.sheet.height and one.sheet.width]
    if wanted is not None:
        chosen = next((one for one in sheets if one.place == wanted), None)
        if chosen is None:
            raise Refusal("spreadsheet_sheet")
    else:
        chosen = next((one for one in filled if one.visible), None) or next(iter(filled), None)
    if chosen is None:
        raise Refusal("spreadsheet_empty")
    broken = _broken_cells(parts, chosen.name)
    sheets_told = [
        {
            "place": one.place,
            "name": one.name[:200],
            "visible": one.visible,
            "rows": one.sheet.height,
            "head": _rows(one.sheet, HEAD_ROWS, {}),
        }
        for one in sheets
    ]
    merged = chosen.sheet.merged_cell_ranges or []
    return {"sheets": sheets_told, "chosen": chosen.place}, {
        "name": chosen.name[:200],
        "rows": _rows(chosen.sheet, None, broken),
        "merged": [[*a, *b] for a, b in merged[:MOST_ROWS] if b[0] < 5 * MOST_ROWS],
        "from_1904": _from_1904(parts),
    }


class _Read:
    """A sheet with where it stands in its workbook."""

    def __init__(self, place: int, name: str, visible: bool, sheet: Any) -> None:
        self.place, self.name, self.visible, self.sheet = place, name, visible, sheet


def _parts(content: bytes) -> zipfile.ZipFile:
    """The parts of an .xlsx that is one; Refusal for every other kind of file."""
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise Refusal("spreadsheet_password" if encrypted else "spreadsheet_kind")
    if not content.startswith(b"PK"):
        raise Refusal("spreadsheet_kind")
    try:
        parts = zipfile.ZipFile(io.BytesIO(content))
        found = parts.infolist()
    except Exception as error:  # noqa: BLE001 - zipfile raises struct, key, value and more
        raise Refusal("spreadsheet_damaged", cause=str(error)[:200]) from None
    names = {info.filename for info in found}
    if "xl/workbook.xml" not in names or "xl/vbaProject.bin" in names:
        raise Refusal("spreadsheet_kind")
    if len(found) > MOST_PARTS or sum(info.file_size for info in found) > MOST_UNPACKED:
        raise Refusal("spreadsheet_swells")
    for info in found:
        if info.filename.endswith((".xml", ".rels")):
            with parts.open(info) as part:
                if b"<!DOCTYPE" in part.read(4096).upper():
                    raise Refusal("spreadsheet_damaged", cause="DOCTYPE")
    return parts


def _part(parts: zipfile.ZipFile, name: str) -> bytes:
    try:
        with parts.open(name) as part:
            return part.read(MOST_UNPACKED)
    except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return b""


def _from_1904(parts: zipfile.ZipFile) -> bool:
    found = re.search(
        rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904=\"(1|true)\"", _part(parts, "xl/workbook.xml")
    )
    return found is not None


Broken = dict[int, dict[int, str]]
"""Row → column → Excel's error, or empty."""


def _broken_cells(parts: zipfile.ZipFile, name: str) -> Broken:
    """The cells of a sheet that have an error or a formula without a value; the reader shows both
    as empty.
    """
    content = _part(parts, _path_of(parts, name))
    if b't="e"' not in content and b"<f" not in content and b":f" not in content:
        return {}
    broken: Broken = {}
    for cell in _CELL.finditer(content):
        about, inner = cell[1], cell[2]
        error, value = b't="e"' in about, _VALUE.search(inner)
        formula = b"<f" in inner or b":f" in inner
        place = _PLACE.search(about)
        if place and (error or (formula and value is None)):
            said = value[1].decode("utf-8", "replace")[:20] if value and value[1] and error else ""
            broken.setdefault(int(place[2]) - 1, {})[_column(place[1])] = said
        if len(broken) > MOST_ROWS:
            break
    return broken


def _path_of(parts: zipfile.ZipFile, name: str) -> str:
    """Where in the file a sheet lies."""
    try:
        book = ET.fromstring(_part(parts, "xl/workbook.xml"))  # noqa: S314 - no DOCTYPE
        links = ET.fromstring(_part(parts, "xl/_rels/workbook.xml.rels"))  # noqa: S314
    except ET.ParseError:
        return ""
    wanted = next(
        (s.get(_OFFICE) for s in book.iter() if s.tag.endswith("}sheet") and s.get("name") == name),
        None,
    )
    target = next((x.get("Target", "") for x in links if x.get("Id") == wanted), "")
    return posixpath.normpath(posixpath.join("xl", target)).lstrip("/")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _rows(sheet: Any, most: int | None, broken: Broken) -> list[list[Any]]:
    """The rows of a sheet from its very first, without empty ones at the end and cells at theirs."""
    found: list[list[Any]] = []
    filled = text = 0
    left = [None] * (sheet.start or (0, 0))[1]
    last = max(broken, default=-1)
    # The rows come from the first of the sheet, their cells from the first column that is used.
    for place, row in enumerate(sheet.iter_rows()):
        if most is not None and place >= most:
            break
        cells = left + [_cell(value) for value in row]
        _mend(cells, broken.get(place))
        while cells and cells[-1] is None:
            cells.pop()
        del cells[MOST_COLUMNS:]
        filled += bool(cells)
        text += sum(len(c) for c in cells if isinstance(c, str))
        if filled > MOST_ROWS + HEAD_ROWS or text > MOST_TEXT or place > 5 * MOST_ROWS:
            raise Refusal("spreadsheet_rows", most=MOST_ROWS)
        found.append(cells)
    if most is None:
        for place in range(len(found), min(last, 5 * MOST_ROWS) + 1):
            cells = []
            _mend(cells, broken.get(place))
            found.append(cells)
    while found and not found[-1]:
        found.pop()
    return found


def _mend(cells: list[Any], broken: dict[int, str] | None) -> None:
    """Say of a row's cells that have no value why they have none."""
    for column, said in (broken or {}).items():
        if column < MOST_COLUMNS:
            cells.extend([None] * (column + 1 - len(cells)))
            if cells[column] is None:
                cells[column] = {"e": said}


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value[: LONGEST_CELL + 1] or None
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        # Excel shows fifteen digits; what a formula left behind them is noise.
        return int(value) if value.is_integer() and abs(value) < 1e15 else float(f"{value:.15g}")
    if isinstance(value, datetime):
        return {"d": value.date().isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, timedelta):
        return {"s": round(value.total_seconds())}
    if isinstance(value, time):
        return {"s": value.hour * 3600 + value.minute * 60 + value.second}
    return value if isinstance(value, int) else None


def main() -> None:
    """``spreadsheet_reader.py MEMORY_MB CPU_S [SHEET]``."""
    memory_mb, cpu_s, *sheet = map(int, sys.argv[1:])
    lower_limits(memory_mb, cpu_s)
    answer: tuple[dict[str, Any], ...]
    try:
        answer = read(sys.stdin.buffer.read(), sheet[0] if sheet else None)
    except Refusal as refusal:
        answer = ({"refused": refusal.code, "details": refusal.details},)
    except MemoryError:
        answer = ({"refused": "spreadsheet_swells", "details": {}},)
    for part in answer:
        sys.stdout.write(json.dumps(part, separators=(",", ":"), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
