"""When a value that was read is the value that was meant.

Dates are compared as days, amounts as cents, identifiers without spaces and punctuation, names by
how many words they share. Amounts of credit notes are compared without their sign: half of all
issuers print one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from rapidfuzz.fuzz import token_set_ratio

from domain.findings import AMOUNT_FIELDS

SAME_NAME = 85
"""Least share of words in common, in percent."""
SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "EURO": "EUR", "EUROS": "EUR"}

Row = tuple[Decimal | None, Decimal]


def same(field: str, found: Any, true: Any, *, unsigned: bool = False) -> bool:
    """Whether `found` is the true value of `field`; `unsigned` forgives a sign."""
    if field in AMOUNT_FIELDS:
        one, other = amount(found), amount(true)
        if one is None or other is None:
            return False
        return abs(one) == abs(other) if unsigned else one == other
    if field.endswith("_date"):
        return day(found) == day(true)
    if field.endswith("_name"):
        return bool(token_set_ratio(plain(found), plain(true)) >= SAME_NAME)
    if field == "currency":
        said = str(found or "").strip().upper()
        return SYMBOLS.get(said, said) == str(true)
    if field == "supplier_siren":  # a SIRET begins with it
        return compact(found)[:9] == compact(true)
    return compact(found) == compact(true)


def amount(value: Any) -> Decimal | None:
    """An amount in cents, from however it is written: ``1 234,56 €``, ``1.234,56``, 1234.56."""
    if value is None or value == "":
        return None
    text = f"{value:.4f}" if isinstance(value, int | float) else str(value)
    text = re.sub(r"[^\d,.\-()]", "", text)
    negative = "-" in text or text.startswith("(")
    text = re.sub(r"[^\d,.]", "", text)
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        text = text.replace("." if comma > point else ",", "").replace(",", ".")
    elif comma >= 0:
        decimals = text.count(",") == 1 and len(text) - comma <= 3
        text = text.replace(",", "." if decimals else "")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    try:
        cents = Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return -cents if negative else cents


def day(value: Any) -> str | None:
    """A date as ISO, from ISO or from day, month, year."""
    text = str(value or "").strip()
    if iso := re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, number = iso.groups()
    elif european := re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text):
        number, month, year = european.groups()
    else:
        return text or None
    return f"{year}-{int(month):02d}-{int(number):02d}"


def compact(value: Any) -> str:
    return re.sub(r"[^0-9A-Z]", "", str(value or "").upper())


def plain(value: Any) -> str:
    """A name as words of small letters without accents."""
    text = unicodedata.normalize("NFKD", str(value or "")).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def rows(
    lines: Iterable[Mapping[str, Any]] | None, key: str, *, unsigned: bool, rated: bool = False
) -> Counter[Row]:
    """The amounts of some lines as a bag, with their rates if `rated`; order says nothing.

    A rate without tax is left out: papers show it or not as they please.
    """
    bag: Counter[Row] = Counter()
    for line in lines or ():
        value = amount((line or {}).get(key))
        if value is None or (rated and value == 0):
            continue
        bag[amount(line.get("rate")) if rated else None, abs(value) if unsigned else value] += 1
    return bag


def agreement(hits: int, wrong: int, missed: int) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    precision = hits / (hits + wrong) if hits + wrong else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0
