"""Lines of drafts and invoices: typed, given a VAT treatment, kept as rows, shown.

What a line says is checked in `domain.sales`; here each refusal names the line and the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row, delete, insert

from domain.countries import Country, country
from domain.drafts import LINES_MOST, DraftLine
from domain.errors import Invalid, Refused
from domain.ids import new_id
from domain.journal import plain_text
from domain.money import ZERO
from domain.sales import Nature, SalesLine
from domain.sales_vat import decide_sale
from service.operations.sales_settings import regime_of
from storage import sales
from storage import tables as t

_l = t.sales_line.c
_LONGEST_TEXT = 2_000
_MOST = Decimal(10**9)


def typed_lines(
    values: Sequence[Mapping[str, Any]], company: Row[Any], customer: Row[Any]
) -> list[DraftLine]:
    """The lines that were written, with their treatment; Invalid names the line and the field."""
    if len(values) > LINES_MOST:
        raise Invalid(
            f"At most {LINES_MOST} lines.", code="too_many_lines", fields=["lines"], most=LINES_MOST
        )
    found = []
    for place, line in enumerate(values):
        try:
            made = typed_line(line, company, customer)
        except Refused as refusal:
            fields = [f"lines.{place}.{name}" for name in refusal.details.pop("fields", ["text"])]
            raise type(refusal)(
                refusal.message, code=refusal.code, advice=refusal.advice, fields=fields,
                line=place, **refusal.details,
            ) from None  # fmt: skip
        found.append(DraftLine(str(line.get("id") or ""), made))
    return found


def typed_line(values: Mapping[str, Any], company: Row[Any], customer: Row[Any]) -> SalesLine:
    """One line from its named values: strings, numbers as people's programs write them."""
    said = str(values.get("vat_rate") if values.get("vat_rate") is not None else "").strip()
    try:
        line = SalesLine(
            text=_text(values.get("text")),
            details=_text(values.get("details")),
            quantity=_number(values, "quantity", "1"),
            unit=plain_text(str(values.get("unit") or ""), 40),
            unit_price=_number(values, "unit_price", "0"),
            discount_percent=_number(values, "discount_percent", "0"),
            vat_rate=_number(values, "vat_rate", "0"),
            treatment=str(values.get("treatment") or ""),
            nature=Nature(str(values.get("nature") or Nature.SERVICES)),
            served_on=_day(values.get("served_on")),
            account=str(values.get("account") or "").strip().upper(),
        )
    except ValueError as error:
        raise Invalid(f"A line cannot be that: {error}.", code="sales_line", fields=[]) from None
    return treated(line, company, customer, usual=not said)


def treated(
    line: SalesLine, company: Row[Any], customer: Row[Any], *, usual: bool = False
) -> SalesLine:
    """A line with its treatment: the one it names, or the one that fits its rate and the customer.

    `usual`: it says no rate, and gets the one of its treatment.
    """
    books: Country = country(company.country)
    if not line.treatment:
        made = decide_sale(
            books.sales_treatments,
            company.country,
            regime_of(company),
            customer_country=customer.country,
            customer_vat_id=customer.vat_id,
            nature=line.nature,
            rate=None if usual else line.vat_rate,
        )
        return replace(line, treatment=made.key, vat_rate=made.rate)
    named = books.sales_treatments.get(line.treatment)
    if named is None:
        raise Invalid(
            "There is no such VAT treatment in this country.",
            code="sales_treatment",
            advice="Use " + ", ".join(books.sales_treatments) + ".",
            fields=["treatment"],
        )
    if not usual and line.vat_rate != named.rate:
        raise Invalid(
            f"This treatment has {named.rate} %.",
            code="sales_treatment_rate",
            advice="Leave the rate or the treatment out.",
            fields=["vat_rate"],
        )
    return replace(line, vat_rate=named.rate)


def _text(value: Any) -> str:
    """Text of several lines, without what is no text."""
    lines = str(value or "").replace("\r\n", "\n").split("\n")
    return "\n".join(plain_text(line, _LONGEST_TEXT) for line in lines)[:_LONGEST_TEXT].strip()


def _number(values: Mapping[str, Any], name: str, default: str) -> Decimal:
    said = values.get(name)
    text = default if said is None or said == "" else str(said)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if (
        not number.is_finite()
        or abs(number) > _MOST
        or not isinstance(exponent, int)
        or exponent < -6
    ):
        raise Invalid(
            f"{name} is a number with a dot and at most six decimals.",
            code="sales_number",
            fields=[name],
        )
    if (number < 0 and name != "quantity") or (name == "discount_percent" and number > 100):
        raise Invalid(
            f"{name} cannot be {text[:40]}.",
            code="sales_number_range",
            advice="A deduction has a negative quantity; a discount is 0 to 100 percent.",
            fields=[name],
        )
    return number


def _day(value: Any) -> date | None:
    if not value:
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Invalid("A day is written 2026-11-22.", code="sales_date", fields=[]) from None


lines_of = sales.lines_of


def line_row(
    organisation_id: str, invoice_id: str, position: int, one: DraftLine
) -> dict[str, Any]:
    line = one.line
    return {
        "id": one.id or new_id("sln"),
        "organisation_id": organisation_id,
        "invoice_id": invoice_id,
        "position": position,
        "text": line.text,
        "details": line.details,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": line.unit_price,
        "discount_percent": line.discount_percent,
        "vat_rate": line.vat_rate,
        "treatment": line.treatment,
        "nature": line.nature.value,
        "served_on": line.served_on,
        "account": line.account,
        "net": line.net,
        "record_ids": list(line.record_ids),
    }


def replace_lines(
    connection: Connection, organisation_id: str, invoice_id: str, lines: Sequence[DraftLine]
) -> None:
    """Write the lines of a draft anew; they keep their ids, so that merges can be taken back."""
    connection.execute(delete(t.sales_line).where(_l.invoice_id == invoice_id))
    if lines:
        connection.execute(
            insert(t.sales_line),
            [line_row(organisation_id, invoice_id, n, one) for n, one in enumerate(lines)],
        )


def line_json(one: DraftLine, language: str, books: Country) -> dict[str, Any]:
    line = one.line
    treatment = books.sales_treatments.get(line.treatment)
    return {
        "id": one.id,
        "text": line.text,
        "details": line.details,
        "quantity": plain(line.quantity),
        "unit": line.unit,
        "unit_price": plain(line.unit_price),
        "discount_percent": plain(line.discount_percent),
        "vat_rate": plain(line.vat_rate),
        "treatment": line.treatment,
        "treatment_label": treatment.label(language) if treatment else line.treatment,
        "nature": line.nature.value,
        "served_on": line.served_on.isoformat() if line.served_on else None,
        "account": line.account,
        "net": str(line.net),
        "record_ids": list(line.record_ids),
    }


def plain(number: Decimal) -> str:
    """A number without needless zeros, never with an exponent."""
    return format(number.normalize() if number else ZERO.normalize(), "f")
