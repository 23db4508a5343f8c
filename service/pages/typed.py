"""What a person typed into the form of a document, as the values that operations take.

A form carries what it showed (`shown`): only what differs from that was typed. Amounts are read as
people write them here, with a comma or a point, with or without spaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

import msgspec

from domain.errors import Invalid
from domain.findings import AMOUNT_FIELDS

VAT_COLUMNS = ("rate", "base", "amount")
ITEM_COLUMNS = ("description", "quantity", "unit_price", "vat_rate", "net_amount")
LINE_COLUMNS = ("account", "analytic", "label", "debit", "credit")
ROW_COLUMNS = ("account", "treatment", "members", "was", "chosen")
WORDS = frozenset({"description", "label", "account", "auxiliary", "analytic"})
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


def day_of(text: str) -> date | None:
    """A day of a date field; None where there is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


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
            number = name in AMOUNT_FIELDS or name == "exchange_rate"
            text = decimal_of(value) if number else value.strip()
            fields[name] = text or None
    changes: dict[str, Any] = {}
    if any(key.startswith("vat.") for key in changed):
        changes["vat_lines"] = rows(data, "vat", VAT_COLUMNS)
    if any(key.startswith("item.") for key in changed):
        changes["line_items"] = rows(data, "item", ITEM_COLUMNS)
    places = places_of(data)
    for name in places:
        # Pointing at a value confirms it where it stands, even if it is the one that was read.
        value = data.get(f"field.{name}", "").strip()
        if value and name not in fields:
            fields[name] = decimal_of(value) if name in AMOUNT_FIELDS else value
    if fields:
        changes["fields"] = fields
    if places:
        changes["places"] = {name: place for name, place in places.items() if fields.get(name)}
    if "document.category" in changed:
        changes["category"] = changed["document.category"]
    return changes


def choices_of(data: Mapping[str, str]) -> list[dict[str, Any]]:
    """The accounts and VAT treatments that a person chose, for each part of the document they are
    for. A row of the entry stands for several parts, or for a share of one; what nobody touched is
    left to the proposal.
    """
    for_all = account_of(data.get("all.account", ""))
    chosen: list[dict[str, Any]] = []
    for number in _numbers(data, "row"):
        row = {name: data.get(f"row.{number}.{name}", "").strip() for name in ROW_COLUMNS}
        now = (account_of(row["account"]), row["treatment"])
        code = _code_of(data, number)
        own = bool(row["chosen"]) or now != tuple(row["was"].split("|")) or code is not None
        if not own and not for_all:
            continue
        account = now[0] if own and now[0] else for_all or now[0]
        for member in row["members"].split():
            part, _, net = member.partition(":")
            if part.isdecimal() and len(part) < 5:
                choice = {"part": int(part), "account": account, "treatment": row["treatment"]}
                choice |= {} if code is None else {"analytic": code}
                chosen.append(choice | ({"net": net} if net else {}))
    return chosen


def _code_of(data: Mapping[str, str], number: int) -> str | None:
    """The analytic code a person gave a row, "" for none; None where they left it as it was."""
    text, was = data.get(f"row.{number}.analytic"), data.get(f"row.{number}.code_was")
    if text is None or was is None:
        return None
    code = account_of(text)
    by_hand = was.startswith("own|")
    return code if by_hand or code != was.partition("|")[2] else None


def places_of(data: Mapping[str, str]) -> dict[str, tuple[int, list[float]]]:
    """Where on the paper a person pointed, by field: the page of the file and a box."""
    found = {}
    for key, text in data.items():
        kind, _, name = key.partition(".")
        page, *sides = text.split()[:6] or [""]
        if kind == "place" and page.isdecimal() and len(sides) == 4:
            with suppress(ValueError):
                found[name] = (int(page[:6]), [float(side) for side in sides])
    return found


def entry_words(data: Mapping[str, str]) -> dict[str, Any]:
    """The journal, the day and the label that a person gave the entry; what they left alone is for
    the operation to say.
    """
    given = {
        name: data.get(f"entry.{name}", "").strip()
        for name in ("journal", "date", "label")
        if data.get(f"entry.{name}", "").strip() != data.get(f"entry.{name}.was", "").strip()
    }
    words: dict[str, Any] = {
        "in_journal": given.get("journal", ""),
        "label": given.get("label", ""),
    }
    if given.get("date"):
        try:
            words["entry_date"] = date.fromisoformat(given["date"])
        except ValueError:
            raise Invalid(
                "This is not a date.", code="invalid_value", fields=["entry.date"]
            ) from None
    return words


def lines_of(data: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The lines of the entry, where a person wants to write them."""
    if not data.get("use_lines"):
        return None
    lines = rows(data, "line", LINE_COLUMNS)
    return [
        {
            **line,
            "account": account_of(line["account"] or ""),
            "analytic": account_of(line["analytic"] or ""),
        }
        for line in lines
    ]


def rows(
    data: Mapping[str, str], kind: str, columns: tuple[str, ...]
) -> list[dict[str, str | None]]:
    """The rows of a table of fields, without those that were left empty."""
    found = []
    for number in _numbers(data, kind):
        texts = {c: data.get(f"{kind}.{number}.{c}", "").strip() for c in columns}
        if any(texts.values()):
            found.append(
                {c: (x if c in WORDS else decimal_of(x)) or None for c, x in texts.items()}
            )
    return found


def account_of(text: str) -> str:
    """The number of an account, or a code, that was typed alone or chosen with its label."""
    return (text.split() or [""])[0].strip().upper()


def _numbers(data: Mapping[str, str], kind: str) -> list[int]:
    """The rows of a table of fields that a form has."""
    return sorted(
        {
            int(parts[1])
            for parts in (key.split(".") for key in data)
            if len(parts) == 3 and parts[0] == kind and parts[1].isdecimal() and len(parts[1]) < 6
        }
    )


def _plain(text: str) -> str:
    """Browsers write line ends their own way, and nobody sees spaces at the edges."""
    return " ".join(text.split())
