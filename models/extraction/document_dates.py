"""Which date of a document is its own, and which one it is to be paid by.

Every date is described by its label, the words before it and its place; the same features weigh
differently for the one and the other. Dates of delivery, of orders, of print and of periods speak
for neither. `ranking` chooses.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from domain.printed.dates import DateSeen, dates_in
from models.extraction.labels import Labelled
from models.extraction.places import Tie, ties
from models.extraction.ranking import Candidate
from models.extraction.rows import Row, Sheet
from models.extraction.texts import fold

ISSUE_WEIGHTS = {
    "absent": -1.0,
    "early": 2.5,
    "issue_label": 6.0,
    "date_label": 4.5,
    "from_label": 3.0,
    "transaction_label": 3.0,
    "title_label": 4.0,
    "due_label": -4.0,
    "other_label": -3.0,
    "booking_label": -0.3,
    "in_number": -5.0,
    "titled": 2.0,
    "after_town": 3.0,
    "owed": -3.0,
    "in_sentence": -1.0,
    "period": -2.5,
    "period_end": -0.5,
    "in_table": -1.0,
    "foot": -0.7,
    "later_page": -1.0,
    "timed": 0.3,
    "future": -3.0,
    "ancient": -4.0,
    "damaged": -2.0,
    "not_first": -0.2,
}
"""What each feature is believed to be worth, in log-odds of being the date of the document."""
DUE_WEIGHTS = {
    "absent": 4.5,
    "early": -0.3,
    "issue_label": -3.0,
    "date_label": -2.0,
    "from_label": -1.0,
    "transaction_label": -2.0,
    "title_label": -2.0,
    "due_label": 8.0,
    "other_label": -3.0,
    "booking_label": -1.0,
    "in_number": -5.0,
    "titled": -2.0,
    "after_town": -2.0,
    "owed": 6.5,
    "in_sentence": 0.2,
    "period": -2.0,
    "period_end": 1.0,
    "in_table": -0.3,
    "foot": -0.3,
    "later_page": -0.3,
    "timed": -1.0,
    "future": 0.2,
    "ancient": -4.0,
    "damaged": -4.0,
    "not_first": 0.3,
}
"""The same of being the date it is to be paid by."""
_DUE = re.compile(
    r"echeance|\bpay(?:er|able|ez|ment due)|regl(?:er|ement)|prelev|exigible|\bdue\b|pay (?:by|before)|"
    r"zahlbar|fallig|uberweis|zahlen sie|\bbezahlen|abgebucht|zu zahlen|betal|vervalt|voldoen|"
    r"\bscad|pagabil|pagare|incass"
)
_TOWN_BEFORE = re.compile(
    r"(?:^|\s{2})[^\W\d][^\d,:]{2,30}(?:,\s?(?:le|den|am|op|il|li)?|\s(?:le|den|il|li))\s*$"
)
"""`Lyon, le`, `Zürich,`: the place before the day it was written."""
_TIME = re.compile(r"\s{0,3}(?:[-,/à]\s?|um |om |at )?[0-2]?\d[:h][0-5]\d")
_MOST_ORDER = 8
_SENTENCE = 5
"""Words in one cell with a date from which it is one of a sentence."""
_DAMAGED = re.compile(r"(?<!\d)(\d{1,2})[ ./,-]{1,2}(\d{1,2})[ ./,-]{1,2}(20\d\d|[12]\d)(?!\d)")
_TITLES = frozenset({"document_title_invoice", "document_title_credit_note"})


def date_candidates(
    sheet: Sheet, labelled: Labelled, *, month_first: bool, today: dt.date | None = None
) -> list[Candidate]:
    """Every date of the document, in ISO, with what speaks for and against it."""
    found: list[Candidate] = []
    for row in sheet.rows:
        seen = dates_in(row.text, month_first=month_first)
        for position, date in enumerate(seen):
            features = {
                "early": 1 - min(len(found), _MOST_ORDER) / _MOST_ORDER,
                "not_first": float(bool(found)),
                **_features(sheet, labelled, row, position, seen, today),
            }
            found.append(Candidate(date.value.isoformat(), row, date.start, date.end, features))
    return found or list(_damaged_dates(sheet, today))


def _damaged_dates(sheet: Sheet, today: dt.date | None) -> Iterator[Candidate]:
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
                features = {"early": 1.0, "damaged": 1.0}
                yield Candidate(day.isoformat(), row, match.start(), match.end(), features)


def _features(
    sheet: Sheet,
    labelled: Labelled,
    row: Row,
    position: int,
    seen: Sequence[DateSeen],
    today: dt.date | None,
) -> dict[str, float]:
    date = seen[position]
    label, before = _label(sheet, labelled, row, date), row.text[: date.start]
    since = max((other.end for other in seen if other.end <= date.start), default=0)
    titled = (
        position == 0
        and row.page == 0
        and any(seen.fields & _TITLES and seen.end <= date.start for seen in labelled.on(row))
    )
    period = bool(
        len(seen) > 1
        and seen[1].start - seen[0].end < 14
        and re.search(
            r"\b(au|to|bis|tot|until|jusqu|al)\b|^\W*-",
            row.text[seen[0].end : seen[1].start],
            re.IGNORECASE,
        )
    )
    return label | {
        "titled": float(titled),
        "after_town": float(not label and _TOWN_BEFORE.search(before) is not None),
        "owed": float(_DUE.search(fold(row.text[since : date.start])[-70:]) is not None),
        "in_sentence": float(_words_around(row, date) >= _SENTENCE),
        "period": float(period),
        "period_end": float(period and position == 1),
        "in_table": float(any(h < row.index <= e for h, e in labelled.region_end.items())),
        "foot": float(row.box.y0 > 0.85),
        "later_page": float(row.page),
        "timed": float(_TIME.match(row.text[date.end :]) is not None),
        "future": float(today is not None and date.value > today + dt.timedelta(days=1)),
        "ancient": float(date.value.year < 1995),
    }


def _words_around(row: Row, date: DateSeen) -> int:
    cell = next((c for c in row.cells() if c[0] <= date.start < c[1]), (0, len(row.text)))
    others = row.text[cell[0] : date.start] + " " + row.text[date.end : cell[1]]
    return sum(len(word) > 1 and word.isalpha() for word in others.split())


def _label(sheet: Sheet, labelled: Labelled, row: Row, date: DateSeen) -> dict[str, float]:
    """What the nearest label that says anything of a date says, as strongly as it is tied to it."""
    for tie in ties(sheet, labelled, row, date.start, date.end)[:2]:
        name, strength = _meaning(tie)
        if name:
            return {name: strength * tie.weight}
        if tie.weight > 0.5:
            break
    return {}


def _meaning(tie: Tie) -> tuple[str, float]:
    """What a label says of the date beside it, and how much of it is believed."""
    fields, tokens = tie.label.fields, set(tie.label.tokens)
    letters = sum(map(str.isalpha, tie.between))
    if "due_date" in fields:
        return "due_label", 1.0 if letters < 18 else 0.6
    if "issue_date" in fields:
        if tokens <= {"le", "vom", "du"}:
            return "from_label", 1.0 if letters == 0 and tie.how == "left" else 0.3
        if tokens <= {"date", "datum", "data"}:
            return "date_label", 1.0 if letters < 12 else 0.6
        if "order" in tokens or "purchase" in tokens or "transaction" in tokens:
            return "transaction_label", 1.0
        return "issue_label", 1.0
    if "invoice_number" in fields and "n" in tokens and letters == 0 and tie.how == "left":
        return "in_number", 1.0  # `Facture n° 25-01-2082`
    if fields & {"document_title_invoice", "invoice_number"} and tie.how == "left":
        return "title_label", 1.0 if letters < 10 else 0.6
    if fields & {
        "supply_date",
        "order_date",
        "other_date",
        "service_period",
        "validity_date",
        "delivery_date",
    }:
        return "other_label", 1.0
    if fields & {"value_date", "operation_date", "statement_period"}:
        return "booking_label", 1.0
    return "", 0.0
