"""Whether a document writes the day or the month first, settled once for all of its dates.

A date with a part over 12 says it; else the country the paper comes from; else the other dates on it,
because those of one document lie near each other. Dots always separate day, month, year.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from domain.printed.dates import NUMERIC, DateSeen, dates_in

_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DC|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|"
    "NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
_AMERICAN = (
    (
        3,
        re.compile(rf"(?<=[\w,.])\s{{1,2}}(?:{_STATES})[.,]{{0,2}}\s{{1,3}}\d{{5}}(?:-\d{{4}})?\b"),
    ),
    (3, re.compile(r"\bU\.?S\.?A\b|\bUnited States\b|\bUSD\b|\bUS\$")),
    (1, re.compile(r"(?<!\d)(?:\(\d{3}\)|\d{3}-)[ -]?\d{3}-\d{4}\b|\b1-8\d\d-")),
    (1, re.compile(r"\$\s?\d")),
    (
        1,
        re.compile(
            r"\b(?:sales tax|zip(?: code)?|p\.?o\.? box|check payable|checks payable)\b",
            re.IGNORECASE,
        ),
    ),
)
_ELSEWHERE = re.compile(
    r"€|£|\b(?:EUR|GBP|CHF|TVA|VAT|GST|SST|ABN|MwSt|USt|BTW|IVA|MYR|INR|AUD|NZD|SGD|Rs|RM\s?\d)|"
    r"\b(?:rue|facture|rechnung|factuur|jalan|sdn|pty|pvt)\b",
    re.IGNORECASE,
)
"""What papers that put the day first show, those with dollars of their own among them."""
_FAR = 60
"""Days beyond which a date is as far from another as any."""


def day_first(texts: Sequence[str]) -> bool | None:
    """Whether numeric dates of the document put the day first; None when none of them says."""
    votes = 0
    for text in texts:
        for match in NUMERIC.finditer(text):
            first, second = int(match[1]), int(match[3])
            if match[2] == ".":
                continue
            if first > 12 >= second:
                votes += 1
            elif second > 12 >= first:
                votes -= 1
    return None if votes == 0 else votes > 0


def month_first(texts: Sequence[str]) -> bool:
    """Whether `03/04/2026` is the fourth of March on this document."""
    if not any(match[2] != "." for text in texts for match in NUMERIC.finditer(text)):
        return False
    said = day_first(texts)
    if said is not None:
        return not said
    american = sum(
        weight for weight, pattern in _AMERICAN if any(pattern.search(text) for text in texts)
    )
    elsewhere = sum(bool(_ELSEWHERE.search(text)) for text in texts)
    if american >= 2 and american > elsewhere:
        return True
    if elsewhere:
        return False
    return _nearer_with_month_first(texts)


def _nearer_with_month_first(texts: Sequence[str]) -> bool:
    """Whether the doubtful dates lie nearer to those that leave no doubt with the month first."""
    seen = [date for text in texts for date in dates_in(text)]
    sure = [date.value for date in seen if not date.ambiguous]
    if not sure or len(sure) == len(seen):
        return False
    turned = [date for text in texts for date in dates_in(text, month_first=True)]
    return _distance(turned, sure) < _distance(seen, sure)


def _distance(dates: Sequence[DateSeen], sure: Sequence[dt.date]) -> int:
    return sum(
        min(_FAR, *(abs((date.value - other).days) for other in sure))
        for date in dates
        if date.ambiguous
    )
