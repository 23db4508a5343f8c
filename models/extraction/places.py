"""Which label a value stands under: the one to its left, else the one above it.

Every value has at most one label on its left; a value that has none may be under a heading. The
weight says how sure the tie is and falls with distance.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.extraction.labels import Label, Labelled
from models.extraction.rows import Row, Sheet


@dataclass(frozen=True, slots=True)
class Tie:
    label: Label
    weight: float
    how: str
    """``left`` or ``above``."""
    between: str = ""
    """The text between a label and its value on the same row."""


def ties(sheet: Sheet, labelled: Labelled, row: Row, start: int, end: int) -> list[Tie]:
    """The labels a value at `start:end` of a row may belong to, best first."""
    found: list[Tie] = []
    before = [label for label in labelled.on(row) if label.end <= start]
    if before:
        label = before[-1]
        between = row.text[label.end : start]
        box = row.box_of(start, end)
        gap = max(0.0, box.x0 - label.box.x1)
        digits = sum(map(str.isdigit, between))
        letters = sum(map(str.isalpha, between))
        weight = 1.0 - min(0.45, gap) - 0.02 * letters - (0.35 if digits else 0.0)
        found.append(Tie(label, max(0.1, weight), "left", between))
        if gap < 0.25 and not digits and letters < 12:
            return found
    elif wrapped := _wrapped(sheet, labelled, row, start):
        return [wrapped]
    found.extend(_above(sheet, labelled, row, start, end))
    return sorted(found, key=lambda tie: -tie.weight)


def _wrapped(sheet: Sheet, labelled: Labelled, row: Row, start: int) -> Tie | None:
    """The label a running text has left at the end of the line before: `… Rechnungsnummer:`."""
    if row.text[:start].strip() or not row.place:
        return None
    upper = sheet.by_page[row.page][row.place - 1]
    labels = labelled.on(upper)
    if not labels or upper.box.x1 - upper.box.x0 < 0.4 or ":" not in upper.text[-4:]:
        return None
    label = labels[-1]
    if any(map(str.isalnum, upper.text[label.end :])) or "  " in upper.text[label.start :]:
        return None
    return Tie(label, 0.7, "left")


def _above(sheet: Sheet, labelled: Labelled, row: Row, start: int, end: int) -> list[Tie]:
    box = row.box_of(start, end)
    rows = sheet.by_page[row.page]
    at = row.place
    found: list[Tie] = []
    for upper in reversed(rows[max(0, at - 6) : at]):
        distance = box.y0 - upper.box.y1
        if distance > row.height * 5:
            break
        if upper.box.y1 > box.y0 + 0.5 * row.height:
            continue
        for label in labelled.on(upper):
            overlap = min(label.box.x1, box.x1) - max(label.box.x0, box.x0)
            aligned = abs(label.box.x0 - box.x0) < 1.5 * row.em
            if overlap <= 0 and not aligned:
                continue
            tail = upper.text[label.end : label.end + 60].split("  ")[0]
            if any(map(str.isdigit, tail)):
                continue  # the label above has a value of its own
            weight = 0.85 - 3.0 * max(0.0, distance)
            found.append(Tie(label, max(0.1, weight), "above"))
        if found:
            break
        if distance > row.height * 3 and any(
            word.box.x0 < box.x1 and box.x0 < word.box.x1 for word in upper.words
        ):
            break
    return found
