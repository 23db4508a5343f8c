"""Which date of a document is its own, and which one it is to be paid by.

Every date is scored for both by its label, the words before it and its place. Dates of delivery, of
orders, of print and of periods speak for neither.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.printed.dates import DateSeen, dates_in
from models.extraction.labels import Labelled
from models.extraction.places import Tie, ties
from models.extraction.rows import Row, Sheet
from models.extraction.texts import fold

_DUE = re.compile(
    r"echeance|\bpay(?:er|able|ez|ment due)|regl(?:er|ement)|prelev|exigible|\bdue\b|pay (?:by|before)|"
    r"zahlbar|fallig|uberweis|zahlen sie|\bbezahlen|abgebucht|zu zahlen|betal|vervalt|voldoen"
)


@dataclass(frozen=True, slots=True)
class DateCandidate:
    value: dt.date
    row: Row
    start: int
    end: int
    issue: float
    due: float
    period: bool = False


def date_candidates(
    sheet: Sheet, labelled: Labelled, *, month_first: bool, today: dt.date | None = None
) -> list[DateCandidate]:
    """Every date of the document with how well it fits issue and due date."""
    found: list[DateCandidate] = []
    order = 0
    for row in sheet.rows:
        seen = dates_in(row.text, month_first=month_first)
        for position, date in enumerate(seen):
            order += 1
            found.append(_date(sheet, labelled, row, date, position, seen, order, today))
    return found or list(_damaged_dates(sheet, today))


_DAMAGED = re.compile(r"(?<!\d)(\d{1,2})[ ./,-]{1,2}(\d{1,2})[ ./,-]{1,2}(20\d\d|[12]\d)(?!\d)")


def _damaged_dates(sheet: Sheet, today: dt.date | None) -> Iterator[DateCandidate]:
    """Dates of a scan whose strokes were misread (`18 03-18`), where it shows no other."""
    if not sheet.scanned:
        return
    for row in sheet.rows:
        for match in _DAMAGED.finditer(row.text):
            year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
            try:
                day = dt.date(year, int(match[2]), int(match[1]))
            except ValueError:
                continue
            if today is None or day <= today:
                yield DateCandidate(day, row, match.start(), match.end(), 0.15, 0.0)


def _date(
    sheet: Sheet,
    labelled: Labelled,
    row: Row,
    date: DateSeen,
    position: int,
    seen: Sequence[DateSeen],
    order: int,
    today: dt.date | None,
) -> DateCandidate:
    in_table = any(h < row.index for h in labelled.headers) and row.index not in labelled.headers
    # Something to go by without any label: the first dates of a document are its own.
    issue = 0.32 - 0.02 * min(order, 8) - 0.06 * row.page
    due = 0.0
    since = max((other.end for other in seen if other.end <= date.start), default=0)
    owed = _DUE.search(fold(row.text[since : date.start])[-70:]) is not None
    if owed:
        due = 0.75
    for tie in ties(sheet, labelled, row, date.start, date.end)[:2]:
        issue_strength, due_strength = _date_strength(tie)
        issue = (
            max(issue, issue_strength * tie.weight)
            if issue_strength >= 0
            else min(issue, 0.1 + issue_strength * 0.2)
        )
        due = max(due, due_strength * tie.weight)
        if tie.weight > 0.5:
            break
    if owed:
        issue = min(issue - 0.2, 0.3)  # `payable au plus tard le 25 juillet`
    titles = {"document_title_invoice", "document_title_credit_note"}
    if (
        position == 0
        and row.page == 0
        and issue >= 0.5
        and any(label.fields & titles and label.end <= date.start for label in labelled.on(row))
    ):
        issue = max(issue, 0.85)  # `Rechnung Nr. 471102 vom 05.06.2018`
    period = bool(
        len(seen) > 1
        and seen[1].start - seen[0].end < 14
        and re.search(
            r"\b(au|to|bis|tot|until|jusqu)\b|^\W*-",
            row.text[seen[0].end : seen[1].start],
            re.IGNORECASE,
        )
    )
    if period:
        issue -= 0.25
        due = due if position == 1 and due > 0.5 else 0.0
    if in_table and issue < 0.5:
        issue -= 0.12
    if today is not None and date.value > today + dt.timedelta(days=1):
        issue -= 0.3
    if date.value.year < 1995:
        issue -= 0.4
    return DateCandidate(date.value, row, date.start, date.end, issue, due, period)


def _date_strength(tie: Tie) -> tuple[float, float]:
    """How much a label means the issue date and the due date; negative speaks against."""
    fields, tokens = tie.label.fields, set(tie.label.tokens)
    letters = sum(map(str.isalpha, tie.between))
    if "due_date" in fields:
        return -1.0, 1.0 if letters < 18 else 0.6
    if "issue_date" in fields:
        if tokens <= {"le", "vom", "du", "date", "datum"}:
            if tokens <= {"le", "vom", "du"}:
                return (0.55, 0.0) if letters == 0 and tie.how == "left" else (0.2, 0.0)
            return (0.8, 0.0) if letters < 12 else (0.5, 0.0)
        if "order" in tokens or "purchase" in tokens or "transaction" in tokens:
            return 0.6, 0.0
        return 1.0, 0.0
    if "invoice_number" in fields and "n" in tokens and letters == 0 and tie.how == "left":
        return -1.0, 0.0  # `Facture n° 25-01-2082`
    if fields & {"document_title_invoice", "invoice_number"} and tie.how == "left":
        return (0.75 if letters < 10 else 0.5), 0.0
    if fields & {
        "supply_date",
        "order_date",
        "other_date",
        "service_period",
        "validity_date",
        "delivery_date",
    }:
        return -0.6, 0.0
    if fields & {"value_date", "operation_date", "statement_period"}:
        return 0.1, 0.0
    return 0.15, 0.0
