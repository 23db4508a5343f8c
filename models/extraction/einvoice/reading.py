"""An e-invoice as a reading: fields with their state, and the sums it must keep.

The rules are the arithmetic of EN 16931 (BR-CO-10 to -16 and -17). When every one that can be
checked holds, the amounts are proved; one that fails makes them contradictory and is a problem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from domain.documents import Category
from domain.findings import Finding, LineItem, Reading, State, VatLine
from domain.money import CENT
from domain.problems import Problem
from models.extraction.einvoice.french import french_problems
from models.extraction.einvoice.values import EInvoice

_TOLERANCE = Decimal("0.02")
_ZERO = Decimal(0)


def to_reading(invoice: EInvoice) -> Reading:
    credit = invoice.category is Category.CREDIT_NOTE
    # A credit note's amounts are given without their sign, however it was written.
    sign = Decimal(-1) if credit and invoice.gross_total < 0 else Decimal(1)
    sums = tuple(contradictions(invoice))
    problems = (*sums, *french_problems(invoice))
    broken = any(problem.severity == "blocking" for problem in problems)
    closes = not sums and bool(invoice.taxes) and invoice.net_total is not None
    state: State = "contradictory" if broken else "proved" if closes else "consistent"
    confidence = 0.6 if broken else 0.995 if closes else 0.97

    fields: dict[str, Finding] = {}

    def put(name: str, value: str, sure: float = 0.98, how: State = "read") -> None:
        if value:
            fields[name] = Finding(value, sure, how, "xml", reader=invoice.syntax)

    seller, buyer = invoice.seller, invoice.buyer
    put("supplier_name", seller.name)
    put("supplier_vat_id", seller.vat_id)
    put("supplier_siren", seller.siren or french_siren(seller.vat_id))
    put("supplier_siret", seller.siret)
    put("supplier_uid", seller.vat_id[:12] if seller.vat_id.startswith("CHE") else "")
    put("customer_name", buyer.name)
    put("customer_vat_id", buyer.vat_id)
    put("invoice_number", invoice.number, 0.99)
    put("issue_date", invoice.issue_date, 0.99)
    put("due_date", invoice.due_date)
    put("currency", invoice.currency, 0.99)
    put("iban", "".join(invoice.iban.split()).upper())
    put("payment_reference", invoice.payment_reference)
    put("order_number", invoice.order_number)
    amounts = {
        "net_total": invoice.net_total,
        "vat_total": invoice.vat_total,
        "gross_total": invoice.gross_total,
    }
    if invoice.amount_due is not None and invoice.amount_due != invoice.gross_total:
        amounts["amount_due"] = invoice.amount_due
    for name, amount in amounts.items():
        if amount is not None:
            put(name, money(amount * sign), confidence, state)
    return Reading(
        fields=fields,
        vat_lines=tuple(
            VatLine(
                rate=plain(tax.rate or _ZERO),
                base=None if tax.base is None else money(tax.base * sign),
                amount=None if tax.amount is None else money(tax.amount * sign),
            )
            for tax in invoice.taxes
        ),
        line_items=tuple(
            LineItem(
                description=line.description,
                quantity=None if line.quantity is None else plain(line.quantity),
                unit_price=None if line.unit_price is None else plain(line.unit_price),
                vat_rate=None if line.vat_rate is None else plain(line.vat_rate),
                net_amount=None if line.net_amount is None else money(line.net_amount * sign),
            )
            for line in invoice.lines
        ),
        problems=problems,
    )


def money(amount: Decimal) -> str:
    return str(amount.quantize(CENT, rounding=ROUND_HALF_UP) + _ZERO)


def plain(number: Decimal) -> str:
    """A quantity, price or rate without useless zeros: ``20``, ``5.5``, ``0.1952``."""
    text = format(number.normalize(), "f")
    return "0" if text in ("-0", "") else text


def french_siren(vat_id: str) -> str:
    digits = vat_id[4:]
    return digits if vat_id.startswith("FR") and digits.isdigit() and len(digits) == 9 else ""


def contradictions(invoice: EInvoice) -> Iterator[Problem]:
    """The sums that do not close, as problems."""
    net, vat, gross = invoice.net_total, invoice.vat_total, invoice.gross_total
    lines = [line.net_amount for line in invoice.lines if line.net_amount is not None]
    if lines and invoice.line_total is not None and differ(sum(lines, _ZERO), invoice.line_total):
        yield _differ("lines_differ", "sum of lines", sum(lines, _ZERO), invoice.line_total)
    if invoice.line_total is not None and net is not None:
        expected = (
            invoice.line_total
            - (invoice.allowance_total or _ZERO)
            + (invoice.charge_total or _ZERO)
        )
        if differ(expected, net):
            yield _differ("totals_differ", "net total", expected, net)
    if net is not None and vat is not None and differ(net + vat, gross):
        yield _differ("totals_differ", "total including VAT", net + vat, gross)
    taxes = [tax.amount for tax in invoice.taxes if tax.amount is not None]
    if taxes and vat is not None and differ(sum(taxes, _ZERO), vat):
        yield _differ("vat_differs", "total VAT", sum(taxes, _ZERO), vat)
    for tax in invoice.taxes:
        if tax.rate is None or tax.base is None or tax.amount is None:
            continue
        expected = (tax.base * tax.rate / 100).quantize(CENT, rounding=ROUND_HALF_UP)
        # Rounding line by line may move a few cents; more is an error.
        slack = max(_TOLERANCE, min(Decimal("0.10"), CENT * len(invoice.lines)))
        if abs(expected - tax.amount) > slack:
            yield _differ("vat_differs", f"VAT at {plain(tax.rate)} %", expected, tax.amount)
    yield from _bases(invoice)
    if invoice.amount_due is not None:
        expected = gross - (invoice.paid or _ZERO) + (invoice.rounding or _ZERO)
        if differ(expected, invoice.amount_due):
            yield _differ("amount_due_differs", "amount due", expected, invoice.amount_due)


def _bases(invoice: EInvoice) -> Iterator[Problem]:
    """Each base is the sum of the lines of its VAT category and rate, with allowances (BT-116)."""
    if not invoice.lines or any(not line.category for line in invoice.lines):
        return
    sums: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in invoice.lines:
        sums[line.category, line.vat_rate or _ZERO] += line.net_amount or _ZERO
    for allowance in invoice.allowances:
        sums[allowance.category, allowance.rate or _ZERO] += allowance.amount
    for tax in invoice.taxes:
        if tax.base is None:
            continue
        expected = sums[tax.category, tax.rate or _ZERO]
        if differ(expected, tax.base):
            yield _differ(
                "vat_base_differs", f"base at {plain(tax.rate or _ZERO)} %", expected, tax.base
            )


def differ(a: Decimal, b: Decimal) -> bool:
    return abs(a - b) > _TOLERANCE


def _differ(code: str, what: str, expected: Decimal, found: Decimal) -> Problem:
    return Problem(
        code,
        f"The {what} should be {money(expected)} but the e-invoice states {money(found)}.",
        "blocking" if code in ("totals_differ", "vat_differs") else "warning",
        {
            "amount_due_differs": "amount_due",
            "vat_differs": "vat_total",
            "vat_base_differs": "vat_total",
        }.get(code, "gross_total"),
        {"expected": money(expected), "found": money(found), "what": what},
    )
