"""A value with the words it was read from: how every reader of pages makes its findings."""

from __future__ import annotations

from domain.findings import Finding, State
from models.extraction.rows import Row, Sheet


def finding(
    sheet: Sheet, value: str, row: Row, start: int, end: int, sure: float, state: State = "read"
) -> Finding:
    """`value` as a finding at the characters `start:end` of a row.

    `sure` is 0–1 for words read without doubt; those that OCR doubts take up to 40 % of it.
    """
    page = sheet.pages[row.page]
    seen = row.confidence(start, end) if page.source == "ocr" else 1.0
    return Finding(
        value=value,
        confidence=round(max(0.05, min(0.99, sure * (0.6 + 0.4 * seen))), 3),
        state=state,
        source=page.source,
        page=page.number,
        box=row.box_of(start, end),
        reader=page.reader,
    )
