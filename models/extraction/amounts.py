"""Amounts, and the words that say what each is: those to its left, or, when there are none, above it.

What the words mean is in `roles`; `proof` settles it with arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.printed.dates import MONTHS
from domain.printed.numbers import CURRENCY, Number, Style, numbers_in
from domain.text import Box
from models.extraction.labels import Label, Labelled, mended_token, tokens_of
from models.extraction.roles import SPEAKING_WORDS, compound_parts, roles_of
from models.extraction.rows import Row, Sheet

_CITATION = re.compile(
    r"(?:\bart(?:\.|icles?|ikel)?|§+|\bsection|\bpage|\bseite|\bpagina)\s*$", re.IGNORECASE
)
"""Words before a whole number that make it the place of a text: `art. 293 B du CGI`, `page 2`."""
_PERIOD = re.compile(
    r"\s*(?:days?|jours?|tagen?|dagen|months?|mois|monaten?|maanden|weeks?|semaines?|wochen)\b",
    re.IGNORECASE,
)
"""Words after a whole number that make it a time: `payable within 30 days`."""
_IN_DATE = re.compile(
    rf"\b(?:{'|'.join(MONTHS)})\.?\s*(?:\d{{1,2}}(?:st|nd|rd|th)?\s*,?\s*)?$", re.IGNORECASE
)
"""Words before a whole number that make it a day or a year: `due on August 3, 2014`."""
MOST_AMOUNTS = 4_000
MOST_IN_A_ROW = 20
MOST_ROUNDING = Decimal("0.50")
_LARGEST_WHOLE = 10_000_000
"""A larger number without decimals is a reference, not money."""


@dataclass(frozen=True, slots=True, eq=False)
class Amount:
    """An amount on the page, equal to itself only; `roles` are the weights (0–1) of the parts it may play."""

    value: Decimal
    number: Number
    row: Row
    roles: Mapping[str, float]
    context: str

    @property
    def box(self) -> Box:
        return self.row.box_of(self.number.start, self.number.end)

    @property
    def confidence(self) -> float:
        return self.row.confidence(self.number.start, self.number.end)

    def role(self, name: str) -> float:
        return self.roles.get(name, 0.0)


def find_amounts(sheet: Sheet, labelled: Labelled, style: Style) -> list[Amount]:
    """Every number that can be money, with its roles."""
    found: list[Amount] = []
    goods = _rows_of_goods(labelled)
    for row in sheet.rows:
        if len(found) > MOST_AMOUNTS:
            break
        numbers = numbers_in(row.text, style)[-MOST_IN_A_ROW:]
        labels = labelled.on(row) if numbers else []
        previous_end = 0
        said: dict[str, float] = {}
        context = ""
        for number in numbers:
            left = row.text[previous_end : number.start]
            own_words = _wordy(_without_currency(left))
            if own_words:
                span = (previous_end, number.start)
                mend = sheet.pages[row.page].source == "ocr"
                said = _said(labels, left, span, mend=mend)
                if said and row.index in goods and _speaks_of_goods(row.text[: number.start]):
                    said = {}
                context = left.strip()
            previous_end = number.end
            if number.percent or (number.places == 0 and number.value >= _LARGEST_WHOLE):
                # `TVA 20 % : 9,34`: the rate stands between the words and the amount.
                continue
            if (
                number.places == 0
                and (
                    _CITATION.search(left)
                    or (left == " " and number.currency is None)  # the groups of an IBAN
                    or _PERIOD.match(row.text, number.end)
                    or _IN_DATE.search(row.text[max(0, number.start - 24) : number.start])
                )
            ):
                continue
            roles, words = said, context
            clear = own_words and max(said.values(), default=0) >= 0.75
            may_be_below = number.is_amount or row.box_of(number.start, number.end).x0 > 0.45
            if row.index in goods and not said:
                roles, words = {"line": 1.0}, context
            elif may_be_below and not clear:
                above = _above(sheet, labelled, row, number)
                if above is not None and ((above[0] and above[2]) or not said):
                    roles, words, _ = above
                elif not own_words:
                    roles = {role: weight * 0.8 for role, weight in said.items()}
            if roles.get("rounding") and abs(number.value) > MOST_ROUNDING:
                roles = {"gross": 0.8}  # `after rounding`, of which only one word was read
            value = number.value
            if value < 0 and said.get("vat") and left.rstrip().endswith("("):
                value = -value  # said in passing, not taken off
            found.append(Amount(value, number, row, roles, words[-80:]))
    return found


def totals_among(amounts: Sequence[Amount]) -> frozenset[Decimal]:
    """The values that a table of lines may add up to."""
    return frozenset(
        a.value
        for a in amounts
        if max(a.role("net"), a.role("gross"), a.role("base")) >= 0.35 > a.role("line")
    )


def _rows_of_goods(labelled: Labelled) -> frozenset[int]:
    """The rows between the heading of a table of lines and its totals."""
    return frozenset(
        index
        for header, end in labelled.region_end.items()
        for index in range(header + 1, end + 1)
        if index not in labelled.headers
    )


def _speaks_of_goods(before: str) -> bool:
    """Whether words speak mostly of something else than sums: `Cocoa 500 g net` is no net total."""
    words = [t for t in tokens_of(before) if not t.isdigit() and t != "n"]
    return sum(w in SPEAKING_WORDS or bool(compound_parts(w)) for w in words) * 2 < len(words)


def _said(labels: list[Label], left: str, span: tuple[int, int], *, mend: bool) -> dict[str, float]:
    words = tuple(
        mended_token(t) if mend else t for t in tokens_of(left) if not t.isdigit() and t != "n"
    )
    return roles_of(words[-8:], _fields_between(labels, *span))


def _without_currency(text: str) -> str:
    return " ".join(part for part in text.split() if part.lower() not in CURRENCY)


def _wordy(text: str) -> bool:
    return sum(map(str.isalpha, text)) >= 2


def _fields_between(labels: list[Label], start: int, end: int) -> frozenset[str]:
    fields: set[str] = set()
    for label in labels:
        if start <= label.start < end:
            fields |= label.fields
    return frozenset(fields)


def _above(
    sheet: Sheet, labelled: Labelled, row: Row, number: Number
) -> tuple[dict[str, float], str, bool] | None:
    """The roles given by the nearest words that stand above a number, column-wise, and whether
    they are known as a label.
    """
    box = row.box_of(number.start, number.end)
    rows = sheet.by_page[row.page]
    at = row.place
    for upper in reversed(rows[max(0, at - 40) : at]):
        if not upper.wordy or upper.box.y1 > box.y0 + row.height * 0.5:
            continue
        if box.y0 - upper.box.y1 > 0.35:
            break
        words = [
            (order, word)
            for order, word in enumerate(upper.words)
            if word.box.x0 < box.x1 + row.em * 0.3 and word.box.x1 > box.x0 - row.em * 0.3
        ]
        if not words:
            continue
        if upper.index in labelled.headers:
            if labelled.region_end.get(upper.index, 0) < row.index:
                return None
            return ({"line": 1.0}, " ".join(word.text for _, word in words), True)
        first, last = words[0][0], words[-1][0]
        over = [v for v in labelled.on(upper) if v.first <= last and v.last > first]
        if over:
            first, last = min(v.first for v in over), max(v.last for v in over) - 1
        else:
            # The whole cell the overlapping words belong to.
            while first > 0 and _near(upper, first - 1, first):
                first -= 1
            while last + 1 < len(upper.words) and _near(upper, last, last + 1):
                last += 1
        text = " ".join(word.text for word in upper.words[first : last + 1])
        if not _wordy(text):
            continue
        if sum(map(str.isdigit, text)) > 2:
            return None
        fields = frozenset(name for label in over for name in label.fields)
        tokens = tuple(t for t in tokens_of(text) if t != "n")
        roles = roles_of(tokens[-8:], fields)
        return ({role: weight * 0.85 for role, weight in roles.items()}, text, bool(over))
    return None


def _near(row: Row, left: int, right: int) -> bool:
    return row.words[right].box.x0 - row.words[left].box.x1 <= row.em * 0.9
