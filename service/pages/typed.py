"""What a person typed into the form of a document, as the values that operations take.

A form carries what it showed (`shown`): only what differs from that was typed. Amounts are read as
people write them here, with a comma or a point, with or without spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from domain.errors import Invalid
from domain.findings import AMOUNT_FIELDS

VAT_COLUMNS = ("rate", "base", "amount")
ITEM_COLUMNS = ("description", "quantity", "unit_price", "vat_rate", "net_amount")
LINE_COLUMNS = ("account", "label", "debit", "credit")
WORDS = frozenset({"description", "label", "account"})
"""Columns that are not numbers."""


def decimal_of(text: str) -> str:
    """A typed number as it travels: a point for decimals and nothing else. What is no number stays
    as it is and is refused where it is used.
    """
    clean = "".join(c for c in text if not c.isspace() and c not in "'’%€")
    comma, point = clean.rfind(","), clean.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "." if comma > point else ","
        clean = clean.replace(thousands, "")
    return clean.replace(",", ".")


def typed(data: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form that a person changed."""
    try:
        shown = msgspec.json.decode(data.get("shown", "{}"), type=dict[str, str])
    except (msgspec.ValidationError, msgspec.DecodeError):
        raise Invalid("This form is not complete.", code="form_incomplete") from None
    return {
        key: value
        for key, value in data.items()
        if "." in key and _plain(value) != _plain(shown.get(key, ""))
    }


def changes_of(data: Mapping[str, str], changed: Mapping[str, str]) -> dict[str, Any]:
    """What `corrections.correct_document` is to change."""
    fields = {}
    for key, value in changed.items():
        kind, _, name = key.partition(".")
        if kind == "field":
            text = decimal_of(value) if name in AMOUNT_FIELDS else value.strip()
            fields[name] = text or None
    changes: dict[str, Any] = {}
    if fields:
        changes["fields"] = fields
    if any(key.startswith("vat.") for key in changed):
        changes["vat_lines"] = rows(data, "vat", VAT_COLUMNS)
    if any(key.startswith("item.") for key in changed):
        changes["line_items"] = rows(data, "item", ITEM_COLUMNS)
    if "document.category" in changed:
        changes["category"] = changed["document.category"]
    return changes


def choices_of(data: Mapping[str, str], changed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The accounts and VAT treatments that a person chose for parts of the document."""
    for_all = account_of(data.get("all.account", ""))
    asked = data if for_all else changed
    parts = sorted({int(k.split(".")[1]) for k in asked if _is_part(k)})

    def account(part: int) -> str:
        key = f"part.{part}.account"
        own = account_of(data.get(key, ""))
        return own if key in changed and own else for_all or own

    return [
        {
            "part": part,
            "account": account(part),
            "treatment": data.get(f"part.{part}.treatment", ""),
        }
        for part in parts
    ]


def lines_of(data: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The lines of the entry, where a person wants to write them."""
    if not data.get("use_lines"):
        return None
    lines = rows(data, "line", LINE_COLUMNS)
    return [{**line, "account": account_of(line["account"] or "")} for line in lines]


def rows(
    data: Mapping[str, str], kind: str, columns: tuple[str, ...]
) -> list[dict[str, str | None]]:
    """The rows of a table of fields, without those that were left empty."""
    numbers = sorted(
        {
            int(parts[1])
            for parts in (key.split(".") for key in data)
            if len(parts) == 3 and parts[0] == kind and parts[1].isdecimal() and len(parts[1]) < 6
        }
    )
    found = []
    for number in numbers:
        texts = {c: data.get(f"{kind}.{number}.{c}", "").strip() for c in columns}
        if any(texts.values()):
            found.append(
                {c: (x if c in WORDS else decimal_of(x)) or None for c, x in texts.items()}
            )
    return found


def account_of(text: str) -> str:
    """The number of an account that was typed alone or chosen with its label."""
    return (text.split() or [""])[0].strip().upper()


def _is_part(key: str) -> bool:
    parts = key.split(".")
    return len(parts) == 3 and parts[0] == "part" and parts[1].isdecimal() and len(parts[1]) < 5


def _plain(text: str) -> str:
    """Browsers write line ends their own way, and nobody sees spaces at the edges."""
    return " ".join(text.split())
