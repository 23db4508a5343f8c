"""Where a value stands on the pages of a document, and finding the same place on others.

An anchor is made where a person's value is printed: from the words to its left, the words above it,
and its bare place. On the next document the label is looked up and the nearest value of the same
shape is taken. Labels are whatever words stand there, in any language; no list is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from rapidfuzz.distance import Levenshtein

from domain.findings import AMOUNT_FIELDS, DATE_FIELDS
from domain.money import CENT
from domain.printed.dates import dates_in
from domain.printed.numbers import CURRENCY, Number, Style, numbers_in, style_of
from domain.rules import Anchor, Side
from domain.text import Box
from models.extraction.labels import labels_in, tokens_of
from models.extraction.rows import Row, Sheet
from models.memory.shapes import pattern_of, shape_of

MOST_TOKENS = 4
MOST_SKIPPED = 6
ABOVE = 0.12
"""How far above its value a heading may stand, as a share of the page's height."""
NEAR_X, NEAR_Y = 0.08, 0.02
PLACE_X, PLACE_Y = 0.05, 0.015
MOST_OCCURRENCES = 8
NAMED = {
    "invoice_number": frozenset({"invoice_number", "credit_note_number", "receipt_number"}),
    "issue_date": frozenset({"issue_date"}),
    "due_date": frozenset({"due_date"}),
    "net_total": frozenset({"total_excl_vat"}),
    "vat_total": frozenset({"total_vat"}),
    "gross_total": frozenset({"total_incl_vat", "receipt_total"}),
    "amount_due": frozenset({"amount_due"}),
    "order_number": frozenset({"order_number"}),
    "payment_reference": frozenset({"payment_reference"}),
}
"""What the lists of labels call our fields: they settle which of two equal values is meant."""
ALSO = {"gross_total": frozenset({"amount_due"}), "amount_due": frozenset({"total_incl_vat"})}
_TOKEN = re.compile(r"[^\W_]+|#")
_LABEL = re.compile(r"[^\W\d]+[:.]")
_TOUCHING = re.compile(r"([^\W\d_]{2,}?)(?:\d{1,2}(?:[.,]\d{1,2})?|O)(?=\s?%)")
"""A label and the rate it touches, as OCR joins them: `TVA21%`, `btw0 %`."""
_MONEY = frozenset(token for name in CURRENCY for token in tokens_of(name))
AMOUNT, WHOLE, DATE = "amount", "whole", "date"


@dataclass(frozen=True, slots=True)
class Spot:
    """A value at `start:end` of a row, as it travels (ISO dates, decimals with a dot)."""

    row: Row
    start: int
    end: int
    value: str

    @property
    def box(self) -> Box:
        return self.row.box_of(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int
    wordy: bool
    """It is not part of a value: nothing it touches has a digit."""


@dataclass(frozen=True, slots=True)
class Paper:
    """The rows of a document with their words as labels are compared; made once a document."""

    sheet: Sheet
    style: Style
    tokens: tuple[tuple[Token, ...], ...]

    @classmethod
    def of(cls, sheet: Sheet) -> Paper:
        return cls(
            sheet,
            style_of(row.text for row in sheet.rows),
            tuple(tuple(_tokens(row.text)) for row in sheet.rows),
        )


def _tokens(text: str) -> Iterator[Token]:
    for chunk in re.finditer(r"\S+", text):
        if touching := _TOUCHING.match(text, chunk.start()):
            start, end = touching.span(1)
            yield Token("".join(tokens_of(touching[1])), start, end, wordy=True)
            continue
        # `Nummer:R-100` is a label and its value, `AB/123` is a value alone.
        head = chunk.start() + chunk[0].rfind(":") + 1
        for match in _TOKEN.finditer(chunk[0]):
            start, end = chunk.start() + match.start(), chunk.start() + match.end()
            part = text[chunk.start() : head] if end <= head else text[head : chunk.end()]
            parts = tokens_of(match[0])
            if parts:
                wordy = not any(map(str.isdigit, part)) or bool(_LABEL.fullmatch(part))
                yield Token("".join(parts), start, end, wordy)


# --- values ---------------------------------------------------------------------------------------


def spots_of(paper: Paper, field: str, value: str) -> list[tuple[Spot, Anchor]]:
    """Where `value` is printed, each with the bare place it has there."""
    found: list[tuple[Spot, Anchor]] = []
    for row in paper.sheet.rows:
        for spot, shape, month_first in _matches(paper, row, field, value):
            closed = shape not in (AMOUNT, WHOLE, DATE) and not re.search(r"\s", value)
            anchor = Anchor(
                "place", "", shape, row.page, spot.box, month_first=month_first, closed=closed
            )
            found.append((spot, anchor))
            if len(found) == MOST_OCCURRENCES:
                return found
    return found


def _matches(paper: Paper, row: Row, field: str, value: str) -> Iterator[tuple[Spot, str, bool]]:
    if field in AMOUNT_FIELDS:
        wanted = Decimal(value)
        for number in numbers_in(row.text, paper.style):
            if not number.percent and abs(number.value) == abs(wanted):
                sign = "-" if wanted < 0 else ""
                shape = sign + (AMOUNT if number.is_amount else WHOLE)
                yield Spot(row, number.start, number.end, value), shape, False
    elif field in DATE_FIELDS:
        day = date.fromisoformat(value)
        for month_first in (False, True):
            hits = [d for d in dates_in(row.text, month_first=month_first) if d.value == day]
            for seen in hits:
                yield Spot(row, seen.start, seen.end, value), DATE, month_first
            if hits:
                return
    else:
        signs = [re.escape(sign) for sign in value if not sign.isspace()]
        if not 0 < len(signs) <= 2 * 60:
            return
        pattern = r"(?<![^\W_])" + r"\s{0,2}".join(signs) + r"(?![^\W_])"
        for match in re.finditer(pattern, row.text, re.IGNORECASE):
            shape = shape_of(match[0])
            if shape:
                yield Spot(row, match.start(), match.end(), value), shape, False


def _values(paper: Paper, row: Row, anchor: Anchor, *, any_letters: bool) -> list[Spot]:
    """Every value on a row that has the shape of the anchor's."""
    kind = anchor.shape.removeprefix("-")
    if kind in (AMOUNT, WHOLE):
        return [
            Spot(row, n.start, n.end, _amount(n, negative=anchor.shape.startswith("-")))
            for n in numbers_in(row.text, paper.style)
            if not n.percent and n.is_amount is (kind == AMOUNT)
        ]
    if kind == DATE:
        return [
            Spot(row, d.start, d.end, d.value.isoformat())
            for d in dates_in(row.text, month_first=anchor.month_first)
        ]
    found = []
    for match in pattern_of(anchor.shape, any_letters=any_letters).finditer(row.text):
        value = "".join(match[0].split()) if anchor.closed else " ".join(match[0].split())
        found.append(Spot(row, match.start(), match.end(), value))
    return found


def _amount(number: Number, *, negative: bool) -> str:
    value = abs(number.value).quantize(CENT)
    return str(-value if negative else value)


# --- labels ---------------------------------------------------------------------------------------


def anchors_at(paper: Paper, field: str, spot: Spot, place: Anchor) -> list[tuple[int, Anchor]]:
    """The anchors that lead to a value, its bare place last; each with what is known of its label:
    2 for a name of `field`, 1 for one that is often used for it, -1 for a name of another field, 0
    for words that are in no list.
    """
    found = []
    sides: tuple[tuple[Side, _Found | None], ...] = (
        ("left", _left(paper, spot)),
        ("above", _above(paper, spot)),
    )
    for side, label in sides:
        if label is None:
            continue
        box = label.row.box_of(label.start, label.end)
        edge = box.x1 if side == "left" else box.x0
        dx, dy = round(spot.box.x0 - edge, 4), round(spot.box.y0 - box.y1, 4)
        made = replace(place, side=side, label=label.text, dx=dx, dy=dy)
        hits = _usable(paper, made)
        at = next((i for i, hit in enumerate(hits) if _same_place(hit, spot)), None)
        if at is not None:
            counted = replace(made, which=at, from_end=len(hits) - 1 - at)
            found.append((_rank(label, field), counted))
    return [*found, (0, place)]


@dataclass(frozen=True, slots=True)
class _Found:
    """The words of a label, at `start:end` of a row."""

    text: str
    row: Row
    start: int
    end: int


def _rank(label: _Found, field: str) -> int:
    known: set[str] = set()
    for named in labels_in(label.row):
        if named.start < label.end and label.start < named.end:
            known |= named.fields
    if known & NAMED.get(field, frozenset()):
        return 2
    if known & ALSO.get(field, frozenset()):
        return 1
    return -1 if any(known & names for other, names in NAMED.items() if other != field) else 0


def _same_place(one: Spot, other: Spot) -> bool:
    return one.row.index == other.row.index and one.start < other.end and other.start < one.end


def _left(paper: Paper, spot: Spot) -> _Found | None:
    """The words nearest to the left of a value; numbers and currencies between are skipped."""
    before = [token for token in paper.tokens[spot.row.index] if token.end <= spot.start]
    skipped = 0
    while before and (not before[-1].wordy or before[-1].text in _MONEY):
        before.pop()
        skipped += 1
        if skipped > MOST_SKIPPED:
            return None
    taken: list[Token] = []
    while before and len(taken) < MOST_TOKENS and before[-1].wordy:
        if taken and "  " in spot.row.text[before[-1].end : taken[-1].start]:
            break
        taken.append(before.pop())
    if not taken:
        return None
    taken.reverse()
    return _label(spot.row, taken)


def _above(paper: Paper, spot: Spot) -> _Found | None:
    """The words of the nearest cell above a value that has any."""
    box = spot.box
    for row in reversed(paper.sheet.by_page[spot.row.page][: spot.row.place]):
        if box.y0 - row.box.y1 > ABOVE:
            return None
        for start, end in row.cells():
            cell = row.box_of(start, end)
            if min(cell.x1, box.x1) <= max(cell.x0, box.x0):
                continue
            words = [t for t in paper.tokens[row.index] if start <= t.start and t.end <= end]
            if words and all(token.wordy for token in words):
                return _label(row, words[:MOST_TOKENS])
    return None


def _label(row: Row, tokens: Sequence[Token]) -> _Found:
    return _Found(" ".join(t.text for t in tokens), row, tokens[0].start, tokens[-1].end)


# --- finding again --------------------------------------------------------------------------------


def find(paper: Paper, anchor: Anchor, read: str | None = None) -> Spot | None:
    """The value an anchor leads to on another document of the same sender.

    `read` is what was read without it: it settles which is meant where a label that stood once
    stands several times, as `to pay` does above a deposit and below it.
    """
    if anchor.side == "place":
        return _at_place(paper, anchor)
    hits = _usable(paper, anchor)
    if not hits:
        return None
    if len(hits) > 1 and anchor.which == anchor.from_end == 0:
        agreed = next((hit for hit in hits if hit.value == read), None)
        if agreed is not None:
            return agreed
    late = anchor.shape.removeprefix("-") in (AMOUNT, WHOLE)
    at = len(hits) - 1 - anchor.from_end if late else anchor.which
    return hits[at] if 0 <= at < len(hits) else (hits[-1] if late else hits[0])


def _usable(paper: Paper, anchor: Anchor) -> list[Spot]:
    """The values beside the occurrences of a label, top down."""
    for any_letters in (False, True):
        found = [
            hit
            for row, box, end in _occurrences(paper, anchor.label)
            if (hit := _nearest(paper, anchor, row, box, end, any_letters=any_letters))
        ]
        if found:
            return found
    return []


def _nearest(
    paper: Paper, anchor: Anchor, row: Row, box: Box, end: int, *, any_letters: bool
) -> Spot | None:
    width = anchor.box.x1 - anchor.box.x0
    if anchor.side == "left":
        hits = [v for v in _values(paper, row, anchor, any_letters=any_letters) if v.start >= end]

        def far(spot: Spot) -> float:
            left, right = spot.box.x0 - box.x1, spot.box.x1 - box.x1
            return min(abs(left - anchor.dx), abs(right - anchor.dx - width))

        return min(hits, key=far, default=None)
    best: tuple[float, Spot] | None = None
    for below in paper.sheet.by_page[row.page][row.place + 1 :]:
        off = abs(below.box.y0 - box.y1 - anchor.dy)
        if below.box.y0 - box.y1 > anchor.dy + NEAR_Y:
            break
        for spot in _values(paper, below, anchor, any_letters=any_letters):
            left, right = spot.box.x0 - box.x0, spot.box.x1 - box.x0
            aside = min(abs(left - anchor.dx), abs(right - anchor.dx - width))
            if off <= NEAR_Y and aside <= NEAR_X and (best is None or off + aside < best[0]):
                best = (off + aside, spot)
    return best[1] if best else None


def _at_place(paper: Paper, anchor: Anchor) -> Spot | None:
    best: tuple[float, Spot] | None = None
    for row in paper.sheet.by_page.get(anchor.page, ()):
        if abs(row.box.middle - anchor.box.middle) > PLACE_Y:
            continue
        for spot in _values(paper, row, anchor, any_letters=False):
            box = spot.box
            aside = min(abs(box.x0 - anchor.box.x0), abs(box.x1 - anchor.box.x1))
            if aside <= PLACE_X and (best is None or aside < best[0]):
                best = (aside, spot)
    return best[1] if best else None


def _occurrences(paper: Paper, label: str) -> Iterator[tuple[Row, Box, int]]:
    """Where the words of a label stand: row, box, and the character after them."""
    wanted = label.split()
    for row, tokens in zip(paper.sheet.rows, paper.tokens, strict=True):
        for at in range(len(tokens) - len(wanted) + 1):
            part = tokens[at : at + len(wanted)]
            if all(alike(paper, t.text, w) for t, w in zip(part, wanted, strict=True)):
                yield row, row.box_of(part[0].start, part[-1].end), part[-1].end


def alike(paper: Paper, one: str, other: str) -> bool:
    """Whether two words of labels are the same, but for a sign or two that OCR may have confused
    on a paper that was scanned.
    """
    if one == other or not paper.sheet.scanned:
        return one == other
    least = min(len(one), len(other))
    return least >= 4 and Levenshtein.distance(one, other, score_cutoff=least // 4) <= least // 4
