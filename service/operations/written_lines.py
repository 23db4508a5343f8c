"""Lines as a person or a program wrote them, before they are an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.analytics import LONGEST_CODE
from domain.errors import Invalid
from domain.journal import Line, plain_text
from domain.money import ZERO, parse_amount

MOST_LINES = 500
UNLABELLED = "–"


def lines_of(raw: list[dict[str, Any]]) -> tuple[Line, ...]:
    """Lines from JSON; Invalid says which one cannot be."""
    if not 2 <= len(raw) <= MOST_LINES:
        raise Invalid(f"An entry has 2 to {MOST_LINES} lines.", code="lines_number")
    lines = []
    for position, item in enumerate(raw):
        try:
            label = plain_text(str(item.get("label") or ""), 300)
            lines.append(
                Line(
                    account=str(item.get("account") or "").strip().upper(),
                    debit=_side(item.get("debit")),
                    credit=_side(item.get("credit")),
                    label=label or UNLABELLED,
                    auxiliary=str(item["auxiliary"]).strip().upper()
                    if item.get("auxiliary")
                    else None,
                    vat_code=str(item["vat_code"])[:40] if item.get("vat_code") else None,
                    analytic=str(item["analytic"]).strip().upper()[:LONGEST_CODE] or None
                    if item.get("analytic")
                    else None,
                )
            )
        except ValueError as error:
            raise Invalid(
                f"Line {position + 1} cannot be: {error}.",
                code="line_invalid",
                advice="A line has an account, and a positive amount on one side.",
                line=position,
            ) from None
    return tuple(lines)


def _side(value: Any) -> Decimal:
    return parse_amount(str(value)) if value not in (None, "") else ZERO


def completed(lines: Sequence[Line], label: str, auxiliaries: dict[str, str]) -> tuple[Line, ...]:
    """The lines with what they left out: the entry's label, the auxiliary of third-party accounts
    (account prefix → code).
    """

    def auxiliary(line: Line) -> str | None:
        fitting = (code for prefix, code in auxiliaries.items() if line.account.startswith(prefix))
        return line.auxiliary or next(fitting, None)

    return tuple(
        replace(
            line,
            label=label if line.label == UNLABELLED else line.label,
            auxiliary=auxiliary(line),
        )
        for line in lines
    )
