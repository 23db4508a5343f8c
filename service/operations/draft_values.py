"""What the head of a draft says: named values as they come in, checked, as the row keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from domain.customers import LANGUAGES
from domain.drafts import PRICINGS
from domain.errors import Invalid
from domain.journal import plain_text
from domain.sales import InvoiceKind

LENGTHS = {
    "name": 200, "mission": 200, "title": 300, "introduction": 4000, "closing": 4000,
    "order_reference": 100, "template": 40,
}  # fmt: skip
"""The texts of a draft, and how long each may be."""


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the head of a draft says, as far as it is said; Invalid names what cannot be."""
    clean: dict[str, Any] = {
        name: _text(values[name], length, name)
        for name, length in LENGTHS.items()
        if values.get(name) is not None
    }
    for name in ("issued_on", "due_on"):
        if values.get(name) is not None:
            clean[name] = _day(values[name], name)
    if values.get("kind") is not None:
        clean["kind"] = _one_of(InvoiceKind, values["kind"], "kind")
    if values.get("pricing") is not None:
        clean["pricing"] = str(values["pricing"])
        must_be_pricing(clean["pricing"])
    if values.get("language"):
        language = str(values["language"])
        if language not in LANGUAGES:
            raise _wrong("language")
        clean["language"] = language
    if values.get("currency"):
        clean["currency"] = str(values["currency"]).upper()[:3]
    if values.get("exchange_rate") is not None:
        clean["exchange_rate"] = _rate(values["exchange_rate"])
    if values.get("deposit_ids"):
        clean["deposit_ids"] = tuple(str(one) for one in values["deposit_ids"])
    return clean


def _text(value: Any, length: int, name: str) -> str:
    if name in ("introduction", "closing"):
        return "\n".join(plain_text(line, length) for line in str(value).splitlines())[:length]
    return plain_text(str(value), length)


def _day(value: Any, name: str) -> date | None:
    if isinstance(value, date) or not value:
        return value or None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _wrong(name) from None


def must_be_pricing(pricing: str) -> None:
    if pricing not in PRICINGS:
        raise Invalid(
            "There is no such type of draft.",
            code="draft_pricing",
            advice="Use " + ", ".join(PRICINGS) + ".",
            fields=["pricing"],
        )


def _rate(value: Any) -> Decimal | None:
    if not str(value).strip():
        return None
    try:
        rate = Decimal(str(value))
    except ArithmeticError:
        raise _wrong("exchange_rate") from None
    if not rate.is_finite() or not Decimal("0.000001") <= rate <= Decimal(10**6):
        raise _wrong("exchange_rate")
    return rate


def _one_of(kind: type[InvoiceKind], value: Any, name: str) -> InvoiceKind:
    try:
        return kind(str(value))
    except ValueError:
        raise _wrong(name) from None


def _wrong(name: str) -> Invalid:
    return Invalid(f"{name} cannot be that.", code="draft_value", fields=[name])
