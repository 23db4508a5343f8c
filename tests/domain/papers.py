"""What is read of a paper, and the entry proposed for it, said as briefly as tests need it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from domain.countries import country
from domain.findings import Finding, LineItem, Reading, VatLine
from domain.posting import Books, Choice, Proposal, propose
from domain.purchases import converted, purchase_of

D = Decimal
TODAY = date(2026, 11, 22)


def read(
    gross: str | None,
    *,
    net: str | None = None,
    vat: str | None = None,
    rates: list[tuple[str, str, str]] = [],  # noqa: B006 - never changed
    items: list[tuple[str, str, str | None]] = [],  # noqa: B006
    **fields: str,
) -> Reading:
    values = {
        "supplier_name": "Lyreco",
        "invoice_number": "F2026-17",
        "issue_date": "2026-11-02",
        "gross_total": gross,
        "net_total": net,
        "vat_total": vat,
        **fields,
    }
    return Reading(
        {k: Finding(v, 0.9) for k, v in values.items() if v is not None},
        vat_lines=tuple(VatLine(*line) for line in rates),
        line_items=tuple(
            LineItem(what, net_amount=amount, vat_rate=rate) for what, amount, rate in items
        ),
    )


def proposal(
    reading: Reading,
    *choices: tuple[str | None, str],
    category: str = "purchase_invoice",
    cc: str = "FR",
    coefficient: str = "1",
    locked_until: date | None = None,
    vat_on_payment: bool = False,
) -> Proposal:
    where = country(cc)
    books = Books(
        where,
        where.currency,
        coefficient=D(coefficient),
        locked_until=locked_until,
        vat_on_payment=vat_on_payment,
    )
    purchase = purchase_of(reading, category)
    return propose(
        converted(purchase, books.currency, in_ours=where.quotes_books),
        {i: (Choice(*choice),) for i, choice in enumerate(choices)},
        books,
        auxiliary="FLYRECO",
        today=TODAY,
    )


def balances(proposed: Proposal) -> dict[str, Decimal]:
    """Account → amount, debits positive, as the worked examples give them."""
    sums: dict[str, Decimal] = {}
    for line in proposed.entry().lines:
        sums[line.account] = sums.get(line.account, D(0)) + line.signed
    return sums
