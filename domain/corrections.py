"""Corrections: what a person says of a document, beside what the machine read.

Values are brought into the one form they travel in and refused when they cannot be; the reading
that results says which fields are a person's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.countries import PAID_BY
from domain.currencies import rate_of
from domain.errors import Invalid
from domain.findings import (
    AMOUNT_FIELDS,
    DATE_FIELDS,
    INVOICE_FIELDS,
    POSTING_FIELDS,
    STATEMENT_FIELDS,
    Finding,
    LineItem,
    Reading,
    VatLine,
)
from domain.money import parse_amount
from domain.text import Box

FIELDS = frozenset({*INVOICE_FIELDS, *POSTING_FIELDS, *STATEMENT_FIELDS, "service_period"})
COMPACT = frozenset(
    {"iban", "supplier_vat_id", "customer_vat_id", "supplier_siren", "supplier_siret"}
)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "paid_by": PAID_BY,
    "vat_due_on": ("invoice", "payment"),
}
"""Fields that have one of a few values."""
MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Correction:
    """One change; `before` and `after` are plain JSON, None for absent. `proposed` is the finding
    that stood there, and `place` where the person pointed: ``{page, box}``.
    """

    field: str
    before: Any
    after: Any
    proposed: dict[str, Any] | None = None
    place: dict[str, Any] | None = None


def correct(
    reading: Reading,
    *,
    fields: Mapping[str, str | None] | None = None,
    vat_lines: Sequence[Mapping[str, Any]] | None = None,
    line_items: Sequence[Mapping[str, Any]] | None = None,
    places: Mapping[str, tuple[int, Sequence[float]]] | None = None,
) -> tuple[Reading, tuple[Correction, ...]]:
    """`reading` as a person wants it, and what that changed. None removes a field.

    `places` says where given fields stand: the page of the file and its box. Problems that speak
    of a corrected field are settled by it.
    """
    made: list[Correction] = []
    kept = dict(reading.fields)
    pointed = {name: _place(name, place) for name, place in (places or {}).items()}
    for name, given in (fields or {}).items():
        if name not in FIELDS:
            raise Invalid("There is no such field.", code="unknown_field", fields=[name])
        before, after = kept.get(name), _value(name, given)
        old = before.value if before else None
        place = pointed.get(name)
        known = (before.page, before.box) if before else None
        if (
            after == old
            and (before is None or before.source == "person")
            and (place is None or place == known)
        ):
            continue
        if after is None:
            kept.pop(name, None)
        else:
            # Where it stands on the page stays true of a value that a person only confirmed.
            stays = known if before and before.value == after else None
            page, box = place or stays or (None, None)
            kept[name] = Finding(after, 1.0, "corrected", "person", page, box)
        made.append(
            Correction(
                name,
                old,
                after,
                before.to_json() if before else None,
                {"page": place[0], "box": place[1].as_list()} if place and after else None,
            )
        )
    changes: dict[str, Any] = {"fields": kept}
    if vat_lines is not None:
        rates = tuple(_vat_line(line) for line in _few(vat_lines, "vat_lines"))
        if rates != reading.vat_lines:
            made.append(
                Correction("vat_lines", [asdict(v) for v in reading.vat_lines], _plain(rates))
            )
            changes["vat_lines"] = rates
    if line_items is not None:
        items = tuple(
            _where_it_stood(_line_item(line), reading.line_items)
            for line in _few(line_items, "line_items")
        )
        if items != reading.line_items:
            made.append(Correction("line_items", _plain(reading.line_items), _plain(items)))
            changes["line_items"] = items
    settled = {correction.field for correction in made}
    changes["problems"] = tuple(
        p
        for p in reading.problems
        if p.field not in settled and not (made and p.code == "not_understood")
    )
    return replace(reading, **changes), tuple(made)


def _plain(lines: Sequence[VatLine] | Sequence[LineItem]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in asdict(line).items() if name not in ("page", "box")}
        for line in lines
    ]


def _place(field: str, place: tuple[int, Sequence[float]]) -> tuple[int, Box]:
    page, box = place
    try:
        if page < 0:
            raise ValueError(page)  # noqa: TRY301 - one message for every kind
        x0, y0, x1, y1 = (round(float(side), 4) for side in box)
        return page, Box(x0, y0, x1, y1)
    except ValueError:
        raise Invalid(
            "A place is a page and a box [x0, y0, x1, y1] of fractions of it.",
            code="invalid_place",
            fields=[field],
        ) from None


def _value(name: str, given: str | None) -> str | None:
    text = _text(given)
    if text is None:
        return None
    try:
        if name in AMOUNT_FIELDS:
            return str(parse_amount(text))
        if name in DATE_FIELDS:
            return date.fromisoformat(text).isoformat()
    except ValueError:
        shape = (
            "an amount such as 1234.50" if name in AMOUNT_FIELDS else "a date such as 2026-03-31"
        )
        raise Invalid(f"This is not {shape}.", code="invalid_value", fields=[name]) from None
    if name in COMPACT:
        return "".join(text.split()).upper()
    if name == "exchange_rate":
        if rate_of(text) is None:
            raise Invalid(
                "An exchange rate is a number such as 1.0842.", code="invalid_value", fields=[name]
            )
        return text
    if name in CHOICES and text not in CHOICES[name]:
        raise Invalid(
            f"Choose one of {', '.join(CHOICES[name])}, or nothing.",
            code="invalid_value",
            fields=[name],
        )
    if name == "currency":
        if not (len(text) == 3 and text.isascii() and text.isalpha()):
            raise Invalid(
                "A currency is three letters, such as EUR.", code="invalid_value", fields=[name]
            )
        return text.upper()
    return text


def _text(given: Any) -> str | None:
    text = "".join(c if c.isprintable() else " " for c in str(given or ""))
    return " ".join(text.split())[:300] or None


def _few(lines: Sequence[Mapping[str, Any]], field: str) -> Sequence[Mapping[str, Any]]:
    if len(lines) > MOST_LINES:
        raise Invalid(f"At most {MOST_LINES} lines.", code="too_many_lines", fields=[field])
    return lines


def _vat_line(line: Mapping[str, Any]) -> VatLine:
    rate = _decimal(line.get("rate"), "vat_lines")
    if rate is None:
        raise Invalid("A VAT line has a rate.", code="invalid_value", fields=["vat_lines"])
    base, amount = (_amount(line.get(name), "vat_lines") for name in ("base", "amount"))
    return VatLine(rate, base, amount)


def _line_item(line: Mapping[str, Any]) -> LineItem:
    where = "line_items"
    return LineItem(
        _text(line.get("description")) or "",
        _decimal(line.get("quantity"), where),
        _decimal(line.get("unit_price"), where),
        _decimal(line.get("vat_rate"), where),
        _amount(line.get("net_amount"), where),
    )


def _where_it_stood(item: LineItem, before: Sequence[LineItem]) -> LineItem:
    """A line that was corrected stands where the one with its words or its amount was read."""
    for same in ("description", "net_amount"):
        for old in before:
            if old.box is not None and getattr(old, same) == getattr(item, same):
                return replace(item, page=old.page, box=old.box)
    return item


def _amount(given: Any, field: str) -> str | None:
    text = _text(given)
    if text is None:
        return None
    try:
        return str(parse_amount(text))
    except ValueError:
        raise Invalid(
            f"{text[:40]} is not an amount.", code="invalid_value", fields=[field]
        ) from None


def _decimal(given: Any, field: str) -> str | None:
    """A number with the places it was written with: quantities, unit prices, rates."""
    text = _text(given)
    if text is None:
        return None
    try:
        number = Decimal(text) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -12 or abs(number) >= Decimal(10) ** 13:
        raise Invalid(f"{text[:40]} is not a number.", code="invalid_value", fields=[field])
    return format(number, "f")
