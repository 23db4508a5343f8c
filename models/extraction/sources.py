"""Several sources for one document brought together: XML first, then a payment code, then words.

The better source gives the value; the page gives the place to look at and the second opinion. Where
the two say different things the field is contradictory and a problem says what each says: an XML
that does not match its page is a well-known fraud, and an error either way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.findings import AMOUNT_FIELDS, Finding, Reading, State
from domain.identifiers import compact
from domain.problems import Problem
from models.extraction.codes import PaymentCode
from models.extraction.texts import words

_COMPARED = frozenset({"invoice_number", "issue_date", "gross_total", "iban"})
_CHECKED = frozenset({"net_total", "vat_total"})
"""Compared as well where the page's own sums close."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Every value of a kind that stands anywhere on the pages."""

    text: str
    dates: frozenset[str]
    amounts: frozenset[Decimal]
    ibans: frozenset[str]

    def shows(self, name: str, value: str) -> bool:
        if name in AMOUNT_FIELDS:
            return abs(Decimal(value)) in self.amounts
        if name.endswith("_date"):
            return value in self.dates
        if name == "iban":
            return compact(value) in self.ibans
        return bool(compact(value)) and compact(value) in self.text


def with_einvoice(page: Reading, xml: Reading, seen: Seen) -> Reading:
    """The XML's values, placed on the page where they stand there; what only the page shows is
    kept when the two are about the same invoice.
    """
    fields = dict(xml.fields)
    differs: dict[str, Problem] = {}
    has_text = bool(seen.text)
    different = 0
    for name, found in xml.fields.items():
        on_page = page.fields.get(name)
        if has_text and seen.shows(name, found.value):
            place = on_page if on_page and _same(name, on_page.value, found.value) else None
            fields[name] = replace(
                found,
                state="consistent" if found.state == "read" else found.state,
                confidence=max(found.confidence, 0.99 if found.state != "contradictory" else 0.6),
                page=place.page if place else None,
                box=place.box if place else None,
            )
        elif on_page is not None and (
            (name in _COMPARED and on_page.confidence >= 0.35)
            or (name in _CHECKED and on_page.state in ("proved", "consistent"))
        ):
            different += name in _COMPARED
            fields[name] = replace(
                found, state="contradictory", confidence=0.5, page=on_page.page, box=on_page.box
            )
            differs[name] = _differs(name, found.value, on_page.value, on_page.source == "text")
    if "gross_total" in differs:  # which says it for its parts
        differs = {name: problem for name, problem in differs.items() if name not in _CHECKED}
    if different < 2:
        for name, found in page.fields.items():
            if name not in fields and name not in ("net_total", "vat_total", "amount_due"):
                fields[name] = found
    return replace(
        xml,
        fields=fields,
        # The smallest profiles carry totals and no lines.
        vat_lines=xml.vat_lines or (() if differs else page.vat_lines),
        line_items=xml.line_items or (() if differs else page.line_items),
        problems=(*xml.problems, *differs.values()),
    )


def _same(name: str, one: str, other: str) -> bool:
    if name in AMOUNT_FIELDS:
        return abs(Decimal(one)) == abs(Decimal(other))
    if name.endswith("_name"):
        return bool(set(words(one)) & set(words(other)))
    return compact(one) == compact(other)


def _differs(name: str, xml: str, page: str, printed: bool) -> Problem:
    return Problem(
        "xml_differs_from_page",
        f"The XML of the invoice says {xml} but the page shows {page}.",
        "blocking" if printed else "warning",
        name,
        {"xml": xml, "page": page, "field": name},
    )


def with_codes(reading: Reading, codes: Sequence[PaymentCode]) -> Reading:
    """What payment codes say, over what was read from words."""
    if not codes:
        return reading
    code = codes[0]
    fields = dict(reading.fields)
    problems = list(reading.problems)

    def finding(value: str, sure: float = 0.98) -> Finding:
        return Finding(value, sure, "consistent", "qr", code.page, code.box, reader=code.kind)

    printed = fields.get("iban")
    if printed is not None and printed.state == "consistent" and printed.value != code.iban:
        problems.append(
            Problem(
                "iban_differs_from_code",
                f"The payment code pays to {code.iban} but the page shows {printed.value}.",
                "blocking",
                "iban",
                {"code": code.iban, "page": printed.value},
            )
        )
    fields["iban"] = finding(code.iban)
    for name, value in (
        ("currency", code.currency),
        ("payment_reference", code.reference),
        ("invoice_number", code.invoice_number),
        ("issue_date", code.issue_date),
        ("supplier_uid", code.uid),
    ):
        if value:
            fields[name] = finding(value)
    if code.creditor and ("supplier_name" not in fields or fields["supplier_name"].source != "xml"):
        fields["supplier_name"] = finding(code.creditor, 0.95)
    if code.amount is not None:
        _amount(fields, problems, finding(f"{code.amount:.2f}"))
    return replace(reading, fields=fields, problems=tuple(problems))


def _amount(fields: dict[str, Finding], problems: list[Problem], finding: Finding) -> None:
    """The amount of the code is what is due: the gross, unless the page proves another one."""
    gross = fields.get("gross_total")
    if gross is None or (gross.state in ("read", "contradictory") and gross.confidence < 0.8):
        fields["gross_total"] = finding
    elif Decimal(gross.value) == Decimal(finding.value):
        state: State = "proved" if gross.state == "proved" else "consistent"
        fields["gross_total"] = replace(gross, state=state, confidence=max(gross.confidence, 0.97))
    else:
        fields["amount_due"] = finding
        problems.append(
            Problem(
                "amount_differs_from_code",
                f"The payment code asks for {finding.value}, the total is {gross.value}.",
                "warning",
                "amount_due",
                {"code": finding.value, "page": gross.value},
            )
        )


def text_of(lines: Sequence[str]) -> str:
    """All letters and digits of the pages in one string, to look up references in."""
    return re.sub(r"[^0-9A-Z]", "", " ".join(lines).upper())
