"""Spreadsheets in, through a disposable reader: what a stranger's .xlsx holds, within limits.

The reader (`service.spreadsheet_reader`) is a program of its own with little memory and little time
and nothing of ours to lose; here its answer becomes values. What the cells mean is
`domain.spreadsheets`' business.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.errors import TooLarge, Unavailable, Unreadable
from domain.spreadsheets.cells import BrokenCell, Cell
from domain.spreadsheets.columns import REQUIRED, layout_of
from domain.spreadsheets.rows import Sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_FILE = 20 * 1024 * 1024
_READER = Path(__file__).with_name("spreadsheet_reader.py")
_MEMORY_MB, _CPU_S, _WAIT_S = 1_500, 30, 60
REFUSALS: Mapping[str, tuple[str, str]] = {
    "spreadsheet_kind": (
        "This is no .xlsx file.",
        "Save it as an Excel workbook (.xlsx), without macros, and send that.",
    ),
    "spreadsheet_password": (
        "This file is protected by a password.",
        "Take the password away and send it again.",
    ),
    "spreadsheet_damaged": (
        "This file is damaged or is no sound workbook.",
        "Open it in a spreadsheet program, save it as .xlsx and send that.",
    ),
    "spreadsheet_empty": (
        "There is nothing in this workbook.",
        "Fill in the template and send it again.",
    ),
    "spreadsheet_sheet": ("There is no such sheet.", "Choose one of the sheets of the file."),
    "spreadsheet_rows": ("This sheet has too many rows.", "Split it into several files."),
    "spreadsheet_swells": (
        "This file unpacks to more than a spreadsheet of this kind ever holds.",
        "Copy the rows into a new workbook and send that.",
    ),
    "spreadsheet_slow": (
        "This file could not be read in the time allowed.",
        "Copy the rows into a new workbook and send that.",
    ),
}


@dataclass(frozen=True, slots=True)
class SheetInfo:
    place: int
    name: str
    visible: bool
    rows: int


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a file, and the one of them that is to be looked at."""

    sheets: tuple[SheetInfo, ...]
    chosen: int
    raw: bytes
    """The chosen sheet as it is kept; `sheet_of` makes it a value."""


def read_workbook(content: bytes, sheet: int | None = None) -> Workbook:
    """The workbook with its `sheet`; without one, with the visible sheet whose headers name most of
    what an invoice line needs. Raises Unreadable or TooLarge with what to do.
    """
    if len(content) > LARGEST_FILE:
        raise too_large()
    answer, raw = _answer(content, sheet)
    if sheet is None:
        best = _likeliest(answer)
        if best != answer["chosen"]:
            answer, raw = _answer(content, best)
    infos = tuple(
        SheetInfo(one["place"], one["name"], one["visible"], one["rows"])
        for one in answer["sheets"]
    )
    return Workbook(infos, answer["chosen"], raw)


def too_large() -> TooLarge:
    return TooLarge(
        "This file is too large.",
        code="spreadsheet_file_too_large",
        advice="Split it into several files.",
        most_mb=LARGEST_FILE // 1024 // 1024,
    )


def sheet_of(raw: bytes) -> Sheet:
    """A sheet as it was kept."""
    data = json.loads(raw, parse_float=Decimal)
    rows = tuple(tuple(map(_cell, row)) for row in data["rows"])
    merged = tuple((a, b, c, d) for a, b, c, d in data["merged"])
    return Sheet(data["name"], rows, merged, data["from_1904"])


def _likeliest(answer: Mapping[str, Any]) -> int:
    """The first visible sheet that names most of the required fields; the reader's own choice when
    none names any.
    """
    best, most = int(answer["chosen"]), 0
    for one in answer["sheets"]:
        head: Sequence[Sequence[Cell]] = [tuple(map(_cell, row)) for row in one["head"]]
        if one["visible"] and any(head):
            named = len(REQUIRED) - len(layout_of(head).missing)
            if named > most:
                best, most = int(one["place"]), named
    return best


def _answer(content: bytes, sheet: int | None) -> tuple[dict[str, Any], bytes]:
    """What the reader says of the sheets, and the one it chose as it stands."""
    command = [sys.executable, "-I", str(_READER), str(_MEMORY_MB), str(_CPU_S)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, numbers for arguments
            [*command, str(sheet)] if sheet is not None else command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WAIT_S,
            check=False,
            env={"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"},
        )
    except subprocess.TimeoutExpired:
        raise _refusal("spreadsheet_slow", {}) from None
    except OSError as error:
        raise Unavailable("No reader could be started.", advice="Try again.") from error
    try:
        told, _, raw = done.stdout.partition(b"\n")
        answer = json.loads(told, parse_float=Decimal) if done.returncode == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        # Killed for its memory or its time, or it fell over the bytes: the file's fault each time.
        slow = done.returncode in (-9, -24)
        raise _refusal("spreadsheet_slow" if slow else "spreadsheet_swells", {})
    if "refused" in answer:
        raise _refusal(answer["refused"], answer["details"])
    return answer, raw.strip()


def _refusal(code: str, details: Mapping[str, Any]) -> Unreadable | TooLarge:
    message, advice = REFUSALS[code]
    kind = TooLarge if code in ("spreadsheet_rows", "spreadsheet_swells") else Unreadable
    shown = {name: value for name, value in details.items() if name != "cause"}
    return kind(message, code=code, advice=advice, **shown)


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, str | bool | Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if "d" in value:
        return date.fromisoformat(value["d"])
    if "s" in value:
        return timedelta(seconds=value["s"])
    return BrokenCell(value["e"])
